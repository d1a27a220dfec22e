"""What a device that nobody has described probably is, and where: one click takes it in where the guess is whole. Pure.

By what its records are of, by the devices of the same vendor that the site has, and by the words in its last payload.
A place is only guessed where the site has it: a building, a home, an area.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple

from .newcomers import Unknown
from .site import Device, Site
from .systems import KINDS, SYSTEMS
from .veil import veil, without_numbers


class Guess(NamedTuple):
    """Empty: nobody knows."""

    system: str = ""
    kind: str = ""
    source: str = ""
    building: str = ""
    unit: str = ""
    room: str = ""
    area: str = ""
    parent: str = ""
    name: str = ""

    @property
    def whole(self) -> bool:
        """Nothing that a site must say of a device is missing."""
        return bool(self.system and self.kind and self.source)


class Place(NamedTuple):
    building: str = ""
    unit: str = ""
    room: str = ""
    area: str = ""


NOWHERE = Place()
TEXTS, LONGEST = 200, 4000
"""So many texts of a payload are looked at, and so much of each."""

_ADDRESS = re.compile(
    r"(?P<b1>[A-Za-z0-9]{1,4})\s*(?:号楼|栋|幢|座)\s*(?:(?P<u1>[A-Za-z0-9]{1,3})\s*单元)?\s*(?:(?P<r1>[A-Za-z0-9]{1,5})\s*(?:室|房))?"
    r"|(?<![0-9A-Za-z-])(?P<b2>[0-9]{1,3})-(?P<u2>[0-9]{1,2})-(?P<r2>[0-9]{3,4})(?![0-9A-Za-z-])"
    r"|(?i:\b(?:building|bldg)\.?\s*(?P<b3>[A-Za-z0-9]{1,4})\b(?:\W+unit\s*(?P<u3>[A-Za-z0-9]{1,3})\b)?"
    r"(?:\W+(?:room|flat)\s*(?P<r3>[A-Za-z0-9]{1,5})\b)?)"
)
_NAMES = ("deviceName", "device_name", "friendly_name", "channelName", "channel_name")
NAME_LENGTH = 40


def guess(site: Site, one: Unknown, payload: Any = None) -> Guess:
    """`payload`: the envelope that it said last, where that is still kept."""
    alike = [device for device in site.devices if one.vendor in device.vendor]
    system = one.system if one.system in SYSTEMS and one.system != "common" else _only({d.system for d in alike})
    kin = [device for device in alike if device.system == system]
    beside = list(_beside(one, kin))
    parent = _parent(site, one, beside)
    place = _of_devices([parent] if parent is not None else beside)
    if place == NOWHERE:
        place = _said(site, payload)
    return Guess(
        system,
        _kind(site, one, system, kin),
        _feed(site, one, system, kin),
        *place,
        parent.id if parent is not None else "",
        _name(one, payload),
    )


def _only(found: set[str]) -> str:
    return next(iter(found)) if len(found) == 1 else ""


def _most(found: Iterable[str]) -> str:
    counted = Counter(text for text in found if text).most_common(1)
    return counted[0][0] if counted else ""


# ---- what it is
def _kind(site: Site, one: Unknown, system: str, kin: list[Device]) -> str:
    known = KINDS.get(system, frozenset())
    said = one.kind if one.kind in known and one.kind not in ("unknown", "meter") else ""
    match system:
        case "charging":
            at = one.vendor_id.rpartition("/")[2] if "/" in one.vendor_id else "0"
            whole, part = (
                ("ebike_pile", "ebike_port") if one.vendor == "ebike_pile" else ("car_charger", "car_connector")
            )
            return whole if at == "0" else part
        case "meters":
            return _meter(one.says) or _most(d.kind for d in kin)
    return said or _most(d.kind for d in kin) or _only({d.kind for d in site.devices if d.system == system})


def _meter(says: Mapping[str, Any]) -> str:
    if any(name in says for name in ("volume_m3", "flow_m3h", "volume_l", "flag_burst", "flag_empty_pipe")):
        return "water_meter"
    if any(name in says for name in ("energy_kwh", "power_w", "voltage_v", "energy_wh")):
        return "power_meter"
    return "leak_sensor" if "flag_leak" in says else ""


def _feed(site: Site, one: Unknown, system: str, kin: list[Device]) -> str:
    """As its kin is heard; else the feed of its vendor's name, else the only one of its system."""
    if found := _most(device.source for device in kin):
        return found
    if one.vendor in site.source_by_id:
        return one.vendor
    return _only(set(site.feeds_of.get(system, ())))


# ---- where it is
def _base(vendor_id: str) -> str:
    return vendor_id.rpartition("/")[0]


def _beside(one: Unknown, kin: list[Device]) -> Iterator[Device]:
    """Other channels, ports and connectors of the same thing."""
    base = _base(one.vendor_id)
    if base:
        yield from (device for device in kin if _base(device.vendor[one.vendor]) == base)


def _parent(site: Site, one: Unknown, beside: list[Device]) -> Device | None:
    base = _base(one.vendor_id)
    if not base or one.vendor_id == f"{base}/0":
        return None
    whole = site.by_vendor.get((one.vendor, base)) or site.by_vendor.get((one.vendor, f"{base}/0"))
    return whole or site.by_id.get(_only({device.parent for device in beside}))


def _of_devices(devices: list[Device]) -> Place:
    places = {Place(d.building, d.unit, d.room, d.area) for d in devices}
    return next(iter(places)) if len(places) == 1 else NOWHERE


def _said(site: Site, payload: Any) -> Place:
    """The most exact place that stands in a text of the payload and in the site."""
    texts = list(islice(_texts(payload), TEXTS))
    found = [place for text in texts for match in _ADDRESS.finditer(text) if (place := _there(site, match)) != NOWHERE]
    exact = max(found, key=lambda place: sum(map(bool, place)), default=NOWHERE)
    areas = {d.area for d in site.devices if len(d.area) > 1} | {f.area for f in site.facilities if len(f.area) > 1}
    named = [area for area in areas if any(area in text for text in texts)]
    if exact.room or not named:
        return exact
    return exact._replace(area=max(named, key=lambda area: (len(area), area)))


def _there(site: Site, match: re.Match[str]) -> Place:
    building, unit, room = (match[f"{part}1"] or match[f"{part}2"] or match[f"{part}3"] or "" for part in "bur")
    known = next((one for one in site.buildings if one.id == building), None)
    if known is None:
        return NOWHERE
    if unit and not (unit.isdigit() and 1 <= int(unit) <= known.units):
        return Place(building)
    homes = {(home.building, home.unit, home.room) for home in site.homes} if room else set()
    return Place(building, unit, room if (building, unit, room) in homes else "")


def _texts(tree: Any) -> Iterator[str]:
    if isinstance(tree, Mapping):
        for value in tree.values():
            yield from _texts(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from _texts(value)
    elif isinstance(tree, str):
        yield tree[:LONGEST]


# ---- what it is called
def _name(one: Unknown, payload: Any) -> str:
    """As its vendor's system calls it, where that names no person."""
    for name in islice(_named(payload), TEXTS):
        if name != one.vendor_id and len(name) <= NAME_LENGTH and without_numbers(name) == name == veil(name).shown:
            return name
    return ""


def _named(tree: Any) -> Iterator[str]:
    if isinstance(tree, Mapping):
        yield from (tree[key].strip() for key in _NAMES if isinstance(tree.get(key), str) and tree[key].strip())
        for value in tree.values():
            yield from _named(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from _named(value)
