"""演示数据: the thirty days before the demo community's first start, so that charts and figures are not empty.

What `invented.py` makes of them goes to SQL the way of every record. The days are marked: every figure that reaches
into them says so. Killed in the middle it goes on where it was: the same seed gives the same records again.

They are made in stretches, each by a process of its own (`python -m ingest.past NUMBER`, started by `history`): two
days first, whose end is what the wall remembers of the last 24 hours and goes into the log as one record, `demo.past`
(community/recall.py); then the weeks before, as many at a time as the machine has cores for.
"""

from __future__ import annotations

import logging
import signal
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from functools import partial
from itertools import islice
from operator import itemgetter

import msgspec
import redis
import sqlalchemy as sa

from community.demo import DEMO
from community.model import (
    DEMO_PAST,
    encode_event,
)
from community.recall import Recalled
from community.site import Site
from community.world.day import EPOCH
from ingest.filling import Stretch, stretches
from ingest.invented import PREFIX, Past
from ingest.process import Stop, log_to_stderr, rarely_collect
from store import keys
from store.described import InForce
from store.history import HistoryUnavailable, demo
from store.history.book import Book
from store.history.database import open_engine
from store.history.gather import Gathered
from store.history.rollups import Lately, settle_day
from store.history.segments import Segments
from store.history.snapshots import write
from store.log import Entry, LogUnavailable, LogWriter
from store.log.open import open_writer, patiently
from store.settings import Settings, read_settings

log = logging.getLogger("shouwang.history")

LOT = 2500
"""Records, or hours of devices, a transaction: a live record waits for this writer's lock no longer than 50 ms."""
AGAIN_S, TRIES = 1.0, 30


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
