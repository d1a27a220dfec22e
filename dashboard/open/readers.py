"""Who may read open data: a name and a token, shown once, kept as its hash; for some communities, until revoked."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from store.history import tables
from store.history.database import reaching

PREFIX = "swr_"
"""So that a token that was left somewhere can be found by what it is."""


class Reader(msgspec.Struct, frozen=True):
    name: str
    communities: tuple[str, ...]
    by: str
    made_ms: int
    revoked_ms: int | None


class Taken(ValueError):
    """There is a reader of that name, or there was one: the audit tells readers apart by their names."""


def add(engine: sa.Engine, name: str, communities: Sequence[str], by: str, now_ms: int) -> str:
    """The token; nobody can read it again. Raises Taken, HistoryUnavailable."""
    token = PREFIX + secrets.token_urlsafe(32)
    row = {"name": name, "sha256": _hash(token), "communities": list(communities), "by": by, "made_ms": now_ms}
    with reaching(), engine.begin() as connection:
        before = connection.execute(sa.select(tables.reader).where(tables.reader.c.name == name)).first()
        if before is not None and before.revoked_ms is not None:
            raise Taken(f"the reader {name!r} was revoked, and the audit knows the name: take another")
        if before is not None:
            raise Taken(f"there is a reader {name!r} already")
        connection.execute(tables.reader.insert().values(row))
    return token


def revoke(engine: sa.Engine, name: str, now_ms: int) -> bool:
    table = tables.reader
    with reaching(), engine.begin() as connection:
        here = table.update().where(table.c.name == name, table.c.revoked_ms.is_(None)).values(revoked_ms=now_ms)
        return bool(connection.execute(here).rowcount)


def listed(engine: sa.Engine) -> list[Reader]:
    with reaching(), engine.connect() as connection:
        return [_reader(row) for row in connection.execute(sa.select(tables.reader).order_by(tables.reader.c.name))]


def who(engine: sa.Engine, token: str) -> Reader | None:
    """None: nobody has this token, or it was revoked."""
    if not token.startswith(PREFIX):
        return None
    asked = sa.select(tables.reader).where(tables.reader.c.sha256 == _hash(token), tables.reader.c.revoked_ms.is_(None))
    with reaching(), engine.connect() as connection:
        row = connection.execute(asked).first()
    return _reader(row) if row is not None else None


def _reader(row: sa.Row[tuple[object, ...]]) -> Reader:
    return Reader(row.name, tuple(row.communities), row.by, row.made_ms, row.revoked_ms)


def _hash(token: str) -> str:
    """A random token of 256 bits needs no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()
