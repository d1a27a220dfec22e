"""Days settled one after the other, of which each remembers the one before, are those that are settled alone."""

from __future__ import annotations

import random

import sqlalchemy as sa
from msgspec.structs import replace

from community.history.days import HOUR_MS, MINUTE_MS
from community.history.presence import watched
from community.history.rows import CLOCK
from store.history import tables
from store.history.book import Book
from store.history.rollups import Lately, settle_day
from tests.history.pages import DAY_MS, T0_MS
from tests.reports.test_recount import SITE as RECOUNTED

PERIODS_S = (60, 300, 7_200, 43_200, 86_400)
SITE = replace(RECOUNTED, devices=tuple(replace(d, period_s=PERIODS_S[n % 5]) for n, d in enumerate(RECOUNTED.devices)))
DAYS = [f"2026-03-{day}" for day in range(12, 19)]


def told(dice: random.Random) -> dict[tuple[str, int, str], int]:
    """Of a week whoever speaks by himself, often or once in days, some with hours in which nothing was heard."""
    found = {}
    for device, _ in watched(SITE):
        seldom = dice.choice((0.02, 0.2, 0.9))
        for hour_ms in range(T0_MS, T0_MS + len(DAYS) * DAY_MS, HOUR_MS):
            if dice.random() < seldom:
                found[SITE.id, hour_ms, device.id] = dice.getrandbits(60) & dice.getrandbits(60) if seldom > 0.1 else 1
            elif dice.random() < 0.05:
                found[SITE.id, hour_ms, device.id] = 0
    for hour_ms in range(T0_MS, T0_MS + len(DAYS) * DAY_MS, HOUR_MS):
        for who in (CLOCK, *(f"source:{source.id}" for source in SITE.sources)):
            if dice.random() < 0.97:
                found[SITE.id, hour_ms, who] = (1 << HOUR_MS // MINUTE_MS) - 1
    return found


def settled(engine: sa.Engine, lately: Lately | None, days: list[str]) -> list[tuple[object, ...]]:
    for day in days:
        settle_day(engine, SITE, day, lately)
    table = tables.presence_day
    with engine.connect() as connection:
        assert not connection.execute(sa.select(tables.dirty)).all()
        return list(map(tuple, connection.execute(sa.select(table).order_by(*table.primary_key))))


def test_each_day_is_that_of_all_that_was_heard(history_engine: sa.Engine) -> None:
    book, minutes = Book(history_engine, {SITE.id: SITE}), told(random.Random(11))
    book.hear(minutes)
    one_by_one = settled(history_engine, Lately(), DAYS)
    book.hear(minutes)
    assert settled(history_engine, None, DAYS[::-1]) == one_by_one
    book.hear(minutes)
    assert settled(history_engine, Lately(), [*DAYS[3:], *DAYS[:3]]) == one_by_one
    assert len({row[2] for row in one_by_one}) > 10 and len({row[6] for row in one_by_one}) > 10
