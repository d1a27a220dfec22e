"""The gateway as a process of its own, the way `make run` starts it, and what it has written to the log."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import redis

from community.model import encode_event
from store import keys
from store.children import Children
from store.log.kafka import KafkaReader
from tests.contracts.published import payload_of_a_vendor
from tests.engines.ports import free_port
from tests.engines.redis import RedisServer
from tests.engines.wait import wait_until

ROOT = Path(__file__).resolve().parents[2]
TOPIC = keys.vendor("ocpp16")

STOP = "charging.remote_stop"


class Rig:
    def __init__(self, server: RedisServer, var: Path, children: Children, bootstrap: str = "") -> None:
        """`bootstrap`: the log is on that Kafka, Redis holds the claims only."""
        self.server = server
        self.bootstrap = bootstrap
        self.var = var
        self.port = free_port()
        self.url = f"ws://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None
        self.env: dict[str, str] = {}
        """More of the environment: CONNECTIONS, secrets."""
        self._children = children

    def start(self) -> None:
        """Returns once charge points can connect."""
        env = {**os.environ, "REDIS_URL": self.server.url, "SHOUWANG_VAR": str(self.var), "OCPP_PORT": str(self.port)}
        env |= {"KAFKA_BOOTSTRAP_SERVERS": self.bootstrap, **self.env}
        self.process = self._children.start([sys.executable, "-m", "ingest", "gateway"], cwd=ROOT, env=env)
        wait_until(self._listens, 20, "the gateway listens")

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self._children.forget(self.process)
            self.process = None

    def terminate(self) -> int:
        assert self.process is not None
        self.process.terminate()
        code = self.process.wait(10)
        self._children.forget(self.process)
        self.process = None
        return code

    def _listens(self) -> bool:
        assert self.process is not None and self.process.poll() is None, "the gateway ended"
        with socket.socket() as probe:
            probe.settimeout(0.5)
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    # ---- the log
    def beats(self) -> list[dict[str, Any]]:
        """The gateway's own heartbeats: they take the way of the devices' messages."""
        return [e for e in self._all(TOPIC) if e.get("type") == "source.heartbeat"]

    def entries(self, topic: str = TOPIC) -> list[dict[str, Any]]:
        """The values of a topic, each with the id that intake gave it as `message_id`; of the devices' own topic
        without the gateway's heartbeats."""
        return [e for e in self._all(topic) if topic != TOPIC or e.get("type") != "source.heartbeat"]

    def _all(self, topic: str) -> list[dict[str, Any]]:
        if self.bootstrap:
            return self._kafka_entries(topic)
        with redis.Redis.from_url(self.server.url) as client:
            found = client.xrange(topic)
        return [{**self._said(topic, f[b"v"]), "message_id": f.get(b"h:id", b"").decode()} for _, f in found]

    def _said(self, topic: str, value: bytes) -> dict[str, Any]:
        said: dict[str, Any] = json.loads(value)
        return payload_of_a_vendor(said) if topic.startswith(keys.vendor("")) else said

    def _kafka_entries(self, topic: str) -> list[dict[str, Any]]:
        reader = KafkaReader(self.bootstrap, topic, f"rig-{time.monotonic_ns()}")
        try:
            wait_until(lambda: reader.poll(50, limit=1) or reader.assigned(), 20, "partitions of the topic")
            for partition in reader.assigned():
                reader.seek(partition, None)
            found: list[dict[str, Any]] = []
            while entries := reader.poll(1000):
                found += [
                    {**self._said(topic, entry.value), "message_id": dict(entry.headers).get("id", b"").decode()}
                    for entry in entries
                ]
            return found
        finally:
            reader.close()

    def frames(self, device: str) -> list[Any]:
        """What a charge point said, in the order of the log, second copies left out, links left out."""
        seen = {e["message_id"]: e for e in self.entries() if e["device"] == device and e.get("action") != "Link"}
        return [e["payload"] for e in seen.values()]

    def links(self, device: str) -> list[dict[str, Any]]:
        return [e["payload"] for e in self.entries() if e["device"] == device and e.get("action") == "Link"]

    def order(
        self,
        id: str,
        vendor_id: str,
        *,
        life_s: float = 20.0,
        community: str = "lanting",
        type_: str = STOP,
        **facts: object,
    ) -> None:
        """As the relay writes it."""
        now_ms = time.time_ns() // 1_000_000
        data = {"by": "guard", "vendor": {"ocpp16": vendor_id}, "expires_ms": now_ms + int(1000 * life_s), **facts}
        value = encode_event(
            id=id,
            source="shouwang/fold",
            type=type_,
            community=community,
            subject=vendor_id.replace("/", "-"),
            time_ms=now_ms,
            data=data,
        )
        with redis.Redis.from_url(self.server.url) as client:
            client.xadd(keys.ACTIONS, {"k": community, "v": value})
