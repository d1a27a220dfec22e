"""How an alarm is named on a wall: what, where, and by whom; never a resident's name, the room only where allowed."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from ..place import THE_LOG
from ..site import Device, Site, place
from ..state import Alarm, alarm_state
from ..words import AREAS, MONTHS, WALL, WEEKDAYS, Lang, say
from .alarm_words import CARE

_CODED = re.compile(r"([A-Za-z0-9]+)(" + "|".join(AREAS) + ")")


def where(site: Site, device_id: str, lang: Lang, *, room: bool = False) -> str:
    """`7号楼2单元 1203室`, `B棚 07口`, `北门 求助柱`; a feed by its name. Of a resident in care the unit at most."""
    source = site.source_by_id.get(device_id)
    if source is not None and device_id not in site.by_id:
        return source.name.get(lang)
    device = site.by_id.get(device_id)
    if device is None:
        return WALL["the_log"].get(lang) if device_id == THE_LOG else device_id
    if device.system == "care":
        return _where_care(device, lang)
    if lang == "en":
        return _where_en(site, device, room)
    if device.building:
        return place(device, lang, room=room) or device.name.zh
    name = device.name.get(lang)
    return name if name and device.area in name else f"{device.area} {name}".strip() or device.id


def _where_care(device: Device, lang: Lang) -> str:
    if not device.building:
        return WALL["on_site"].get(lang)
    return _block_en(device) if lang == "en" else place(replace(device, area="", room=""), "zh")


def _where_en(site: Site, device: Device, room: bool) -> str:
    """`Bldg 7 · Unit 2 · 1203` where the room counts, else `Bldg 7-2 · Lift car`, `E2 EV-12 plug 2`."""
    name = device.name.en
    if device.building:
        if room and device.room:
            return place(replace(device, area=""), "en", room=True)
        beside = "" if device.room else name or area_en(device.area, site)  # what stands in a home is found by its door
        return " · ".join(part for part in (_block_en(device), beside) if part)
    area = area_en(device.area, site)
    if not name:
        return area or device.id
    if not area or area.lower() in name.lower() or area.split()[:2] == name.split()[:2]:
        return name
    coded = None if device.area in site.areas else _CODED.fullmatch(device.area)
    return f"{coded[1] if coded else area} {name}"


def _block_en(device: Device) -> str:
    return f"Bldg {device.building}-{device.unit}" if device.unit else f"Bldg {device.building}"


def area_en(area: str, site: Site | None = None) -> str:
    """As the site has it; '' where an area has no English of its own."""
    if site is not None and (english := site.area_en(area)):
        return english
    coded = _CODED.fullmatch(area)
    if coded:
        return f"{AREAS[coded[2]]} {coded[1]}"
    return area if area.isascii() else ""


def place_of(site: Site, alarm: Alarm, lang: Lang) -> str:
    """Where an alarm stands, as a wall may say it now."""
    return place_of_key(site, alarm.key, lang, room=may_show_room(site, alarm))


def place_of_key(site: Site, key: str, lang: Lang, *, room: bool = False) -> str:
    """`key`: catalogue id / device. Whoever is in care and not described is nobody's business here."""
    alarm_id, _, device_id = key.partition("/")
    if alarm_id in CARE and device_id not in site.by_id:
        return WALL["unlisted"].get(lang)
    return where(site, device_id, lang, room=room)


def area_of(site: Site, key: str, lang: Lang) -> str:
    """Only the building or the area: what is told of many. What has neither is named itself."""
    device = site.by_id.get(key.partition("/")[2])
    if device is not None and device.building:
        return say(WALL["buildings"], lang, device.building)
    area = device.area if device is not None else ""
    return (area if lang == "zh" else area_en(area, site)) or place_of_key(site, key, lang)


def may_show_room(site: Site, alarm: Alarm) -> bool:
    """Only of an unacknowledged P1, only where the site allows it, and of nobody in care."""
    device = site.by_id.get(alarm.device)
    if alarm.id in CARE or (device is not None and device.system == "care"):
        return False
    return site.wall.show_room and alarm.priority == "P1" and alarm_state(alarm) == "unacknowledged"


IN_SHED = frozenset(("ebike_port", "ebike_pile"))


def stands_alone(device: Device) -> bool:
    """Whether the plan draws the device itself; what is in a home, a unit or a shed is shown by that."""
    return device.xy is not None and not device.unit and not device.room and device.kind not in IN_SHED


def spot(site: Site, device_id: str) -> str:
    """The part of the plan an alarm stands for: `7/2` a unit, `7` a building, `B棚` an area; '' the device itself."""
    device = site.by_id.get(device_id)
    if device is None or stands_alone(device):
        return ""
    if device.building:
        return f"{device.building}/{device.unit}" if device.unit else device.building
    return device.area if device.kind in IN_SHED else ""


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def local(site: Site, ms: int) -> datetime:
    return datetime.fromtimestamp(ms // 1000, _zone(site.timezone))


def duty_words(site: Site, ms: int, lang: Lang) -> str:
    """The first post that is on duty, and how many people are in all; the site's own words where it has no posts."""
    here = [post for post in site.posts if post.on_duty(ms, site.timezone)]
    if here:
        first, people = here[0], sum(post.people for post in here)
        return say(WALL["roster"], lang, first.name.get(lang), people if lang == "zh" else people - 1)
    return "" if site.posts else site.duty.get(lang)


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
