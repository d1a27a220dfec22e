"""What panels have along an axis of time: the bins' names, their hatching."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from community.clock import local
from community.office.bins import Bin
from community.office.periods import short_day
from community.site import Text
from layouts.office import charts
from store.history.figures import Report

from ..ask import Ask
from ..columns import gaps

Drawn = list[Any]


def key_of(keys: Mapping[str, Any]) -> Any:
    return keys.get("hour_ms", keys.get("day"))


def day_names(bins: Sequence[Bin]) -> list[Text]:
    return [Text(short_day(b.key, "zh"), short_day(b.key, "en")) for b in bins]


def clock_hours(ask: Ask, bins: Sequence[Bin]) -> list[int]:
    return [local(bin_.from_ms, ask.zone).hour for bin_ in bins]


def hatched(ask: Ask, bins: Sequence[Bin], report: Report) -> list[charts.Gap]:
    lost = [(gap.from_ms, gap.to_ms) for gap in report.coverage.gaps]
    return gaps(bins, lost, report.as_of_ms, ask.lang)
