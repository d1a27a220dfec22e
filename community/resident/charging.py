"""Charging ports by place, as a resident may be told: what is not sure now is unknown and never counted as free."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import atan2, dist, pi
from typing import Literal

import msgspec

from .. import systems
from ..board.lens import UNKNOWN, look_at
from ..freshness import presence_of
from ..place import Device, Text
from ..site import Site
from ..state import DeviceState, State
from ..systems.charging import says
from .estimate import Expected, ends

Kind = Literal["ebike_port", "car_connector"]
KINDS: tuple[Kind, ...] = ("ebike_port", "car_connector")
Point = tuple[float, float]

LOOKS = {"free": "free", "use": "use", "full": "full", "fault": "fault", "off": "fault"}
"""What a port surely says -> how it is drawn; everything else is unknown."""

SOON_MS = 10 * 60_000
"""What is expected within so long after the first is said with it: '约 14:50 再空 6 个'."""

ROUND_MS = 5 * 60_000
"""An estimate to the minute would promise what it cannot hold."""

BESIDE_M = 60.0
SIDES = (
    Text("东", "east of"),
    Text("东北", "north-east of"),
    Text("北", "north of"),
    Text("西北", "north-west of"),
    Text("西", "west of"),
    Text("西南", "south-west of"),
    Text("南", "south of"),
    Text("东南", "south-east of"),
)


class Port(msgspec.Struct, frozen=True):
    """`look`: free, use, full, fault, unknown; `said`: the same as it was last said, however old."""

    id: str
    look: str
    said: str
    seen_ms: int
    ends: Expected | None = None
    """Of a session under way when it is likely to end, and how that is known."""


class Place(msgspec.Struct, frozen=True):
    """A shed, a zone, the garage of a building: ports that one walks to together."""

    key: str
    building: str
    area: str
    ports: tuple[Port, ...]
    xy: Point | None = None

    def count(self, *looks: str) -> int:
        return sum(port.look in looks for port in self.ports)

    @property
    def free(self) -> int:
        return self.count("free")

    @property
    def stale(self) -> bool:
        """Nothing of it is sure."""
        return self.count("unknown") == len(self.ports)

    @property
    def free_once(self) -> int:
        """How many were free when it last said anything."""
        return sum(port.said == "free" for port in self.ports)

    @property
    def seen_ms(self) -> int:
        """Of the newest word; 0: there never was one."""
        return max((port.seen_ms for port in self.ports), default=0)

    @property
    def nearly_full(self) -> int:
        """Batteries that draw next to nothing: their cut-off is on its way."""
        return sum(port.ends is not None and port.ends.by == "full" for port in self.ports)

    def next_free(self, after_ms: int) -> tuple[int, int] | None:
        """(about when, how many by then) ports become free again; None: that cannot be known."""
        due = sorted(port.ends.at_ms for port in self.ports if port.look == "use" and port.ends is not None)
        due = [at_ms for at_ms in due if at_ms > after_ms]
        if not due:
            return None
        about_ms = -(-due[0] // ROUND_MS) * ROUND_MS
        return about_ms, sum(at_ms <= about_ms + SOON_MS for at_ms in due)


def places(state: State, kind: Kind, lasted: Sequence[int], *, lost: bool = False) -> list[Place]:
    """Every place with ports of the kind, in the order of the site. `lasted`: how long sessions of the kind took
    (milliseconds), rising. `lost`: nothing that is known is of now."""
    grouped: dict[tuple[str, str], list[Device]] = {}
    for device in state.site.devices:
        if device.kind == kind:
            grouped.setdefault((device.building, device.area), []).append(device)
    return [
        Place(
            key=f"{building}/{area}" if building else area,
            building=building,
            area=area,
            ports=tuple(port(state, device, lasted, lost=lost) for device in members),
            xy=_middle(members),
        )
        for (building, area), members in grouped.items()
    ]


def port(state: State, device: Device, lasted: Sequence[int], *, lost: bool = False) -> Port:
    said = state.devices.get(device.id)
    if said is None:
        return Port(device.id, UNKNOWN, "", 0)
    view = look_at(state, said, presence_of(state, said), systems.tiles_of(device.system, device.kind, device))
    look = LOOKS.get(view.now, UNKNOWN)
    expected = ends(state, said, lasted) if look == "use" and not lost else None
    return Port(device.id, UNKNOWN if lost else look, LOOKS.get(says(said), UNKNOWN), view.seen_ms, expected)


def _middle(devices: Iterable[Device]) -> Point | None:
    placed = [device.xy for device in devices if device.xy is not None]
    if not placed:
        return None
    return sum(x for x, _ in placed) / len(placed), sum(y for _, y in placed) / len(placed)


def located(found: Iterable[Place], buildings: Mapping[str, Point]) -> list[Place]:
    """What stands in a building is where that is, unless its ports have places of their own."""
    return [msgspec.structs.replace(p, xy=p.xy or buildings.get(p.building)) for p in found]


def by_distance(found: Iterable[Place], here: Point | None) -> list[Place]:
    """The nearest first; places that nobody has put on a plan last, and all as they were without a `here`."""
    if here is None:
        return list(found)
    return sorted(found, key=lambda p: dist(here, p.xy) if p.xy is not None else float("inf"))


def beside(place: Place, buildings: Mapping[str, Point]) -> tuple[str, Text] | None:
    """(building, side) of the building that it stands next to; None: next to none."""
    xy = place.xy
    if xy is None or place.building or not buildings:
        return None
    building, (x, y) = min(buildings.items(), key=lambda item: dist(item[1], xy))
    if dist((x, y), xy) > BESIDE_M:
        return None
    return building, SIDES[round(atan2(xy[1] - y, xy[0] - x) / (pi / 4)) % 8]


def full_since_ms(device: DeviceState) -> int:
    """When its power went off, as far as the port has said."""
    stopped_ms = device.values.get("session_stop_ms")
    if isinstance(stopped_ms, int):
        return stopped_ms
    return device.stamps["status"][0] if "status" in device.stamps else device.seen_ms


def is_port(site: Site, device_id: str) -> bool:
    described = site.by_id.get(device_id)
    return described is not None and described.kind in KINDS
