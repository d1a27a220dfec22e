"""Topics of a Kafka elsewhere (here the one of the tests): committed there only when durable here."""

from __future__ import annotations

import asyncio

from kafka import KafkaAdminClient, KafkaProducer

from tests.engines.kafka import Broker
from tests.gateways.house import House

RECORDS = [
    (b"door-7", b'{"contact": false}'),
    (b"door-7", b'{"topic": "zigbee2mqtt/door-8", "payload": {"contact": true}}'),
    (b"x", b'{"device": "gate-1", "payload": "<a/>"}'),
    (None, b"\xff\x00"),
]


def test_records_of_others_are_taken_and_then_committed(house: House, kraft: Broker) -> None:
    text = f"""
- {{way: kafka, id: city, source: zigbee2mqtt, servers: "{kraft.bootstrap}", topics: [city.events], group: garden}}
"""

    admin = KafkaAdminClient(bootstrap_servers=kraft.bootstrap)
    admin.create_topics({"city.events": {"num_partitions": 1, "replication_factor": 1}}, wait_for_metadata=True)

    async def run() -> None:
        producer = KafkaProducer(bootstrap_servers=kraft.bootstrap, acks="all")
        for key, value in RECORDS:
            producer.send("city.events", key=key, value=value)
        producer.flush()
        async with house.open(text):
            door, other, gate, odd = await house.heard("zigbee2mqtt", 4)
            assert (door["device"], door["payload"]) == ("door-7", {"contact": False})
            assert (other["topic"], other["device"], other["payload"]) == ("zigbee2mqtt/door-8", "", {"contact": True})
            assert (gate["device"], gate["payload"]) == ("gate-1", "<a/>")
            assert odd["encoding"] == "base64"
        async with house.open(text):
            producer.send("city.events", key=b"door-7", value=b'{"contact": true}')
            producer.flush()
            assert (await house.heard("zigbee2mqtt", 5))[-1]["payload"] == {"contact": True}
        producer.close()
        assert len(house.envelopes("zigbee2mqtt")) == 5, "nothing is read twice"

    try:
        asyncio.run(run())
    finally:
        admin.close()
