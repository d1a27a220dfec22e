"""Neither log nor spool takes it, the other side goes away, the gateway is killed: for each way that asks by itself.

Nobody acknowledges to these devices. So nothing more is read of them until what was read is durable; and what is read
once more is known by its place.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, cast

import pytest
from kafka import KafkaConsumer, KafkaProducer

from ingest.gateways import files
from ingest.gateways.inlet import Gate
from ingest.normalise import Normaliser
from store import keys
from store.blobs import Blobs
from store.log.streams import StreamsReader, StreamsWriter, connect
from tests.engines.kafka import Broker, admin_client
from tests.engines.ports import free_port
from tests.engines.redis import RedisServer
from tests.engines.wait import wait_until_async
from tests.gateways.device import Device, Request, stream
from tests.gateways.house import GARDEN, House
from tests.gateways.test_modbus import POINTS, plant
from tests.gateways.test_onvif import MOTION, Camera
from tests.gateways.test_onvif import connection as onvif
from tests.gateways.test_recorders import SECRETS, connection, dahua_part, isapi_part

MANY = 40
FILL = "x" * 400


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.gateways.inlet.AGAIN_S", (0.05,))
    monkeypatch.setattr(files, "LOOK_S", 0.05)


@pytest.fixture
def narrow(redis_server: RedisServer, tmp_path: Path) -> Iterator[House]:
    """Its spool takes a handful of payloads."""
    redis_server.wipe()
    house = House(redis_server, tmp_path, limit_bytes=4000)
    yield house
    house.intake.close()
    redis_server.wipe()


class Way:
    """One way: what stands in the connections' file, and how its other side says numbered payloads."""

    def __init__(self, folder: Path, kraft: Callable[[], Broker]) -> None:
        self.folder, self._kraft = folder, kraft
        self.secrets = {**SECRETS, "CAM": SECRETS["NVR"]}

    @asynccontextmanager
    async def isapi(self) -> AsyncIterator[tuple[str, Callable[[], None]]]:
        async with self._recorder("isapi", "boundary", isapi_part) as made:
            yield made

    @asynccontextmanager
    async def dahua(self) -> AsyncIterator[tuple[str, Callable[[], None]]]:
        async with self._recorder("dahua", "myboundary", dahua_part) as made:
            yield made

    @asynccontextmanager
    async def _recorder(
        self, way: str, boundary: str, part: Callable[[int], bytes]
    ) -> AsyncIterator[tuple[str, Callable[[], None]]]:
        device, go = Device(free_port()), asyncio.Event()

        async def events(request: Request, writer: asyncio.StreamWriter) -> None:
            async def pieces() -> AsyncIterator[bytes]:
                await go.wait()
                yield b"\r\n" + b"".join(part(n) for n in range(MANY))
                await asyncio.Event().wait()

            await stream(writer, boundary, pieces())

        device.answers["/ISAPI/Event"] = device.answers["/cgi-bin/eventManager"] = events
        async with device.here():
            yield connection(way, device, ", poll_s: 0"), go.set

    @asynccontextmanager
    async def onvif(self) -> AsyncIterator[tuple[str, Callable[[], None]]]:
        camera = Camera()
        told = [MOTION.format("true").replace('Value="1"', f'Value="[ {n} ]"') for n in range(MANY)]
        async with camera.here():
            yield onvif(camera), lambda: camera.events.extend(told)

    @asynccontextmanager
    async def kafka(self) -> AsyncIterator[tuple[str, Callable[[], None]]]:
        broker = self._kraft()
        producer = KafkaProducer(bootstrap_servers=broker.bootstrap, acks="all")
        producer.send("held.back", key=b"d", value=b'{"n": "before"}').get(20)

        def go() -> None:
            for n in range(MANY):
                producer.send("held.back", key=b"d", value=json.dumps({"n": f"[ {n} ]", "fill": FILL}).encode())
            producer.flush()

        yield kafka(broker), go
        producer.close()

    @asynccontextmanager
    async def files(self) -> AsyncIterator[tuple[str, Callable[[], None]]]:
        drop = self.folder / "drop"
        drop.mkdir()
        rows = "".join(f"[ {n} ],{FILL}\n" for n in range(MANY))
        text = f'- {{way: files, id: drop, source: work_orders, folder: "{drop}"}}\n'
        yield text, lambda: (drop / "day.csv").write_text("Unique Key,Agency\n" + rows, "utf-8") and None


def with_topic(broker: Broker) -> Broker:
    broker.wipe()
    admin = admin_client(broker.bootstrap)
    admin.create_topics({"held.back": {"num_partitions": 1, "replication_factor": 1}}, wait_for_metadata=True)
    admin.close()
    return broker


def kafka(broker: Broker) -> str:
    return (
        f'- {{way: kafka, id: city, source: zigbee2mqtt, servers: "{broker.bootstrap}", topics: [held.back], '
        "group: held}"
    )


SOURCES = {"kafka": "zigbee2mqtt", "files": "work_orders"}


@pytest.mark.parametrize("name", ["isapi", "dahua", "onvif", "kafka", "files"])
def test_nothing_is_lost_or_told_twice_while_neither_log_nor_spool_takes_it(
    narrow: House, tmp_path: Path, name: str, request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> None:
    def broker() -> Broker:
        return with_topic(request.getfixturevalue("kraft"))

    way = Way(tmp_path, broker)
    source = SOURCES.get(name, name)

    def numbers() -> list[int]:
        told = [json.dumps(said["payload"]) for said in narrow.envelopes(source)]
        found = (re.search(r"\[ (\d+) \]|<eventId>(\d+)<", text) for text in told)
        return [int(match[1] or match[2]) for match in found if match]

    async def run() -> None:
        opening: AbstractAsyncContextManager[tuple[str, Callable[[], None]]] = getattr(way, name)()
        async with opening as (text, go), narrow.open(text, way.secrets):
            if name == "kafka":
                await narrow.heard(source, 1)
            narrow.server.kill()
            go()
            await wait_until_async(lambda: " waits: " in caplog.text, 30, "nobody takes it, and it says so")
            narrow.server.restart()
            await wait_until_async(lambda: len(numbers()) >= MANY, 30, "all are there")
        assert numbers() == list(range(MANY)), "each once, in order"

    asyncio.run(run())


# ---- the other side goes away and comes back
def test_the_feed_of_each_way_is_down_while_the_other_side_is(house: House, kraft: Broker) -> None:
    """Within one life of its gate: nobody has to start anything again."""
    with_topic(kraft)
    camera, recorder, port = Camera(), Device(free_port()), free_port()
    part = dahua_part(1)

    async def events(request: Request, writer: asyncio.StreamWriter) -> None:
        async def one() -> AsyncIterator[bytes]:
            yield part
            await asyncio.Event().wait()

        await stream(writer, "myboundary", one())

    recorder.answers["/cgi-bin/eventManager"] = events
    text = onvif(camera) + connection("dahua", recorder, ", poll_s: 0") + POINTS.format(port=port) + kafka(kraft)
    count = dict.fromkeys(("onvif", "dahua", "modbus", "zigbee2mqtt"), 0)

    def told() -> bool:
        producer = KafkaProducer(bootstrap_servers=kraft.bootstrap)
        producer.send("held.back", value=b'{"contact": true}').get(20)
        producer.close()
        return True

    def more() -> bool:
        return all(len(house.envelopes(source)) > before for source, before in count.items())

    async def run() -> None:
        told()
        async with AsyncExitStack() as others:
            for other in (camera.here(), recorder.here(), plant(port)):
                await others.enter_async_context(other)
            async with gates(house, text) as running:
                await wait_until_async(more, 30, "all have spoken")
                await others.aclose()
                kraft.kill()
                down = [gate for gate in running if not isinstance_kafka(gate)]
                await wait_until_async(lambda: not any(map(up, down)), 40, "their feeds fall silent")
                for source in count:
                    count[source] = len(house.envelopes(source))
                kraft.start()
                async with camera.here(), recorder.here(), plant(port):
                    await wait_until_async(lambda: all(map(up, running)), 90, "they are called again")
                    told()
                    await wait_until_async(more, 60, "and heard")

    asyncio.run(run())


def isinstance_kafka(gate: Gate) -> bool:
    return gate.ways[0].id == "city"


def up(gate: Gate) -> bool:
    return all(gate.is_up(way) for way in gate.ways)


@asynccontextmanager
async def gates(house: House, text: str) -> AsyncIterator[list[Gate]]:
    from ingest.gateways.gates import gates_of
    from ingest.gateways.inlet import Inlet, kept
    from ingest.tasks import ended

    secrets = {**SECRETS, "CAM": SECRETS["NVR"]}
    found = gates_of(house.connections(text, secrets), lambda way: Inlet(way, house.intake, house.folder), house.folder)
    running = [asyncio.ensure_future(kept(gate)) for gate in found]
    try:
        await wait_until_async(lambda: all(map(up, found)), 30, "the gates are open")
        yield found
    finally:
        await ended(running)


# ---- killed between the log and what says that it was read
@pytest.mark.parametrize("name", ["kafka", "files"])
def test_what_is_read_again_after_a_kill_is_one_record(
    house: House, tmp_path: Path, name: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = "zigbee2mqtt" if name == "kafka" else "lorawan"

    def states() -> list[Any]:
        """By a normaliser that remembers nothing but what is stored."""
        url, client = house.server.url, connect(house.server.url)
        reader, writer = StreamsReader(url, keys.vendor(source), "normalise"), StreamsWriter(url)
        normaliser = Normaliser(source, {"garden": GARDEN}, reader, writer, client, Blobs(house.folder))
        while normaliser.step(timeout_ms=50):
            continue
        normaliser.close()
        writer.close()
        records = [
            json.loads(fields[b"v"])
            for _, fields in cast("list[tuple[bytes, dict[bytes, bytes]]]", client.xrange(keys.LOG))
        ]
        client.close()
        return [record["data"].get("battery_percent") for record in records if record["type"] == "device.battery"]

    def entries() -> int:
        with connect(house.server.url) as client:
            return int(client.xlen(keys.vendor(source)))

    payloads = [{"battery": n} for n in (11, 12, 13)]
    if name == "kafka":
        kraft = with_topic(request.getfixturevalue("kraft"))
        producer = KafkaProducer(bootstrap_servers=kraft.bootstrap, acks="all")
        for payload in payloads:
            said = {"topic": "zigbee2mqtt/door-7", "payload": payload}
            producer.send("held.back", key=b"d", value=json.dumps(said).encode()).get(20)
        producer.close()
        text, owner, method = kafka(kraft), KafkaConsumer, "commit"
    else:
        drop = tmp_path / "drop"
        drop.mkdir()
        source = "zigbee2mqtt"
        lines = (json.dumps({"topic": "zigbee2mqtt/door-7", "payload": payload}) for payload in payloads)
        (drop / "day.jsonl").write_text("".join(f"{line}\n" for line in lines), "utf-8")
        text = f'- {{way: files, id: drop, source: zigbee2mqtt, folder: "{drop}"}}\n'
        owner, method = files.FilesGate, "_store"

    async def run() -> None:
        def dies(*_: Any, **__: Any) -> None:
            raise OSError("killed")

        with monkeypatch.context() as dying:
            dying.setattr(owner, method, dies)
            async with house.open(text):
                await wait_until_async(lambda: entries() >= len(payloads), 30, "they are in the log")
        before = entries()
        assert await asyncio.to_thread(states) == [11, 12, 13]
        async with house.open(text):
            await wait_until_async(lambda: entries() >= before + len(payloads), 30, "they stand there once more")
        assert await asyncio.to_thread(states) == [11, 12, 13]

    asyncio.run(run())
