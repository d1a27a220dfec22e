"""(m) Time travel: from the question to the wall of a moment, by the process that the dashboard asks.

The busiest hour of the demo as history keeps it after days (a state every ten minutes): moments at random, and the
worst there are, just before the next kept state. Each is a viewer's first picture: none begins where another one was.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from datetime import date
from pathlib import Path

import psutil

from community.model import Position
from community.world.day import EPOCH, Day, Sort
from community.world.site import by_log
from community.world.stream import PLOTS, stream
from dashboard.past.asked import Question, Setup
from dashboard.past.pool import Travellers
from store import keys
from store.history import snapshots
from store.history.database import migrate, open_engine
from store.log import Entry
from tests.benchmarks.figures import Figure, quantile
from tests.history.told import tell
from tests.ingest.yard import LANTING

LIMIT_S = 2.0
FIRST, BEGINS_H, LASTS_MS = date(2026, 1, 1), 8, 3_600_000
SEEKS = 20
SITE = by_log(LANTING)


def measure() -> Figure:
    with tempfile.TemporaryDirectory(prefix="shouwang-bench-") as name:
        folder = Path(name)
        entries = _hour()
        from_ms, to_ms = entries[0].appended_ms, entries[-1].appended_ms
        kept = list(range(from_ms, to_ms, snapshots.THINNED_MS))
        engine = open_engine(f"sqlite:///{folder / 'history.db'}", write=True)
        migrate(engine)
        tell(engine, folder / "raw", SITE, entries, [at_ms + 1 for at_ms in kept])
        engine.dispose()
        dice = random.Random(1)
        moments = [dice.randrange(kept[1], to_ms) for _ in range(SEEKS)] + [at_ms - 1 for at_ms in kept[2:]]
        wall, cpu, start_s = asyncio.run(_seek(folder, moments))
    worst = max(wall)
    return Figure(
        "m",
        "(m) time travel, a moment of the demo's busiest hour, from the question to its wall",
        f"median {quantile(wall, 0.5):.2f} s, worst {worst:.2f} s",
        f"worst <= {LIMIT_S:g} s",
        met=worst <= LIMIT_S,
        note=f"{len(wall)} moments; of a processor median {quantile(cpu, 0.5):.2f} s, worst {max(cpu):.2f} s; "
        f"{len(entries):,} records in the hour, a kept state every {snapshots.THINNED_MS // 60_000} minutes (of the "
        f"last {snapshots.DENSE_DAYS} days every {snapshots.EVERY_MS // 60_000}); with the start of its process, the "
        f"first one {start_s:.2f} s",
        details={"wall_s": [round(s, 3) for s in wall], "cpu_s": [round(s, 3) for s in cpu], "records": len(entries)},
    )


def _hour() -> list[Entry]:
    sort = Sort(SITE, 1, PLOTS, 1, True)
    number = (FIRST - EPOCH).days
    from_ms = Day(sort, number).at(BEGINS_H)
    found: list[Entry] = []
    for wire in stream(sort, number, 1):
        if wire.appended_ms >= from_ms + LASTS_MS:
            break
        if wire.appended_ms >= from_ms:
            place = Position(1, 0, len(found))
            found.append(Entry(keys.LOG, place, wire.appended_ms, SITE.id.encode(), wire.encode(SITE.id), ()))
    return found


async def _seek(folder: Path, moments: list[int]) -> tuple[list[float], list[float], float]:
    """(seconds by the clock, of a processor) of each, and how long the process takes to begin. Raises RuntimeError."""
    setup = Setup(f"sqlite:///{folder / 'history.db'}", str(folder / "raw"), {SITE.id: SITE})
    pool = Travellers(lambda: setup)
    wall, cpu = [], []
    began_s = time.perf_counter()
    await pool.ask(Question("first", SITE.id, moments[0], "zh"))
    start_s = time.perf_counter() - began_s
    process = next(child for child in psutil.Process().children() if "dashboard.past.traveller" in child.cmdline())
    try:
        for number, at_ms in enumerate(moments):
            before, began_s = process.cpu_times(), time.perf_counter()
            answer = await pool.ask(Question(f"viewer-{number}", SITE.id, at_ms, "zh"))
            wall.append(time.perf_counter() - began_s)
            if answer.why:
                raise RuntimeError(f"no picture of {at_ms}: {answer.why}")
            after = process.cpu_times()
            cpu.append(after.user + after.system - before.user - before.system)
    finally:
        await pool.close()
    return wall, cpu, start_s
