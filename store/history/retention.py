"""What goes, and when: whole days, by the numbers of the site. The legal minimum of the journal is refused below.

`kept` remembers the first day that is still whole: rows of earlier days are not taken any more, and such a day is never
counted again, so that its sums stay what they were.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from community.clock import local_day
from community.history.days import DAY_MS, bounds, days_before
from community.history.numbers import Retention
from community.site import Site

from . import tables
from .database import reaching
from .segments import Segments
from .snapshots import DENSE_DAYS, thin

AUDIT_DAYS = 180
"""No number, and no caller, makes the journal shorter."""


class Kept(NamedTuple):
    table: sa.Table
    number: str


KEPT = (
    Kept(tables.journal, "journal_days"),
    Kept(tables.door_pass, "passes_days"),
    Kept(tables.charging_session, "sessions_days"),
    Kept(tables.work_order, "orders_days"),
    Kept(tables.order_phase, "orders_days"),
    Kept(tables.intercom_call, "calls_days"),
    Kept(tables.broadcast, "broadcasts_days"),
    Kept(tables.patrol_window, "patrol_days"),
    Kept(tables.patrol_scan, "patrol_days"),
    Kept(tables.meter_day, "meters_days"),
    Kept(tables.presence, "presence_days"),
    Kept(tables.presence_day, "rollups_days"),
    Kept(tables.rollup_hour, "rollups_days"),
    Kept(tables.rollup_day, "rollups_days"),
)


class TooShort(ValueError):
    """The law wants it longer."""


def retain(engine: sa.Engine, site: Site, now_ms: int) -> dict[str, int]:
    """Drops what is older than the site's numbers say, by the community's clock; table -> rows dropped.

    Raises HistoryUnavailable, TooShort.
    """
    numbers = site.numbers_of(Retention)
    if numbers.journal_days < AUDIT_DAYS:
        raise TooShort(f"journal_days is {numbers.journal_days}: the audit is kept for {AUDIT_DAYS} days at least")
    today = local_day(now_ms, site.timezone)
    dropped: dict[str, int] = {}
    for table, number in KEPT:
        from_day = days_before(today, getattr(numbers, number))
        with reaching(), engine.begin() as connection:
            before = connection.execute(
                sa.select(tables.kept.c.from_day).where(
                    tables.kept.c.community == site.id, tables.kept.c.source == table.name
                )
            ).scalar()
            if before is not None and from_day <= before:
                continue  # gone is gone: a number that was made greater brings nothing back
            _remember(connection, site.id, table.name, from_day)
            old = table.delete().where(table.c.community == site.id, table.c.day < from_day)
            moment = table.c.get("at_ms", table.c.get("hour_ms") if table is tables.presence else None)
            if moment is not None:  # with which the key begins: of years of rows none is read that stays
                old = old.where(moment < bounds(from_day, site.timezone)[1] + DAY_MS)
            gone = connection.execute(old).rowcount
            connection.execute(
                tables.dirty.delete().where(
                    tables.dirty.c.community == site.id,
                    tables.dirty.c.source == table.name,
                    tables.dirty.c.day < from_day,
                )
            )
        if gone:
            dropped[table.name] = gone
    table_, first_ms = tables.snapshot, now_ms - numbers.snapshots_days * DAY_MS
    with reaching(), engine.begin() as connection:
        connection.execute(table_.delete().where(table_.c.community == site.id, table_.c.clock_ms < first_ms))
    thin(engine, site.id, now_ms - DENSE_DAYS * DAY_MS)
    return dropped


def _remember(connection: sa.Connection, community: str, source: str, from_day: str) -> None:
    insert = (postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert)(tables.kept)
    said = insert.values(community=community, source=source, from_day=from_day)
    connection.execute(said.on_conflict_do_update(index_elements=["community", "source"], set_={"from_day": from_day}))


def retain_raw(engine: sa.Engine, segments: Segments, sites: Mapping[str, Site], now_ms: int) -> int:
    """Segments hold every community of a partition: the longest of their numbers holds."""
    days = max(site.numbers_of(Retention).raw_days for site in sites.values())
    return segments.sweep(engine, now_ms - days * DAY_MS)
