"""A Kafka whose log was given more partitions: the worker says so, `python -m ingest move` loses nothing."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest
import redis
from kafka.admin import NewPartitions

from community.model import Position, encode_event
from store import keys
from store.log import LogMisconfigured
from store.log.kafka import KafkaReader, KafkaWriter, partition_of
from tests.engines.kafka import Broker, admin_client
from tests.engines.wait import wait_until
from tests.ingest.yard import Yard

ROOT = Path(__file__).resolve().parents[2]
BEFORE = 4
AFTER = next(
    count for count in range(BEFORE + 1, 40) if partition_of("lanting", count) != partition_of("lanting", BEFORE)
)


def press(button: str) -> bytes:
    return encode_event(
        id=uuid.uuid4().hex,
        source="test",
        type="sos.press",
        community="lanting",
        subject=button,
        time_ms=time.time_ns() // 1_000_000,
        data={"press": "short"},
    )


def yard_of(kraft: Broker, redis_url: str, group: str) -> Yard:
    return Yard(redis_url, KafkaWriter(kraft.bootstrap), KafkaReader(kraft.bootstrap, keys.LOG, group))


def grow(kraft: Broker) -> None:
    admin = admin_client(kraft.bootstrap)
    admin.create_partitions({keys.LOG: NewPartitions(AFTER)})
    admin.close()

    def seen() -> bool:
        writer = KafkaWriter(kraft.bootstrap)
        try:
            return writer.partitions(keys.LOG) == AFTER
        finally:
            writer.close()

    wait_until(seen, 20, f"{AFTER} partitions")


def standing(client: redis.Redis) -> set[str]:
    return {key.decode() for key in client.hkeys(keys.alarms("lanting"))}


def test_the_log_is_given_more_partitions(kraft: Broker, redis_url: str, tmp_path: Path) -> None:
    kraft.wipe()
    group = "live"  # of `python -m ingest live`
    yard = yard_of(kraft, redis_url, group)
    yard.fold_until(yard.writer.append(keys.LOG, "lanting", press("SOS-001")).result().token())
    yard.writer.append(keys.LOG, "lanting", press("SOS-002")).result()  # still waits in the old partition
    yard.close()
    grow(kraft)

    yard = yard_of(kraft, redis_url, group)
    at = yard.writer.append(keys.LOG, "lanting", press("SOS-003")).result()
    assert at.partition == partition_of("lanting", AFTER)

    def refused() -> bool:
        try:
            yard.worker.step(50)
        except LogMisconfigured as error:
            assert "python -m ingest move" in str(error) and f"has {AFTER} partitions now" in str(error)
            return True
        return False

    wait_until(refused, 30, "the worker does not go on")
    yard.close()
    assert standing(yard.redis) == {"SOS/SOS-001"}, "and has folded nothing out of order"

    own = {"REDIS_URL": redis_url, "SHOUWANG_VAR": str(tmp_path), "KAFKA_BOOTSTRAP_SERVERS": kraft.bootstrap}
    command = [sys.executable, "-m", "ingest", "move"]
    for said in ("lanting: from 0001.", "nothing to move"):
        run = subprocess.run(command, cwd=ROOT, env={**os.environ, **own}, capture_output=True, text=True, timeout=90)
        assert run.returncode == 0 and said in run.stdout, run

    yard = yard_of(kraft, redis_url, group)
    last = yard.writer.append(keys.LOG, "lanting", press("SOS-004")).result()
    yard.fold_until(Position(1, last.partition, last.offset).token())
    assert standing(yard.redis) == {f"SOS/SOS-00{n}" for n in (1, 2, 3, 4)}
    assert not yard.redis.hgetall(keys.COUNTERS), "no record was set aside"
    yard.close()


def test_a_worker_that_is_running_meanwhile_stops_too(kraft: Broker, redis_url: str) -> None:
    """Its reader learns of the new partitions by itself, at the next look at the log's metadata."""
    kraft.wipe()
    yard = yard_of(kraft, redis_url, uuid.uuid4().hex)
    yard.fold_until(yard.writer.append(keys.LOG, "lanting", press("SOS-001")).result().token())
    yard.worker._partitions = BEFORE - 1  # as if there had been fewer when it started
    with pytest.raises(LogMisconfigured, match="has more now"):
        yard.worker.step(50)
    yard.close()
