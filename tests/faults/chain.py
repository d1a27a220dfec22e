"""The whole house on Apache Kafka, each link a process that can be frozen and killed; a wire before the web process and
one before its Redis."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from community.model import encode_event
from ingest.run import ask_ready
from store import keys
from store.children import Children, end
from store.log.open import open_writer
from store.settings import read_settings
from tests.engines.kafka import Kraft
from tests.engines.ports import free_port
from tests.engines.redis import RedisServer
from tests.engines.wait import wait_until

ROOT = Path(__file__).resolve().parents[2]
OUTSIDE = ("REDIS_URL", "KAFKA_BOOTSTRAP_SERVERS", "DATABASE_URL", "HOST", "SITE", "WALL_TOKEN", "PORT", "OCPP_PORT")
PROGRAMS = ("web", "live", "relay", "normalise", "gateway", "tick", "kpis", "history", "simulate")
COMMANDS = {
    "web": ["-m", "dashboard"],
    "simulate": ["-m", "ingest", "simulate", "--rate", "0.001"],  # nothing happens there but what the proof does
}
FEEDS = 17


class Chain:
    def __init__(self, folder: Path, children: Children) -> None:
        self._folder, self._children = folder, children
        self.broker = Kraft(folder / "kafka", children)
        self.redis = RedisServer(folder / "redis", children)
        self._ports = {"web": free_port(), "net": free_port(), "redis_wire": free_port()}
        redis_port = self.redis.url.rsplit(":", 1)[1].split("/")[0]
        self._wires = {"net": ("net", self._ports["web"]), "redis_wire": ("redis_wire", int(redis_port))}
        environ = {name: value for name, value in os.environ.items() if name not in OUTSIDE}
        self.environ = environ | {
            "REDIS_URL": self.redis.url,
            "KAFKA_BOOTSTRAP_SERVERS": self.broker.bootstrap,
            "PORT": str(self._ports["web"]),
            "OCPP_PORT": str(free_port()),
            "SHOUWANG_VAR": str(folder / "var"),
        }
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def url(self) -> str:
        """Of the wall, by way of the wire `net`."""
        return f"http://127.0.0.1:{self._ports['net']}"

    def start_all(self) -> None:
        self.broker.start()
        self.redis.start()
        for name in (*self._wires, *PROGRAMS):
            self.start(name)
        wait_until(lambda: ask_ready(self._ports["web"])[0] == 200, 180, f"the house is ready; see {self._folder}")

    def start(self, name: str) -> None:
        if name == "log":
            return self.broker.start()
        if name == "redis":
            return self.redis.start()
        env = dict(self.environ)
        if name in self._wires:
            port, target = self._ports[self._wires[name][0]], self._wires[name][1]
            command = ["-m", "tests.faults.pipe", str(port), str(target)]
        else:
            command = COMMANDS.get(name, ["-m", "ingest", name])
        if name == "web":
            env["REDIS_URL"] = f"redis://127.0.0.1:{self._ports['redis_wire']}/0"
        with (self._folder / f"{name}.log").open("ab") as log:
            self._running[name] = self._children.start(
                [sys.executable, *command], cwd=ROOT, env=env, stdout=log, stderr=log
            )

    def _process(self, name: str) -> subprocess.Popen[bytes]:
        process = {"log": self.broker.process, "redis": self.redis.process}.get(name) or self._running[name]
        assert process is not None
        return process

    def freeze(self, name: str) -> None:
        end(self._process(name), signal.SIGSTOP)

    def thaw(self, name: str) -> None:
        end(self._process(name), signal.SIGCONT)

    def tell(self, name: str, signum: signal.Signals) -> None:
        self._process(name).send_signal(signum)

    def kill(self, name: str) -> None:
        if name == "log":
            return self.broker.kill()
        if name == "redis":
            return self.redis.kill()
        process = self._running.pop(name)
        end(process, signal.SIGKILL)
        process.wait()
        self._children.forget(process)

    def kill_all(self) -> None:
        """The power goes: nobody is told."""
        for name in [*self._running]:
            self.kill(name)
        self.redis.kill()
        self.broker.kill()

    def say(self, type_: str, subject: str, **data: object) -> None:
        """A canonical record, as a gateway would append it."""
        writer = open_writer(read_settings(self.environ))
        record = encode_event(
            id=os.urandom(8).hex(), source="proof", type=type_, community="lanting", subject=subject, data=data
        )
        writer.append(keys.LOG, "lanting", record).result()
        writer.close()


@contextmanager
def whole_house(folder: Path) -> Iterator[Chain]:
    chain = Chain(folder, Children())
    (folder / "kafka").mkdir(parents=True)
    try:
        chain.start_all()
        yield chain
    finally:
        chain.kill_all()


Act = Callable[[Chain], None]
