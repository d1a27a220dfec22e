"""Recorded sessions of a year: the same kilowatt-hours by day, by week, by month and in all."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

import sqlalchemy as sa
from msgspec.structs import replace

from community.history.days import days_between
from community.model import Position
from store import keys
from store.history import tables
from store.history.figures import figures
from store.log import Entry
from tests.history.pages import SITE, write

ROOT = Path(__file__).resolve().parents[2]
SESSIONS, MWH = 3395, 19_723_690_000
"""As the publisher's table sums up: 19,723.69 kWh."""


def test_days_weeks_and_months_give_the_same(history_engine: sa.Engine, fixtures_dir: Path) -> None:
    file = fixtures_dir / "ev_sessions" / "desmarais_workplace.csv"
    command = [sys.executable, "-m", "ingest", "adapt", "ev_sessions_workplace", str(file), "--community", SITE.id]
    lines = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.splitlines()
    site = replace(SITE, clock="log", timezone="America/New_York")
    entries = [Entry(keys.LOG, Position(1, 0, n), 1_795_000_000_000, b"", line, ()) for n, line in enumerate(lines)]
    write(history_engine, entries, site=site, batch=2000)

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
        told = [[a.value for a in figures(history_engine, site, d[0], d[-1], asked).figures] for d in groups.values()]
        assert sum(n or 0 for n, _ in told) == SESSIONS
        assert sum(round(1e6 * (kwh or 0)) for _, kwh in told) == MWH
    count, energy = figures(history_engine, site, first, last, asked).figures
    assert (count.value, energy.value, energy.left_out) == (SESSIONS, 19_723.69, 0)
