"""What the tour says while it plays: captions, in both languages."""

from __future__ import annotations

from .site import Text

TOUR = {
    "waiting": Text("两分钟导览：这块大屏怎样让人及时知道", "A two-minute tour: how this screen makes help come"),
    "calm": Text(
        "一眼看五件事：是否正常、什么、哪里、多久、谁在办。下方是最近 24 小时。",
        "One glance: all right? what? where? how long? who is on it? Below: the last 24 hours.",
    ),
    "courier": Text("快递员在 {} 按门铃。", "A courier rings at {}."),
    "speaker": Text(
        "住户对音箱说“开门”。门开、门关都以设备回报为准。",
        "The resident tells the speaker 'open'. What counts is the door's own word.",
    ),
    "full": Text("{} 的电动自行车 45 分钟低于 20 瓦：充满了。", "An e-bike at {} drew under 20 W for 45 min: full."),
    "cut": Text("系统下令断电；等端口自己说：已停。", "The house orders the stop, and waits for the port's own word."),
    "free": Text("功率归零，端口空闲，车棚多一个空位。", "Power is zero, the port is free: one more place."),
    "sos": Text("{} 按下求助。请点右侧的“确认”。", "Help is called at {}. Press Ack on its row."),
    "sos_kept": Text(
        "还没人确认：紧急告警不会自己消失，逾时呼叫上级。",
        "Nobody took it yet: a critical alarm never goes away by itself.",
    ),
    "sos_taken": Text("已确认：红带变红框，写明谁在办。", "Taken: the band becomes a frame that says who is on it."),
    "lift": Text("{} 有电动自行车进电梯：当面请出，再恢复。", "An e-bike in a lift at {}: asked out, then it clears."),
    "switch": Text("{} 的交换机断了，{} 台设备跟着失联。", "The switch at {} fails and takes {} devices along."),
    "switch_one": Text(
        "{} 个事件，列表只有一行，{} 个症状归在它名下。", "{} events, one row; {} symptoms stand behind it."
    ),
    "switch_back": Text("交换机恢复，症状自行消失。", "The switch is back; its symptoms end by themselves."),
    "break": Text(
        "切断数据 16 秒：10 秒内大屏会承认。期间有人按求助。",
        "The data is cut for 16 s; within 10 s the wall says so. Meanwhile someone calls for help.",
    ),
    "whole": Text(
        "数据回来了：断线期间 {} 的求助已补上，{} 条记录一条不少。",
        "It is back: the call of {} during the break is here, {} of its records, none lost.",
    ),
    "lossy": Text("数据回来了，但还缺 {} 条，正在补。", "It is back, but {} records are still on their way."),
    "end": Text(
        "导览结束，之后是平常的一天。再看一次：make tour",
        "The tour ends; an ordinary day goes on. Once more: make tour",
    ),
    "next": Text("下一步", "Next"),
    "skip": Text("跳过导览", "Skip the tour"),
}
