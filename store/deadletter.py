"""What could not be read is set aside with its reason: nothing is lost, nothing blocks, everything is counted."""

from __future__ import annotations

import hashlib
import logging
from collections import Counter
from contextlib import suppress
from typing import Any

import msgspec
import redis
from redis.exceptions import RedisError

from . import keys
from .blobs import Blobs
from .log import Appended, Entry, LogWriter

log = logging.getLogger("shouwang.deadletter")

KEPT_BYTES = 64 * 1024
"""So much of the payload stands in the dead letter itself; a larger one is stored whole as a blob."""

UNDECODABLE = "undecodable"
UNKNOWN_COMMUNITY = "unknown_community"
FOREIGN_PARTITION = "foreign_partition"
BAD_DATA = "bad_data"
UNMAPPED = "unmapped"
BUG = "bug"
CODES = frozenset((UNDECODABLE, UNKNOWN_COMMUNITY, FOREIGN_PARTITION, BAD_DATA, UNMAPPED, BUG))


class DeadLetters:
    def __init__(self, writer: LogWriter, client: redis.Redis, blobs: Blobs | None = None) -> None:
        """Without `blobs` only the first KEPT_BYTES of a payload are kept with its letter."""
        self._writer = writer
        self._redis = client
        self._blobs = blobs
        self._pending: list[Appended] = []
        self._counts: Counter[str] = Counter()

    def put(self, entry: Entry, code: str, reason: str) -> None:
        """Hands the letter to the log; it is durable after `settle()`. Raises LogUnavailable."""
        value = encode(entry, code, reason, self._keep(entry))
        self._pending.append(self._writer.append(keys.DEADLETTER, entry.key.decode("utf-8", "replace"), value))
        self._counts[f"deadletter:{entry.topic}:{code}"] += 1

    def _keep(self, entry: Entry) -> str | None:
        """The name of the blob that holds the whole payload; None for one that fits its letter."""
        if self._blobs is None or len(entry.value) <= KEPT_BYTES:
            return None
        try:
            return self._blobs.put(entry.value)
        except OSError as error:
            # A full disk must not stop the records behind this one; its origin in the log still has the whole.
            log.warning("the whole of %s %s is not kept: %s", entry.topic, entry.position.token(), error)
            return None

    def settle(self) -> None:
        """Waits until every letter is in the log. Raises LogUnavailable: do not go past the records then."""
        pending, self._pending = self._pending, []
        counts, self._counts = self._counts, Counter()  # not counted twice when they have to be put again
        for appended in pending:
            appended.result()
        with suppress(RedisError):  # only the figure on /metrics would miss some; the letters are in the log
            for name, count in counts.items():
                self._redis.hincrby(keys.COUNTERS, name, count)


def encode(entry: Entry, code: str, reason: str, blob: str | None = None) -> bytes:
    """`id` is derived from the origin, so that the same letter written twice can be told as one. `blob`: the whole."""
    kept = entry.value[:KEPT_BYTES]
    letter: dict[str, Any] = {
        "id": f"{entry.topic}/{entry.position.token()}",
        "code": code,
        "reason": reason,
        "origin": {
            "topic": entry.topic,
            "epoch": entry.position.epoch,
            "partition": entry.position.partition,
            "offset": entry.position.offset,
            "appended_ms": entry.appended_ms,
        },
        "key": entry.key.decode("utf-8", "replace"),
        "size_bytes": len(entry.value),
        "hash": "sha256:" + hashlib.sha256(entry.value).hexdigest(),
    }
    if blob is not None:
        letter["blob"] = blob
    try:
        letter["payload"] = kept.decode("utf-8")
    except UnicodeDecodeError:
        letter["payload_base64"] = kept  # msgspec writes bytes as base64
    return msgspec.json.encode(letter)
