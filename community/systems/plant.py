"""机电 plant: feeders, the network's switches and gateways, pumps, and water in the garage.

What hangs on a feeder or behind a switch is said by the site's parents; each alarm here is the parent's own.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec

from ..alarms import CLEAR, Seen
from ..model import BadRecord, Record
from ..numbers import SystemNumbers
from ..site import Device, Text
from ..state import DeviceState
from .base import Look, Moment, Patch, Reducer, Rule, Silence, Step, System, Tracker, present, typed
from .tile import Tile

NO_VOLTAGE_BELOW_V = 132.0
"""alarms.csv POWER_LOST says 'no voltage'. A dead phase still reads what its neighbours induce; below 60 % of the
220 V between phase and neutral nothing runs. A brown-out above it is another thing, and no alarm of the catalogue."""

GOOD_ANSWERS = 2
"""alarms.csv NET_DOWN: '2 good beats'."""

WATER_ON_CM, WATER_OFF_CM, WATER_DEADBAND_CM = 5.0, 2.0, 3.0
"""alarms.csv GARAGE_WATER."""

WATER_DEEP_CM = 27.0
"""alarms.csv GARAGE_WATER: 'P1 above 27 cm'. It is a P2 again below its deadband, not with each wave."""

LEVELS_CM = (-10.0, 1000.0)
"""A dry sensor may read a little below its floor; what lies beyond is a sensor's error code (-9999, 6553.5)."""

VOLTAGES = ("voltage_v", "voltage_l1_v", "voltage_l2_v", "voltage_l3_v")


class Numbers(SystemNumbers, frozen=True):
    """`heartbeat_s`: DOMAIN.md."""

    section: ClassVar[str] = "plant"


class Feeder(msgspec.Struct, omit_defaults=True):
    """A dry contact says `energised`; a power meter its voltages to neutral."""

    energised: bool | None = None
    voltage_v: float | None = None
    voltage_l1_v: float | None = None
    voltage_l2_v: float | None = None
    voltage_l3_v: float | None = None


class Network(msgspec.Struct):
    reachable: bool


class Pump(msgspec.Struct, omit_defaults=True):
    status: str
    mode: str | None = None
    current_a: float | None = None
    fault_code: str | int | None = None


class Water(msgspec.Struct):
    level_cm: float


def reduce_feeder(record: Record) -> Patch:
    said = present(typed(Feeder, record.data))
    if not said:
        raise BadRecord("data: neither energised nor a voltage")
    for name in VOLTAGES:
        if said.get(name, 0.0) < 0:
            raise BadRecord(f"data: {name} {said[name]} is below 0")
    return Patch("feeder", said, clears=("energised", *VOLTAGES))


def reduce_network(record: Record) -> Patch:
    network: Network = typed(Network, record.data)
    return Patch("network", {"reachable": network.reachable})


def reduce_pump(record: Record) -> Patch:
    pump: Pump = typed(Pump, record.data)
    if not pump.status:
        raise BadRecord("data: status must not be empty")
    said = present(pump)
    if "fault_code" in said:
        said["fault_code"] = str(said["fault_code"])
    return Patch("pump", said, clears=("mode", "current_a", "fault_code"))


def reduce_water(record: Record) -> Patch:
    said = present(typed(Water, record.data))
    if not LEVELS_CM[0] <= said["level_cm"] <= LEVELS_CM[1]:
        raise BadRecord(f"data: level_cm {said['level_cm']} is no level of water")
    return Patch("water", said)


def power_lost(look: Look) -> Seen | None:
    """A feeder of which one phase is left is not lost."""
    values = look.device.values
    volts = [values[name] for name in VOLTAGES if name in values]
    dead = bool(volts) and max(volts) < NO_VOLTAGE_BELOW_V
    if values.get("energised") is False or (dead and not values.get("energised")):
        return Seen(True, {"voltage_v": max(volts)} if volts else {})
    return CLEAR


def answers(moment: Moment) -> Step:
    """Whether somebody who asked got no answer, and how often it has answered or beaten since."""
    device, memory = moment.look.device, moment.memory
    asked, beat = (device.stamps.get(group, (0, "")) for group in ("network", "heartbeat"))
    if device.values.get("reachable") is False and asked > beat:
        return Step({"good": 0})
    if not memory:
        return Step({})
    good = memory["good"] + 1
    return Step({"good": good} if good < GOOD_ANSWERS else {})


ANSWERS = Tracker("answers", frozenset(("network", "heartbeat")), answers)


def net_down(look: Look) -> Seen | None:
    device: DeviceState = look.device
    return Seen(device.silent_ms is not None or ANSWERS.name in device.memory)


def net_priority(device: Device | None) -> str:
    return "P2"


def garage_water(look: Look) -> Seen | None:
    level_cm = look.device.values["level_cm"]
    if level_cm < WATER_ON_CM and not (look.active and level_cm > WATER_OFF_CM):
        return CLEAR
    was_deep = look.active and look.priority == "P1"
    deep = level_cm > WATER_DEEP_CM - (WATER_DEADBAND_CM if was_deep else 0.0)
    return Seen(True, {"level_cm": level_cm}, "P1" if deep else "P2")


def says(device: DeviceState) -> str:
    return "fault" if device.values.get("status") == "fault" else "ready"


TILE = Tile(
    id="plant",
    name=Text("机电", "Plant"),
    icon="plant",
    words=Text("正常", "ok"),
    says=says,
    bar=(("ok", ("ready",)), ("worst", ("fault",))),
    ill=frozenset(("POWER_LOST", "NET_DOWN", "GARAGE_WATER")),
)

SYSTEM = System(
    id="plant",
    name=Text("机电", "Plant"),
    numbers=Numbers,
    reducers={
        "plant.feeder": Reducer(reduce_feeder, "feeder"),
        "plant.network": Reducer(reduce_network, "switch"),
        "plant.pump": Reducer(reduce_pump, "pump"),
        "plant.water": Reducer(reduce_water, "water_level"),
    },
    rules=(
        Rule("POWER_LOST", frozenset(("feeder",)), power_lost),
        Rule("NET_DOWN", frozenset((ANSWERS.group, "presence")), net_down),
        Rule("GARAGE_WATER", frozenset(("water",)), garage_water),
    ),
    silence=Silence("NET_DOWN", frozenset(("switch", "gateway")), net_priority, waited=True),
    trackers=(ANSWERS,),
    tiles=(TILE,),
)
