"""A worker with its log and its Redis, in the test's own process: fold a topic, look at what it left."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import redis

from community.description import Description
from community.site import SITES, Site, parse_site
from ingest.describe import Describer
from ingest.relay import Relay
from ingest.worker import Worker
from store import keys
from store.deadletter import DeadLetters
from store.live import LiveWriter
from store.log import LogReader, LogWriter
from tests.contracts.published import letter
from tests.engines.wait import wait_until

LANTING = parse_site((SITES / "lanting.json").read_bytes())


class Yard:
    def __init__(
        self,
        url: str,
        writer: LogWriter,
        reader: LogReader,
        sites: Mapping[str, Site] | None = None,
        described: Mapping[str, Description] | None = None,
    ) -> None:
        """`described`: what the site files say, told in the log as `python -m ingest live` tells it."""
        self.redis = redis.Redis.from_url(url)
        self.writer = writer
        self.reader = reader
        if described is not None:
            sites = {id_: told.site for id_, told in described.items()}
        self.sites = sites or {"lanting": LANTING}
        dead = DeadLetters(writer, self.redis)
        partitions = writer.partitions(keys.LOG)
        describer = Describer(writer, described, reader.epoch) if described is not None else None
        self.worker = Worker(reader, LiveWriter(self.redis), dead, self.sites, partitions, describer=describer)

    def fold_until(self, position: str, timeout_s: float = 60.0, community: str = "lanting") -> None:
        """Steps until the community stands at the position or beyond."""

        def there() -> bool:
            self.worker.step(50)
            state = self.worker.states.get(community)
            return state is not None and state.position >= position

        wait_until(there, timeout_s, f"{community} at {position}")

    def relay(self) -> None:
        relay = Relay(self.redis, self.writer, sorted(self.sites))
        while relay.step(1):
            pass

    def close(self) -> None:
        self.reader.close()
        self.writer.close()
        self.redis.close()


def live_bytes(client: redis.Redis, community: str = "lanting") -> dict[str, dict[bytes, bytes]]:
    """Everything a community's live state is, byte for byte."""
    names = (keys.meta(community), keys.devices(community), keys.alarms(community))
    return {name: dict(sorted(client.hgetall(name).items())) for name in names}


def entries_once(values: list[bytes]) -> list[tuple[str, bytes]]:
    """Journal or actions as a consumer sees them: a repeated id is the same entry again."""
    once: dict[str, bytes] = {}
    for value in values:
        id_ = json.loads(value)["id"]
        assert once.setdefault(id_, value) == value, f"{id_} came with two meanings"
    return sorted(once.items())


def letters(client: redis.Redis) -> list[dict[str, Any]]:
    """Dead letters of a log in Streams."""
    return [letter(json.loads(fields[b"v"])) for _, fields in client.xrange(keys.DEADLETTER)]
