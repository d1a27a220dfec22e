"""What the types of a site cannot say: names that lead nowhere, numbers that contradict, rings of parents.

A typo here would otherwise stand in every alarm's way.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .board.tiles import TILES
from .catalogue import CATALOGUE
from .clock import zone_of
from .legibility import ARC_MINUTES, MUST_READ, arc_minutes, farthest_m
from .numbers import fault_of
from .place import moment_ms
from .site import ZONE, Device, Site, Wall
from .systems import KINDS, NUMBERS, SYSTEMS

WALL_RANGES = (("screen_pitch_mm", 0.05, 5.0), ("viewing_distance_m", 0.3, 40.0))
"""From a tablet in the hand to an LED wall in a hall."""

Faults = Iterator[tuple[str, str]]
"""(place, what is wrong)."""


def faults_of(site: Site, places: Sequence[str]) -> Faults:
    """`places`: where each device is described, `devices[3]`, or `fleets[0]` for all of a fleet."""
    try:
        zone_of(site.timezone)
    except (KeyError, ValueError, OSError):
        yield "timezone", f"{site.timezone!r} does not exist"
    for index, source in enumerate(site.sources):
        if source.period_s <= 0:
            yield f"sources[{index}].period_s", "period_s must be above 0"
        if source.beat_s <= 0:
            yield f"sources[{index}].beat_s", "beat_s must be above 0"
    yield from _twice("sources", [source.id for source in site.sources])
    yield from _twice("buildings", [building.id for building in site.buildings])
    yield from _twice("zones", [zone.id for zone in site.zones])
    yield from _twice("facilities", [facility.id for facility in site.facilities])
    yield from _twice("posts", [post.id for post in site.posts])
    for index, building in enumerate(site.buildings):
        most = building.units * building.floors * building.rooms
        if building.rooms and building.households > most:
            yield f"buildings[{index}].households", f"{building.households} households in {most} homes"
    yield from _devices(site, places)
    yield from _around(site)
    for index, tile in enumerate(site.tiles):
        if tile not in TILES:
            yield f"tiles[{index}]", f"there is no tile {tile!r}"
    yield from _thresholds(site)
    for field, lowest, highest in WALL_RANGES:
        if not lowest <= getattr(site.wall, field) <= highest:
            yield f"wall.{field}", f"{getattr(site.wall, field):g} is not between {lowest:g} and {highest:g}"
    for section, said in site.numbers.items():
        at = f"numbers.{section}"
        if section not in NUMBERS:
            yield at, f"there are no numbers of {section!r}; there are those of {', '.join(sorted(NUMBERS))}"
            continue
        fault = fault_of(NUMBERS[section], said)
        if fault is not None:
            yield f"{at}.{fault[0]}" if fault[0] else at, fault[1]


def notes_of(site: Site) -> Faults:
    """What may be meant and is worth a word: the description is taken all the same."""
    told: set[tuple[str, str]] = set()
    for device in site.devices:
        known = KINDS.get(device.system, frozenset())
        if device.kind not in known and (device.system, device.kind) not in told:
            told.add((device.system, device.kind))
            there = ", ".join(sorted(known))
            yield "devices", f"device {device.id!r}: nothing is known of a {device.kind!r}; of {device.system}: {there}"
    pitch_mm, distance_m = site.wall.screen_pitch_mm, site.wall.viewing_distance_m
    for must in MUST_READ:
        seen = arc_minutes(must.px, must.em, pitch_mm, distance_m)
        if seen < ARC_MINUTES:
            field = "viewing_distance_m" if distance_m != Wall().viewing_distance_m else "screen_pitch_mm"
            reach = f"this screen is read from {farthest_m(pitch_mm):.1f} m or nearer"
            yield f"wall.{field}", f"at {distance_m:g} m {must.what} is {seen:.1f} minutes of arc high, not 16: {reach}"
            return


def _twice(field: str, ids: Sequence[str]) -> Faults:
    for index, id_ in enumerate(ids):
        if id_ in ids[:index]:
            yield f"{field}[{index}].id", f"{id_!r} is described twice"


def _devices(site: Site, places: Sequence[str]) -> Faults:
    """Of a fleet each fault is told once, of its first device."""
    told: set[tuple[str, str]] = set()
    for at, field, what in _of_devices(site, places):
        if at.startswith("devices") or (at, field) not in told:
            told.add((at, field))
            yield f"{at}.{field}", what


def _of_devices(site: Site, places: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    buildings = {building.id for building in site.buildings}
    zones = {zone.id for zone in site.zones}
    first: dict[str, int] = {}
    vendors: dict[tuple[str, str], str] = {}
    for index, device in enumerate(site.devices):
        at, named = places[index], f"device {device.id!r}"
        if first.setdefault(device.id, index) != index:
            yield at, "id", f"{named} is described twice"
        if device.source not in site.source_by_id:
            yield at, "source", f"{named} names source {device.source!r}, which is not described"
        if device.system not in SYSTEMS:
            yield at, "system", f"{named}: there is no system {device.system!r}"
        if device.parent and device.parent not in site.by_id:
            yield at, "parent", f"{named} names parent {device.parent!r}, which is not described"
        if device.building and buildings and device.building not in buildings:
            yield at, "building", f"{named}: building {device.building!r} is not described"
        if device.period_s is not None and device.period_s <= 0:
            yield at, "period_s", f"{named}: period_s must be above 0"
        for tag in device.tags:
            if zones and tag.startswith(ZONE) and tag.removeprefix(ZONE) not in zones:
                yield at, "tags", f"{named}: zone {tag.removeprefix(ZONE)!r} is not described"
        for adapter, id_ in device.vendor.items():
            other = vendors.setdefault((adapter, id_), device.id)
            if other != device.id:
                yield at, f"vendor.{adapter}", f"{named}: {id_!r} is device {other!r} already"
    for index, device in enumerate(site.devices):
        if _in_a_ring(site, device):
            yield places[index], "parent", f"device {device.id!r} is its own parent, by way of others"


def _around(site: Site) -> Faults:
    buildings = {building.id for building in site.buildings}
    areas = {device.area for device in site.devices if device.area}
    for index, zone in enumerate(site.zones):
        for n, building in enumerate(zone.buildings):
            if building not in buildings:
                yield f"zones[{index}].buildings[{n}]", f"building {building!r} is not described"
        for n, area in enumerate(zone.areas):
            if area not in areas:
                yield f"zones[{index}].areas[{n}]", f"no device stands in area {area!r}"
    for index, facility in enumerate(site.facilities):
        if facility.area not in areas:
            yield f"facilities[{index}].area", f"no device stands in area {facility.area!r}"
    for area in site.areas:
        if "{}" not in area and area not in areas:
            yield f"areas.{area}", f"no device stands in area {area!r}"
    for index, window in enumerate(site.maintenance):
        at = f"maintenance[{index}]"
        for n, device_id in enumerate(window.devices):
            if device_id not in site.by_id:
                yield f"{at}.devices[{n}]", f"device {device_id!r} is not described"
        try:
            zone_of(site.timezone)
        except (KeyError, ValueError, OSError):
            continue  # a fault of its own, told already
        try:
            begins, ends = moment_ms(window.begins, site.timezone), moment_ms(window.ends, site.timezone)
        except ValueError as error:
            yield f"{at}.from", str(error)
            continue
        if begins >= ends:
            yield f"{at}.until", f"{window.ends} is not after {window.begins}"


def _thresholds(site: Site) -> Faults:
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
