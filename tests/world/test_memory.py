"""The worker's memory stays flat: a week of the simulated place, and a week in which every happening has a new name."""

from __future__ import annotations

import gc
import random
from collections.abc import Callable, Iterable, Iterator

import psutil
import pytest
from msgspec.structs import replace

from community.fold import fold
from community.model import Record
from community.state import State
from community.systems import REDUCERS
from community.world.day import Day
from community.world.stream import stream
from tests.community.story import T0_MS, record
from tests.community.test_fold_properties import everything
from tests.community.vocabulary import FEED, SITE, say
from tests.world.small import DAY, small, sort

DAYS, SETTLED = 8, 4
"""What is remembered of closed orders and ended causes reaches three days back: from the fourth on nothing may grow."""

GROWN = 8 << 20
"""Of resident memory, in three days: what the allocator and the caches of Python need to settle."""

DAY_MS = 86_400_000

NAMED = ("message", "order", "round", "waived_round", "call", "session", "hash")
"""Fields that name a happening. Each gets a new name here: what keeps them all would grow."""


class Size:
    """The state at a midnight: encoded, as Redis has it, and in the memory of the process."""

    def __init__(self, state: State) -> None:
        gc.collect()
        self.bytes = len(everything(state))
        self.resident = psutil.Process().memory_info().rss


def week(state: State, records: Iterable[Record], begin_ms: int) -> list[Size]:
    sizes: list[Size] = []
    midnight_ms = begin_ms + DAY_MS
    for told in records:
        while told.appended_ms >= midnight_ms:
            sizes.append(Size(state))
            midnight_ms += DAY_MS
        state.apply(fold(state, told))
    return sizes


def ordered(records: Iterator[Record], state: Callable[[], State]) -> Iterator[Record]:
    """With people who acknowledge and end every hour what stands."""
    offset, next_ms = 0, 0
    for told in records:
        offset += 1
        yield replace(told, position=f"0001.0000.{offset:020d}")
        if told.appended_ms < next_ms:
            continue
        next_ms = told.appended_ms + 3_600_000
        for key in sorted(state().alarms):
            for order in ("acknowledge", "reset"):
                offset += 1
                command = {"type": f"command.alarm.{order}", "subject": key, "data": {"by": "post:a"}}
                at = {"time_ms": told.appended_ms, "received_ms": told.appended_ms, "id": f"order-{offset}"}
                yield replace(told, position=f"0001.0000.{offset:020d}", **command, **at)


def lived() -> Iterator[Record]:
    for offset, wire in enumerate(stream(sort(3, each=2), DAY, DAYS)):
        yield wire.record("small", offset)


def made_up() -> Iterator[Record]:
    """A word of every system in turn each twenty seconds, and the feed's heartbeat."""
    rng = random.Random(11)
    types = sorted(REDUCERS)
    for n in range(DAYS * 4320):
        at_s = n * 20
        type_ = types[n % len(types)]
        subject, data = say(rng, type_, at_s)
        renamed = {name: f"{value}-{n // (4 * len(types))}" for name, value in data.items() if name in NAMED}
        if type_ == "camera.picture":
            renamed = {"hash": f"sha256:{n}"}
        yield record(type_, subject, data | renamed, offset=2 * n + 1, at_s=at_s)
        yield record("source.heartbeat", FEED, {}, offset=2 * n + 2, at_s=at_s)


@pytest.mark.slow
@pytest.mark.parametrize("place", ["lived", "made up"])
def test_a_week_leaves_no_more_behind_than_half_of_it(
    place: str, record_property: Callable[[str, object], None]
) -> None:
    state, begin_ms = (State(small()), Day(sort(3), DAY).start_ms) if place == "lived" else (State(SITE), T0_MS)
    sizes = week(state, ordered(lived() if place == "lived" else made_up(), lambda: state), begin_ms)
    record_property(f"state_bytes_{place.replace(' ', '_')}", [size.bytes for size in sizes])
    record_property(f"resident_bytes_{place.replace(' ', '_')}", [size.resident for size in sizes])
    assert len(sizes) >= DAYS - 1 and len(state.devices) > 20
    before, after = sizes[SETTLED - 2 : SETTLED + 1], sizes[-2:]
    found = [size.bytes for size in sizes], [size.resident for size in sizes]
    assert max(size.bytes for size in after) < 1.1 * max(size.bytes for size in before), found
    assert max(size.resident for size in after) < max(size.resident for size in before) + GROWN, found
