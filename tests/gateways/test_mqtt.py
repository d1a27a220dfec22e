"""MQTT by a real Mosquitto and the paho client: an acknowledgement means durable."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
import redis
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from ingest.mapping.trial import recorded
from ingest.normalise import Normaliser
from store import keys
from store.blobs import Blobs
from store.log.streams import StreamsReader, StreamsWriter, connect
from store.settings import read_settings
from tests.engines.mosquitto import PASSWORD, USER, Mosquitto
from tests.engines.wait import wait_until_async
from tests.gateways.house import GARDEN, House

SECRETS = {"HOUSE_MQTT": PASSWORD}
DEVICES = 50


def connection(broker: Mosquitto, topics: str = "zigbee2mqtt/#", source: str = "zigbee2mqtt") -> str:
    return f"""
- way: mqtt
  id: {source}
  source: {source}
  url: {broker.url}
  user: {USER}
  password: {{env: HOUSE_MQTT}}
  topics: ["{topics}"]
"""


class Publisher:
    """What a network server or a bridge is: another client of the broker."""

    def __init__(self, broker: Mosquitto) -> None:
        self._client = Client(CallbackAPIVersion.VERSION2)
        self._client.username_pw_set(USER, PASSWORD)
        self._client.connect("127.0.0.1", broker.port)
        self._client.loop_start()

    def say(self, topic: str, payload: Any, *, retain: bool = False, qos: int = 1) -> None:
        raw = payload if isinstance(payload, bytes | str) else json.dumps(payload)
        self._client.publish(topic, raw, qos=qos, retain=retain).wait_for_publish(10)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


def test_what_a_bridge_says_is_kept_as_it_came(house: House, broker: Mosquitto) -> None:
    async def run() -> None:
        async with house.open(connection(broker), SECRETS):
            publisher = Publisher(broker)
            publisher.say("zigbee2mqtt/door-7", b'{"contact":false,  "big":12345678901234567890}')
            publisher.say("zigbee2mqtt/door-7/availability", "offline")
            publisher.say("zigbee2mqtt/odd", b"\xff\xd8\x00")
            publisher.say("elsewhere/door-7", {"contact": True})
            publisher.close()
            door, gone, odd = await house.heard("zigbee2mqtt", 3)
            assert (door["topic"], door["community"]) == ("zigbee2mqtt/door-7", "garden")
            assert door["payload"] == {"contact": False, "big": 12345678901234567890}
            assert gone["payload"] == "offline"
            assert (odd["payload"], odd["encoding"]) == ("/9gA", "base64")

    asyncio.run(run())


def test_what_nobody_can_read_yet_is_recorded_and_taken_out_as_samples(
    house: House, broker: Mosquitto, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    way = connection(broker, "+/events/rpc", "radio") + "  unmapped: true\n  feed: house\n"

    async def run() -> None:
        async with house.open(way, SECRETS):
            publisher = Publisher(broker)
            for number in range(3):
                publisher.say("r-1/events/rpc", {"n": number})
            publisher.close()
            await house.heard("radio", 3)

    asyncio.run(run())
    settings = read_settings({"REDIS_URL": house.server.url, "SHOUWANG_VAR": str(house.folder)})
    assert recorded(settings, "radio", 2) == 0
    lines = [json.loads(line) for line in capsysbinary.readouterr().out.splitlines()]
    assert [(line["topic"], line["payload"]) for line in lines] == [("r-1/events/rpc", {"n": n}) for n in (1, 2)]
    assert all("community" not in line for line in lines), "a sample does not say whose it is"


def test_who_a_face_is_stays_at_the_gateway(house: House, broker: Mosquitto) -> None:
    event = {"type": "new", "after": {"id": "1", "camera": "gate", "label": "person", "sub_label": ["张三", 0.9]}}

    async def run() -> None:
        async with house.open(connection(broker, "frigate/#", "frigate"), SECRETS):
            publisher = Publisher(broker)
            publisher.say("frigate/events", event)
            publisher.close()
            (said,) = await house.heard("frigate", 1)
            assert said["payload"]["after"]["sub_label"] == "" and said["redacted"] == ["sub_label"]
            assert "张三" not in json.dumps(said, ensure_ascii=False)

    asyncio.run(run())


def test_what_the_broker_kept_from_before_is_marked(house: House, broker: Mosquitto) -> None:
    async def run() -> None:
        publisher = Publisher(broker)
        publisher.say("zigbee2mqtt/door-7", {"contact": False}, retain=True)
        publisher.close()
        async with house.open(connection(broker), SECRETS):
            (said,) = await house.heard("zigbee2mqtt", 1)
            assert said["retained"] is True

    asyncio.run(run())


def test_what_is_said_while_the_gateway_is_away_waits_at_the_broker(house: House, broker: Mosquitto) -> None:
    async def run() -> None:
        async with house.open(connection(broker), SECRETS):
            pass
        publisher = Publisher(broker)
        for number in range(30):
            publisher.say("zigbee2mqtt/door-7", {"n": number})
        publisher.close()
        async with house.open(connection(broker), SECRETS):
            said = await house.heard("zigbee2mqtt", 30)
            assert [envelope["payload"]["n"] for envelope in said] == list(range(30))

    asyncio.run(run())


@pytest.mark.parametrize("queued", [False, True])
def test_what_is_said_without_acknowledgement_waits_where_the_broker_is_told_to_queue_it(
    house: House, broker: Mosquitto, queued: bool
) -> None:
    """Zigbee2MQTT as it comes says everything with QoS 0."""
    if queued:
        broker.kill()
        broker.set("queue_qos0_messages true")
        broker.start()

    async def run() -> None:
        async with house.open(connection(broker), SECRETS):
            pass
        publisher = Publisher(broker)
        for number in range(10):
            publisher.say("zigbee2mqtt/door-7", {"n": number}, qos=number % 2)
        publisher.close()
        async with house.open(connection(broker), SECRETS):
            said = await house.heard("zigbee2mqtt", 10 if queued else 5)
            assert [envelope["payload"]["n"] for envelope in said] == list(range(10) if queued else range(1, 10, 2))

    asyncio.run(run())


def test_gateway_and_normaliser_killed_together_make_one_record_of_what_the_broker_says_again(
    house: House, broker: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between the log and the acknowledgement: the broker says it again, to others who remember nothing."""

    def normalised() -> list[str]:
        """By a new process, which ends with all that it read stored."""
        client = connect(house.server.url)
        reader, writer = (
            StreamsReader(house.server.url, keys.vendor("zigbee2mqtt"), "normalise"),
            StreamsWriter(house.server.url),
        )
        normaliser = Normaliser("zigbee2mqtt", {"garden": GARDEN}, reader, writer, client, Blobs(house.folder))
        while normaliser.step(timeout_ms=50):
            pass
        normaliser.close()
        writer.close()
        client.close()
        with redis.Redis.from_url(house.server.url) as log:
            found = [json.loads(fields[b"v"]) for _, fields in log.xrange(keys.LOG)]
        return [record["data"]["state"] for record in found if record["type"] == "access.contact"]

    async def run() -> None:
        publisher = Publisher(broker)
        with monkeypatch.context() as dying:
            dying.setattr(Client, "ack", lambda *_: None)
            async with house.open(connection(broker), SECRETS):
                publisher.say("zigbee2mqtt/door-7", {"contact": False})
                publisher.say("zigbee2mqtt/door-7", {"contact": True})
                await house.heard("zigbee2mqtt", 2)
        assert await asyncio.to_thread(normalised) == ["open", "closed"]
        async with house.open(connection(broker), SECRETS):
            await house.heard("zigbee2mqtt", 4)  # it stands there twice
            publisher.say("zigbee2mqtt/door-7", {"contact": False})
            await house.heard("zigbee2mqtt", 5)
        publisher.close()
        assert await asyncio.to_thread(normalised) == ["open", "closed", "open"]

    asyncio.run(run())


def test_the_log_and_the_broker_go_away_while_fifty_devices_speak(house: House, broker: Mosquitto) -> None:
    """Each device waits for its acknowledgement before it says the next: every one arrives, in order, once."""

    async def run() -> None:
        async with house.open(connection(broker), SECRETS) as gate:
            publisher = Publisher(broker)

            async def speak(first: int, count: int) -> None:
                for number in range(first, first + count):
                    for device in range(DEVICES):
                        publisher.say(f"zigbee2mqtt/d{device}", {"n": number})
                    await asyncio.sleep(0)

            await speak(0, 4)
            house.server.kill()
            await speak(4, 4)
            await wait_until_async(lambda: house.intake.spooled > 0, 20, "the spool is in use")
            house.server.restart()
            publisher.close()
            broker.kill()
            await wait_until_async(lambda: not gate.is_up(gate.ways[0]), 20, "the feed is down with its broker")
            broker.start()
            await wait_until_async(lambda: gate.is_up(gate.ways[0]), 20, "and back")
            publisher = Publisher(broker)
            await speak(8, 4)
            publisher.close()
            said = await house.heard("zigbee2mqtt", 12 * DEVICES)
            for device in range(DEVICES):
                numbers = [e["payload"]["n"] for e in said if e["topic"] == f"zigbee2mqtt/d{device}"]
                assert numbers == list(range(12)), device

    asyncio.run(run())
