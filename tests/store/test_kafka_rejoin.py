"""A member that joins before it knows the new topic must not stay deaf (kafka-python 3.0.12 forgets such a rejoin)."""

from __future__ import annotations

import uuid

from store import keys
from store.log.kafka import KafkaReader, KafkaWriter
from tests.engines.kafka import Kraft
from tests.engines.wait import wait_until


def test_a_reader_hears_a_topic_that_was_just_made(kraft: Kraft) -> None:
    for _ in range(3):
        kraft.wipe()
        writer = KafkaWriter(kraft.bootstrap)
        reader = KafkaReader(kraft.bootstrap, keys.LOG, uuid.uuid4().hex)
        try:
            writer.append(keys.LOG, "lanting", b"{}").result()
            wait_until(lambda: reader.poll(50), 15, "the record")  # noqa: B023
        finally:
            reader.close()
            writer.close()
