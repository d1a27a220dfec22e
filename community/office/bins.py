"""The columns of a chart over time: hours of a day, days of anything longer; what of each was not recorded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from ..history.days import HOUR_MS, MINUTE_MS, bounds, days_between
from .periods import Period


class Bin(NamedTuple):
    key: Any
    """`hour_ms` or the day, as the rows have it."""
    from_ms: int
    to_ms: int
    missing_min: int
    """Of its minutes that have passed."""
    passed_min: int

    @property
    def known(self) -> bool:
        """Something of it was recorded: without a row it is 0, else nobody knows."""
        return self.passed_min > self.missing_min


def bins_of(period: Period, zone: str, gaps: Iterable[tuple[int, int]], as_of_ms: int) -> list[Bin]:
    """`gaps`: (from_ms, to_ms) of what was not recorded."""
    lost = list(gaps)
    found = []
    for key, from_ms, to_ms in _edges(period, zone):
        passed_ms = max(0, min(to_ms, as_of_ms) - from_ms)
        missing = sum(max(0, min(end, to_ms) - max(begin, from_ms)) for begin, end in lost)
        found.append(Bin(key, from_ms, to_ms, missing // MINUTE_MS, passed_ms // MINUTE_MS))
    return found


def _edges(period: Period, zone: str) -> list[tuple[Any, int, int]]:
    if period.kind != "day":
        return [(day, *bounds(day, zone)) for day in days_between(period.from_day, period.to_day)]
    from_ms, to_ms = bounds(period.from_day, zone)
    return [(at, at, min(at + HOUR_MS, to_ms)) for at in range(from_ms, to_ms, HOUR_MS)]


def on_bins(bins: Sequence[Bin], amounts: Iterable[tuple[Any, float | None]]) -> list[float | None]:
    """The sum of the amounts of each bin; None where nothing of it was recorded and nothing is there."""
    sums: dict[Any, float] = {}
    for key, amount in amounts:
        sums[key] = sums.get(key, 0) + (amount or 0)
    return [sums.get(bin_.key, 0 if bin_.known else None) for bin_ in bins]
