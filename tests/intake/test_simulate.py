"""The demo: sessions as functions of time, and the whole of it on the real road."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from community.site import SITES, Site, parse_site
from ingest.simulation.demo import Memory
from store.children import Children
from tests.engines.redis import RedisServer
from tests.engines.wait import wait_until
from tests.gateways.client import raw
from tests.gateways.rig import Rig

ROOT = Path(__file__).resolve().parents[2]
LANTING = parse_site((SITES / "lanting.json").read_bytes())


class Demo:
    def __init__(self, rig: Rig, children: Children) -> None:
        self.rig = rig
        self._children = children
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *arguments: str) -> None:
        rig = self.rig
        env = {**os.environ, "REDIS_URL": rig.server.url, "SHOUWANG_VAR": str(rig.var), "OCPP_PORT": str(rig.port)}
        env.pop("KAFKA_BOOTSTRAP_SERVERS", None)
        command = [sys.executable, "-m", "ingest", "simulate", *arguments]
        self.process = self._children.start(command, cwd=ROOT, env=env)

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            assert self.process.wait(5) == -signal.SIGTERM
            self._children.forget(self.process)
            self.process = None

    def subjects(self, type_: str, source: str) -> set[str]:
        records = self.rig.entries("community.log")
        return {record["subject"] for record in records if record["type"] == type_ and record["source"] == source}

    def connectors(self) -> set[tuple[str, int]]:
        """Those that said their status over OCPP."""
        frames = [e for e in self.rig.entries() if "action" not in e]
        said = [(e["device"], e["payload"]) for e in frames if e["payload"][2] == "StatusNotification"]
        return {(device, frame[3]["connectorId"]) for device, frame in said}


@pytest.fixture
def demo(redis_server: RedisServer, tmp_path: Path, children: Children) -> Iterator[Demo]:
    redis_server.wipe()
    rig = Rig(redis_server, tmp_path / "var", children)
    rig.start()
    demo = Demo(rig, children)
    yield demo
    try:
        demo.stop()
    finally:
        rig.kill()


def ids(kind: str) -> set[str]:
    return {device.id for device in LANTING.devices if device.kind == kind}


MADE_S = 60
"""A day takes three seconds to make, on a machine that does nothing else."""


@pytest.mark.slow
def test_every_device_of_the_demo_speaks_as_soon_as_its_day_is_made(demo: Demo) -> None:
    demo.start()
    wait_until(lambda: demo.subjects("camera.status", "isapi") == ids("camera"), MADE_S, "every camera")
    wait_until(lambda: demo.subjects("charging.status", "ebike_pile") == ids("ebike_port"), 20, "every port")
    wait_until(lambda: demo.subjects("device.heartbeat", "ebike_pile") >= ids("ebike_pile"), 100, "every pile")
    everyone = ids("button") | ids("pillar")
    wait_until(lambda: len(demo.subjects("device.battery", "lorawan") & everyone) > 0.8 * len(everyone), 20, "buttons")
    plugs = {(d.id.rpartition("-")[0], n) for d in LANTING.devices if d.kind == "car_connector" for n in (0, 1, 2)}
    wait_until(lambda: demo.connectors() == plugs, 20, "every plug, over OCPP")
    for source in ("isapi", "ebike_pile", "lorawan"):
        assert demo.subjects("source.heartbeat", source) == {source}
    assert {beat["subject"] for beat in demo.rig.beats()} == {"ocpp16"}
    a_restart_goes_on_with_the_same_day(demo)


def a_restart_goes_on_with_the_same_day(demo: Demo) -> None:
    """Cars that charge are not begun anew, and the help button is not pressed again."""
    demo.stop()

    def memory() -> Memory:
        return msgspec.json.decode((demo.rig.var / "simulate.json").read_bytes(), type=Memory)

    def starts() -> int:
        frames = [e["payload"] for e in demo.rig.entries() if "action" not in e]
        return sum(frame[2] == "StartTransaction" for frame in frames)

    before, started = memory(), starts()
    assert [line.plot for line in before.script] == ["calls_for_help"]
    count = len(demo.rig.entries())
    demo.start()
    wait_until(lambda: len(demo.rig.entries()) > count + 12 * 4, MADE_S, "they are back")
    assert starts() - started <= 2, "but for a car that came just now"
    assert memory().script == before.script
    assert memory().transactions.items() >= before.transactions.items() or starts() == started


def test_a_real_charger_takes_the_place_of_a_simulated_one(demo: Demo) -> None:
    demo.start()
    wait_until(lambda: ("EV-01", 2) in demo.connectors(), MADE_S, "EV-01 is simulated")

    async def real() -> None:
        async with raw(demo.rig.url, "EV-01") as point:
            assert (await point.ask([2, "real", "BootNotification", {}]))[0] == 3
            others = len(demo.rig.frames("EV-02"))
            async with asyncio.timeout(20):
                while len(demo.rig.links("EV-01")) < 3 or len(demo.rig.frames("EV-02")) <= others:
                    assert (await point.ask([2, "still here", "Heartbeat", {}]))[0] == 3

    asyncio.run(real())
    events = [link.get("reason", link["event"]) for link in demo.rig.links("EV-01")]
    assert events[:3] == ["opened", "opened", "replaced"]


def test_a_real_charger_that_was_there_first_keeps_its_place(demo: Demo) -> None:
    async def real() -> None:
        async with raw(demo.rig.url, "EV-01") as point:
            assert (await point.ask([2, "real", "BootNotification", {}]))[0] == 3
            demo.start()
            async with asyncio.timeout(20):  # EV-01's twin is the first to connect, EV-12's the last
                while ("EV-12", 2) not in demo.connectors():
                    assert (await point.ask([2, "still here", "Heartbeat", {}]))[0] == 3
            assert (await point.ask([2, "at the end", "Heartbeat", {}]))[0] == 3
            assert [link["event"] for link in demo.rig.links("EV-01")] == ["opened"]

    asyncio.run(real())
    assert {frame[1] for frame in demo.rig.frames("EV-01")} == {"real", "still here", "at the end"}


@pytest.mark.parametrize(
    "site", [msgspec.structs.replace(LANTING, clock="log"), msgspec.structs.replace(LANTING, id="x")]
)
def test_it_simulates_nothing_but_the_demo(tmp_path: Path, site: Site) -> None:
    path = tmp_path / "site.json"
    path.write_bytes(msgspec.json.encode(site))
    done = subprocess.run(
        [sys.executable, "-m", "ingest", "simulate"],
        cwd=ROOT,
        env={**os.environ, "SITE": str(path), "SHOUWANG_VAR": str(tmp_path / "var")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0 and "nothing to simulate" in done.stdout
