"""Which log an installation uses: Kafka when KAFKA_BOOTSTRAP_SERVERS is set, Redis Streams otherwise."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol, TypeVar, cast

from redis.exceptions import RedisError

from store import keys
from store.settings import Settings

from . import LogReader, LogUnavailable, LogWriter


class Stopping(Protocol):
    """What `patiently` asks of a stop flag; threading.Event is one."""

    def wait(self, timeout: float | None = None) -> bool: ...


Opened = TypeVar("Opened")


def open_writer(settings: Settings, timeout_s: float = 10.0) -> LogWriter:
    """Raises LogUnavailable, where Kafka is the log after about `timeout_s` without a broker."""
    if settings.kafka_bootstrap_servers:
        from .kafka import KafkaWriter

        return KafkaWriter(settings.kafka_bootstrap_servers, timeout_s=timeout_s)
    from .streams import StreamsWriter

    return StreamsWriter(settings.redis_url)


def open_reader(settings: Settings, topic: str, group: str) -> LogReader:
    epoch = log_epoch(settings)
    if settings.kafka_bootstrap_servers:
        from .kafka import KafkaReader

        return KafkaReader(settings.kafka_bootstrap_servers, topic, group, epoch)
    from .streams import StreamsReader

    return StreamsReader(settings.redis_url, topic, group, epoch)


_EPOCH = """
if redis.call('HGET', KEYS[1], 'log') ~= ARGV[1] then
  redis.call('HINCRBY', KEYS[1], 'epoch', 1)
  redis.call('HSET', KEYS[1], 'log', ARGV[1])
end
return redis.call('HGET', KEYS[1], 'epoch')
"""


def log_epoch(settings: Settings) -> int:
    """The epoch of the log in use. Offsets of two logs cannot be compared: whoever moves from Streams to Kafka, or to
    another Kafka, begins a new epoch, and every position in it is after every position before. Raises LogUnavailable.
    """
    from .streams import connect

    log = settings.kafka_bootstrap_servers or "streams"
    client = connect(settings.redis_url)
    try:
        return int(cast(bytes, client.eval(_EPOCH, 1, keys.EPOCH, log)))
    except (RedisError, OSError) as error:
        raise LogUnavailable(f"cannot read the epoch of the log: {error}") from error
    finally:
        client.close()


def partition_of(community: str, partitions: int) -> int:
    """The one partition that holds a community's records (Kafka's murmur2; a stream has only one)."""
    if partitions == 1:
        return 0
    from .kafka import partition_of as by_key

    return by_key(community, partitions)


def patiently(open_it: Callable[[], Opened], timeout_s: float = 120.0, stop: Stopping | None = None) -> Opened:
    """Repeats an opening until it succeeds: processes start in any order, a broker may come after us.

    Raises the last LogUnavailable after `timeout_s`, or at once when `stop` is set meanwhile.
    """
    deadline = time.monotonic() + timeout_s
    pause_s = 0.1
    while True:
        try:
            return open_it()
        except LogUnavailable:
            if time.monotonic() > deadline:
                raise
            if stop is None:
                time.sleep(pause_s)
            elif stop.wait(pause_s):
                raise
            pause_s = min(2 * pause_s, 1.0)
