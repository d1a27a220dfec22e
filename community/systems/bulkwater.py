"""Bulk water meters: what flows at night, and bursts. Numbers: alarms.csv DMA_NIGHT, WATER_BURST.

A night is the mean of all half-hours from 02 to 04 of the site's clock; one with a half-hour missing is no night. Two
nights running, each above 1.5 times and 0.3 m3/h over the median of the 14 nights before them, are a leak. While it
stands it is measured by that same median, and its own nights are not learned: else it would end by being got used to.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from statistics import median
from typing import Annotated, Any, ClassVar
from zoneinfo import ZoneInfo

import msgspec

from ..alarms import CLEAR, Seen
from ..clock import local
from ..numbers import Amount, Lasting, SystemNumbers, at_most, below
from .base import Look, Moment, Rule, Step, Tracker

BULK = "bulk_meter"

HALF_HOUR_MS = 1_800_000
Hour = Annotated[int, msgspec.Meta(ge=0, le=24)]
Factor = Annotated[float, msgspec.Meta(ge=1)]
KEPT_PARTS = 4
"""Nights still waiting for a half-hour: a concentrator's backlog of a long weekend."""


class Numbers(SystemNumbers, frozen=True):
    """alarms.csv. DMA_NIGHT: local hours, '1.5x median of 14 nights AND > +0.3 m3/h', over below 1.2 times. WATER_BURST
    is '>3x same-hour max 28 d', over below 1.5 times; `burst_least_days` of the same hour must be known before 3 times
    their greatest says anything (the catalogue has none), and `burst_over_m3h` is DMA_NIGHT's margin: three times
    nothing is nothing. A sample says for `burst_sample_life_s` that it still flows: one is no burst of 600 s, and a
    meter that samples more slowly says so by its `period_s`. `heartbeat_s`: a report a day.
    """

    section: ClassVar[str] = "meters"

    heartbeat_s: Lasting = 86_400
    night_from_h: Hour = 2
    night_to_h: Hour = 4
    night_factor: Factor = 1.5
    night_clear_factor: Factor = 1.2
    night_over_m3h: Amount = 0.3
    night_median_nights: Annotated[int, msgspec.Meta(ge=3, le=60)] = 14
    burst_factor: Factor = 3
    burst_clear_factor: Factor = 1.5
    burst_days: Annotated[int, msgspec.Meta(ge=1, le=60)] = 28
    burst_least_days: Annotated[int, msgspec.Meta(ge=1, le=60)] = 7
    burst_over_m3h: Amount = 0.3
    burst_sample_life_s: Lasting = 300

    def __post_init__(self) -> None:
        below(self, "night_from_h", "night_to_h")
        at_most(self, "night_clear_factor", "night_factor")
        at_most(self, "burst_clear_factor", "burst_factor")
        at_most(self, "burst_least_days", "burst_days")


def nights_of(said: dict[str, Any], zone: str, numbers: Numbers) -> dict[str, dict[int, float]]:
    """Local day -> {begin of the half-hour: mean m3/h} of those between 02 and 04 (`night_from_h`, `night_to_h`)."""
    found: dict[str, dict[int, float]] = {}
    for n, litres in enumerate(said.get("volume_l") or ()):
        start_ms = said["start_ms"] + n * HALF_HOUR_MS
        at = local(start_ms, zone)
        if litres is not None and numbers.night_from_h <= at.hour < numbers.night_to_h:
            found.setdefault(at.date().isoformat(), {})[start_ms] = litres * 2 / 1000
    return found


def half_hours_of(day: str, zone: str, numbers: Numbers) -> int:
    """4, and on the nights of daylight saving 2 or 6."""
    midnight = datetime.fromisoformat(day)
    first, last = (
        (midnight + timedelta(hours=hour)).replace(tzinfo=ZoneInfo(zone)).timestamp()
        for hour in (numbers.night_from_h, numbers.night_to_h)
    )
    return int(1000 * (last - first)) // HALF_HOUR_MS


def nights(moment: Moment) -> Step:
    """Memory: `nights` {day: mean m3/h}, `parts` {day: [[ms, m3/h]]}, and while a leak stands `base_m3h`, `last`."""
    memory: dict[str, Any] = dict(moment.memory)
    if moment.look.device.kind != BULK or not moment.said:
        return Step(memory)
    zone, numbers = moment.look.site.timezone, moment.look.site.numbers_of(Numbers)
    known: dict[str, float] = dict(memory.get("nights", {}))
    parts: dict[str, list[list[float]]] = dict(memory.get("parts", {}))
    today = local(moment.at_ms, zone).date().isoformat()
    for day, heard in sorted(nights_of(dict(moment.said), zone, numbers).items()):
        if day in known or day > today or day <= memory.get("last", ""):
            continue
        merged = {int(ms): flow for ms, flow in parts.pop(day, [])} | heard
        if len(merged) < half_hours_of(day, zone, numbers):
            parts[day] = [[ms, flow] for ms, flow in sorted(merged.items())]
            continue
        known[day] = sum(merged.values()) / len(merged)
        _judge_nights(memory, known, day, numbers)
    memory["nights"] = dict(sorted(known.items())[-numbers.night_median_nights - 2 :])
    memory["parts"] = dict(sorted(parts.items())[-KEPT_PARTS:])
    return Step({name: kept for name, kept in memory.items() if kept})


def _judge_nights(memory: dict[str, Any], known: dict[str, float], day: str, numbers: Numbers) -> None:
    if "base_m3h" in memory:
        memory["last"], memory["night_m3h"] = day, round(known.pop(day), 3)
        if memory["night_m3h"] < numbers.night_clear_factor * memory["base_m3h"]:
            known[day] = memory.pop("night_m3h")
            del memory["base_m3h"]
        return
    # A night that came late may be the first of the two, or the second.
    for second in (date.fromisoformat(day), date.fromisoformat(day) + timedelta(days=1)):
        pair = [(second - timedelta(days=1)).isoformat(), second.isoformat()]
        before = [known[d] for d in sorted(known) if d < pair[0]][-numbers.night_median_nights :]
        if len(before) < numbers.night_median_nights or not all(d in known for d in pair) or pair[1] != max(known):
            continue
        base = median(before)
        if all(known[d] > max(numbers.night_factor * base, base + numbers.night_over_m3h) for d in pair):
            memory |= {"base_m3h": base, "last": pair[1], "night_m3h": round(known[pair[1]], 3)}
            for d in pair:
                del known[d]
            return


def night_leak(look: Look) -> Seen | None:
    memory = look.device.memory.get(NIGHTS.name, {})
    if "base_m3h" not in memory:
        return CLEAR
    return Seen(True, {"night_m3h": memory["night_m3h"], "median_m3h": round(memory["base_m3h"], 3)})


def bursts(moment: Moment) -> Step:
    """Memory: `hours` {hour: {day: greatest m3/h}}; while a sample is over them `usual_m3h`, and `unsure` when it has
    become too old to say that it still flows."""
    device = moment.look.device
    memory: dict[str, Any] = dict(moment.memory)
    if device.kind != BULK or "flow_m3h" not in device.values:
        return Step(memory)
    flow, sampled_ms = device.values["flow_m3h"], device.stamps["flow_m3h"][0]
    numbers = moment.look.site.numbers_of(Numbers)
    if moment.at_ms >= sampled_ms + _life_ms(moment):
        return Step(memory | {"unsure": True} if "usual_m3h" in memory else memory)
    at = local(sampled_ms, moment.look.site.timezone)
    day, hour = at.date().isoformat(), str(at.hour)
    first = (at.date() - timedelta(days=numbers.burst_days)).isoformat()
    hours: dict[str, dict[str, float]] = memory.get("hours", {})
    same = {d: most for d, most in hours.get(hour, {}).items() if d >= first}
    past = [most for d, most in same.items() if d < day]
    standing = memory.pop("usual_m3h", None)
    memory.pop("unsure", None)
    usual = max(past) if len(past) >= numbers.burst_least_days else standing
    factor = numbers.burst_factor if standing is None else numbers.burst_clear_factor
    if usual is not None and flow > max(factor * usual, usual + numbers.burst_over_m3h):
        return Step(memory | {"usual_m3h": usual}, sampled_ms + _life_ms(moment))
    if flow > same.get(day, -1.0):  # what is over is not learned
        memory["hours"] = {**hours, hour: same | {day: flow}}
    return Step(memory)


def _life_ms(moment: Moment) -> int:
    described = moment.look.described
    period_s = described.period_s if described is not None else None
    life_s = moment.look.site.numbers_of(Numbers).burst_sample_life_s
    return int(1000 * max(life_s, 2 * (period_s or 0)))


def burst(look: Look) -> Seen | None:
    """The meter's own flag, or far more than usual. A burst that stands does not end because the meter is silent."""
    if look.device.kind == "power_meter":
        return None
    if look.device.values.get("flag_burst"):
        return Seen(True, {"cause": "flag"})
    memory = look.device.memory.get(BURSTS.name, {})
    if "usual_m3h" not in memory or (memory.get("unsure") and not look.active):
        return CLEAR
    return Seen(True, {"cause": "flow", "usual_m3h": memory["usual_m3h"]})


NIGHTS = Tracker("nights", frozenset(("intervals",)), nights)
BURSTS = Tracker("bursts", frozenset(("reading",)), bursts)

TRACKERS = (NIGHTS, BURSTS)
RULES = (
    Rule("DMA_NIGHT", frozenset((NIGHTS.group,)), night_leak),
    Rule("WATER_BURST", frozenset((BURSTS.group, "flag")), burst),
)
