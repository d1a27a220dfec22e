"""机电 plant: feeders, the network's switches and gateways, pumps, and water in the garage.

What hangs on a feeder or behind a switch is said by the site's parents; each alarm here is the parent's own.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec

from ..alarms import CLEAR, Seen
from ..model import BadRecord, Record
from ..numbers import Amount, Count, Priority, SystemNumbers, at_most, below
from ..site import Text
from ..state import DeviceState
from ..world import basement, estate
from .base import Look, Moment, Patch, Reducer, Rule, Silence, Step, System, Tracker, present, typed
from .tile import Tile

LEVELS_CM = (-10.0, 1000.0)
"""A dry sensor may read a little below its floor; what lies beyond is a sensor's error code (-9999, 6553.5)."""

VOLTAGES = ("voltage_v", "voltage_l1_v", "voltage_l2_v", "voltage_l3_v")


class Numbers(SystemNumbers, frozen=True):
    """alarms.csv. POWER_LOST: 'no voltage'; a dead phase still reads what its neighbours induce, and below 60 % of the
    220 V between phase and neutral nothing runs (a brown-out above it is another thing, and no alarm of the catalogue).
    NET_DOWN: '2 good beats'. GARAGE_WATER: 'P1 above 27 cm'; a P2 again below the deadband, not with each wave.
    """

    section: ClassVar[str] = "plant"

    no_voltage_below_v: Amount = 132
    good_answers: Count = 2
    water_on_cm: Amount = 5
    water_off_cm: Amount = 2
    water_priority: Priority = "P2"
    water_deep_cm: Amount = 27
    water_deep_deadband_cm: Amount = 3
    water_deep_priority: Priority = "P1"

    def __post_init__(self) -> None:
        below(self, "water_off_cm", "water_on_cm")
        at_most(self, "water_on_cm", "water_deep_cm")


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
    dead = bool(volts) and max(volts) < look.site.numbers_of(Numbers).no_voltage_below_v
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
    return Step({"good": good} if good < moment.look.site.numbers_of(Numbers).good_answers else {})


ANSWERS = Tracker("answers", frozenset(("network", "heartbeat")), answers)


def net_down(look: Look) -> Seen | None:
    device: DeviceState = look.device
    return Seen(device.silent_ms is not None or ANSWERS.name in device.memory)


def garage_water(look: Look) -> Seen | None:
    level_cm, numbers = look.device.values["level_cm"], look.site.numbers_of(Numbers)
    if level_cm < numbers.water_on_cm and not (look.active and level_cm > numbers.water_off_cm):
        return CLEAR
    was_deep = look.active and look.priority == numbers.water_deep_priority
    deep = level_cm > numbers.water_deep_cm - (numbers.water_deep_deadband_cm if was_deep else 0.0)
    return Seen(True, {"level_cm": level_cm}, numbers.water_deep_priority if deep else numbers.water_priority)


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
    silence=Silence("NET_DOWN", frozenset(("switch", "gateway")), waited=True),
    trackers=(ANSWERS,),
    tiles=(TILE,),
    simulate=estate.plant,
    plots=basement.PLOTS,
)
