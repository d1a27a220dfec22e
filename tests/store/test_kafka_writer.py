"""The writer on Kafka outlives an outage in which batches expired."""

from __future__ import annotations

import signal

import psutil
import pytest

from store.log import LogUnavailable
from store.log.kafka import KafkaWriter
from tests.engines.kafka import Broker, Kraft
from tests.engines.wait import wait_until


def test_a_broker_that_was_away_for_longer_than_the_delivery_timeout(kraft: Broker) -> None:
    kraft.wipe()
    writer = KafkaWriter(kraft.bootstrap, timeout_s=2, delivery_ms=2100)
    before = writer.append("community.log", "lanting", b"before").result()
    assert isinstance(kraft, Kraft) and kraft.process is not None
    broker = psutil.Process(kraft.process.pid)
    broker.send_signal(signal.SIGSTOP)
    try:
        wait_until(lambda: broker.status() == psutil.STATUS_STOPPED, 10, "the broker stands still")
        under_way = writer.append("community.log", "lanting", b"sent, and its answer never came")
        with pytest.raises(LogUnavailable):
            under_way.result(0.5)
        kraft.kill()
        with pytest.raises(LogUnavailable):
            under_way.result(15)
    finally:  # the next test shall find a broker
        kraft.restart()

    def again() -> bool:
        try:
            return writer.append("community.log", "lanting", b"after").result(5) > before
        except LogUnavailable:
            return False

    wait_until(again, 20, "the writer writes again")
    assert again()
    writer.close()
