"""The connection: SQLite in WAL mode, or PostgreSQL by psycopg. Migrations run at the writer's start.

SQLite: `synchronous=NORMAL`. A power cut may take the last transactions, each whole and with the position it stored, so
that they are read from the log again; a kill takes nothing.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError

from . import HistoryMisconfigured, HistoryUnavailable

BUSY_S = 5
"""How long SQLite waits for another writer's lock."""

CONNECT_S = 5

MIGRATIONS = Path(__file__).parent / "migrations"
_JSON: dict[str, Any] = {
    "json_serializer": lambda value: msgspec.json.encode(value).decode(),
    "json_deserializer": msgspec.json.decode,
}
READING = "shouwang_reading"
_ONE_AT_A_TIME = threading.Lock()
"""alembic's `op` is one for the process: two threads that migrate two databases would write into each other's."""
_MIGRATING = 5_807_320_471
"""PostgreSQL's advisory lock: of several programs that start together one migrates, the others wait."""


MANY_PAGES = 16_384
"""So much (64 MB) waits beside SQLite's file where whole days are written: pages of indices by device change with each
day, and are brought in once for some days."""


def open_engine(url: str, *, write: bool = False, many: bool = False) -> sa.Engine:
    """Connects to nothing yet. `many`: for whoever writes whole days. Raises HistoryMisconfigured for a URL that cannot
    be read."""
    try:
        parsed = sa.make_url(url)
    except SQLAlchemyError as error:
        raise HistoryMisconfigured(f"DATABASE_URL cannot be read: {error}") from error
    if parsed.get_backend_name() == "sqlite":
        if parsed.database:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        engine = sa.create_engine(parsed, connect_args={"timeout": BUSY_S, "check_same_thread": False}, **_JSON)
        _tame_sqlite(engine, "BEGIN IMMEDIATE" if write else "BEGIN", many)
        return engine
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    # Compiling a query takes the server longer than any of ours runs. Whole days can be written again.
    options = "-c jit=off" + (" -c synchronous_commit=off" if many else "")
    given = parsed.query.get("options", "")
    asked = {
        "connect_timeout": CONNECT_S,
        "options": f"{options} {given if isinstance(given, str) else ' '.join(given)}",
    }
    # a connection that the server has dropped is noticed before it is used, not by the query that needed it
    return sa.create_engine(parsed, connect_args=asked, pool_pre_ping=True, pool_size=4, **_JSON)


def _tame_sqlite(engine: sa.Engine, begin: str, many: bool) -> None:
    """Python's sqlite3 begins transactions by itself and not before every statement: here SQLAlchemy's BEGIN does."""

    @sa.event.listens_for(engine, "connect")
    def connected(connection: Any, _: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "cache_size=-65536", "temp_store=MEMORY"):
            cursor.execute(f"PRAGMA {pragma}")
        if many:
            cursor.execute(f"PRAGMA wal_autocheckpoint={MANY_PAGES}")
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def begun(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN" if connection.get_execution_options().get(READING) else begin)


def reading(engine: sa.Engine) -> sa.Engine:
    """The same connections for questions alone: on SQLite whoever may write waits for every other writer, and whoever
    reads for nobody."""
    return engine.execution_options(**{READING: True})


def survey(engine: sa.Engine) -> None:
    """Tells SQLite how its rows lie, by the first hundred thousand of each index, in a third of a second. Else it takes
    the days' index where a device's own is a thousand times shorter. PostgreSQL looks for itself.

    Raises HistoryUnavailable."""
    if engine.dialect.name != "sqlite":
        return
    with reaching(), engine.begin() as connection:
        # a table that comes anew is what open connections notice: they would go on with what they read once
        for words in ("PRAGMA analysis_limit=100000", "DROP TABLE IF EXISTS sqlite_stat1", "ANALYZE"):
            connection.exec_driver_sql(words)


_NO_DATABASE = (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT)
_NOT_YET = ("42P01", "42703")
"""PostgreSQL: no such table, no such column. The writer migrates at its start; who reads may have started before."""


@contextmanager
def reaching() -> Iterator[None]:
    """Turns what a database that is away, locked or full says into HistoryUnavailable, and what a file that is none
    says into HistoryMisconfigured; other faults go through."""
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        raise HistoryUnavailable(_first_line(error)) from error
    except DBAPIError as error:
        if error.connection_invalidated or getattr(error.orig, "sqlstate", "") in _NOT_YET:
            raise HistoryUnavailable(_first_line(error)) from error
        if getattr(error.orig, "sqlite_errorcode", None) in _NO_DATABASE:
            raise HistoryMisconfigured(f"DATABASE_URL names a file that is no SQLite database: {error.orig}") from error
        raise
    except sa.exc.TimeoutError as error:  # the pool's
        raise HistoryUnavailable(_first_line(error)) from error


def _first_line(error: Exception) -> str:
    return f"the history database does not answer: {str(error).splitlines()[0]}"


def _is_current(engine: sa.Engine) -> bool:
    newest = max(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))
    with reaching(), engine.connect() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return False
        return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar() == newest


def migrate(engine: sa.Engine) -> None:
    """Brings the schema up to date, in one transaction. Raises HistoryUnavailable, HistoryMisconfigured."""
    if _is_current(engine):  # the usual start: alembic itself takes half a second to say so
        return
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    with _ONE_AT_A_TIME, reaching(), engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATING)))
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise HistoryMisconfigured(
                f"the history database was written by another version of this program: {error}"
            ) from error
