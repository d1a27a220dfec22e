"""Hourly live states outside Redis: position, fold version, SHA-256, and the state itself, gzipped.

The bytes are canonical (sorted keys), so a replay to the same position with the same fold version has the same hash.
"""

from __future__ import annotations

import gzip
from hashlib import sha256
from typing import NamedTuple

import msgspec
import redis
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from community.model import FOLD_VERSION
from community.site import Site
from community.state import State
from store.live import LiveCorrupt, LiveWriter, Meta

from . import tables
from .database import reaching

PARTS = (*Meta.__struct_fields__, "devices", "alarms")
"""All that a state is made of: its small parts, as the live store has them, and what is kept by id."""


def state_bytes(state: State) -> bytes:
    """Equal states give equal bytes; `position` and `clock_ms` are part of it."""
    document = {"community": state.site.id, "position": state.position, "clock_ms": state.clock_ms}
    document |= {name: getattr(state, name) for name in PARTS}
    return msgspec.json.encode(document, order="deterministic")


class Taken(NamedTuple):
    position: str
    clock_ms: int
    sha256: str


def take(engine: sa.Engine, client: redis.Redis, site: Site) -> Taken | None:
    """Keeps the live state as it is now; None: there is none, or it stands where the last snapshot was taken.

    Raises HistoryUnavailable, LiveUnavailable. A state of another fold version is no state of this program's.
    """
    try:
        state = LiveWriter(client).load(site)
    except LiveCorrupt:
        return None  # the live worker says so, and loudly
    if not state.position:
        return None
    body = state_bytes(state)
    taken = Taken(state.position, state.clock_ms, sha256(body).hexdigest())
    with reaching(), engine.begin() as connection:
        insert = (postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert)(tables.snapshot)
        row = {"community": site.id, "fold_version": FOLD_VERSION, "body": gzip.compress(body, mtime=0)}
        kept = connection.execute(insert.values(row | taken._asdict()).on_conflict_do_nothing())
        return taken if kept.rowcount else None


def last_clock_ms(engine: sa.Engine, community: str) -> int:
    """Of the newest snapshot; 0: there is none."""
    table = tables.snapshot
    with reaching(), engine.connect() as connection:
        newest = sa.select(sa.func.max(table.c.clock_ms)).where(table.c.community == community)
        return int(connection.execute(newest).scalar() or 0)


def nearest(engine: sa.Engine, community: str, at_ms: int) -> tuple[Taken, bytes] | None:
    """The newest snapshot that is not after the moment, of this fold version, with its bytes."""
    table = tables.snapshot
    asked = (
        sa.select(table)
        .where(table.c.community == community, table.c.clock_ms <= at_ms, table.c.fold_version == FOLD_VERSION)
        .order_by(table.c.clock_ms.desc())
        .limit(1)
    )
    with reaching(), engine.connect() as connection:
        row = connection.execute(asked).first()
    if row is None:
        return None
    return Taken(row.position, row.clock_ms, row.sha256), gzip.decompress(row.body)
