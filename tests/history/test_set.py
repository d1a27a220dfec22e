"""Rows and sums are a function of the set of records: any order, any repetition, any batches give the same."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store.history.database import migrate, open_engine
from store.log import Entry
from tests.history.pages import DAY_MS, HOUR_MS, MINUTE_MS, SITE, T0_MS, Pages, empty, renumbered, rows, write

FEW = settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def a_life() -> list[Entry]:
    """Some of everything, over two midnights."""
    pages, chance = Pages(), random.Random(7)
    for n in range(40):
        at_ms = T0_MS + 22 * HOUR_MS + n * 7 * MINUTE_MS
        pages.log("access.pass", "D-1", {"method": chance.choice(("face", "card")), "result": "granted"}, at_ms=at_ms)
        pages.log("device.heartbeat", "D-2", at_ms=at_ms + 500)
        pages.log("source.heartbeat", "gates", at_ms=at_ms + 900)
        pages.tick(at_ms + 1000)
    begin_ms = T0_MS + 23 * HOUR_MS
    pages.log(
        "charging.session", "P-1-01", {"session": "s1", "phase": "started", "meter_start_wh": 100}, at_ms=begin_ms
    )
    end = {"session": "s1", "phase": "ended", "meter_stop_wh": 812.345, "reason": "full"}
    pages.log("charging.session", "P-1-01", end, at_ms=begin_ms + 3 * HOUR_MS)
    pages.log("charging.session", "EV-1-1", {"session": 7, "phase": "started"}, at_ms=begin_ms)
    for hours, phase in (
        (0, "published"),
        (1, "taken"),
        (2, "in_progress"),
        (26, "done"),
        (27, "reopened"),
        (30, "done"),
    ):
        order = {"order": "W-9", "phase": phase, "category": "lift", "post": "post:desk"}
        pages.log("order.phase", "desk", order, at_ms=begin_ms + hours * HOUR_MS)
    for seconds, phase in ((0, "ringing"), (9, "answered"), (15, "opened"), (40, "ended")):
        pages.log("intercom.call", "I-1", {"call": 4, "phase": phase}, at_ms=begin_ms + 1000 * seconds)
    pages.log("broadcast.offer", "S-1", {"message": "m1", "zones": ["all"]}, at_ms=begin_ms)
    pages.log("broadcast.ack", "S-1", {"message": "m1", "result": "failed"}, at_ms=begin_ms + 2000)
    pages.log("broadcast.ack", "S-1", {"message": "m1"}, at_ms=begin_ms + 5000)
    window = {"round": "r1", "from_ms": begin_ms, "until_ms": begin_ms + HOUR_MS}
    pages.log("patrol.window", "C-1", window, at_ms=begin_ms - DAY_MS)
    pages.log("patrol.scan", "C-1", {"post": "post:guard"}, at_ms=begin_ms + MINUTE_MS)
    pages.log("patrol.waiver", "C-1", {"round": "r1", "by": "post:chief"}, at_ms=begin_ms + 2 * HOUR_MS)
    litres = [float(n % 3) for n in range(48)]
    pages.log("meter.intervals", "W-1", {"start_ms": T0_MS, "volume_l": litres}, at_ms=T0_MS + DAY_MS + HOUR_MS)
    mended = {"start_ms": T0_MS + 12 * HOUR_MS, "volume_l": [9.5, None]}
    pages.log("meter.intervals", "W-1", mended, at_ms=T0_MS + DAY_MS + 2 * HOUR_MS)
    over = {"start_ms": T0_MS + 23 * HOUR_MS, "energy_wh": [1.25] * 6}
    pages.log("meter.intervals", "E-1", over, at_ms=T0_MS + DAY_MS + 3 * HOUR_MS)
    pages.alarm("SOS/S-7", begin_ms, priority="P1", ack_s=12, back_s=300)
    pages.alarm("CAM_OFFLINE/C-9", begin_ms + 2 * HOUR_MS, ack_s=90)
    return pages.entries


LIFE = a_life()
_WHOLE: dict[str, Any] = {}


def undisturbed(engine: sa.Engine) -> dict[str, Any]:
    """What the life comes to when it is told once, in order."""
    if engine.dialect.name not in _WHOLE:
        write(engine, LIFE)
        _WHOLE[engine.dialect.name] = rows(engine)
    return _WHOLE[engine.dialect.name]


@FEW
@given(data=st.data())
def test_any_order_any_repetition_any_batches(history_engine: sa.Engine, data: st.DataObject) -> None:
    expected = undisturbed(history_engine)
    again = data.draw(st.lists(st.sampled_from(LIFE), max_size=30), label="repeated")
    told = data.draw(st.permutations([*LIFE, *again]), label="order")
    empty(history_engine)
    write(history_engine, renumbered(list(told)), batch=data.draw(st.integers(1, 80), label="batch"))
    assert rows(history_engine) == expected


def test_both_databases_hold_the_same(history_engine: sa.Engine, tmp_path: Path) -> None:
    plain = open_engine(f"sqlite:///{tmp_path / 'plain.db'}", write=True)
    migrate(plain)
    write(plain, LIFE)
    assert undisturbed(history_engine) == rows(plain)
    plain.dispose()


def test_a_log_that_is_read_again_changes_nothing(history_engine: sa.Engine) -> None:
    book = write(history_engine, LIFE)
    before = rows(history_engine)
    assert [book.take([entry for entry in LIFE if entry.topic == topic]) for topic in {e.topic for e in LIFE}] == [0, 0]
    write(history_engine, LIFE, batch=5)
    assert rows(history_engine) == before


def test_every_table_has_rows_of_this_life(history_engine: sa.Engine) -> None:
    """Else the properties above would prove nothing of it."""
    expected = undisturbed(history_engine)
    assert [name for name, held in expected.items() if not held] == []


@pytest.mark.parametrize("who", ["subject-000001", "subject-7f3a9b"])
def test_residents_in_care_leave_no_trace(history_engine: sa.Engine, who: str) -> None:
    pages = Pages()
    pages.log("care.passage", who, {"direction": "out"}, at_ms=T0_MS)
    pages.log("care.vitals", who, {"heart_rate_bpm": 70}, at_ms=T0_MS)
    write(history_engine, pages.entries)
    held = rows(history_engine)
    assert {row[2] for row in held.pop("presence")} == {"@clock"}
    assert not any(who in str(row) for table in held.values() for row in table)
    assert SITE.by_id["subject-000001"].system == "care"
