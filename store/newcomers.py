"""Devices that nobody has described: found in the live state, shown with their last payload, taken into the site."""

from __future__ import annotations

import contextlib
import json
import os
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, cast

import msgspec
import redis

from community.description import unpack
from community.model import Position
from community.newcomers import NotAdopted, Unknown, adopted, unknown_of, written
from community.site import SITES, Site
from community.state import Described, DeviceState

from . import keys, site_apply
from .log import Entry, LogReader
from .log.open import open_reader
from .log.streams import connect
from .settings import Settings

POLLS = 4
"""On Kafka another partition may answer first."""


def unknown(client: redis.Redis, community: str, site: Site) -> list[Unknown]:
    """Raises RedisError."""
    raw = cast("dict[bytes, bytes]", client.hgetall(keys.devices(community)))
    return unknown_of(site, (msgspec.json.decode(value, type=DeviceState) for value in raw.values()))


def last_payloads(settings: Settings, asked: Iterable[Unknown]) -> dict[str, Any]:
    """Record id (`place`) -> what was said then, as it stands in its vendor topic; what the log does not keep any more
    is left out. Raises LogUnavailable."""
    by_topic: dict[str, list[tuple[str, int, int]]] = {}
    for one in asked:
        _, *place = one.place.split(":")
        if len(place) == 4 and place[1].isdigit() and place[2].isdigit() and place[0].startswith(keys.vendor("")):
            by_topic.setdefault(place[0], []).append((one.place, int(place[1]), int(place[2])))
    found: dict[str, Any] = {}
    for topic, places in by_topic.items():
        reader = open_reader(settings, topic, f"devices-{uuid.uuid4().hex}")
        try:
            reader.poll(50, limit=1)
            for id_, partition, offset in places:
                if (entry := _entry(reader, partition, offset)) is not None:
                    with contextlib.suppress(msgspec.DecodeError, UnicodeError):
                        found[id_] = msgspec.json.decode(entry.value)
        finally:
            reader.close()
    return found


def _entry(reader: LogReader, partition: int, offset: int) -> Entry | None:
    if partition not in reader.assigned():
        return None
    reader.seek(partition, Position(reader.epoch, partition, offset - 1))
    for _ in range(POLLS):
        for entry in reader.poll(500, limit=1):
            if entry.position.partition == partition:
                return entry if entry.position.offset == offset else None
    return None


def adopt(settings: Settings, community: str, rows: str, by: str) -> str:
    """What came of the rows of a CSV. Raises NotAdopted, NotApplied, OSError.

    A file of SITE is written anew and what was there before kept beside it. One that comes with the program is the
    program's: there the change is in force until the live worker starts again, and the sentence says so.
    """
    path = next((path for path in settings.sites if _id_of(path) == community), None)
    if path is None:
        raise NotAdopted(f"no file of SITE describes {community!r}")
    if path.resolve().parent == SITES.resolve():
        return _for_now(settings, community, rows, by, path)
    before = path.read_bytes()
    source, count = adopted(json.loads(before), rows)
    text = written(source)
    told = site_apply.read(text.encode(), path.name)
    temporary = path.with_name(f".{path.name}.part")
    temporary.write_text(text, "utf-8")
    kept = path.with_name(f"{path.name}.before")
    kept.write_bytes(before)
    os.replace(temporary, path)
    said = site_apply.put_in_force(settings, told, by)
    return f"{count} adopted (what was before: {kept}); {path}: {said}"


def _for_now(settings: Settings, community: str, rows: str, by: str, path: Path) -> str:
    client = connect(settings.redis_url)
    try:
        raw = cast("bytes | None", client.hget(keys.meta(community), "described"))
    finally:
        client.close()
    text = unpack(msgspec.json.decode(raw, type=Described).packed) if raw is not None else path.read_bytes()
    source, count = adopted(json.loads(text), rows)
    said = site_apply.put_in_force(settings, site_apply.read(written(source).encode(), path.name), by)
    return f"{count} adopted; {said}; {path.name} comes with the program and is not changed: until the next start"


def _id_of(path: Path) -> Any:
    source: Mapping[str, Any] = json.loads(path.read_bytes())
    return source.get("id")
