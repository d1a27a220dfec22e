"""Orders by MQTT and HTTP: as the vendor wants them, once, recorded, and never taken for a device's word."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import redis
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from community.model import encode_event
from ingest.actions import Order, Orders
from ingest.adapters.base import unwrap, zone_of
from ingest.connections import ConnectionsError
from ingest.gateways.gates import outlets_of
from ingest.gateways.inlet import Gate
from ingest.gateways.outlet import Outlets
from ingest.gateways.templates import filled, unknown, values_of
from ingest.tasks import ended
from store import keys
from store.blobs import Blobs
from store.settings import read_settings
from tests.engines.mosquitto import PASSWORD, USER, Mosquitto
from tests.engines.ports import free_port
from tests.engines.wait import wait_until_async
from tests.gateways.device import Device, Request, plain
from tests.gateways.house import House

STOP = "charging.remote_stop"


def mqtt(broker: Mosquitto) -> str:
    return f"""
- way: mqtt
  id: piles
  source: ebike_pile
  url: {broker.url}
  user: {USER}
  password: {{env: SECRET}}
  topics: ["piles/+/up"]
  orders:
    {STOP}:
      topic: "piles/{{device}}/down"
      payload: {{cmd: stop, port: "{{place:number}}", order: "{{id}}", why: "house: {{reason}}"}}
"""


@asynccontextmanager
async def carrying_out(house: House, *gates: Gate) -> AsyncIterator[None]:
    settings = read_settings({"REDIS_URL": house.server.url, "SHOUWANG_VAR": str(house.folder)})
    running = asyncio.ensure_future(Orders(settings, "gateway", Outlets(outlets_of(gates))).run())
    try:
        yield
    finally:
        await ended([running])


def order(
    house: House,
    id: str,
    vendor: dict[str, str],
    *,
    community: str = "garden",
    life_s: float = 20,
    type_: str = STOP,
    **more: str,
) -> None:
    now_ms = time.time_ns() // 1_000_000
    data = {"by": "house", "reason": 'full "now"', "vendor": vendor, "expires_ms": now_ms + int(life_s * 1000), **more}
    value = encode_event(
        id=id, source="fold", type=type_, community=community, subject="EB-1-02", time_ms=now_ms, data=data
    )
    with redis.Redis.from_url(house.server.url) as client:
        client.xadd(keys.ACTIONS, {"k": community, "v": value})


def out(house: House, source: str = "ebike_pile") -> list[Any]:
    return [e["payload"] for e in house.envelopes(source) if e.get("direction") == "out"]


def test_a_pile_is_told_to_stop_by_its_topic(house: House, broker: Mosquitto) -> None:
    told: list[tuple[str, Any]] = []
    pile = Client(CallbackAPIVersion.VERSION2)
    pile.username_pw_set(USER, PASSWORD)

    def answer(client: Client, _: Any, message: Any) -> None:
        told.append((message.topic, json.loads(message.payload)))
        client.publish("piles/P1/up", json.dumps({"cmd": "0x05", "port": told[-1][1]["port"]}), qos=1)

    pile.on_message = answer
    pile.connect("127.0.0.1", broker.port)
    pile.subscribe("piles/+/down", 1)
    pile.loop_start()

    async def run() -> None:
        async with house.open(mqtt(broker), {"SECRET": PASSWORD}) as gate, carrying_out(house, gate):
            order(house, "order/1", {"ebike_pile": "P1/2"})
            order(house, "elsewhere", {"ebike_pile": "P1/2"}, community="park")
            order(house, "other", {"ocpp16": "EV-1/1"})
            order(house, "late", {"ebike_pile": "P1/2"}, life_s=-1)
            order(house, "odd", {"ebike_pile": "P+/2"})
            await wait_until_async(lambda: told and len(out(house)) == 4, 20, "the pile is told")
            await wait_until_async(lambda: len(house.envelopes("ebike_pile")) == 5, 20, "and answers")

    try:
        asyncio.run(run())
    finally:
        pile.disconnect()
        pile.loop_stop()
    assert told == [("piles/P1/down", {"cmd": "stop", "port": 2, "order": "order/1", "why": 'house: full "now"'})]
    said = [payload["said"] for payload in out(house) if "said" in payload]
    assert sorted(said) == ["not sent: 'P+' cannot stand in a topic", "the broker has it on piles/P1/down"]
    asides = [unwrap(e, zone_of(None)).aside for e in house.envelopes("ebike_pile")]
    assert asides.count("order") == 4 and asides.count("") == 1


def test_an_order_waits_for_its_broker_and_goes_out_once(house: House, broker: Mosquitto) -> None:
    told: list[Any] = []

    async def run() -> None:
        async with house.open(mqtt(broker), {"SECRET": PASSWORD}) as gate, carrying_out(house, gate):
            broker.kill()
            await wait_until_async(lambda: not gate.is_up(gate.ways[0]), 20, "the broker is gone")
            order(house, "order/1", {"ebike_pile": "P1/2"})
            broker.start()
            await wait_until_async(lambda: len(out(house)) == 2, 20, "it is sent")
            order(house, "order/1", {"ebike_pile": "P1/2"})
            order(house, "order/2", {"ebike_pile": "P1/3"})
            await wait_until_async(lambda: len(out(house)) == 4, 20, "the next one too")
            told.extend(payload["order"] for payload in out(house) if "order" in payload)

    asyncio.run(run())
    assert told == ["order/1", "order/2"]


def test_a_call_by_template(house: House) -> None:
    cloud = Device(free_port(), digest=False)
    asked: list[Request] = []
    text = f"""
- way: http
  id: cloud
  source: ebike_pile
  listen: 127.0.0.1:{free_port()}
  token: {{env: SECRET}}
  orders:
    {STOP}:
      url: "{cloud.url}/piles/{{device}}/ports/{{place}}/stop?order={{id}}"
      payload: {{reason: "{{reason}}"}}
      token: {{env: CLOUD}}
"""

    async def stop(request: Request, writer: asyncio.StreamWriter) -> None:
        asked.append(request)
        await plain(writer, b"{}", status="503 Busy" if "P2" in request.path else "202 Accepted")

    async def run() -> None:
        cloud.answers["/piles"] = stop
        secrets = {"SECRET": "t", "CLOUD": "c-1"}
        async with cloud.here(), house.open(text, secrets) as gate, carrying_out(house, gate):
            order(house, "order/1", {"ebike_pile": "P 1?/2"})
            order(house, "order/2", {"ebike_pile": "P2/2"})
            await wait_until_async(lambda: len(out(house)) == 4, 20, "both are sent")

    asyncio.run(run())
    first = next(request for request in asked if "P%20" in request.path)
    assert first.path == "/piles/P%201%3F/ports/2/stop?order=order%2F1"
    assert first.headers["authorization"] == "Bearer c-1" and json.loads(first.body) == {"reason": 'full "now"'}
    assert len(asked) == 2, "what was refused is not sent again"
    said = {payload["said"] for payload in out(house) if "said" in payload}
    assert said == {"answered 202", "not sent: answered 503"}
    assert "c-1" not in json.dumps(house.envelopes("ebike_pile"))


def test_a_broadcast_carries_its_words_and_brings_its_answer(house: House) -> None:
    """The words go to the speakers' server alone; what it answers at once is read like any word of the device."""
    cloud = Device(free_port(), digest=False)
    asked: list[Request] = []
    text = f"""
- way: http
  id: horns
  source: speaker
  feed: house
  listen: 127.0.0.1:{free_port()}
  token: {{env: SECRET}}
  orders:
    broadcast.play:
      url: "{cloud.url}/play/{{device}}"
      payload: {{say: "{{text}}", clip: "{{recording}}", id: "{{message}}"}}
      answers: true
"""
    hash_ = Blobs(house.folder / "blobs").put("南门请让道".encode())

    async def played(request: Request, writer: asyncio.StreamWriter) -> None:
        asked.append(request)
        await plain(writer, b'{"played": "m1"}')

    async def run() -> None:
        cloud.answers["/play"] = played
        async with cloud.here(), house.open(text, {"SECRET": "t"}) as gate, carrying_out(house, gate):
            order(house, "o1", {"speaker": "SP-1"}, type_="broadcast.play", message="m1", text=hash_)
            order(house, "o2", {"speaker": "SP-2"}, type_="broadcast.play", message="m2", text="sha256:" + "0" * 64)
            await wait_until_async(lambda: len(house.envelopes("speaker")) == 5, 20, "sent, recorded and answered")

    asyncio.run(run())
    assert [json.loads(one.body) for one in asked] == [{"say": "南门请让道", "clip": "", "id": "m1"}]
    assert [e["payload"] for e in house.envelopes("speaker") if "direction" not in e] == [{"played": "m1"}]
    said = sorted(payload["said"] for payload in out(house, "speaker") if "said" in payload)
    assert said[0] == "answered 200" and "is not stored" in said[1]
    assert "让道" not in json.dumps(house.envelopes("speaker"), ensure_ascii=False)


def test_an_order_that_nobody_gives_is_said_with_its_line(house: House, broker: Mosquitto) -> None:
    with pytest.raises(ConnectionsError, match=r"yaml:10: nobody orders 'charging.stop'"):
        house.connections(mqtt(broker).replace(STOP, "charging.stop"), {"SECRET": "s"})


def test_a_name_that_no_order_has_is_said_with_its_line(house: House, broker: Mosquitto, tmp_path: Path) -> None:
    with pytest.raises(ConnectionsError, match=r"yaml:10: an order has no 'port'"):
        house.connections(mqtt(broker).replace("{device}", "{port}"), {"SECRET": "s"})


def test_a_value_stays_one_value() -> None:
    told = Order("o", STOP, "garden", "EB-1", 0, {"vendor": {"v": "P1"}, "reason": '", "cmd": "open'})
    values = values_of(told, "v")
    assert values is not None and values["device"] == "P1" and values["place"] == ""
    assert filled({"a": ["{reason}", 7, None], "{id}": True}, values) == {"a": ['", "cmd": "open', 7, None], "o": True}
    assert unknown({"a": [{"{who}": 1}]}) == "who" and unknown(["{id:number}", "{place}"]) is None
    with pytest.raises(ValueError):
        filled("{place:number}", values)
