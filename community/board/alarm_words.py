"""What a wall calls each alarm: a title beside a running timer, a name on the map, the figure or cause that is told.

The catalogue names alarms for the people who know the residents; a wall hangs where visitors see it. Of the alarms of
care it says 特殊关怀 and the building, whichever it is: which one, and of whom, stands at the desk (DOMAIN.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from unicodedata import east_asian_width

from ..catalogue import CATALOGUE
from ..site import Text
from ..words import Lang, duration

CARE = frozenset(("FALL", "VITALS", "LONG_IN", "LONG_OUT", "LOW_WATER"))
"""Alarms that speak of a person's health or way of life."""

CARE_TITLE, CARE_SHORT = Text("特殊关怀", "Care"), Text("关怀", "Care")

TITLE_EM = {"zh": 17, "en": 18}
"""What stands in a row of 40 px beside a timer: in Chinese half-widths of the ideographs, in English characters."""

BIG_EM = {"zh": 14, "en": 15}
"""The same in the row of a P1, whose badge and timer are bigger."""

SHORT_LENGTH = {"zh": 8, "en": 14}
"""VISUAL.md, section 6: a plate holds at most eight characters."""

TITLE_EN = {
    "FIRE_SMOKE": "Smoke alarm",
    "FIRE_MCP": "Fire call point",
    "LIFT_TRAP": "Trapped in lift",
    "CP_FIRE": "Bike shed fire",
    "CP_OVERTEMP": "Overheating",
    "PERIMETER": "Intrusion",
    "CAM_MOVED": "Camera moved",
    "NVR_STORE": "Recorder storage",
    "CP_NO_CUTOFF": "Full, still on",
    "TICKET_SLA": "Ticket late",
    "LIFT_STOP": "Lift stopped",
    "NET_DOWN": "Network down",
    "CALL_UNANSWERED": "Call unanswered",
    "GARAGE_WATER": "Garage water",
}
"""Instead of names of the catalogue that are longer than a row."""

SHORT = {
    "FIRE_SMOKE": Text("烟感火警", "Smoke"),
    "FIRE_MCP": Text("手报火警", "Call point"),
    "GAS_LEAK": Text("燃气泄漏", "Gas leak"),
    "SOS": Text("求助", "SOS"),
    "DURESS": Text("胁迫开门", "Duress"),
    "LIFT_TRAP": Text("电梯困人", "Trapped"),
    "CP_OVERTEMP": Text("充电过温", "Overheat"),
    "CP_FIRE": Text("充电棚烟火", "Shed fire"),
    "PERIMETER": Text("周界入侵", "Perimeter"),
    "DOOR_FORCED": Text("强行开门", "Door forced"),
    "DOOR_HELD": Text("门未关", "Door open"),
    "DOOR_AUTH": Text("认证失败", "Denied"),
    "TAILGATE": Text("尾随", "Tailgating"),
    "EBIKE_LIFT": Text("电动车入梯", "E-bike in lift"),
    "FALLING_OBJ": Text("高空抛物", "Falling object"),
    "FIRE_LANE": Text("通道占用", "Lane blocked"),
    "CAM_OFFLINE": Text("摄像机离线", "Cam offline"),
    "CAM_BLACK": Text("画面黑屏", "Video loss"),
    "CAM_BLIND": Text("镜头遮挡", "Cam blocked"),
    "CAM_MOVED": Text("画面偏移", "Cam moved"),
    "NVR_STORE": Text("录像异常", "Recorder"),
    "CP_OVERLOAD": Text("充电过载", "Overload"),
    "CP_NO_CUTOFF": Text("充满未断电", "No cut-off"),
    "CP_OFFLINE": Text("桩离线", "Pile offline"),
    "CP_FAULT": Text("端口故障", "Port fault"),
    "CP_ZOMBIE": Text("僵尸订单", "Zombie"),
    "LEAK_HOME": Text("户内漏水", "Home leak"),
    "DMA_NIGHT": Text("夜间漏损", "Night leak"),
    "WATER_BURST": Text("爆管", "Burst"),
    "METER_LOST": Text("表失联", "Meter lost"),
    "BIN_FULL": Text("桶满", "Bin full"),
    "BIN_FIRE": Text("桶内高温", "Bin fire"),
    "BCAST_FAIL": Text("广播失败", "No broadcast"),
    "PATROL_MISS": Text("巡更漏检", "Missed round"),
    "SOURCE_STALE": Text("数据中断", "Feed lost"),
    "CLOCK_SKEW": Text("时钟偏差", "Clock skew"),
    "DEAD_LETTERS": Text("报文不识", "Not read"),
    "TICKET_SLA": Text("工单超时", "Ticket late"),
    "GATE_FAULT": Text("道闸故障", "Barrier"),
    "FIRE_PANEL_FAULT": Text("消防主机", "Fire panel"),
    "LIFT_STOP": Text("电梯停运", "Lift stopped"),
    "POWER_LOST": Text("配电失电", "Power lost"),
    "NET_DOWN": Text("网络中断", "Network down"),
    "CALL_UNANSWERED": Text("访客待接", "Call waiting"),
    "BATTERY_LOW": Text("电量低", "Battery low"),
    "GARAGE_WATER": Text("地库进水", "Garage water"),
} | dict.fromkeys(CARE, CARE_SHORT)
"""Names for the map."""

FIGURES: Mapping[str, tuple[str, Text]] = {
    "CP_OVERTEMP": ("temperature_c", Text("{:.0f}℃", "{:.0f}℃")),
    "BIN_FIRE": ("temperature_c", Text("{:.0f}℃", "{:.0f}℃")),
    "BIN_FULL": ("fill_percent", Text("{:.0f}%", "{:.0f}%")),
    "BATTERY_LOW": ("battery_percent", Text("{:.0f}%", "{:.0f}%")),
    "GAS_LEAK": ("lel_percent", Text("{:.0f}%", "{:.0f}%")),
    "GARAGE_WATER": ("level_cm", Text("{:.0f}cm", "{:.0f}cm")),
    "CP_OVERLOAD": ("power_w", Text("{:.0f}W", "{:.0f}W")),
    "DOOR_AUTH": ("fails", Text("{:.0f}次", "{:.0f}")),
    "TICKET_SLA": ("late", Text("{:.0f}单", "{:.0f}")),
    "DEAD_LETTERS": ("letters", Text("{:.0f}条", "{:.0f}")),
    "NVR_STORE": ("oldest_clip_days", Text("{:.0f}天", "{:.0f}d")),
}
"""Alarm -> what was measured, and how it is said beside the title."""

ON_PLATE = frozenset(("CP_OVERTEMP", "BIN_FIRE", "GARAGE_WATER", "GAS_LEAK"))
"""Of these the figure stands on the map too: it says how near to go."""

CAUSES: Mapping[str, tuple[str, Mapping[str, Text]]] = {
    "LIFT_TRAP": ("cause", {"trapped": Text("有人被困", "people inside"), "call": Text("轿厢呼叫", "car call")}),
    "LIFT_STOP": ("status", {"fault": Text("故障", "fault"), "out_of_service": Text("停用", "out of service")}),
    "GATE_FAULT": ("cause", {"fault": Text("故障", "fault"), "not_closed": Text("未落杆", "not closed")}),
    "CP_ZOMBIE": ("cause", {"port_free": Text("端口空闲", "port free"), "no_meter": Text("无计量", "no meter")}),
    "CP_FIRE": ("event", {"smoke": Text("烟雾", "smoke"), "flame": Text("明火", "flame")}),
    "PERIMETER": ("event", {"intrusion": Text("区域入侵", "area"), "line_crossing": Text("越界", "line crossed")}),
    "FIRE_PANEL_FAULT": (
        "cause",
        {
            "fault": Text("主机故障", "panel fault"),
            "mains_lost": Text("主电失电", "mains lost"),
            "backup_fault": Text("备电故障", "battery fault"),
        },
    ),
    "CALL_UNANSWERED": (
        "caller",
        {
            "visitor": Text("访客", "visitor"),
            "courier": Text("快递", "courier"),
            "takeaway": Text("外卖", "takeaway"),
        },
    ),
    "SOS": ("press", {"phone": Text("居民手机", "resident's phone")}),
    "BCAST_FAIL": ("result", {"busy": Text("忙", "busy"), "failed": Text("播放失败", "not played")}),
}
"""Alarm -> the word of its detail that says why, and how a wall says it; other words are not said."""


def width(text: str) -> int:
    """Half-widths: an ideograph counts two."""
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in text)


def name(alarm_id: str, lang: Lang) -> str:
    """What a row calls the alarm."""
    if alarm_id in CARE:
        return CARE_TITLE.get(lang)
    if lang == "en" and alarm_id in TITLE_EN:
        return TITLE_EN[alarm_id]
    known = CATALOGUE.get(alarm_id)
    return known.name.get(lang) if known is not None else alarm_id


def title(alarm_id: str, detail: Mapping[str, object], lang: Lang, *, big: bool = False) -> str:
    """The name with what was measured, where there is room for it: `充电过温 68℃`. `big`: the row of a P1."""
    plain, measured = name(alarm_id, lang), figure(alarm_id, detail, lang)
    whole = f"{plain} {measured}"
    return whole if measured and width(whole) <= (BIG_EM if big else TITLE_EM)[lang] else plain


def short(alarm_id: str, lang: Lang) -> str:
    """For the map."""
    return SHORT[alarm_id].get(lang) if alarm_id in SHORT else name(alarm_id, lang)[: SHORT_LENGTH[lang]]


def figure(alarm_id: str, detail: Mapping[str, object], lang: Lang) -> str:
    if alarm_id == "CLOCK_SKEW" and isinstance(skew_s := detail.get("skew_s"), int):
        return duration(1000 * abs(skew_s) // 60_000 * 60_000 or 1000 * abs(skew_s), lang)
    field, words = FIGURES.get(alarm_id, ("", Text()))
    value = detail.get(field)
    return words.get(lang).format(value) if isinstance(value, int | float) else ""


def cause(alarm_id: str, detail: Mapping[str, object], lang: Lang) -> str:
    field, words = CAUSES.get(alarm_id, ("", {}))
    known = words.get(str(detail.get(field)))
    return known.get(lang) if known is not None else ""
