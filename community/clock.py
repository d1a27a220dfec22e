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


def local_hour(ms: int, zone: str) -> int:
    return local(ms, zone).hour


def local_day(ms: int, zone: str) -> str:
    """`2026-03-12`: the community's day, also across midnight and daylight saving."""
    return local(ms, zone).date().isoformat()
