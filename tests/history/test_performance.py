"""KPIs of any days from SQL are those of the journal's own reader; verdicts, and how long alarms stood."""

from __future__ import annotations

import msgspec
import sqlalchemy as sa
from msgspec.structs import replace

from community.kpi import Kpis, of_journal
from community.office.what_if import TRIALS, with_number
from store.history.dossier import dossier
from store.history.performance import judged, kpis, stood
from store.history.readings import NOBODY, readings, silences
from tests.history.pages import DAY_MS, HOUR_MS, MINUTE_MS, SITE, T0_MS, Pages, write
from tests.history.test_looks import EYES

END_MS = T0_MS + 10 * DAY_MS


def told() -> Pages:
    pages = Pages()
    for n in range(40):
        at_ms = T0_MS + n * 5 * HOUR_MS
        pages.alarm(f"DOOR_HELD/D-{n % 3}", at_ms, priority="P3", ack_s=20 + n, back_s=30 + 10 * n)
    for n in range(4):  # chatters
        pages.alarm("CP_FAULT/P-1-01", T0_MS + HOUR_MS + n * 15_000, priority="P4", ack_s=1, back_s=5)
    for n in range(12):  # a flood
        pages.alarm(f"BIN_FULL/B-{n}", T0_MS + 2 * DAY_MS + n * 10_000, priority="P4", ack_s=5, back_s=60)
    pages.alarm("SOS/S-1", T0_MS + DAY_MS, priority="P1", ack_s=9)  # stands still
    return pages


def test_the_kpis_of_days_are_those_of_the_journal(history_engine: sa.Engine) -> None:
    pages = told()
    write(history_engine, pages.entries)
    found, chattering, rows = kpis(history_engine, SITE, T0_MS, END_MS)
    own = Kpis(timezone=SITE.timezone, kept_days=None)
    noted = []
    for entry in pages.entries:
        record = msgspec.json.decode(entry.value)
        said = of_journal(record["type"], record["subject"], entry.appended_ms, record["data"])
        if said is not None:
            noted.append(said)
    for said in sorted(noted, key=lambda one: one.at_ms):
        own.note(said)
    expected = own.figures(END_MS, T0_MS, SITE.house.operator_positions)
    assert found == expected
    assert (found.chattering, chattering, found.windows_over_10, found.stale) == (1, {"CP_FAULT/P-1-01": 2}, 1, 1)
    assert rows == len(noted)
    later, _, _ = kpis(history_engine, SITE, T0_MS + 5 * DAY_MS, END_MS)
    assert (later.windows_over_10, later.stale) == (0, 1), "what stood before the stretch stands in it"


def test_verdicts_by_rule(history_engine: sa.Engine) -> None:
    pages = Pages()
    for n, verdict in enumerate(("true", "false_rule", "", "mistake", "free words")):
        at_ms = T0_MS + n * HOUR_MS
        data = {"priority": "P3", "occurrence": f"DOOR_HELD/D-1@{at_ms}", "count": 1}
        pages.journal("alarm.activated", "DOOR_HELD/D-1", data, at_ms=at_ms)
        said = {"verdict": verdict} if n % 2 else {"reason": verdict}
        pages.journal("alarm.closed", "DOOR_HELD/D-1", data | said, at_ms=at_ms + MINUTE_MS)
    data = {"occurrence": f"DOOR_HELD/D-1@{T0_MS}", "verdict": "false_data"}
    pages.journal("alarm.judged", "DOOR_HELD/D-1", data, at_ms=T0_MS + DAY_MS)
    pages.alarm("BIN_FULL/B-1", T0_MS, back_s=5)
    write(history_engine, pages.entries)
    door, bin_ = judged(history_engine, SITE, T0_MS, END_MS)
    assert (door.alarm, door.came, dict(door.verdicts)) == (
        "DOOR_HELD",
        5,
        {"false_data": 1, "false_rule": 1, "mistake": 1},
    )
    assert (door.judged, door.false) == (3, 2)
    assert (bin_.came, bin_.judged) == (1, 0)
    on_paper = dossier(history_engine, SITE, ("2026-03-13", "2026-03-13"), [], [], [], of_now=[]).judged
    assert [tuple(rule) for rule in on_paper] == [("DOOR_HELD", 3, 2)], "a report counts as the page does"


def test_how_long_conditions_lasted(history_engine: sa.Engine) -> None:
    """DOOR_HELD: on-delay 60 s, off-delay 2 s. SOS is ended by a person and says nothing."""
    pages = Pages()
    pages.alarm("DOOR_HELD/D-1", T0_MS + HOUR_MS, back_s=32)
    pages.alarm("DOOR_HELD/D-1", T0_MS + 2 * HOUR_MS, back_s=302)
    pages.alarm("DOOR_HELD/D-2", T0_MS + 3 * HOUR_MS)
    pages.alarm("SOS/S-1", T0_MS, back_s=32)
    write(history_engine, pages.entries)
    (door,) = stood(history_engine, SITE, T0_MS, END_MS)
    assert door == ("DOOR_HELD", 60_000, [90_000, 360_000], 1)


def test_readings_come_back_as_they_were(history_engine: sa.Engine) -> None:
    pages = Pages()
    start_ms = T0_MS + 12 * HOUR_MS  # over midnight: it stands in the rows of two days
    intervals = {"start_ms": start_ms, "volume_l": [1.0] * 48}
    pages.log("meter.intervals", "W-1", intervals, at_ms=start_ms + DAY_MS, id_="m1")
    pages.log("meter.intervals", "E-1", {"start_ms": T0_MS, "energy_wh": [1.0] * 48}, at_ms=T0_MS + DAY_MS)
    for phase, at_ms in (("published", T0_MS), ("taken", T0_MS + HOUR_MS)):
        data = {"order": "W-9", "phase": phase, "category": "lift"}
        pages.log("order.phase", "desk", data, at_ms=at_ms, id_=phase)
    write(history_engine, pages.entries)
    meters, orders = TRIALS["LEAK_HOME"], TRIALS["TICKET_SLA"]
    site = replace(EYES, id=SITE.id)
    (read,) = readings(history_engine, with_number(site, meters, 48), meters, T0_MS, END_MS)
    assert (read.id, read.type, read.subject, read.time_ms, read.data) == (
        "m1",
        "meter.intervals",
        "W-1",
        start_ms + DAY_MS,
        intervals,
    )
    taken = readings(history_engine, with_number(site, orders, 1800), orders, T0_MS, END_MS)
    assert [(record.id, record.subject, record.data["order"], record.data["phase"]) for record in taken] == [
        ("published", "desk", "W-9", "published"),
        ("taken", "desk", "W-9", "taken"),
    ]
    assert readings(history_engine, with_number(site, orders, 1800), orders, T0_MS, T0_MS + 1)[-1].id == "published"


def test_rounds_and_messages_come_back_as_they_were(history_engine: sa.Engine) -> None:
    pages = Pages()
    window = {"round": "r1", "from_ms": T0_MS, "until_ms": T0_MS + HOUR_MS, "cancelled": False}
    offer = {"message": "m1", "zones": ["gate", "lake"], "withdrawn": False}
    told = (
        ("patrol.window", "C-1", window),
        ("patrol.scan", "C-1", {"post": "post:control"}),
        ("patrol.waiver", "C-1", {"round": "r1", "by": "post:control", "reason": "rain"}),
        ("broadcast.offer", "S-1", offer),
        ("broadcast.ack", "S-1", {"message": "m1", "result": "busy"}),
    )
    for n, (type_, subject, data) in enumerate(told):
        pages.log(type_, subject, data, at_ms=T0_MS + n * MINUTE_MS, id_=f"x{n}")
    write(history_engine, pages.entries, site=EYES)
    rounds, messages = (
        [
            (record.id, record.type, record.subject, record.time_ms, record.data)
            for record in readings(history_engine, EYES, TRIALS[alarm], T0_MS, END_MS)
        ]
        for alarm in ("PATROL_MISS", "BCAST_FAIL")
    )
    at = [T0_MS + n * MINUTE_MS for n in range(5)]
    assert rounds == [
        ("x0", "patrol.window", "C-1", at[0], window),
        ("x1", "patrol.scan", "C-1", at[1], {}),
        ("x2", "patrol.waiver", "C-1", at[2], {"round": "r1", "by": NOBODY}),  # who it was is not asked
    ]
    assert messages == [
        ("x3", "broadcast.offer", "S-1", at[3], offer),
        ("x4", "broadcast.ack", "S-1", at[4], {"message": "m1", "result": "busy"}),
    ]


def test_silences_with_another_patience(history_engine: sa.Engine) -> None:
    """C-001 says something each minute but for 4, 7 and 30 minutes, and when its feed is away too."""
    pages = Pages()
    for minute in range(6 * 60):
        at_ms = T0_MS + minute * MINUTE_MS
        pages.tick(at_ms)
        away = 300 <= minute < 330
        if not away:
            pages.log("source.heartbeat", "gates", at_ms=at_ms + 1)
        if not (away or 60 <= minute < 64 or 120 <= minute < 127 or 180 <= minute < 210):
            pages.log("camera.status", "C-001", {"status": "online"}, at_ms=at_ms + 2)
    write(history_engine, pages.entries, site=EYES)
    trial = TRIALS["CAM_OFFLINE"]
    eye = replace(EYES, devices=tuple(device for device in EYES.devices if device.id == "C-001"))
    found = {
        periods: silences(history_engine, with_number(eye, trial, periods), T0_MS, END_MS).times
        for periods in trial.choices
    }
    assert found == {2.5: 3, 3: 3, 4: 2, 6: 2, 10: 1}
    assert silences(history_engine, with_number(eye, trial, 3), T0_MS + DAY_MS, END_MS) == (0, 0)
