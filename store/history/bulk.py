"""Rows into a table, and what stands of them, many at a time, with as little ado as the driver allows.

SQLAlchemy looks at every value of every row, which takes longer than SQLite does to store it: here a statement is put
into words once, and SQLite's driver has the values as they are. PostgreSQL has rows of which none is expected there
by COPY, others as one JSON text: a third of the time and a fourth of what a command for each row takes.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from functools import lru_cache
from io import StringIO
from typing import Any, Literal

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError

from . import tables

Clash = Literal["keep", "replace", "join"]
"""Where a row of that key stands: it stays, gives way, or the minutes of both are one."""

WORTH_COPYING = 40
"""Rows: COPY takes three answers of the server, a statement one."""

_NULL = float("nan")
"""Stands for NULL in a CSV whose texts are all in quotes: no column holds a fraction."""

Line = Sequence[Any]
"""The values of a row in the order of the table's columns, JSON as text."""


def put(
    connection: sa.Connection, table: sa.Table, lines: Sequence[Line], clash: Clash, *, expected: bool = False
) -> None:
    """No two lines have one key. `expected`: some of them probably stand there. In the caller's transaction."""
    if not lines:
        return
    if connection.dialect.name == "postgresql":
        if expected or len(lines) < WORTH_COPYING or not _copied(connection, table, lines):
            given = json_text(list(_named(table.name, lines)))
            connection.exec_driver_sql(_at_once(table.name, clash, connection.dialect), (given,))
        return
    connection.exec_driver_sql(_one_by_one(table.name, clash), list(lines))


def _copied(connection: sa.Connection, table: sa.Table, lines: Iterable[Line]) -> bool:
    """False: one of them stands there already, or cannot be taken; then nothing has been done."""
    import psycopg  # here alone: who has SQLite never needs it

    text = StringIO()
    rows = csv.writer(text, quoting=csv.QUOTE_NONNUMERIC)
    if any(column.nullable for column in table.columns):
        lines = [[_NULL if value is None else value for value in line] for line in lines]
    rows.writerows(lines)
    names = ", ".join(map(connection.dialect.identifier_preparer.format_column, table.columns))
    command = f"COPY {table.name} ({names}) FROM STDIN (FORMAT csv, NULL 'nan')"
    cursor: Any = connection.connection.cursor()
    try:
        with connection.begin_nested(), cursor, cursor.copy(command) as copy:
            copy.write(text.getvalue())
    except (psycopg.errors.UniqueViolation, psycopg.DataError):  # of one that cannot be taken the statement says which
        return False
    except psycopg.OperationalError as error:
        raise OperationalError(command, None, error) from error
    return True


def _named(name: str, lines: Iterable[Line]) -> Iterable[dict[str, Any]]:
    columns = tables.metadata.tables[name].columns
    names, of_json = columns.keys(), [at for at, one in enumerate(columns) if isinstance(one.type, sa.JSON)]
    for line in lines:
        values = list(line)
        for at in of_json:
            values[at] = None if line[at] is None else msgspec.Raw(line[at].encode())
        yield dict(zip(names, values, strict=True))


def said(
    connection: sa.Connection, table: sa.Table, wanted: Sequence[tuple[str, ...]]
) -> dict[tuple[str, ...], tuple[list[Any], str]]:
    """Key -> (words, day) of those rows of things that are there."""
    if not wanted:
        return {}
    on_postgresql, width = connection.dialect.name == "postgresql", len(table.primary_key)
    found: dict[tuple[str, ...], tuple[list[Any], str]] = {}
    for line in connection.exec_driver_sql(_asked(table.name, on_postgresql), (json_text(wanted),)):
        words = line[width + 1]
        found[tuple(line[:width])] = (words if on_postgresql else msgspec.json.decode(words), line[width])
    return found


@lru_cache(maxsize=64)
def _asked(name: str, on_postgresql: bool) -> str:
    """CROSS JOIN: SQLite goes from each key to its row. Of a list of keys it reads every row that there is."""
    keys = [column.name for column in tables.metadata.tables[name].primary_key]
    columns = ", ".join(f"held.{key}" for key in (*keys, "day", "said"))
    if on_postgresql:
        parts = ", ".join(f"asked ->> {number}" for number in range(len(keys)))
        given = f"SELECT {parts} FROM json_array_elements(%s::json) AS asked"
        return f"SELECT {columns} FROM {name} AS held WHERE ({', '.join(keys)}) IN ({given})"
    same = " AND ".join(f"held.{key} = json_extract(asked.value, '$[{at}]')" for at, key in enumerate(keys))
    return f"SELECT {columns} FROM json_each(?) AS asked CROSS JOIN {name} AS held WHERE {same}"


def json_text(value: Any) -> str:
    return msgspec.json.encode(value).decode()


@lru_cache(maxsize=64)
def _one_by_one(name: str, clash: Clash) -> str:
    insert = _insert(tables.metadata.tables[name], clash, sqlite)
    return str(insert.compile(dialect=sqlite.dialect(paramstyle="qmark")))


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
