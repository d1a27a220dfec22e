"""智能垃圾桶 bins: fill, temperature, tilt. A sensor reports each half-hour, and at once what it finds alarming."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

import msgspec

from ..alarms import CLEAR, Seen
from ..model import BadRecord, Record
from ..numbers import Amount, Lasting, Percent, Priority, SystemNumbers, at_most, below
from ..site import Text
from ..world import estate, waste
from .base import Look, Moment, Patch, Reducer, Rule, Step, System, Tracker, present, typed
from .tile import Cases, Tile

SAMPLES, SAMPLES_MS = 20, 600_000
"""A bin that burns at this rate passes 60 C within ten minutes, however cold it was: older samples decide nothing."""


class Numbers(SystemNumbers, frozen=True):
    """alarms.csv. BIN_FULL: full, emptied, and 'P3 >=95 %'. BIN_FIRE: by level or by rate; a rate of so much a minute
    needs a minute, as half a degree of noise within a second would else be a fire. `heartbeat_s`: DOMAIN.md.
    """

    section: ClassVar[str] = "bins"

    heartbeat_s: Lasting = 1_800
    full_on_percent: Percent = 80
    full_off_percent: Percent = 30
    full_priority: Priority = "P4"
    overfull_percent: Percent = 95
    overfull_priority: Priority = "P3"
    fire_on_c: Amount = 60
    fire_off_c: Amount = 45
    fire_rise_c_per_min: Annotated[float, msgspec.Meta(gt=0)] = 10
    fire_rise_over_s: Annotated[float, msgspec.Meta(gt=0, le=SAMPLES_MS // 1000)] = 60

    def __post_init__(self) -> None:
        below(self, "full_off_percent", "full_on_percent")
        at_most(self, "full_on_percent", "overfull_percent")
        below(self, "fire_off_c", "fire_on_c")


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
    numbers = moment.look.site.numbers_of(Numbers)
    rise_c_per_ms, over_ms = numbers.fire_rise_c_per_min / 60_000, 1000 * numbers.fire_rise_over_s
    rising = any(celsius - earlier >= rise_c_per_ms * max(at_ms - then_ms, over_ms) for then_ms, earlier in held)
    kept = [sample for sample in held if sample[0] > at_ms - SAMPLES_MS][1 - SAMPLES :]
    return Step({"samples": [*kept, [at_ms, celsius]], "rising": rising})


WARMING = Tracker("warming", frozenset(("bin",)), warming)


def fire(look: Look) -> Seen | None:
    celsius, numbers = look.device.values.get("temperature_c"), look.site.numbers_of(Numbers)
    if celsius is None:
        return None
    hot = celsius >= numbers.fire_on_c or look.device.memory.get(WARMING.name, {}).get("rising", False)
    if look.active:
        hot = hot or celsius > numbers.fire_off_c
    return Seen(hot, {"temperature_c": celsius}) if hot else CLEAR


def full(look: Look) -> Seen | None:
    """What has been overfull stays so until it is emptied. A bin that lies on its side has no fill."""
    values, numbers = look.device.values, look.site.numbers_of(Numbers)
    fill_percent = values.get("fill_percent")
    if fill_percent is None or values.get("tilted"):
        return None
    if fill_percent < numbers.full_on_percent and not (look.active and fill_percent > numbers.full_off_percent):
        return CLEAR
    stays = look.active and look.priority == numbers.overfull_priority
    over = fill_percent >= numbers.overfull_percent or stays
    return Seen(True, {"fill_percent": fill_percent}, numbers.overfull_priority if over else numbers.full_priority)


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
    simulate=estate.bins,
    plots=waste.PLOTS,
)
