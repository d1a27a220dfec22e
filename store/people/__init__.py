"""Who may sign in: people, their grants, their sessions, in the same database as history.

`tables` the schema, `register` people and grants, `sessions` who is signed in. Secrets come in as hashes only.
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa

from store.history.database import open_engine, reaching


class Engines(NamedTuple):
    """On SQLite a reader never waits for a writer."""

    read: sa.Engine
    write: sa.Engine


def open_engines(url: str) -> Engines:
    """Connects to nothing yet. Raises HistoryMisconfigured for a URL that cannot be read."""
    own = people_url(url)
    engines = Engines(open_engine(own), open_engine(own, write=True))
    if engines.write.dialect.name == "sqlite":
        sa.event.listen(engines.write, "connect", _wipe_deleted)
    return engines


def _wipe_deleted(connection: Any, _: Any) -> None:
    """What is deleted here is somebody's: its bytes go with it."""
    connection.execute("PRAGMA secure_delete=ON").close()


def settle_deleted(engines: Engines) -> None:
    """SQLite: the journal of writes is taken into the file and emptied, so that what was erased stands in neither.
    PostgreSQL does so by its own vacuum. Raises HistoryUnavailable."""
    if engines.write.dialect.name == "sqlite":
        with reaching(), closing(engines.write.raw_connection()) as connection:  # outside of any transaction
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").close()


def people_url(url: str) -> str:
    """PostgreSQL: the same database. SQLite has one writer a file: a sign-in must not wait for a month of history, so
    people lie in a file beside it, of the same schema."""
    try:
        parsed = sa.make_url(url)
    except sa.exc.ArgumentError:
        return url  # whoever opens it says what is wrong with it
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        return url
    beside = Path(parsed.database).with_name("people.db")
    return parsed.set(database=str(beside)).render_as_string(hide_password=False)
