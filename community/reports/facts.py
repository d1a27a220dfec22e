"""What a report is made from: answers of the catalogue, and the rows that are listed one by one."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from ..figures.answers import Answer, Report
from ..history.lives import Life
from ..site import Site


class Order(msgspec.Struct):
    """A resident's order that is not done at the end."""

    category: str
    phase: str
    published_ms: int
    due_ms: int | None
    taken_ms: int | None
    post: str


class Silent(msgspec.Struct):
    """A device, or a feed, that speaks by itself and was not heard at the end; `heard_ms`: the last minute of it, None:
    not within the last day."""

    device: str
    heard_ms: int | None


class Held(NamedTuple):
    """Of the retention check: a table, how long the site wants it kept, and the oldest day that is there."""

    table: str
    wanted_days: int
    oldest: str


class Repeated(NamedTuple):
    """How often the same alarm came at the same device in a stretch of days, these days included."""

    alarm: str
    device: str
    times: int
    priority: str
    now: bool
    """It came in the days themselves."""


class Judged(NamedTuple):
    """Of an alarm rule: how many of its alarms were closed with a reason, and with which."""

    alarm: str
    closed: int
    false: int
    """false_rule, false_data."""


class Facts(msgspec.Struct):
    site: Site
    now: Report
    compared: list[Report]
    """Yesterday and the same weekday; the week before and four weeks before; and so on (kinds.py)."""
    trend: list[Report]
    """Figures by day up to the last one, of those that rules and trends look at; oldest first."""
    lives: list[Life]
    """Alarms that came in these days, with what became of them before the end."""
    standing: list[Life]
    """Those that stood at the end, whenever they came."""
    repeated: list[Repeated]
    """In the 30 days up to the end."""
    judged: list[Judged]
    """In the 30 days up to the end."""
    orders: list[Order]
    silent: list[Silent]
    held: list[Held] = []

    def answer(self, figure: str) -> Answer | None:
        return find(self.now, figure)

    def value(self, figure: str) -> float | int | None:
        found = self.answer(figure)
        return found.value if found is not None else None

    def by(self, figure: str) -> dict[tuple[Any, ...], float | int | None]:
        return lines(self.now, figure)


def find(report: Report, figure: str) -> Answer | None:
    return next((answer for answer in report.figures if answer.id == figure), None)


def lines(report: Report, figure: str) -> dict[tuple[Any, ...], float | int | None]:
    found = find(report, figure)
    return {tuple(line.keys.values()): line.value for line in (found.lines or [] if found is not None else [])}
