"""Dead letters as people meet them: read, kept whole, written into their topic again; what was done with each.

`store/deadletter.py` writes them. The command `python -m ingest letters` and the page `/letters` stand on this.
"""

from __future__ import annotations

import base64
import hashlib
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import cast

import msgspec
import redis
from msgspec.structs import replace

from . import keys
from .blobs import BlobMissing, Blobs
from .log import Entry, LogUnavailable
from .log.open import open_reader, open_writer
from .settings import Settings

REACH_S = 20.0
"""A Kafka consumer has its partitions within that, or the log is away."""


class Origin(msgspec.Struct):
    topic: str
    appended_ms: int = 0


class Letter(msgspec.Struct):
    """As `store/deadletter.py` writes it."""

    id: str
    code: str
    reason: str
    origin: Origin
    key: str = ""
    size_bytes: int = 0
    hash: str = ""
    blob: str = ""
    payload: str | None = None
    payload_base64: str | None = None


class CannotReplay(ValueError):
    """The letter's payload is not there as a whole. Permanent; the message says why."""


def letters_of(settings: Settings, keep: Callable[[Letter], bool] = lambda letter: True) -> dict[str, Letter]:
    """Every letter that the log has, by its id, oldest first; without its payload where `keep` does not want it: there
    may be thousands of 64 kB. Raises LogUnavailable."""
    reader = open_reader(settings, keys.DEADLETTER, f"letters-{uuid.uuid4().hex}")
    found: dict[str, Letter] = {}

    def take(entries: Sequence[Entry]) -> None:
        for entry in entries:
            try:
                letter = msgspec.json.decode(entry.value, type=Letter)
            except msgspec.MsgspecError:
                continue  # not ours: a stranger wrote it
            found[letter.id] = letter if keep(letter) else replace(letter, payload=None, payload_base64=None)

    try:
        deadline = time.monotonic() + REACH_S
        take(reader.poll(50))
        while not reader.assigned():
            if time.monotonic() > deadline:
                raise LogUnavailable("the log gives us no partition of the dead letters")
            take(reader.poll(200))
        for partition in reader.assigned():
            reader.seek(partition, None)
        while batch := reader.poll(500):
            take(batch)
    finally:
        reader.close()
    return found


def whole(letter: Letter, blobs: Blobs) -> bytes:
    """The payload as it stood in its topic. Raises CannotReplay."""
    if letter.blob:
        try:
            value = blobs.get(letter.blob)
        except BlobMissing as error:
            raise CannotReplay(f"{letter.id}: {error}") from error
    elif letter.payload_base64 is not None:
        value = base64.b64decode(letter.payload_base64)
    else:
        value = (letter.payload or "").encode()
    if hashlib.sha256(value).hexdigest() != letter.hash.removeprefix("sha256:"):
        raise CannotReplay(f"{letter.id}: only {len(value)} of its {letter.size_bytes} bytes were kept")
    return value


def chosen(letters: Mapping[str, Letter], code: str, topic: str) -> list[Letter]:
    return [one for one in letters.values() if code in ("", one.code) and topic in ("", one.origin.topic)]


def replay(settings: Settings, values: Sequence[tuple[Letter, bytes]], client: redis.Redis, known: set[str]) -> None:
    """Durable when it returns. `known`: all letters that there are; of others it is forgotten that they were replayed.

    Raises LogUnavailable, RedisError.
    """
    writer = open_writer(settings)
    try:
        pending = [
            writer.append(one.origin.topic, one.key, value, headers=[("id", f"letter-{uuid.uuid4().hex}".encode())])
            for one, value in values
        ]
        for appended in pending:
            appended.result()
    finally:
        writer.close()
    now_ms = time.time_ns() // 1_000_000
    client.hset(keys.LETTERS, mapping={one.id: now_ms for one, _ in values})
    gone = [name for name in replayed(client) if name not in known]
    if gone:
        client.hdel(keys.LETTERS, *gone)


def replayed(client: redis.Redis) -> dict[str, int]:
    """Id -> when (ms). Raises RedisError."""
    raw = cast("dict[bytes, bytes]", client.hgetall(keys.LETTERS))
    return {name.decode(): int(at) for name, at in raw.items()}
