"""History: community.log and community.journal into SQL, by a reader of its own that the wall never waits for.

The position is stored in the transaction of the rows, so a record is in them once, whenever this process is killed. A
database that is away is waited for; the log keeps what was not read (on Streams the reader holds back trimming).
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress

import redis
from redis.exceptions import RedisError

from community.clock import local_day
from community.demo import is_demo
from community.site import Site
from ingest.filling import Filling
from ingest.process import Stop, run
from store import keys
from store.children import Children
from store.described import InForce
from store.history import HistoryMisconfigured, HistoryMoved, HistoryUnavailable, demo, snapshots
from store.history.book import Book
from store.history.database import migrate, open_engine, survey
from store.history.retention import retain, retain_raw
from store.history.rollups import settle
from store.history.segments import Segments
from store.live import LiveUnavailable
from store.log import Entry, LogReader, LogUnavailable
from store.log.open import open_reader, patiently
from store.settings import Settings

log = logging.getLogger("shouwang.history")

BATCH = 2000
GATHER_S = 2.0
"""Records of so long, or so many, share a transaction: figures are a few seconds old, the disk has one commit."""

POLL_MS, GLANCE_MS = 500, 20
"""How long is waited for the log; how long for the journal, after that."""

SURVEY_S = 600.0
SETTLE_S, SETTLE_MORE_S, SETTLE_PRESENCE_S = 10.0, 2.0, 60.0
"""A day of door passes is counted in 15 ms, a day of five hundred devices' presence in 100 ms."""

STATUS_S = 2.0
NICE = 10
"""The wall goes first: figures that are a second older are no worse."""
DEAF_S = 15.0
"""As in the live worker: ticks come each second, a reader that brings nothing though records wait is opened anew."""

ASKED_S = 2.0
"""Rounds follow each other as quickly as that, but for work in between."""

GROUPS = {keys.LOG: "history", keys.JOURNAL: "history-journal"}
"""Two groups: members of one Kafka group have to want the same topics."""


class Follower:
    """One topic from where SQL stands."""

    def __init__(self, book: Book, topic: str, open_it: Callable[[], LogReader]) -> None:
        self._book, self.topic, self._open = book, topic, open_it
        self._reader = open_it()
        self._held: frozenset[int] = frozenset()
        self._waiting: list[Entry] = []
        self._since_s = self._heard_s = self._asked_s = time.monotonic()
        self.busy = False
        """The last batch was full: there is more to come."""
        self.appended: dict[int, int] = {}
        """Partition -> when the log had the last record that SQL has."""

    def step(self, timeout_ms: int) -> int:
        """Reads, and writes what has been gathered; returns how many records were written.

        Raises LogUnavailable, HistoryUnavailable, HistoryMoved: `reload`, then call it again.
        """
        now_s = time.monotonic()
        # While sums were counted nobody listened, and that is nobody's silence.
        self._heard_s += max(0.0, now_s - self._asked_s - ASKED_S)
        self._asked_s = now_s
        if self._held and now_s - self._heard_s > DEAF_S:
            self._heard_s = now_s
            if sum(self._reader.lag().values()):
                log.warning("nothing read of %s though records wait: the reader is opened anew", self.topic)
                self.reopen()
        entries = list(self._reader.poll(timeout_ms, BATCH))
        held = self._reader.assigned()
        if held != self._held:
            entries = self._take_over(held, entries)
        if entries:
            self._heard_s = now_s
            if not self._waiting:
                self._since_s = now_s
            self._waiting += entries
        self.busy = len(self._waiting) >= BATCH
        if not self._waiting or (not self.busy and time.monotonic() - self._since_s < GATHER_S):
            return 0
        return self.flush()

    def flush(self) -> int:
        entries, self._waiting = self._waiting, []
        if not entries:
            return 0
        written = self._book.take(entries)
        self._reader.commit({entry.position.partition: entry.position for entry in entries})
        self.appended |= {entry.position.partition: entry.appended_ms for entry in entries}
        return written

    def _take_over(self, held: frozenset[int], entries: list[Entry]) -> list[Entry]:
        """Seeks in newly assigned partitions; what this poll brought of them comes again from there."""
        new = held - self._held
        stands = self._book.positions(self.topic)
        for partition in new:
            stand = stands.get(partition)
            self._reader.seek(partition, stand if stand is None or stand.epoch == self._reader.epoch else None)
        kept = held - new
        self._held = held
        self._waiting = [entry for entry in self._waiting if entry.position.partition in kept]
        return [entry for entry in entries if entry.position.partition in kept]

    def reload(self) -> None:
        """Forgets what is not written: the next step looks where SQL stands."""
        self._held = frozenset()
        self._waiting.clear()
        self._heard_s = time.monotonic()

    def reopen(self) -> None:
        with suppress(LogUnavailable):
            self._reader.close()
        self._reader = self._open()
        self.reload()

    def lag(self) -> int:
        return sum(self._reader.lag().values()) + len(self._waiting)

    def close(self) -> None:
        self._reader.close()


class Keeper:
    """What is done beside the records: sums, snapshots, what grows too old."""

    def __init__(self, book: Book, sites: Mapping[str, Site], client: redis.Redis, segments: Segments) -> None:
        self._book, self._sites, self._client, self._segments = book, sites, client, segments
        self._settle_s = self._presence_s = 0.0
        self._survey_s = -SURVEY_S
        self._kept: dict[str, int] = {}
        self._days: dict[str, str] = {}

    def look(self, clock_ms: int, *, busy: bool) -> None:
        """`clock_ms`: the log's. Raises HistoryUnavailable."""
        engine, now_s = self._book.engine, time.monotonic()
        if now_s - self._settle_s > (SETTLE_PRESENCE_S if busy else SETTLE_S):
            with_presence = now_s - self._presence_s > SETTLE_PRESENCE_S
            more = settle(engine, self._sites, presence=with_presence)
            self._settle_s = now_s - (SETTLE_S - SETTLE_MORE_S if more else 0.0)
            if with_presence and not more:
                self._presence_s = now_s
        if now_s - self._survey_s > SURVEY_S:
            self._survey_s = now_s
            survey(engine)
        for site in self._sites.values():
            if clock_ms // snapshots.EVERY_MS > self._taken(site):
                self._kept[site.id] = clock_ms // snapshots.EVERY_MS
                with suppress(LiveUnavailable):  # without a snapshot a replay is longer, and nothing is lost
                    snapshots.take(engine, self._client, site)
            today = local_day(clock_ms, site.timezone)
            if site.clock == "live" and self._days.get(site.id) != today:  # a recording does not age
                self._days[site.id] = today
                for table, count in retain(engine, site, clock_ms).items():
                    log.info("%s: %d rows of %s were older than they are kept", site.id, count, table)
                retain_raw(engine, self._segments, self._sites, clock_ms)

    def _taken(self, site: Site) -> int:
        if site.id not in self._kept:
            self._kept[site.id] = snapshots.last_clock_ms(self._book.engine, site.id) // snapshots.EVERY_MS
        return self._kept[site.id]


class Historian:
    def __init__(
        self,
        book: Book,
        segments: Segments,
        followers: Mapping[str, Follower],
        keeper: Keeper,
        client: redis.Redis,
        in_force: InForce,
        children: Children,
    ) -> None:
        self._book, self._segments, self._followers = book, segments, followers
        self._keeper, self._client, self._in_force = keeper, client, in_force
        self._children = children
        self._filling: Filling | None = None
        self._status_s = 0.0
        self._migrated = False

    def step(self) -> int:
        """One round. Raises LogUnavailable, HistoryUnavailable, HistoryMoved, HistoryMisconfigured."""
        if not self._migrated:
            migrate(self._book.engine)
            self._segments.tidy(self._book.engine)
            for site in self._in_force.sites.values():
                if is_demo(site) and (days := demo.wanted(self._book.engine, site, time.time_ns() // 1_000_000)):
                    self._filling = Filling(self._children, self._book.engine, site, days)
            self._migrated = True
        if self._filling is not None:
            self._filling.look()
        with suppress(RedisError, OSError):  # the description of before stays in force
            self._in_force.look()
        line, journal = self._followers[keys.LOG], self._followers[keys.JOURNAL]
        written = line.step(POLL_MS) + journal.step(GLANCE_MS)
        if clock_ms := max(line.appended.values(), default=0):
            self._keeper.look(clock_ms, busy=line.busy or (self._filling is not None and not self._filling.over))
        self.tell(up=True)
        return written

    def reload(self) -> None:
        for follower in self._followers.values():
            follower.reload()

    def tell(self, *, up: bool) -> None:
        """For /metrics of the web process. Redis may be away: then nobody asks."""
        now_s = time.monotonic()
        if now_s - self._status_s < STATUS_S:
            return
        self._status_s = now_s
        said: dict[str, int] = {"database": int(up), "skipped": self._book.skipped, "too_old": self._book.too_old}
        with suppress(LogUnavailable, RedisError, OSError):
            for topic, follower in self._followers.items():
                said[f"waiting/{topic}"] = follower.lag()
                said |= {f"{topic}/{partition}": ms for partition, ms in follower.appended.items()}
            self._client.hset(keys.HISTORY, mapping=said)

    def close(self) -> None:
        if self._filling is not None:
            self._filling.close()
        for follower in self._followers.values():
            with suppress(LogUnavailable, HistoryUnavailable, HistoryMoved):
                follower.flush()
            follower.close()


def work(settings: Settings, stop: Stop) -> int:
    os.nice(NICE)
    client = redis.Redis.from_url(settings.redis_url, socket_timeout=5)
    in_force = InForce(client, settings.load_sites())
    sites = in_force.sites
    try:
        engine = open_engine(settings.database_url, write=True)
        segments = Segments(settings.segments)
        book = Book(engine, sites, segments)
        followers = {topic: _follower(settings, stop, book, topic) for topic in GROUPS}
        historian = Historian(
            book, segments, followers, Keeper(book, sites, client, segments), client, in_force, Children()
        )
        keep_on(historian, stop)
    except HistoryMisconfigured as error:
        log.error("%s", error)
        return 2
    historian.close()
    engine.dispose()
    return 0


def _follower(settings: Settings, stop: Stop, book: Book, topic: str) -> Follower:
    return Follower(book, topic, lambda: patiently(lambda: open_reader(settings, topic, GROUPS[topic]), stop=stop))


def keep_on(historian: Historian, stop: Stop) -> None:
    pause_s = 0.2
    while not stop.is_set():
        try:
            historian.step()
            pause_s = 0.2
        except HistoryMoved as moved:
            log.warning("another writer was here: %s", moved)
            historian.reload()
            stop.wait(pause_s)
        except (LogUnavailable, HistoryUnavailable) as error:
            log.warning("%s", error)
            historian.reload()
            historian.tell(up=not isinstance(error, HistoryUnavailable))
            stop.wait(pause_s)
            pause_s = min(2 * pause_s, 5.0)


def main(argv: list[str]) -> int:
    return run("history", work, argv)
