"""The real programs on one engine, as `make run` starts them, and what they cost while they run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil
import redis

from ingest.run import ask_ready
from store.children import Children
from store.settings import read_settings
from tests.engines.kafka import Kraft, kraft_missing
from tests.engines.ports import free_port
from tests.engines.redis import RedisServer
from tests.engines.wait import wait_until

ROOT = Path(__file__).resolve().parents[2]
OUTSIDE = ("REDIS_URL", "KAFKA_BOOTSTRAP_SERVERS", "DATABASE_URL", "HOST", "SITE", "WALL_TOKEN", "PORT", "OCPP_PORT")
ENGINES = ("kafka", "embedded")


class Programs:
    """One installation: Valkey as embedded by `make run`, and the log in it or in `bootstrap`."""

    def __init__(
        self, folder: Path, children: Children, bootstrap: str = "", more: Mapping[str, str] | None = None
    ) -> None:
        """`more`: further settings."""
        self.folder = folder
        self.redis = RedisServer(folder / "redis", children)
        self.redis.start()
        self.port, self.ocpp_port = free_port(), free_port()
        self.environ = {name: value for name, value in os.environ.items() if name not in OUTSIDE} | {
            "REDIS_URL": self.redis.url,
            "KAFKA_BOOTSTRAP_SERVERS": bootstrap,
            "PORT": str(self.port),
            "OCPP_PORT": str(self.ocpp_port),
            "SHOUWANG_VAR": str(folder),
            **(more or {}),
        }
        self.settings = read_settings(self.environ)
        self._children = children
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, names: Sequence[str], patience_s: float = 60) -> None:
        """Programs of the Procfile by name; waits for the wall where `web` is one of them."""
        for name in names:
            module = ["dashboard"] if name == "web" else ["ingest", name]
            with (self.folder / f"{name}.log").open("ab") as log:
                self._running[name] = self._children.start(
                    [sys.executable, "-m", *module], cwd=ROOT, env=self.environ, stdout=log, stderr=log
                )
        if "web" in names:
            wait_until(
                lambda: ask_ready(self.port)[0] == 200, patience_s, f"a wall on port {self.port}; see {self.folder}"
            )

    def cpu_s(self) -> dict[str, float]:
        """Processor seconds used so far, user and system, by program; Valkey among them."""
        pids = {name: process.pid for name, process in self._running.items()}
        assert self.redis.process is not None
        pids["valkey"] = self.redis.process.pid
        spent = {name: psutil.Process(pid).cpu_times() for name, pid in pids.items()}
        return {name: times.user + times.system for name, times in spent.items()}

    def memory_mb(self) -> dict[str, float]:
        """Resident memory, by program."""
        return {name: round(psutil.Process(p.pid).memory_info().rss / 1e6, 1) for name, p in self._running.items()}

    @contextmanager
    def frozen(self, name: str) -> Iterator[None]:
        """The program stands still meanwhile."""
        process = self._running[name]
        process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        for process in self._running.values():
            process.terminate()
        for process in self._running.values():
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            self._children.forget(process)
        self._running.clear()
        self.redis.kill()


@contextmanager
def installed(
    engine: str, names: Sequence[str], more: Callable[[Path], Mapping[str, str]] = lambda folder: {}
) -> Iterator[Programs]:
    """The programs on `kafka` (a real Apache Kafka) or `embedded`, in a folder of their own, gone afterwards.

    Raises RuntimeError where Kafka cannot be had.
    """
    children = Children()
    with tempfile.TemporaryDirectory(prefix="shouwang-bench-") as name:
        folder = Path(name)
        broker = None
        try:
            if engine == "kafka":
                broker = kafka(folder / "kafka", children)
            programs = Programs(folder, children, broker.bootstrap if broker else "", more(folder))
            try:
                programs.start(names)
                yield programs
            finally:
                programs.stop()
        finally:
            if broker is not None:
                broker.kill()


def kafka(folder: Path, children: Children) -> Kraft:
    if missing := kraft_missing():
        raise RuntimeError(missing)
    folder.mkdir(parents=True, exist_ok=True)
    broker = Kraft(folder, children)
    broker.start()
    return broker


def position(client: redis.Redis, key: str) -> str:
    found = client.hget(key, "position")
    return found.decode() if isinstance(found, bytes) else ""
