"""Topics of a Kafka elsewhere: a record is committed there only when it is durable here.

A Kafka that is our log needs none of this: what others write to its `vendor.<source>` is read as it stands there.
"""

from __future__ import annotations

import hashlib
import logging
import ssl
import threading
import time
from typing import Any

import msgspec
from kafka import KafkaConsumer
from kafka.errors import KafkaError

from ingest.copies import marked
from ingest.gateways.inlet import Inlet, Told, again, threaded, told
from ingest.ways import Kafka, Way
from store.log.kafka import take_in_join

log = logging.getLogger("shouwang.kafka")

POLL_MS = 500
SESSION_MS = 10_000
"""One that was killed holds its partitions for so long; whoever comes after it waits for that."""

NOTHING_S = 30.0
"""Without a partition for so long: begun anew. A group that is new to a broker gives them within seconds."""
BATCH = 500


class KafkaGate:
    def __init__(self, way: Kafka, inlet: Inlet) -> None:
        self._way = way
        self._inlet = inlet
        self._polled = False

    @property
    def ways(self) -> list[Way]:
        return [self._way]

    def is_up(self, way: Way) -> bool:
        return self._polled

    async def run(self) -> None:
        await again(lambda: threaded(self._work), self._way.id, (KafkaError, OSError))

    def _work(self, stop: threading.Event) -> None:
        """Until told to stop. Raises KafkaError, OSError: the broker is not to be had."""
        consumer = KafkaConsumer(*self._way.topics, **self._options())
        held_s = time.monotonic()
        try:
            while not stop.is_set():
                take_in_join(consumer)
                batches = consumer.poll(timeout_ms=POLL_MS, max_records=BATCH)
                self._polled = bool(consumer.assignment())
                held_s = time.monotonic() if self._polled else held_s
                if time.monotonic() - held_s > NOTHING_S:
                    raise OSError(f"{self._way.servers} gives us no partition")
                records = [record for batch in batches.values() for record in batch]
                told = [told_of(record.key, record.value)._replace(mark=mark_of(record)) for record in records]
                if told and self._inlet.keep_all(told, stop):
                    consumer.commit()
        finally:
            self._polled = False
            consumer.close(autocommit=False)

    def _options(self) -> dict[str, Any]:
        way, options = self._way, {}
        if way.user:
            options |= {"sasl_mechanism": "PLAIN", "sasl_plain_username": way.user}
            options["sasl_plain_password"] = way.password.value if way.password is not None else ""
        if way.tls or way.ca:
            options["ssl_context"] = ssl.create_default_context(cafile=way.ca or None)
        protocol = f"{'SASL_' if way.user else ''}{'SSL' if way.tls or way.ca else 'PLAINTEXT'}"
        return {
            **options,
            "security_protocol": protocol,
            "bootstrap_servers": way.servers.split(","),
            "group_id": way.group,
            "client_id": f"shouwang-{way.id}",
            "enable_auto_commit": False,
            "session_timeout_ms": SESSION_MS,
            "heartbeat_interval_ms": SESSION_MS // 3,
            "auto_offset_reset": "earliest",
            "reconnect_backoff_ms": 50,
            "reconnect_backoff_max_ms": 500,
        }


def mark_of(record: Any) -> str:
    """Killed before it has committed, or away for so long that another has its partitions: it is told again. The place
    alone would be another record's where somebody makes the topic anew."""
    place = f"{record.topic}\0{record.partition}\0{record.offset}\0{record.timestamp}".encode()
    return marked(hashlib.blake2b(place, digest_size=16).digest(), again=True)


def told_of(key: bytes | None, value: bytes | None) -> Told:
    """What is no JSON is carried as it is."""
    name = (key or b"").decode("utf-8", "replace")
    try:
        return told(msgspec.json.decode(value or b"null"), name)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return Told(value or b"", name, name)
