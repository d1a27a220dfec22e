"""Devices that nobody has described: found in the live state, shown with their last payload, taken into the site."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterable, Mapping
from typing import Any, cast

import msgspec
import redis

from community.model import Position
from community.newcomers import Unknown, adopted, unknown_of
from community.site import Site
from community.state import DeviceState

from . import keys
from .log import Entry, LogReader
from .log.open import open_reader
from .settings import Settings
from .site_change import change

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
    """What came of the rows of a CSV. Raises NotAdopted, NotApplied, OSError."""
    count = 0

    def edit(source: Mapping[str, Any]) -> Mapping[str, Any]:
        nonlocal count
        changed, count = adopted(source, rows)
        return changed

    said = change(settings, community, edit, by)
    return f"{count} adopted; {said}"
