"""Bulk water meters: what flows at night, and bursts. Numbers: alarms.csv DMA_NIGHT, WATER_BURST.

A night is the mean of all half-hours from 02 to 04 of the site's clock; one with a half-hour missing is no night. Two
nights running, each above 1.5 times and 0.3 m3/h over the median of the 14 nights before them, are a leak. While it
stands it is measured by that same median, and its own nights are not learned: else it would end by being got used to.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from ..alarms import CLEAR, Seen
from ..clock import local
from .base import Look, Moment, Rule, Step, Tracker

BULK = "bulk_meter"

HALF_HOUR_MS = 1_800_000
NIGHT_FROM_H, NIGHT_TO_H = 2, 4
NIGHT_FACTOR, NIGHT_OVER_M3H, NIGHT_CLEAR_FACTOR, MEDIAN_NIGHTS = 1.5, 0.3, 1.2, 14
KEPT_NIGHTS = MEDIAN_NIGHTS + 2
KEPT_PARTS = 4
"""Nights still waiting for a half-hour: a concentrator's backlog of a long weekend."""

BURST_FACTOR, BURST_CLEAR_FACTOR, BURST_DAYS = 3.0, 1.5, 28
BURST_LEAST_DAYS = 7
"""Days of the same hour that must be known before three times their greatest says anything; the catalogue has none."""
BURST_OVER_M3H = 0.3
"""DMA_NIGHT's margin: three times nothing is nothing."""
SAMPLE_LIFE_MS = 300_000
"""One sample is no burst of 600 s. A meter that samples more slowly says so by its `period_s`."""


def _nights_of(said: dict[str, Any], zone: str) -> dict[str, dict[int, float]]:
    """Local day -> {begin of the half-hour: mean m3/h} of those between 02 and 04."""
    found: dict[str, dict[int, float]] = {}
    for n, litres in enumerate(said.get("volume_l") or ()):
        start_ms = said["start_ms"] + n * HALF_HOUR_MS
        at = local(start_ms, zone)
        if litres is not None and NIGHT_FROM_H <= at.hour < NIGHT_TO_H:
            found.setdefault(at.date().isoformat(), {})[start_ms] = litres * 2 / 1000
    return found


def _half_hours_of(day: str, zone: str) -> int:
    """4, and on the nights of daylight saving 2 or 6."""
    midnight = datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(zone))
    spent = midnight.replace(hour=NIGHT_TO_H).timestamp() - midnight.replace(hour=NIGHT_FROM_H).timestamp()
    return int(1000 * spent) // HALF_HOUR_MS


def nights(moment: Moment) -> Step:
    """Memory: `nights` {day: mean m3/h}, `parts` {day: [[ms, m3/h]]}, and while a leak stands `base_m3h`, `last`."""
    memory: dict[str, Any] = dict(moment.memory)
    if moment.look.device.kind != BULK or not moment.said:
        return Step(memory)
    zone = moment.look.site.timezone
    known: dict[str, float] = dict(memory.get("nights", {}))
    parts: dict[str, list[list[float]]] = dict(memory.get("parts", {}))
    today = local(moment.at_ms, zone).date().isoformat()
    for day, heard in sorted(_nights_of(dict(moment.said), zone).items()):
        if day in known or day > today or day <= memory.get("last", ""):
            continue
        merged = {int(ms): flow for ms, flow in parts.pop(day, [])} | heard
        if len(merged) < _half_hours_of(day, zone):
            parts[day] = [[ms, flow] for ms, flow in sorted(merged.items())]
            continue
        known[day] = sum(merged.values()) / len(merged)
        _judge_nights(memory, known, day)
    memory["nights"] = dict(sorted(known.items())[-KEPT_NIGHTS:])
    memory["parts"] = dict(sorted(parts.items())[-KEPT_PARTS:])
    return Step({name: kept for name, kept in memory.items() if kept})


def _judge_nights(memory: dict[str, Any], known: dict[str, float], day: str) -> None:
    if "base_m3h" in memory:
        memory["last"], memory["night_m3h"] = day, round(known.pop(day), 3)
        if memory["night_m3h"] < NIGHT_CLEAR_FACTOR * memory["base_m3h"]:
            known[day] = memory.pop("night_m3h")
            del memory["base_m3h"]
        return
    # A night that came late may be the first of the two, or the second.
    for second in (date.fromisoformat(day), date.fromisoformat(day) + timedelta(days=1)):
        pair = [(second - timedelta(days=1)).isoformat(), second.isoformat()]
        before = [known[d] for d in sorted(known) if d < pair[0]][-MEDIAN_NIGHTS:]
        if len(before) < MEDIAN_NIGHTS or not all(d in known for d in pair) or pair[1] != max(known):
            continue
        base = median(before)
        if all(known[d] > NIGHT_FACTOR * base and known[d] > base + NIGHT_OVER_M3H for d in pair):
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
    if moment.at_ms >= sampled_ms + _life_ms(moment):
        return Step(memory | {"unsure": True} if "usual_m3h" in memory else memory)
    at = local(sampled_ms, moment.look.site.timezone)
    day, hour = at.date().isoformat(), str(at.hour)
    first = (at.date() - timedelta(days=BURST_DAYS)).isoformat()
    hours: dict[str, dict[str, float]] = memory.get("hours", {})
    same = {d: most for d, most in hours.get(hour, {}).items() if d >= first}
    past = [most for d, most in same.items() if d < day]
    standing = memory.pop("usual_m3h", None)
    memory.pop("unsure", None)
    usual = max(past) if len(past) >= BURST_LEAST_DAYS else standing
    factor = BURST_FACTOR if standing is None else BURST_CLEAR_FACTOR
    if usual is not None and flow > max(factor * usual, usual + BURST_OVER_M3H):
        return Step(memory | {"usual_m3h": usual}, sampled_ms + _life_ms(moment))
    if flow > same.get(day, -1.0):  # what is over is not learned
        memory["hours"] = {**hours, hour: same | {day: flow}}
    return Step(memory)


def _life_ms(moment: Moment) -> int:
    described = moment.look.described
    period_s = described.period_s if described is not None else None
    return max(SAMPLE_LIFE_MS, int(2000 * (period_s or 0)))


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
