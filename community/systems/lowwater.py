"""独居用水过低 LOW_WATER: less than 0.01 m3 in 12 hours, of which only 06 to 22 count (alarms.csv).

What a home used comes as `care.water` (litres and the seconds they were measured over) for its resident; which meter
stands behind is not this system's business. Judged when a measure comes, and only where measures cover all the twelve
hours and the resident was at home through them: a meter that is silent has not said that no water ran.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Annotated, Any

import msgspec

from ..alarms import CLEAR, FORGOTTEN, Seen
from ..clock import local, zone_of
from ..numbers import Amount, ClockTime, hour_and_minute
from . import whereabouts
from .base import Look, Moment, Rule, Step, Tracker

HOUR_MS = 3_600_000
KEPT = 96
"""Half-hours of two days."""

NAME = "low_water"


class Numbers(whereabouts.Numbers, frozen=True):
    """alarms.csv LOW_WATER: '<0.01 m3 in 12 h (06-22 counted)'."""

    low_water_l: Amount = 10
    low_water_h: Annotated[float, msgspec.Meta(gt=0, le=24)] = 12
    low_water_from: ClockTime = "06:00"
    low_water_until: ClockTime = "22:00"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.low_water_from < self.low_water_until:
            raise ValueError(f"low_water_from {self.low_water_from} must be before {self.low_water_until}")


def step(moment: Moment) -> Step:
    """Memory: `used` [[from ms, to ms, litres]]; `from_ms`: begin of the twelve hours; `low`: too little in them."""
    if moment.look.device.kind != "resident_alone" or moment.look.device.values.get("consent") is False:
        return Step({})
    if not moment.said or moment.group != "water":
        return Step(dict(moment.memory))
    measure = [moment.said["water_from_ms"], moment.said_ms, moment.said["volume_l"]]
    used: list[list[Any]] = moment.memory.get("used", [])
    if not used or measure[0] > used[-1][0]:  # as nearly all are
        used = [*used[1 - KEPT :], measure]
    elif measure[:2] not in [held[:2] for held in used]:
        used = sorted([*used, measure])[-KEPT:]
    to_ms = max(held[1] for held in used)
    numbers = moment.look.site.numbers_of(Numbers)
    spans = counted_back(to_ms, moment.look.site.timezone, numbers)
    from_ms = spans[-1][0]
    known_ms, litres, reached_ms = 0, 0.0, 0
    for begin_ms, end_ms, volume_l in used:
        if end_ms <= from_ms:
            continue
        litres += volume_l
        begin_ms = max(begin_ms, reached_ms)  # two that overlap know no more than one
        known_ms += sum(max(0, min(end_ms, last) - max(begin_ms, first)) for first, last in spans)
        reached_ms = max(reached_ms, end_ms)
    if known_ms < int(numbers.low_water_h * HOUR_MS) and litres < numbers.low_water_l:
        stood = {name: moment.memory[name] for name in ("from_ms", "low") if "low" in moment.memory}
        return Step({"used": used} | stood)  # a gap in the measures ends nothing
    return Step({"used": used, "from_ms": from_ms} | ({"low": True} if litres < numbers.low_water_l else {}))


def counted_back(to_ms: int, zone: str, numbers: Numbers) -> list[tuple[int, int]]:
    """The last twelve hours before `to_ms` that are counted (06 to 22), the newest span first."""
    spans: list[tuple[int, int]] = []
    wanted_ms, day = int(numbers.low_water_h * HOUR_MS), local(to_ms, zone).date()
    while wanted_ms > 0:
        first, last = _counted(day, zone, numbers.low_water_from, numbers.low_water_until)
        last = min(to_ms, last)
        if last > first:
            first = max(first, last - wanted_ms)
            spans.append((first, last))
            wanted_ms -= last - first
        day -= timedelta(days=1)
    return spans


@lru_cache(maxsize=64)
def _counted(day: date, zone: str, from_: str, until: str) -> tuple[int, int]:
    """What of a day is counted, in ms."""
    begin, end = (
        datetime.combine(day, time(*hour_and_minute(one)), zone_of(zone)).timestamp() for one in (from_, until)
    )
    return 1000 * int(begin), 1000 * int(end)


def low_water(look: Look) -> Seen | None:
    if whereabouts.withdrawn(look):
        return FORGOTTEN
    memory, where = look.device.memory.get(NAME, {}), look.device.memory.get("whereabouts", {})
    if not memory.get("low") or where.get("absent") or where.get("state") == "OUT":
        return CLEAR
    return Seen(where.get("home_since_ms", 0) <= memory["from_ms"])


TRACKER = Tracker(NAME, frozenset(("water", "consent")), step)
RULE = Rule("LOW_WATER", frozenset((TRACKER.group, "track:whereabouts", "consent")), low_water)
