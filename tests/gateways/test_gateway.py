"""The gateway process with connections: the feeds' heartbeats, and one way that trips among others."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import pytest
import requests

from ingest import connections_check
from ingest.gateways.inlet import Gate, kept
from ingest.tasks import ended
from ingest.ways import Way
from store import keys
from store.connection_faults import told
from store.log.streams import connect as redis_at
from tests.engines.ports import free_port
from tests.engines.wait import wait_until, wait_until_async
from tests.gateways.client import raw
from tests.gateways.rig import Rig


def connect(rig: Rig, port: int) -> None:
    path = rig.var / "connections.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(
        f"""
- {{way: http, id: hooks, source: lorawan, listen: "127.0.0.1:{port}", token: {{env: HOOKS}}}}
- {{way: mqtt, id: bridge, source: isapi, url: "mqtt://127.0.0.1:{free_port()}", topics: ["#"]}}
""",
        "utf-8",
    )
    rig.env |= {"CONNECTIONS": str(path), "HOOKS": "t-1"}


def test_the_feed_of_a_way_lives_with_it_and_another_one_falls_silent(rig: Rig) -> None:
    """The broker of `bridge` is not there: nothing beats for isapi, so that the wall calls its devices unknown."""
    rig.terminate()
    port = free_port()
    connect(rig, port)
    rig.start()

    def posted() -> bool:
        try:
            answer = requests.post(f"http://127.0.0.1:{port}/intake/lorawan", json={"a": 1}, params={"token": "t-1"})
        except requests.ConnectionError:
            return False
        return answer.status_code == 200

    wait_until(posted, 20, "the intake takes it")
    assert [e["payload"] for e in rig.entries(keys.vendor("lorawan")) if "payload" in e] == [{"a": 1}]
    rig.terminate()
    rig.start()
    wait_until(lambda: any("specversion" in e for e in rig.entries(keys.vendor("lorawan"))), 20, "the feed beats")
    beats = [e for e in rig.entries(keys.vendor("lorawan")) if "specversion" in e]
    assert {(beat["subject"], beat["community"]) for beat in beats} == {("lorawan", "lanting")}
    assert not rig.entries(keys.vendor("isapi"))


def test_a_fault_in_the_file_costs_its_own_connection_and_is_named_with_its_line(
    rig: Rig, capfd: pytest.CaptureFixture[str]
) -> None:
    assert rig.terminate() == -signal.SIGTERM, "not done: whoever keeps it alive starts it again"
    port = free_port()
    connect(rig, port)
    path = Path(rig.env["CONNECTIONS"])
    path.write_text(path.read_text() + "- {way: modbus, id: plant}\n- {way: telex, id: old}\n")
    rig.start()
    faults = [f"{path}:4: Object missing required field `host`", f"{path}:5: Invalid value 'telex'"]
    with redis_at(rig.server.url) as client:
        wait_until(lambda: told(client) == faults, 20, "the page can name them")
    wait_until(lambda: "specversion" in str(rig.entries(keys.vendor("lorawan"))), 20, "the others go on")
    asyncio.run(beats(rig.url))
    said = capfd.readouterr().err
    assert all(f"this is not connected: {fault}" in said for fault in faults)
    rig.terminate()
    path.write_text("- {way: http\n")
    rig.start()
    asyncio.run(beats(rig.url))
    with redis_at(rig.server.url) as client:
        wait_until(lambda: "not YAML" in str(told(client)), 20, "a file that is none costs all but these")


async def beats(url: str) -> None:
    async with raw(url, "EV-01") as point:
        assert (await point.ask([2, "1", "Heartbeat", {}]))[0] == 3


def test_the_file_can_be_checked_without_a_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("- {way: http, id: hooks, source: lorawan, token: {env: HOOKS}}\n")
    monkeypatch.setenv("HOOKS", "t")
    monkeypatch.delenv("SITE", raising=False)
    assert connections_check.main(["check", str(path)]) == 0
    assert capsys.readouterr().out == "hooks: http to vendor.lorawan, feed lorawan of lanting\n"
    monkeypatch.delenv("HOOKS")
    assert connections_check.main(["check", str(path)]) == 1
    assert capsys.readouterr().err == f"{path}:1: the environment has no HOOKS\n"


class Tripping(Gate):
    runs = 0

    @property
    def ways(self) -> list[Way]:
        return []

    def is_up(self, way: Way) -> bool:
        return False

    async def run(self) -> None:
        self.runs += 1
        raise KeyError("a mistake of ours")


def test_a_way_that_trips_is_begun_anew_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> None:
        gate = Tripping()
        keeping = asyncio.ensure_future(kept(gate))
        await wait_until_async(lambda: gate.runs >= 2, 20, "it is begun anew")
        await ended([keeping])

    asyncio.run(run())
    assert "KeyError: 'a mistake of ours'" in caplog.text
