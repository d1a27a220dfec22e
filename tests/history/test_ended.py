"""Alarms of long ago, found by time, colleague, zone, id and device; of residents in care by nothing of theirs."""

from __future__ import annotations

import sqlalchemy as sa

from community.board.search import words_meant
from store.history.ended import SHOWN, Ended, Found, Wanted, ended
from tests.history.pages import DAY_MS, HOUR_MS, T0_MS, Pages, write
from tests.ingest.yard import LANTING

NAMES = {"p-wang": "王建国", "p-li": "李敏"}
RESIDENT = next(d for d in LANTING.devices if d.system == "care")
DOOR = next(d for d in LANTING.devices if d.system == "access" and d.building == "3")
SOS = next(d for d in LANTING.devices if d.id == "SOS-035")
UNTIL_MS = T0_MS + 400 * DAY_MS


def told() -> Pages:
    """An SOS that two handled, a door that closed by itself a year later, a fall, a bin that nobody describes."""
    pages = Pages("lanting")
    key = f"SOS/{SOS.id}"
    data = {"alarm": "SOS", "device": SOS.id, "priority": "P1", "occurrence": f"{key}@{T0_MS}", "count": 1}
    pages.journal("alarm.activated", key, data, at_ms=T0_MS)
    taken = data | {"by": "post:control", "person": "p-wang", "work": "working"}
    pages.journal("alarm.taken", key, taken, at_ms=T0_MS + 20_000)
    closed = data | {"by": "post:supervisor-day", "person": "p-li", "verdict": "mistake"}
    pages.journal("alarm.closed", key, closed, at_ms=T0_MS + 300_000)
    pages.alarm(f"DOOR_HELD/{DOOR.id}", T0_MS + 380 * DAY_MS, priority="P3", ack_s=10, back_s=60)
    pages.alarm(f"FALL/{RESIDENT.id}", T0_MS + HOUR_MS, priority="P1", ack_s=10, back_s=60)
    pages.alarm("BIN_FULL/B-GONE", T0_MS + 2 * HOUR_MS, priority="P4", ack_s=10, back_s=60)
    pages.alarm("SOS/SOS-021", T0_MS + 3 * HOUR_MS, priority="P1", ack_s=5)  # it stands: it has not ended
    return pages


def search(engine: sa.Engine, words: str = "", **more: object) -> Found:
    asked = Wanted(T0_MS, UNTIL_MS, words_meant(LANTING, "zh", words, NAMES))
    wanted = Wanted(**{name: getattr(asked, name) for name in asked.__struct_fields__} | more)  # type: ignore[arg-type]
    return ended(engine, LANTING, wanted)


def devices(found: Found) -> list[str]:
    return [row.device for row in found.rows]


def test_by_time_level_and_system(history_engine: sa.Engine) -> None:
    write(history_engine, told().entries, site=LANTING)
    assert devices(search(history_engine)) == [DOOR.id, "B-GONE", RESIDENT.id, SOS.id], "the newest first"
    assert devices(search(history_engine, to_ms=T0_MS + 300_000)) == [], "the end is not in it"
    assert devices(search(history_engine, to_ms=T0_MS + 300_001)) == [SOS.id]
    assert devices(search(history_engine, from_ms=T0_MS + DAY_MS)) == [DOOR.id]
    assert devices(search(history_engine, priorities=("P1", "P4"))) == ["B-GONE", RESIDENT.id, SOS.id]
    access = frozenset(d.id for d in LANTING.devices if d.system == "access")
    assert devices(search(history_engine, devices=access)) == [DOOR.id]


def test_by_id_device_place_zone_and_name(history_engine: sa.Engine) -> None:
    write(history_engine, told().entries, site=LANTING)
    zone = next(z for z in LANTING.zones if z.id in LANTING.zones_of[DOOR.id] and z.id not in LANTING.zones_of[SOS.id])
    for words, wanted in (
        ("sos-035", [SOS.id]),
        ("求助", [SOS.id]),
        ("SOS", [SOS.id]),
        ("3号楼", [DOOR.id]),
        (DOOR.id.lower(), [DOOR.id]),
        (zone.name.zh, [DOOR.id]),
        ("b-gone", ["B-GONE"]),
        ("BIN_FULL", ["B-GONE"]),
        (f"求助 {DOOR.id}", []),
        ("100%", []),
        ("_", ["B-GONE", DOOR.id]),
    ):
        found = search(history_engine, words)
        assert set(devices(found)) >= set(wanted) and (wanted or not found.rows), (words, devices(found))
        assert SOS.id in wanted or SOS.id not in devices(found), words


def test_by_who_handled_it(history_engine: sa.Engine) -> None:
    write(history_engine, told().entries, site=LANTING)
    for words in ("王建国", "李敏", "李敏 王建", "班长"):
        (row,) = search(history_engine, words).rows
        assert row == Ended(
            "SOS",
            SOS.id,
            "P1",
            f"SOS/{SOS.id}@{T0_MS}",
            T0_MS,
            T0_MS + 300_000,
            ("post:control", "post:supervisor-day"),
            ("p-wang", "p-li"),
            "mistake",
        )
    assert search(history_engine, "赵六").rows == []
    assert len(search(history_engine, "中控").rows) == 4


def test_whose_alarm_it_was_is_found_by_no_word(history_engine: sa.Engine) -> None:
    """Which alarm of care, and of whom, neither: only that one was, and the unit."""
    write(history_engine, told().entries, site=LANTING)
    for words in (RESIDENT.id, RESIDENT.id[:9], "FALL", "fall", "跌倒", f"FALL/{RESIDENT.id}"):
        assert RESIDENT.id not in devices(search(history_engine, words)), words
    assert RESIDENT.name.zh == "" or RESIDENT.id not in devices(search(history_engine, RESIDENT.name.zh))
    assert devices(search(history_engine, "关怀")) == [RESIDENT.id]


def test_a_page_after_the_other(history_engine: sa.Engine) -> None:
    pages = Pages("lanting")
    for n in range(SHOWN + 7):
        pages.alarm(f"DOOR_HELD/{DOOR.id}", T0_MS + n * HOUR_MS, priority="P3", ack_s=10, back_s=60)
    write(history_engine, pages.entries, site=LANTING)
    first, second = search(history_engine), search(history_engine, skip=SHOWN)
    assert (first.total, len(first.rows)) == (second.total, SHOWN) == (SHOWN + 7, SHOWN)
    assert len(second.rows) == 7
    moments = [row.closed_ms for row in (*first.rows, *second.rows)]
    assert moments == sorted(moments, reverse=True) and len(set(moments)) == SHOWN + 7
