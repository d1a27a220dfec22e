"""Recorded meters and requests of a city: gaps, values that are none and open tickets are shown as what they are."""

from __future__ import annotations

import csv
import subprocess
import sys
from collections import Counter
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from community.model import Position
from dashboard.reports.make import Asked, make
from store import keys
from store.log import Entry
from tests.history.pages import HOUR_MS, Pages, write
from tests.reports import day

ROOT = Path(__file__).resolve().parents[2]
NEW_YORK = replace(day.SITE, clock="log", timezone="America/New_York")
PARIS = replace(day.SITE, clock="log", timezone="Europe/Paris")
HALF = HOUR_MS // 2
IMPORTED_MS = 1_795_000_000_000
"""Years after: a report of a day that has not come yet is refused."""


@pytest.mark.parametrize("history_engine", ["sqlite"], indirect=True)
def test_open_requests_stay_open_in_the_report(history_engine: sa.Engine, fixtures_dir: Path, tmp_path: Path) -> None:
    file = fixtures_dir / "workorders" / "nyc311_200.csv"
    site = tmp_path / "site.json"
    site.write_bytes(msgspec.json.encode(NEW_YORK))
    command = [sys.executable, "-m", "ingest", "adapt", "work_orders", str(file), "--site", str(site)]
    lines = subprocess.run(command, cwd=ROOT, capture_output=True, check=False).stdout.splitlines()
    entries = [Entry(keys.LOG, Position(1, 0, n), IMPORTED_MS, b"", line, ()) for n, line in enumerate(lines)]
    write(history_engine, entries, site=NEW_YORK, batch=500)

    with file.open(encoding="utf-8-sig", newline="") as table:
        rows = list(csv.DictReader(table))
    zone = ZoneInfo(NEW_YORK.timezone)

    def moment(text: str) -> datetime:
        return datetime.strptime(text, "%m/%d/%Y %I:%M:%S %p").replace(tzinfo=zone)

    on_day = [row for row in rows if moment(row["Created Date"]).date().isoformat() == "2013-10-31"]
    end = datetime(2013, 11, 1, tzinfo=zone)
    by_then = [row for row in rows if moment(row["Created Date"]) < end]
    closing = ("Closed", "Cancelled", "Duplicate")

    def closed(row: dict[str, str]) -> bool:
        """What says Closed and has no time is open: nobody knows when it ended."""
        told = row["Closed Date"] or row["Resolution Action Updated Date"]
        return row["Status"] in closing and bool(told) and moment(told) < end

    made = make(history_engine, NEW_YORK, Asked("daily", "2013-10-31"), IMPORTED_MS)
    figures = {row.id: row for row in made.all_figures()}
    assert figures["orders"].value == len(on_day) > 50
    assert figures["orders_open"].value == sum(not closed(row) for row in by_then) > 20
    listed = next(table for table in made.tables() if table.id == "open_orders")
    assert sum(int(row[1] or 0) for row in listed.rows) == figures["orders_open"].value
    rating = figures["orders_rating"]
    assert (rating.value, rating.left_out) == (None, len(on_day))  # nobody rated: unknown, not 0


@pytest.mark.parametrize("history_engine", ["sqlite"], indirect=True)
def test_gaps_and_values_that_are_none_are_left_out_and_named(history_engine: sa.Engine, fixtures_dir: Path) -> None:
    """Two days of a household's power by the minute: half-hours with a minute missing or unreadable were not read."""
    with (fixtures_dir / "meters" / "uci_household_power_2days.csv").open(newline="") as table:
        rows = list(csv.DictReader(table))
    zone = ZoneInfo(PARIS.timezone)
    minutes: dict[int, float | None] = {}
    for n, row in enumerate(rows):
        at = datetime.strptime(row["DateTime"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=zone)
        text = (
            row["Global_active_power"] if not 100 <= n < 145 else "?"
        )  # as the publisher writes what was not measured
        minutes[int(at.timestamp() * 1000)] = float(text) if text != "?" else None
    first = min(minutes)
    halves: list[float | None] = []
    for start in range(first, first + 96 * HALF, HALF):
        own = [minutes.get(start + n * 60_000) for n in range(30)]
        halves.append(None if None in own else round(sum(kw * 1000 / 60 for kw in own if kw is not None), 3))
    pages = Pages(PARIS.id)
    site = replace(PARIS, devices=(*PARIS.devices, replace(PARIS.by_id["W-1"], id="E-1", kind="power_meter")))
    for n in range(2):
        data = {"start_ms": first + 48 * n * HALF, "energy_wh": halves[48 * n : 48 * (n + 1)]}
        pages.log("meter.intervals", "E-1", data, at_ms=first + 48 * (n + 1) * HALF)
    write(history_engine, pages.entries, site=site)

    missing = Counter(half is None for half in halves[:48])[True]
    assert missing == 2
    made = make(history_engine, site, Asked("daily", "2007-02-01"), IMPORTED_MS)
    figures = {row.id: row for row in made.all_figures()}
    assert figures["electricity"].value == pytest.approx(sum(h for h in halves[:48] if h is not None) / 1000, abs=1e-9)
    assert figures["electricity"].left_out == missing
    assert figures["meters_read"].value == pytest.approx(100 * (48 - missing) / 48)
    assert figures["water"].value is None  # no water meter delivered: unknown, not 0
