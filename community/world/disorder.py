"""How the field misbehaves, apart from what happens in it: the same world, told badly. Pure and seeded.

Each kind can be had alone, so that a loss can be laid at its door. What is done to a record depends on the record's id
and the seed alone, not on what else is disturbed.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from msgspec.structs import replace

from ..model import DEVICE_HEARTBEAT, SOURCE_HEARTBEAT
from .chance import between, chance
from .stream import Wire

DAY_MS = 86_400_000

DUPLICATE_SHARE, DUPLICATE_S = 0.01, (0.05, 30.0)
LATE_SHARE, LATE_S = 0.01, (2.0, 90.0)
LOST_BEATS_SHARE = 0.03
SKEWED_SHARE, SKEW_S = 0.05, (5.0, 100.0)
"""Of devices; their clocks are off by so much all day."""
BURST_SHARE, BURST_S = 0.03, (120.0, 720.0)
"""Of devices a day: it loses its network for so long, keeps what it has to say, and tells it all afterwards."""
STUCK_SHARE, STUCK_S = 0.05, (3600.0, 14_400.0)
"""Of devices a day: its sensor repeats its last numbers for so long."""
CHANGED_SHARE = 0.1
"""Of devices: their new firmware sends numbers as text and a field that nobody knows."""

KINDS = ("duplicates", "late", "lost_beats", "skew", "bursts", "stuck", "firmware")
"""Every kind; `late` reorders as well."""

KEPT_BY_SENSORS = frozenset(("charging.meter", "bin.status", "meter.reading", "plant.water", "gas.detector"))


class Fault(NamedTuple):
    from_ms: int
    until_ms: int


@lru_cache(maxsize=200_000)
def _fault(seed: int, kind: str, subject: str, day: int) -> Fault | None:
    share, lasts_s = (BURST_SHARE, BURST_S) if kind == "bursts" else (STUCK_SHARE, STUCK_S)
    dice = chance(seed, kind, subject, day)
    if dice.random() >= share:
        return None
    from_ms = day * DAY_MS + dice.randrange(DAY_MS)
    return Fault(from_ms, from_ms + between(dice, *lasts_s))


@lru_cache(maxsize=100_000)
def _skew_ms(seed: int, subject: str) -> int:
    dice = chance(seed, "skew", subject)
    return dice.choice((-1, 1)) * between(dice, *SKEW_S) if dice.random() < SKEWED_SHARE else 0


@lru_cache(maxsize=100_000)
def _changed(seed: int, subject: str) -> bool:
    return chance(seed, "firmware", subject).random() < CHANGED_SHARE


def _now(seed: int, kind: str, wire: Wire) -> Fault | None:
    day = wire.time_ms // DAY_MS
    for begun in (day - 1, day):
        fault = _fault(seed, kind, wire.subject, begun)
        if fault is not None and fault.from_ms <= wire.time_ms < fault.until_ms:
            return fault
    return None


class Touched:
    """Which kinds of misbehaviour befell which device when: the reason of a loss is looked for here."""

    BEFORE_MS, AFTER_MS = 900_000, 120_000
    """A record so long before a loss, or so shortly after it, may have to do with it."""

    def __init__(self) -> None:
        self._at: dict[tuple[str, str], list[int]] = {}

    def note(self, kind: str, wire: Wire) -> None:
        self._at.setdefault((wire.subject, kind), []).append(wire.time_ms)

    def kinds(self, subject: str, at_ms: int) -> list[str]:
        from_ms, until_ms = at_ms - self.BEFORE_MS, at_ms + self.AFTER_MS
        return [k for k in KINDS if any(from_ms <= ms <= until_ms for ms in self._at.get((subject, k), ()))]


def disturb(
    wires: Iterator[Wire], seed: int, kinds: Collection[str] = KINDS, touched: Touched | None = None
) -> Iterator[Wire]:
    """The same records, badly told, in order of their new arrival. A feed's own heartbeat is only doubled: the gateway
    makes it, and its way to the log is a durable one. `touched` is told of whatever is told badly."""
    note = (touched or Touched()).note
    on = frozenset(kinds)
    waiting: list[Wire] = []
    stuck: dict[tuple[str, str], dict[str, Any]] = {}
    dice = chance(seed, "disorder")
    roll = dice.random
    for wire in wires:
        while waiting and waiting[0].appended_ms <= wire.appended_ms:
            yield heapq.heappop(waiting)
        said = wire
        if "lost_beats" in on and wire.type == DEVICE_HEARTBEAT and roll() < LOST_BEATS_SHARE:
            note("lost_beats", wire)
            continue
        if wire.type != SOURCE_HEARTBEAT:
            if "firmware" in on and _changed(seed, wire.subject):
                said = replace(said, data=_as_new_firmware_says(said.data))
                note("firmware", wire)
            if "stuck" in on and wire.type in KEPT_BY_SENSORS:
                held, said = said, _stuck(said, seed, stuck)
                if said is not held:
                    note("stuck", wire)
            if "skew" in on and (skew_ms := _skew_ms(seed, wire.subject)):
                said = replace(said, time_ms=said.time_ms + skew_ms)
                note("skew", wire)
            if "bursts" in on and (fault := _now(seed, "bursts", wire)) is not None:
                told_ms = fault.until_ms + int(roll() * 5000)
                said = replace(said, appended_ms=max(told_ms, said.appended_ms), received_ms=told_ms)
                note("bursts", wire)
            if "late" in on and roll() < LATE_SHARE:
                late_ms = between(dice, *LATE_S)
                said = replace(said, appended_ms=said.appended_ms + late_ms, received_ms=said.received_ms + late_ms)
                note("late", wire)
        if "duplicates" in on and roll() < DUPLICATE_SHARE:
            heapq.heappush(waiting, replace(said, appended_ms=said.appended_ms + between(dice, *DUPLICATE_S)))
            note("duplicates", wire)
        heapq.heappush(waiting, said)
    while waiting:
        yield heapq.heappop(waiting)


def _as_new_firmware_says(data: dict[str, Any]) -> dict[str, Any]:
    """Numbers as text, as many gateways have them, and what nobody asked for."""
    if not data:
        return data
    told = {name: str(value) if type(value) in (int, float) else value for name, value in data.items()}
    return {**told, "fw": "3.0.1"}


def _stuck(wire: Wire, seed: int, stuck: dict[tuple[str, str], dict[str, Any]]) -> Wire:
    key = (wire.subject, wire.type)
    if _now(seed, "stuck", wire) is None:
        stuck.pop(key, None)
        return wire
    return replace(wire, data=stuck.setdefault(key, wire.data))
