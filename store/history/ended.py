"""Alarms that have ended, however long ago: a page of them, the newest first. What is asked for is a struct, no SQL."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

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
    """Counting and a page near either end read the index alone. Raises HistoryUnavailable."""
    with reaching(), engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            # With helpers each part would be hashed, which is three times the work of going through two indices side by
            # side; it is quicker only while nobody else wants a processor.
            connection.exec_driver_sql("SET LOCAL max_parallel_workers_per_gather = 0")
        held = _held(connection, site, wanted)
        if held is None:
            return Found([], 0)
        total = connection.execute(sa.select(sa.func.count()).select_from(tables.journal).where(*held)).scalar_one()
        rows = connection.execute(_page(site, held, wanted.skip, total)).all() if wanted.skip < total else []
        by = _handlers(connection, site, rows)
    return Found([_row(row, by.get(row.occurrence, [])) for row in rows], total)


def _held(connection: sa.Connection, site: Site, wanted: Wanted) -> list[Any] | None:
    """What a row has to be, in columns of the index by type. None: there is no such row."""
    held = [_J.community == site.id, _J.type == "alarm.closed", _J.at_ms >= wanted.from_ms, _J.at_ms < wanted.to_ms]
    if wanted.priorities:
        held.append(_J.priority.in_(wanted.priorities))
    if not wanted.words and wanted.devices is None:
        return held
    known = _subjects(connection, site)
    left = {one for one in known if wanted.devices is None or one.partition("/")[2] in wanted.devices}
    for word in wanted.words:
        meant = {one for one in known if _is_meant(word, *one.partition("/")[::2])}
        if word.posts or word.persons:
            ways = [_among(connection, meant)] if meant else []
            held.append(sa.or_(*ways, _touched(site, word)))
        else:
            left &= meant
    if left != known:
        held.append(_among(connection, left))
    return held if left else None


def _subjects(connection: sa.Connection, site: Site) -> set[str]:
    """`ALARM/device` of every alarm there ever was: from one to the next in the index, whatever there is of each."""
    least = sa.select(sa.func.min(_J.subject)).where(_J.community == site.id)
    seen = sa.select(least.scalar_subquery().label("subject")).cte("seen", recursive=True)
    following = least.where(_J.subject > seen.c.subject).scalar_subquery()
    seen = seen.union_all(sa.select(following).where(seen.c.subject.is_not(None)))
    found = connection.execute(sa.select(seen.c.subject)).scalars()
    return {subject for subject in found if subject is not None and "/" in subject}


def _is_meant(word: Meant, alarm: str, device: str) -> bool:
    """Whatever the word may stand for: one of them is enough."""
    if alarm in word.alarms or device in word.devices:
        return True
    if not word.text or alarm in word.covered or device in word.hidden:
        return False
    text = word.text.casefold()  # as it stands in the journal: what is not described any more has no name
    return text in alarm.casefold() or text in device.casefold()


def _among(connection: sa.Connection, subjects: Iterable[str]) -> Any:
    """Of thousands, which are more than a statement may have variables."""
    said = sa.literal(msgspec.json.encode(sorted(subjects)).decode(), sa.Text)
    if connection.dialect.name == "postgresql":
        each = sa.func.json_array_elements_text(sa.cast(said, postgresql.JSON)).table_valued("value")
    else:
        each = sa.func.json_each(said).table_valued("value")
    return (_J.alarm + "/" + _J.device).in_(sa.select(each.c.value))


def _touched(site: Site, word: Meant) -> Any:
    """Nothing of a row but what the index by whom has: it is asked of each alarm that is left."""
    said = tables.journal.alias()
    whose = [said.c.by.in_(sorted(word.posts))] if word.posts else []
    whose += [said.c.person.in_(sorted(word.persons))] if word.persons else []
    asked: sa.Select[Any] = sa.select(sa.literal_column("1")).where(
        said.c.community == site.id,
        said.c.by != sa.literal_column("''"),  # a literal, or no planner sees that this index is enough
        *(said.c[name] == _J[name] for name in ("since_ms", "device", "alarm")),
        said.c.type.in_(HANDLED),
        sa.or_(*whose),
    )
    return asked.correlate(tables.journal).exists()


def _page(site: Site, held: Sequence[Any], skip: int, total: int) -> Any:
    """The newest first, and walked from whichever end is nearer."""
    key, late = (_J.at_ms, _J.record_id), skip > total // 2
    shown = min(SHOWN, total - skip)
    ordered = key if late else tuple(column.desc() for column in key)
    walked = sa.select(*key).where(*held).order_by(*ordered)
    page = walked.limit(shown).offset(total - skip - shown if late else skip).subquery()
    columns = (_J.alarm, _J.device, _J.priority, _J.occurrence, _J.since_ms, _J.at_ms)
    same = sa.and_(_J.community == site.id, _J.at_ms == page.c.at_ms, _J.record_id == page.c.record_id)
    return (
        sa.select(*columns)
        .select_from(page.join(tables.journal, same))
        .order_by(page.c.at_ms.desc(), page.c.record_id.desc())
    )


def _handlers(connection: sa.Connection, site: Site, rows: Sequence[Any]) -> dict[str, list[Any]]:
    if not rows:
        return {}
    # By its name: the first hundred thousand, by which SQLite surveys an index, are those without a since, and it would
    # read all of the journal instead.
    index = "INDEXED BY journal_by_whom" if connection.dialect.name == "sqlite" else ""
    told = {"since": {row.since_ms for row in rows}, "occurrences": {row.occurrence for row in rows}, "types": HANDLED}
    asked = (
        sa.text(
            f'SELECT occurrence, "by", data FROM journal {index} WHERE community = :community AND "by" <> \'\' AND '
            "since_ms IN :since AND occurrence IN :occurrences AND type IN :types ORDER BY at_ms, record_id"
        )
        .bindparams(*(sa.bindparam(name, list(values), expanding=True) for name, values in told.items()))
        .bindparams(community=site.id)
        .columns(_J.occurrence, _J.by, _J.data)
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
