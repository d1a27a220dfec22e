"""Which worker folds the one stream of Redis Streams: a key that its holder renews and that runs out by itself."""

from __future__ import annotations

import os
import time
import uuid

import redis
from redis.exceptions import RedisError

from store import keys

LEASE_MS, RENEW_MS = 5_000, 1_500


class Lease:
    """On Streams one worker folds; Kafka's consumer group does the same by partitions."""

    def __init__(self, client: redis.Redis) -> None:
        self._redis = client
        self._token = f"{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self._until_s = 0.0

    def hold(self) -> bool:
        """True while this process is the one. Cheap: asks Redis every 1.5 s."""
        now_s = time.monotonic()
        if now_s < self._until_s - (LEASE_MS - RENEW_MS) / 1000:
            return True
        try:
            mine = bool(self._redis.set(keys.LEASE_LIVE, self._token, nx=True, px=LEASE_MS))
            if not mine and self._redis.get(keys.LEASE_LIVE) == self._token.encode():
                mine = bool(self._redis.set(keys.LEASE_LIVE, self._token, xx=True, px=LEASE_MS))
        except (RedisError, OSError):
            return now_s < self._until_s
        self._until_s = now_s + LEASE_MS / 1000 if mine else 0.0
        return mine
