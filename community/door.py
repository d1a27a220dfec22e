"""The one door between systems: what a rule may ask of devices that are not its own, by where they stand.

Systems do not import each other. A rule asks (`Look.door`): which alarms stand in my place, is the door of my unit
heard, which lift is this. A device that says something of the people or the home around it says it as a `Fact`; whoever
hears facts of that name in the same home is told (`judge.pass_on`). Answers are functions of the state and the site
alone, in the order of ids, and cost nothing where nobody asks.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from .freshness import period_ms
from .numbers import ms
from .place import Device
from .site import Site
from .state import DeviceState
from .systems import SYSTEMS

if TYPE_CHECKING:
    from .draft import Draft

Home = tuple[str, str, str]
"""Building, unit, room."""


def standing_near(draft: Draft, device_id: str, ids: Iterable[str]) -> list[str]:
    """Keys of those alarms that stand in the device's place, its own left out."""
    device, wanted = draft.state.site.by_id.get(device_id), frozenset(ids)
    place = place_of(device)
    if not any(place):
        return []
    by_id = draft.state.site.by_id
    return sorted(
        key
        for key, alarm in draft.all_alarms().items()
        if alarm.id in wanted
        and (alarm.active or alarm.latched)
        and alarm.device != device_id
        and place_of(by_id.get(alarm.device)) == place
    )


def in_place(draft: Draft, device_id: str, system: str) -> list[DeviceState]:
    """Devices of a system in the device's place that have said anything."""
    site = draft.state.site
    found = (draft.device(id_) for id_ in neighbours(site, device_id, system))
    return [device for device in found if device is not None]


def unheard(draft: Draft, device_id: str, kind: str) -> bool:
    """Whether a device of that kind in the same unit of the same building was heard once and cannot be heard now."""
    site = draft.state.site
    described = site.by_id.get(device_id)
    if described is None or not described.unit:
        return False
    ids = _index(site).units.get((described.building, described.unit, kind), ())
    found = (draft.device(id_) for id_ in ids)
    return any(device is not None and device.heard_ms and not _heard(draft, device) for device in found)


def _heard(draft: Draft, device: DeviceState) -> bool:
    source = draft.source(device.source)
    since_ms = source.since_ms if source is not None else 0
    if device.silent_ms is not None or (source is not None and not since_ms):
        return False
    most_ms = ms(draft.state.site.house.stale_periods * period_ms(draft.state, device) / 1000)
    return draft.clock_ms - max(device.heard_ms, since_ms) <= most_ms


def hearers(site: Site, device_id: str, name: str, to: str) -> tuple[Device, ...]:
    """Who is told of a fact: whom it is about, else those in the device's home that hear facts of that name."""
    if to:
        whom = site.by_id.get(to)
        return (whom,) if whom is not None and _hears(whom, name) else ()
    home = _home(site.by_id.get(device_id))
    if home is None:
        return ()
    return tuple(d for d in _index(site).homes.get(home, ()) if d.id != device_id and _hears(d, name))


def neighbours(site: Site, device_id: str, system: str) -> tuple[str, ...]:
    """Ids of a system's devices in the same place as the device."""
    place = place_of(site.by_id.get(device_id))
    return _index(site).places.get((*place, system), ()) if any(place) else ()


def place_of(device: Device | None) -> tuple[str, str]:
    """A shed, a gate, a garage by its area, else the unit of a building; ('', ''): nobody has said where."""
    if device is None:
        return ("", "")
    return (device.area, "") if device.area else (device.building, device.unit) if device.building else ("", "")


def _hears(device: Device, name: str) -> bool:
    return device.system in SYSTEMS and name in SYSTEMS[device.system].hears


def _home(device: Device | None) -> Home | None:
    if device is None or not (device.building and device.room):
        return None
    return (device.building, device.unit, device.room)


class _Index:
    """Who stands where, made once a site."""

    def __init__(self, site: Site) -> None:
        homes: dict[Home, list[Device]] = {}
        units: dict[Home, list[str]] = {}
        places: dict[Home, list[str]] = {}
        for device in sorted(site.devices, key=lambda d: d.id):
            home, place = _home(device), place_of(device)
            if home is not None and device.system in SYSTEMS and SYSTEMS[device.system].hears:
                homes.setdefault(home, []).append(device)  # of two thousand homes a few dozen
            if device.unit and not device.room:
                units.setdefault((device.building, device.unit, device.kind), []).append(device.id)
            if any(place):
                places.setdefault((*place, device.system), []).append(device.id)
        self.homes = {key: tuple(found) for key, found in homes.items()}
        self.units = {key: tuple(found) for key, found in units.items()}
        self.places = {key: tuple(found) for key, found in places.items()}


def _index(site: Site) -> _Index:
    made = site.__dict__.get(_MADE)
    if made is None:
        made = site.__dict__[_MADE] = _Index(site)
    index: _Index = made
    return index


_MADE = "door"
"""Beside what `cached_property` keeps of a site."""
