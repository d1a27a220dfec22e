"""An installation that changes its log goes on: no old position stops the new log, nothing old comes back."""

from __future__ import annotations

import time
import uuid
from pathlib import Path

from community.model import encode_event
from ingest.worker import Worker
from store import keys
from store.deadletter import DeadLetters
from store.live import LiveWriter
from store.log.open import log_epoch, open_reader, open_writer
from store.log.streams import connect
from store.settings import Settings, read_settings
from tests.engines.kafka import Broker
from tests.engines.wait import wait_until
from tests.ingest.yard import LANTING


def press(settings: Settings, button: str) -> None:
    writer = open_writer(settings)
    value = encode_event(
        id=uuid.uuid4().hex,
        source="test",
        type="sos.press",
        community="lanting",
        subject=button,
        time_ms=time.time_ns() // 1_000_000,
        data={"press": "long"},
    )
    writer.append(keys.LOG, "lanting", value).result()
    writer.close()


def fold_until(settings: Settings, button: str) -> None:
    client = connect(settings.redis_url)
    writer, reader = open_writer(settings), open_reader(settings, keys.LOG, uuid.uuid4().hex)
    dead, partitions = DeadLetters(writer, client), writer.partitions(keys.LOG)
    worker = Worker(reader, LiveWriter(client), dead, {"lanting": LANTING}, partitions)

    def seen() -> bool:
        worker.step(50)
        return bool(client.hexists(keys.alarms("lanting"), f"SOS/{button}"))

    wait_until(seen, 30, f"the press of {button}")
    reader.close()
    writer.close()
    client.close()


def test_from_streams_to_kafka_and_back(kraft: Broker, redis_url: str, tmp_path: Path) -> None:
    kraft.wipe()
    shared = {"REDIS_URL": redis_url, "SHOUWANG_VAR": str(tmp_path)}
    streams = read_settings(shared)
    kafka = read_settings({**shared, "KAFKA_BOOTSTRAP_SERVERS": kraft.bootstrap})
    press(kafka, "SOS-009")  # an old press, from before this community ever lived on Kafka
    press(streams, "SOS-001")
    fold_until(streams, "SOS-001")
    press(kafka, "SOS-002")
    fold_until(kafka, "SOS-002")
    press(streams, "SOS-003")
    fold_until(streams, "SOS-003")
    press(kafka, "SOS-004")
    fold_until(kafka, "SOS-004")
    client = connect(redis_url)
    standing = {key.decode() for key in client.hkeys(keys.alarms("lanting"))}
    assert standing == {f"SOS/SOS-00{n}" for n in (1, 2, 3, 4)}
    assert log_epoch(kafka) == 4
    assert client.xlen(keys.DEADLETTER) == 0
    client.close()
