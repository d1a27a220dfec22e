"""Drafted at 00:10, issued at 08:00, by the site's own hours and zone; each once; what was missed is made up for."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from community.history.days import HOUR_MS
from community.reports.schedule import due
from dashboard.reports.schedule import ALIVE_MS, pending, work
from store.history import reports as kept
from store.history import tables
from store.history.report_chain import check
from tests.reports import day

SITE = day.SITE
D, W, M = "GARDEN-20260311", "GARDEN-2026W11", "GARDEN-202602"


def at(text: str, zone: str = "Asia/Shanghai") -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()) * 1000


PAST = {f"GARDEN-2026{d}{e}" for d in ("0228", "0301", "0309", "0310", "0313", "0314") for e in ("", "-O", "-S")} | {
    f"GARDEN-2026W09{e}" for e in ("", "-O", "-S")
}


@pytest.mark.parametrize(
    ("now", "issued", "expected"),
    [
        ("2026-03-12T00:09", set(), []),
        ("2026-03-12T00:10", set(), [("draft", D), ("draft", f"{D}-O"), ("draft", f"{D}-S")]),
        ("2026-03-12T07:59", set(), [("draft", D), ("draft", f"{D}-O"), ("draft", f"{D}-S")]),
        ("2026-03-12T07:59", {D, f"{D}-O", f"{D}-S"}, []),
        ("2026-03-12T00:10", {f"{D}-O", f"{D}-S"}, [("draft", D)]),
    ],
)
def test_by_the_hour(now: str, issued: set[str], expected: list[tuple[str, str]]) -> None:
    found = due(SITE, at(now), (), PAST | issued)
    assert [(one.do, one.number) for one in found] == expected


def test_at_eight_what_is_drafted_is_issued_and_the_shift_ends() -> None:
    found = due(SITE, at("2026-03-12T08:00"), {D, f"{D}-O", f"{D}-S"}, PAST)
    assert [(one.do, one.number) for one in found] == [
        *(("issue", f"{D}{edition}") for edition in ("", "-O", "-S")),
        ("draft", "GARDEN-H20260312-0800"),
    ]


def test_weeks_end_on_sunday_and_months_with_their_last_day() -> None:
    monday = due(SITE, at("2026-03-16T00:10"), (), PAST)
    assert [one.number for one in monday if one.edition == "internal"] == ["GARDEN-20260315", W]
    first = due(
        SITE, at("2026-03-01T00:10"), (), {f"GARDEN-2026{d}{e}" for d in ("0226", "0227") for e in ("", "-O", "-S")}
    )
    assert [one.number for one in first if one.edition == "internal"] == ["GARDEN-20260228", M]


def test_a_machine_that_was_off_makes_up_for_three_days() -> None:
    found = due(SITE, at("2026-03-12T00:10"), (), ())
    days = [(one.do, one.day) for one in found if one.kind == "daily" and one.edition == "internal"]
    assert days == [
        *(("draft", "2026-03-09"), ("issue", "2026-03-09"), ("draft", "2026-03-10"), ("issue", "2026-03-10")),
        ("draft", "2026-03-11"),
    ]


def test_the_hours_are_the_sites() -> None:
    site = replace(
        SITE, timezone="America/New_York", numbers={"reports": {"draft_at": "01:00", "editions": ["street"]}}
    )
    assert not due(
        site, at("2026-03-12T00:59", "America/New_York"), (), {f"{d}-S" for d in ("GARDEN-20260309", "GARDEN-20260310")}
    )
    found = due(
        site, at("2026-03-12T01:00", "America/New_York"), (), {f"{d}-S" for d in ("GARDEN-20260309", "GARDEN-20260310")}
    )
    assert [(one.day, one.edition) for one in found] == [("2026-03-11", "street")]


@pytest.mark.parametrize("history_engine", ["sqlite"], indirect=True)
def test_it_makes_issues_and_then_has_nothing_to_do(history_engine: sa.Engine, tmp_path: Path) -> None:
    assert pending(history_engine, SITE, at("2026-03-13T08:01")) == []  # nobody has recorded anything yet
    day.written(history_engine)
    now = at("2026-03-13T00:11")
    site = replace(SITE, numbers={"reports": {"handover_at": [], "editions": ["internal", "street"]}})
    with history_engine.begin() as connection:
        connection.execute(
            tables.demo.insert().values(community=site.id, from_day="2026-03-11", until_ms=now, seed=1, done=0)
        )
    assert pending(history_engine, site, now) == []  # the demo's past is not whole yet
    with history_engine.begin() as connection:
        connection.execute(tables.demo.update().values(done=1))
    with history_engine.begin() as connection:  # a day that is over is being counted anew
        connection.execute(
            tables.dirty.insert().values(community=site.id, source="meter_day", day="2026-03-11", times=1)
        )
        last = tables.presence.c.hour_ms == now // HOUR_MS * HOUR_MS
        connection.execute(tables.presence.update().where(last).values(minutes=1 << 10))  # and history is at work
    assert pending(history_engine, site, now) == [] != pending(history_engine, site, now + ALIVE_MS + HOUR_MS)
    with history_engine.begin() as connection:
        connection.execute(tables.dirty.delete())
    made = work(history_engine, site, now, tmp_path)
    assert [one.number for one in kept.listed(history_engine, site.id) if one.issued_ms is None] == [
        "GARDEN-20260312",
        "GARDEN-20260312-S",
    ]
    assert made.count("GARDEN-20260311") == 2  # the day before: drafted, and issued at once
    assert work(history_engine, site, now, tmp_path) == []
    work(history_engine, site, at("2026-03-13T08:00"), tmp_path)
    assert all(one.issued_by == "house" for one in kept.listed(history_engine, site.id))
    assert check(history_engine, site.id) == 4


def test_the_program_that_makes_them_ends_with_the_one_that_asked(tmp_path: Path) -> None:
    """By its parent's number alone: here that of one which is gone, so that nothing is made."""
    database = tmp_path / "history.db"
    environ = {**os.environ, "DATABASE_URL": f"sqlite:///{database}", "SHOUWANG_VAR": str(tmp_path)}
    command = [sys.executable, "-m", "dashboard", "due", "--parent", "4000000"]
    assert subprocess.run(command, env=environ, timeout=60, check=False).returncode == -signal.SIGKILL
