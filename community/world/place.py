"""The homes and residents of a site: derived from its buildings and a seed, the same on every day."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import msgspec
from msgspec.structs import replace

from ..site import Device, Site
from .chance import chance

HOUSEHOLD_SIZES = ((1, 0.22), (2, 0.30), (3, 0.27), (4, 0.13), (5, 0.08))
"""Persons in an urban household: the 2020 census has 2.6 on average."""

METHODS = (
    ("face", 0.47),
    ("bluetooth", 0.12),
    ("card", 0.15),
    ("qr", 0.05),
    ("password", 0.06),
    ("super_sim", 0.06),
    ("mini_program", 0.05),
    ("remote", 0.02),
    ("speaker", 0.02),
)
"""How residents open their doors: each has a habit."""


class Resident(msgspec.Struct, frozen=True):
    id: str
    """As in the register: a pseudonym."""
    role: str
    """worker, pupil, infant, retired or homebody."""
    method: str
    early_s: float
    """How much earlier (or, below 0, later) than others of the role this one rises."""


class Home(msgspec.Struct, frozen=True):
    id: str
    """`7-2-1203`."""
    building: str
    unit: str
    floor: int
    room: str
    residents: tuple[Resident, ...]
    unit_door: str = ""
    gates: tuple[str, ...] = ()
    """Of the community, the nearest first."""
    lifts: tuple[str, ...] = ()


class Place(msgspec.Struct, frozen=True):
    homes: tuple[Home, ...]
    by_kind: Mapping[str, tuple[Device, ...]]
    behind: Mapping[str, tuple[str, ...]]
    """Device or source -> everything that is silent when it is: itself, its children, theirs."""

    def of_kind(self, *kinds: str) -> tuple[Device, ...]:
        return tuple(device for kind in kinds for device in self.by_kind.get(kind, ()))


@lru_cache(maxsize=8)
def _place(site: _Same, seed: int) -> Place:
    return _build(site.site, seed)


class _Same:
    """A site as a key: the same object is the same site, without hashing its thousands of devices."""

    def __init__(self, site: Site) -> None:
        self.site = site

    def __hash__(self) -> int:
        return id(self.site)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.site is self.site


def place_of(site: Site, seed: int) -> Place:
    return _place(_Same(site), seed)


def _build(site: Site, seed: int) -> Place:
    by_kind: dict[str, list[Device]] = {}
    behind: dict[str, list[str]] = {source.id: [source.id] for source in site.sources}
    for device in site.devices:
        by_kind.setdefault(device.kind, []).append(device)
        above: str = device.id
        for _ in range(10):  # parents may have parents, a ring has none (the site's check refuses it)
            behind.setdefault(above, []).append(device.id)
            described = site.by_id.get(above)
            above = described.parent if described is not None else ""
            if not above:
                break
        behind.setdefault(device.source, []).append(device.id)
    return Place(
        tuple(_homes(site, seed, by_kind)),
        {kind: tuple(devices) for kind, devices in by_kind.items()},
        {id_: tuple(dict.fromkeys(ids)) for id_, ids in behind.items()},
    )


def is_gate(door: Device) -> bool:
    """A door of the community's fence, not of a building."""
    return door.kind == "door" and not door.building


def _homes(site: Site, seed: int, by_kind: Mapping[str, list[Device]]) -> list[Home]:
    doors = by_kind.get("door", [])
    unit_doors = {(door.building, door.unit): door for door in reversed(doors) if door.building}
    gates = [door for door in doors if is_gate(door)]
    lifts: dict[tuple[str, str], list[str]] = {}
    for lift in by_kind.get("lift", ()):
        lifts.setdefault((lift.building, lift.unit), []).append(lift.id)
    homes: list[Home] = []
    for building in site.buildings:
        if not building.rooms and building.households:  # nobody has said which homes there are: as many on each floor
            rooms = -(-building.households // (building.units * building.floors))
            building = replace(building, rooms=rooms)
        for home in building.homes():
            door = unit_doors.get((home.building, home.unit)) or unit_doors.get((home.building, ""))
            id_ = f"{home.building}-{home.unit}-{home.room}"
            unit_door = door.id if door is not None else ""
            cars = tuple(lifts.get((home.building, home.unit), ()))
            homes.append(Home(id_, *home, _residents(seed, id_), unit_door, _nearest(gates, door), cars))
    return homes


def _nearest(gates: list[Device], door: Device | None) -> tuple[str, ...]:
    if door is None or door.xy is None or any(gate.xy is None for gate in gates):
        return tuple(gate.id for gate in gates)
    x, y = door.xy

    def far(gate: Device) -> float:
        gx, gy = gate.xy or (0.0, 0.0)
        return (gx - x) ** 2 + (gy - y) ** 2

    return tuple(gate.id for gate in sorted(gates, key=far))


def _residents(seed: int, home: str) -> tuple[Resident, ...]:
    dice = chance(seed, "home", home)
    size = dice.choices([n for n, _ in HOUSEHOLD_SIZES], [share for _, share in HOUSEHOLD_SIZES])[0]
    old = dice.random() < 0.24
    names = [name for name, _ in METHODS]
    shares = [share for _, share in METHODS]
    found: list[Resident] = []
    for number in range(size):
        if old and number < 2:
            role = "retired"
        elif number < 2:
            role = "worker" if dice.random() < 0.86 else "homebody"
        else:
            role = dice.choices(("pupil", "infant", "retired", "worker"), (0.48, 0.2, 0.2, 0.12))[0]
        method = dice.choices(names, shares)[0]
        found.append(Resident(f"p-{dice.getrandbits(48):012x}", role, method, dice.gauss(0, 1500)))
    return tuple(found)
