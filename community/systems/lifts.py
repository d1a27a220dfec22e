"""电梯 lifts: floor, door, status, people trapped, the call from the car.

A gateway sends its whole status often. What a camera sees in the car (EBIKE_LIFT) is the camera's word.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec

from ..alarms import CLEAR, Seen
from ..model import BadRecord, Record
from ..numbers import SystemNumbers
from ..site import Text
from ..state import DeviceState
from ..world import estate, rides
from .base import Look, Patch, Reducer, Rule, System, present, typed
from .tile import Cases, Note, Tile

STOPPED = frozenset(("fault", "out_of_service"))
"""alarms.csv LIFT_STOP: 'fault or out of service'. Maintenance and the firemen's service are somebody's intention."""

HELD = "held"
"""Standing with its door open because somebody at the desk wants it so."""

INTENDED = frozenset(("maintenance", "fire_service", HELD))

CALL_PHASES = frozenset(("pressed", "answered", "ended"))


class Numbers(SystemNumbers, frozen=True):
    """`heartbeat_s`: DOMAIN.md."""

    section: ClassVar[str] = "lifts"


class Car(msgspec.Struct, omit_defaults=True):
    """Where the car is. A floor is a name: there are B1, M and 3A."""

    floor: str | int | None = None
    direction: str | None = None
    door: str | None = None
    speed_m_s: float | None = None
    load_percent: float | None = None


class Status(msgspec.Struct, omit_defaults=True):
    status: str
    fault_code: str | int | None = None


class Trap(msgspec.Struct):
    trapped: bool


class Occupancy(msgspec.Struct):
    occupied: bool


class Call(msgspec.Struct):
    phase: str


def reduce_car(record: Record) -> Patch:
    said = present(typed(Car, record.data))
    if not said:
        raise BadRecord("data: none of floor, direction, door, speed_m_s, load_percent")
    if "floor" in said:
        said["floor"] = str(said["floor"])
    if said.get("load_percent", 0) < 0:
        raise BadRecord(f"data: load_percent {said['load_percent']} is below 0")
    return Patch("car", said, each=True)


def reduce_status(record: Record) -> Patch:
    status: Status = typed(Status, record.data)
    if not status.status:
        raise BadRecord("data: status must not be empty")
    said = present(status)
    if "fault_code" in said:
        said["fault_code"] = str(said["fault_code"])
    return Patch("status", said, clears=("fault_code",))


def reduce_trap(record: Record) -> Patch:
    """That somebody is trapped is heard whatever the gateway's clock says; that nobody is must be the newer word."""
    trap: Trap = typed(Trap, record.data)
    return Patch("trap", {"trapped": trap.trapped}, pulse=trap.trapped)


def reduce_occupancy(record: Record) -> Patch:
    occupancy: Occupancy = typed(Occupancy, record.data)
    return Patch("occupancy", {"occupied": occupancy.occupied})


def reduce_call(record: Record) -> Patch:
    """A press has a group of its own: one that comes later than its answer has been made all the same."""
    call: Call = typed(Call, record.data)
    if call.phase not in CALL_PHASES:
        raise BadRecord(f"data: phase {call.phase!r} is none of pressed, answered, ended")
    if call.phase == "pressed":
        return Patch("call", {"called_ms": record.time_ms}, pulse=True)
    return Patch("call:end", {"call": call.phase})


def trapped(look: Look) -> Seen | None:
    """alarms.csv LIFT_TRAP: 'trap=0 AND operator close'.

    A gateway that says every minute that it sees nobody trapped does not take back a person's call from the car; only
    the end of what it had seen itself is news.
    """
    if look.device.values["trapped"]:
        return Seen(True, {"cause": "trapped"})
    was_trapped = look.before is not None and look.before.values.get("trapped")
    return CLEAR if was_trapped else None


def called(look: Look) -> Seen | None:
    """Every press counts. Only an operator ends it, unless the gateway also says that somebody is trapped."""
    is_trapped = bool(look.device.values.get("trapped"))
    cause = "trapped" if is_trapped else "call"
    return Seen(True, {"cause": cause}, pulse=True, operator_ends=not is_trapped)


def stopped(look: Look) -> Seen | None:
    """A lift with somebody inside is LIFT_TRAP's; only one that runs again has ended its stop."""
    values = look.device.values
    status = values.get("status")
    if status == "running" or values.get("trapped") or values.get("occupied"):
        return CLEAR
    if status in STOPPED:
        return Seen(True, {"status": status} | ({"fault_code": values["fault_code"]} if "fault_code" in values else {}))
    return None


def says(device: DeviceState) -> str:
    """Somebody's intention is neither running nor a stop, and no doubt either."""
    status = device.values.get("status", "")
    if status in STOPPED:
        return "stopped"
    return status if status == "running" or status in INTENDED else ""


TILE = Tile(
    id="lifts",
    name=Text("电梯", "Lifts"),
    icon="lift",
    words=Text("运行", "running"),
    figure="running",
    says=says,
    bar=(("ok", ("running",)), ("worst", ("stopped",))),
    notes=(Note(Text("{}停梯", "{} stopped"), says=frozenset(("stopped",))),),
    cases=Cases(frozenset(("LIFT_TRAP",)), Text("困人", "trapped")),
    claims=frozenset(("EBIKE_LIFT",)),
)

SYSTEM = System(
    id="lifts",
    name=Text("电梯", "Lifts"),
    numbers=Numbers,
    reducers={
        "lift.car": Reducer(reduce_car, "lift"),
        "lift.status": Reducer(reduce_status, "lift"),
        "lift.trap": Reducer(reduce_trap, "lift"),
        "lift.occupancy": Reducer(reduce_occupancy, "lift"),
        "lift.call": Reducer(reduce_call, "lift"),
    },
    rules=(
        Rule("LIFT_TRAP", frozenset(("trap",)), trapped),
        Rule("LIFT_TRAP", frozenset(("call",)), called),
        Rule("LIFT_STOP", frozenset(("status", "trap", "occupancy")), stopped),
    ),
    tiles=(TILE,),
    simulate=estate.together(estate.lifts, rides.simulate),
    plots=rides.PLOTS,
)
