"""Outbox -> journal and actions: produced with acks=all, then trimmed. May repeat an entry, never loses one.

The fold wrote each entry with the state that decided it and gave it an id derived from its position, so a consumer
tells a repetition by the id; a gateway claims an action's id before it sends.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import redis
from redis.exceptions import RedisError

from ingest.process import Stop, run
from store import keys
from store.log import LogUnavailable, LogWriter
from store.log.open import open_writer, patiently
from store.log.streams import entries_of
from store.settings import Settings

log = logging.getLogger("shouwang.relay")

BLOCK_MS = 1000
BATCH = 200


class Relay:
    """One outbox stream a community, all read by one command: one Redis server, not a Cluster of several slots."""

    def __init__(self, client: redis.Redis, writer: LogWriter, communities: Sequence[str]) -> None:
        self._redis = client
        self._writer = writer
        self._community = {keys.outbox(c): c for c in communities}

    def step(self, block_ms: int = BLOCK_MS) -> int:
        """Moves what waits. Raises LogUnavailable or RedisError; nothing is trimmed then."""
        streams: dict[Any, Any] = dict.fromkeys(self._community, "0-0")
        answer: Any = self._redis.xread(streams, count=BATCH, block=block_ms)
        moved = 0
        for name, entries in _by_stream(answer):
            moved += self._move(name, entries)
        return moved

    def _move(self, outbox: str, entries: Sequence[tuple[bytes, Mapping[bytes, bytes]]]) -> int:
        community = self._community[outbox]
        pending = [self._writer.append(fields[b"topic"].decode(), community, fields[b"value"]) for _, fields in entries]
        for appended in pending:
            appended.result()
        self._redis.xdel(outbox, *(entry_id for entry_id, _ in entries))
        return len(entries)


def _by_stream(answer: Any) -> list[tuple[str, Sequence[tuple[bytes, Mapping[bytes, bytes]]]]]:
    if not answer:
        return []
    if isinstance(answer, dict):
        return [(name.decode(), entries_of({name: entries})) for name, entries in answer.items()]
    return [(name.decode(), entries) for name, entries in answer]


def work(settings: Settings, stop: Stop) -> int:
    client = redis.Redis.from_url(settings.redis_url, socket_timeout=5)
    writer = patiently(lambda: open_writer(settings), stop=stop)
    relay = Relay(client, writer, sorted(settings.load_sites()))
    while not stop.is_set():
        try:
            relay.step()
        except (LogUnavailable, RedisError, OSError) as error:
            log.warning("nothing relayed: %s", error)
            stop.wait(0.5)
    writer.close()
    return 0


def main(argv: list[str]) -> int:
    return run("relay", work, argv)
