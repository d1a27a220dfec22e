"""Which vendor topics are read, and by which mapping: asked again every second, while everything runs."""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Mapping
from contextlib import suppress
from typing import Any, cast

import msgspec
import redis
from redis.exceptions import RedisError

from community.site import Site
from ingest import adapters
from ingest.adapters import ADAPTERS
from ingest.connections import sources_of
from ingest.mapping.catalogue import CATALOGUE
from store import keys
from store.settings import Settings

log = logging.getLogger("shouwang.normalise")

ALWAYS = frozenset(("ocpp16", "isapi", "frigate"))
"""Sources that are read though no site names them: their devices are kept under their own names. Each source costs a
thread and a reader, so that not all of them can be."""


class Standing(msgspec.Struct, omit_defaults=True):
    """An own mapping as the normaliser has it, for the page."""

    since_ms: int = 0
    """When its file came into force in this process; 0: none is in force."""
    refused: str = ""
    """Why the file is not in force; what was before goes on."""


def followed(sites: Mapping[str, Site], connected: Collection[str] = (), own: Collection[str] = ()) -> list[str]:
    """The sources to read: those that are always on, all that a site names, all that are `connected` here, and the
    `own` mappings of the installation. What somebody writes to the topic of another waits there."""
    named = {source.id for site in sites.values() for source in site.sources} | {*connected, *own}
    named |= {adapter for site in sites.values() for adapter, _ in site.by_vendor}
    return [source for source in ADAPTERS if source in ALWAYS or source in named]


class Following:
    """Raises MappingError where a mapping that comes with the program cannot be used."""

    def __init__(self, settings: Settings, client: redis.Redis) -> None:
        self._settings = settings
        self._redis = client
        adapters.own(settings.mappings, settings.var / "mappings-kept")
        for why in CATALOGUE.refused.values():
            log.error("%s: what was in force before the start goes on, if anything was", why)
        now_ms = time.time_ns() // 1_000_000
        self._since_ms = dict.fromkeys(CATALOGUE.versions, now_ms)
        self._told = False

    def sources(self, sites: Mapping[str, Site]) -> list[str]:
        path = self._settings.connections
        return followed(sites, sources_of(path) if path is not None else (), CATALOGUE.versions)

    def look(self) -> bool:
        """Has a mapping come into force? Raises no error: while Redis is away the page does not learn of it."""
        came, refused = adapters.look()
        for source in sorted(came):
            self._since_ms[source] = time.time_ns() // 1_000_000
            log.info("the mapping %s has changed and is in force", source)
        for source, why in refused.items():
            log.error("%s: %s", why, "the one before goes on" if source in self._since_ms else "it is not in force")
        if came or refused or not self._told:
            self._told = False
            with suppress(RedisError, OSError):
                self._tell()
                self._told = True
        return bool(came)

    def _tell(self) -> None:
        names = self._since_ms.keys() | CATALOGUE.refused.keys()
        standing = {
            name: msgspec.json.encode(Standing(self._since_ms.get(name, 0), CATALOGUE.refused.get(name, "")))
            for name in names
        }
        with self._redis.pipeline() as pipe:
            pipe.delete(keys.MAPPINGS)
            if standing:
                pipe.hset(keys.MAPPINGS, mapping=cast("dict[Any, Any]", standing))
            pipe.execute()


def standing(client: redis.Redis) -> dict[str, Standing]:
    """Raises RedisError."""
    found = cast("dict[bytes, bytes]", client.hgetall(keys.MAPPINGS))
    return {name.decode(): msgspec.json.decode(told, type=Standing) for name, told in found.items()}
