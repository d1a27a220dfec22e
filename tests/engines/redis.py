"""Redis for tests: the embedded Valkey that `make run` uses, and the system's Redis."""

from __future__ import annotations

import shutil
from pathlib import Path

import redis

from store.children import Children
from store.embedded import EmbeddedRedis
from tests.engines.ports import free_port


class RedisServer(EmbeddedRedis):
    """`url` stays the same over kill and restart, and so does the data."""

    def __init__(self, folder: Path, children: Children, *, binary: Path | None = None) -> None:
        super().__init__(folder, free_port(), binary=binary, children=children)

    def restart(self) -> None:
        self.kill()
        self.start()

    def wipe(self) -> None:
        """Back, empty, and with no client's scripts or subscriptions of before."""
        if not self.alive():
            self.restart()
        with redis.Redis.from_url(self.url) as client:
            client.flushall()
            client.script_flush()


def system_redis() -> Path | None:
    found = shutil.which("redis-server")
    return Path(found) if found else None
