"""A community as data: buildings, devices, sources, thresholds, tiles, language, zone.

Everything a site may say stands in these structs; an unknown field or a wrong type is refused by name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from .numbers import House, Numbers, SystemNumbers, fault_of, ms
from .site_lines import line_at, line_of

SITES = Path(__file__).parent / "sites"

SOURCE_PERIOD_S = 10.0
"""How often a gateway says that it lives, unless its source says otherwise."""

N = TypeVar("N", bound=Numbers)


class SiteError(ValueError):
    """The description of a community cannot be used. Permanent; the message says where and why."""


class Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One text in the product's two languages."""

    zh: str = ""
    en: str = ""

    def get(self, lang: str) -> str:
        return self.en or self.zh if lang == "en" else self.zh or self.en


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A feed: one gateway with its own heartbeat. `safety`: its silence takes the verdict band."""

    id: str
    name: Text
    period_s: float = SOURCE_PERIOD_S
    safety: bool = False
    required: bool = True


class Device(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One device. `xy` is metres east and north on the plan; `period_s` overrides the system's heartbeat."""

    id: str
    system: str
    kind: str
    source: str
    name: Text = Text()
    building: str = ""
    unit: str = ""
    room: str = ""
    area: str = ""
    xy: tuple[float, float] | None = None
    heading_deg: float | None = None
    tags: tuple[str, ...] = ()
    parent: str = ""
    period_s: float | None = None
    vendor: dict[str, str] = {}
    """Vendor ids by adapter: {"ocpp16": "CP-01/1"}, {"isapi": "44:19:b6:00:00:01/1"}, {"frigate": "front_door"}."""


class Building(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    units: int = 1
    floors: int = 1
    households: int = 0


class Threshold(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a site changes of one catalogue entry (alarms.csv). A deadband is a number of its system."""

    priority: str | None = None
    on_delay_s: float | None = None
    off_delay_s: float | None = None
    latched: bool | None = None


class Wall(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The screen. `show_room`: the room of an unacknowledged P1 may be shown."""

    show_room: bool = True
    screen_pitch_mm: float = 0.634
    viewing_distance_m: float = 4.0


class Site(msgspec.Struct, frozen=True, forbid_unknown_fields=True, dict=True):
    id: str
    name: Text
    timezone: str = "Asia/Shanghai"
    language: Literal["zh", "en"] = "zh"
    clock: Literal["live", "log"] = "live"
    plan: str = ""
    """GeoJSON beside the site file, in metres."""
    sources: tuple[Source, ...] = ()
    buildings: tuple[Building, ...] = ()
    devices: tuple[Device, ...] = ()
    tiles: tuple[str, ...] = ()
    """Twelve tile ids, in the order of the wall."""
    duty: Text = Text()
    fallback: tuple[Text, ...] = ()
    """What people do while the wall is down, a line each."""
    thresholds: dict[str, Threshold] = {}
    numbers: dict[str, Any] = {}
    """What the site changes of the numbers of `house` and of each system, by their sections: community/numbers.py."""
    wall: Wall = Wall()

    @cached_property
    def by_id(self) -> Mapping[str, Device]:
        return {device.id: device for device in self.devices}

    @cached_property
    def source_by_id(self) -> Mapping[str, Source]:
        return {source.id: source for source in self.sources}

    @cached_property
    def by_vendor(self) -> Mapping[tuple[str, str], Device]:
        """(adapter, vendor id) -> device."""
        return {(a, v): d for d in self.devices for a, v in d.vendor.items()}

    @cached_property
    def house(self) -> House:
        return self.numbers_of(House)

    def numbers_of(self, shape: type[N]) -> N:
        """The numbers of the section that `shape`, or a part of it, describes: read once, then a lookup."""
        return self._sections[shape.section]  # type: ignore[return-value]

    @cached_property
    def _sections(self) -> Mapping[str, Numbers]:
        return {
            section: msgspec.convert(self.numbers.get(section, {}), shape)
            for section, shape in numbers_shapes().items()
        }

    @cached_property
    def heartbeat_ms(self) -> Mapping[str, int]:
        """System -> the period of its devices that have none of their own."""
        sections = self._sections.items()
        return {name: ms(numbers.heartbeat_s) for name, numbers in sections if isinstance(numbers, SystemNumbers)}


def numbers_shapes() -> Mapping[str, type[Numbers]]:
    """Section -> its struct: the house's, and one for each system."""
    from .systems import NUMBERS  # they know sites

    return NUMBERS


def parse_site(text: bytes, origin: str = "site") -> Site:
    """JSON -> Site. Raises SiteError naming file, line, place and what is wrong there; the first of several."""
    site, faults = read_site(text)
    if site is None or faults:
        raise SiteError(f"{origin}:{faults[0]}")
    return site


def read_site(text: bytes) -> tuple[Site | None, list[str]]:
    """The site as far as it can be read, and every fault as `line: place: what is wrong`, by line."""
    try:
        site = msgspec.json.decode(text, type=Site)
    except msgspec.ValidationError as error:
        what, _, path = str(error).partition(" - at `")
        unknown = _UNKNOWN_FIELD.search(what)
        path = path.rstrip("`") or "$"
        place = f"{path}.{unknown[1]}" if unknown else path
        return None, [f"{line_of(text.decode(), place)}: {place.removeprefix('$.')}: {what}"]
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        at = _BYTE.search(str(error))
        return None, [f"{line_at(text, int(at[1])) if at else 1}: not JSON: {error}"]
    lines = text.decode()
    found = [(line_of(lines, f"$.{path}"), f"{path}: {what}") for path, what in faults_of(site)]
    return site, [f"{line}: {fault}" for line, fault in sorted(found)]


_UNKNOWN_FIELD = re.compile(r"unknown field `([^`]+)`")
_BYTE = re.compile(r"byte (\d+)")


def faults_of(site: Site) -> Iterator[tuple[str, str]]:
    """(place, what is wrong): what the types cannot say. A typo here would otherwise stand in every alarm's way."""
    from .board.tiles import TILES  # they know sites
    from .catalogue import CATALOGUE
    from .systems import SYSTEMS

    try:
        ZoneInfo(site.timezone)
    except (KeyError, ValueError, OSError):
        yield "timezone", f"{site.timezone!r} does not exist"
    for index, source in enumerate(site.sources):
        if source.period_s <= 0:
            yield f"sources[{index}].period_s", "period_s must be above 0"
    buildings = {building.id for building in site.buildings}
    first: dict[str, int] = {}
    for index, device in enumerate(site.devices):
        at = f"devices[{index}]"
        if first.setdefault(device.id, index) != index:
            yield f"{at}.id", f"device {device.id!r} is described twice"
        if device.source not in site.source_by_id:
            yield f"{at}.source", f"device {device.id!r} names source {device.source!r}, which is not described"
        if device.system not in SYSTEMS:
            yield f"{at}.system", f"device {device.id!r}: there is no system {device.system!r}"
        if device.parent and device.parent not in site.by_id:
            yield f"{at}.parent", f"device {device.id!r} names parent {device.parent!r}, which is not described"
        if device.building and buildings and device.building not in buildings:
            yield (
                f"{at}.building",
                f"device {device.id!r}: building {device.building!r} is not described",
            )
        if device.period_s is not None and device.period_s <= 0:
            yield f"{at}.period_s", f"device {device.id!r}: period_s must be above 0"
    for device in site.devices:
        if _in_a_ring(site, device):
            yield f"devices[{first[device.id]}].parent", f"device {device.id!r} is its own parent, by way of others"
    for index, tile in enumerate(site.tiles):
        if tile not in TILES:
            yield f"tiles[{index}]", f"there is no tile {tile!r}"
    for alarm_id, changed in site.thresholds.items():
        at = f"thresholds.{alarm_id}"
        if alarm_id not in CATALOGUE:
            yield at, "there is no such alarm"
            continue
        entry = CATALOGUE[alarm_id]
        if changed.priority is not None and entry.graded:
            yield f"{at}.priority", "its priority goes by place, time or degree: change it in the numbers of its system"
        if changed.latched is not None and entry.operator_clears:
            yield f"{at}.latched", "nothing but an operator ends it: it waits for one in any case"
        if changed.priority is not None and changed.priority not in ("P1", "P2", "P3", "P4"):
            yield f"{at}.priority", f"priority {changed.priority!r} is not P1, P2, P3 or P4"
        for name in ("on_delay_s", "off_delay_s"):
            delay = getattr(changed, name)
            if delay is not None and delay < 0:
                yield f"{at}.{name}", "a delay must not be negative"
    shapes = numbers_shapes()
    for section, said in site.numbers.items():
        at = f"numbers.{section}"
        if section not in shapes:
            yield at, f"there are no numbers of {section!r}; there are those of {', '.join(sorted(shapes))}"
            continue
        fault = fault_of(shapes[section], said)
        if fault is not None:
            yield f"{at}.{fault[0]}" if fault[0] else at, fault[1]


def _in_a_ring(site: Site, device: Device) -> bool:
    seen, parent = {device.id}, device.parent
    while parent in site.by_id:
        if parent == device.id:
            return True
        if parent in seen:
            return False  # another's ring, which it names itself
        seen.add(parent)
        parent = site.by_id[parent].parent
    return False


def place(device: Device, lang: str, *, room: bool = False) -> str:
    """`7号楼2单元 1203室` / `Bldg 7 · Unit 2 · 1203`; the room only when asked for (privacy: DOMAIN.md)."""
    parts: list[str] = []
    if lang == "en":
        if device.building:
            parts.append(f"Bldg {device.building}")
        if device.unit:
            parts.append(f"Unit {device.unit}")
        if room and device.room:
            parts.append(device.room)
        if device.area:
            parts.append(device.area)
        return " · ".join(parts)
    head = (f"{device.building}号楼" if device.building else "") + (f"{device.unit}单元" if device.unit else "")
    tail = f"{device.room}室" if room and device.room else device.area
    return f"{head} {tail}".strip()
