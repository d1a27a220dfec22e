"""Alarms of long ago, found by time, colleague, zone, id and device; of residents in care by nothing of theirs."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from community.board.search import words_meant
from store.history import tables
from store.history.database import migrate
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


def test_who_handled_one_before_there_was_a_column_for_it(history_engine: sa.Engine) -> None:
    """Migration 0016 reads it out of the entries."""
    write(history_engine, told().entries, site=LANTING)
    with history_engine.begin() as connection:
        connection.execute(sa.text("DROP INDEX journal_by_whom"))
        connection.execute(sa.text("ALTER TABLE journal DROP COLUMN person"))
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '0015'"))
    migrate(history_engine)
    assert devices(search(history_engine, "王建国 李敏")) == [SOS.id]
    with history_engine.connect() as connection:
        persons = sa.select(tables.journal.c.person, sa.func.count()).group_by(tables.journal.c.person)
        assert {row[0]: row[1] for row in connection.execute(persons) if row[0]} == {"p-wang": 1, "p-li": 1}


def test_counting_reads_two_indices_and_no_row(history_engine: sa.Engine) -> None:
    """Of a year's alarms each is asked who handled it."""
    write(history_engine, told().entries, site=LANTING)
    asked: list[str] = []
    sa.event.listen(history_engine, "before_cursor_execute", lambda *told: asked.append((told[2], told[3])))
    search(history_engine, "北区 王建国 中控")
    if history_engine.dialect.name != "sqlite":
        return  # of so few rows PostgreSQL reads the table: the test below
    count, given = next((words, given) for words, given in asked if "count(*)" in words)
    with history_engine.connect() as connection:
        plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {count}", given)]
    steps = [step for step in plan if "journal" in step]
    assert len(steps) == 3 and all("USING COVERING INDEX" in step for step in steps), plan


MANY = """
INSERT INTO journal (community, at_ms, record_id, day, hour_ms, type, subject, alarm, device, priority, occurrence,
since_ms, "by", data) SELECT 'lanting', {at}, '{type}' || n, '2026-03-12', 0, '{type}', 'DOOR_HELD/D-' || n % 40,
'DOOR_HELD', 'D-' || n % 40, 'P3', 'DOOR_HELD/D-' || n % 40 || '@' || n, n, {by}, '{{}}'
FROM generate_series(1, 20000) AS n"""


@pytest.mark.parametrize("history_engine", ["postgresql"], indirect=True)
def test_of_many_postgresql_goes_through_two_indices_side_by_side(history_engine: sa.Engine) -> None:
    """Of a post that handled nearly all; without helpers, and without a look at the rows."""
    plans: list[str] = []

    def planned(_: object, cursor: Any, words: str, given: object, *__: object) -> None:
        if "count(*)" in words:
            asking = cursor.connection.cursor()
            plans.append("\n".join(row[0] for row in asking.execute(f"EXPLAIN {words}", given)))

    alone = history_engine.execution_options(isolation_level="AUTOCOMMIT")
    with alone.connect() as connection:
        for type_, at, by in (
            ("alarm.activated", "n", "''"),
            ("alarm.acknowledged", "n + 9", "CASE WHEN n % 9 = 0 THEN '' ELSE 'post:control' END"),
            ("alarm.closed", "n + 99", "'house'"),
        ):
            connection.exec_driver_sql(MANY.format(type=type_, at=at, by=by).replace("%", "%%"))
        connection.exec_driver_sql("VACUUM (ANALYZE) journal")
        options = connection.exec_driver_sql("SELECT reloptions FROM pg_class WHERE relname = 'journal'").scalar()
    assert options == ["autovacuum_vacuum_insert_scale_factor=0.01"], "soon enough an index is enough by itself"
    sa.event.listen(history_engine, "before_cursor_execute", planned)
    try:
        found = search(history_engine, "中控", from_ms=0)
    finally:
        sa.event.remove(history_engine, "before_cursor_execute", planned)
        with alone.connect() as connection:  # the tests' one schema: nobody else goes around these
            connection.exec_driver_sql("TRUNCATE journal")
    assert (found.total, len(found.rows)) == (20_000 - 20_000 // 9, SHOWN)
    (plan,) = plans
    assert plan.count("Index Only Scan") == 2 and "journal_ended" in plan and "journal_by_whom" in plan, plan
    assert "Merge Semi Join" in plan and "Parallel" not in plan, plan


def test_whose_alarm_it_was_is_found_by_no_word(history_engine: sa.Engine) -> None:
    """Which alarm of care, and of whom, neither: only that one was, and the unit."""
    write(history_engine, told().entries, site=LANTING)
    for words in (RESIDENT.id, RESIDENT.id[:9], "FALL", "fall", "跌倒", f"FALL/{RESIDENT.id}"):
        assert RESIDENT.id not in devices(search(history_engine, words)), words
    assert RESIDENT.name.zh == "" or RESIDENT.id not in devices(search(history_engine, RESIDENT.name.zh))
    assert devices(search(history_engine, "关怀")) == [RESIDENT.id]


def test_a_colleague_by_post_or_by_name_and_where_it_was(history_engine: sa.Engine) -> None:
    """Each word narrows; who handled another alarm of the same device has not handled this one."""
    pages = told()
    key = f"SOS/{SOS.id}"
    again = {"alarm": "SOS", "device": SOS.id, "priority": "P1", "occurrence": f"{key}@{T0_MS + DAY_MS}", "count": 1}
    pages.journal("alarm.closed", key, again | {"by": "house"}, at_ms=T0_MS + DAY_MS + 9)
    write(history_engine, pages.entries, site=LANTING)
    assert [row.since_ms for row in search(history_engine, SOS.id).rows] == [T0_MS + DAY_MS, T0_MS]
    for words in (f"王建国 {SOS.id}", f"中控 {SOS.id}", "王建国 求助", "SOS 中控 李敏"):
        assert [row.since_ms for row in search(history_engine, words).rows] == [T0_MS], words
    assert search(history_engine, f"王建国 {DOOR.id}") == Found([], 0)
    assert search(history_engine, f"王建国 {SOS.id}", priorities=("P3",)) == Found([], 0)
    assert search(history_engine, "王建国", devices=frozenset({DOOR.id})) == Found([], 0)


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
    for skip in (0, 1, 6, 27, 28, 29, SHOWN - 1, SHOWN + 6, SHOWN + 7, 900):  # from whichever end it is walked
        page = search(history_engine, skip=skip)
        assert ([row.closed_ms for row in page.rows], page.total) == (moments[skip : skip + SHOWN], SHOWN + 7), skip
