"""(g) A year of the demo, made, folded and stored: the records that an archive keeps, stretch after stretch in two
processes, on SQLite and, where it is there, PostgreSQL.

As the demo's own past is filled (`ingest/past.py`), by stretches: what stands at the end of one ends with it, the next
begins with everybody there. Whichever process is free takes the next. Rows, sums, signs of life and journal are those
of the whole year; raw records and states of its last 30 days, as they are kept (of fewer days as large a share).
PostgreSQL syncs as in service. `make bench BENCH="--only g --days 365"` runs all of it; fewer days are measured as they
are and extrapolated.
"""

from __future__ import annotations

import tempfile
import threading
import time
from datetime import date, timedelta
from math import ceil
from multiprocessing import get_context
from pathlib import Path
from statistics import fmean
from typing import NamedTuple

import msgspec
import psutil
import sqlalchemy as sa

from community.history.days import DAY_MS, bounds
from community.history.numbers import Retention
from ingest import past
from ingest.filling import Stretch
from ingest.process import rarely_collect
from store.children import Children
from store.history import tables
from store.history.database import migrate, open_engine
from store.history.retention import KEPT
from store.history.rollups import settle
from store.history.segments import Segments
from tests.benchmarks.figures import Figure
from tests.benchmarks.pace import paced
from tests.engines.postgres import PostgresServer, postgres_missing
from tests.ingest.yard import LANTING

LIMIT_MINUTES = 10.0
YEAR_DAYS = 365
CORES = 2
LEAST_DAYS = 7
END = date(2027, 1, 1)

LEFT_OUT = (
    "left out: heartbeats (a device that is watched has one a day, a feed two), power samples, statuses, contacts and "
    "crossings of an ordinary day, ticks, the log"
)


class Stored(msgspec.Struct):
    records: int
    entries: int
    """Of the journal."""
    rows: int
    minutes: float
    """By the clock."""
    cpu_s: float
    """Processor time of the processes that fill."""
    server_cpu_s: float
    """And of the database's server, on the same cores."""
    pace_ms: float
    """Of the host, while it went on."""


def measure(days: int) -> Figure:
    """Both databases, one after the other."""
    children = Children()
    with tempfile.TemporaryDirectory(prefix="shouwang-bench-") as folder:
        told = {"SQLite": filled(f"sqlite:///{Path(folder) / 'history.db'}", Path(folder) / "raw", days)}
    if not postgres_missing():
        server = PostgresServer(children, sync=True)
        server.start()
        try:
            with tempfile.TemporaryDirectory(prefix="shouwang-bench-") as folder:
                told["PostgreSQL"] = filled(server.database("year"), Path(folder), days, server.pid)
        finally:
            server.remove()
    year = YEAR_DAYS / days
    return Figure(
        "g",
        "(g) a year of the demo, made, folded and stored by two processes"
        + ("" if days >= YEAR_DAYS else f" (from {days} days)"),
        ", ".join(f"{name} {one.minutes * year:.1f} minutes" for name, one in told.items()),
        f"<= {LIMIT_MINUTES:g} minutes",
        met=all(one.minutes * year <= LIMIT_MINUTES for one in told.values()),
        note="; ".join(f"{name}: {_said(one, days)}" for name, one in told.items()) + f"; {LEFT_OUT}",
        details={name: msgspec.to_builtins(one) for name, one in told.items()} | {"days": days},
    )


def _said(one: Stored, days: int) -> str:
    cpu_s = one.cpu_s + one.server_cpu_s
    server = f", {one.server_cpu_s / days:.2f} of them the server's" if one.server_cpu_s else ""
    return (
        f"{one.records:,} records and {one.entries:,} entries of {days} days, {one.rows:,} rows, in {one.minutes:.2f} "
        f"minutes; {cpu_s / days:.2f} s of a processor a day{server}, {1e6 * cpu_s / one.records:.0f} us a record, at "
        f"a pace of {one.pace_ms:.1f} ms"
    )


def filled(url: str, raw: Path, days: int, server: int = 0) -> Stored:
    """`server`: the process of the database, whose children work for it."""
    engine = open_engine(url, write=True)
    migrate(engine)
    before_s, began_s = _of_family_s(server), time.monotonic()
    raw_days = LANTING.numbers_of(Retention).raw_days * min(1.0, days / YEAR_DAYS)
    raw_from_ms = bounds(END.isoformat(), LANTING.timezone)[0] - int(raw_days * DAY_MS)
    with paced() as paces, get_context("spawn").Pool(CORES, maxtasksperchild=1) as pool:
        asked = [(url, raw, raw_from_ms, *share) for share in _shares(days)]
        shares = pool.starmap(fill_stretch, asked, chunksize=1)
        while settle(engine, {LANTING.id: LANTING}):  # what one stretch told of the days of another
            pass
    minutes = (time.monotonic() - began_s) / 60
    server_s = _of_family_s(server) - before_s
    with engine.connect() as connection:
        position = connection.execute(sa.select(tables.position.c.topic, tables.position.c.records)).all()
        rows = sum(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one() for table, _ in KEPT)
    engine.dispose()
    counts = {"log": 0, "journal": 0}
    for topic, records in position:
        counts[topic.rpartition(".")[2]] += records
    return Stored(counts["log"], counts["journal"], rows, minutes, sum(shares), server_s, fmean(paces))


class Share(NamedTuple):
    number: int
    from_day: str
    until_ms: int


def _shares(days: int) -> list[Share]:
    """The newest first, as the demo's are, and the longest: so that both processes end at about the same time."""
    least = LEAST_DAYS if days >= 2 * CORES * LEAST_DAYS else ceil(days / CORES)
    found, end = [], END
    while days:
        each = min(days, max(least, ceil(days / (CORES + 1))))
        days -= each
        begin = end - timedelta(days=each)
        found.append(Share(len(found) + 1, begin.isoformat(), bounds(end.isoformat(), LANTING.timezone)[0]))
        end = begin
    return found


def fill_stretch(url: str, raw: Path, raw_from_ms: int, number: int, from_day: str, until_ms: int) -> float:
    """In a process of its own, which the collector leaves alone as it does `python -m ingest.past`. Seconds of a
    processor."""
    began_s = time.process_time()
    rarely_collect()
    engine = open_engine(url, write=True, many=True)
    segments = Segments(raw, sync=False, quick=True)
    stretch = Stretch(number, from_day, until_ms)
    if not past.fill(engine, LANTING, stretch, threading.Event(), lambda _: None, segments, raw_from_ms=raw_from_ms):
        raise RuntimeError(f"the stretch from {from_day} was not filled")
    engine.dispose()
    return time.process_time() - began_s


def _of_family_s(pid: int) -> float:
    """Processor time of a process, of its children that have ended and of those that live; 0: there is none."""
    if not pid:
        return 0.0
    process = psutil.Process(pid)
    own = process.cpu_times()
    of_children = [child.cpu_times() for child in process.children(recursive=True)]
    return sum((own.children_user, own.children_system, *(s for one in (own, *of_children) for s in one[:2])))
