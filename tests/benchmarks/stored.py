"""(n) A year of the demo stored: what its pages, reports and trends take, on SQLite and, where it is there, PostgreSQL.

Three days are made, folded and written as the demo's own past is (`ingest/past.py`); the year is their rows and sums
again and again, each time so many days later, as far back as each table is kept. `check` proves that the sums are
those which a recount of the copied rows gives.
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from msgspec.structs import replace

from community.board.search import words_meant
from community.history.days import DAY_MS, bounds
from community.history.numbers import Retention
from community.office.periods import Period, around
from community.reports.needed import reported_figures
from dashboard.office import performance
from dashboard.office.ask import Ask
from dashboard.office.panels import PANELS
from dashboard.reports.csv import csv
from dashboard.reports.make import Asked, make
from dashboard.reports.pdf import pdf
from dashboard.reports.xlsx import xlsx
from ingest import past
from ingest.filling import Stretch
from store.children import Children
from store.history import tables
from store.history.database import migrate, open_engine, reading, survey
from store.history.ended import SHOWN as PAGE
from store.history.ended import Wanted, ended
from store.history.figures import figures
from store.history.records import SHOWN, records
from store.history.records import Asked as Drilled
from store.history.retention import KEPT
from store.history.rollups import ROLLUPS, recompute, settle
from tests.benchmarks.figures import Figure
from tests.engines.postgres import PostgresServer, postgres_missing
from tests.ingest.yard import LANTING

END, MADE_DAYS, DAYS = date(2027, 1, 1), 3, 365
"""The last days of the year are made, those before them are theirs."""
TIMES = 3
JOURNAL_ROWS = 1_000_000
"""Among so many alarms are searched, behind a bar and at the desk."""
LIMITS = {"day's data": 0.05, "page of a day": 1.0, "of a week": 1.0, "of a month": 1.0, "of half a year": 1.0}
LIMITS |= {"of a year": 1.0, "日报 PDF": 1.5, "日报 XLSX": 1.5, "year trend": 0.3, "search": 0.3}
"""On SQLite, in seconds."""
NAMES = frozenset(("session", "work_order", "call", "message", "round", "occurrence"))
"""Of things: each copy has its own."""


class Taken:
    """What each question took, by the clock and of a processor: the quickest of a few, for others work here too."""

    def __init__(self) -> None:
        self.clock_s: dict[str, float] = {}
        self.cpu_s: dict[str, float] = {}

    def of(self, name: str, ask: Callable[[], Any]) -> Any:
        clock, cpu, found = [], [], None
        for _ in range(TIMES):
            began_s, began_cpu_s = time.perf_counter(), time.process_time()
            found = ask()
            clock.append(time.perf_counter() - began_s)
            cpu.append(time.process_time() - began_cpu_s)
        self.clock_s[name], self.cpu_s[name] = min(clock), min(cpu)
        return found

    def sum(self, beginning: str) -> float:
        return sum(s for name, s in self.cpu_s.items() if name.startswith(beginning))


def measure() -> Figure:
    """Both databases, one after the other."""
    children = Children()
    with tempfile.TemporaryDirectory(prefix="shouwang-bench-") as folder:
        told = {"SQLite": stored(f"sqlite:///{Path(folder) / 'history.db'}")}
    if not postgres_missing():
        server = PostgresServer(children)
        server.start()
        told["PostgreSQL"] = stored(server.database("year"))
        server.remove()
    found = {name: judged(taken) for name, (_, taken, _) in told.items()}
    rows, _, same = told["SQLite"]
    lines = [f"{name}: {', '.join(f'{what} {s:.2f} s' for what, s in by.items())}" for name, by in found.items()]
    return Figure(
        "n",
        "(n) a year of the demo stored: what its pages and reports take of a processor",
        lines[0].removeprefix("SQLite: "),
        ", ".join(f"{what} {limit:g} s" for what, limit in LIMITS.items()),
        met=same and all(found["SQLite"][what] <= limit for what, limit in LIMITS.items()),
        note=f"SQLite, {rows:,} rows; {'; '.join(lines[1:]) or 'PostgreSQL is not here'}; sums of a copied day as a "
        f"recount of its rows: {'equal' if same else 'NOT equal'}; the trend is {_ratio(told['SQLite'][1]):.0f} times "
        f"as quick as the naive query over the rows; the search is among {JOURNAL_ROWS:,} journal rows; "
        "a page is the sum of its panels",
        details={name: {what: round(s, 3) for what, s in taken.cpu_s.items()} for name, (_, taken, _) in told.items()},
    )


def _ratio(taken: Taken) -> float:
    return taken.clock_s["year trend, naive"] / taken.clock_s["year trend"]


def judged(taken: Taken) -> dict[str, float]:
    """What the issue has a limit for, and what it has none for."""
    return {
        "day's data": taken.cpu_s["day's data"],
        "page of a day": taken.sum("/daily day:"),
        "of a week": taken.sum("/daily week:"),
        "of a month": taken.sum("/daily month:"),
        "of half a year": taken.sum("/daily half a year:"),
        "of a year": taken.sum("/daily year:"),
        "/alarms": taken.sum("/alarms:"),
        "日报 PDF": taken.cpu_s["daily: facts"] + taken.cpu_s["daily: pdf"],
        "日报 XLSX": taken.cpu_s["daily: facts"] + taken.cpu_s["daily: xlsx"],
        "月报 PDF": taken.cpu_s["monthly: facts"] + taken.cpu_s["monthly: pdf"],
        "月报 XLSX": taken.cpu_s["monthly: facts"] + taken.cpu_s["monthly: xlsx"],
        "year trend": taken.cpu_s["year trend"],
        "search": max(s for name, s in taken.cpu_s.items() if name.startswith("search:")),
    }


def stored(url: str) -> tuple[int, Taken, bool]:
    """How many rows, what was taken, whether sums and rows agree."""
    engine = open_engine(url, write=True)
    migrate(engine)
    until_ms = bounds(_before_end(1), LANTING.timezone)[1]
    past.fill(engine, LANTING, Stretch(1, _before_end(MADE_DAYS), until_ms), threading.Event(), lambda _: None)
    while settle(engine, {LANTING.id: LANTING}):  # what a later day's records changed of one before
        pass
    grown(engine, DAYS)
    same = check(engine, _before_end(100))
    with engine.connect() as connection:
        rows = sum(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar() or 0 for table, _ in KEPT)
    taken = asked_of(reading(engine))
    searched(engine, taken)
    engine.dispose()
    return rows, taken, same


def grown(engine: sa.Engine, days: int) -> None:
    """The rows of the first days again and again until there are so many; of each table as many as are kept."""
    numbers = LANTING.numbers_of(Retention)
    kept_days = {table.name: getattr(numbers, number) for table, number in KEPT}
    with engine.begin() as connection:
        for table, _ in KEPT:  # what reached in from the days before
            connection.execute(table.delete().where(table.c.day < _before_end(MADE_DAYS)))
    have = MADE_DAYS
    while have < days:
        step = min(have, days - have)
        begin = _before_end(step)
        with engine.begin() as connection:
            for table, _ in KEPT:
                oldest = _before_end(kept_days[table.name])
                columns = [column.name for column in table.columns]
                shifted = [_shifted(engine, name, have) for name in columns]
                copied = sa.text(
                    f"INSERT INTO {table.name} ({', '.join(columns)}) SELECT {', '.join(shifted)} FROM {table.name} "
                    f"WHERE day >= :begin AND {_shifted(engine, 'day', have)} >= :oldest "
                    "ON CONFLICT DO NOTHING"
                )
                connection.execute(copied, {"begin": begin, "oldest": oldest})
        have += step
    surveyed(engine)


def surveyed(engine: sa.Engine) -> None:
    """As the history process does, and PostgreSQL's autovacuum within a minute or two."""
    if engine.dialect.name == "sqlite":
        survey(engine)
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("VACUUM (ANALYZE)"))


def _shifted(engine: sa.Engine, column: str, days: int) -> str:
    if column == "day":
        sqlite = f"date(day, '-{days} days')"
        return sqlite if engine.dialect.name == "sqlite" else f"to_char(day::date - {days}, 'YYYY-MM-DD')"
    if column.endswith("_ms"):
        return f"CASE WHEN {column} = 0 THEN 0 ELSE {column} - {days * DAY_MS} END"  # 0: of no hour of the day
    return f"{column} || '-{days}'" if column in NAMES else column


def _before_end(days: int) -> str:
    return (END - timedelta(days=days)).isoformat()


def check(engine: sa.Engine, day: str) -> bool:
    """Whether a recount of the day's rows gives the sums that were copied."""
    sums = (tables.rollup_day, tables.rollup_hour)
    asked = [sa.select(one).where(one.c.day == day).order_by(*one.primary_key) for one in sums]
    with engine.connect() as connection:
        before = [connection.execute(one).all() for one in asked]
    for source in {rollup.table.name for rollup in ROLLUPS}:
        dirty = {"community": LANTING.id, "source": source, "day": day, "times": 1}
        with engine.begin() as connection:
            row = connection.execute(tables.dirty.insert().values(dirty).returning(tables.dirty)).one()
        recompute(engine, {LANTING.id: LANTING}, row)
    with engine.connect() as connection:
        return before == [connection.execute(one).all() for one in asked] and bool(before[0])


def asked_of(engine: sa.Engine) -> Taken:
    """Every question of the issue, on what is stored."""
    taken = Taken()
    last = _before_end(2)
    end_ms = bounds(last, LANTING.timezone)[1]
    of_day = reported_figures(1)  # every figure but one that no page asks of a day
    taken.of("day's data", lambda: figures(engine, LANTING, last, last, of_day))
    periods = {"day": around(last, "day"), "week": around(last, "week"), "month": around(last, "month")}
    periods["half a year"] = Period("range", _before_end(183), last)
    periods["year"] = Period("range", _before_end(DAYS), last)
    for name, period in periods.items():
        ask = Ask(engine, LANTING, period, "zh", end_ms, frozenset(("report.read",)))
        for panel, draw in PANELS.items():
            taken.of(f"/daily {name}: {panel}", partial(draw, ask))
    thirty = Period("range", _before_end(31), last)
    for panel, draw in performance.PANELS.items():
        taken.of(f"/alarms: {panel}", partial(draw, Ask(engine, LANTING, thirty, "zh", end_ms)))
    for kind in ("daily", "weekly", "monthly"):
        wanted = Asked(kind, last, "internal", "zh")
        paper = taken.of(f"{kind}: facts", partial(make, engine, LANTING, wanted, end_ms))
        for name, write in (("pdf", pdf), ("xlsx", xlsx), ("csv", csv)):
            taken.of(f"{kind}: {name}", partial(write, paper))
    year = (_before_end(DAYS), _before_end(1))
    trend = taken.of("year trend", lambda: figures(engine, LANTING, *year, ["passes_by_day_and_method"]))
    passes = "SELECT day, method, COUNT(*) FROM door_pass WHERE community = :c AND result = 'granted'"
    naive = sa.text(f"{passes} GROUP BY day, method")
    with engine.connect() as connection:
        taken.of("year trend, naive", lambda: connection.execute(naive, {"c": LANTING.id}).all())
    assert trend.figures[0].lines
    return taken


def searched(engine: sa.Engine, taken: Taken) -> None:
    """The year's alarms by type, by priority, of one device, the last page too, among a million journal rows."""
    crowd(engine, JOURNAL_ROWS)
    asked = reading(engine)
    from_ms, to_ms = (bounds(_before_end(days), LANTING.timezone)[0] for days in (DAYS, 1))
    of_year = Drilled(of="alarms", from_ms=from_ms, to_ms=to_ms)
    held = replace(of_year, alarms=("DOOR_HELD",))
    found = taken.of("search: of a type", partial(records, asked, LANTING, held))
    taken.of("search: of priorities", partial(records, asked, LANTING, replace(of_year, priorities=("P1", "P2"))))
    device = found.rows[0]["device"]
    taken.of("search: of a device", partial(records, asked, LANTING, replace(of_year, devices=(device,))))
    last = replace(held, skip=found.total // SHOWN * SHOWN)
    taken.of("search: its last page", partial(records, asked, LANTING, last))
    assert found.total > SHOWN
    at_the_desk(asked, taken, from_ms, to_ms)


def at_the_desk(asked: sa.Engine, taken: Taken, from_ms: int, to_ms: int) -> None:
    """What ended in the year: all of it, and what a zone and a colleague had to do with; the last page of each too."""
    zone, colleague = LANTING.zones[0].name.zh, LANTING.posts[0].name.zh
    for what, words in (("all", ""), ("a zone", zone), ("a colleague", colleague), ("both", f"{zone} {colleague}")):
        wanted = Wanted(from_ms, to_ms, words_meant(LANTING, "zh", words, {}))
        found = taken.of(f"search: at the desk, {what}", partial(ended, asked, LANTING, wanted))
        last = replace(wanted, skip=found.total // PAGE * PAGE)
        taken.of(f"search: at the desk, {what}, last page", partial(ended, asked, LANTING, last))
        assert found.total > PAGE


def crowd(engine: sa.Engine, rows: int) -> None:
    """The journal's rows again and again, each time milliseconds later and as other alarms, until there are so many."""
    journal, later = tables.journal, 1
    shifted = {"at_ms": "at_ms + {later}", "record_id": "record_id || '+{later}'", "since_ms": "since_ms + {later}"}
    shifted["occurrence"] = "CASE WHEN since_ms IS NULL THEN occurrence ELSE subject || '@' || (since_ms + {later}) END"
    names = [column.name for column in journal.columns]
    while True:
        with engine.begin() as connection:
            have = connection.execute(sa.select(sa.func.count()).select_from(journal)).scalar_one()
            if have >= rows:
                break
            columns = ", ".join(shifted.get(name, name).format(later=later) for name in names)
            copied = f"INSERT INTO journal ({', '.join(names)}) SELECT {columns} FROM journal LIMIT {rows - have}"
            connection.execute(sa.text(copied))
        later *= 2
    surveyed(engine)
