"""The KPIs of every community, live: journal -> sums -> Redis. A reader of its own: no wall ever waits for it.

Exact after any restart: the position in the journal is stored with what was counted up to it, and an entry that stands
in the journal twice (the relay was killed, the state was rebuilt) counts once, by its id.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping

import redis

from community.kpi import of_journal
from community.model import BadRecord, Position, decode
from community.site import Site
from ingest.process import Stop, run
from store import keys
from store.kpis import Kept, KpiWriter
from store.live import LiveCorrupt, LiveUnavailable, Moved
from store.log import Entry, LogReader, LogUnavailable
from store.log.open import open_reader, open_writer, partition_of, patiently
from store.settings import Settings

log = logging.getLogger("shouwang.kpis")

POLL_MS = 500
SAVE_S = 1.0
"""A journal that is busy is written down once a second, not once an entry."""
MARK_S = 5.0
"""How often it is said up to when everything is counted: often enough for figures of a month."""


class Book:
    """What is counted of one community and not yet stored."""

    def __init__(self, kept: Kept) -> None:
        self.kept = kept
        self.saved()

    def saved(self) -> None:
        self.base = self.kept.position
        self.days: set[str] = set()
        self.stored = set(self.kept.kpis.days)

    @property
    def dirty(self) -> bool:
        return self.kept.position != self.base


class Keeper:
    def __init__(self, reader: LogReader, writer: KpiWriter, sites: Mapping[str, Site], partitions: int) -> None:
        """`partitions`: of the journal."""
        self._reader = reader
        self._writer = writer
        self._sites = sites
        self._home = {community: partition_of(community, partitions) for community in sites}
        self._held: frozenset[int] = frozenset()
        self._books: dict[str, Book] = {}
        self._read: dict[int, Position] = {}
        self._saved_s = self._marked_s = 0.0
        self.damaged = 0

    def step(self, timeout_ms: int = POLL_MS) -> int:
        """One round; returns how many entries were read. Raises LogUnavailable, LiveUnavailable, Moved: `reload`."""
        entries = self._reader.poll(timeout_ms)
        held = self._reader.assigned()
        if held != self._held:
            taken = self._take(held)
            entries = [entry for entry in entries if entry.position.partition not in taken]
        for entry in entries:
            self._read[entry.position.partition] = entry.position
            self._one(entry)
        now_s = time.monotonic()
        if now_s - self._marked_s >= MARK_S:
            self._marked_s = now_s
            self._mark()
        elif now_s - self._saved_s >= SAVE_S and any(book.dirty for book in self._books.values()):
            self.save()
        return len(entries)

    def _take(self, held: frozenset[int]) -> frozenset[int]:
        """Loads the communities of new partitions and seeks to where they stand; returns the partitions sought."""
        taken = held - self._held
        for community, home in self._home.items():
            if home not in held:
                self._books.pop(community, None)
            elif home in taken:
                self._books[community] = Book(self._writer.load(community, self._sites[community].timezone))
        self._read = {partition: position for partition, position in self._read.items() if partition in held}
        sought = frozenset(partition for partition in taken if partition in self._home.values())
        for partition in sought:
            oldest = min(self._books[c].kept.position for c, home in self._home.items() if home == partition)
            position = Position.parse(oldest) if oldest else None
            if position is not None and position.epoch != self._reader.epoch:
                position = None  # of another log: this one is read from its beginning, entries are told by their ids
            self._reader.seek(partition, position)
        self._held = held
        return sought

    def _one(self, entry: Entry) -> None:
        book = self._books.get(entry.key.decode("utf-8", "replace"))
        position = entry.position.token()
        if book is None or position <= book.kept.position:
            return
        book.kept.position = position
        try:
            record = decode(entry.value, position=entry.position, appended_ms=entry.appended_ms, headers=entry.headers)
            said = of_journal(record.type, record.subject, record.time_ms, record.data)
            first = said is not None and book.kept.repeats.first(record.id)
        except (BadRecord, ValueError) as error:
            self.damaged += 1
            log.warning("%s at %s was not written by the fold: %s", entry.topic, position, error)
            return
        if said is not None and first:
            day = book.kept.kpis.note(said)
            if day is not None:
                book.days.add(day)

    def _mark(self) -> None:
        """Says up to when everything is counted: all was relayed by then, and nothing of the journal is unread."""
        clocks = {community: self._writer.decided_ms(community) for community in self._books}
        lag = self._reader.lag()
        for community, clock_ms in clocks.items():
            if clock_ms is not None and lag.get(self._home[community]) == 0:
                self._books[community].kept.as_of_ms = clock_ms
        self.save()

    def save(self) -> None:
        """Writes what was counted, then lets the log know. Raises LiveUnavailable, LogUnavailable, Moved."""
        for community, book in self._books.items():
            self._writer.save(community, book.kept, book.base, book.days, book.stored)
            book.saved()
        self._reader.commit(self._read)
        self._saved_s = time.monotonic()

    def reload(self) -> None:
        """Forgets everything that is not stored: the next step loads and seeks anew."""
        self._held = frozenset()
        self._books.clear()
        self._read.clear()
        self._marked_s = 0.0

    def close(self) -> None:
        self._reader.close()


def work(settings: Settings, stop: Stop) -> int:
    sites = settings.load_sites()
    client = redis.Redis.from_url(settings.redis_url, socket_timeout=5)
    reader = patiently(lambda: open_reader(settings, keys.JOURNAL, "kpis"), stop=stop)
    keeper = Keeper(reader, KpiWriter(client), sites, _partitions(settings, stop))
    code = 0
    while not stop.is_set():
        try:
            keeper.step()
        except Moved as moved:
            log.warning("another reader was here: %s", moved)
            keeper.reload()
        except (LogUnavailable, LiveUnavailable) as error:
            log.warning("%s", error)
            keeper.reload()
            stop.wait(0.5)
        except LiveCorrupt as error:
            log.error("%s; to count the journal anew: redis-cli DEL '%s'", error, keys.kpis(error.community))
            code = 1
            break
    keeper.close()
    return code


def _partitions(settings: Settings, stop: Stop) -> int:
    writer = patiently(lambda: open_writer(settings), stop=stop)
    try:
        return patiently(lambda: writer.partitions(keys.JOURNAL), stop=stop)
    finally:
        writer.close()


def main(argv: list[str]) -> int:
    return run("kpis", work, argv)
