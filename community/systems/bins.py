"""智能垃圾桶 bins: fill, temperature, tilt. A sensor reports each half-hour, and at once what it finds alarming."""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec

from ..alarms import CLEAR, Seen
from ..model import BadRecord, Record
from ..numbers import Lasting, SystemNumbers
from ..site import Text
from .base import Look, Moment, Patch, Reducer, Rule, Step, System, Tracker, present, typed
from .tile import Cases, Tile

FULL_ON_PERCENT, FULL_OFF_PERCENT, OVERFULL_PERCENT = 80.0, 30.0, 95.0
"""alarms.csv BIN_FULL: full, emptied, and 'P3 >=95 %'."""

FIRE_ON_C, FIRE_OFF_C, FIRE_RISE_C_PER_MIN = 60.0, 45.0, 10.0
"""alarms.csv BIN_FIRE: by level or by rate."""

RISE_OVER_MS = 60_000
"""A rate of so much a minute needs a minute: half a degree of noise within a second would else be a fire."""

SAMPLES, SAMPLES_MS = 20, 600_000
"""A bin that burns at this rate passes 60 C within ten minutes, however cold it was: older samples decide nothing."""


class Numbers(SystemNumbers, frozen=True):
    """`heartbeat_s`: DOMAIN.md."""

    section: ClassVar[str] = "bins"

    heartbeat_s: Lasting = 1_800


class Status(msgspec.Struct, omit_defaults=True):
    """`distance_mm`: from the sensor in the lid down to what lies there, as it measures; `fill_percent` comes of it."""

    fill_percent: float | None = None
    temperature_c: float | None = None
    tilted: bool | None = None
    distance_mm: float | None = None


def reduce_status(record: Record) -> Patch:
    said = present(typed(Status, record.data))
    if not said:
        raise BadRecord("data: none of fill_percent, temperature_c, tilted, distance_mm")
    fill_percent = said.get("fill_percent", 0.0)
    if not 0 <= fill_percent <= 100:
        raise BadRecord(f"data: fill_percent {fill_percent} is not within 0 to 100")
    if said.get("distance_mm", 0.0) < 0:
        raise BadRecord(f"data: distance_mm {said['distance_mm']} is below 0")
    return Patch("bin", said, each=True)


def warming(moment: Moment) -> Step:
    """The last temperatures, [effective ms, deg C], oldest first, and whether the newest has risen like a fire."""
    values, stamps = moment.look.device.values, moment.look.device.stamps
    held: list[list[Any]] = moment.memory.get("samples", [])
    if "temperature_c" not in values:
        return Step({})
    at_ms, celsius = stamps["temperature_c"][0], values["temperature_c"]
    if held and held[-1] == [at_ms, celsius]:
        return Step(dict(moment.memory))  # another value's news
    rising = any(
        celsius - earlier >= FIRE_RISE_C_PER_MIN * max(at_ms - then_ms, RISE_OVER_MS) / 60_000
        for then_ms, earlier in held
    )
    kept = [sample for sample in held if sample[0] > at_ms - SAMPLES_MS][1 - SAMPLES :]
    return Step({"samples": [*kept, [at_ms, celsius]], "rising": rising})


WARMING = Tracker("warming", frozenset(("bin",)), warming)


def fire(look: Look) -> Seen | None:
    celsius = look.device.values.get("temperature_c")
    if celsius is None:
        return None
    hot = celsius >= FIRE_ON_C or look.device.memory.get(WARMING.name, {}).get("rising", False)
    if look.active:
        hot = hot or celsius > FIRE_OFF_C
    return Seen(hot, {"temperature_c": celsius}) if hot else CLEAR


def full(look: Look) -> Seen | None:
    """What has been overfull stays so until it is emptied. A bin that lies on its side has no fill."""
    values = look.device.values
    fill_percent = values.get("fill_percent")
    if fill_percent is None or values.get("tilted"):
        return None
    if fill_percent < FULL_ON_PERCENT and not (look.active and fill_percent > FULL_OFF_PERCENT):
        return CLEAR
    over = fill_percent >= OVERFULL_PERCENT or (look.active and look.priority == "P3")
    return Seen(True, {"fill_percent": fill_percent}, "P3" if over else "P4")


TILE = Tile(
    id="bins",
    name=Text("垃圾桶", "Bins"),
    icon="bin",
    cases=Cases(frozenset(("BIN_FULL",)), Text("将满", "near full"), beside="total"),
)

SYSTEM = System(
    id="bins",
    name=Text("垃圾桶", "Bins"),
    numbers=Numbers,
    reducers={"bin.status": Reducer(reduce_status, "bin")},
    rules=(
        Rule("BIN_FULL", frozenset(("bin",)), full),
        Rule("BIN_FIRE", frozenset(("bin",)), fire),
    ),
    trackers=(WARMING,),
    tiles=(TILE,),
)
