"""`make run` itself: ready, mended when something dies, ended by Ctrl-C, and where it was when it comes back."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from community.model import encode_event
from community.site import SITES
from ingest import run as ingest_run
from store import keys
from store.log.streams import StreamsWriter
from store.settings import SettingsError, read_settings
from tests.benchmarks.pace import pace_ms
from tests.engines.ports import free_port
from tests.engines.wait import wait_until

ROOT = Path(__file__).resolve().parent.parent
pytestmark = [pytest.mark.engine, pytest.mark.alone]

USUAL_MS = 5.0
"""The pace of the machine on which a start takes three seconds (docs/bench.md)."""


class House:
    """One installation: the same ports and data over several runs."""

    def __init__(self, var: Path, **env: str) -> None:
        self.port = free_port()
        var.mkdir(exist_ok=True)
        self.log = var / "run.log"
        outside = ("REDIS_URL", "KAFKA_BOOTSTRAP_SERVERS", "DATABASE_URL", "HOST", "SITE", "WALL_TOKEN")
        self._env = {name: value for name, value in os.environ.items() if name not in outside}
        self._env |= {"PORT": str(self.port), "OCPP_PORT": str(free_port()), "SHOUWANG_VAR": str(var), **env}
        self._token = env.get("WALL_TOKEN", "")
        self.process: psutil.Popen | None = None

    def start(self) -> float:
        """Seconds until the wall can be opened."""
        begun_s = time.monotonic()
        with self.log.open("ab") as log:
            self.process = psutil.Popen(
                [sys.executable, "-m", "ingest.run"], cwd=ROOT, env=self._env, stdout=log, stderr=log
            )
        wait_until(lambda: self.ready(), 60, f"a wall on port {self.port}; see {self.log}")
        return time.monotonic() - begun_s

    def ready(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.said()
        return ingest_run.ask_ready(self.port)[0] == 200

    def said(self) -> str:
        return self.log.read_text("utf-8", "replace")

    def get(self, address: str) -> str:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{address}")
        if self._token:
            request.add_header("authorization", f"Bearer {self._token}")
        with urllib.request.urlopen(request, timeout=5) as answer:
            text: str = answer.read().decode()
            return text

    def state(self, community: str = "lanting") -> dict[str, Any]:
        state: dict[str, Any] = json.loads(self.get(f"/api/v1/state?community={community}"))
        return state

    def children(self) -> list[psutil.Process]:
        assert self.process is not None
        return self.process.children(recursive=True)

    def child(self, words: str, *, other_than: int = 0) -> psutil.Process:
        """The process with these words in its command, once it is there."""

        def find() -> psutil.Process | None:
            return next((p for p in self.children() if p.pid != other_than and words in command_of(p)), None)

        found = wait_until(find, 5, f"a process {words!r}")
        assert found is not None
        return found

    def kill(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    one = House(tmp_path)
    yield one
    one.kill()


def command_of(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:  # it has just ended
        return ""


def gone(processes: list[psutil.Process]) -> bool:
    return not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in processes)


def test_a_run_from_start_to_end_and_again(house: House) -> None:
    house.start()
    wait_until(lambda: f"http://127.0.0.1:{house.port}/" in house.said(), 2, "the address to open")
    assert house.process is not None
    # ten of the Procfile and the embedded Valkey
    wait_until(lambda: house.process is not None and len(house.process.children()) == 11, 10, "all processes")

    # a worker that dies is back, and the community's clock goes on
    worker = house.child("ingest live")
    worker.kill()
    house.child("ingest live", other_than=worker.pid)
    before = house.state()["revision"]
    wait_until(lambda: house.state()["revision"] > before, 15, "a newer state")

    # who is told to end by itself is not done
    gateway = house.child("ingest gateway")
    gateway.terminate()
    wait_until(lambda: "gateway ended (SIGTERM)" in house.said(), 15, "it has ended")
    house.child("ingest gateway", other_than=gateway.pid)

    # so is the database, with everything in it
    database = house.child("valkey-server")
    database.kill()
    house.child("valkey-server", other_than=database.pid)
    wait_until(lambda: house.ready(), 15, "a wall that can be opened")
    assert house.state()["revision"] > before
    before = house.state()["revision"]
    wait_until(lambda: house.state()["revision"] > before, 15, "a newer state")

    # Ctrl-C ends every process
    before = house.state()["revision"]
    everyone = house.children()
    house.process.send_signal(signal.SIGINT)
    assert house.process.wait(5) == 0
    assert gone(everyone)

    # the next run goes on where this one was
    seconds = house.start()
    assert house.state()["revision"] >= before
    assert seconds < 8 * max(1, pace_ms() / USUAL_MS), "as long as it takes a host that has its processors to itself"

    # nothing outlives a killed supervisor
    everyone = house.children()
    house.kill()
    wait_until(lambda: gone(everyone), 5, "the end of everything")


def test_the_databases_port_is_not_the_operators_care(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setattr(ingest_run, "REDIS_PORT", taken.getsockname()[1])
        assert ingest_run.redis_port() != taken.getsockname()[1]


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("SITE", "nowhere.json", "SITE: cannot read nowhere.json"),
        ("REDIS_URL", "somewhere", "REDIS_URL='somewhere' should begin with"),
        ("SHOUWANG_VAR", "/dev/null/var", "cannot write to /dev/null/var"),
    ],
)
def test_what_cannot_run_is_one_sentence(variable: str, value: str, sentence: str) -> None:
    env = {**os.environ, "PORT": str(free_port()), "OCPP_PORT": str(free_port()), variable: value}
    done = subprocess.run(
        [sys.executable, "-m", "ingest.run"], cwd=ROOT, env=env, capture_output=True, text=True, timeout=20, check=False
    )
    assert done.returncode == 1
    assert sentence in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_two_communities_live_side_by_side_on_one_installation(tmp_path: Path, redis_url: str) -> None:
    """The demo, and an old estate whose file and plan lie somewhere else: processes, walls and commands of each."""
    own = tmp_path / "own"
    own.mkdir()
    old_estate = json.loads((SITES / "heping.json").read_text("utf-8"))
    plan = {"features": [], "extent": [[-7, -7], [123, 45]]}
    (own / "estate.geojson").write_text(json.dumps(plan), "utf-8")
    (own / "estate.json").write_text(json.dumps({**old_estate, "plan": "estate.geojson"}), "utf-8")
    files = os.pathsep.join(map(str, (SITES / "lanting.json", own / "estate.json")))
    house = House(tmp_path / "var", SITE=files, REDIS_URL=redis_url, WALL_TOKEN="of-the-walls")
    writer = StreamsWriter(redis_url)

    def alarms(community: str) -> dict[str, str]:
        return {alarm["key"]: alarm["state"] for alarm in house.state(community)["alarms"]}

    try:
        house.start()
        told = {"id": os.urandom(8).hex(), "source": "test", "type": "sos.press", "subject": "SOS-3-2"}
        writer.append(keys.LOG, "heping", encode_event(**told, community="heping", data={"press": "short"})).result()
        wait_until(lambda: alarms("heping").get("SOS/SOS-3-2") == "unacknowledged", 20, "the press on its own wall")
        assert "SOS/SOS-3-2" not in alarms("lanting")
        assert house.state("heping")["name"] == "和平里小区"
        assert len(house.state("heping")["devices"]) == 96

        told = {"id": os.urandom(8).hex(), "source": "test", "type": "command.alarm.acknowledge"}
        command = {**told, "subject": "SOS/SOS-3-2", "community": "heping", "data": {"by": "post:gate"}}
        writer.append(keys.LOG, "heping", encode_event(**command)).result()
        wait_until(lambda: alarms("heping").get("SOS/SOS-3-2") == "acknowledged", 20, "the acknowledgement")

        wall = house.get("/?community=heping")
        assert 'data-community="heping"' in wall
        assert "和平里小区" in wall
        assert '"extent": [[-7, -7], [123, 45]]' in house.get("/map?community=heping")
        assert 'data-community="lanting"' in house.get("/")
        with pytest.raises(urllib.error.HTTPError, match="404"):
            house.get("/?community=nowhere")
    finally:
        writer.close()
        house.kill()


def test_a_plan_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    site = json.loads((SITES / "heping.json").read_text("utf-8"))
    path = tmp_path / "estate.json"
    path.write_text(json.dumps({**site, "plan": "nowhere.geojson"}), "utf-8")
    with pytest.raises(SettingsError, match="plan: 'nowhere.geojson' is not beside it"):
        read_settings({"SITE": str(path)}).load_sites()
