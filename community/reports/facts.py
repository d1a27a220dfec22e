"""What a report is made from: answers of the catalogue, and the rows that are listed one by one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from ..figures.answers import Answer, Report
from ..figures.words import REASONS
from ..history.lives import Life
from ..site import Site, Text


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


class Said(NamedTuple):
    """What somebody said last of how an alarm had ended: when it was closed, or a little after."""

    verdict: str
    words: str
    """Their own; empty: the verdict was all."""


def said_of(rows: Iterable[Any]) -> dict[str, Said]:
    """`rows` of the journal in the order of time; by occurrence."""
    found: dict[str, Said] = {}
    for row in rows:
        if row.type not in JUDGING:
            continue
        verdict = row.data.get("verdict")
        if verdict in REASONS:
            found[row.occurrence] = Said(verdict, row.reason)
        elif row.reason in REASONS:  # a reset says it as its reason
            found[row.occurrence] = Said(row.reason, "")
    return found


JUDGING = ("alarm.closed", "alarm.judged")
"""Entries of the journal in which somebody may say how it ended."""


class Shot(NamedTuple):
    """A picture that a camera made when it was asked, or that somebody took of what they found."""

    sha256: str
    at_ms: int
    device: str
    about: str
    """Its alarm's key, or the occurrence, where the journal says it."""


class Supplied(NamedTuple):
    """What the bulk meters of one level counted."""

    level: Text
    m3: float | None


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
    said: Mapping[str, Said] = {}
    """Of the alarms that came in these days, by occurrence."""
    supplied: Supplied | None = None
    """Where the homes' water is held against it."""
    shots: Sequence[Shot] = ()
    """Of these days, in the order of time, where the report shows any."""

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
