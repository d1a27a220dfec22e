"""A consumer that holds partitions and is brought nothing, though records wait, is opened anew.

The reader is made up where it has to be: what once made a real one deaf is mended (tests/store/test_kafka_rejoin.py).
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

import pytest

from community.model import Position
from ingest.worker import Worker
from store import keys
from store.deadletter import DeadLetters
from store.live import LiveWriter
from store.log import Entry, LogReader, LogUnavailable
from store.log.kafka import KafkaReader, KafkaWriter
from store.log.streams import StreamsReader, StreamsWriter, connect
from tests.engines.kafka import Broker
from tests.engines.wait import wait_until
from tests.ingest.test_worker import event
from tests.ingest.yard import LANTING


class Deaf:
    epoch = 1

    def __init__(self, waiting: int) -> None:
        self.waiting = waiting
        self.closed = False
        self.asked = 0

    def poll(self, timeout_ms: int, limit: int = 500) -> Sequence[Entry]:
        return ()

    def assigned(self) -> frozenset[int]:
        return frozenset((0,))

    def seek(self, partition: int, after: Position | None, back: int = 0) -> None: ...

    def commit(self, positions: Mapping[int, Position]) -> None: ...

    def lag(self) -> Mapping[int, int]:
        self.asked += 1
        return {0: self.waiting}

    def close(self) -> None:
        self.closed = True


class Rig:
    def __init__(self, url: str, reader: Deaf, again: list[LogReader]) -> None:
        self.client, self.writer = connect(url), StreamsWriter(url)
        self.worker = Worker(
            reader, LiveWriter(self.client), DeadLetters(self.writer, self.client), {"lanting": LANTING}, 1, self._open
        )
        self._again = again

    def _open(self) -> LogReader:
        if not self._again:
            raise LogUnavailable("not yet")
        return self._again.pop(0)

    def later(self, seconds: float) -> None:
        self.worker._heard_s -= seconds

    def close(self) -> None:
        self.worker.close()
        self.writer.close()
        self.client.close()


def test_a_deaf_reader_is_opened_anew(redis_url: str, caplog: pytest.LogCaptureFixture) -> None:
    deaf = Deaf(waiting=3)
    rig = Rig(redis_url, deaf, [])
    position = rig.writer.append(keys.LOG, "lanting", event("sos.press", "SOS-035", {"press": "long"})).result()
    rig.worker.step(1)
    rig.later(14)
    rig.worker.step(1)
    assert deaf.asked == 0, "not asked before its time"
    rig.later(2)
    for _ in range(2):  # the log is away just now: asked again at the next step
        with pytest.raises(LogUnavailable):
            rig.worker.step(1)
        rig.worker.reload()
        assert deaf.closed
    assert "records wait" in caplog.text
    rig._again.append(StreamsReader(redis_url, keys.LOG, "live"))
    for _ in range(3):
        rig.worker.step(1)
    assert rig.worker.states["lanting"].position == position.token()
    assert rig.client.hexists(keys.alarms("lanting"), "SOS/SOS-035")
    rig.close()


def test_a_quiet_log_is_left_alone(redis_url: str) -> None:
    quiet = Deaf(waiting=0)
    rig = Rig(redis_url, quiet, [])
    rig.worker.step(1)
    rig.later(16)
    rig.worker.step(1)
    rig.worker.step(1)
    assert (quiet.asked, quiet.closed) == (1, False), "asked once in 15 s"
    rig.close()


def test_a_real_consumer_that_brings_nothing(kraft: Broker, redis_url: str) -> None:
    """Paused behind the worker's back: assigned, alive in its group, and silent."""
    kraft.wipe()
    client, writer = connect(redis_url), KafkaWriter(kraft.bootstrap)
    group = uuid.uuid4().hex
    reader = KafkaReader(kraft.bootstrap, keys.LOG, group)
    worker = Worker(
        reader,
        LiveWriter(client),
        DeadLetters(writer, client),
        {"lanting": LANTING},
        4,
        lambda: KafkaReader(kraft.bootstrap, keys.LOG, group),
    )
    wait_until(lambda: worker.step(50) is not None and len(reader.assigned()) == 4, 20, "all partitions")
    reader._consumer.pause(*reader._consumer.assignment())
    writer.append(keys.LOG, "lanting", event("sos.press", "SOS-035", {"press": "long"})).result()
    assert worker.step(500) == 0
    worker._heard_s -= 16

    def seen() -> bool:
        worker.step(50)
        return bool(client.hexists(keys.alarms("lanting"), "SOS/SOS-035"))

    wait_until(seen, 20, "the press")
    assert worker._reader is not reader
    worker.close()
    writer.close()
    client.close()
