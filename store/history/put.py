"""Rows into a table, many at a time: its statement is put into words once, and the driver has the rows as they are.

SQLAlchemy looks at every value of every row, which takes longer than SQLite does to store it.
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

_Row = dict[str, Any]


def put(connection: sa.Connection, table: sa.Table, rows: Sequence[_Row], clash: Clash) -> None:
    """Each row has all columns of the table, and no two have one key. In the caller's transaction."""
    if not rows:
        return
    words, of_json = _statement(table.name, clash, connection.dialect)
    if of_json:
        rows = [row | {name: _json(row[name]) for name in of_json} for row in rows]
    connection.exec_driver_sql(words, rows)


def _json(value: Any) -> str | None:
    return None if value is None else msgspec.json.encode(value).decode()


@lru_cache(maxsize=64)
def _statement(name: str, clash: Clash, dialect: sa.Dialect) -> tuple[str, tuple[str, ...]]:
    """Its words, and which of its columns are JSON."""
    table = tables.metadata.tables[name]
    on_sqlite = dialect.name == "sqlite"
    insert: Any = (sqlite if on_sqlite else postgresql).insert(table)
    if clash == "keep":
        statement = insert.on_conflict_do_nothing()
    else:
        others = [column for column in table.columns if not column.primary_key]
        joined = table.c.minutes.bitwise_or(insert.excluded.minutes) if clash == "join" else None
        new = {"minutes": joined} if joined is not None else {one.name: insert.excluded[one.name] for one in others}
        statement = insert.on_conflict_do_update(index_elements=[*table.primary_key], set_=new)
    spoken = sqlite.dialect(paramstyle="named") if on_sqlite else dialect
    return str(statement.compile(dialect=spoken)), tuple(one.name for one in table.columns if _is_json(one))


def _is_json(column: sa.Column[Any]) -> bool:
    return isinstance(column.type, sa.JSON)
