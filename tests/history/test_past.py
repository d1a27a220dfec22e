"""演示数据: the invented days before the first start: the same whenever they are made, marked, never in the way."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa

from community.site import SITES, parse_site
from ingest import past
from store import keys
from store.history import demo, tables
from store.history.book import Book
from store.history.figures import figures
from store.history.rollups import settle
from store.log import Entry
from tests.history.pages import DAY_MS, HOUR_MS, T0_MS, Pages, rows

LANTING = parse_site((SITES / "lanting.json").read_bytes())
FROM, UNTIL_MS = "2026-03-12", T0_MS + 9 * HOUR_MS
"""Some hours."""


class StopAfter(threading.Event):
    """Set after it was asked so often: a process that is told to end in the middle."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self._left = times

    def is_set(self) -> bool:
        self._left -= 1
        return self._left < 0


def filled(engine: sa.Engine) -> None:
    while settle(engine, {LANTING.id: LANTING}):
        pass


@pytest.mark.parametrize("history_engine", ["sqlite"], indirect=True)
def test_stopped_anywhere_it_goes_on_to_the_same_past(history_engine: sa.Engine) -> None:
    assert past.fill(history_engine, LANTING, FROM, UNTIL_MS, threading.Event())
    filled(history_engine)
    whole = rows(history_engine)
    assert len(whole["charging_session"]) > 5 and whole["journal"]
    with history_engine.begin() as connection:
        for table in tables.metadata.sorted_tables:
            connection.execute(table.delete())
    for times in (1, 2, 3):
        assert not past.fill(history_engine, LANTING, FROM, UNTIL_MS, StopAfter(times))
    assert past.fill(history_engine, LANTING, FROM, UNTIL_MS, threading.Event())
    filled(history_engine)
    assert rows(history_engine) == whole


def test_no_alarm_of_the_past_stands_for_ever_and_nothing_is_later_than_the_start(history_engine: sa.Engine) -> None:
    past.fill(history_engine, LANTING, FROM, UNTIL_MS, threading.Event())
    filled(history_engine)
    found = {answer.id: answer for answer in figures(history_engine, LANTING, FROM, "2026-03-12").figures}
    assert found["alarms_open"].value == 0
    assert found["log_coverage"].value == 100
    with history_engine.connect() as connection:
        newest = connection.execute(sa.select(sa.func.max(tables.journal.c.at_ms))).scalar()
        assert newest is not None and newest <= UNTIL_MS
        seen = tables.charging_session.c
        assert connection.execute(sa.select(sa.func.max(seen.started_ms))).scalar() < UNTIL_MS


def test_only_an_empty_database_gets_a_past_and_it_is_marked(history_engine: sa.Engine) -> None:
    assert demo.wanted(history_engine, LANTING, UNTIL_MS) == ("2026-02-10", UNTIL_MS)
    assert demo.wanted(history_engine, LANTING, UNTIL_MS + DAY_MS) == ("2026-02-10", UNTIL_MS)  # killed: the same again
    with history_engine.begin() as connection:
        connection.execute(tables.demo.update().values(done=1))
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


def test_the_newest_stretch_comes_first_and_none_is_left_out() -> None:
    found = past.stretches(LANTING, "2026-02-10", UNTIL_MS)
    assert [(number, day) for number, day, _ in found] == [
        (3, "2026-03-12"),
        (2, "2026-03-02"),
        (1, "2026-02-20"),
        (0, "2026-02-10"),
    ]
    assert [end_ms for *_, end_ms in found] == [UNTIL_MS, T0_MS, T0_MS - 10 * DAY_MS, T0_MS - 20 * DAY_MS]
