"""Which topics there are and the newest of what they hold: for people who look. No reader's position is touched."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from redis.exceptions import RedisError

from store.settings import Settings

from . import Entry, LogUnavailable
from .streams import connect
from .streams import entry_of as of_stream

Found = TypeVar("Found")

SCANNED = 1000
WAIT_MS = 2000
"""A broker that has a record hands it out sooner."""


def topics(settings: Settings, prefix: str) -> list[str]:
    """Their names, sorted. Raises LogUnavailable."""
    if settings.kafka_bootstrap_servers:
        found = _kafka(settings, lambda consumer: consumer.topics())
        return sorted(name for name in found if name.startswith(prefix))
    client = connect(settings.redis_url)
    try:
        names = client.scan_iter(match=f"{prefix}*", count=SCANNED, _type="stream")
        return sorted(name.decode() for name in cast("list[bytes]", list(names)))
    except (RedisError, OSError) as error:
        raise LogUnavailable(f"cannot ask which topics there are: {error}") from error
    finally:
        client.close()


def newest(settings: Settings, topic: str, most: int) -> list[Entry]:
    """The newest first. Raises LogUnavailable."""
    if settings.kafka_bootstrap_servers:
        return _kafka(settings, lambda consumer: _newest_of_kafka(consumer, topic, most))
    client = connect(settings.redis_url)
    try:
        entries = cast("list[tuple[bytes, dict[bytes, bytes]]]", client.xrevrange(topic, count=most))
        return [of_stream(topic, id_, fields) for id_, fields in entries]
    except (RedisError, OSError) as error:
        raise LogUnavailable(f"cannot read {topic}: {error}") from error
    finally:
        client.close()


def forgotten(settings: Settings, topic: str) -> int:
    """Of a Kafka: how many entries its retention has taken so far. Raises LogUnavailable."""

    def ask(consumer: Any) -> int:
        from kafka import TopicPartition

        parts = [TopicPartition(topic, n) for n in sorted(consumer.partitions_for_topic(topic) or ())]
        return sum(consumer.beginning_offsets(parts).values())

    return _kafka(settings, ask)


def _kafka(settings: Settings, ask: Callable[[Any], Found]) -> Found:
    from kafka import KafkaConsumer
    from kafka.errors import KafkaError

    from .kafka import OPEN_S

    bootstrap = settings.kafka_bootstrap_servers
    try:
        consumer = KafkaConsumer(bootstrap_servers=bootstrap, group_id=None, bootstrap_timeout_ms=int(1000 * OPEN_S))
    except KafkaError as error:
        raise LogUnavailable(f"no Kafka at {bootstrap}: {error!r}") from error
    try:
        return ask(consumer)
    except KafkaError as error:
        raise LogUnavailable(f"{bootstrap} does not answer: {error!r}") from error
    finally:
        consumer.close(autocommit=False, timeout_ms=2000)


def _newest_of_kafka(consumer: Any, topic: str, most: int) -> list[Entry]:
    """`most` of each partition are read, no more: a topic may hold a month."""
    from kafka import TopicPartition

    from .kafka import entry_of

    parts = [TopicPartition(topic, n) for n in sorted(consumer.partitions_for_topic(topic) or ())]
    begins, ends = consumer.beginning_offsets(parts), consumer.end_offsets(parts)
    full = [part for part in parts if ends[part] > begins[part]]
    consumer.assign(full)
    for part in full:
        consumer.seek(part, max(begins[part], ends[part] - most))
    found: list[Entry] = []
    while any(consumer.position(part) < ends[part] for part in full):
        batches = consumer.poll(WAIT_MS)
        if not batches:
            break
        found += [entry_of(record, 1) for records in batches.values() for record in records]
    found.sort(key=lambda entry: (entry.appended_ms, entry.position.partition, entry.position.offset), reverse=True)
    return found[:most]
