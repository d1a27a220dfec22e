"""Live states outside Redis: position, fold version, SHA-256, and the state itself, gzipped; one for every five minutes
of the last days, before that for every ten.

The bytes are canonical (sorted keys), so a replay to the same position with the same fold version has the same hash.
"""

from __future__ import annotations

import gzip
import zlib
from hashlib import sha256
from typing import NamedTuple

import msgspec
import redis
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from community.description import site_of
from community.model import FOLD_VERSION
from community.site import Site
from community.state import Alarm, DeviceState, State
from store.live import LiveCorrupt, LiveWriter, Meta

from . import tables
from .database import reaching, reading

PARTS = (*Meta.__struct_fields__, "devices", "alarms")
"""All that a state is made of: its small parts, as the live store has them, and what is kept by id."""


def state_bytes(state: State) -> bytes:
    """Equal states give equal bytes; `position` and `clock_ms` are part of it."""
    document = {"community": state.site.id, "position": state.position, "clock_ms": state.clock_ms}
    document |= {name: getattr(state, name) for name in PARTS}
    return msgspec.json.encode(document, order="deterministic")


_LEVEL = 4
"""A fifth larger than the most that gzip can, and made in a seventeenth of the time."""

EVERY_MS = 300_000
"""Somebody waits for the records between a kept state and the moment: the demo has 15 a second in a busy hour, 36 as
it begins, and each is read and folded in some 40 us (`make bench`, row m)."""
DENSE_DAYS = 3
"""What is looked up is mostly of last night or the weekend."""
THINNED_MS = 600_000
"""Before that. At 85 kB each a month of the demo is 400 MB; its raw records are 1.4 GB."""


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
    return keep(engine, state) if state.position else None


def keep(engine: sa.Engine, state: State) -> Taken | None:
    """None: one of this position is kept. Raises HistoryUnavailable."""
    return write(engine, state.site.id, state.position, state.clock_ms, state_bytes(state))


def write(engine: sa.Engine, community: str, position: str, clock_ms: int, body: bytes) -> Taken | None:
    """As `keep`, of what `state_bytes` said of a state that has gone on."""
    taken = Taken(position, clock_ms, sha256(body).hexdigest())
    row = {"community": community, "fold_version": FOLD_VERSION, "body": gzip.compress(body, _LEVEL, mtime=0)}
    with reaching(), engine.begin() as connection:
        insert = (postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert)(tables.snapshot)
        said = insert.values(row | taken._asdict()).on_conflict_do_nothing().returning(tables.snapshot.c.position)
        return taken if connection.execute(said).first() is not None else None  # PostgreSQL counts -1 rows


def last_clock_ms(engine: sa.Engine, community: str) -> int:
    """Of the newest snapshot; 0: there is none."""
    table = tables.snapshot
    with reaching(), reading(engine).connect() as connection:
        newest = sa.select(sa.func.max(table.c.clock_ms)).where(table.c.community == community)
        return int(connection.execute(newest).scalar() or 0)


def thin(engine: sa.Engine, community: str, before_ms: int) -> int:
    """Of every THINNED_MS before that moment the first stays. Returns how many went. Raises HistoryUnavailable."""
    table = tables.snapshot
    mine = table.c.community == community
    asked = sa.select(table.c.position, table.c.clock_ms).where(mine, table.c.clock_ms < before_ms)
    with reaching(), engine.begin() as connection:
        held: set[int] = set()
        going = []
        for position, clock_ms in connection.execute(asked.order_by(table.c.clock_ms, table.c.position)):
            if clock_ms // THINNED_MS in held:
                going.append({"at": position})
            held.add(clock_ms // THINNED_MS)
        if going:
            connection.execute(table.delete().where(mine, table.c.position == sa.bindparam("at")), going)
    return len(going)


class Kept(NamedTuple):
    """Where a snapshot stands, without its bytes."""

    position: str
    clock_ms: int
    fold_version: int


def nearest(engine: sa.Engine, community: str, at_ms: int) -> Kept | None:
    """The newest snapshot that is not after the moment, of whichever fold version."""
    table = tables.snapshot
    asked = (
        sa.select(table.c.position, table.c.clock_ms, table.c.fold_version)
        .where(table.c.community == community, table.c.clock_ms <= at_ms)
        .order_by(table.c.clock_ms.desc(), table.c.position.desc())
        .limit(1)
    )
    with reaching(), engine.connect() as connection:
        row = connection.execute(asked).first()
    return Kept(*row) if row is not None else None


def following(engine: sa.Engine, community: str, at_ms: int, *, ours: bool) -> int | None:
    """The clock of the first snapshot after the moment; `ours`: of this program's fold version. None: there is none."""
    table = tables.snapshot
    asked = sa.select(sa.func.min(table.c.clock_ms)).where(table.c.community == community, table.c.clock_ms > at_ms)
    if ours:
        asked = asked.where(table.c.fold_version == FOLD_VERSION)
    with reaching(), engine.connect() as connection:
        found = connection.execute(asked).scalar()
    return int(found) if found is not None else None


class Pair(NamedTuple):
    """Two snapshots of which one follows the other."""

    before: str
    after: Taken


def pairs(engine: sa.Engine, community: str, last: int) -> list[Pair]:
    """The newest that one fold made, of this program's version. Raises HistoryUnavailable."""
    table = tables.snapshot
    asked = sa.select(table.c.position, table.c.clock_ms, table.c.sha256, table.c.fold_version)
    newest = asked.where(table.c.community == community).order_by(table.c.clock_ms.desc(), table.c.position.desc())
    with reaching(), engine.connect() as connection:
        rows = connection.execute(newest.limit(last + 1)).all()
    ours = [row for row in reversed(rows) if row.fold_version == FOLD_VERSION]
    return [
        Pair(a.position, Taken(b.position, b.clock_ms, b.sha256))
        for a, b in zip(ours, ours[1:], strict=False)
        if _line(a.position) == _line(b.position)
    ]


def _line(position: str) -> str:
    """Epoch and partition: the log that a state was folded from."""
    return position.rpartition(".")[0]


class Document(Meta):
    """The bytes of a snapshot, read."""

    position: str = ""
    clock_ms: int = 0
    devices: dict[str, DeviceState] = {}
    alarms: dict[str, Alarm] = {}


_decode = msgspec.json.Decoder(Document).decode


def restore(engine: sa.Engine, site: Site, position: str) -> State:
    """The state that was kept there, as the live store would load it. `site`: for one that no record has described.

    Raises HistoryUnavailable; ValueError or MsgspecError for bytes that are not those that were written."""
    table = tables.snapshot
    asked = sa.select(table.c.body, table.c.sha256).where(table.c.community == site.id, table.c.position == position)
    with reaching(), engine.connect() as connection:
        row = connection.execute(asked).one()
    try:
        body = gzip.decompress(row.body)
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(f"the snapshot of {site.id!r} at {position} cannot be unpacked: {error}") from error
    if sha256(body).hexdigest() != row.sha256:
        raise ValueError(f"the snapshot of {site.id!r} at {position} is not what was written")
    document = _decode(body)
    state = State(site)
    if document.described is not None:
        state.adopt(site_of(document.described.packed), document.described)
    for name in PARTS:
        value = getattr(document, name)
        if value is not None:
            setattr(state, name, value)
    state.position, state.clock_ms = document.position, document.clock_ms
    return state
