"""Sums by the hour of the day: an hour of which nothing was recorded, or that has not come, is a gap and never 0."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from ...clock import local
from ...figures.answers import Report
from ...history.days import days_between
from ...office.bins import Bin, bins_of
from ...office.periods import Period


def hours_of(report: Report) -> list[Bin]:
    """Every local hour of the days, with what of it was not recorded."""
    gaps = [(gap.from_ms, gap.to_ms) for gap in report.coverage.gaps]
    days = days_between(report.from_day, report.to_day)
    return [bin_ for day in days for bin_ in bins_of(Period("day", day, day), report.timezone, gaps, report.as_of_ms)]


def by_hour(report: Report, amounts: Iterable[tuple[int, Any]]) -> list[int | None]:
    """The 24 hours of the day; `amounts`: (hour_ms, how many)."""
    sums = summed(report, amounts)
    return [sums.get((hour,)) for hour in range(24)]


def by_weekday_and_hour(report: Report, amounts: Iterable[tuple[int, Any]]) -> list[list[int | None]]:
    """Monday first, 24 hours each."""
    sums = summed(report, amounts, weekdays=True)
    return [[sums.get((weekday, hour)) for hour in range(24)] for weekday in range(7)]


def summed(
    report: Report, amounts: Iterable[tuple[int, Any]], *, weekdays: bool = False
) -> Mapping[tuple[int, ...], int]:
    """Of each slot that is known; what is there is shown, also where nobody listened."""

    def slot(at: datetime) -> tuple[int, ...]:
        return (at.weekday(), at.hour) if weekdays else (at.hour,)

    sums = {slot(local(bin_.from_ms, report.timezone)): 0 for bin_ in hours_of(report) if bin_.known}
    for hour_ms, amount in amounts:
        at = slot(local(hour_ms, report.timezone))
        sums[at] = sums.get(at, 0) + int(amount or 0)
    return sums
