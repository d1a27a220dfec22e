"""(g) A year of the demo, made in one process and folded in another: the records that an archive keeps.

`make bench BENCH="--only g --days 365"` runs all of it; fewer days are measured as they are and extrapolated.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date
from itertools import islice
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import NamedTuple

import msgspec

from community.fold import fold
from community.model import Record
from community.state import State
from community.world.day import EPOCH, Sort
from community.world.site import by_log
from community.world.stream import PLOTS, stream
from tests.benchmarks.figures import Figure
from tests.ingest.yard import LANTING

LIMIT_MINUTES = 10.0
YEAR_DAYS = 365
FIRST = date(2026, 1, 1)
LOT = 2_000
"""Records handed over at once: few enough that maker and folder keep each other busy."""

LEFT_OUT = (
    "left out: heartbeats (a device that is watched has one a day, a feed two), power samples, statuses, contacts and "
    "crossings of an ordinary day, ticks, the log and the store"
)


class Folded(NamedTuple):
    records: int
    entries: int
    """Of the journal, and orders."""
    wall_s: float
    fold_s: float
    """Processor time of the folding process: what it takes of its core, however busy the machine is otherwise."""


def measure(days: int) -> Figure:
    done = fold_days(days)
    minutes = done.wall_s / 60 * YEAR_DAYS / days
    whole = days >= YEAR_DAYS
    return Figure(
        "g",
        "(g) a year of the demo, generated and folded, one process each" + ("" if whole else f" (from {days} days)"),
        f"{minutes:.1f} minutes",
        f"<= {LIMIT_MINUTES:g} minutes",
        met=minutes <= LIMIT_MINUTES,
        note=f"{done.records:,} records of {days} days, {done.entries:,} entries, in {done.wall_s / 60:.2f} minutes; "
        f"the folding process took {1e6 * done.fold_s / done.records:.0f} us of a processor a record, "
        f"{done.fold_s / 60 * YEAR_DAYS / days:.1f} minutes a year; {LEFT_OUT}",
        details={"days": days, "records": done.records, "entries": done.entries, "fold_cpu_s": round(done.fold_s, 1)},
    )


def fold_days(days: int, seed: int = 1) -> Folded:
    """Raises RuntimeError where the maker broke off before its last day."""
    context = get_context("spawn")
    coming, going = context.Pipe(duplex=False)
    maker = context.Process(target=make, args=(going, days, seed), daemon=True)
    began_s = time.monotonic()
    maker.start()
    going.close()  # the maker's alone, so that its death is an end of file
    state = State(by_log(LANTING, fine=False))
    records = entries = 0
    before_s = time.process_time()
    try:
        for record in _records(coming):
            records += 1
            changes = fold(state, record)
            state.apply(changes)
            entries += len(changes.entries)
    finally:
        coming.close()
        maker.join(10)
    return Folded(records, entries, time.monotonic() - began_s, time.process_time() - before_s)


def make(going: Connection, days: int, seed: int) -> None:
    """The other process: the days of one seed in lots, then an empty one."""
    sort = Sort(by_log(LANTING, fine=False), seed, PLOTS, 0, False)
    wires = enumerate(stream(sort, (FIRST - EPOCH).days, days), 1)
    lot = [None]
    while lot:
        lot = [wire.record(LANTING.id, number) for number, wire in islice(wires, LOT)]
        going.send_bytes(msgspec.msgpack.encode(lot))
    going.close()


def _records(coming: Connection) -> Iterator[Record]:
    decode = msgspec.msgpack.Decoder(list[Record]).decode
    while True:
        try:
            lot = decode(coming.recv_bytes())
        except EOFError:
            raise RuntimeError("the process that makes the days has died") from None
        if not lot:
            return
        yield from lot
