"""How often one address, and everybody together, may do something. Residents have no account that could be locked."""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import NamedTuple

REMEMBERED = 10_000
"""Addresses: whoever comes from more than these at once is stopped by the limit of all."""


class Limit(NamedTuple):
    each: int
    """From one address within the window: behind one there may be a whole building."""
    all: int
    window_s: int


class Limits:
    """Moments are given by the caller, in seconds of any steady clock."""

    def __init__(self, limits: dict[str, Limit]) -> None:
        self._limits = limits
        self._done: OrderedDict[tuple[str, str], deque[float]] = OrderedDict()

    def allows(self, what: str, address: str, now_s: float) -> bool:
        """Counts it where it is allowed."""
        limit = self._limits[what]
        own, everybody = self._recent(what, address, now_s), self._recent(what, "", now_s)
        if len(own) >= limit.each or len(everybody) >= limit.all:
            return False
        own.append(now_s)
        everybody.append(now_s)
        return True

    def spent(self, what: str, address: str, now_s: float) -> bool:
        """Whether it is used up; counts nothing."""
        return len(self._recent(what, address, now_s)) >= self._limits[what].each

    def _recent(self, what: str, address: str, now_s: float) -> deque[float]:
        key = (what, address)
        done = self._done.setdefault(key, deque())
        self._done.move_to_end(key)
        while done and done[0] <= now_s - self._limits[what].window_s:
            done.popleft()
        while len(self._done) > REMEMBERED:
            self._done.popitem(last=False)
        return done
