"""What the database answers to a figure, as data: its value, the rows behind it, what it leaves out, who listened."""

from __future__ import annotations

from typing import Any

import msgspec


class Line(msgspec.Struct, gc=False):
    """A month of ports has 90,000: the collector looks through none of them."""

    keys: dict[str, Any]
    value: float | int | None
    rows: int
    left_out: int = 0


class Answer(msgspec.Struct):
    id: str
    value: float | int | None
    """None: unknown; `why` says the reason. Of a figure by something: the lines stand in `lines`."""
    rows: int
    left_out: int = 0
    heard: float | None = None
    """Which part of the days somebody listened to what the figure rests on. None: nobody can say."""
    why: str = ""
    """not_recorded, no_devices, nothing (there was nothing that it could be of), too_many (lines: take fewer days)."""
    lines: list[Line] | None = None


class Gap(msgspec.Struct):
    from_ms: int
    to_ms: int


class Coverage(msgspec.Struct):
    """Of the minutes that have passed of the days asked for."""

    minutes: int
    recorded: int
    gaps: list[Gap]
    """When nothing at all was recorded: the longest ones, in order of time; `gaps_total` counts them all."""
    gaps_total: int
    feeds: dict[str, int]
    """Feed -> minutes in which it was heard."""
    recorded_days: int = 0
    """Days of which there is any minute."""


class Report(msgspec.Struct):
    community: str
    from_day: str
    to_day: str
    days: int
    timezone: str
    from_ms: int
    to_ms: int
    as_of_ms: int
    """The clock of what is written: later records are not in these figures."""
    demo_until_ms: int | None
    """演示数据: up to that moment these days are invented. None: they are not."""
    coverage: Coverage
    figures: list[Answer]


ALIKE = 0.1
"""Of the whole stretch: what was not recorded changes a total by no more."""


def recorded_part(report: Report) -> float:
    """Of the whole stretch, also of what of it has not passed."""
    return 60_000 * report.coverage.recorded / max(1, report.to_ms - report.from_ms)


def recorded_less(report: Report, other: Report) -> bool:
    """Something was, and so much less that their totals are not alike."""
    return 0 < recorded_part(report) < recorded_part(other) - ALIKE


def comparable(report: Report, other: Report) -> bool:
    """A day that runs, or a month of which one day was recorded, says nothing beside a whole one."""
    return abs(recorded_part(report) - recorded_part(other)) <= ALIKE
