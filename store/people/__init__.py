"""Who may sign in: people, their grants, their sessions, in the same database as history.

`tables` the schema, `register` people and grants, `sessions` who is signed in. Secrets come in as hashes only.
"""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa

from store.history.database import open_engine


class Engines(NamedTuple):
    """On SQLite a reader never waits for the writer of history."""

    read: sa.Engine
    write: sa.Engine


def open_engines(url: str) -> Engines:
    """Connects to nothing yet. Raises HistoryMisconfigured for a URL that cannot be read."""
    return Engines(open_engine(url), open_engine(url, write=True))
