"""One suite for every log: Redis Streams on Valkey and on Redis, Tansu, and a real Apache Kafka."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest

from community.model import Position
from store.children import Children
from store.log import Entry, LogReader, LogUnavailable, LogWriter
from tests.engines.kafka import Broker
from tests.engines.wait import wait_until


class Log(NamedTuple):
    """One log under test, with a topic of its own."""

    name: str
    topic: str
    writer: Callable[[], LogWriter]
    reader: Callable[[str], LogReader]
    environ: dict[str, str]


@pytest.fixture(params=["streams-valkey", "streams-redis", "tansu", "kraft"])
def log(request: pytest.FixtureRequest) -> Log:
    topic = f"contract.{uuid.uuid4().hex[:8]}"
    if request.param.startswith("streams"):
        from store.log.streams import StreamsReader, StreamsWriter

        url = request.getfixturevalue("redis_url" if request.param == "streams-valkey" else "real_redis_url")
        environ = {"REDIS_URL": url, "KAFKA_BOOTSTRAP_SERVERS": ""}
        return Log(
            request.param, topic, lambda: StreamsWriter(url), lambda group: StreamsReader(url, topic, group), environ
        )
    from store.log.kafka import KafkaReader, KafkaWriter

    bootstrap = request.getfixturevalue(request.param).bootstrap
    environ = {"KAFKA_BOOTSTRAP_SERVERS": bootstrap, "REDIS_URL": request.getfixturevalue("redis_url")}
    return Log(
        request.param,
        topic,
        lambda: KafkaWriter(bootstrap),
        lambda group: KafkaReader(bootstrap, topic, group),
        environ,
    )


@pytest.fixture
def writer(log: Log) -> Iterator[LogWriter]:
    opened = log.writer()
    yield opened
    opened.close()


def read(reader: LogReader, count: int, timeout_s: float = 20.0) -> list[Entry]:
    got: list[Entry] = []

    def enough() -> bool:
        got.extend(reader.poll(100))
        return len(got) >= count

    wait_until(enough, timeout_s, f"{count} records")
    return got


def test_what_was_appended_comes_back_in_order_per_community(log: Log, writer: LogWriter) -> None:
    sent = {c: [f"{c}-{n}".encode() for n in range(300)] for c in ("lanting", "old-estate", "harbour")}
    positions = [
        writer.append(log.topic, community, sent[community][n]).result() for n in range(300) for community in sent
    ]
    assert len(set(positions)) == 900
    reader = log.reader("order")
    entries = read(reader, 900)
    reader.close()
    for community, values in sent.items():
        own = [e for e in entries if e.key == community.encode()]
        assert [e.value for e in own] == values
        assert len({e.position.partition for e in own}) == 1, "a community lives in one partition"
        assert [e.position for e in own] == sorted(e.position for e in own)
        assert [e.position.token() for e in own] == sorted(e.position.token() for e in own)
    assert all(abs(entries[0].appended_ms - e.appended_ms) < 120_000 for e in entries)


def test_bytes_and_headers_are_kept_as_they_are(log: Log, writer: LogWriter) -> None:
    value = bytes(range(256)) * 40
    writer.append(log.topic, "k", value, headers=[("ce_id", b"1"), ("ce_type", "状态".encode())]).result()
    reader = log.reader("bytes")
    (entry,) = read(reader, 1)
    reader.close()
    assert entry.value == value
    assert dict(entry.headers) == {"ce_id": b"1", "ce_type": "状态".encode()}


def test_seek_gives_what_follows_a_position(log: Log, writer: LogWriter) -> None:
    positions = [writer.append(log.topic, "k", str(n).encode()).result() for n in range(10)]
    reader = log.reader("seek")
    first = read(reader, 10)
    partition = first[0].position.partition
    reader.seek(partition, positions[6])
    assert [e.value for e in read(reader, 3)] == [b"7", b"8", b"9"]
    reader.seek(partition, positions[6], 2)
    assert [e.value for e in read(reader, 5)] == [b"5", b"6", b"7", b"8", b"9"]
    reader.seek(partition, positions[6], 100)  # more than there are
    assert [e.value for e in read(reader, 10)][0] == b"0"
    reader.seek(partition, None)
    assert [e.value for e in read(reader, 10)] == [str(n).encode() for n in range(10)]
    reader.close()


def test_a_reader_goes_on_from_what_it_committed(log: Log, writer: LogWriter) -> None:
    for n in range(10):
        writer.append(log.topic, "k", str(n).encode()).result()
    reader = log.reader("resume")
    entries = read(reader, 10)
    reader.commit({entries[3].position.partition: entries[3].position})
    reader.close()
    again = log.reader("resume")
    assert [e.value for e in read(again, 6)] == [b"4", b"5", b"6", b"7", b"8", b"9"]
    again.close()


READ_AND_DIE = """
import os, signal, sys
from store.log.open import open_reader
from store.settings import read_settings
reader = open_reader(read_settings(), sys.argv[1], "killed")
seen = 0
while True:
    for entry in reader.poll(200, 10):
        seen += 1
        print(entry.value.decode(), flush=True)
        reader.commit({entry.position.partition: entry.position})
"""


def test_a_killed_reader_misses_nothing(log: Log, writer: LogWriter, children: Children) -> None:
    """kill -9 in the middle: the next one repeats at most what was not committed, and leaves nothing out."""
    for n in range(200):
        writer.append(log.topic, "k", str(n).encode()).result()
    environ = {**os.environ, **log.environ, "PYTHONPATH": os.getcwd()}
    process = children.start([sys.executable, "-c", READ_AND_DIE, log.topic], stdout=subprocess.PIPE, env=environ)
    assert process.stdout is not None
    try:
        first = [int(process.stdout.readline()) for _ in range(57)]
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
    assert first == list(range(57))
    reader = log.reader("killed")
    rest: list[int] = []

    def all_there() -> bool:
        rest.extend(int(e.value) for e in reader.poll(100))
        return bool(rest) and rest[-1] == 199

    wait_until(all_there, 30, "the rest of the records")
    reader.close()
    assert rest == list(range(rest[0], 200))
    assert rest[0] <= 57


def test_two_members_share_the_partitions_and_one_takes_over(kraft: Broker) -> None:
    from store.log.kafka import KafkaReader, KafkaWriter

    bootstrap = kraft.bootstrap
    topic = f"contract.{uuid.uuid4().hex[:8]}"
    writer = KafkaWriter(bootstrap)
    assert writer.partitions(topic) == 4
    one, two = (KafkaReader(bootstrap, topic, "pair") for _ in range(2))
    try:
        wait_until(
            lambda: (one.poll(50), two.poll(50)) and len(one.assigned()) == len(two.assigned()) == 2, 30, "two each"
        )
        assert one.assigned() | two.assigned() == {0, 1, 2, 3}
        for n in range(40):
            writer.append(topic, f"community-{n}", b"x").result()
        got: set[Position] = set()

        def all_there() -> bool:
            for reader in (one, two):
                entries = reader.poll(50)
                got.update(e.position for e in entries)
                reader.commit({e.position.partition: e.position for e in entries})
            return len(got) == 40

        wait_until(all_there, 20, "40 records at two readers")
        two.close()
        wait_until(lambda: one.poll(50) is not None and len(one.assigned()) == 4, 30, "one takes over")
    finally:
        one.close()
        writer.close()


def test_an_unreachable_log_says_so() -> None:
    from store.log.streams import StreamsReader, StreamsWriter
    from tests.engines.ports import free_port

    nowhere = f"127.0.0.1:{free_port()}"
    writer, reader = StreamsWriter(f"redis://{nowhere}/0"), StreamsReader(f"redis://{nowhere}/0", "t", "g")
    with pytest.raises(LogUnavailable):
        writer.append("t", "k", b"v").result()
    with pytest.raises(LogUnavailable):
        reader.poll(10)
    # In a process of its own: where its constructor fails, kafka-python leaves sockets to the garbage collector.
    code = f"from store.log.kafka import KafkaWriter; KafkaWriter({nowhere!r}, timeout_s=0.5)"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert f"LogUnavailable: no Kafka at {nowhere}" in ended.stderr


def test_trimming_stays_below_what_every_reader_has_read(redis_url: str) -> None:
    from store.log.streams import StreamsReader, StreamsWriter, trim

    topic = f"contract.{uuid.uuid4().hex[:8]}"
    writer = StreamsWriter(redis_url)
    for n in range(1000):
        writer.append(topic, "k", str(n).encode())
    writer.flush()
    assert trim(redis_url, topic, keep_ms=-60_000) == 0, "nobody has said that it was read"
    fast, slow = (StreamsReader(redis_url, topic, group) for group in ("fast", "slow"))
    everything = read(fast, 1000)
    fast.commit({0: everything[-1].position})
    slow.commit({0: everything[299].position})
    slow.close()
    assert trim(redis_url, topic, keep_ms=-60_000) <= 300
    again = StreamsReader(redis_url, topic, "slow")
    assert [e.value for e in read(again, 700)] == [str(n).encode() for n in range(300, 1000)]
    again.close()
    fast.close()
    writer.close()
