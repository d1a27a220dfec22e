"""演示数据: the thirty days before the demo community's first start, so that charts and figures are not empty.

The same world (`community/world/`), the same fold, a guard who answers its alarms; what comes out goes to SQL the way
of every record, at positions of epoch 0 that no log has. The days are marked: every figure that reaches into them says
so. Killed in the middle it goes on where it was: the same seed gives the same records again.

They are made in stretches, each by a process of its own (`python -m ingest.past NUMBER`, started by `history`): two
days first, whose end is what the wall remembers of the last 24 hours and goes into the log as one record, `demo.past`
(community/recall.py); then the weeks before, as many at a time as the machine has cores for.
"""

from __future__ import annotations

import heapq
import logging
import signal
import sys
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from functools import lru_cache, partial
from itertools import islice
from operator import itemgetter

import msgspec
import redis
import sqlalchemy as sa

from community.catalogue import definition
from community.clock import local_day
from community.demo import DEMO
from community.fold import fold, read
from community.history.days import DAY_MS, HOUR_MS, MINUTE_MS, bounds
from community.history.presence import bit, watched, whole
from community.history.rows import CLOCK
from community.model import (
    COMMAND_ACKNOWLEDGE,
    COMMAND_RESET,
    DEMO_PAST,
    DEVICE_HEARTBEAT,
    SOURCE_HEARTBEAT,
    Position,
    Record,
    encode_event,
)
from community.recall import QUARTERS, Recalled
from community.site import Site
from community.state import RECENT, Alarm, Changes, Closed, State
from community.systems.access import PASSES, QUARTER_MS
from community.world.chance import chance
from community.world.day import EPOCH, Day, Sort
from community.world.site import by_log
from community.world.stream import PLOTS, beating, mutes, period_ms, stream
from ingest.filling import Stretch, stretches
from ingest.process import Stop, log_to_stderr, rarely_collect
from store import keys
from store.described import InForce
from store.history import HistoryUnavailable, demo
from store.history.book import Book
from store.history.database import open_engine
from store.history.demo import SEED
from store.history.gather import Gathered
from store.history.rollups import Lately, settle_day
from store.history.segments import Segments
from store.history.snapshots import state_bytes, write
from store.live import encode_entry
from store.log import Entry, LogUnavailable, LogWriter
from store.log.open import open_writer, patiently
from store.settings import Settings, read_settings

log = logging.getLogger("shouwang.history")

LOT = 2500
"""Records, or hours of devices, a transaction: a live record waits for this writer's lock no longer than 50 ms."""
AGAIN_S, TRIES = 1.0, 30

OFTEN = 4.0
"""Times life, which has three incidents a day: a wall of two thousand households has a dozen and more."""

SEEN_S, LATEST_S = 6, 28
"""A guard acknowledges after so many seconds, and at most so many more; DOMAIN.md asks for 30 (P1) and 60 (P2)."""
ON_SITE_MS = 240_000
"""Until somebody has been there and ends what a person has to end; tried again as often."""

KEEP_MS = 3 * HOUR_MS
"""Seven thousand coarse records between two states at most: half a second to fold."""

GUARD, END = "post:control", "demo_ends"
PREFIX = "demo/"


class Past:
    """A community's invented days as entries of a log and of its journal, in order."""

    def __init__(self, site: Site, stretch: Stretch, *, raw_from_ms: int = 0) -> None:
        """`raw_from_ms`: who looks back sees walls from then on; of before nobody keeps records as they came, nor
        states, and none is put into bytes."""
        self._stretch, from_day, until_ms = stretch
        self._raw_from_ms, self._log = raw_from_ms, Position(0, self._stretch, 0).token().rpartition(".")[0]
        self.described = site
        self.site = by_log(site, fine=False)
        """As it is folded: it waits for nobody's sign of life within the day."""
        self.sort = Sort(self.site, SEED, PLOTS, 0, False, rate=OFTEN)
        self.first = (date.fromisoformat(from_day) - EPOCH).days
        self.days = (date.fromisoformat(local_day(until_ms - 1, site.timezone)) - EPOCH).days - self.first + 1
        self._until_ms = until_ms
        self._state = State(self.site)
        self._offset = {keys.LOG: 0, keys.JOURNAL: 0}
        self.kept: list[tuple[str, int, bytes]] = []
        """(position, clock, bytes) of states since somebody last took them away: what time travel starts from."""
        self._kept_at = -1
        self._due: list[tuple[int, str, str, str]] = []
        """What the guard will do: (moment, record type, alarm, occurrence)."""

    def entries(self) -> Iterator[Entry]:
        self._greet()
        for wire in stream(self.sort, self.first, self.days):
            if wire.received_ms >= self._until_ms:
                break
            while self._due and self._due[0][0] <= wire.received_ms:
                yield from self._guard(*heapq.heappop(self._due))
            entry, changes = self._told(wire.record(self.site.id, self._offset[keys.LOG], self._log))
            yield entry
            if changes.entries:
                yield from self._journalled(changes, entry.appended_ms)
        for key, alarm in self._left():
            yield self._closed(key, alarm)

    def _greet(self) -> None:
        """Everybody is there when a stretch begins: a wall of its first day would wait for signs of life all day."""
        start_ms, position = Day(self.sort, self.first).start_ms, f"{self._log}.{0:020d}"
        sources = [(SOURCE_HEARTBEAT, source.id) for source in self.site.sources]
        devices = [(DEVICE_HEARTBEAT, id_) for id_, _, _ in beating(self.site, fine=False)]
        for type_, id_ in (*sources, *devices):
            greeting = Record("", "demo", type_, self.site.id, id_, start_ms, start_ms, start_ms, position, {})
            self._state.apply(fold(self._state, greeting))

    def _keep(self, at_ms: int) -> None:
        self._kept_at = at_ms // KEEP_MS
        self.kept.append((self._state.position, at_ms, state_bytes(self._state)))

    def _left(self) -> list[tuple[str, Alarm]]:
        """What stands at the end: nobody will answer for it any more, and it must not stand for ever."""
        return [(key, alarm) for key, alarm in sorted(self._state.alarms.items()) if alarm.count]

    def recalled(self) -> Recalled:
        """What a wall would remember at the end of `entries`: alarms and passes of its last 24 hours."""
        state, until_ms = self._state, self._until_ms
        left = [Closed(key, alarm.priority, alarm.activated_ms, until_ms) for key, alarm in self._left()]
        newest, passes = until_ms // QUARTER_MS, self._passes()
        deaf = self._deaf()
        first_ms = Day(self.sort, self.first).start_ms
        return Recalled(
            from_ms=first_ms,
            until_ms=until_ms,
            quarter=newest,
            passes=tuple(
                None if quarter in deaf else passes.get(quarter, 0) for quarter in range(newest, newest - QUARTERS, -1)
            ),
            activations=tuple(one for one in state.activations if one.at_ms > until_ms - DAY_MS),
            closed=(*left, *state.recent)[:RECENT],
            today=state.today,
            critical_ms=state.critical_ms,
        )

    def _passes(self) -> dict[int, int]:
        found: dict[int, int] = {}
        for device in self._state.devices.values():
            newest, *counts = device.memory.get(PASSES.name, {}).get("quarters") or [0]
            for ago, count in enumerate(counts):
                found[newest - ago] = found.get(newest - ago, 0) + count
        return found

    def _deaf(self) -> set[int]:
        """Quarters of an hour in which doors were not heard, and what they said then was not kept."""
        feeds = {device.source for device in self.site.devices if device.system == "access"}
        return {
            quarter
            for number in range(self.first, self.first + self.days)
            for id_, spans in mutes(Day(self.sort, number)).items()
            if id_ in feeds
            for from_ms, until_ms, kept in spans
            if not kept
            for quarter in range(from_ms // QUARTER_MS, until_ms // QUARTER_MS + 1)
        }

    def _told(self, record: Record) -> tuple[Entry, Changes]:
        state, offset = self._state, self._offset[keys.LOG]
        self._offset[keys.LOG] = offset + 1
        patch = read(record)
        changes = fold(state, record, patch)
        state.apply(changes)
        if state.clock_ms >= self._raw_from_ms and state.clock_ms // KEEP_MS > self._kept_at:
            self._keep(state.clock_ms)
        at_ms = record.received_ms or record.time_ms
        value = _bytes(record) if at_ms >= self._raw_from_ms else b""
        values = patch.values if patch is not None else None
        return Entry(keys.LOG, Position(0, self._stretch, offset), at_ms, b"", value, (), record, values), changes

    def _journalled(self, changes: Changes, at_ms: int) -> Iterator[Entry]:
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
        offset = self._offset[keys.LOG]
        position = Position(0, self._stretch, offset).token()
        record = Record(f"guard-{offset}", "demo", type_, self.site.id, key, at_ms, at_ms, at_ms, position, data)
        entry, changes = self._told(record)
        yield entry
        yield from self._journalled(changes, at_ms)

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

    def day_of(self, at_ms: int) -> tuple[int, int, int]:
        """The number of the local day, its first moment, that of the next."""
        name = local_day(at_ms, self.site.timezone)
        return ((date.fromisoformat(name) - EPOCH).days, *bounds(name, self.site.timezone))

    def minutes(self, number: int) -> dict[tuple[str, int, str], int]:
        """Of one day the signs of life that the records leave out: every minute, or at every period of whoever speaks
        more seldom, but for what the scenes silence."""
        day = Day(self.sort, number)
        end_ms = min(day.end_ms, self._until_ms)
        silent = mutes(day)
        steps = {CLOCK: MINUTE_MS} | {f"source:{source.id}": MINUTE_MS for source in self.site.sources}
        for device, _ in watched(self.described):
            steps[device.id] = period_ms(self.described, device.id, device.system)
        found: dict[tuple[str, int, str], int] = {}
        for who, step in steps.items():
            spans = silent.get(who.removeprefix("source:"), ())
            if step > HOUR_MS // 2:
                phase = _phase(who, step)
                greeted = [day.start_ms] if number == self.first else []  # as `_greet` has it
                for at_ms in (*greeted, *range(day.start_ms + phase, end_ms, step)):
                    if not any(from_ms <= at_ms < until_ms for from_ms, until_ms, _ in spans):
                        hour_ms = at_ms - (at_ms - day.start_ms) % HOUR_MS
                        key = (self.site.id, hour_ms, who)
                        found[key] = found.get(key, 0) | bit(at_ms, hour_ms)
                continue
            for hour_ms in range(day.start_ms, end_ms, HOUR_MS):
                line = whole(hour_ms, min(hour_ms + HOUR_MS, end_ms))
                for from_ms, until_ms, _ in spans:
                    mute = whole(hour_ms, min(until_ms, hour_ms + HOUR_MS)) & ~whole(hour_ms, from_ms)
                    line &= ~mute
                found[self.site.id, hour_ms, who] = line
        return found


@lru_cache(maxsize=65_536)
def _phase(who: str, step: int) -> int:
    """The same every day, and dice take longer to seed than to throw."""
    return chance("beat", who).randrange(step)


def fill(
    engine: sa.Engine,
    site: Site,
    stretch: Stretch,
    stop: Stop,
    remember: Callable[[Recalled], None],
    segments: Segments | None = None,
    *,
    raw_from_ms: int = 0,
) -> bool:
    """Writes the stretch; False when it was told to stop. Raises HistoryUnavailable: call it again.

    `remember` is told what the newest stretch ends in, before SQL has all of it. `raw_from_ms`: see Past.
    """
    past = Past(site, stretch, raw_from_ms=raw_from_ms)
    told = past.entries()
    if not stretch.number:
        told = iter(list(told))  # some ten thousand: the wall waits for what they end in
        remember(past.recalled())
    book = Book(engine, {site.id: past.site}, segments, prefix=PREFIX, listening=False)
    for topic in (keys.LOG, keys.JOURNAL):
        _patiently(stop, partial(book.positions, topic))
    ended, minutes, lately = past.first, Gathered({site.id: past.site}), Lately()
    decided: list[Entry] = []
    today = past.first
    for number, lot in _lots(past, told):
        if number != today:
            _take(book, keys.JOURNAL, decided, stop)
            decided, today = [], number
        while ended < number:  # that all of a day was heard is said once all of it is there
            if not _heard(past, book, ended, minutes, lately, stop):
                return False
            ended += 1
        if stop.is_set():
            return False
        minutes.hear(lot)
        decided += [entry for entry in lot if entry.topic == keys.JOURNAL]
        _take(book, keys.LOG, [entry for entry in lot if entry.topic == keys.LOG], stop)
        while past.kept:
            _patiently(stop, partial(write, engine, site.id, *past.kept.pop(0)))
    _take(book, keys.JOURNAL, decided, stop)
    return all(_heard(past, book, number, minutes, lately, stop) for number in range(ended, past.first + past.days))


def _lots(past: Past, told: Iterable[Entry]) -> Iterator[tuple[int, list[Entry]]]:
    """(the day's number, at most LOT of its entries), in order."""
    lot: list[Entry] = []
    number = from_ms = until_ms = 0
    for entry in told:
        if not from_ms <= entry.appended_ms < until_ms:
            if lot:
                yield number, lot
                lot = []
            number, from_ms, until_ms = past.day_of(entry.appended_ms)
        lot.append(entry)
        if len(lot) == LOT:
            yield number, lot
            lot = []
    if lot:
        yield number, lot


def _take(book: Book, topic: str, entries: list[Entry], stop: Stop) -> None:
    # of the time before only the answer may have been lost
    _patiently(stop, partial(book.take, entries), partial(book.positions, topic))


def _heard(past: Past, book: Book, number: int, minutes: Gathered, lately: Lately, stop: Stop) -> bool:
    """The minutes of a day, those that its records told and those that they leave out, and its sums; False when it was
    told to stop."""
    heard = minutes.minutes
    for key, line in past.minutes(number).items():
        heard[key] |= line
    ordered = sorted(heard, key=itemgetter(2))  # by hour, and by who in it: two sorts of plain words, not one of tuples
    ordered.sort(key=itemgetter(1))
    hours_of = ((key, heard[key]) for key in ordered)
    minutes.minutes = defaultdict(int)
    while hours := dict(islice(hours_of, LOT)):
        if stop.is_set():
            return False
        _patiently(stop, partial(book.hear, hours))
    day = (EPOCH + timedelta(days=number)).isoformat()
    _patiently(stop, partial(settle_day, book.engine, past.described, day, lately))
    return True


def _patiently(stop: Stop, ask: Callable[[], object], first: Callable[[], object] = lambda: None) -> None:
    """What was made is not made again: a database that is busy with others is asked once more, `first` before it."""
    for tried in range(TRIES):
        try:
            if tried:
                first()
            ask()
            return
        except HistoryUnavailable:
            if tried == TRIES - 1 or stop.wait(AGAIN_S):
                raise


def tell(writer: LogWriter, site: Site, told: Recalled) -> None:
    """Into the log, once more where that was done before: the fold takes the first. Raises LogUnavailable."""
    value = encode_event(
        id=f"{DEMO_PAST}/{told.until_ms}",
        source="demo",
        type=DEMO_PAST,
        community=site.id,
        data=msgspec.to_builtins(told),
    )
    writer.append(keys.LOG, site.id, value).result()


def _bytes(record: Record) -> bytes:
    return encode_event(
        id=record.id,
        source=record.source,
        type=record.type,
        community=record.community,
        subject=record.subject,
        time_ms=record.time_ms,
        received_ms=record.received_ms,
        data=record.data,
    )


def _may_reset(alarm: Alarm, operator_clears: bool) -> bool:
    ended = not alarm.condition or operator_clears or alarm.operator_ends
    return alarm.acknowledged and ended and (alarm.active or alarm.latched)


def work(settings: Settings, number: int, stop: Stop) -> int:
    """One stretch of the days that are wanted."""
    site = InForce(redis.Redis.from_url(settings.redis_url, socket_timeout=5), settings.load_sites()).sites[DEMO]
    engine = open_engine(settings.database_url, write=True, many=True)
    writer = patiently(lambda: open_writer(settings), stop=stop)
    segments = Segments(settings.segments, sync=False, quick=True)  # the same days can be invented again
    try:
        while not stop.is_set():
            try:
                days = demo.pending(engine, site)
                mine = [stretch for stretch in stretches(site, *days) if stretch.number == number] if days else []
                if all(fill(engine, site, one, stop, lambda told: tell(writer, site, told), segments) for one in mine):
                    return 0
            except (HistoryUnavailable, LogUnavailable) as error:
                log.warning("%s", error)
                stop.wait(AGAIN_S)
    finally:
        writer.close()
        engine.dispose()
    return 1


def main(argv: Sequence[str]) -> int:
    log_to_stderr("past")
    rarely_collect()
    stop = Stop()
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda *_: stop.set())
    return work(read_settings(), int(argv[0]), stop)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
