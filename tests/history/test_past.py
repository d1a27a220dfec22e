"""演示数据: the invented days before the first start: the same whenever they are made, marked, never in the way; and
what the wall remembers of the last of them is what SQL has."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from community.board import board
from community.recall import Recalled
from community.site import SITES, parse_site
from ingest import past
from ingest.filling import Stretch, stretches
from ingest.invented import PREFIX, Past
from store import keys
from store.history import demo, tables
from store.history.book import Book
from store.history.database import migrate, open_engine
from store.history.figures import figures
from store.history.rollups import settle
from store.history.segments import Segments
from store.history.snapshots import pairs
from store.history.travel import Journey, meets
from store.log import Entry
from tests.history.pages import DAY_MS, HOUR_MS, T0_MS, Pages, rows

LANTING = parse_site((SITES / "lanting.json").read_bytes())
FROM, UNTIL_MS = "2026-03-12", T0_MS + 9 * HOUR_MS
"""Some hours."""
HOURS = Stretch(0, FROM, UNTIL_MS)


class StopAfter(threading.Event):
    """Set after it was asked so often: a process that is told to end in the middle."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self._left = times

    def is_set(self) -> bool:
        self._left -= 1
        return self._left < 0


def fill(engine: sa.Engine, stop: threading.Event | None = None) -> Recalled | None:
    """What the wall is told of it; None: it was stopped."""
    told: list[Recalled] = []
    there = past.fill(engine, LANTING, HOURS, stop or threading.Event(), told.append)
    return told[0] if there else None


def filled(engine: sa.Engine) -> None:
    while settle(engine, {LANTING.id: LANTING}):
        pass


def test_a_wall_of_an_invented_day_is_the_one_that_was_folded(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'h.db'}", write=True)
    migrate(engine)
    folder = tmp_path / "raw"
    assert past.fill(engine, LANTING, HOURS, threading.Event(), lambda _: None, Segments(folder))
    found = pairs(engine, LANTING.id, 9)
    assert len(found) == 3 and all(meets(engine, folder, LANTING, pair) for pair in found)
    journey = Journey(engine, folder, LANTING)
    morning = journey.to(UNTIL_MS - HOUR_MS).state
    assert 0 <= UNTIL_MS - HOUR_MS - morning.clock_ms < 60_000
    shown = board(journey.to(T0_MS + HOUR_MS).state, "zh")
    assert shown["verdict"]["look"] != "waiting" and {bar["look"] for bar in shown["feeds"]["bars"]} == {"live"}
    last = journey.to(UNTIL_MS + DAY_MS).state
    assert UNTIL_MS - 60_000 < last.clock_ms < UNTIL_MS
    engine.dispose()


def test_what_is_written_as_it_was_made_is_what_is_read_from_its_bytes(tmp_path: Path) -> None:
    held = []
    for name, ordinary in (("made", False), ("read", True)):
        engine = open_engine(f"sqlite:///{tmp_path / name}.db", write=True)
        migrate(engine)
        if ordinary:
            past_ = Past(LANTING, HOURS)
            told = list(past_.entries())
            assert all(entry.record is not None for entry in told if entry.topic == keys.LOG)
            book = Book(engine, {LANTING.id: past_.site}, prefix=PREFIX)
            for topic in (keys.LOG, keys.JOURNAL):
                book.positions(topic)
                book.take([replace(entry, record=None, values=None) for entry in told if entry.topic == topic])
            book.hear(past_.minutes(past_.first))
        else:
            assert fill(engine) is not None
        filled(engine)
        held.append(rows(engine))
        engine.dispose()
    assert held[0] == held[1] and len(held[0]["door_pass"]) > 1000 and held[0]["presence"]


@pytest.mark.slow
@pytest.mark.parametrize("history_engine", ["sqlite"], indirect=True)
def test_stopped_anywhere_it_goes_on_to_the_same_past(history_engine: sa.Engine) -> None:
    assert (told := fill(history_engine)) is not None
    filled(history_engine)
    whole = rows(history_engine)
    assert len(whole["charging_session"]) > 5 and whole["journal"]
    with history_engine.begin() as connection:
        for table in tables.metadata.sorted_tables:
            connection.execute(table.delete())
    for times in (1, 2, 3):
        assert fill(history_engine, StopAfter(times)) is None
    assert fill(history_engine) == told
    filled(history_engine)
    assert rows(history_engine) == whole


def test_no_alarm_of_the_past_stands_for_ever_and_nothing_is_later_than_the_start(history_engine: sa.Engine) -> None:
    fill(history_engine)
    filled(history_engine)
    found = {answer.id: answer for answer in figures(history_engine, LANTING, FROM, "2026-03-12").figures}
    assert found["alarms_open"].value == 0
    assert found["log_coverage"].value == 100 and found["online_rate"].value > 99
    with history_engine.connect() as connection:
        newest = connection.execute(sa.select(sa.func.max(tables.journal.c.at_ms))).scalar()
        assert newest is not None and newest <= UNTIL_MS
        seen = tables.charging_session.c
        assert connection.execute(sa.select(sa.func.max(seen.started_ms))).scalar() < UNTIL_MS


def test_only_an_empty_database_gets_a_past_and_it_is_marked(history_engine: sa.Engine) -> None:
    assert demo.wanted(history_engine, LANTING, UNTIL_MS) == ("2026-02-10", UNTIL_MS)
    assert demo.wanted(history_engine, LANTING, UNTIL_MS + DAY_MS) == ("2026-02-10", UNTIL_MS)  # killed: the same again
    assert demo.pending(history_engine, LANTING) == ("2026-02-10", UNTIL_MS)
    demo.fulfil(history_engine, LANTING)
    assert demo.pending(history_engine, LANTING) is None
    assert demo.wanted(history_engine, LANTING, UNTIL_MS) is None
    assert figures(history_engine, LANTING, FROM, "2026-03-13").demo_until_ms == UNTIL_MS
    assert figures(history_engine, LANTING, "2026-03-13", "2026-03-13").demo_until_ms is None
    with history_engine.begin() as connection:
        connection.execute(tables.demo.delete())
    pages = Pages("lanting")
    real: list[Entry] = [pages.log("device.heartbeat", "C-001", at_ms=T0_MS)]
    book = Book(history_engine, {LANTING.id: LANTING})
    book.positions(keys.LOG)
    book.take(real)
    assert demo.wanted(history_engine, LANTING, UNTIL_MS) is None


def test_the_newest_days_come_first_and_none_is_left_out() -> None:
    found = stretches(LANTING, "2026-02-11", UNTIL_MS)
    assert [(stretch.number, stretch.from_day) for stretch in found] == [
        (0, "2026-03-11"),
        (1, "2026-03-04"),
        (2, "2026-02-25"),
        (3, "2026-02-18"),
        (4, "2026-02-11"),
    ]
    days = [(T0_MS - stretch.until_ms) / DAY_MS for stretch in found[1:]]
    assert (found[0].until_ms, days) == (UNTIL_MS, [1, 8, 15, 22])
    assert stretches(LANTING, FROM, UNTIL_MS) == [HOURS]
