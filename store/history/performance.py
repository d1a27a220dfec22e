"""How alarms behave, from the journal: the KPIs of any days, verdicts by rule, how long each alarm stood."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import sqlalchemy as sa

from community.catalogue import CATALOGUE, definition
from community.figures.words import REASONS
from community.history.days import DAY_MS
from community.kpi import NOTED, Figures, Kpis, of_journal
from community.site import Site

from . import tables
from .database import reaching

FALSE = frozenset(("false_rule", "false_data"))

_J = tables.journal.c


def kpis(
    engine: sa.Engine, site: Site, from_ms: int, to_ms: int, unrecorded_ms: int = 0
) -> tuple[Figures, dict[str, int], int]:
    """The KPIs of a stretch, which alarms chattered and how often, and from how many rows. What stood already when the
    stretch began is known from the thirty days before it. Raises HistoryUnavailable."""
    counted, before = Kpis(timezone=site.timezone, kept_days=None), Kpis(timezone=site.timezone, kept_days=None)
    rows = 0
    for row in _rows(engine, site, from_ms - 30 * DAY_MS, to_ms):
        noted = of_journal(row.type, row.subject, row.at_ms, row.data)
        if noted is None:
            continue
        if row.at_ms < from_ms:
            before.note(noted)
            continue
        if not rows:
            counted.standing, counted.masked, counted.recent = before.standing, before.masked, before.recent
        rows += 1
        counted.note(noted)
    if not rows:
        counted.standing, counted.masked = before.standing, before.masked
    chattering = sum((Counter(day.chattering) for day in counted.days.values()), Counter())
    found = counted.figures(to_ms, from_ms, site.house.operator_positions, unrecorded_ms)
    return found, dict(chattering), rows


def _rows(engine: sa.Engine, site: Site, from_ms: int, to_ms: int) -> Iterator[Any]:
    types = [f"alarm.{word}" for word in NOTED]
    asked = (
        sa.select(_J.type, _J.subject, _J.at_ms, _J.data)
        .where(_J.community == site.id, _J.at_ms >= from_ms, _J.at_ms < to_ms, _J.type.in_(types))
        .order_by(_J.at_ms, _J.record_id)
    )
    with reaching(), engine.connect() as connection:
        yield from connection.execute(asked)


class Judged(NamedTuple):
    """Of one rule in a stretch."""

    alarm: str
    came: int
    verdicts: Mapping[str, int]
    """Of each occurrence the last that somebody said."""

    @property
    def judged(self) -> int:
        return sum(self.verdicts.values())

    @property
    def false(self) -> int:
        return sum(n for verdict, n in self.verdicts.items() if verdict in FALSE)


class Verdict(NamedTuple):
    """What somebody said last of an alarm."""

    alarm: str
    device: str
    at_ms: int
    verdict: str
    by: str


def verdicts(engine: sa.Engine, site: Site, from_ms: int, to_ms: int) -> list[Verdict]:
    """Of each occurrence the last one of the stretch, the oldest first. Raises HistoryUnavailable."""
    asked = (
        sa.select(_J.alarm, _J.device, _J.subject, _J.occurrence, _J.at_ms, _J.reason, _J.by, _J.data)
        .where(_J.community == site.id, _J.at_ms >= from_ms, _J.at_ms < to_ms)
        .where(_J.type.in_(("alarm.closed", "alarm.judged")))
        .order_by(_J.at_ms, _J.record_id)
    )
    last: dict[tuple[str, str], Verdict] = {}
    with reaching(), engine.connect() as connection:
        for row in connection.execute(asked):
            # a reset of before there were verdicts says it as its reason
            said = row.data.get("verdict") or row.reason
            if said in REASONS:
                last[row.subject, row.occurrence] = Verdict(row.alarm, row.device, row.at_ms, said, row.by)
    return sorted(last.values(), key=lambda said: (said.at_ms, said.alarm, said.device))


def judged(engine: sa.Engine, site: Site, from_ms: int, to_ms: int) -> list[Judged]:
    """Every rule that came, most often first. Raises HistoryUnavailable."""
    here = (_J.community == site.id, _J.at_ms >= from_ms, _J.at_ms < to_ms, _J.type == "alarm.activated")
    asked = sa.select(_J.alarm, sa.func.count().label("came")).where(*here).group_by(_J.alarm)
    with reaching(), engine.connect() as connection:
        came = Counter({row.alarm: int(row.came) for row in connection.execute(asked)})
    by_alarm: dict[str, Counter[str]] = {}
    for said in verdicts(engine, site, from_ms, to_ms):
        by_alarm.setdefault(said.alarm, Counter())[said.verdict] += 1
    rules = sorted({*came, *by_alarm}, key=lambda alarm: (-came[alarm], alarm))
    return [Judged(alarm, came[alarm], by_alarm.get(alarm, {})) for alarm in rules]


class Stood(NamedTuple):
    """How long the conditions of one rule lasted, in ms and rising; None stands for those that last still."""

    alarm: str
    on_delay_ms: int
    lasted_ms: list[int]
    still: int


def stood(engine: sa.Engine, site: Site, from_ms: int, to_ms: int) -> list[Stood]:
    """Of rules whose alarms end by themselves: from the begin of the condition (the alarm less its on-delay) to its end
    (the return less the off-delay). What a person has to end says nothing of how long its cause lasted."""
    asked = (
        sa.select(_J.type, _J.alarm, _J.subject, _J.at_ms, _J.since_ms)
        .where(
            _J.community == site.id,
            _J.at_ms >= from_ms,
            _J.at_ms < to_ms,
            _J.type.in_(("alarm.activated", "alarm.returned")),
        )
        .order_by(_J.at_ms, _J.record_id)
    )
    begun: dict[str, tuple[str, int]] = {}
    lasted: dict[str, list[int]] = {}
    with reaching(), engine.connect() as connection:
        for row in connection.execute(asked):
            if row.alarm not in CATALOGUE or (meant := definition(site, row.alarm)).operator_clears:
                continue
            if row.type == "alarm.activated":
                begun[row.subject] = (row.alarm, row.at_ms - meant.on_delay_ms)
            elif row.subject in begun:
                alarm, begin_ms = begun.pop(row.subject)
                lasted.setdefault(alarm, []).append(max(0, row.at_ms - meant.off_delay_ms - begin_ms))
    still = Counter(alarm for alarm, _ in begun.values())
    rules = sorted({*lasted, *still}, key=lambda alarm: (-len(lasted.get(alarm, ())) - still[alarm], alarm))
    return [
        Stood(alarm, definition(site, alarm).on_delay_ms, sorted(lasted.get(alarm, ())), still[alarm])
        for alarm in rules
    ]
