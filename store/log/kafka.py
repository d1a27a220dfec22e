"""The log in Apache Kafka, through kafka-python.

`received` is the broker's append time (`message.timestamp.type=LogAppendTime`). Reconnect back-off is capped at
0.5 s on every client: with kafka-python's default (30 s) a screen would stay untrue long after the broker is back.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from kafka import AsyncConsumerRebalanceListener, KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource
from kafka.coordinator.base import MemberState
from kafka.errors import KafkaError, TopicAlreadyExistsError
from kafka.partitioner.default import murmur2
from kafka.structs import OffsetAndMetadata

from community.model import MAX_RECORD_BYTES, Position
from store import keys

from . import Appended, Entry, LogMisconfigured, LogUnavailable

COMMIT_EVERY_S = 0.5
PARTITIONS = 4
"""Partitions of a topic made by us; fixed within a log epoch (a community must not move)."""

_STAMP, _STAMPED = "message.timestamp.type", "LogAppendTime"

LETTERS = {"retention.ms": str(30 * 86_400_000), "retention.bytes": str(256 * 1024 * 1024)}
"""What people read later is kept as long as on Streams (`ingest/tick.py`); on disk it may be larger."""

OPEN_S = 10.0
"""A broker that is not there is said to be so after this; kafka-python's own half minute holds a thread too long."""

_CLIENT = {"reconnect_backoff_ms": 50, "reconnect_backoff_max_ms": 500, "retry_backoff_ms": 100}


def partition_of(key: str, partitions: int) -> int:
    """Kafka's default partitioner (murmur2 of the key, as in the Java client)."""
    return int((murmur2(key.encode()) & 0x7FFFFFFF) % partitions)


def ensure_topics(
    bootstrap: str, topics: Sequence[str], partitions: int = PARTITIONS, *, timeout_s: float = OPEN_S
) -> None:
    """Creates what is missing, with the append time as the record's time. Raises LogUnavailable, LogMisconfigured."""
    try:
        admin = KafkaAdminClient(bootstrap_servers=bootstrap, bootstrap_timeout_ms=int(1000 * timeout_s), **_CLIENT)
    except KafkaError as error:
        raise LogUnavailable(f"no Kafka at {bootstrap}: {error}") from error
    try:
        present = set(admin.list_topics())
        for topic in topics:
            if topic in present:
                if topic == keys.LOG:
                    _check_stamp(admin, bootstrap, topic)
                continue
            config = {_STAMP: _STAMPED, **(LETTERS if topic == keys.DEADLETTER else {})}
            count = 1 if topic == keys.DEADLETTER else partitions
            try:
                admin.create_topics(
                    {topic: {"num_partitions": count, "replication_factor": -1, "configs": config}},
                    wait_for_metadata=True,
                )
            except TopicAlreadyExistsError:
                continue  # another process of ours was quicker
    except KafkaError as error:
        raise LogUnavailable(f"cannot create topics at {bootstrap}: {error}") from error
    finally:
        admin.close()


def _check_stamp(admin: KafkaAdminClient, bootstrap: str, topic: str) -> None:
    """Raises LogMisconfigured where the producers' clocks would move the community's clock."""
    try:
        told = admin.describe_configs([ConfigResource("topic", topic, [_STAMP])], config_filter="all")
    except KafkaError:
        return  # a broker that does not tell, or one that just went away: then opening the client says so
    found = told.get("topic", {}).get(topic, {}).get(_STAMP, {}).get("value")
    if found is not None and found != _STAMPED:
        raise LogMisconfigured(
            f"{topic} at {bootstrap} has {_STAMP}={found}, so the clocks of senders would move the community's; "
            f"mend it: kafka-configs.sh --bootstrap-server {bootstrap} --alter --entity-type topics "
            f"--entity-name {topic} --add-config {_STAMP}={_STAMPED}"
        )


class _Sent:
    __slots__ = ("_epoch", "_future")

    def __init__(self, future: Any, epoch: int) -> None:
        self._future = future
        self._epoch = epoch

    def result(self, timeout_s: float = 10.0) -> Position:
        try:
            metadata = self._future.get(timeout=timeout_s)
        except KafkaError as error:
            raise LogUnavailable(f"the log did not take the record: {error!r}") from error
        return Position(self._epoch, metadata.partition, metadata.offset)


class KafkaWriter:
    def __init__(
        self,
        bootstrap: str,
        epoch: int = 1,
        *,
        linger_ms: int = 0,
        timeout_s: float = OPEN_S,
        delivery_ms: int = 15_000,
    ) -> None:
        self._bootstrap = bootstrap
        self._epoch = epoch
        # now, and not while the first device waits for its answer
        ensure_topics(bootstrap, keys.TOPICS, timeout_s=timeout_s)
        self._known = set(keys.TOPICS)
        self._linger_ms = linger_ms
        self._timeout_s = timeout_s
        self._delivery_ms = delivery_ms
        self._renewing = threading.Lock()
        self._broken = False
        self._producer = self._open()

    def _open(self) -> KafkaProducer:
        try:
            return KafkaProducer(
                bootstrap_servers=self._bootstrap,
                acks="all",
                enable_idempotence=True,
                linger_ms=self._linger_ms,
                max_request_size=4 * MAX_RECORD_BYTES,
                delivery_timeout_ms=self._delivery_ms,
                request_timeout_ms=self._delivery_ms * 2 // 3,
                max_block_ms=5_000,
                bootstrap_timeout_ms=int(1000 * self._timeout_s),
                **_CLIENT,
            )
        except KafkaError as error:
            raise LogUnavailable(f"no Kafka at {self._bootstrap}: {error}") from error

    def _current(self) -> KafkaProducer:
        """The producer, a new one when a batch of the last could not be delivered.

        kafka-python 3.0.12 forgets its producer id when a batch that was sent once expires (a broker away for longer
        than the delivery timeout), never asks for another, and then sends nothing for ever.
        """
        with self._renewing:
            if self._broken:
                _abandon(self._producer)
                self._producer = self._open()
                self._broken = False
            return self._producer

    def _failed(self, producer: KafkaProducer, error: BaseException) -> None:
        """On the producer's own thread; one that was given up fails its last batches too."""
        if producer is self._producer:
            self._broken = True

    def append(
        self,
        topic: str,
        key: str,
        value: bytes,
        *,
        headers: Sequence[tuple[str, bytes]] = (),
        partition: int | None = None,
    ) -> Appended:
        try:
            self._ensure(topic)
            producer = self._current()
            future = producer.send(
                topic, value, key=key.encode() if key else None, headers=list(headers), partition=partition
            )
            future.add_errback(self._failed, producer)
        except KafkaError as error:
            raise LogUnavailable(f"the log did not take the record: {error!r}") from error
        return _Sent(future, self._epoch)

    def partitions(self, topic: str) -> int:
        self._ensure(topic)
        try:
            found = self._current().partitions_for(topic)
        except KafkaError as error:
            raise LogUnavailable(f"cannot read the partitions of {topic}: {error!r}") from error
        return len(found or ())

    def _ensure(self, topic: str) -> None:
        if topic not in self._known:
            ensure_topics(self._bootstrap, [topic])
            self._known.add(topic)

    def flush(self, timeout_s: float = 10.0) -> None:
        try:
            self._producer.flush(timeout=timeout_s)
        except KafkaError as error:
            raise LogUnavailable(f"the log did not take every record: {error!r}") from error

    def close(self) -> None:
        """What was not acknowledged within 5 s is given up: nobody was told that the log has it."""
        with suppress(LogUnavailable):
            self.flush(5.0)
        _abandon(self._producer)


def _abandon(producer: KafkaProducer) -> None:
    """Ends the producer and its thread. With batches left its own `close` raises before it stops the thread."""
    try:
        producer.close(timeout=0)
    except KafkaError:
        producer._sender.force_close()


class KafkaReader:
    """A member of a consumer group. Offsets are committed explicitly, from the caller's thread."""

    def __init__(
        self, bootstrap: str, topic: str, group: str, epoch: int = 1, *, session_timeout_ms: int = 6000
    ) -> None:
        ensure_topics(bootstrap, [topic])
        self._topic = topic
        self.epoch = epoch
        self._committed_at_s = 0.0
        self._uncommitted: dict[TopicPartition, OffsetAndMetadata] = {}
        try:
            self._consumer = KafkaConsumer(
                bootstrap_servers=bootstrap,
                group_id=group,
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                fetch_max_wait_ms=50,
                max_partition_fetch_bytes=4 * 1024 * 1024,
                session_timeout_ms=session_timeout_ms,
                heartbeat_interval_ms=session_timeout_ms // 3,
                max_poll_interval_ms=60_000,
                bootstrap_timeout_ms=int(1000 * OPEN_S),
                **_CLIENT,
            )
            self._consumer.subscribe([topic], listener=_CommitOnRevoke(self))
        except KafkaError as error:
            raise LogUnavailable(f"no Kafka at {bootstrap}: {error!r}") from error

    def poll(self, timeout_ms: int, limit: int = 500) -> Sequence[Entry]:
        try:
            take_in_join(self._consumer)
            batches = self._consumer.poll(timeout_ms, max_records=limit)
        except KafkaError as error:
            raise LogUnavailable(f"cannot read {self._topic}: {error!r}") from error
        return [entry_of(record, self.epoch) for records in batches.values() for record in records]

    def assigned(self) -> frozenset[int]:
        return frozenset(tp.partition for tp in self._consumer.assignment())

    def seek(self, partition: int, after: Position | None, back: int = 0) -> None:
        target = TopicPartition(self._topic, partition)
        try:
            if after is None:
                self._consumer.seek_to_beginning(target)
            else:
                # below the oldest that is kept: the consumer begins with that (auto_offset_reset)
                self._consumer.seek(target, max(0, after.offset + 1 - back))
        except KafkaError as error:
            raise LogUnavailable(f"cannot seek {self._topic}/{partition}: {error!r}") from error

    def commit(self, positions: Mapping[int, Position]) -> None:
        for partition, position in positions.items():
            target = TopicPartition(self._topic, partition)
            self._uncommitted[target] = OffsetAndMetadata(position.offset + 1, "", -1)
        if self._uncommitted and time.monotonic() - self._committed_at_s >= COMMIT_EVERY_S:
            self._commit_now()

    def _commit_now(self) -> None:
        held = self._consumer.assignment()
        todo = {tp: offset for tp, offset in self._uncommitted.items() if tp in held}
        self._uncommitted.clear()
        self._committed_at_s = time.monotonic()
        if not todo:
            return
        try:
            self._consumer.commit(todo)
        except KafkaError:
            # A rebalance is under way or the broker is away. The stored state knows its own position, and what is
            # read twice is skipped: a lost commit costs a little reading, never a record.
            return

    def lag(self) -> Mapping[int, int]:
        try:
            held = self._consumer.assignment()
            ends = self._consumer.end_offsets(list(held)) if held else {}
            return {tp.partition: max(0, ends[tp] - self._consumer.position(tp)) for tp in held}
        except KafkaError as error:
            raise LogUnavailable(f"cannot measure the lag of {self._topic}: {error!r}") from error

    def close(self) -> None:
        self._commit_now()
        self._consumer.close(autocommit=False, timeout_ms=2000)


def entry_of(record: Any, epoch: int) -> Entry:
    place = Position(epoch, record.partition, record.offset)
    return Entry(record.topic, place, record.timestamp, record.key or b"", record.value or b"", record.headers)


def take_in_join(consumer: KafkaConsumer) -> None:
    """Before each poll. kafka-python 3.0.12: a join that ends between two short polls is thrown away.

    It joins again, which sends the whole group into another round, on a busy machine for ever; or, where only the
    metadata were new, never again, holding nothing. What it would have done within a poll is done here.
    """
    coordinator = consumer._coordinator
    joined = coordinator._join_task
    if joined is not None and joined.is_done:
        coordinator._net.run(_take_in, coordinator, joined)


async def _take_in(coordinator: Any, joined: Any) -> None:
    """On kafka-python's IO thread."""
    coordinator._join_task = None
    if joined.exception is not None:
        coordinator.request_rejoin()
        return
    with coordinator._lock:
        coordinator.rejoining = coordinator.rejoin_needed = False
        coordinator.state = MemberState.STABLE
        coordinator._enable_heartbeat()
    now = coordinator._generation
    await coordinator._on_join_complete_async(now.generation_id, now.member_id, now.protocol, joined.value)


class _CommitOnRevoke(AsyncConsumerRebalanceListener):  # type: ignore[misc]
    """Runs on kafka-python's IO thread: only `commit_async` is allowed there. Nothing is committed on 'lost'."""

    def __init__(self, reader: KafkaReader) -> None:
        self._reader = reader

    async def on_partitions_revoked(self, revoked: Any) -> None:
        waiting = self._reader._uncommitted
        todo = {tp: waiting[tp] for tp in revoked if tp in waiting}
        if todo:
            with suppress(KafkaError):  # as in _commit_now: read twice, applied once
                await self._reader._consumer.commit_async(todo)
        for tp in revoked:
            waiting.pop(tp, None)

    async def on_partitions_assigned(self, assigned: Any) -> None: ...

    async def on_partitions_lost(self, lost: Any) -> None:
        for tp in lost:
            self._reader._uncommitted.pop(tp, None)
