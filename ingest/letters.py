"""python -m ingest letters ..: what could not be read. List it, look at one, write it into its topic again.

    letters list [--code CODE] [--topic TOPIC]     newest last; those that were replayed are marked
    letters show ID                                reason, origin and the whole payload
    letters replay ID .. | --code CODE [--topic T] after the mapping, the site or the program was mended
    letters replay ID --with FILE                  this payload in its place

A payload that is replayed is read as if it came now; ids of records derive from its new place. One that was replayed
before is left alone unless `--again` is said. A letter that still cannot be read comes back as a new one.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import sys
import time
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import msgspec
import redis
from redis.exceptions import RedisError

from community.model import to_rfc3339
from store import keys
from store.blobs import BlobMissing, Blobs
from store.log import LogUnavailable
from store.log.open import open_reader, open_writer
from store.log.streams import connect
from store.settings import Settings, SettingsError, read_settings

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


def letters_of(settings: Settings) -> dict[str, Letter]:
    """Every letter that the log keeps, by its id, oldest first. Raises LogUnavailable."""
    reader = open_reader(settings, keys.DEADLETTER, f"letters-{uuid.uuid4().hex}")
    found: dict[str, Letter] = {}
    try:
        deadline = time.monotonic() + REACH_S
        entries = list(reader.poll(50))
        while not reader.assigned():
            if time.monotonic() > deadline:
                raise LogUnavailable("the log gives us no partition of the dead letters")
            entries += reader.poll(200)
        for partition in reader.assigned():
            reader.seek(partition, None)
        while batch := reader.poll(500):
            for entry in batch:
                try:
                    letter = msgspec.json.decode(entry.value, type=Letter)
                except msgspec.MsgspecError:
                    continue  # not ours: a stranger wrote it
                found[letter.id] = letter
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


def main(argv: list[str]) -> int:
    options = _options(argv)
    try:
        settings = read_settings()
        client = connect(settings.redis_url)
        letters, before = letters_of(settings), replayed(client)
        blobs = Blobs(settings.var / "blobs")
        if options.do == "list":
            return _list(chosen(letters, options.code, options.topic), before)
        named = [letters[id] for id in ([options.id] if options.do == "show" else options.ids) if id in letters]
        missing = set([options.id] if options.do == "show" else options.ids) - letters.keys()
        if missing:
            print(f"there is no letter {', '.join(sorted(missing))}", file=sys.stderr)
            return 1
        if options.do == "show":
            return _show(named[0], whole(named[0], blobs))
        if not named and not options.code and not options.topic:
            print("which? ids, --code or --topic", file=sys.stderr)
            return 2
        picked = named or chosen(letters, options.code, options.topic)
        fresh = [one for one in picked if options.again or one.id not in before]
        values = [(one, _read(options.instead) if options.instead else whole(one, blobs)) for one in fresh]
        if values:
            replay(settings, values, client, set(letters))
        print(f"{len(values)} replayed, {len(picked) - len(fresh)} had been before")
        return 0
    except (SettingsError, CannotReplay, LogUnavailable, RedisError, OSError) as error:
        print(error, file=sys.stderr)
        return 1


def _options(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m ingest letters", description="dead letters: what could not be read"
    )
    commands = parser.add_subparsers(dest="do", required=True)
    listing = commands.add_parser("list", help="newest last")
    showing = commands.add_parser("show", help="reason, origin and the whole payload")
    showing.add_argument("id")
    replaying = commands.add_parser("replay", help="into its topic again")
    replaying.add_argument("ids", nargs="*", metavar="ID")
    replaying.add_argument("--with", dest="instead", type=Path, metavar="FILE", help="this payload in its place")
    replaying.add_argument("--again", action="store_true", help="also what was replayed before")
    for command in (listing, replaying):
        command.add_argument("--code", default="")
        command.add_argument("--topic", default="")
    options = parser.parse_args(argv)
    if options.do == "replay" and options.instead and len(options.ids) != 1:
        parser.error("--with goes with one ID")
    return options


def _list(letters: Sequence[Letter], before: Mapping[str, int]) -> int:
    for one in letters:
        mark = "replayed" if one.id in before else "-"
        what = " ".join(one.reason.split())[:100]
        print(f"{one.id}  {to_rfc3339(one.origin.appended_ms)}  {one.code}  {one.key or '-'}  {mark}  {what}")
    print(f"{len(letters)} letters", file=sys.stderr)
    return 0


def _show(letter: Letter, value: bytes) -> int:
    facts: dict[str, Any] = {
        "id": letter.id,
        "code": letter.code,
        "reason": letter.reason,
        "topic": letter.origin.topic,
        "key": letter.key,
        "appended": to_rfc3339(letter.origin.appended_ms),
        "size_bytes": letter.size_bytes,
    }
    for name, said in facts.items():
        print(f"{name}: {said}", file=sys.stderr)
    sys.stdout.buffer.write(value + (b"" if value.endswith(b"\n") else b"\n"))
    sys.stdout.flush()
    return 0


def _read(path: Path) -> bytes:
    return path.read_bytes().strip()
