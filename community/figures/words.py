"""What the keys of a figure's lines are called: ways of opening a door, kinds of ports, systems, categories."""

from __future__ import annotations

from ..board.alarm_words import CARE, CARE_TITLE
from ..catalogue import CATALOGUE
from ..site import Text
from ..systems import SYSTEMS
from ..words import PRIORITIES, Lang

SECTIONS = {
    "alarms": Text("告警", "Alarms"),
    "devices": Text("设备", "Devices"),
    "charging": Text("充电", "Charging"),
    "access": Text("通行", "Passes"),
    "calls": Text("可视对讲", "Calls"),
    "meters": Text("水电表", "Meters"),
    "orders": Text("居民诉求", "Work orders"),
    "patrol": Text("巡更", "Patrol"),
    "broadcast": Text("云广播", "Broadcast"),
}

METHODS = {
    "face": Text("人脸", "Face"),
    "speaker": Text("音箱", "Smart speaker"),
    "super_sim": Text("超级SIM", "Super SIM"),
    "remote": Text("远程", "Remote"),
    "mini_program": Text("小程序可视对讲", "Mini-program video"),
    "card": Text("刷卡", "Card"),
    "qr": Text("二维码", "QR code"),
    "password": Text("密码", "Password"),
    "bluetooth": Text("蓝牙", "Bluetooth"),
}

KINDS = {
    "car_connector": Text("汽车桩", "Car chargers"),
    "ebike_port": Text("两轮桩", "E-bike ports"),
    "camera": Text("摄像机", "Cameras"),
    "recorder": Text("录像机", "Recorders"),
    "door": Text("门", "Doors"),
    "bulk_meter": Text("总表", "Bulk meters"),
    "water_meter": Text("水表", "Water meters"),
    "power_meter": Text("电表", "Power meters"),
    "leak_sensor": Text("水浸传感器", "Leak sensors"),
}

CATEGORIES = {
    "plumbing": Text("水暖维修", "Plumbing"),
    "electricity": Text("电气维修", "Electricity"),
    "lift": Text("电梯", "Lifts"),
    "cleaning": Text("环境卫生", "Cleaning"),
    "noise": Text("噪声扰民", "Noise"),
    "parking": Text("停车", "Parking"),
    "gardens": Text("绿化", "Gardens"),
    "other": Text("其他", "Other"),
}

REASONS = {
    "true": Text("真实", "True"),
    "benign": Text("真实无害", "Real, benign"),
    "mistake": Text("误触", "By mistake"),
    "false_rule": Text("规则误报", "False rule"),
    "false_data": Text("数据错误", "False data"),
    "test": Text("测试", "Test"),
    "undetermined": Text("未定", "Undetermined"),
}
"""Why an alarm was closed (DOMAIN.md)."""

OUTCOMES = {
    "opened": Text("已开门", "Opened"),
    "answered": Text("已接听", "Answered"),
    "missed": Text("无人接", "Missed"),
    "ringing": Text("响铃", "Ringing"),
}
PHASES = {
    "published": Text("待接单", "Waiting"),
    "reopened": Text("重新打开", "Reopened"),
    "taken": Text("已接单", "Taken"),
    "in_progress": Text("处理中", "In progress"),
    "done": Text("已完成", "Done"),
    "rated": Text("已评价", "Rated"),
    "cancelled": Text("已撤销", "Cancelled"),
    "duplicate": Text("重复", "Duplicate"),
}

KEYS = {
    "alarm": Text("类型", "Type"),
    "priority": Text("级别", "Priority"),
    "hour_ms": Text("时段", "Hour"),
    "hour": Text("钟点", "Hour of the day"),
    "subject": Text("设备告警", "Alarm of a device"),
    "device": Text("设备", "Device"),
    "system": Text("系统", "System"),
    "method": Text("方式", "Method"),
    "kind": Text("桩型", "Kind"),
    "category": Text("类别", "Category"),
    "day": Text("日期", "Day"),
}
"""Columns of a figure by something; what is not here keeps its own name."""

TABLES = {
    "journal": Text("告警与操作（审计）", "Alarms and actions (audit)"),
    "door_pass": Text("通行", "Passes"),
    "charging_session": Text("充电", "Charging sessions"),
    "work_order": Text("诉求", "Work orders"),
    "order_phase": Text("诉求经过", "Phases of orders"),
    "intercom_call": Text("对讲呼叫", "Calls"),
    "broadcast": Text("广播", "Broadcasts"),
    "patrol_window": Text("巡更计划", "Patrol windows"),
    "patrol_scan": Text("巡更扫点", "Patrol scans"),
    "meter_day": Text("抄表", "Meter readings"),
    "presence": Text("在线分钟", "Minutes heard"),
    "presence_day": Text("每日在线", "Presence by day"),
    "rollup_hour": Text("小时汇总", "Sums by hour"),
    "rollup_day": Text("日汇总", "Sums by day"),
}
"""Tables of history, as a retention check names them."""

_WORDS = {
    "table": TABLES,
    "method": METHODS,
    "kind": KINDS,
    "category": CATEGORIES,
    "reason": REASONS,
    "phase": PHASES,
    "priority": PRIORITIES,
}


def alarm_words(alarm_id: str, lang: Lang) -> str:
    """The catalogue's name; of an alarm of care only that it is one."""
    if alarm_id in CARE:
        return CARE_TITLE.get(lang)
    found = CATALOGUE.get(alarm_id)
    return found.name.get(lang) if found is not None else alarm_id


def key_words(by: str, value: object, lang: Lang) -> str:
    """A key of a line as a reader may see it; an unknown word stands as it is."""
    text = str(value)
    if by == "alarm":
        return alarm_words(text, lang)
    if by == "system":
        return SYSTEMS[text].name.get(lang) if text in SYSTEMS else text
    found = _WORDS.get(by, {}).get(text)
    return found.get(lang) if found is not None else text
