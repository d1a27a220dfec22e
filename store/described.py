"""The descriptions in force, for programs that follow them without folding: asked of Redis every two seconds."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from typing import NamedTuple, cast

import msgspec
import redis

from community.description import site_of
from community.site import Site
from community.state import Described

from . import keys

log = logging.getLogger("shouwang.described")

EVERY_S = 2.0
"""A new device speaks minutes after it was described; a change is a person's, a few a day."""


class Held(NamedTuple):
    hash: str
    site: Site


def described_now(client: redis.Redis, community: str) -> Held | None:
    """What the live state says is in force; None: no record has described the community yet.

    Raises RedisError; ValueError or MsgspecError for what this program cannot read.
    """
    raw = cast("bytes | None", client.hget(keys.meta(community), "described"))
    if raw is None:
        return None
    described = msgspec.json.decode(raw, type=Described)
    return Held(described.hash, site_of(described.packed))


def forget_before(client: redis.Redis, community: str, first: str) -> int:
    """Drops the descriptions that no record from `first` on was judged by: who was erased may stand in them. How many.

    Raises RedisError.
    """
    name = keys.site(community)
    earlier = sorted(at for at in cast("list[bytes]", client.hkeys(name)) if at.decode("utf-8", "replace") < first)
    return client.hdel(name, *earlier[:-1]) if len(earlier) > 1 else 0


class InForce:
    """`sites` is community -> the description in force; until one is known, what the files say."""

    def __init__(self, client: redis.Redis, files: Mapping[str, Site]) -> None:
        self._redis = client
        self.sites = dict(files)
        self._raw: dict[str, bytes] = {}
        self._next_s = 0.0

    def look(self) -> set[str]:
        """The communities that `sites` says something else of than before. Cheap to call often. Raises RedisError."""
        if time.monotonic() < self._next_s:
            return set()
        with self._redis.pipeline(transaction=False) as pipe:
            for community in self.sites:
                pipe.hget(keys.meta(community), "described")
            found = cast("list[bytes | None]", pipe.execute())
        self._next_s = time.monotonic() + EVERY_S
        return {
            community
            for community, raw in zip(list(self.sites), found, strict=True)
            if raw is not None and raw != self._raw.get(community) and self._take(community, raw)
        }

    def _take(self, community: str, raw: bytes) -> bool:
        self._raw[community] = raw
        try:
            site = site_of(msgspec.json.decode(raw, type=Described).packed)
        except (msgspec.MsgspecError, ValueError) as error:
            log.error("%s: the description in force cannot be read, that of before stays: %s", community, error)
            return False
        before, self.sites[community] = self.sites[community], site
        return site != before
