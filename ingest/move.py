"""python -m ingest move: communities to the partitions that their keys have since the log has more of them.

Another number of partitions puts the next records of a community into another one. What still waits in the old one is
folded first, by the worker's own hands; then the stored position becomes 'before the first record of the new one',
which held nothing of this community before. Nothing is lost and no alarm forgotten. No other live worker may run; a
writer may. A rebuild from the log begins at the new partition from then on.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import cast

import redis
from redis.exceptions import RedisError

from community.model import Position
from ingest.process import log_to_stderr
from ingest.worker import POLL_MS, Worker
from store import keys
from store.blobs import Blobs
from store.deadletter import DeadLetters
from store.live import LiveCorrupt, LiveUnavailable, LiveWriter, Moved
from store.log import Entry, LogMisconfigured, LogReader, LogUnavailable
from store.log.open import open_reader, open_writer, partition_of
from store.log.streams import connect
from store.settings import Settings, SettingsError, read_settings

QUIET_POLLS = 6
"""So often nothing came although the partitions are held: what waited is folded. Ticks may go on for ever."""


class OldPartitions:
    """A reader that knows only some partitions: what stands in the others is for the worker to come."""

    def __init__(self, reader: LogReader, partitions: frozenset[int]) -> None:
        self._reader = reader
        self._partitions = partitions
        self.epoch = reader.epoch

    def poll(self, timeout_ms: int, limit: int = 500) -> Sequence[Entry]:
        return [e for e in self._reader.poll(timeout_ms, limit) if e.position.partition in self._partitions]

    def assigned(self) -> frozenset[int]:
        return self._reader.assigned() & self._partitions

    def seek(self, partition: int, after: Position | None, back: int = 0) -> None:
        self._reader.seek(partition, after, back)

    def commit(self, positions: Mapping[int, Position]) -> None:
        self._reader.commit(positions)

    def lag(self) -> Mapping[int, int]:
        return {p: behind for p, behind in self._reader.lag().items() if p in self._partitions}

    def close(self) -> None:
        self._reader.close()


def move(settings: Settings) -> list[str]:
    """What was moved, a sentence each. Raises LogUnavailable, LiveUnavailable, LiveCorrupt, Moved, RedisError."""
    client = connect(settings.redis_url)
    writer = open_writer(settings)
    try:
        partitions = writer.partitions(keys.LOG)
        reader = open_reader(settings, keys.LOG, "live")  # what is folded here is never read again
        try:
            sites = settings.load_sites()
            stood = {community: _position(client, community, reader.epoch) for community in sites}
            homes = {c: at.partition if at is not None else partition_of(c, partitions) for c, at in stood.items()}
            moving = [c for c, at in stood.items() if at is not None and at.partition != partition_of(c, partitions)]
            if not moving:
                return []
            old = OldPartitions(reader, frozenset(homes[community] for community in moving))
            dead = DeadLetters(writer, client, Blobs(settings.var / "blobs"))
            there = {c: site for c, site in sites.items() if homes[c] in {homes[m] for m in moving}}
            at_home = {community: homes[community] for community in there}
            worker = Worker(old, LiveWriter(client), dead, there, partitions, homes=at_home)
            _empty(worker, old)
            return [_settle(client, c, partition_of(c, partitions), old.epoch) for c in moving]
        finally:
            reader.close()
    finally:
        writer.close()
        client.close()


def _position(client: redis.Redis, community: str, epoch: int) -> Position | None:
    """None: nothing folded yet, or from another log, which its readers know by themselves."""
    raw = cast("bytes | None", client.hget(keys.meta(community), "position"))
    at = Position.parse(raw.decode()) if raw else None
    return at if at is not None and at.epoch == epoch else None


def _empty(worker: Worker, old: OldPartitions) -> None:
    """Folds what waits. A tick that comes meanwhile waits for nobody: one round without more than it is the end."""
    quiet = 0
    while quiet < QUIET_POLLS:
        read = worker.step(POLL_MS)
        held = bool(old.assigned()) and bool(worker.states)
        quiet = quiet + 1 if held and read <= 1 and sum(old.lag().values()) <= 1 else 0


def _settle(client: redis.Redis, community: str, home: int, epoch: int) -> str:
    was = cast(bytes, client.hget(keys.meta(community), "position")).decode()
    client.hset(keys.meta(community), "position", Position(epoch, home, -1).token())
    return f"{community}: from {was} to the beginning of partition {home}"


def main(argv: list[str]) -> int:
    log_to_stderr("move")
    if argv:
        print(f"python -m ingest move takes no arguments, got: {' '.join(argv)}", file=sys.stderr)
        return 2
    try:
        said = move(read_settings())
    except (SettingsError, LogMisconfigured) as error:
        print(error, file=sys.stderr)
        return 2
    except Moved as error:
        print(f"a live worker runs: stop everything first ({error})", file=sys.stderr)
        return 1
    except (LogUnavailable, LiveUnavailable, LiveCorrupt, RedisError, OSError) as error:
        print(f"nothing was moved: {error}", file=sys.stderr)
        return 1
    print("\n".join(said) or "nothing to move: every community is where its key belongs")
    return 0
