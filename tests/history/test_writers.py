"""Several write one history: who fills the demo's month, who brings what is live, who counts. None keeps another
waiting for longer than rows take, and none loses what another wrote meanwhile."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from store import keys
from store.history import demo, rollups, snapshots, tables
from store.history.book import Book
from store.history.database import open_engine
from store.history.rollups import settle
from tests.history.pages import HOUR_MS, MINUTE_MS, SITE, T0_MS, Pages

DAY = "2026-03-12"
SITES = {SITE.id: SITE}


def told(engine: sa.Engine, hours: int) -> Book:
    pages = Pages()
    for minute in range(60 * hours):
        pages.tick(T0_MS + minute * MINUTE_MS)
        pages.log("source.heartbeat", "gates", at_ms=T0_MS + minute * MINUTE_MS)
    book = Book(engine, SITES)
    book.positions(keys.LOG)
    book.take(pages.entries)
    return book


def heard_min(engine: sa.Engine) -> int | None:
    days = tables.presence_day.c
    with engine.connect() as connection:
        asked = sa.select(days.online).where(days.device == "source:gates", days.day == DAY)
        return connection.execute(asked).scalar()


@contextmanager
def locked(engine: sa.Engine) -> Iterator[None]:
    """Another writer is at it. Raises OperationalError where somebody else holds the lock."""
    with closing(sqlite3.connect(str(engine.url.database), timeout=0, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@pytest.mark.parametrize("history_engine", ["sqlite"], indirect=True)
def test_who_brings_records_does_not_wait_while_minutes_are_worked_out(
    history_engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(history_engine, 2)
    worked_out, asked = rollups.presence_rows, []

    def slowly(*args: Any) -> Any:
        with locked(history_engine):
            asked.append(args)
            return worked_out(*args)

    monkeypatch.setattr(rollups, "presence_rows", slowly)
    while settle(history_engine, SITES):
        pass
    assert asked and heard_min(history_engine) == 120


@pytest.mark.parametrize("history_engine", ["sqlite"], indirect=True)
def test_whoever_only_asks_waits_for_no_writer(history_engine: sa.Engine) -> None:
    book = told(history_engine, 1)
    while settle(history_engine, SITES):
        pass
    engine = open_engine(f"sqlite:///{history_engine.url.database}", write=True)
    asking = Book(engine, SITES)
    with locked(history_engine):
        assert asking.positions(keys.LOG) == book.positions(keys.LOG) != {}
        assert settle(engine, SITES) is False
        assert snapshots.last_clock_ms(engine, SITE.id) == 0
        assert demo.pending(engine, SITE) is None
    engine.dispose()


def test_what_comes_while_a_day_is_counted_is_counted_too(
    history_engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where somebody else has counted meanwhile, and the mark is a new one for the same day."""
    book = told(history_engine, 2)
    worked_out, late = rollups.presence_rows, []

    def overtaken(*args: Any) -> Any:
        rows = worked_out(*args)
        if not late:
            late.append(rows)
            while settle(history_engine, SITES):
                pass
            book.hear({(SITE.id, T0_MS + 5 * HOUR_MS, who): 0b1111 for who in ("@clock", "source:gates")})
        return rows

    monkeypatch.setattr(rollups, "presence_rows", overtaken)
    while settle(history_engine, SITES):
        pass
    assert heard_min(history_engine) == 124
