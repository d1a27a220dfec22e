"""Letters of partitions in which no community lives: nothing else remembers how far those were read."""

from __future__ import annotations

import json
import uuid

from store import keys
from store.deadletter import DeadLetters
from store.live import LiveWriter
from store.log import Entry, LogUnavailable
from store.log.kafka import KafkaReader, KafkaWriter, partition_of
from tests.engines.kafka import Broker
from tests.engines.wait import wait_until
from tests.ingest.test_worker import event
from tests.ingest.yard import LANTING, Yard


class Faltering(DeadLetters):
    """The log is away for the first letters: they never arrive, and `settle` says so."""

    faltered = False

    def put(self, entry: Entry, code: str, reason: str) -> None:
        if self.faltered:
            super().put(entry, code, reason)

    def settle(self) -> None:
        if not self.faltered:
            self.faltered = True
            raise LogUnavailable("the log went away")
        super().settle()


def codes(reader: KafkaReader) -> list[str]:
    return [json.loads(entry.value)["code"] for entry in reader.poll(50)]


def test_a_letter_that_could_not_be_settled_is_written_after_the_reload(kraft: Broker, redis_url: str) -> None:
    from ingest.worker import Worker

    kraft.wipe()
    writer = KafkaWriter(kraft.bootstrap)
    yard = Yard(redis_url, writer, KafkaReader(kraft.bootstrap, keys.LOG, uuid.uuid4().hex))
    dead = Faltering(writer, yard.redis)
    worker = Worker(yard.reader, LiveWriter(yard.redis), dead, {"lanting": LANTING}, 4)
    home = partition_of("lanting", 4)
    for homeless in sorted({0, 1, 2, 3} - {home}):
        writer.append(keys.LOG, "", b"not a record", partition=homeless).result()
    letters = KafkaReader(kraft.bootstrap, keys.DEADLETTER, uuid.uuid4().hex)
    found: list[str] = []

    def all_there() -> bool:
        try:
            worker.step(50)
        except LogUnavailable:
            worker.reload()
        found.extend(codes(letters))
        return len(found) >= 3

    wait_until(all_there, 20, "three letters")
    assert dead.faltered
    letters.close()
    yard.close()


def test_a_record_in_any_partition_but_its_own_is_set_aside(kraft: Broker, redis_url: str) -> None:
    """Also in those below its own, whose positions are before every position of the community."""
    kraft.wipe()
    writer = KafkaWriter(kraft.bootstrap)
    yard = Yard(redis_url, writer, KafkaReader(kraft.bootstrap, keys.LOG, uuid.uuid4().hex))
    home = partition_of("lanting", 4)
    assert home > 0
    yard.fold_until(
        writer.append(keys.LOG, "lanting", event("sos.press", "SOS-001", {"press": "long"})).result().token()
    )
    for foreign in sorted({0, 1, 2, 3} - {home}):
        writer.append(keys.LOG, "lanting", event("sos.press", "SOS-035", {"press": "long"}), partition=foreign).result()
    name = f"deadletter:{keys.LOG}:foreign_partition"
    wait_until(
        lambda: yard.worker.step(50) is not None and yard.redis.hget(keys.COUNTERS, name) == b"3", 20, "3 letters"
    )
    assert not yard.redis.hexists(keys.alarms("lanting"), "SOS/SOS-035")
    yard.close()
