"""What a click on the operator's map opens: one device, or what stands in one place of the plan.

Of residents in care there is no card: they stand in no list and on no plan.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from community.board.alarm_words import name, title
from community.board.naming import clock_time, spot, where
from community.board.privacy import SYSTEM as CARE
from community.board.tiles import BADGES
from community.freshness import freshness
from community.site import Device, Text
from community.state import Alarm, DeviceState, State, alarm_state, annunciated
from community.systems import SYSTEMS
from community.words import WALL, Lang

LISTED = 40
"""Devices of a place that are named; the counts beside them are of all."""

NOW = {
    "fresh": Text("正常上报", "Reporting"),
    "late": Text("数据迟到", "Late"),
    "stale": Text("已失联", "Silent"),
    "unknown": Text("情况未知", "Unknown"),
}

MEASURED: dict[str, tuple[Text, str]] = {
    "battery_percent": (Text("电量", "Battery"), "%"),
    "temperature_c": (Text("温度", "Temperature"), "℃"),
    "power_w": (Text("功率", "Power"), "W"),
    "fill_percent": (Text("满度", "Fill"), "%"),
    "level_cm": (Text("水位", "Level"), "cm"),
    "fps": (Text("帧率", "Frame rate"), "fps"),
    "flow_m3h": (Text("流量", "Flow"), "m³/h"),
    "voltage_v": (Text("电压", "Voltage"), "V"),
    "current_a": (Text("电流", "Current"), "A"),
    "lel_percent": (Text("燃气", "Gas"), "% LEL"),
    "floor": (Text("楼层", "Floor"), ""),
    "oldest_clip_days": (Text("录像", "Recording"), "d"),
}
"""Values that a card names, each with its unit; what is not here is said at the device's own page."""


def device_card(state: State, device_id: str, lang: Lang) -> dict[str, Any] | None:
    """None: not described here, or a resident."""
    device = state.site.by_id.get(device_id)
    if device is None or device.system == CARE:
        return None
    said = state.devices.get(device_id)
    alarms = [a for a in annunciated(state.alarms.values()) if a.device == device_id]
    return {
        "device": device_id,
        "title": where(state.site, device_id, lang),
        "system": SYSTEMS[device.system].name.get(lang),
        "now": _now(state, said, lang),
        "seen_ms": said.seen_ms if said is not None else 0,
        "values": _values(said, lang),
        "picture": said.values.get("picture", "") if said is not None else "",
        "alarms": [_alarm(state, alarm, lang) for alarm in alarms],
    }


def spot_card(state: State, place: str, lang: Lang) -> dict[str, Any] | None:
    """`place` as the plan names it: `7/2` a unit, `7` a building, `B棚` an area. None: nothing is there."""
    here = [d for d in state.site.devices if d.system != CARE and _stands_in(state, d, place)]
    if not here:
        return None
    ids = {device.id for device in here}
    alarms = [a for a in annunciated(state.alarms.values()) if a.device in ids]
    worst = {alarm.device: alarm for alarm in reversed(alarms)}
    systems = Counter(SYSTEMS[device.system].name.get(lang) for device in here)
    return {
        "spot": place,
        "title": _place_title(here[0], place, lang),
        "systems": [[system, n] for system, n in systems.most_common()],
        "total": len(here),
        "devices": [_line(state, d, worst.get(d.id), lang) for d in _gravest_first(state, here, worst)[:LISTED]],
        "alarms": [_alarm(state, alarm, lang) for alarm in alarms],
    }


def _stands_in(state: State, device: Device, place: str) -> bool:
    own = spot(state.site, device.id)
    return own == place or (bool(own) and "/" not in place and own.startswith(f"{place}/"))


def _gravest_first(state: State, here: Sequence[Device], worst: dict[str, Alarm]) -> list[Device]:
    """Alarms by their priority, then what is silent or unknown, then the rest in the order of the description."""

    def rank(device: Device) -> tuple[str, int]:
        said = state.devices.get(device.id)
        sure = said is not None and freshness(state, said) in ("fresh", "late")
        return (worst[device.id].priority if device.id in worst else "P9", int(sure))

    return sorted(here, key=rank)


def _line(state: State, device: Device, alarm: Alarm | None, lang: Lang) -> dict[str, Any]:
    said = state.devices.get(device.id)
    badge = None if alarm is None else {"p": int(alarm.priority[1:]), "badge": BADGES[alarm_state(alarm)]}
    return {
        "device": device.id,
        "what": device.name.get(lang) or device.id,
        "now": _now(state, said, lang),
        "alarm": badge,
    }


def _place_title(device: Device, place: str, lang: Lang) -> str:
    if not device.building:
        return place
    building, _, unit = place.partition("/")
    return WALL["unit"].get(lang).format(building, unit) if unit else WALL["buildings"].get(lang).format(building)


def _now(state: State, said: DeviceState | None, lang: Lang) -> str:
    return NOW[freshness(state, said) if said is not None else "unknown"].get(lang)


def _values(said: DeviceState | None, lang: Lang) -> list[list[str]]:
    if said is None:
        return []
    found = [(name, said.values[name]) for name in MEASURED if said.values.get(name) is not None]
    return [[MEASURED[name][0].get(lang), _figure(value, MEASURED[name][1])] for name, value in found]


def _figure(value: Any, unit: str) -> str:
    number = f"{value:g}" if isinstance(value, int | float) else str(value)
    return f"{number} {unit}".strip()


def _alarm(state: State, alarm: Alarm, lang: Lang) -> dict[str, Any]:
    return {
        "p": int(alarm.priority[1:]),
        "badge": BADGES[alarm_state(alarm)],
        "what": title(alarm.id, alarm.detail, lang) or name(alarm.id, lang),
        "at": clock_time(state.site, alarm.activated_ms, seconds=True),
        "device": alarm.device,
    }
