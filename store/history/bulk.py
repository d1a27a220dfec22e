"""Rows into a table, and what stands of them, many at a time, with as little ado as the driver allows.

SQLAlchemy looks at every value of every row, which takes longer than SQLite does to store it: here a statement is put
into words once, and SQLite's driver has the values as they are. PostgreSQL has rows of which none is expected there
by COPY, others as one JSON text: a third of the time and a fourth of what a command for each row takes.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from io import StringIO
from operator import itemgetter
from typing import Any, Literal

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError

from . import tables

Clash = Literal["keep", "replace", "join"]
"""Where a row of that key stands: it stays, gives way, or the minutes of both are one."""

AT_ONCE = 400
"""Keys in one question; SQLite takes 32,766 variables."""

WORTH_COPYING = 40
"""Rows: COPY takes three answers of the server, a statement one."""

_NULL = float("nan")
"""Stands for NULL in a CSV whose texts are all in quotes: no column holds a fraction."""

_Row = dict[str, Any]


def put(
    connection: sa.Connection, table: sa.Table, rows: Sequence[_Row], clash: Clash, *, expected: bool = False
) -> None:
    """Each row has all columns of the table, and no two have one key. `expected`: some of them probably stand there. In
    the caller's transaction."""
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        if expected or len(rows) < WORTH_COPYING or not _copied(connection, table, rows):
            connection.exec_driver_sql(_at_once(table.name, clash, connection.dialect), (_json(rows),))
        return
    connection.exec_driver_sql(_one_by_one(table.name, clash), list(_lines(table.name, rows)))


def _copied(connection: sa.Connection, table: sa.Table, rows: Iterable[_Row]) -> bool:
    """False: one of them stands there already, or cannot be taken; then nothing has been done."""
    import psycopg  # here alone: who has SQLite never needs it

    text = StringIO()
    lines = csv.writer(text, quoting=csv.QUOTE_NONNUMERIC)
    lines.writerows(_lines(table.name, rows, _NULL))
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


def _lines(name: str, rows: Iterable[_Row], nothing: object = None) -> Iterable[Sequence[Any]]:
    """The values of the rows in the order of the table's columns, JSON as text; `nothing` stands for NULL."""
    values, of_json, of_nothing = _columns(name)
    if nothing is None:
        of_nothing = []
    lines: Iterable[Sequence[Any]] = map(values, rows)
    return (_said(list(line), of_json, of_nothing, nothing) for line in lines) if of_json or of_nothing else lines


def _said(line: list[Any], of_json: list[int], of_nothing: list[int], nothing: object) -> tuple[Any, ...]:
    for place in of_json:
        line[place] = _json(line[place])
    for place in of_nothing:
        if line[place] is None:
            line[place] = nothing
    return tuple(line)


@lru_cache(maxsize=64)
def _columns(name: str) -> tuple[Callable[[_Row], tuple[Any, ...]], list[int], list[int]]:
    """Takes the values out of a row; the places of those that are JSON, of those that may be NULL."""
    columns = list(tables.metadata.tables[name].columns)
    of_json = [place for place, one in enumerate(columns) if isinstance(one.type, sa.JSON)]
    of_nothing = [place for place, one in enumerate(columns) if one.nullable]
    return itemgetter(*(one.name for one in columns)), of_json, of_nothing


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
