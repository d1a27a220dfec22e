"""Alarms that have ended, however long ago: a page of them, the newest first. What is asked for is a struct, no SQL."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa

from community.board.search import Meant
from community.site import Site

from . import tables
from .database import reaching

SHOWN = 50
"""Rows of a page: two screens of the list."""

HANDLED = (
    "alarm.acknowledged",
    "alarm.taken",
    "alarm.assigned",
    "alarm.commented",
    "alarm.shelved",
    "alarm.judged",
    "alarm.closed",
)
"""By what somebody has had to do with an alarm. Not the escalation: the house calls, and the called may never come."""

_J = tables.journal.c


class Wanted(msgspec.Struct, frozen=True):
    """Of those that closed between two moments (Unix ms; `to_ms` is not in it) the ones that every word means."""

    from_ms: int
    to_ms: int
    words: tuple[Meant, ...] = ()
    priorities: tuple[str, ...] = ()
    devices: frozenset[str] | None = None
    """Those of one system; None: all."""
    skip: int = 0


class Ended(NamedTuple):
    alarm: str
    device: str
    priority: str
    occurrence: str
    since_ms: int | None
    closed_ms: int
    posts: tuple[str, ...]
    """Who has handled it, in their order; `house` where a rule closed it."""
    persons: tuple[str, ...]
    verdict: str


class Found(NamedTuple):
    rows: list[Ended]
    total: int


def ended(engine: sa.Engine, site: Site, wanted: Wanted) -> Found:
    """Raises HistoryUnavailable."""
    held = [_J.community == site.id, _J.type == "alarm.closed", _J.at_ms >= wanted.from_ms, _J.at_ms < wanted.to_ms]
    if wanted.priorities:
        held.append(_J.priority.in_(wanted.priorities))
    if wanted.devices is not None:
        held.append(_J.device.in_(sorted(wanted.devices)))
    held += [_meant(site, wanted, word) for word in wanted.words]
    columns = (_J.alarm, _J.device, _J.priority, _J.occurrence, _J.since_ms, _J.at_ms)
    listed = sa.select(*columns).where(*held).order_by(_J.at_ms.desc(), _J.record_id.desc())
    count = sa.select(sa.func.count()).select_from(tables.journal).where(*held)
    touched = any(word.posts or word.persons for word in wanted.words)
    if touched:  # who handled what is the longest part of it: one look has to do for both
        listed = listed.add_columns(sa.func.count().over().label("total"))
    with reaching(), engine.connect() as connection:
        rows = connection.execute(listed.limit(SHOWN).offset(wanted.skip)).all()
        total = (rows[0].total if rows else 0) if touched else connection.execute(count).scalar_one()
        by = _handlers(connection, site, [row.occurrence for row in rows], [f"{r.alarm}/{r.device}" for r in rows])
    return Found([_row(row, by.get(row.occurrence, [])) for row in rows], total)


def _meant(site: Site, wanted: Wanted, word: Meant) -> Any:
    """Whatever the word may stand for: one of them is enough."""
    ways: list[Any] = []
    if word.alarms:
        ways.append(_J.alarm.in_(sorted(word.alarms)))
    if word.devices:
        ways.append(_J.device.in_(sorted(word.devices)))
    if word.text:  # as it stands in the journal: what is not described any more has no name
        own = [_J.alarm.icontains(word.text, autoescape=True), _J.device.icontains(word.text, autoescape=True)]
        ways.append(sa.and_(sa.or_(*own), _J.alarm.not_in(sorted(word.covered)), _J.device.not_in(sorted(word.hidden))))
    if word.posts or word.persons:
        said = tables.journal.alias()
        person = said.c.data["person"].as_string()
        touched = sa.select(said.c.occurrence).where(
            said.c.community == site.id,
            said.c.type.in_(HANDLED),
            said.c.at_ms < wanted.to_ms,
            # what closed in the stretch may have been taken before it; a week is longer than any alarm is handled
            said.c.at_ms >= wanted.from_ms - 7 * 86_400_000,
            sa.or_(said.c.by.in_(sorted(word.posts)), person.in_(sorted(word.persons))),
        )
        ways.append(_J.occurrence.in_(touched))
    return sa.or_(sa.false(), *ways)


def _handlers(
    connection: sa.Connection, site: Site, occurrences: list[str], subjects: list[str]
) -> dict[str, list[Any]]:
    asked = (
        sa.select(_J.occurrence, _J.by, _J.data)
        .where(
            _J.community == site.id,
            _J.subject.in_(sorted(set(subjects))),
            _J.type.in_(HANDLED),
            _J.occurrence.in_(occurrences),
        )
        .order_by(_J.at_ms, _J.record_id)
    )
    found: dict[str, list[Any]] = {}
    for row in connection.execute(asked):
        found.setdefault(row.occurrence, []).append(row)
    return found


def _row(row: Any, handled: list[Any]) -> Ended:
    posts = tuple(dict.fromkeys(one.by for one in handled if one.by))
    persons = tuple(dict.fromkeys(str(one.data["person"]) for one in handled if one.data.get("person")))
    verdict = next((str(one.data["verdict"]) for one in reversed(handled) if one.data.get("verdict")), "")
    return Ended(row.alarm, row.device, row.priority, row.occurrence, row.since_ms, row.at_ms, posts, persons, verdict)
