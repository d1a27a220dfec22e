"""Gates of the gateway process in the test's own event loop, on a real log; and what they have written to it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import redis

from community.place import Source, Text
from community.site import Site
from ingest.connections import load
from ingest.gateways.gates import gates_of
from ingest.gateways.inlet import Gate, Inlet, kept
from ingest.intake import Intake
from ingest.spool import Spool
from ingest.tasks import ended
from ingest.ways import Connection
from store import keys
from store.log.streams import StreamsWriter
from tests.contracts.published import payload_of_a_vendor
from tests.engines.redis import RedisServer
from tests.engines.wait import wait_until_async

FEEDS = tuple("house zigbee2mqtt frigate lorawan isapi dahua onvif gb28181 ebike_pile work_orders modbus".split())
GARDEN = Site("garden", Text("花园"), sources=tuple(Source(feed, Text(feed)) for feed in FEEDS))


class House:
    def __init__(self, server: RedisServer, folder: Path, limit_bytes: int = 64 * 1024 * 1024) -> None:
        self.server = server
        self.folder = folder
        self.intake = Intake(
            lambda: StreamsWriter(server.url), Spool(folder / "spool", limit_bytes=limit_bytes), origin="house"
        )
        self.intake.start()
        self._said: dict[tuple[str, bytes], tuple[bytes, dict[str, Any]]] = {}
        """By source and entry of the log: its id and its envelope, each held against what is published of it."""

    def connections(self, text: str, environ: dict[str, str] | None = None) -> list[Connection]:
        path = self.folder / "connections.yaml"
        path.write_text(text, "utf-8")
        return load(path, {"garden": GARDEN}, environ or {})

    @asynccontextmanager
    async def open(self, text: str, environ: dict[str, str] | None = None) -> AsyncIterator[Gate]:
        """The first gate of the file, once it would hear its devices."""
        gates = gates_of(self.connections(text, environ), lambda way: Inlet(way, self.intake, self.folder), self.folder)
        running = [asyncio.ensure_future(kept(gate)) for gate in gates]
        try:
            await wait_until_async(lambda: all(g.is_up(w) for g in gates for w in g.ways), 20, "the gates are open")
            yield gates[0]
        finally:
            await ended(running)

    def envelopes(self, source: str) -> list[dict[str, Any]]:
        """In the order of the log, second copies (one id) left out."""
        with redis.Redis.from_url(self.server.url) as client:
            found = client.xrange(keys.vendor(source))
        for id_, fields in found:
            if (source, id_) not in self._said:
                self._said[source, id_] = fields[b"h:id"], payload_of_a_vendor(json.loads(fields[b"v"]))
        return list(dict(self._said[source, id_] for id_, _ in found).values())

    async def heard(self, source: str, count: int) -> list[dict[str, Any]]:
        await wait_until_async(lambda: len(self.envelopes(source)) >= count, 20, f"{count} payloads of {source}")
        return self.envelopes(source)
