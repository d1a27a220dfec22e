"""Moments in the community's own zone. Stored time is UTC; days and hours of a rule are local."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo


@lru_cache(maxsize=64)
def zone_of(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def local(ms: int, zone: str) -> datetime:
    return datetime.fromtimestamp(ms // 1000, UTC).astimezone(zone_of(zone))


@lru_cache(maxsize=65_536)
def hour_of(ms: int, zone: str) -> int:
    """Of the local day. For moments that are asked again: the hours of a year."""
    return local(ms, zone).hour


def within(ms: int, begins: str, ends: str, zone: str) -> bool:
    """Whether the moment lies between two times of the local day, `22:00` to `06:00`: the first is in, the last not."""
    at = local(ms, zone).strftime("%H:%M")
    return begins <= at < ends if begins <= ends else at >= begins or at < ends


def local_day(ms: int, zone: str) -> str:
    """`2026-03-12`: the community's day, also across midnight and daylight saving."""
    return local(ms, zone).date().isoformat()
