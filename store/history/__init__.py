"""History in SQL: SQLAlchemy Core, SQLite and PostgreSQL alike. `ingest/history.py` writes, the web process reads.

`tables` the schema, `database` the connection and its migrations, `book` the writing of records with their position,
`rollups` sums by day and hour, `retention` what goes, `segments` raw records, `snapshots` live states, `figures` the
answers.
"""

from __future__ import annotations


class HistoryUnavailable(ConnectionError):
    """The database cannot be reached, is locked, or has no room. Temporary: wait, commit nothing, try again."""


class HistoryMoved(RuntimeError):
    """Another writer stands where this one believes to stand: read the positions again and go on from there."""


class HistoryMisconfigured(RuntimeError):
    """The database is there and cannot be used as it is. Permanent; the sentence says why."""
