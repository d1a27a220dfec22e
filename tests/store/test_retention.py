"""How long a Redis stream keeps what people read later: journal and dead letters, with and without a reader."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from kafka import KafkaAdminClient, TopicPartition
from kafka.admin import ConfigResource

from ingest.tick import KEEP_ARCHIVE_MS, KEEP_MS, MOST, MOST_BYTES, care_for_letters, trim_streams
from store import keys
from store.log.kafka import LETTERS, KafkaWriter
from store.log.streams import StreamsReader, connect, trim
from store.settings import read_settings
from tests.engines.kafka import Broker

NODE = 100
"""Entries that the server frees together."""

DAY_MS = 86_400_000


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    with connect(redis_url) as client:
        client.delete(*MOST, keys.READERS)
        yield client


def fill(client: redis.Redis, topic: str, count: int, age_ms: int) -> None:
    """`count` entries, a millisecond apart, that were written `age_ms` ago."""
    first_ms = time.time_ns() // 1_000_000 - age_ms
    pipe = client.pipeline(transaction=False)
    for n in range(count):
        pipe.xadd(topic, {"k": "lanting", "v": str(n)}, id=f"{first_ms + n}-0")
    pipe.execute()


def left(client: redis.Redis, topic: str) -> list[int]:
    return [int(fields[b"v"]) for _, fields in client.xrange(topic)]


@pytest.mark.parametrize("topic", MOST)
def test_an_archive_keeps_thirty_days_though_nobody_reads_it(client: redis.Redis, redis_url: str, topic: str) -> None:
    fill(client, topic, 1000, KEEP_ARCHIVE_MS + DAY_MS)
    fill(client, topic, 250, KEEP_ARCHIVE_MS - DAY_MS)
    trim_streams(redis_url)
    kept = left(client, topic)
    assert kept[-250:] == list(range(250)), "younger than thirty days"
    assert len(kept) < 250 + NODE
    trim_streams(redis_url)
    assert left(client, topic) == kept


def test_dead_letters_are_bounded_in_number_too(client: redis.Redis, redis_url: str) -> None:
    most = MOST[keys.DEADLETTER]
    fill(client, keys.DEADLETTER, most + 1000, DAY_MS)
    trim_streams(redis_url)
    kept = left(client, keys.DEADLETTER)
    assert most <= len(kept) < most + NODE
    assert kept == list(range(most + 1000 - len(kept), most + 1000)), "the newest"


@pytest.mark.parametrize("age_ms", [DAY_MS, KEEP_ARCHIVE_MS + DAY_MS])
def test_what_a_reader_has_yet_to_read_stays(client: redis.Redis, redis_url: str, age_ms: int) -> None:
    fill(client, keys.JOURNAL, 1000, age_ms)
    reader = StreamsReader(redis_url, keys.JOURNAL, "history")
    read = reader.poll(100, limit=450)
    reader.commit({0: read[-1].position})
    reader.close()
    trim(redis_url, keys.JOURNAL, KEEP_ARCHIVE_MS, most=10)
    assert len(left(client, keys.JOURNAL)) < 1000 - 450 + 1 + NODE, "what was read goes"
    again = StreamsReader(redis_url, keys.JOURNAL, "history")
    assert [int(entry.value) for entry in again.poll(100, limit=1000)] == list(range(450, 1000))
    again.close()


def test_payloads_that_were_read_stay_thirty_days_for_a_better_mapping(client: redis.Redis, redis_url: str) -> None:
    """Of a source that nobody follows yet they wait."""
    read, waiting = keys.vendor("lorawan"), keys.vendor("modbus")
    for topic in (read, waiting):
        fill(client, topic, 1000, KEEP_ARCHIVE_MS + DAY_MS)
        fill(client, topic, 50, KEEP_ARCHIVE_MS - DAY_MS)
    last = client.xrevrange(read, count=1)[0][0]
    client.hset(keys.READERS, f"{read}/normalise", last)
    gone = trim_streams(redis_url)
    assert left(client, read)[-50:] == list(range(50)) and len(left(client, read)) < 50 + NODE
    assert gone == {read: 1050 - len(left(client, read))}
    assert len(left(client, waiting)) == 1050


def test_payloads_that_were_read_share_a_bound_in_size_beyond_two_hours(
    client: redis.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One source talks without end: it takes none of another's share, nor what is younger than two hours."""
    monkeypatch.setattr("ingest.tick.RAW_BYTES", 200_000)
    loud, quiet = keys.vendor("isapi"), keys.vendor("lorawan")
    fill(client, loud, 20_000, DAY_MS)
    fill(client, loud, 10_000, KEEP_MS // 2)
    fill(client, quiet, 500, DAY_MS)
    for topic in (loud, quiet):
        client.hset(keys.READERS, f"{topic}/normalise", client.xrevrange(topic, count=1)[0][0])
    gone = trim_streams(redis_url)
    assert left(client, quiet) == list(range(500))
    assert left(client, loud)[-10_000:] == list(range(10_000)) and len(left(client, loud)) < 10_000 + NODE
    assert gone == {loud: 30_000 - len(left(client, loud))}, "and what went is counted"


def test_letters_are_bounded_in_size_and_what_goes_is_counted(
    client: redis.Redis, redis_url: str, tmp_path: Path
) -> None:
    """A camera that sends 60 kB of nonsense every second: memory stays, the newest stay, a figure says it."""
    client.delete(keys.COUNTERS)
    said, count = "x" * 60_000, 1500
    first_ms = time.time_ns() // 1_000_000 - DAY_MS
    for begin in range(0, count, 100):
        with client.pipeline(transaction=False) as pipe:
            for n in range(begin, begin + 100):
                pipe.xadd(keys.DEADLETTER, {"k": "", "v": f"{n} {said}"}, id=f"{first_ms + n}-0")
            pipe.execute()
    waiting = keys.vendor("radio")
    fill(client, waiting, 300, KEEP_ARCHIVE_MS + DAY_MS)
    fill(client, waiting, 50, DAY_MS)
    settings = read_settings({"REDIS_URL": redis_url, "SHOUWANG_VAR": str(tmp_path)})
    care_for_letters(settings)
    assert (client.memory_usage(keys.DEADLETTER, samples=0) or 0) <= MOST_BYTES[keys.DEADLETTER]
    kept = [int(fields[b"v"].split()[0]) for _, fields in client.xrange(keys.DEADLETTER)]
    assert len(kept) > 900 and kept == list(range(count - len(kept), count)), "the newest"
    assert left(client, waiting)[-50:] == list(range(50)), "nobody reads them, younger than thirty days"
    assert int(client.hget(keys.COUNTERS, f"removed:{keys.DEADLETTER}") or 0) == count - len(kept)
    assert int(client.hget(keys.COUNTERS, f"removed:{waiting}") or 0) >= 200
    care_for_letters(settings)
    assert int(client.hget(keys.COUNTERS, f"removed:{keys.DEADLETTER}") or 0) == count - len(kept), "counted once"


def test_a_kafka_keeps_letters_as_long_and_says_what_went(kraft: Broker, redis_url: str, tmp_path: Path) -> None:
    kraft.wipe()
    KafkaWriter(kraft.bootstrap).close()
    admin = KafkaAdminClient(bootstrap_servers=kraft.bootstrap)
    asked = [ConfigResource("topic", keys.DEADLETTER, list(LETTERS))]
    told = admin.describe_configs(asked, config_filter="all")["topic"][keys.DEADLETTER]
    assert {name: told[name]["value"] for name in LETTERS} == LETTERS
    writer = KafkaWriter(kraft.bootstrap)
    for n in range(7):
        writer.append(keys.DEADLETTER, "", str(n).encode()).result()
    writer.close()
    admin.delete_records({TopicPartition(keys.DEADLETTER, 0): 5})  # as its retention does
    admin.close()
    environ = {"REDIS_URL": redis_url, "SHOUWANG_VAR": str(tmp_path), "KAFKA_BOOTSTRAP_SERVERS": kraft.bootstrap}
    care_for_letters(read_settings(environ))
    with connect(redis_url) as client:
        assert client.hget(keys.COUNTERS, f"removed:{keys.DEADLETTER}") == b"5"
