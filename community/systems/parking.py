"""车辆道闸 parking: barriers and the vehicles that pass them, each by the register's id and never by its plate."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from ..alarms import CLEAR, Seen
from ..model import BadRecord, Record
from ..numbers import SystemNumbers
from ..site import Text
from ..state import DeviceState
from ..world import barriers, estate
from .base import Look, Patch, Reducer, Rule, System, present, typed
from .happenings import SubjectId
from .tile import Tile

NOT_CLOSED = frozenset(("open", "opening", "closing"))
"""alarms.csv GATE_FAULT: 'fault/not closed 60 s'; a boom that has been closing for a minute hangs."""

RISING = frozenset(("open", "opening"))

HELD_OPEN = "held_open"
"""Somebody has ordered the barrier to stay up: removals, an ambulance, a power cut. That is no fault."""


class Numbers(SystemNumbers, frozen=True):
    """`heartbeat_s`: DOMAIN.md."""

    section: ClassVar[str] = "parking"


class Barrier(msgspec.Struct, omit_defaults=True):
    barrier: str
    """open / opening / closing / closed / fault; other words are kept."""
    mode: str | None = None
    """automatic / held_open; holds until the next word of it."""
    fault_code: str | None = None


class Passage(msgspec.Struct, omit_defaults=True):
    direction: str | None = None
    result: str | None = None
    category: str | None = None
    """resident / visitor / delivery / ..; other words are kept."""
    vehicle: SubjectId | None = None


def reduce_barrier(record: Record) -> Patch:
    said = present(typed(Barrier, record.data))
    if not said["barrier"]:
        raise BadRecord("data: barrier must not be empty")
    return Patch("barrier", said, clears=("fault_code",))


def reduce_passage(record: Record) -> Patch:
    """The last vehicle; nothing of the one before it stays."""
    said = present(typed(Passage, record.data))
    return Patch("passage", {**said, "passed_ms": record.time_ms}, clears=Passage.__struct_fields__)


def gate_fault(look: Look) -> Seen | None:
    """A fault, or a barrier that does not close. Car behind car keeps it open: the minute begins with the last one."""
    values, stamps = look.device.values, look.device.stamps
    barrier = values.get("barrier")
    if barrier == "fault":
        return Seen(True, {"cause": "fault"} | ({"fault_code": values["fault_code"]} if "fault_code" in values else {}))
    if barrier == "closed":
        return CLEAR
    if barrier not in NOT_CLOSED:
        return None
    if values.get("mode") == HELD_OPEN:
        return CLEAR
    passed_ms = stamps["passage"][0] if "passage" in stamps else 0
    return Seen(True, {"cause": "not_closed"}, since_ms=passed_ms if passed_ms > stamps["barrier"][0] else None)


def says(device: DeviceState) -> str:
    return "fault" if device.values.get("barrier") == "fault" else "ready"


TILE = Tile(
    id="parking",
    name=Text("车辆道闸", "Barriers"),
    icon="barrier",
    words=Text("正常", "ok"),
    says=says,
    bar=(("ok", ("ready",)), ("worst", ("fault",))),
    ill=frozenset(("GATE_FAULT",)),
)

SYSTEM = System(
    id="parking",
    name=Text("车辆道闸", "Parking"),
    numbers=Numbers,
    reducers={
        "parking.barrier": Reducer(reduce_barrier, "barrier"),
        "parking.passage": Reducer(reduce_passage, "barrier"),
    },
    rules=(Rule("GATE_FAULT", frozenset(("barrier", "passage")), gate_fault),),
    tiles=(TILE,),
    simulate=estate.barriers,
    plots=barriers.PLOTS,
)
