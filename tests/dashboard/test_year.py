"""The manager's pages on a year of the demo in SQLite: what each asks for takes less than a second of a processor.

Three days are the demo's own, made and folded as its past is; the others are their rows with the moments moved, so that
every table has a year's size. Presence by the minute, 22 million rows a year, is kept for the three days alone: a page
asks it for one day, by its key. The words beneath half-hours of meters keep their old moments.
"""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from community.history.days import DAY_MS, bounds, days_before
from community.office.periods import Period, period_asked
from community.site import SITES, Site, parse_site
from dashboard.office import panels, performance
from dashboard.office.ask import Ask
from dashboard.office.page import Draw
from ingest.past import Stretch, fill
from store.history import tables
from store.history.database import migrate, open_engine
from store.history.rollups import settle

LAST = "2026-03-12"
BASE_DAYS, YEAR_DAYS = 3, 366
PAGE_S = 1.0

MOVED = ("journal", "door_pass", "order_phase", "patrol_scan", "charging_session", "work_order", "intercom_call")
MOVED += ("broadcast", "patrol_window", "meter_day", "presence_day", "rollup_hour", "rollup_day")
KEYS = frozenset(("record_id", "session", "work_order", "call", "message", "round"))
"""What has to stay unique."""


@pytest.fixture
def year(tmp_path: Path) -> tuple[sa.Engine, Site]:
    site = parse_site((SITES / "lanting.json").read_bytes())
    engine = open_engine(f"sqlite:///{tmp_path / 'year.db'}", write=True)
    migrate(engine)
    until_ms = bounds(LAST, site.timezone)[1]
    stretch = Stretch(0, days_before(LAST, BASE_DAYS - 1), until_ms)
    assert fill(engine, site, stretch, threading.Event(), lambda _: None)
    while settle(engine, {site.id: site}):
        pass
    for step in range(1, YEAR_DAYS // BASE_DAYS):
        with engine.begin() as connection:  # one for all would be a write-ahead log of gigabytes
            for name in MOVED:
                connection.execute(moved(tables.metadata.tables[name], step * BASE_DAYS))
    return engine, site


def moved(table: sa.Table, days: int) -> sa.Insert:
    """The rows of the base days once more, so many days earlier."""

    def column(one: sa.Column[object]) -> sa.ColumnElement[object]:
        if one.name == "day":
            return sa.func.date(one, f"-{days} days")
        if one.name.endswith("_ms"):
            return one - days * DAY_MS
        return one + f"/{days}" if one.name in KEYS else one

    base = table.c.day > days_before(LAST, BASE_DAYS)
    return table.insert().from_select(list(table.c), sa.select(*map(column, table.c)).where(base))


@pytest.mark.slow
def test_pages_on_a_year(year: tuple[sa.Engine, Site], record_property: pytest.RecordProperty) -> None:
    engine, site = year
    with engine.connect() as connection:
        passes = connection.execute(sa.select(sa.func.count()).select_from(tables.door_pass)).scalar_one()
        days = connection.execute(sa.select(sa.func.count(sa.distinct(tables.door_pass.c.day)))).scalar_one()
    record_property("passes", passes)
    assert days >= YEAR_DAYS - BASE_DAYS
    today = days_before(LAST, -1)
    for name, asked, drawn, by_default in (
        ("day", {}, panels.PANELS, 1),
        ("week", {"day": LAST, "span": "week"}, panels.PANELS, 1),
        ("year", {"from": days_before(LAST, 364), "to": LAST}, panels.PANELS, 1),
        ("performance", {}, performance.PANELS, 30),
    ):
        period = period_asked(asked, today, by_default)
        spent = {panel: cpu_s(draw, engine, site, period) for panel, draw in drawn.items()}
        record_property(f"{name}_page_cpu_s", round(sum(spent.values()), 3))
        record_property(f"{name}_slowest", max(spent, key=lambda panel: spent[panel]))
        if name != "year":
            assert sum(spent.values()) < PAGE_S, spent
    last_month = period_asked({}, today, 30)
    naive = naive_s(engine, site)
    record_property(
        "passes_by_method_naive_to_ours", round(naive / cpu_s(panels.pass_methods, engine, site, last_month), 1)
    )


def cpu_s(draw: Draw, engine: sa.Engine, site: Site, period: Period) -> float:
    """The better of two, of the processor: other programs' load is not this page's."""
    found = []
    for _ in range(2):
        began = time.process_time()
        assert draw(Ask(engine, site, period, "zh"))
        found.append(time.process_time() - began)
    return min(found)


def naive_s(engine: sa.Engine, site: Site) -> float:
    """The same count of the same thirty days over the rows themselves."""
    began = time.process_time()
    with engine.connect() as connection:
        connection.execute(
            sa.text(
                "SELECT method, COUNT(*) FROM door_pass WHERE community = :c AND result = 'granted' "
                "AND day BETWEEN :a AND :b GROUP BY method"
            ),
            {"c": site.id, "a": days_before(LAST, 29), "b": LAST},
        ).all()
    return time.process_time() - began
