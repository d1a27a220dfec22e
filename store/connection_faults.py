"""What is wrong with the file CONNECTIONS, told by the gateway that has read it, for the page."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import redis

from . import keys

EVERY_S = 60.0
KEPT_S = 180
"""A gateway that is gone tells nothing any more."""


def tell(client: redis.Redis, faults: Sequence[str]) -> None:
    """Raises RedisError."""
    client.set(keys.CONNECTIONS, msgspec.json.encode(faults), ex=KEPT_S)


def told(client: redis.Redis) -> list[str]:
    """`file:line: what is wrong`, of each connection that is left out. Raises RedisError."""
    found = client.get(keys.CONNECTIONS)
    return msgspec.json.decode(found, type=list[str]) if isinstance(found, bytes) else []
