"""Words of the page on which devices are operated. Chinese first, English beside it."""

from __future__ import annotations

from ..site import Text
from ..words import Lang

ORDERS: dict[str, Text] = {
    "access.open": Text("开门", "Open"),
    "parking.open": Text("抬杆", "Raise"),
    "intercom.answer": Text("接听", "Answer"),
    "intercom.open": Text("开门", "Open the door"),
    "intercom.forward": Text("转业主", "Ring the home"),
    "intercom.end": Text("拒绝 / 挂断", "Refuse, hang up"),
    "lift.hold": Text("停梯开门", "Hold, door open"),
    "lift.release": Text("恢复运行", "Release"),
    "charging.remote_stop": Text("停止充电", "Stop charging"),
    "charging.remote_start": Text("启动充电", "Start charging"),
    "charging.unlock": Text("释放枪锁", "Unlock the plug"),
    "camera.snapshot": Text("取新画面", "New picture"),
    "broadcast.play": Text("云广播", "Broadcast"),
}

HELD_DOWN = frozenset(
    (
        "access.open",
        "parking.open",
        "intercom.open",
        "lift.hold",
        "charging.unlock",
        "charging.remote_stop",
        "broadcast.play",
    )
)
"""What a slip of the hand must not do: the button counts after a second."""

WHY: dict[str, Text] = {
    "it is open already": Text("已经开着", "It is open already"),
    "it is not locked": Text("没有上锁", "It is not locked"),
    "nobody is calling": Text("没有呼叫", "Nobody is calling"),
    "that call is over": Text("呼叫已结束", "That call is over"),
    "it has been answered": Text("已接听", "It has been answered"),
    "it is held already": Text("已停梯", "It is held already"),
    "it is not held": Text("没有停梯", "It is not held"),
    "no session is running": Text("没有在充电", "No session is running"),
    "a session is running": Text("正在充电", "A session is running"),
    "a session is running: stop it first": Text("正在充电，请先停止", "A session is running: stop it first"),
    "an order is under way": Text("上一条指令还在等设备回报", "An order is under way"),
    "it is out of service": Text("已停用", "It is out of service"),
    "the device has not been heard yet": Text("设备还没有上报过", "The device has not been heard yet"),
}
WHY_ELSE: dict[str, Text] = {
    "the port is unknown": Text("充电口状态未知", "The port has not said its state"),
    "the lift is unknown": Text("电梯状态未知", "The lift has not said its state"),
    "this is for a supervisor": Text("这里要班长操作", "This is for a supervisor"),
    "the port is ": Text("充电口状态不允许", "The port's state does not allow it"),
    "the lift is ": Text("电梯没有正常运行", "The lift does not run"),
}
"""By how the reason begins."""


def hindered(reason: str, lang: Lang) -> str:
    """Why a device cannot be told something (community/actions.py); '' where nothing here knows the reason."""
    if reason in WHY:
        return WHY[reason].get(lang)
    return next((text.get(lang) for begin, text in WHY_ELSE.items() if reason.startswith(begin)), "")


STATES: dict[str, Text] = {
    "open": Text("开着", "open"),
    "opening": Text("抬杆中", "opening"),
    "closing": Text("落杆中", "closing"),
    "closed": Text("关闭", "closed"),
    "forced": Text("强行打开", "forced"),
    "held": Text("停梯中", "held"),
    "held_open": Text("常开", "held open"),
    "fault": Text("故障", "fault"),
    "free": Text("未上锁", "not locked"),
    "running": Text("运行", "running"),
    "out_of_service": Text("停运", "out of service"),
    "maintenance": Text("维保", "maintenance"),
    "fire_service": Text("消防", "fire service"),
    "online": Text("在线", "online"),
    "offline": Text("离线", "offline"),
    "occluded": Text("遮挡", "occluded"),
    "black": Text("黑屏", "black"),
    "Available": Text("空闲", "free"),
    "Preparing": Text("已插枪", "plugged in"),
    "Charging": Text("充电中", "charging"),
    "Finishing": Text("已充满", "finishing"),
    "Faulted": Text("故障", "faulted"),
    "Unavailable": Text("停用", "unavailable"),
    "SuspendedEV": Text("车端暂停", "paused by the car"),
    "SuspendedEVSE": Text("桩端暂停", "paused by the pile"),
}
"""Unknown words of devices stand as they are."""

METHODS: dict[str, Text] = {
    "face": Text("人脸", "Face"),
    "speaker": Text("音箱开门", "Smart speaker"),
    "super_sim": Text("超级SIM", "Super SIM"),
    "remote": Text("远程开门", "Remote"),
    "mini_program": Text("小程序", "Mini program"),
    "card": Text("刷卡", "Card"),
    "qr": Text("访客码", "QR code"),
    "password": Text("密码", "Password"),
    "bluetooth": Text("蓝牙", "Bluetooth"),
}

CALLERS: dict[str, Text] = {
    "visitor": Text("访客", "Visitor"),
    "courier": Text("快递", "Courier"),
    "takeaway": Text("外卖", "Takeaway"),
}

OPERATE: dict[str, Text] = {
    "operate": Text("门禁与设备", "Doors, devices"),
    "tab_doors": Text("门与道闸", "Doors"),
    "tab_charging": Text("充电口", "Charging"),
    "tab_lifts": Text("电梯", "Lifts"),
    "tab_cameras": Text("摄像机", "Cameras"),
    "tab_speakers": Text("音箱", "Speakers"),
    "calling": Text("{} 呼叫", "{} calls"),
    "no_call": Text("没有呼叫", "No call"),
    "other_calls": Text("其他呼叫", "Other calls"),
    "waits": Text("等 {}", "waits {}"),
    "talking": Text("通话中", "talking"),
    "over_target": Text("已超 30 秒目标", "beyond the 30 s target"),
    "target": Text("30 秒内接听", "answer within 30 s"),
    "choose_device": Text("从中间选一个设备", "Choose a device in the middle"),
    "places": Text("{} 处，异常在前", "{}, the odd ones first"),
    "every_order": Text("每次操作记录到人", "every order is kept with its person"),
    "awaits": Text("已下达，等设备回报，{} 秒后超时", "Ordered, waiting for the device, {} s left"),
    "confirmed": Text("设备已回报：{}", "The device says: {}"),
    "expired": Text("超时：设备没有回报，不会补发", "Timed out: no word from the device; it is not sent again"),
    "replaced": Text("被后一条指令取代", "Another order took its place"),
    "ago": Text("{}前", "{} ago"),
    "never": Text("从未上报", "never heard"),
    "records": Text("记录", "Records"),
    "records_days": Text("最近 30 天", "last 30 days"),
    "no_records": Text("近 30 天没有记录", "Nothing in the last 30 days"),
    "records_away": Text("记录暂时取不到，操作照常", "The records cannot be had just now; orders go on"),
    "heard_24h": Text("24 小时数据到达 {}", "Heard {} of the last 24 h"),
    "away_offline": Text("缺 {} 分钟", "{} min missing"),
    "away_unknown": Text("未接收 {} 分钟", "{} min not listened to"),
    "papers": Text("档案", "Papers"),
    "paper_id": Text("编号", "Id"),
    "paper_kind": Text("类型", "Kind"),
    "paper_source": Text("来源", "Feed"),
    "paper_parent": Text("上级", "Hangs on"),
    "paper_zones": Text("分区", "Zones"),
    "paper_vendor": Text("厂家编号", "Vendor's id"),
    "stands": Text("未关闭", "still open"),
    "took": Text("用时 {}", "took {}"),
    "passes": Text("最近通行", "Last passes"),
    "passes_note": Text("只显示门与方式，不显示姓名", "door and way, no names"),
    "denied_pass": Text("未通过", "denied"),
    "broadcast": Text("云广播", "Broadcast"),
    "zones": Text("播到哪里", "Where"),
    "all_zones": Text("全小区", "Everywhere"),
    "speakers_n": Text("{} 只", "{}"),
    "pre_recorded": Text("预录", "Recorded"),
    "written": Text("写一句", "Written"),
    "words": Text("要播的话（300 字内）", "What is said (300 letters)"),
    "play": Text("播放", "Play"),
    "play_needs": Text("先选分区，再选预录或写一句", "Choose zones, then a recording or words"),
    "played": Text("{} / {} 只已播", "{} of {} have played"),
    "last_broadcasts": Text("最近广播", "Last broadcasts"),
    "no_broadcast": Text("近期没有广播", "No broadcast lately"),
    "word_ok": Text("已播", "played"),
    "word_busy": Text("忙", "busy"),
    "word_failed": Text("播不出", "failed"),
    "word_waiting": Text("等回报", "waiting"),
    "word_silent": Text("没有回报", "no answer"),
    "key_space": Text("空格", "Space"),
    "key_answer": Text("接听 / 挂断", "Answer, hang up"),
    "key_open": Text("开门（需按住 1 秒）", "Open (hold for 1 s)"),
    "key_home": Text("转业主", "Ring the home"),
    "key_refuse": Text("拒绝", "Refuse"),
    "key_next": Text("上/下一个", "Next, previous"),
}
