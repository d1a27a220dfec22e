"""Which log an installation uses: Kafka when KAFKA_BOOTSTRAP_SERVERS is set, Redis Streams otherwise."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from store.settings import Settings

from . import LogReader, LogUnavailable, LogWriter

Opened = TypeVar("Opened")


def open_writer(settings: Settings) -> LogWriter:
    if settings.kafka_bootstrap_servers:
        from .kafka import KafkaWriter

        return KafkaWriter(settings.kafka_bootstrap_servers)
    from .streams import StreamsWriter

    return StreamsWriter(settings.redis_url)


def open_reader(settings: Settings, topic: str, group: str) -> LogReader:
    if settings.kafka_bootstrap_servers:
        from .kafka import KafkaReader

        return KafkaReader(settings.kafka_bootstrap_servers, topic, group)
    from .streams import StreamsReader

    return StreamsReader(settings.redis_url, topic, group)


def patiently(open_it: Callable[[], Opened], timeout_s: float = 120.0) -> Opened:
    """Repeats an opening until it succeeds: processes start in any order, a broker may come after us."""
    deadline = time.monotonic() + timeout_s
    pause_s = 0.1
    while True:
        try:
            return open_it()
        except LogUnavailable:
            if time.monotonic() > deadline:
                raise
            time.sleep(pause_s)
            pause_s = min(2 * pause_s, 1.0)
