"""智能水电表 meters: half-hours delivered once a day or singly, flow, registers, flags; a leak at home, a lost meter.

LEAK_HOME (alarms.csv): water ran in all of the last 48 half-hours; any half-hour without ends it. A half-hour that was
not delivered says nothing: it neither completes a leak nor ends one. A home's meter that finds the same by itself, and
a sensor on a wet floor, say so by the flag `leak`: it is that alarm while it stands. Of a bulk meter it says only that
the district never sleeps: what leaks there is DMA_NIGHT's. METER_LOST (alarms.csv): more than two expected
reports missed, by `heartbeat_s` or the meter's own period; one report ends it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from math import isfinite
from typing import Annotated

import msgspec

from ..alarms import CLEAR, Seen
from ..model import BadRecord, Record
from ..site import Text
from ..world import leaks, taps
from . import bulkwater
from .base import Fact, Look, Moment, Patch, Reducer, Rule, Silence, Step, System, Telling, Tracker, present, typed
from .bulkwater import HALF_HOUR_MS
from .tile import Cases, Tile

DAY_HALF_HOURS = 48
"""The most one record delivers."""

ALIGNED_MS = 900_000
"""Half-hours begin on the local hour or half-hour; zones differ from UTC by quarters (Nepal)."""

DRY, FLOWS, UNREAD = "0", "1", "-"

HOME = frozenset(("water_meter", "leak_sensor"))
"""Whose flag `leak` is water that runs where it should not."""


class Numbers(bulkwater.Numbers, frozen=True):
    """alarms.csv LEAK_HOME: flow in all of so many half-hours."""

    leak_half_hours: Annotated[int, msgspec.Meta(ge=2, le=7 * DAY_HALF_HOURS)] = 48


class Intervals(msgspec.Struct, omit_defaults=True):
    """Half-hours in a row from `start_ms`; None: not read."""

    start_ms: int
    volume_l: list[float | None] | None = None
    energy_wh: list[float | None] | None = None


class Reading(msgspec.Struct, omit_defaults=True):
    flow_m3h: float | None = None
    volume_m3: float | None = None
    power_w: float | None = None
    energy_kwh: float | None = None
    voltage_v: float | None = None
    pressure_kpa: float | None = None
    temperature_c: float | None = None
    """Of a heat meter what comes in; `return_temperature_c` goes back."""
    return_temperature_c: float | None = None


class Flag(msgspec.Struct, omit_defaults=True):
    flag: str
    active: bool


def reduce_intervals(record: Record) -> Patch:
    """Each delivery counts, also one that comes days late; the values show the newest."""
    said: Intervals = typed(Intervals, record.data)
    if said.start_ms < 0 or said.start_ms % ALIGNED_MS:
        raise BadRecord(f"data: start_ms {said.start_ms} is not where a half-hour begins")
    series = {name: got for name in ("volume_l", "energy_wh") if (got := getattr(said, name)) is not None}
    if not series:
        raise BadRecord("data: neither volume_l nor energy_wh")
    count = max(len(got) for got in series.values())
    for name, got in series.items():
        if not 1 <= len(got) <= DAY_HALF_HOURS or len(got) != count:
            raise BadRecord(f"data: {name} holds {len(got)} half-hours, not 1 to {DAY_HALF_HOURS} as the others")
        for value in got:
            if value is not None and not (isfinite(value) and value >= 0):
                raise BadRecord(f"data: {name} holds {value}; what ran backwards is the flag reverse_flow")
    if said.start_ms + count * HALF_HOUR_MS > record.time_ms:
        raise BadRecord(f"data: start_ms {said.start_ms} and {count} half-hours end after the meter's own time")
    clears = tuple({"volume_l", "energy_wh"} - series.keys())
    telling = Telling("water_used", partial(water_used, said.start_ms, series.get("volume_l", ())))
    return Patch("intervals", {"start_ms": said.start_ms, **series}, every=True, clears=clears, telling=telling)


def water_used(start_ms: int, volumes_l: Sequence[float | None]) -> Iterator[Fact]:
    """Half-hour by half-hour, for whoever watches over the home; what was not read says nothing."""
    for n, volume_l in enumerate(volumes_l):
        if volume_l is not None:
            from_ms = start_ms + n * HALF_HOUR_MS
            yield Fact(from_ms + HALF_HOUR_MS, {"from_ms": from_ms, "volume_l": volume_l})


def reduce_reading(record: Record) -> Patch:
    reading = present(typed(Reading, record.data))
    if not reading:
        raise BadRecord("data: no reading: flow_m3h, volume_m3, power_w, energy_kwh, ..")
    for name in ("flow_m3h", "volume_m3", "energy_kwh"):
        if reading.get(name, 0) < 0:
            raise BadRecord(f"data: {name} {reading[name]} is below 0; what runs backwards is the flag reverse_flow")
    return Patch("reading", reading, each=True)


def reduce_flag(record: Record) -> Patch:
    """burst, leak, tamper, reverse_flow, empty_pipe or the vendor's own word; each has an age of its own."""
    flag: Flag = typed(Flag, record.data)
    if not flag.flag:
        raise BadRecord("data: flag must not be empty")
    return Patch("flag", {f"flag_{flag.flag}": flag.active}, each=True)


def half_hours(moment: Moment) -> Step:
    """Memory: `last_ms`, where the newest half-hour begins, and `flow`, a letter for each, the oldest first."""
    memory = moment.memory
    volumes = moment.said.get("volume_l")
    if moment.look.device.kind != "water_meter" or not volumes:
        return Step(memory)
    last_ms = moment.said["start_ms"] + (len(volumes) - 1) * HALF_HOUR_MS
    if last_ms > moment.at_ms:
        return Step(memory)  # a meter whose clock is ahead of the log
    newest_ms = max(last_ms, memory.get("last_ms", 0))
    shift = (newest_ms - memory.get("last_ms", newest_ms)) // HALF_HOUR_MS
    kept = moment.look.site.numbers_of(Numbers).leak_half_hours
    flow = list((memory.get("flow", "") + UNREAD * min(shift, kept)).rjust(kept, UNREAD)[-kept:])
    for n, volume in enumerate(reversed(volumes)):
        back = (newest_ms - last_ms) // HALF_HOUR_MS + n
        if volume is not None and back < kept:
            flow[-1 - back] = FLOWS if volume > 0 else DRY
    return Step({"last_ms": newest_ms, "flow": "".join(flow)})


def leak_home(look: Look) -> Seen | None:
    if look.device.kind in HOME and look.device.values.get("flag_leak"):
        return Seen(True, {"cause": "flag"})
    flow = look.device.memory.get(HALF_HOURS.name, {}).get("flow", "")
    if DRY in flow or not flow:
        return CLEAR
    return Seen(True) if look.standing or UNREAD not in flow else CLEAR


def lost(look: Look) -> Seen | None:
    return Seen(look.device.silent_ms is not None)


HALF_HOURS = Tracker("half_hours", frozenset(("intervals",)), half_hours)

TILE = Tile(
    id="meters",
    name=Text("水电表", "Meters"),
    icon="drop",
    cases=Cases(frozenset(("LEAK_HOME", "DMA_NIGHT", "WATER_BURST")), Text("漏损", "leaks"), beside="total"),
)

SYSTEM = System(
    id="meters",
    name=Text("水电表", "Meters"),
    numbers=Numbers,
    reducers={
        "meter.intervals": Reducer(reduce_intervals, "meter"),
        "meter.reading": Reducer(reduce_reading, "meter"),
        "meter.flag": Reducer(reduce_flag, "meter"),
    },
    rules=(
        Rule("LEAK_HOME", frozenset((HALF_HOURS.group, "flag")), leak_home),
        Rule("METER_LOST", frozenset(("presence",)), lost),
        *bulkwater.RULES,
    ),
    silence=Silence("METER_LOST", HOME | {"bulk_meter", "power_meter"}, good_beats=1),
    trackers=(HALF_HOURS, *bulkwater.TRACKERS),
    tiles=(TILE,),
    simulate=taps.simulate,
    plots=leaks.PLOTS,
)
