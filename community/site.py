"""A community as data: what stands in it (place.py), its numbers, thresholds, posts, tiles, language, zone.

Everything a site may say stands in these structs; an unknown field or a wrong type is refused by name, and what the
types cannot say by `site_check.py`, each with its line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import msgspec

from .fleets import Fleet, expand
from .numbers import House, Numbers, SystemNumbers, ms
from .phones import phones
from .place import (
    SOURCE_BEAT_S,
    SOURCE_PERIOD_S,
    Building,
    Device,
    Facility,
    Home,
    Hours,
    Maintenance,
    Post,
    Recording,
    Source,
    Text,
    Works,
    Zone,
    moment_ms,
)
from .schematic import lay_out
from .site_lines import line_at, line_of

SITES = Path(__file__).parent / "sites"

ZONE = "zone:"
"""A device names its zones by tags, `zone:north`."""

REGION_NAME = r"^[\w.-]{0,40}$"

N = TypeVar("N", bound=Numbers)


class SiteError(ValueError):
    """The description of a community cannot be used. Permanent; the message says where and why."""


class Threshold(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a site changes of one catalogue entry (alarms.csv). A deadband is a number of its system."""

    priority: str | None = None
    on_delay_s: float | None = None
    off_delay_s: float | None = None
    latched: bool | None = None


class Wall(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The screen. `show_room`: the room of an unacknowledged P1 may be shown. `speak`: place and kind of a new P1 or P2
    are spoken, in the site's language, by a voice that the kiosk itself has; where it has none the tones remain.
    `screen_pitch_mm`: the screen's width over 1920 (0.634: 55 inches), `viewing_distance_m`: how far away the furthest
    reader sits (community/legibility.py)."""

    show_room: bool = True
    speak: bool = False
    screen_pitch_mm: float = 0.634
    viewing_distance_m: float = 4.0


class Site(msgspec.Struct, frozen=True, forbid_unknown_fields=True, dict=True):
    id: str
    name: Text
    region: Annotated[str, msgspec.Meta(pattern=REGION_NAME)] = ""
    """Which communities it is led with: people may be granted a role in all of a region."""
    timezone: str = "Asia/Shanghai"
    language: Literal["zh", "en"] = "zh"
    clock: Literal["live", "log"] = "live"
    plan: str = ""
    """GeoJSON beside the site file, in metres. Without one a plan is laid out from the lists of buildings and devices
    (community/schematic.py); coordinates of devices mean nothing then."""
    sources: tuple[Source, ...] = ()
    buildings: tuple[Building, ...] = ()
    devices: tuple[Device, ...] = ()
    """Once it is read those of its fleets stand behind them, and `fleets` is empty."""
    fleets: tuple[Fleet, ...] = ()
    zones: tuple[Zone, ...] = ()
    recordings: tuple[Recording, ...] = ()
    facilities: tuple[Facility, ...] = ()
    areas: dict[str, str] = {}
    """English of areas: `{"门厅": "Lobby"}`; `{}` on both sides is a number: `{"{}层走道": "Floor {} hall"}`."""
    posts: tuple[Post, ...] = ()
    """Their first that is on duty answers for the wall."""
    maintenance: tuple[Maintenance, ...] = ()
    tiles: tuple[str, ...] = ()
    """Twelve tile ids, in the order of the wall."""
    duty: Text = Text()
    """Who is on duty, where no posts are described."""
    fallback: tuple[Text, ...] = ()
    """What people do while the wall is down, a line each."""
    thresholds: dict[str, Threshold] = {}
    numbers: dict[str, Any] = {}
    """What the site changes of the numbers of `house` and of each system, by their sections: community/numbers.py."""
    wall: Wall = Wall()

    @cached_property
    def by_id(self) -> Mapping[str, Device]:
        """Described devices, and beside them the places from which a resident may call for help by phone."""
        return phones(self.buildings, self.devices) | {device.id: device for device in self.devices}

    @cached_property
    def source_by_id(self) -> Mapping[str, Source]:
        return {source.id: source for source in self.sources}

    @cached_property
    def feeds_of(self) -> Mapping[str, frozenset[str]]:
        """System -> the sources by which its devices are heard."""
        found: dict[str, set[str]] = {}
        for device in self.devices:
            found.setdefault(device.system, set()).add(device.source)
        return {system: frozenset(sources) for system, sources in found.items()}

    @cached_property
    def by_vendor(self) -> Mapping[tuple[str, str], Device]:
        """(adapter, vendor id) -> device."""
        return {(a, v): d for d in self.devices for a, v in d.vendor.items()}

    @cached_property
    def homes(self) -> tuple[Home, ...]:
        return tuple(home for building in self.buildings for home in building.homes())

    @cached_property
    def children(self) -> Mapping[str, tuple[str, ...]]:
        """Device -> those that name it as their parent."""
        found: dict[str, list[str]] = {}
        for device in self.devices:
            if device.parent:
                found.setdefault(device.parent, []).append(device.id)
        return {parent: tuple(children) for parent, children in found.items()}

    def behind(self, device_id: str) -> list[str]:
        """The device and all that hangs on it, however deep, nearest first."""
        found, known = [device_id], {device_id}
        for parent in found:  # grows as it goes
            children = [child for child in self.children.get(parent, ()) if child not in known]
            found += children
            known.update(children)
        return found

    @cached_property
    def works(self) -> Mapping[str, tuple[Works, ...]]:
        """Device -> the maintenance windows it is in, by itself or by what it hangs on."""
        found: dict[str, list[Works]] = {}
        for window in self.maintenance:
            works = Works(moment_ms(window.begins, self.timezone), moment_ms(window.ends, self.timezone), window.reason)
            for device_id in dict.fromkeys(d for named in window.devices for d in self.behind(named)):
                found.setdefault(device_id, []).append(works)
        return {device_id: tuple(sorted(windows)) for device_id, windows in found.items()}

    @cached_property
    def zones_of(self) -> Mapping[str, frozenset[str]]:
        """Device -> the zones it is in, by its tags, its building or its area; devices in none are left out."""
        found: dict[str, set[str]] = {}
        for device in self.devices:
            own = {tag.removeprefix(ZONE) for tag in device.tags if tag.startswith(ZONE)}
            for zone in self.zones:
                if device.building in zone.buildings or device.area in zone.areas:
                    own.add(zone.id)
            if own:
                found[device.id] = own
        return {device_id: frozenset(zones) for device_id, zones in found.items()}

    @cached_property
    def hours_of(self) -> Mapping[str, tuple[Hours, ...]]:
        """Area -> opening hours of what is there; areas without any are left out."""
        return {facility.area: facility.hours for facility in self.facilities if facility.hours}

    @cached_property
    def _numbered(self) -> tuple[tuple[re.Pattern[str], str], ...]:
        split = ((area.partition("{}"), english) for area, english in self.areas.items() if "{}" in area)
        return tuple((re.compile(f"{re.escape(a)}(.+){re.escape(b)}"), english) for (a, _, b), english in split)

    def area_en(self, area: str) -> str:
        """'' where the site has no English of it."""
        if area in self.areas:
            return self.areas[area]
        found = ((pattern.fullmatch(area), english) for pattern, english in self._numbered)
        return next((english.replace("{}", match[1]) for match, english in found if match), "")

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
    from .site_check import faults_of  # it knows sites

    site, places, found = _with_fleets(site)
    site = _placed(site)
    found += faults_of(site, places)
    lines = text.decode()
    numbered = sorted((line_of(lines, f"$.{path}"), f"{path}: {what}") for path, what in found)
    return site, [f"{line}: {fault}" for line, fault in numbered]


def _with_fleets(site: Site) -> tuple[Site, list[str], list[tuple[str, str]]]:
    """The site with the devices of its fleets, where each device is described, and what is wrong with a fleet."""
    devices = list(site.devices)
    places = [f"devices[{index}]" for index in range(len(devices))]
    faults: list[tuple[str, str]] = []
    for index, fleet in enumerate(site.fleets):
        for found in expand(fleet, site.buildings, tuple(devices)):
            if isinstance(found, Device):
                devices.append(found)
                places.append(f"fleets[{index}]")
            else:
                faults.append((f"fleets[{index}].{found[0]}", found[1]))
    return msgspec.structs.replace(site, devices=tuple(devices), fleets=()), places, faults


def _placed(site: Site) -> Site:
    """A site without a plan is drawn from its lists: its devices stand where that plan has them."""
    if site.plan:
        return site
    xy = lay_out(site.buildings, site.devices).devices
    devices = tuple(msgspec.structs.replace(device, xy=xy.get(device.id)) for device in site.devices)
    return msgspec.structs.replace(site, devices=devices)


_UNKNOWN_FIELD = re.compile(r"unknown field `([^`]+)`")
_BYTE = re.compile(r"byte (\d+)")


def place(device: Device, lang: str, *, room: bool = False, site: Site | None = None) -> str:
    """`7号楼2单元 1203室` / `Bldg 7 · Unit 2 · 1203`; the room only when asked for (privacy: DOMAIN.md). `site`: whose
    English of areas it is said in."""
    parts: list[str] = []
    if lang == "en":
        if device.building:
            parts.append(f"Bldg {device.building}")
        if device.unit:
            parts.append(f"Unit {device.unit}")
        if room and device.room:
            parts.append(device.room)
        if device.area:
            parts.append((site.area_en(device.area) if site is not None else "") or device.area)
        return " · ".join(parts)
    head = (f"{device.building}号楼" if device.building else "") + (f"{device.unit}单元" if device.unit else "")
    tail = f"{device.room}室" if room and device.room else device.area
    return f"{head} {tail}".strip()


__all__ = [
    "SITES",
    "SOURCE_BEAT_S",
    "SOURCE_PERIOD_S",
    "ZONE",
    "Building",
    "Device",
    "Facility",
    "Fleet",
    "Home",
    "Hours",
    "Maintenance",
    "Post",
    "Recording",
    "Site",
    "SiteError",
    "Source",
    "Text",
    "Threshold",
    "Wall",
    "Works",
    "Zone",
    "parse_site",
    "place",
    "read_site",
]
