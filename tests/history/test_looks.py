"""What pages show beside figures, and the records behind a bar, on both databases."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from community.figures import CATALOGUE
from community.site import Device, Text
from community.systems.bulkwater import Numbers
from store.history import looks
from store.history.figures import figures
from store.history.records import SHOWN, Asked, records
from tests.history.pages import DAY_MS, HOUR_MS, MINUTE_MS, SITE, T0_MS, Pages, write
from tests.history.test_figures import quiet

DAY = "2026-03-12"
EYES = replace(
    SITE,
    devices=(
        *SITE.devices,
        Device("C-001", "cameras", "camera", "gates", Text("C-001 南门", "C-001 gate"), period_s=60),
        Device("C-002", "cameras", "camera", "gates", period_s=60),
        Device("WM-1", "meters", "bulk_meter", "gates"),
    ),
)


def test_a_camera_s_day(history_engine: sa.Engine) -> None:
    """C-001 is silent from 02:00 to 02:30, blind from 05:00 to 05:10; its feed is away from 08:00 to 09:00."""
    pages = Pages()
    for minute in range(10 * 60):
        at_ms = T0_MS + minute * MINUTE_MS
        pages.tick(at_ms)
        if not 480 <= minute < 540:
            pages.log("source.heartbeat", "gates", at_ms=at_ms + 1)
            if not 120 <= minute < 150:
                pages.log("camera.status", "C-001", {"status": "online"}, at_ms=at_ms + 2)
    pages.alarm("CAM_BLIND/C-001", T0_MS + 5 * HOUR_MS, back_s=600)
    write(history_engine, pages.entries, site=EYES)
    eye, silent = looks.cameras(history_engine, EYES, DAY, T0_MS + 10 * HOUR_MS)
    minutes = [((s.from_ms - T0_MS) / MINUTE_MS, (s.to_ms - T0_MS) / MINUTE_MS, s.what) for s in eye.stretches]
    # a word of presence holds for three periods, so the silence shows that much later
    holds = 3
    assert minutes == [
        (120 + holds, 150, "offline"),
        (300, 310, "blind"),
        (480, 540, "unknown"),
    ]
    assert [s.what for s in silent.stretches] == ["offline", "unknown", "offline"]
    assert looks.cameras(history_engine, EYES, "2026-03-11", T0_MS)[0].known_min == 0
    assert looks.cameras(history_engine, SITE, DAY, T0_MS) == []


def test_the_nights_of_a_bulk_meter(history_engine: sa.Engine) -> None:
    pages = Pages()
    for night in range(3):
        volumes: list[float | None] = [500.0] * 48
        volumes[4:8] = [100.0 * (night + 1), 50.0, 50.0, None if night == 2 else 100.0]
        data = {"start_ms": T0_MS + night * DAY_MS, "volume_l": volumes}
        pages.log("meter.intervals", "WM-1", data, at_ms=T0_MS + (night + 1) * DAY_MS)
    write(history_engine, pages.entries, site=EYES)
    (meter,), rows = looks.nights(history_engine, EYES, DAY, "2026-03-14")
    assert rows == 3
    assert {day: round(flow, 6) for day, flow in meter.by_day.items()} == {DAY: 0.15, "2026-03-13": 0.2}
    assert EYES.numbers_of(Numbers).night_from_h == 2


@pytest.fixture
def busy(history_engine: sa.Engine) -> sa.Engine:
    pages = Pages()
    quiet(pages, T0_MS, T0_MS + 30 * MINUTE_MS)
    for n in range(SHOWN + 20):
        method = "face" if n % 2 else "card"
        pages.log(
            "access.pass",
            "D-1",
            {"method": method, "result": "granted", "person": "subject-000077"},
            at_ms=T0_MS + n * 1000,
        )
    pages.log("access.pass", "D-2", {"method": "face", "result": "denied"}, at_ms=T0_MS)
    for n, priority in enumerate(("P1", "P2", "P2")):
        pages.alarm(f"SOS/S-{n}", T0_MS + n * HOUR_MS, priority=priority, ack_s=30, back_s=60)
    begin, end = {"session": "s", "phase": "started"}, {"session": "s", "phase": "ended", "energy_wh": 500}
    pages.log("charging.session", "P-1-01", begin, at_ms=T0_MS - 2 * HOUR_MS)
    pages.log("charging.session", "P-1-01", end, at_ms=T0_MS + HOUR_MS + 30 * MINUTE_MS)
    for n, category in enumerate(("lift", "noise")):
        order = {"order": f"W-{n}", "phase": "published", "category": category}
        pages.log("order.phase", "desk", order, at_ms=T0_MS + n * HOUR_MS)
    write(history_engine, pages.entries)
    return history_engine


@pytest.mark.parametrize(
    ("asked", "total"),
    [
        ({"of": "alarms"}, 3),
        ({"of": "alarms", "priorities": ("P2",)}, 2),
        ({"of": "alarms", "alarms": ("GAS_LEAK",)}, 0),
        ({"of": "alarms", "to_ms": T0_MS + HOUR_MS}, 1),
        ({"of": "acknowledged", "alarms": ("SOS", "FALL")}, 3),
        ({"of": "returned", "devices": ("S-1",)}, 1),
        ({"of": "passes"}, SHOWN + 20),
        ({"of": "passes", "methods": ("face",)}, SHOWN // 2 + 10),
        ({"of": "running"}, 1),
        ({"of": "running", "from_ms": T0_MS + 2 * HOUR_MS}, 0),
        ({"of": "running", "devices": ("P-1-02",)}, 0),
        ({"of": "orders"}, 2),
        ({"of": "orders", "category": "lift"}, 1),
        ({"of": "orders", "category": ""}, 0),
    ],
)
def test_the_records_behind_a_bar(busy: sa.Engine, asked: dict[str, Any], total: int) -> None:
    found = records(busy, SITE, Asked(**{"from_ms": T0_MS, "to_ms": T0_MS + DAY_MS} | asked))
    assert found.total == total
    assert len(found.rows) == min(total, SHOWN)
    assert not any("person" in row for row in found.rows)


def test_charts_sum_to_the_figures(busy: sa.Engine) -> None:
    """What is drawn by hour, type or category is what the card says."""
    told = {found.id: found for found in figures(busy, SITE, DAY, DAY).figures}
    for whole, parts in (
        ("alarms", ("alarms_by_hour_and_priority", "alarms_by_day_and_priority", "alarms_by_type")),
        ("passes", ("passes_by_hour_and_method", "passes_by_day_and_method")),
        ("charging_energy", ("charging_energy_by_day",)),
        ("orders", ("orders_by_category",)),
    ):
        for id_ in parts:
            assert sum(line.value for line in told[id_].lines) == pytest.approx(told[whole].value), id_
            assert sum(line.rows for line in told[id_].lines) == told[whole].rows, id_
    assert [(line.keys["alarm"], line.value) for line in told["acknowledge_p50_by_alarm"].lines] == [("SOS", 30)]
    assert [(line.keys["alarm"], line.value) for line in told["recover_p50_by_alarm"].lines] == [("SOS", 60)]
    busy_min = {(line.keys["device"], line.keys["hour_ms"]): line.value for line in told["charging_busy"].lines}
    assert busy_min == {("P-1-01", T0_MS): 60, ("P-1-01", T0_MS + HOUR_MS): 30}, "what began the day before counts"
    assert CATALOGUE["charging_busy"].systems == ("charging",)
