"""Rows into a table, and what stands of them, many at a time, with as little ado as the driver allows.

SQLAlchemy looks at every value of every row, which takes longer than SQLite does to store it: here a statement is put
into words once, and SQLite's driver has the rows as they are. PostgreSQL has all of them as one JSON text, which
takes a quarter of what a command for each row does.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Literal

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from . import tables

Clash = Literal["keep", "replace", "join"]
"""Where a row of that key stands: it stays, gives way, or the minutes of both are one."""

AT_ONCE = 400
"""Keys in one question; SQLite takes 32,766 variables."""

_Row = dict[str, Any]


def put(connection: sa.Connection, table: sa.Table, rows: Sequence[_Row], clash: Clash) -> None:
    """Each row has all columns of the table, and no two have one key. In the caller's transaction."""
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(_at_once(table.name, clash, connection.dialect), (_json(rows),))
        return
    of_json = [column.name for column in table.columns if isinstance(column.type, sa.JSON)]
    if of_json:
        rows = [row | {name: _json(row[name]) for name in of_json} for row in rows]
    connection.exec_driver_sql(_one_by_one(table.name, clash), list(rows))


def said(
    connection: sa.Connection, table: sa.Table, wanted: Sequence[tuple[str, ...]]
) -> dict[tuple[str, ...], tuple[list[Any], str]]:
    """Key -> (words, day) of those rows of things that are there."""
    on_postgresql, width = connection.dialect.name == "postgresql", len(table.primary_key)
    found: dict[tuple[str, ...], tuple[list[Any], str]] = {}
    for start in range(0, len(wanted), AT_ONCE):
        some = wanted[start : start + AT_ONCE]
        given = (_json(some),) if on_postgresql else tuple(part for key in some for part in key)
        for *key, day, words in connection.exec_driver_sql(_asked(table.name, len(some), on_postgresql), given):
            found[tuple(key[:width])] = (words if on_postgresql else msgspec.json.decode(words), day)
    return found


@lru_cache(maxsize=4096)
def _asked(name: str, count: int, on_postgresql: bool) -> str:
    keys = [column.name for column in tables.metadata.tables[name].primary_key]
    if on_postgresql:
        parts = ", ".join(f"asked ->> {number}" for number in range(len(keys)))
        given = f"SELECT {parts} FROM json_array_elements(%s::json) AS asked"
    else:
        given = "VALUES " + ", ".join([f"({', '.join('?' * len(keys))})"] * count)
    return f"SELECT {', '.join(keys)}, day, said FROM {name} WHERE ({', '.join(keys)}) IN ({given})"


def _json(value: Any) -> str | None:
    return None if value is None else msgspec.json.encode(value).decode()


@lru_cache(maxsize=64)
def _one_by_one(name: str, clash: Clash) -> str:
    insert = _insert(tables.metadata.tables[name], clash, sqlite)
    return str(insert.compile(dialect=sqlite.dialect(paramstyle="named")))


@lru_cache(maxsize=64)
def _at_once(name: str, clash: Clash, dialect: sa.Dialect) -> str:
    table = tables.metadata.tables[name]
    names = [dialect.identifier_preparer.format_column(column) for column in table.columns]
    typed = [f"{quoted} {column.type.compile(dialect)}" for quoted, column in zip(names, table.columns, strict=True)]
    told = f"SELECT {', '.join(names)} FROM json_to_recordset(%s::json) AS told({', '.join(typed)})"
    _, on, clause = str(_insert(table, clash, postgresql).compile(dialect=dialect)).partition(" ON CONFLICT")
    return f"INSERT INTO {name} ({', '.join(names)}) {told}{on}{clause}"


def _insert(table: sa.Table, clash: Clash, dialect: Any) -> Any:
    insert = dialect.insert(table)
    if clash == "keep":
        return insert.on_conflict_do_nothing()
    key, others = [*table.primary_key], [column.name for column in table.columns if not column.primary_key]
    new = {name: insert.excluded[name] for name in others}
    if clash == "join":
        new = {"minutes": table.c.minutes.bitwise_or(insert.excluded.minutes)}
    return insert.on_conflict_do_update(index_elements=key, set_=new)
