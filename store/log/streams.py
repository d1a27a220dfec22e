"""The log in Redis Streams: one stream a topic, one partition. For installations without Kafka.

Durable means what the server's append-only file means (`appendfsync always` in the embedded one). Entry ids are
the log's clock: their milliseconds are the append time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import cast

import redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError
from redis.retry import Retry

from community.model import Position
from store import keys

from . import Appended, Entry, LogUnavailable

SEQUENCE_BITS = 20
"""Entries a millisecond that an offset can tell apart (a million). Only a server whose clock was set back makes more:
it keeps its last millisecond and counts on, until the clock has caught up.
"""

CROWDED = 1 << (SEQUENCE_BITS - 1)
"""A writer stops here: the other half is for the writers that have yet to find out."""

MAX_BLOCK_MS = 2000
"""redis-py's default socket timeout is 5 s: a block must end well before it."""

COMMIT_EVERY_S = 0.5


def to_offset(entry_id: bytes) -> int:
    """Raises LogUnavailable for an entry that would share its offset with one of the next millisecond."""
    milliseconds, sequence = (int(part) for part in entry_id.split(b"-"))
    if sequence >> SEQUENCE_BITS:
        raise LogUnavailable(
            f"entry {entry_id.decode()} is one too many in its millisecond: the clock of the Redis machine was set back"
        )
    return milliseconds << SEQUENCE_BITS | sequence


def to_entry_id(offset: int) -> str:
    return f"{offset >> SEQUENCE_BITS}-{offset & ((1 << SEQUENCE_BITS) - 1)}"


def connect(url: str) -> redis.Redis:
    """A client that never repeats a command by itself: an XADD whose answer was lost must not be sent twice."""
    return redis.Redis.from_url(url, retry=Retry(NoBackoff(), 0), socket_timeout=5, socket_connect_timeout=2)


class _Pending:
    __slots__ = ("_done", "_error", "_owner", "_position", "fields", "topic")

    def __init__(self, owner: StreamsWriter, topic: str, fields: dict[bytes | str, bytes | str]) -> None:
        self._owner = owner
        self.topic = topic
        self.fields = fields
        self._done = threading.Event()
        self._position: Position | None = None
        self._error: BaseException | None = None

    def settle(self, answer: object, epoch: int) -> None:
        try:
            if isinstance(answer, bytes):
                self._position = Position(epoch, 0, to_offset(answer))
            elif isinstance(answer, BaseException):
                self._error = answer
            else:
                self._error = RedisError(f"unexpected answer {answer!r}")
        except LogUnavailable as error:
            self._error = error
        self._done.set()

    def result(self, timeout_s: float = 10.0) -> Position:
        if not self._done.is_set():
            self._owner.flush(timeout_s)
        if not self._done.wait(timeout_s):
            raise LogUnavailable(f"no answer from Redis within {timeout_s} s")
        if self._position is None:
            raise LogUnavailable(f"the log did not take the record: {self._error}") from self._error
        return self._position


class StreamsWriter:
    """Appends are collected and sent by whoever first asks for a result: concurrent callers share one round trip."""

    def __init__(self, url: str, epoch: int = 1) -> None:
        self._redis = connect(url)
        self._epoch = epoch
        self._queue: list[_Pending] = []
        self._queue_lock = threading.Lock()
        self._send_lock = threading.Lock()
        self._crowded: dict[str, int] = {}
        """By topic: the millisecond (of the server) that has to pass before another entry is added."""

    def append(
        self,
        topic: str,
        key: str,
        value: bytes,
        *,
        headers: Sequence[tuple[str, bytes]] = (),
        partition: int | None = None,
    ) -> Appended:
        fields: dict[bytes | str, bytes | str] = {"k": key, "v": value}
        for name, text in headers:
            fields[f"h:{name}"] = text
        pending = _Pending(self, topic, fields)
        with self._queue_lock:
            self._queue.append(pending)
        return pending

    def partitions(self, topic: str) -> int:
        return 1

    def flush(self, timeout_s: float = 10.0) -> None:
        with self._send_lock:
            with self._queue_lock:
                batch, self._queue = self._queue, []
            if not batch:
                return
            try:
                batch = self._refuse_crowded(batch)
                pipe = self._redis.pipeline(transaction=False)
                for pending in batch:
                    pipe.xadd(pending.topic, pending.fields)  # type: ignore[arg-type]
                answers = pipe.execute(raise_on_error=False)
            except (RedisError, OSError) as error:
                answers = [error] * len(batch)
            for pending, answer in zip(batch, answers, strict=True):
                pending.settle(answer, self._epoch)
                if isinstance(answer, bytes):
                    milliseconds, sequence = (int(part) for part in answer.split(b"-"))
                    if sequence > CROWDED:
                        self._crowded[pending.topic] = milliseconds

    def _refuse_crowded(self, batch: list[_Pending]) -> list[_Pending]:
        """What may be sent; the rest is told that the server's clock was set back. Usually costs nothing."""
        if not self._crowded:
            return batch
        seconds, microseconds = self._redis.time()
        now_ms = int(seconds) * 1000 + int(microseconds) // 1000
        self._crowded = {topic: at_ms for topic, at_ms in self._crowded.items() if at_ms >= now_ms}
        for pending in batch:
            if pending.topic in self._crowded:
                wait_s = (self._crowded[pending.topic] - now_ms) / 1000
                pending.settle(
                    RedisError(f"the clock of the Redis machine was set back by {wait_s:.0f} s"), self._epoch
                )
        return [pending for pending in batch if pending.topic not in self._crowded]

    def close(self) -> None:
        self.flush()
        self._redis.close()


class StreamsReader:
    """Reads one stream from a position. `group` only names the reader whose progress holds back trimming."""

    def __init__(self, url: str, topic: str, group: str, epoch: int = 1) -> None:
        self._redis = connect(url)
        self._topic = topic
        self._reader = f"{topic}/{group}"
        self.epoch = epoch
        self._after: str | None = None
        self._committed_at_s = 0.0
        self._uncommitted: str | None = None

    def poll(self, timeout_ms: int, limit: int = 500) -> Sequence[Entry]:
        try:
            if self._after is None:
                stored = self._redis.hget(keys.READERS, self._reader)
                self._after = stored.decode() if isinstance(stored, bytes) else "0-0"
            answer = self._redis.xread(
                {self._topic: self._after}, count=limit, block=max(1, min(timeout_ms, MAX_BLOCK_MS))
            )
        except (RedisError, OSError) as error:
            raise LogUnavailable(f"cannot read {self._topic}: {error}") from error
        entries = entries_of(answer)
        if entries:
            self._after = entries[-1][0].decode()
        return [entry_of(self._topic, entry_id, fields, self.epoch) for entry_id, fields in entries]

    def assigned(self) -> frozenset[int]:
        return frozenset((0,))

    def seek(self, partition: int, after: Position | None, back: int = 0) -> None:
        if after is None:
            self._after = "0-0"
            return
        self._after = to_entry_id(after.offset)
        if back:
            try:
                found = self._redis.xrevrange(self._topic, self._after, count=back + 1)
            except (RedisError, OSError) as error:
                raise LogUnavailable(f"cannot read {self._topic}: {error}") from error
            before = cast("list[tuple[bytes, object]]", found)
            self._after = before[-1][0].decode() if len(before) > back else "0-0"

    def commit(self, positions: Mapping[int, Position]) -> None:
        if 0 in positions:
            self._uncommitted = to_entry_id(positions[0].offset)
        if self._uncommitted is None or time.monotonic() - self._committed_at_s < COMMIT_EVERY_S:
            return
        self._commit_now()

    def _commit_now(self) -> None:
        if self._uncommitted is None:
            return
        try:
            self._redis.hset(keys.READERS, self._reader, self._uncommitted)
        except (RedisError, OSError) as error:
            raise LogUnavailable(f"cannot store the position of {self._reader}: {error}") from error
        self._uncommitted = None
        self._committed_at_s = time.monotonic()

    def lag(self) -> Mapping[int, int]:
        try:
            info = self._redis.xinfo_stream(self._topic)
            if not isinstance(info, dict) or self._after is None:
                return {0: 0}
            if to_offset(info["last-generated-id"]) <= to_offset(self._after.encode()):
                return {0: 0}
            behind = self._redis.xrange(self._topic, f"({self._after}", "+", count=10_000)
            return {0: len(behind)}  # type: ignore[arg-type]
        except ResponseError:  # no such stream yet
            return {0: 0}
        except (RedisError, OSError) as error:
            raise LogUnavailable(f"cannot measure the lag of {self._reader}: {error}") from error

    def close(self) -> None:
        with suppress(LogUnavailable):  # the effects are idempotent: the next start reads them once more
            self._commit_now()
        self._redis.close()


def entry_of(topic: str, entry_id: bytes, fields: Mapping[bytes, bytes], epoch: int = 1) -> Entry:
    offset = to_offset(entry_id)
    headers = [(name[2:].decode(), text) for name, text in fields.items() if name.startswith(b"h:")]
    place = Position(epoch, 0, offset)
    return Entry(topic, place, offset >> SEQUENCE_BITS, fields.get(b"k", b""), fields.get(b"v", b""), headers)


def entries_of(answer: object) -> list[tuple[bytes, Mapping[bytes, bytes]]]:
    """XREAD's answer under RESP2 is [[stream, entries]], under RESP3 {stream: [entries]}."""
    if not answer:
        return []
    if isinstance(answer, dict):
        entries = next(iter(answer.values()))
        return list(entries[0]) if entries and isinstance(entries[0], list) else list(entries)
    return list(answer[0][1])  # type: ignore[index]


def read_topics(url: str, prefix: str) -> list[str]:
    """The topics of that prefix which somebody reads. Raises LogUnavailable."""
    client = connect(url)
    try:
        readers = cast("list[bytes]", client.hkeys(keys.READERS))
    except (RedisError, OSError) as error:
        raise LogUnavailable(f"cannot ask who reads what: {error}") from error
    finally:
        client.close()
    topics = {name.decode().rsplit("/", 1)[0] for name in readers}
    return sorted(topic for topic in topics if topic.startswith(prefix))


def oldest_offset(client: redis.Redis, topic: str) -> int | None:
    """Of the entries that are kept. Raises RedisError."""
    found = cast("list[tuple[bytes, object]]", client.xrange(topic, count=1))
    return to_offset(found[0][0]) if found else None


def trim(
    url: str, topic: str, keep_ms: int, most: int | None = None, most_bytes: int | None = None, least_ms: int = 0
) -> int:
    """Drops entries older than `keep_ms` that every registered reader of the topic has read. Returns how many.

    A topic without a registered reader is not trimmed: nobody has said that it was read. An archive (`most` given, in
    entries) is: there the bound counts, by age, number and `most_bytes` of the server's memory, and holds only what a
    registered reader has yet to read. Neither number nor size takes what is younger than `least_ms`. The server frees
    whole nodes of its own (up to a hundred entries), so that a little more stays than was asked for.
    """
    client = connect(url)
    try:
        positions = cast(Mapping[bytes, bytes], client.hgetall(keys.READERS))
        read = [v for k, v in positions.items() if k.decode().rsplit("/", 1)[0] == topic]
        if not read and most is None:
            return 0
        seconds, _ = client.time()
        now_ms = int(seconds) * 1000
        unread = [to_offset(v) for v in read]
        floor = min([(now_ms - keep_ms) << SEQUENCE_BITS, *unread])
        dropped = int(client.xtrim(topic, minid=to_entry_id(floor), approximate=True)) if floor > 0 else 0
        excess = 0 if most is None else int(client.xlen(topic)) - most
        if most_bytes is not None:
            excess = max(excess, _too_large(client, topic, most_bytes))
        if excess > 0:
            # LIMIT, not MAXLEN: it drops so many at most, and none that somebody has yet to read
            floor = min([(now_ms - least_ms) << SEQUENCE_BITS, *unread])
            dropped += int(client.xtrim(topic, minid=to_entry_id(floor), approximate=True, limit=excess))
        return dropped
    except (RedisError, OSError) as error:
        raise LogUnavailable(f"cannot trim {topic}: {error}") from error
    finally:
        client.close()


def _too_large(client: redis.Redis, topic: str, most_bytes: int) -> int:
    """So many of the oldest entries are beyond that size, as they are on the average: the next round takes the rest."""
    held_bytes = client.memory_usage(topic, samples=0) or 0
    if held_bytes <= most_bytes:
        return 0
    entries = int(client.xlen(topic))
    return max(1, entries - entries * most_bytes // held_bytes)
