"""One home as a whole: what stands in it, the door of its unit, its meters, charger, care, work orders, alarms. Pure.

What a home's own devices measure tells when somebody is in, washes, sleeps: personal data. In the covered view a home's
device has its name and whether it is heard, and nothing of care; the plain view has the values, and is somebody's to
answer for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from .board.alarm_words import title
from .board.naming import place_of
from .board.privacy import is_care
from .freshness import freshness
from .site import Device, Site
from .state import State, alarm_state, annunciated
from .systems.orders import DESK, latest
from .systems.whereabouts import NAME as WHEREABOUTS
from .words import Lang

CARE = "care"
DOORS = "access"


class Line(msgspec.Struct):
    """One device. `values` None: covered."""

    device: str
    system: str
    name: str
    own: bool
    """It stands in the home; else it is the unit's."""
    freshness: str
    seen_ms: int
    values: Mapping[str, Any] | None
    whereabouts: Mapping[str, Any] = {}
    """Of a resident in care: state IN / OUT / UNKNOWN, evidence, since_ms."""


class Order(msgspec.Struct):
    order: str
    phase: str
    since_ms: int
    category: str = ""
    post: str = ""


class Raised(msgspec.Struct):
    priority: str
    title: str
    place: str
    state: str
    at_ms: int


class Room(msgspec.Struct):
    building: str
    unit: str
    room: str
    plain: bool
    lines: list[Line]
    orders: list[Order]
    alarms: list[Raised]
    covered: int
    """Devices whose values are covered, residents in care not counted: that there are any is covered too."""


def home_id(building: str, unit: str, room: str) -> str:
    return "/".join(part for part in (building, unit, room) if part)


def parse_home(text: str) -> tuple[str, str, str]:
    """`7/2/1203`; a house without units is `7//3`. Raises ValueError."""
    building, unit, room = text.strip().split("/")
    return building.strip(), unit.strip(), room.strip()


def is_home(site: Site, building: str, unit: str, room: str) -> bool:
    if any((home.building, home.unit, home.room) == (building, unit, room) for home in site.homes):
        return True
    return any((d.building, d.unit, d.room) == (building, unit, room) and room for d in site.devices)


def room_of(state: State, building: str, unit: str, room: str, lang: Lang, *, plain: bool) -> Room:
    site = state.site
    own = [d for d in site.devices if (d.building, d.unit, d.room) == (building, unit, room)]
    doors = [d for d in site.devices if (d.building, d.unit) == (building, unit) and not d.room and d.system == DOORS]
    shown = [d for d in own if plain or d.system != CARE]
    lines = [_line(state, d, lang, own=True, plain=plain) for d in shown]
    lines += [_line(state, d, lang, own=False, plain=True) for d in doors]
    ids = {d.id for d in (*own, *doors)}
    alarms = [
        Raised(
            alarm.priority,
            title(alarm.id, alarm.detail if plain or not is_care(state, alarm) else {}, lang),
            place_of(site, alarm, lang),
            alarm_state(alarm),
            alarm.activated_ms,
        )
        for alarm in annunciated(state.alarms.values())
        if alarm.device in ids
    ]
    covered = sum(line.values is None for line in lines)
    return Room(building, unit, room, plain, lines, orders_of(state, home_id(building, unit, room)), alarms, covered)


def _line(state: State, device: Device, lang: Lang, *, own: bool, plain: bool) -> Line:
    said = state.devices.get(device.id)
    values = None if not plain else dict(said.values) if said is not None else {}
    return Line(
        device.id,
        device.system,
        device.name.get(lang) or device.id,
        own,
        freshness(state, said) if said is not None else "unknown",
        said.seen_ms if said is not None else 0,
        values,
        dict(said.memory.get(WHEREABOUTS, {})) if plain and said is not None and device.system == CARE else {},
    )


def orders_of(state: State, home: str) -> list[Order]:
    """Open orders that name the home, the newest first."""
    found = []
    for device in state.devices.values():
        for order, kept in device.memory.get(DESK.name, {}).get("open", {}).items():
            if kept.get("home") == home:
                phase = latest(kept["phases"])
                since_ms = kept["phases"][phase]
                found.append(Order(order, phase, since_ms, kept.get("category", ""), kept.get("post", "")))
    return sorted(found, key=lambda one: -one.since_ms)
