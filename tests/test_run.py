"""`make run` itself: ready, mended when something dies, ended by Ctrl-C, and where it was when it comes back."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from ingest import run as ingest_run
from tests.engines.ports import free_port
from tests.engines.wait import wait_until

ROOT = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.engine


class House:
    """One installation: the same ports and data over several runs."""

    def __init__(self, var: Path) -> None:
        self.port = free_port()
        self.log = var / "run.log"
        outside = ("REDIS_URL", "KAFKA_BOOTSTRAP_SERVERS", "DATABASE_URL", "HOST", "SITE", "WALL_TOKEN")
        self._env = {name: value for name, value in os.environ.items() if name not in outside}
        self._env |= {"PORT": str(self.port), "OCPP_PORT": str(free_port()), "SHOUWANG_VAR": str(var)}
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

    def state(self) -> dict[str, Any]:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/v1/state", timeout=5) as answer:
            state: dict[str, Any] = json.load(answer)
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
    assert len(house.process.children()) == 11  # ten of the Procfile and the embedded Valkey

    # a worker that dies is back, and the community's clock goes on
    worker = house.child("ingest live")
    worker.kill()
    house.child("ingest live", other_than=worker.pid)
    before = house.state()["revision"]
    wait_until(lambda: house.state()["revision"] > before, 15, "a newer state")

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
    assert seconds < 8

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
        ("HOST", "0.0.0.0", "no sign-in yet"),
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
