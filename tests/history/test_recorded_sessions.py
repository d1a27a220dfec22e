"""Recorded sessions of a year: the same kilowatt-hours by day, by week, by month, in reports of each and in all."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from community.history.days import days_between
from community.model import Position
from community.reports.model import Kind
from dashboard.reports.make import Asked, make
from store import keys
from store.history import tables
from store.history.figures import figures
from store.log import Entry
from tests.history.pages import SITE, write

ROOT = Path(__file__).resolve().parents[2]
SESSIONS, MWH = 3395, 19_723_690_000
"""As the publisher's table sums up: 19,723.69 kWh."""
NEW_YORK = replace(SITE, clock="log", timezone="America/New_York")
COLUMNS = "session=sessionId,station=stationId,started=created,ended=ended,energy_kwh=kwhTotal"
IMPORTED_MS = 1_795_000_000_000
"""Years after: a report of a day that has not come yet is refused."""


def imported(file: Path, source: str, *more: str) -> tuple[list[Entry], str]:
    command = [sys.executable, "-m", "ingest", "adapt", source, str(file), "--community", SITE.id, *more]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    lines = done.stdout.splitlines()
    entries = [Entry(keys.LOG, Position(1, 0, n), IMPORTED_MS, b"", line, ()) for n, line in enumerate(lines)]
    return entries, done.stderr.decode()


def test_days_weeks_and_months_give_the_same(history_engine: sa.Engine, fixtures_dir: Path) -> None:
    entries, said = imported(fixtures_dir / "ev_sessions" / "desmarais_workplace.csv", "ev_sessions_desmarais")
    assert "year_00xx_read_as_20xx 6790" in said  # named, each of them
    write(history_engine, entries, site=NEW_YORK, batch=2000)

    sessions, by_day = tables.charging_session.c, tables.rollup_day.c
    with history_engine.connect() as connection:
        rows = connection.execute(sa.select(sa.func.count(), sa.func.sum(sessions.energy_mwh))).one()
        whole = {
            row.day: (row.n, int(row.total))
            for row in connection.execute(
                sa.select(by_day.day, sa.func.sum(by_day.n).label("n"), sa.func.sum(by_day.total).label("total"))
                .where(by_day.measure == "session")
                .group_by(by_day.day)
            )
        }
    assert (rows[0], int(rows[1])) == (SESSIONS, MWH)
    assert (sum(n for n, _ in whole.values()), sum(total for _, total in whole.values())) == (SESSIONS, MWH)

    asked = ["charging_sessions", "charging_energy"]
    first, last = min(whole), max(whole)
    for period in ("%G-%V", "%Y-%m"):
        groups: dict[str, list[str]] = {}
        for day in days_between(first, last):
            groups.setdefault(date.fromisoformat(day).strftime(period), []).append(day)
        told = [
            [a.value for a in figures(history_engine, NEW_YORK, d[0], d[-1], asked).figures] for d in groups.values()
        ]
        assert sum(n or 0 for n, _ in told) == SESSIONS
        assert sum(round(1e6 * (kwh or 0)) for _, kwh in told) == MWH
    count, energy = figures(history_engine, NEW_YORK, first, last, asked).figures
    assert (count.value, energy.value, energy.left_out) == (SESSIONS, 19_723.69, 0)


@pytest.mark.parametrize("history_engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize("kind", ["monthly", pytest.param("weekly", marks=pytest.mark.slow)])
def test_reports_say_the_same(history_engine: sa.Engine, fixtures_dir: Path, kind: Kind) -> None:
    """By the other source, a table whose columns somebody names; 日报 of a week beside them."""
    file = fixtures_dir / "ev_sessions" / "desmarais_workplace.csv"
    entries, said = imported(file, "ev_sessions_generic", "--columns", COLUMNS)
    assert "3395 mapped to 6790 records" in said and "year_00xx_read_as_20xx 6790" in said
    write(history_engine, entries, site=NEW_YORK, batch=2000)

    def said_by(kind: Kind, day: str) -> tuple[int, int]:
        rows = {row.id: row for row in make(history_engine, NEW_YORK, Asked(kind, day), IMPORTED_MS).all_figures()}
        return int(rows["charging_sessions"].value or 0), round(1e6 * (rows["charging_energy"].value or 0))

    days = days_between("2014-11-17", "2015-10-11")
    period = "%Y-%m" if kind == "monthly" else "%G-%V"
    firsts = {date.fromisoformat(day).strftime(period): day for day in reversed(days)}.values()
    told = [said_by(kind, day) for day in firsts]
    assert (sum(n for n, _ in told), sum(mwh for _, mwh in told)) == (SESSIONS, MWH)
    week = [said_by("daily", day) for day in days_between("2015-03-02", "2015-03-08")]
    assert (sum(n for n, _ in week), sum(mwh for _, mwh in week)) == said_by("weekly", "2015-03-04")
