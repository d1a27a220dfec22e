"""Fleets: many devices of one kind in a few lines of a site, one water meter for each home, expanded when it is read.

The texts of a fleet are patterns with braces: `W-{building}-{unit}-{room}`. Which names there are goes by `each`; `{i}`
counts within one place from `start`, `{n}` through the whole fleet from 1, and both may be padded, `{n:08}`. A device
has building, unit and room of its place. The order is that of the buildings, so that one file gives one list.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Any, Literal

import msgspec

from .place import Building, Device, Text

MOST = 100_000
"""Devices of a whole site: a city district, not a slip of the keyboard."""

KNOWN = {
    "building": ("building",),
    "unit": ("building", "unit"),
    "floor": ("building", "unit", "floor"),
    "home": ("building", "unit", "floor", "room"),
    "device": ("device", "building", "unit", "room", "area"),
}
"""Names in braces, by `each`; `i` and `n` besides."""


class Fleet(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`each` place, or each device of the kind `of` that stands above, has `count` of them, in `buildings` if any."""

    each: Literal["building", "unit", "floor", "home", "device"]
    id: str
    system: str
    kind: str
    source: str
    of: str = ""
    count: Annotated[int, msgspec.Meta(ge=1, le=MOST)] = 1
    start: Annotated[int, msgspec.Meta(ge=0)] = 1
    buildings: tuple[str, ...] = ()
    name: Text = Text()
    area: str = ""
    parent: str = ""
    """Of a fleet for each device the device itself, unless it names another."""
    tags: tuple[str, ...] = ()
    period_s: float | None = None
    vendor: dict[str, str] = {}


NUMBERED = ("floor", "i", "n")
PADDING = re.compile("0[1-9][0-9]?")

Fault = tuple[str, str]


def expand(fleet: Fleet, buildings: Sequence[Building], above: Sequence[Device]) -> Iterator[Device | Fault]:
    """Its devices, or (field, what is wrong) and nothing else."""
    fault = _wrong(fleet, buildings, above)
    if fault is not None:
        yield fault
        return
    id_, zh, en, area, parent = map(_filled, (fleet.id, fleet.name.zh, fleet.name.en, fleet.area, fleet.parent))
    tags = tuple(map(_filled, fleet.tags))
    vendor = {adapter: _filled(pattern) for adapter, pattern in fleet.vendor.items()}
    number = 0
    for place in _places(fleet, buildings, above):
        for i in range(fleet.start, fleet.start + fleet.count):
            number += 1
            names = {**place, "i": i, "n": number}
            yield Device(
                id=id_(names),
                system=fleet.system,
                kind=fleet.kind,
                source=fleet.source,
                name=Text(zh(names), en(names)),
                building=place.get("building", ""),
                unit=place.get("unit", ""),
                room=place.get("room", ""),
                area=area(names) or place.get("area", ""),
                tags=tuple(tag(names) for tag in tags),
                parent=parent(names) or place.get("device", ""),
                period_s=fleet.period_s,
                vendor={adapter: fill(names) for adapter, fill in vendor.items()},
            )


def _filled(pattern: str) -> Callable[[dict[str, Any]], str]:
    """Most patterns name nothing, and every process reads five thousand devices as it starts."""
    return pattern.format_map if "{" in pattern or "}" in pattern else lambda names: pattern


def _places(fleet: Fleet, buildings: Sequence[Building], above: Sequence[Device]) -> Iterator[dict[str, Any]]:
    if fleet.each == "device":
        for d in above:
            if d.kind == fleet.of and (not fleet.buildings or d.building in fleet.buildings):
                yield {"device": d.id, "building": d.building, "unit": d.unit, "room": d.room, "area": d.area}
        return
    for building in buildings:
        if fleet.buildings and building.id not in fleet.buildings:
            continue
        if fleet.each == "building":
            yield {"building": building.id}
        elif fleet.each == "home":
            for home in building.homes():
                yield {"building": building.id, "unit": home.unit, "floor": home.floor, "room": home.room}
        else:
            for unit in range(1, building.units + 1):
                at = {"building": building.id, "unit": str(unit)}
                if fleet.each == "unit":
                    yield at
                    continue
                for floor in range(1, building.floors + 1):
                    yield {**at, "floor": floor}


def _wrong(fleet: Fleet, buildings: Sequence[Building], above: Sequence[Device]) -> Fault | None:
    known = (*KNOWN[fleet.each], "i", "n")
    for field, pattern in _patterns(fleet):
        try:
            parts = [part for part in string.Formatter().parse(pattern) if part[1] is not None]
        except ValueError as error:
            return field, f"{pattern!r} is no pattern: {error}"
        for _, name, padding, conversion in parts:
            if name not in known:
                return field, f"{pattern!r}: there is no {{{name}}} here; there are {', '.join(known)}"
            if conversion or (padding and not (name in NUMBERED and PADDING.fullmatch(padding))):
                return field, f"{pattern!r}: only {', '.join(NUMBERED)} are padded, as in {{n:04}}"
    described = {building.id for building in buildings}
    for index, building in enumerate(fleet.buildings):
        if building not in described:
            return f"buildings[{index}]", f"building {building!r} is not described"
    if fleet.each == "device" and not any(d.kind == fleet.of for d in above):
        return "of", f"no device of kind {fleet.of!r} stands above this fleet"
    if fleet.each != "device" and fleet.of:
        return "of", "only a fleet for each device has a kind that it is of"
    size = sum(1 for _ in _places(fleet, buildings, above)) * fleet.count
    if size + len(above) > MOST:
        return "count", f"these are {size} devices; a site has at most {MOST}"
    if not size:
        return "each", f"there is no {fleet.each} to have one: `rooms` of a building says which homes there are"
    return None


def _patterns(fleet: Fleet) -> Iterator[tuple[str, str]]:
    yield "id", fleet.id
    yield "name.zh", fleet.name.zh
    yield "name.en", fleet.name.en
    yield "area", fleet.area
    yield "parent", fleet.parent
    for index, tag in enumerate(fleet.tags):
        yield f"tags[{index}]", tag
    for adapter, pattern in fleet.vendor.items():
        yield f"vendor.{adapter}", pattern
