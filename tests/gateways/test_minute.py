"""The log is away while fifty devices speak by three ways: all that was acknowledged arrives, in order, once.

The gateway is killed in the middle of it, too. The short form stops the log for seconds; `make prove` for a minute, on
Apache Kafka.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
import requests

from community.site import Site, Text
from ingest.copies import REMEMBERED, Copies, marked
from ingest.normalise import Normaliser
from store import keys
from store.blobs import Blobs
from store.children import Children
from store.log import LogReader, LogWriter
from store.log.kafka import KafkaReader, KafkaWriter
from store.log.streams import StreamsReader, StreamsWriter, connect
from tests.engines.kafka import Broker
from tests.engines.mosquitto import PASSWORD, USER, Mosquitto
from tests.engines.ports import free_port
from tests.engines.redis import RedisServer
from tests.engines.wait import wait_until, wait_until_async
from tests.gateways.rig import Rig
from tests.gateways.test_durable import numbers, speak
from tests.gateways.test_mqtt import Publisher

CHARGERS = [f"CP-{n}" for n in range(20)]
SENSORS = [f"sensor-{n}" for n in range(20)]
HOSTS = [f"host-{n}" for n in range(10)]
TOKEN = "a-token-of-the-alarm-host"
SITE = Site("lanting", Text("澜庭"))
MQTT, HTTP = keys.vendor("zigbee2mqtt"), keys.vendor("unifi_access")


def connections(broker: Mosquitto, port: int) -> str:
    return f"""
- {{way: mqtt, id: zigbee2mqtt, source: zigbee2mqtt, feed: lorawan, url: {broker.url}, user: {USER},
   password: {{env: HOUSE_MQTT}}, topics: ["zigbee2mqtt/#"]}}
- {{way: http, id: unifi_access, source: unifi_access, feed: isapi, listen: "127.0.0.1:{port}",
   token: {{env: HOUSE_TOKEN}}, per_minute: 100000}}
"""


class Crowd:
    """Fifty devices; each says the next number when the last was acknowledged, and tries again until it is."""

    def __init__(self, rig: Rig, broker: Mosquitto, port: int) -> None:
        self.rig, self.broker = rig, broker
        self.url = f"http://127.0.0.1:{port}/intake/unifi_access"
        self.acknowledged: dict[str, list[int]] = {name: [] for name in (*CHARGERS, *SENSORS, *HOSTS)}
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._publish)]
        self._threads += [threading.Thread(target=self._post, args=(host,)) for host in HOSTS]

    def said(self, names: list[str] | None = None) -> int:
        return sum(len(self.acknowledged[name]) for name in names or self.acknowledged)

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _publish(self) -> None:
        """The broker acknowledges to whoever publishes: from then on it is the gateway's to fetch."""
        publisher, number = Publisher(self.broker), 0
        while not self._stop.wait(0.01):
            for sensor in SENSORS:
                publisher.say(f"zigbee2mqtt/{sensor}", {"battery": number % 100, "n": number})
                self.acknowledged[sensor].append(number)
            number += 1
        publisher.close()

    def _post(self, host: str) -> None:
        number = 0
        with requests.Session() as session:
            while not self._stop.wait(0.02):
                try:
                    answer = session.post(
                        self.url, json={"host": host, "n": number}, params={"token": TOKEN}, timeout=20
                    )
                except requests.RequestException:
                    continue  # the gateway was killed: nobody has acknowledged, so it says it again
                if answer.status_code == 200:
                    self.acknowledged[host].append(number)
                    number += 1

    async def speak(self, first: int, enough: int) -> None:
        """The charge points, until they and all others have said so much more."""
        stop = asyncio.Event()
        speaking = [asyncio.create_task(speak(self.rig, c, first, self.acknowledged[c], stop)) for c in CHARGERS]
        target = {kind: self.said(names) + enough for kind, names in (("c", CHARGERS), ("s", SENSORS), ("h", HOSTS))}
        kinds = {"c": CHARGERS, "s": SENSORS, "h": HOSTS}
        await wait_until_async(
            lambda: all(self.said(kinds[kind]) >= least for kind, least in target.items()), 120, "all ways go on"
        )
        stop.set()
        await asyncio.gather(*speaking)


@pytest.fixture
def rig(redis_server: RedisServer, tmp_path: Path, children: Children, request: pytest.FixtureRequest) -> Iterator[Rig]:
    redis_server.wipe()
    bootstrap = ""
    if "kraft" in request.fixturenames:
        kraft: Broker = request.getfixturevalue("kraft")
        kraft.wipe()
        bootstrap = kraft.bootstrap
    rig = Rig(redis_server, tmp_path / "var", children, bootstrap)
    yield rig
    rig.kill()
    redis_server.wipe()


def crowd_of(rig: Rig, broker: Mosquitto, folder: Path) -> Crowd:
    port = free_port()
    file = folder / "connections.yaml"
    file.write_text(connections(broker, port), "utf-8")
    rig.env = {"CONNECTIONS": str(file), "HOUSE_MQTT": PASSWORD, "HOUSE_TOKEN": TOKEN}
    rig.start()
    wait_until(lambda: rig.entries(MQTT), 30, "subscribed: its feed beats")
    return Crowd(rig, broker, port)


def records_of(rig: Rig, opened: tuple[LogReader, LogWriter]) -> dict[str, list[float]]:
    """What the normaliser makes of the sensors' topic: device -> its batteries, in the order of the log."""
    client = connect(rig.server.url)
    normaliser = Normaliser("zigbee2mqtt", {"lanting": SITE}, *opened, client, Blobs(rig.var / "blobs"))
    quiet = 0
    while quiet < 3:
        quiet = 0 if normaliser.step(300) else quiet + 1
    normaliser.close()
    opened[1].close()
    client.close()
    found: dict[str, list[float]] = {}
    ids: set[str] = set()
    for record in rig.entries(keys.LOG):
        if record["type"] == "device.battery" and record["id"] not in ids:
            ids.add(record["id"])
            found.setdefault(record["subject"], []).append(record["data"]["battery_percent"])
    return found


def check(crowd: Crowd, opened: tuple[LogReader, LogWriter]) -> None:
    rig = crowd.rig
    for charger in CHARGERS:
        assert numbers(rig, charger) == crowd.acknowledged[charger], charger
    copies = Copies()
    posted: dict[str, list[int]] = {host: [] for host in HOSTS}
    for entry in rig.entries(HTTP):
        if "payload" in entry and not copies.is_copy(entry["message_id"].encode()):
            posted[entry["payload"]["host"]].append(entry["payload"]["n"])
    for host in HOSTS:  # what was in flight at a kill may be there without an answer, and is said again
        assert list(dict.fromkeys(posted[host])) == crowd.acknowledged[host], host
        assert len(posted[host]) - len(crowd.acknowledged[host]) <= 1, host
    batteries = records_of(rig, opened)
    for sensor in SENSORS:
        assert batteries[sensor] == [number % 100 for number in crowd.acknowledged[sensor]], sensor


def drained(rig: Rig) -> bool:
    return not list((rig.var / "spool" / "gateway").glob("*.seg"))


def killed(rig: Rig) -> None:
    rig.kill()
    rig.start()


def outage(crowd: Crowd, steps: Sequence[Callable[[], object]], enough: int) -> None:
    """All devices speak before, between and after the steps."""
    crowd.start()
    try:
        for number, step in enumerate((lambda: None, *steps)):
            step()
            asyncio.run(crowd.speak(1_000_000 * number, enough))
    finally:
        crowd.stop()

    def all_here() -> bool:
        heard = {e["topic"] for e in crowd.rig.entries(MQTT) if e.get("topic")}
        last = {json.dumps(crowd.acknowledged[sensor][-1]) for sensor in SENSORS}
        told = {json.dumps(e["payload"]["n"]) for e in crowd.rig.entries(MQTT) if isinstance(e.get("payload"), dict)}
        return drained(crowd.rig) and len(heard) == len(SENSORS) and last <= told

    wait_until(all_here, 120, "the spool is drained, the broker has told all")


def test_the_log_is_away_for_seconds(rig: Rig, broker: Mosquitto, tmp_path: Path) -> None:
    """A gateway that starts without a log waits ten seconds for it: here it is killed while the log is there."""
    crowd = crowd_of(rig, broker, tmp_path)
    outage(crowd, (lambda: killed(rig), rig.server.kill, rig.server.restart), 60)
    url = rig.server.url
    check(crowd, (StreamsReader(url, MQTT, "normalise"), StreamsWriter(url)))


@pytest.mark.slow
def test_the_log_is_away_for_a_minute(rig: Rig, broker: Mosquitto, tmp_path: Path, kraft: Broker) -> None:
    crowd = crowd_of(rig, broker, tmp_path)
    minute = threading.Event()
    timer = threading.Timer(60, minute.set)

    def away() -> None:
        kraft.kill()
        timer.start()

    def back() -> None:
        wait_until(minute.is_set, 90, "a minute is over")
        kraft.restart()

    outage(crowd, (away, lambda: killed(rig), back), 500)
    check(crowd, (KafkaReader(kraft.bootstrap, MQTT, "normalise"), KafkaWriter(kraft.bootstrap)))


def test_what_is_a_copy() -> None:
    copies, on = Copies(), b"zigbee2mqtt/switch ON"
    first = b"gateway-1-7" + marked(on, again=False).encode()
    assert not copies.is_copy(first)
    assert copies.is_copy(first), "the log failed, and has it twice"
    assert copies.is_copy(b"gateway-2-1" + marked(on, again=True).encode()), "the broker says that it is the same"
    assert not copies.is_copy(b"gateway-2-2" + marked(on, again=False).encode()), "the same words a day later"
    assert not copies.is_copy(b"gateway-2-3" + marked(b"never heard", again=True).encode()), "its first never came"
    assert not copies.is_copy(b"gateway-2-4")
    for number in range(REMEMBERED):
        copies.is_copy(b"%d" % number)
    assert not copies.is_copy(b"gateway-3-1" + marked(on, again=True).encode()), "memory is bounded"
