"""The KPIs of a community in Redis: how far the journal was read, and what was counted up to there, in one hash.

One script writes both, and only where the stored position is the one that the writer started from: a second reader (a
zombie, a rebalance) changes nothing. Of the days only those are written that changed. What another version of this
program wrote is not continued: the journal is read again, as far back as it is kept.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Set
from importlib import resources
from typing import cast

import msgspec
import redis
import redis.asyncio
from redis.exceptions import RedisError

from community.kpi import Day, Kpis
from community.model import Position
from community.repeats import Repeats
from community.site import Site

from . import keys
from .live import LiveCorrupt, LiveUnavailable, Moved

VERSION = 1
"""Raise it when the same journal would be counted in another way, or kept in another form."""

_SCRIPT = resources.files(__package__).joinpath("kpis.lua").read_text("utf-8")
_DAY = "day:"

_encode = msgspec.json.Encoder().encode


class Open(msgspec.Struct, omit_defaults=True):
    """What is not of one day."""

    recent: dict[str, list[int]] = {}
    standing: dict[str, int] = {}
    masked: dict[str, int] = {}
    first_ms: int | None = None
    last_ms: int = 0
    repeats: Repeats = msgspec.field(default_factory=Repeats)


_decode_day = msgspec.json.Decoder(Day).decode
_decode_open = msgspec.json.Decoder(Open).decode


class Kept(msgspec.Struct):
    """What is known of one community."""

    kpis: Kpis
    repeats: Repeats = msgspec.field(default_factory=Repeats)
    position: str = ""
    """Of the journal's last entry that was counted; empty: none."""
    as_of_ms: int = 0
    """The community's clock up to which everything that was decided is counted; 0: not known yet."""


class KpiWriter:
    def __init__(self, client: redis.Redis) -> None:
        self._redis = client
        self._script = client.register_script(_SCRIPT)

    def load(self, community: str, timezone: str) -> Kept:
        """Empty where nothing is stored or another version stored it. Raises LiveUnavailable, LiveCorrupt."""
        try:
            stored = cast(Mapping[bytes, bytes], self._redis.hgetall(keys.kpis(community)))
            if stored and stored.get(b"version") != str(VERSION).encode():
                self._redis.delete(keys.kpis(community))
                stored = {}
        except (RedisError, OSError) as error:
            raise LiveUnavailable(f"cannot load the KPIs of {community}: {error}") from error
        return _kept(community, timezone, stored)

    def save(self, community: str, kept: Kept, base: str, days: Set[str], stored: Set[str]) -> None:
        """Writes what changed since the position `base`: these days; of those `stored` the ones no longer kept go.

        Raises Moved, or LiveUnavailable (then call it again with the same).
        """
        kpis = kept.kpis
        gone = [_DAY + day for day in sorted(stored - kpis.days.keys())]
        rest = Open(kpis.recent, kpis.standing, kpis.masked, kpis.first_ms, kpis.last_ms, kept.repeats)
        arguments: list[str | bytes | int] = [base, kept.position, len(gone), *gone]
        arguments += ["version", VERSION, "as_of_ms", kept.as_of_ms]
        if kept.position != base:
            arguments += ["open", _encode(rest)]
        for day in sorted(days & kpis.days.keys()):
            arguments += [_DAY + day, _encode(kpis.days[day])]
        try:
            found = self._script(keys=[keys.kpis(community)], args=arguments)
        except (RedisError, OSError) as error:
            raise LiveUnavailable(f"cannot write the KPIs of {community}: {error}") from error
        if found is not None:
            raise Moved(f"the KPIs of {community} stand at {bytes(found).decode()!r}, not at {base!r}")

    def decided_ms(self, community: str) -> int | None:
        """The community's clock, if everything that was decided up to it has been relayed. Raises LiveUnavailable."""
        try:
            clock = self._redis.hget(keys.meta(community), "clock_ms")
            waiting = self._redis.xlen(keys.outbox(community))
        except (RedisError, OSError) as error:
            raise LiveUnavailable(f"cannot read the clock of {community}: {error}") from error
        return int(cast(bytes, clock)) if clock is not None and not waiting else None


class KpiReader:
    """For a web process: days are read and decoded again only when the journal has gone on."""

    def __init__(self) -> None:
        self._kept: dict[str, Kept] = {}

    async def read(self, client: redis.asyncio.Redis, site: Site) -> Kept | None:
        """None: nothing has been counted yet. Raises LiveUnavailable, LiveCorrupt."""
        name, known = keys.kpis(site.id), self._kept.get(site.id)
        try:
            asked = client.hmget(name, "version", "position", "as_of_ms")
            version, position, as_of = await cast(Awaitable[list[bytes | None]], asked)
            if version != str(VERSION).encode():
                return None
            if known is None or known.position != (position or b"").decode("utf-8", "replace"):
                stored = await cast(Awaitable[dict[bytes, bytes]], client.hgetall(name))
                known = self._kept[site.id] = _kept(site.id, site.timezone, stored)
            else:
                known.as_of_ms = int(as_of or 0)
        except (RedisError, OSError) as error:
            raise LiveUnavailable(f"cannot load the KPIs of {site.id}: {error}") from error
        except ValueError as error:
            raise LiveCorrupt(site.id, name, error) from error
        return known


def _kept(community: str, timezone: str, stored: Mapping[bytes, bytes]) -> Kept:
    """Raises LiveCorrupt."""
    kept = Kept(Kpis(timezone=timezone))
    if not stored:
        return kept
    try:
        kept.position = stored.get(b"position", b"").decode()
        if kept.position:
            Position.parse(kept.position)
        kept.as_of_ms = int(stored.get(b"as_of_ms", 0))
        rest = _decode_open(stored.get(b"open", b"{}"))
        kept.repeats = rest.repeats
        days = {name.decode()[len(_DAY) :]: name for name in stored if name.startswith(_DAY.encode())}
        kept.kpis = Kpis(
            timezone=timezone,
            days={day: _decode_day(stored[days[day]]) for day in sorted(days)},
            recent=rest.recent,
            standing=rest.standing,
            masked=rest.masked,
            first_ms=rest.first_ms,
            last_ms=rest.last_ms,
        )
    except (msgspec.MsgspecError, ValueError) as error:
        raise LiveCorrupt(community, keys.kpis(community), error) from error
    return kept
