"""What of a stretch of time can be shown again, and what happened in it: the track of the scrubber."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec
import sqlalchemy as sa

from community.history.days import HOUR_MS, MINUTE_MS
from community.history.rows import CLOCK
from community.model import FOLD_VERSION
from community.site import Site

from . import tables
from .database import reaching

MARKS = 500
"""As many as the wall's own ribbon; more nobody can tell apart."""
PRIORITIES = ("P1", "P2", "P3")

Kind = Literal["there", "other_fold"]


class Coverage(msgspec.Struct):
    spans: list[tuple[int, int, Kind]]
    """(from, to, whether this program can show it), of whole minutes in which the log was heard."""
    marks: list[tuple[int, int]]
    """(moment, priority 1 to 3) of alarms that people were told of."""
    first_ms: int | None
    """Of the first moment of all that can be shown; None: there is none."""


def coverage(engine: sa.Engine, site: Site, from_ms: int, to_ms: int) -> Coverage:
    """Raises HistoryUnavailable."""
    snapshot, presence, journal = tables.snapshot, tables.presence, tables.journal
    mine = snapshot.c.community == site.id
    with reaching(), engine.connect() as connection:
        first_ms = connection.execute(
            sa.select(sa.func.min(snapshot.c.clock_ms)).where(mine, snapshot.c.fold_version == FOLD_VERSION)
        ).scalar()
        before = connection.execute(
            sa.select(snapshot.c.clock_ms, snapshot.c.fold_version)
            .where(mine, snapshot.c.clock_ms <= from_ms)
            .order_by(snapshot.c.clock_ms.desc(), snapshot.c.position.desc())
            .limit(1)
        ).all()
        within = connection.execute(
            sa.select(snapshot.c.clock_ms, snapshot.c.fold_version)
            .where(mine, snapshot.c.clock_ms > from_ms, snapshot.c.clock_ms < to_ms)
            .order_by(snapshot.c.clock_ms, snapshot.c.position)
        ).all()
        hours = connection.execute(
            sa.select(presence.c.hour_ms, presence.c.minutes)
            .where(presence.c.community == site.id, presence.c.device == CLOCK)
            .where(presence.c.hour_ms > from_ms - HOUR_MS, presence.c.hour_ms < to_ms)
            .order_by(presence.c.hour_ms)
        ).all()
        told = connection.execute(
            sa.select(journal.c.at_ms, journal.c.priority)
            .where(journal.c.community == site.id, journal.c.at_ms >= from_ms, journal.c.at_ms < to_ms)
            .where(journal.c.type.in_(("alarm.activated", "alarm.reactivated")))
            .where(journal.c.priority.in_(PRIORITIES))
            .order_by(journal.c.priority, journal.c.at_ms)
            .limit(MARKS)
        ).all()
    versions = [(max(row.clock_ms, from_ms), row.fold_version) for row in (*before, *within)]
    ends = [*(at_ms for at_ms, _ in versions[1:]), to_ms]
    spans: list[tuple[int, int, Kind]] = []
    heard = runs([(row.hour_ms, row.minutes) for row in hours])
    for (begin_ms, version), end_ms in zip(versions, ends, strict=False):  # no state, no span
        kind: Kind = "there" if version == FOLD_VERSION else "other_fold"
        for run_from, run_to in heard:
            span_from, span_to = max(begin_ms, run_from), min(end_ms, run_to)
            if span_from >= span_to:
                continue
            if spans and spans[-1][1:] == (span_from, kind):
                spans[-1] = (spans[-1][0], span_to, kind)
            else:
                spans.append((span_from, span_to, kind))
    marks = [(row.at_ms, int(row.priority[1])) for row in told]
    return Coverage(spans, marks, int(first_ms) if first_ms is not None else None)


def runs(hours: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Unbroken minutes of (hour, its 60 bits), the hours in order: (from, to)."""
    found: list[tuple[int, int]] = []
    for hour_ms, minutes in hours:
        for minute in range(60):
            if not minutes >> minute & 1:
                continue
            at_ms = hour_ms + minute * MINUTE_MS
            if found and found[-1][1] == at_ms:
                found[-1] = (found[-1][0], at_ms + MINUTE_MS)
            else:
                found.append((at_ms, at_ms + MINUTE_MS))
    return found
