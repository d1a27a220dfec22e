"""The audit: facts of the journal, chained by hash, append-only.

`hash` = SHA-256 of the hash before it and of `body`, the fact as canonical JSON with its number. The one writer of
history appends them in the transaction of the rows (so a fact is there once, whenever it is killed); the database
itself refuses to change or delete a row, and this program has no statement that would. Nothing is ever cut off: the law
wants 180 days, and a desk writes some hundred lines a day. Whoever changes a row all the same is found by `verify`,
whoever cuts off the end by a head that was noted elsewhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa

from community.audit import is_audited
from community.model import BadRecord, Record, decode
from community.site import Site
from store.history.database import reaching
from store.log import Entry

metadata = sa.MetaData()
"""Of its own: what empties the tables of history does not mean this one."""

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("community", sa.Text, primary_key=True),
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Column("record_id", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
    sa.UniqueConstraint("community", "record_id"),
)

BEGIN = "0" * 64
_LOT = 1000

_canonical = msgspec.json.Encoder(order="deterministic").encode


class Fact(NamedTuple):
    community: str
    seq: int
    at_ms: int
    record_id: str
    body: str
    hash: str


class Head(NamedTuple):
    """The newest fact of a community: its number and hash."""

    seq: int
    hash: str


class Broken(NamedTuple):
    """From this number on the chain cannot be trusted."""

    community: str
    seq: int
    why: str


def chain(connection: sa.Connection, entries: Iterable[Entry], sites: Mapping[str, Site]) -> int:
    """Appends what is audited of a journal's entries, in the caller's transaction; returns how many."""
    told: dict[str, list[Record]] = {}
    for entry in entries:
        try:
            record = decode(entry.value, position=entry.position, appended_ms=entry.appended_ms, headers=entry.headers)
        except BadRecord:
            continue
        if record.community in sites and is_audited(record.type, record.data):
            told.setdefault(record.community, []).append(record)
    return sum(_append(connection, community, records) for community, records in sorted(told.items()))


def _append(connection: sa.Connection, community: str, records: list[Record]) -> int:
    ids = [record.id for record in records]
    known = set(
        connection.execute(
            sa.select(audit.c.record_id).where(audit.c.community == community, audit.c.record_id.in_(ids))
        ).scalars()
    )
    seq, before = _head(connection, community)
    rows: list[dict[str, Any]] = []
    for record in records:
        if record.id in known:  # a journal may hold an entry twice
            continue
        known.add(record.id)
        seq += 1
        body = _body(community, seq, record)
        before = following(before, body)
        rows.append(Fact(community, seq, record.time_ms, record.id, body, before)._asdict())
    if rows:
        connection.execute(audit.insert(), rows)
    return len(rows)


def _body(community: str, seq: int, record: Record) -> str:
    said = {"community": community, "seq": seq, "at_ms": record.time_ms, "id": record.id, "type": record.type}
    # PostgreSQL takes no NUL in a text
    return _canonical(said | {"subject": record.subject, "data": record.data}).decode().replace("\\u0000", "�")


def following(before: str, body: str) -> str:
    return hashlib.sha256(before.encode() + body.encode()).hexdigest()


def _head(connection: sa.Connection, community: str) -> Head:
    newest = sa.select(audit.c.seq, audit.c.hash).where(audit.c.community == community)
    row = connection.execute(newest.order_by(audit.c.seq.desc()).limit(1)).first()
    return Head(row.seq, row.hash) if row is not None else Head(0, BEGIN)


def heads(engine: sa.Engine) -> dict[str, Head]:
    """Community -> its newest fact. Raises HistoryUnavailable."""
    with reaching(), engine.connect() as connection:
        communities = connection.execute(sa.select(audit.c.community).distinct()).scalars().all()
        return {community: _head(connection, community) for community in sorted(communities)}


def verify(engine: sa.Engine, community: str, expected: Head | None = None) -> Broken | None:
    """Counts the whole chain again; None: no byte of it has changed. `expected`: a head that was noted before.

    Raises HistoryUnavailable.
    """
    before, seq = BEGIN, 0
    for fact in facts(engine, community):
        seq += 1
        if fact.seq != seq:
            return Broken(community, seq, f"number {seq} is missing")
        said = _said(fact.body)
        if fact.hash != following(before, fact.body):
            return Broken(community, seq, "it does not follow from what stands before it")
        columns = (fact.community, fact.seq, fact.at_ms, fact.record_id)
        if said is None or columns != tuple(said.get(name) for name in ("community", "seq", "at_ms", "id")):
            return Broken(community, seq, "its columns are not what its body says")
        before = fact.hash
        if expected is not None and expected.seq == seq and expected.hash != before:
            return Broken(community, seq, "the whole chain is another one than was noted")
    if expected is not None and expected.seq > seq:
        return Broken(community, seq + 1, f"it ends before number {expected.seq}, which was noted")
    return None


def _said(body: str) -> dict[str, Any] | None:
    try:
        said = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return None
    return said if isinstance(said, dict) else None


def facts(engine: sa.Engine, community: str, after: int = 0) -> Iterator[Fact]:
    """In order; a lot at a time, so that years fit. Raises HistoryUnavailable."""
    while True:
        lot = sa.select(audit).where(audit.c.community == community, audit.c.seq > after)
        with reaching(), engine.connect() as connection:
            rows = [Fact(*row) for row in connection.execute(lot.order_by(audit.c.seq).limit(_LOT))]
        yield from rows
        if len(rows) < _LOT:
            return
        after = rows[-1].seq


def newest(engine: sa.Engine, community: str, containing: str = "", limit: int = 200) -> list[Fact]:
    """The newest first; `containing`: a text in the body. Raises HistoryUnavailable."""
    found = sa.select(audit).where(audit.c.community == community)
    if containing:
        found = found.where(audit.c.body.contains(containing, autoescape=True))
    with reaching(), engine.connect() as connection:
        return [Fact(*row) for row in connection.execute(found.order_by(audit.c.seq.desc()).limit(limit))]
