"""How an alarm is named on a wall: what, where, and by whom; never a resident's name, the room only where allowed."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from ..catalogue import CATALOGUE
from ..site import Site, Text, place
from ..state import Alarm, alarm_state
from ..words import MONTHS, SHORT, WALL, WEEKDAYS, Lang, say

EN_TITLE = 18
"""Characters of 40 px that stand beside a running timer."""


def title(alarm_id: str, detail: dict[str, object], lang: Lang) -> str:
    """The catalogue's name, with the measured temperature where there is one: `充电过温 68℃`."""
    known = CATALOGUE.get(alarm_id)
    name = known.name.get(lang) if known is not None else alarm_id
    if lang == "en" and len(name) > EN_TITLE and alarm_id in SHORT:
        name = SHORT[alarm_id].en
    temperature = detail.get("temperature_c")
    return f"{name} {temperature:.0f}℃" if isinstance(temperature, int | float) else name


def short(alarm_id: str, lang: Lang) -> str:
    """At most eight characters of Chinese, for the map."""
    known = CATALOGUE.get(alarm_id)
    name = SHORT.get(alarm_id) or (known.name if known is not None else Text(alarm_id, alarm_id))
    return name.get(lang)[: 8 if lang == "zh" else 14]


def where(site: Site, device_id: str, lang: Lang, *, room: bool = False) -> str:
    """`7号楼2单元 1203室`, `B棚 07口`, `北门 求助柱`; a feed by its name."""
    source = site.source_by_id.get(device_id)
    if source is not None and device_id not in site.by_id:
        return source.name.get(lang)
    device = site.by_id.get(device_id)
    if device is None:
        return device_id
    if device.building and device.area and lang == "en":  # areas have no English of their own, names have
        return f"{place(replace(device, area=''), lang, room=room)} · {device.name.en}"
    if device.building:
        return place(device, lang, room=room) or device.name.get(lang)
    name = device.name.get(lang)
    if lang == "en":
        return name or device.area or device.id
    return name if name and device.area in name else f"{device.area} {name}".strip() or device.id


def may_show_room(site: Site, alarm: Alarm) -> bool:
    return site.wall.show_room and alarm.priority == "P1" and alarm_state(alarm) == "unacknowledged"


def spot(site: Site, device_id: str) -> str:
    """The part of the plan an alarm stands for: `7/2` a unit, `7` a building, `B棚` an area; '' the device itself."""
    device = site.by_id.get(device_id)
    if device is None:
        return ""
    if device.building:
        return f"{device.building}/{device.unit}" if device.unit else device.building
    return device.area if device.kind in ("ebike_port", "ebike_pile") else ""


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def local(site: Site, ms: int) -> datetime:
    return datetime.fromtimestamp(ms // 1000, _zone(site.timezone))


def clock_time(site: Site, ms: int, *, seconds: bool = False) -> str:
    return local(site, ms).strftime("%H:%M:%S" if seconds else "%H:%M")


def offset_min(site: Site, ms: int) -> int:
    """Minutes the community's local time is ahead of UTC at that moment."""
    ahead = local(site, ms).utcoffset() or timedelta()
    return int(ahead.total_seconds() // 60)


def date_words(site: Site, ms: int, lang: Lang) -> str:
    day = local(site, ms)
    if lang == "en":
        return f"{WEEKDAYS['en'][day.weekday()]} {day.day} {MONTHS[day.month - 1]}"
    return f"{day.month}月{day.day}日 周{WEEKDAYS['zh'][day.weekday()]}"


def room_words(site: Site, device_id: str, lang: Lang) -> str:
    device = site.by_id.get(device_id)
    return say(WALL["room"], lang, device.room) if device is not None and device.room else ""
