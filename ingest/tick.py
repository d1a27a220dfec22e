"""One tick a second to every partition of the log: the clock of communities in which nothing happens. The house's
caretaker besides: it trims, sweeps, counts dead letters, and sends notices from a thread of their own."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Iterable

from redis.exceptions import RedisError

from community.model import TICK, Position, encode_event
from community.personal import PICTURES_KEPT_DAYS
from ingest.letter_watch import LetterWatch
from ingest.notify import deliver, plans_of
from ingest.process import Stop, run
from store import keys
from store.blobs import Blobs
from store.described import InForce, forget_before
from store.log import LogUnavailable, LogWriter
from store.log.open import log_epoch, open_reader, open_writer, patiently
from store.log.streams import connect, oldest_offset, read_topics, trim
from store.log.topics import forgotten, topics
from store.settings import Settings

log = logging.getLogger("shouwang.tick")

PERIOD_S = 1.0
TRIM_EVERY_S = 60.0
SWEEP_EVERY_S = 3600.0
KEEP_BLOBS_S = PICTURES_KEPT_DAYS * 86_400
"""Pictures and large payloads, as long as Kafka keeps the raw records, and Streams as far as `RAW_BYTES` reaches."""

KEEP_MS = 2 * 3_600_000
"""What a Redis stream keeps behind its readers. Memory is the limit: 50 records a second of 400 bytes are 150 MB."""

KEEP_ARCHIVE_MS = 30 * 86_400_000
MOST = {keys.JOURNAL: 200_000, keys.DEADLETTER: 5_000}
"""What a person reads later is kept for 30 days, and so many entries at most: memory again. 200 000 of the journal are
some 100 MB, a month of an alarm every fifteen seconds; a letter has up to 64 kB, one broken device sends one a second.
"""

MOST_BYTES = {keys.DEADLETTER: 64 * 1024 * 1024}
"""Five thousand letters of 64 kB would be 320 MB of memory; those of a day are a few kB each."""

RAW_BYTES = 128 * 1024 * 1024
"""Payloads that were read, of all sources together, in equal shares: a better mapping is run over them. Those of the
last `KEEP_MS` are kept in any case; older ones go after 30 days, or before that where the share is full."""

WAITING, WAITING_BYTES = 100_000, 64 * 1024 * 1024
"""Payloads of a source that nobody reads yet: they wait for a mapping, not for ever."""


def tick(writer: LogWriter, now_ms: int) -> None:
    """Raises LogUnavailable; a lost tick is not made up for, the next one moves the clock as far."""
    value = encode_event(id=f"tick/{now_ms}", source="shouwang/tick", type=TICK, time_ms=now_ms)
    partitions = writer.partitions(keys.LOG)
    sent = [writer.append(keys.LOG, "", value, partition=p if partitions > 1 else None) for p in range(partitions)]
    for appended in sent:
        appended.result(5.0)


def trim_streams(url: str, waiting: Iterable[str] = ()) -> dict[str, int]:
    """`waiting`: vendor topics that are there, read or not. How many entries were dropped of what is read again or
    later, by topic. Raises LogUnavailable."""
    read = read_topics(url, keys.vendor(""))
    for topic in (keys.LOG, keys.ACTIONS):
        trim(url, topic, KEEP_MS)
    gone = {topic: trim(url, topic, KEEP_ARCHIVE_MS, most, MOST_BYTES.get(topic)) for topic, most in MOST.items()}
    for topic in read:
        gone[topic] = trim(url, topic, KEEP_ARCHIVE_MS, most_bytes=RAW_BYTES // len(read), least_ms=KEEP_MS)
    for topic in set(waiting) - set(read):
        gone[topic] = trim(url, topic, KEEP_ARCHIVE_MS, WAITING, WAITING_BYTES)
    return {topic: count for topic, count in gone.items() if count}


def care_for_letters(settings: Settings) -> None:
    """Every bound that took something is counted, for /metrics. Raises LogUnavailable, RedisError."""
    client = connect(settings.redis_url)
    try:
        if settings.kafka_bootstrap_servers:  # its own retention; it says how far that is
            client.hset(keys.COUNTERS, f"removed:{keys.DEADLETTER}", forgotten(settings, keys.DEADLETTER))
            return
        for topic, count in trim_streams(settings.redis_url, topics(settings, keys.vendor(""))).items():
            log.info("%d entries of %s are past their retention", count, topic)
            client.hincrby(keys.COUNTERS, f"removed:{topic}", count)
    finally:
        client.close()


def forget_descriptions(settings: Settings, communities: Iterable[str]) -> None:
    """What stood in the log alone is gone with it. Raises LogUnavailable, RedisError."""
    client = connect(settings.redis_url)
    try:
        oldest = oldest_offset(client, keys.LOG)
        if oldest is not None:
            first = Position(log_epoch(settings), 0, oldest).token()
            for community in communities:
                forget_before(client, community, first)
    finally:
        client.close()


def work(settings: Settings, stop: Stop) -> int:
    plans = plans_of(settings, settings.load_sites().values())
    writer = patiently(lambda: open_writer(settings), stop=stop)
    blobs = Blobs(settings.var / "blobs")
    in_force = InForce(connect(settings.redis_url), settings.load_sites())
    watch = LetterWatch(patiently(lambda: open_reader(settings, keys.DEADLETTER, "watch"), stop=stop), in_force.sites)
    sending = threading.Thread(
        target=deliver, args=(settings, plans, lambda: open_writer(settings), stop), name="notices"
    )
    sending.start()
    trimmed_s = swept_s = time.monotonic()
    next_s = time.monotonic()
    while not stop.is_set():
        try:
            now_ms = time.time_ns() // 1_000_000
            tick(writer, now_ms)
            for community, record in watch.step(now_ms):
                writer.append(keys.LOG, community, record)
            with contextlib.suppress(RedisError):  # the next look comes in two seconds
                in_force.look()
            if time.monotonic() - trimmed_s > TRIM_EVERY_S:
                with contextlib.suppress(RedisError):
                    care_for_letters(settings)
                    if not settings.kafka_bootstrap_servers:
                        forget_descriptions(settings, list(in_force.sites))
                trimmed_s = time.monotonic()
            if time.monotonic() - swept_s > SWEEP_EVERY_S:
                blobs.retain(KEEP_BLOBS_S)
                swept_s = time.monotonic()
        except LogUnavailable as error:
            log.warning("no tick: %s", error)
        next_s = max(next_s + PERIOD_S, time.monotonic())
        stop.wait(next_s - time.monotonic())
    sending.join()
    watch.close()
    writer.close()
    return 0


def main(argv: list[str]) -> int:
    return run("tick", work, argv)
