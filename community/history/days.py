"""A day is the community's local day: 23, 24 or 25 hours long where clocks are changed."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import lru_cache

from ..clock import local, zone_of
from ..model import LAST_MS

HOUR_MS = 3_600_000
MINUTE_MS = 60_000
DAY_MS = 86_400_000
"""Of the clock; a local day may be an hour shorter or longer."""
_QUARTER_MS = 900_000
"""Zones change their offset at quarters of an hour, so that one look serves all moments of a quarter."""


@lru_cache(maxsize=65_536)
def _quarter(quarter: int, zone: str) -> tuple[str, int]:
    at = local(quarter * _QUARTER_MS, zone)
    offset = at.utcoffset()
    assert offset is not None
    return at.date().isoformat(), 1000 * int(offset.total_seconds())


def bucket(ms: int, zone: str) -> tuple[str, int]:
    """(local day, the moment at which its local hour began in UTC ms). The hour that comes twice in autumn is two."""
    if not 0 <= ms <= LAST_MS:
        ms = min(max(ms, 0), LAST_MS)
    day, offset_ms = _quarter(ms // _QUARTER_MS, zone)
    return day, ms - (ms + offset_ms) % HOUR_MS


@lru_cache(maxsize=4096)
def bounds(day: str, zone: str) -> tuple[int, int]:
    """First moment of the day and of the next one, in UTC ms. Raises ValueError for what is no day."""
    first = date.fromisoformat(day)
    return _midnight(first, zone), _midnight(first + timedelta(days=1), zone)


def _midnight(day: date, zone: str) -> int:
    return 1000 * int(datetime.combine(day, time(), zone_of(zone)).timestamp())


def days_between(first: str, last: str) -> list[str]:
    """Every day from the first to the last, both included. Raises ValueError."""
    begin, end = date.fromisoformat(first), date.fromisoformat(last)
    return [(begin + timedelta(days=n)).isoformat() for n in range((end - begin).days + 1)]


def days_before(day: str, days: float) -> str:
    return (date.fromisoformat(day) - timedelta(days=int(days))).isoformat()
