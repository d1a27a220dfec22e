"""The same gateway with its log on a real Kafka: the broker dies while charge points speak."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from store.children import Children
from tests.engines.kafka import Broker
from tests.engines.redis import RedisServer
from tests.engines.wait import wait_until, wait_until_async
from tests.gateways.rig import Rig
from tests.gateways.test_durable import speak

DEVICES = 5


@pytest.fixture
def on_kafka(kraft: Broker, redis_server: RedisServer, tmp_path: Path, children: Children) -> Iterator[Rig]:
    redis_server.wipe()
    kraft.wipe()
    rig = Rig(redis_server, tmp_path / "var", children, kraft.bootstrap)
    rig.start()
    yield rig
    rig.kill()
    redis_server.wipe()


def test_a_broker_killed_in_mid_flight_loses_nothing_acknowledged(on_kafka: Rig, kraft: Broker) -> None:
    rig = on_kafka
    acknowledged: dict[str, list[int]] = {f"CP-{n}": [] for n in range(DEVICES)}

    def said() -> int:
        return sum(map(len, acknowledged.values()))

    async def life() -> None:
        stop = asyncio.Event()
        speaking = [asyncio.create_task(speak(rig, d, 0, done, stop)) for d, done in acknowledged.items()]
        await wait_until_async(lambda: said() > 100, 30, "frames are answered")
        kraft.kill()
        before = said()
        await wait_until_async(lambda: said() > before + 200, 30, "also without a broker")
        stop.set()
        await asyncio.gather(*speaking)

    asyncio.run(life())
    kraft.restart()
    wait_until(lambda: not list((rig.var / "spool" / "gateway").glob("*.seg")), 60, "the spool is drained")
    entries = [e for e in rig.entries() if e.get("action") != "Link"]
    for device, done in acknowledged.items():
        seen = {e["message_id"]: int(e["payload"][1]) for e in entries if e["device"] == device}
        assert list(seen.values()) == done, "later, in order, once per id"
