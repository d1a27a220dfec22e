"""演示数据: the thirty days before the demo community's first start, so that charts and figures are not empty.

The same world (`community/world/`), the same fold, a guard who answers its alarms; what comes out goes to SQL the way
of every record, at positions of epoch 0 that no log has. The days are marked: every figure that reaches into them says
so. Killed in the middle it goes on where it was: the same seed gives the same records again.
"""

from __future__ import annotations

import heapq
import threading
import zlib
from collections.abc import Iterator
from datetime import date
from itertools import islice

import sqlalchemy as sa
from msgspec.structs import replace

from community.catalogue import definition
from community.clock import local_day
from community.fold import fold
from community.history.days import HOUR_MS, bounds, days_before
from community.history.presence import watched, whole
from community.history.rows import CLOCK
from community.model import COMMAND_ACKNOWLEDGE, COMMAND_RESET, Position, Record, encode_event
from community.site import Site
from community.state import Alarm, State
from community.world.day import EPOCH, Day, Sort
from community.world.site import by_log
from community.world.stream import PLOTS, stream
from store import keys
from store.history import tables
from store.history.book import Book
from store.history.database import reaching
from store.history.demo import SEED
from store.live import encode_entry
from store.log import Entry

STRETCH_DAYS = 10
LOT = 1000
"""Records a transaction: a live record waits for this writer's lock no longer than some 50 ms."""

SEEN_S, LATEST_S = 6, 28
"""A guard acknowledges after so many seconds, and at most so many more; DOMAIN.md asks for 30 (P1) and 60 (P2)."""
ON_SITE_MS = 240_000
"""Until somebody has been there and ends what a person has to end; tried again as often."""

GUARD, END = "post:control", "demo_ends"
PREFIX = "demo/"


class Past:
    """A community's invented days as entries of a log and of its journal, in order."""

    def __init__(self, site: Site, from_day: str, until_ms: int, stretch: int = 0) -> None:
        """`stretch`: its number, a partition of the positions."""
        self._stretch = stretch
        self.site = by_log(site, fine=False)
        self.sort = Sort(self.site, SEED, PLOTS, 0, False)
        self.first = (date.fromisoformat(from_day) - EPOCH).days
        self.days = (date.fromisoformat(local_day(until_ms - 1, site.timezone)) - EPOCH).days - self.first + 1
        self._until_ms = until_ms
        self._state = State(self.site)
        self._offset = {keys.LOG: 0, keys.JOURNAL: 0}
        self._due: list[tuple[int, str, str, str]] = []
        """What the guard will do: (moment, record type, alarm, occurrence)."""

    def entries(self) -> Iterator[Entry]:
        for wire in stream(self.sort, self.first, self.days):
            if wire.received_ms >= self._until_ms:
                break
            while self._due and self._due[0][0] <= wire.received_ms:
                yield from self._guard(*heapq.heappop(self._due))
            record = wire.record(self.site.id, 0)
            yield from self._told(record, wire.encode(self.site.id))
        for key, alarm in sorted(self._state.alarms.items()):
            if alarm.count:  # nobody will answer for it any more: it must not stand for ever
                yield self._closed(key, alarm)

    def _told(self, record: Record, value: bytes) -> Iterator[Entry]:
        offset = self._offset[keys.LOG]
        self._offset[keys.LOG] += 1
        position = Position(0, self._stretch, offset)
        changes = fold(self._state, replace(record, position=position.token()))
        self._state.apply(changes)
        at_ms = record.received_ms or record.time_ms
        yield Entry(keys.LOG, position, at_ms, b"", value, ())
        for entry in changes.entries:
            if entry.topic == keys.JOURNAL:
                yield self._journal(at_ms, encode_entry(self.site.id, entry))
                if entry.type in ("alarm.activated", "alarm.reactivated"):
                    self._notice(entry.subject, entry.data["occurrence"], at_ms)

    def _journal(self, at_ms: int, value: bytes) -> Entry:
        offset = self._offset[keys.JOURNAL]
        self._offset[keys.JOURNAL] += 1
        return Entry(keys.JOURNAL, Position(0, self._stretch, offset), at_ms, b"", value, ())

    def _notice(self, key: str, occurrence: str, at_ms: int) -> None:
        delay_ms = 1000 * SEEN_S + zlib.crc32(occurrence.encode()) % (1000 * LATEST_S)
        heapq.heappush(self._due, (at_ms + delay_ms, COMMAND_ACKNOWLEDGE, key, occurrence))

    def _guard(self, at_ms: int, type_: str, key: str, occurrence: str) -> Iterator[Entry]:
        alarm = self._state.alarms.get(key)
        if alarm is None or alarm.occurrence != occurrence:
            return
        meant = definition(self._state.site, alarm.id)
        if type_ == COMMAND_ACKNOWLEDGE:
            if alarm.acknowledged:
                return
            if meant.latched:
                heapq.heappush(self._due, (at_ms + ON_SITE_MS, COMMAND_RESET, key, occurrence))
        elif not _may_reset(alarm, meant.operator_clears):
            heapq.heappush(self._due, (at_ms + ON_SITE_MS, COMMAND_RESET, key, occurrence))
            return
        data = {"by": GUARD, "occurrence": occurrence} | ({"reason": "true"} if type_ == COMMAND_RESET else {})
        id_ = f"guard-{self._offset[keys.LOG]}"
        record = Record(id_, "demo", type_, self.site.id, key, at_ms, at_ms, at_ms, "", data)
        value = encode_event(
            id=id_, source="demo", type=type_, community=self.site.id, subject=key, time_ms=at_ms, received_ms=at_ms
        )
        yield from self._told(record, value)

    def _closed(self, key: str, alarm: Alarm) -> Entry:
        data = {"alarm": key, "device": alarm.device, "priority": alarm.priority, "occurrence": alarm.occurrence}
        value = encode_event(
            id=f"{PREFIX}{self._stretch}/{key}",
            source="demo",
            type="alarm.closed",
            community=self.site.id,
            subject=key,
            time_ms=self._until_ms,
            data=data | {"by": "house", "reason": END},
        )
        return self._journal(self._until_ms, value)

    def minutes(self, number: int) -> dict[tuple[str, int, str], int]:
        """Of one day the signs of life that the records leave out: every minute, but for what the scenes silence."""
        day = Day(self.sort, number)
        end_ms = min(day.end_ms, self._until_ms)
        silent: dict[str, list[tuple[int, int]]] = {}
        for scene in day.scenes:
            if scene.plot.mutes:
                for id_ in day.place.behind.get(scene.device.id, (scene.device.id,)):
                    silent.setdefault(id_, []).append((scene.from_ms, scene.until_ms))
        feeds = [f"source:{source.id}" for source in self.site.sources]
        found = {}
        for who in (CLOCK, *feeds, *(one.device.id for one in watched(self.site))):
            spans = silent.get(who.removeprefix("source:"), ())
            for hour_ms in range(day.start_ms, end_ms, HOUR_MS):
                line = whole(hour_ms, min(hour_ms + HOUR_MS, end_ms))
                for from_ms, until_ms in spans:
                    mute = whole(hour_ms, min(until_ms, hour_ms + HOUR_MS)) & ~whole(hour_ms, from_ms)
                    line &= ~mute
                found[self.site.id, hour_ms, who] = line
        return found


def stretches(site: Site, from_day: str, until_ms: int) -> list[tuple[int, str, int]]:
    """(number, first day, end) of ten days each, the newest first: a month of 30,000 records a day takes minutes."""
    found, day = [], from_day
    last = local_day(until_ms - 1, site.timezone)
    while day <= last:
        end = days_before(day, -STRETCH_DAYS)
        found.append((len(found), day, min(until_ms, bounds(end, site.timezone)[0])))
        day = end
    return found[::-1]


def fill(engine: sa.Engine, site: Site, from_day: str, until_ms: int, stop: threading.Event) -> bool:
    """Writes the past; False when it was told to stop. Raises HistoryUnavailable: call it again."""
    for stretch in stretches(site, from_day, until_ms):
        if not _fill(engine, site, *stretch, stop):
            return False
    demo = tables.demo
    with reaching(), engine.begin() as connection:
        connection.execute(demo.update().where(demo.c.community == site.id).values(done=1))
    return True


def _fill(engine: sa.Engine, site: Site, number: int, from_day: str, until_ms: int, stop: threading.Event) -> bool:
    past = Past(site, from_day, until_ms, number)
    book = Book(engine, {site.id: past.site}, prefix=PREFIX)
    for topic in (keys.LOG, keys.JOURNAL):
        book.positions(topic)
    for day in range(past.first, past.first + past.days):
        if stop.is_set():
            return False
        book.hear(past.minutes(day))
    told = past.entries()
    while lot := list(islice(told, LOT)):
        if stop.is_set():
            return False
        for topic in (keys.LOG, keys.JOURNAL):
            book.take([entry for entry in lot if entry.topic == topic])
    return True


def _may_reset(alarm: Alarm, operator_clears: bool) -> bool:
    ended = not alarm.condition or operator_clears or alarm.operator_ends
    return alarm.acknowledged and ended and (alarm.active or alarm.latched)
