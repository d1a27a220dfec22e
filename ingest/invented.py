"""演示数据: the demo's invented days, as entries of a log and of its journal; `past.py` puts them into SQL.

The same world (`community/world/`), the same fold, a guard who answers its alarms, at positions of epoch 0 that no log
has. The same seed gives the same records again.
"""

from __future__ import annotations

import heapq
import zlib
from collections.abc import Iterator
from datetime import date
from functools import lru_cache

from community.catalogue import definition
from community.clock import local_day
from community.fold import fold, read
from community.history.days import DAY_MS, HOUR_MS, MINUTE_MS, bounds
from community.history.presence import bit, watched, whole
from community.history.rows import CLOCK
from community.model import (
    COMMAND_ACKNOWLEDGE,
    COMMAND_RESET,
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
from ingest.filling import Stretch
from store import keys
from store.history.demo import SEED
from store.history.snapshots import state_bytes
from store.live import encode_entry
from store.log import Entry

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
