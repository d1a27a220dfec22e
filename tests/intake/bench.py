"""A normaliser before a real Redis, and what devices say to it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from community.site import SITES, Site, parse_site
from ingest.envelope import Envelopes
from ingest.normalise import Normaliser
from store import keys
from store.blobs import Blobs
from store.log.streams import StreamsReader, StreamsWriter, connect
from tests.engines.redis import RedisServer

TOPIC = keys.vendor("ocpp16")
LANTING = parse_site((SITES / "lanting.json").read_bytes())
SITES_BY_ID: dict[str, Site] = {"lanting": LANTING}


class Bench:
    def __init__(self, server: RedisServer, var: Path) -> None:
        self.server = server
        self.client = connect(server.url)
        self.envelopes = Envelopes(var)
        self.blobs = Blobs(var / "blobs")
        self.var = var

    def normaliser(self, source: str = "ocpp16", sites: dict[str, Site] = SITES_BY_ID) -> Normaliser:
        reader, writer = (
            StreamsReader(self.server.url, keys.vendor(source), "normalise"),
            StreamsWriter(self.server.url),
        )
        return Normaliser(source, sites, reader, writer, self.client, self.blobs)

    def say(
        self, device: str, frame: Any, *, message_id: str = "", at_ms: int = 1_773_321_276_000, **facts: Any
    ) -> str:
        payload = frame if isinstance(frame, bytes) else json.dumps(frame).encode()
        fields: dict[Any, Any] = {"k": device, "v": self.envelopes.wrap(device, at_ms, payload, **facts)}
        if message_id:
            fields["h:id"] = message_id
        return self.client.xadd(TOPIC, fields).decode()  # type: ignore[union-attr]

    def values(self, topic: str = keys.LOG) -> list[dict[str, Any]]:
        return [json.loads(fields[b"v"]) for _, fields in self.client.xrange(topic)]  # type: ignore[union-attr]


def drain(normaliser: Normaliser) -> None:
    while normaliser.step(timeout_ms=50):
        continue
