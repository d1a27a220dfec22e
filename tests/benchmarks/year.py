"""(g) A year of the demo, made and folded: the records that an archive keeps, half a year in each of two processes.

As the demo's own past is filled (`ingest/filling.py`): what stands at the end of the first half ends with it.
`make bench BENCH="--only g --days 365"` runs all of it; fewer days are measured as they are and extrapolated.
"""

from __future__ import annotations

import time
from datetime import date
from multiprocessing import get_context
from typing import NamedTuple

from community.fold import fold
from community.state import State
from community.world.day import EPOCH, Sort
from community.world.site import by_log
from community.world.stream import PLOTS, stream
from tests.benchmarks.figures import Figure
from tests.ingest.yard import LANTING

LIMIT_MINUTES = 10.0
YEAR_DAYS = 365
CORES = 2
FIRST = date(2026, 1, 1)

LEFT_OUT = (
    "left out: heartbeats (a device that is watched has one a day, a feed two), power samples, statuses, contacts and "
    "crossings of an ordinary day, ticks, the log and the store"
)


class Folded(NamedTuple):
    records: int
    entries: int
    """Of the journal, and orders."""
    cpu_s: float
    """Processor time: what it takes of its core, however busy the machine is otherwise."""


def measure(days: int) -> Figure:
    began_s = time.monotonic()
    parts = fold_days(days)
    wall_s = time.monotonic() - began_s
    records, entries, cpu_s = (sum(values) for values in zip(*parts, strict=True))
    minutes = wall_s / 60 * YEAR_DAYS / days
    return Figure(
        "g",
        "(g) a year of the demo, generated and folded by two processes"
        + ("" if days >= YEAR_DAYS else f" (from {days} days)"),
        f"{minutes:.1f} minutes",
        f"<= {LIMIT_MINUTES:g} minutes",
        met=minutes <= LIMIT_MINUTES,
        note=f"{records:,} records of {days} days, {entries:,} entries, in {wall_s / 60:.2f} minutes; "
        f"{1e6 * cpu_s / records:.0f} us of a processor a record, {cpu_s / 60 * YEAR_DAYS / days:.1f} minutes a year; "
        f"{LEFT_OUT}",
        details={"days": days, "records": records, "entries": entries, "cpu_s": round(cpu_s, 1)},
    )


def fold_days(days: int, seed: int = 1) -> list[Folded]:
    """Of each of the processes that shared the days."""
    first, half = (FIRST - EPOCH).days, days // CORES
    shares = [(first + n * half, half if n < CORES - 1 else days - n * half, seed) for n in range(CORES)]
    with get_context("spawn").Pool(CORES) as pool:
        return pool.starmap(fold_stretch, [share for share in shares if share[1]])


def fold_stretch(first: int, days: int, seed: int) -> Folded:
    """In a process of its own. `first`: days since EPOCH."""
    site = by_log(LANTING, fine=False)
    state = State(site)
    records = entries = 0
    began_s = time.process_time()
    for records, wire in enumerate(stream(Sort(site, seed, PLOTS, 0, False), first, days), 1):
        changes = fold(state, wire.record(LANTING.id, records))
        state.apply(changes)
        entries += len(changes.entries)
    return Folded(records, entries, time.process_time() - began_s)
