"""Bins as columns of a chart: their labels, and the hatching over what was not recorded."""

from __future__ import annotations

from collections.abc import Sequence

from community.clock import local
from community.office.bins import Bin
from community.office.periods import long_day, short_day
from community.office.said import clock
from community.office.words import OFFICE
from community.words import Lang, say
from layouts.office.charts import Column, Gap

MOST_TICKS = 10


def columns(bins: Sequence[Bin], zone: str, lang: Lang) -> list[Column]:
    """Hours every third, days as many as fit."""
    if bins and isinstance(bins[0].key, int):
        hours = [local(bin_.from_ms, zone).hour for bin_ in bins]
        return [
            Column(_hour(h, n, lang) if h % 3 == 0 else "", say(OFFICE["hour"], lang, h)) for n, h in enumerate(hours)
        ]
    return of_days([bin_.key for bin_ in bins], lang)


def of_days(days: Sequence[str], lang: Lang) -> list[Column]:
    """Of several years, a year stands under its first tick."""
    every = max(1, -(-len(days) // MOST_TICKS))
    several = len({day[:4] for day in days}) > 1
    shown, year = [], ""
    for n, day in enumerate(days):
        tick = short_day(day, lang) if n % every == 0 else ""
        if tick and several and day[:4] != year:
            year = day[:4]
            tick += f"<br>{year}"
        shown.append(Column(tick, long_day(day, lang) if several else short_day(day, lang)))
    return shown


def _hour(hour: int, at: int, lang: Lang) -> str:
    """The unit once, at the first."""
    return say(OFFICE["hour"], lang, hour) if at == 0 else str(hour)


def gaps(bins: Sequence[Bin], lost: Sequence[tuple[int, int]], as_of_ms: int, lang: Lang) -> list[Gap]:
    """Where on the axis nothing was recorded."""
    if not bins:
        return []
    found = []
    for begin_ms, end_ms in lost:
        end_ms = min(end_ms, as_of_ms, bins[-1].to_ms)
        if begin_ms < end_ms:
            words = say(OFFICE["missing"], lang, clock((end_ms - begin_ms) / 1000, lang))
            found.append(Gap(_place(bins, begin_ms), _place(bins, end_ms), words))
    return found


def _place(bins: Sequence[Bin], at_ms: int) -> float:
    for n, bin_ in enumerate(bins):
        if at_ms < bin_.to_ms:
            return n + max(0, at_ms - bin_.from_ms) / (bin_.to_ms - bin_.from_ms)
    return float(len(bins))
