"""Years of rows: what sums and indices of migrations 0012 to 0018 answer is what the rows say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from store.history import tables
from store.history.database import migrate, open_engine, reading, survey
from store.history.figures import figures
from tests.history.pages import write
from tests.reports.test_recount import SITE, told

NEW = ("presence", "meter", "answered", "lasted")
SUMS = (tables.rollup_day, tables.rollup_hour)
INDICES = ("presence_day_of_cameras", "presence_day_unheard", "journal_by_type", "journal_by_subject_and_type")
INDICES += ("charging_session_by_length", "work_order_by_publication", "intercom_call_by_answer", "meter_day_by_device")
COVERING = ("presence_day_of_cameras", "presence_day_of_feeds", "patrol_window_due", "presence_day_by_camera")
OF_ORDERS = "work_order_by_day"


def sums(engine: sa.Engine) -> list[list[tuple[object, ...]]]:
    with engine.connect() as connection:
        return [list(map(tuple, connection.execute(sa.select(t).order_by(*t.primary_key)))) for t in SUMS]


def test_a_database_of_before_gets_the_sums_that_its_days_would_be_counted_to(history_engine: sa.Engine) -> None:
    write(history_engine, told(11), site=SITE)
    counted = sums(history_engine)
    assert {row[1] for table in counted for row in table} >= set(NEW) - {"meter"}
    with history_engine.begin() as connection:
        for table in SUMS:
            connection.execute(table.delete().where(table.c.measure.in_(NEW)))
        for name in {*INDICES, *COVERING, "journal_by_whom"}:
            connection.execute(sa.text(f"DROP INDEX {name}"))
        connection.execute(sa.text("ALTER TABLE journal DROP COLUMN person"))
        for table in ("charging_session", "intercom_call", "door_pass"):
            connection.execute(sa.text(f"CREATE INDEX {table}_by_day ON {table} (community, day)"))
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '0011'"))
    migrate(history_engine)
    assert sums(history_engine) == counted


@pytest.mark.parametrize("seed", [3, 5, 8])
def test_a_middle_is_that_of_all_rows_however_they_lie(history_engine: sa.Engine, seed: int) -> None:
    """Of calls and sessions of several days: the step in which it lies has rows of some days only."""
    write(history_engine, told(seed, days=4), site=SITE)
    days = ("2026-03-12", "2026-03-15")
    found = {one.id: one for one in figures(history_engine, SITE, *days).figures}
    session, call = tables.charging_session.c, tables.intercom_call.c
    took = sa.func.coalesce(call.answered_ms, call.opened_ms) - call.rang_ms
    lasted = session.ended_ms - session.started_ms
    for id_, amount, table, ms in (
        ("charging_duration_p50", lasted, session, 60_000),
        ("calls_answer_p50", took, call, 1000),
    ):
        with history_engine.connect() as connection:
            asked = sa.select(amount).where(table.day.between(*days), amount >= 0).order_by(amount)
            amounts = list(connection.execute(asked).scalars())
        expected = amounts[(len(amounts) + 1) // 2 - 1] / ms if amounts else None
        assert (found[id_].value, found[id_].rows) == (expected, len(amounts)), id_


def test_what_is_not_kept_any_more_enters_no_middle(history_engine: sa.Engine) -> None:
    """Rows go, sums stay: a middle is of rows that can be counted again."""
    write(history_engine, told(3, days=4), site=SITE)
    session = tables.charging_session
    with history_engine.begin() as connection:
        connection.execute(session.delete().where(session.c.day < "2026-03-14"))
        gone = {"community": SITE.id, "source": "charging_session", "from_day": "2026-03-14"}
        connection.execute(tables.kept.insert().values(gone))
    whole, left = (
        figures(history_engine, SITE, day, "2026-03-15", ["charging_duration_p50", "charging_sessions"]).figures
        for day in ("2026-03-12", "2026-03-14")
    )
    assert whole[0].value == left[0].value and whole[0].rows == left[0].rows > 0
    assert whole[1].value > left[1].value, "how many there were is known for longer"


def test_alarms_stand_that_came_after_their_last_end(history_engine: sa.Engine) -> None:
    """Beside the question in its plain form, on days in which alarms come again and again."""
    write(history_engine, told(2, days=3), site=SITE)
    plain = sa.text(
        "SELECT COUNT(DISTINCT a.subject), COUNT(*) FROM journal AS a WHERE a.community = :community "
        "AND a.at_ms < :to_ms AND a.type IN ('alarm.activated', 'alarm.reactivated') AND NOT EXISTS (SELECT 1 "
        "FROM journal AS later WHERE later.community = a.community AND later.subject = a.subject "
        "AND later.at_ms >= a.at_ms AND later.at_ms < :to_ms AND later.type = 'alarm.closed' "
        "AND (later.at_ms > a.at_ms OR later.record_id > a.record_id))"
    )
    seen = set()
    for day in ("2026-03-12", "2026-03-13", "2026-03-14"):
        report = figures(history_engine, SITE, day, day, ["alarms_open"])
        with history_engine.connect() as connection:
            expected = tuple(connection.execute(plain, {"community": SITE.id, "to_ms": report.to_ms}).one())
        assert (report.figures[0].value, report.figures[0].rows) == expected
        seen.add(expected)
    assert max(seen) > (0, 0)


def test_whoever_had_asked_before_finds_the_short_way_after_a_survey(tmp_path: Path) -> None:
    """SQLite knows nothing of its rows by itself: a feed's minutes were looked for among all devices of the days."""
    writer = open_engine(f"sqlite:///{tmp_path / 'history.db'}", write=True)
    migrate(writer)
    head = {"community": SITE.id, "system": "doors", "source": "", "known": 1440, "online": 1440, "longest_gap": 0}
    days = [f"2026-{month:02}-{day:02}" for month in range(1, 7) for day in range(1, 29)]
    rows = [head | {"day": day, "device": f"D-{n}", "gaps": None} for day in days for n in range(100)]
    asked = "SELECT online FROM presence_day WHERE community = 'garden' AND device = '{}' AND day BETWEEN '2026-01-01' "
    asked += "AND '2026-05-31'"
    with reading(writer).connect() as web:

        def plan(device: str) -> str:
            """Of a statement that is new: one that was explained before is not looked at again."""
            web.exec_driver_sql(asked.format(device)).all()
            words = " ".join(row[3] for row in web.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked.format(device)}"))
            web.rollback()
            return words

        assert "presence_day_by_device" not in plan("D-7")
        with writer.begin() as connection:
            connection.execute(tables.presence_day.insert(), rows)
        survey(writer)
        assert "presence_day_by_device" in plan("D-8")
    writer.dispose()


def test_what_pages_ask_of_a_year_is_answered_from_the_indices_alone(tmp_path: Path) -> None:
    """A condition whose column is not in the index sent SQLite to each of the rows."""
    engine = open_engine(f"sqlite:///{tmp_path / 'history.db'}", write=True)
    migrate(engine)
    write(engine, told(5, days=4), site=SITE)
    head = {"community": SITE.id, "source": "", "known": 1440, "online": 1440, "longest_gap": 0, "gaps": None}
    doors = [head | {"device": f"D-{n}", "system": "doors"} for n in range(100)]
    with engine.begin() as connection:  # a place of a usual size: many devices, few feeds
        for day in range(1, 29):
            connection.execute(tables.presence_day.insert(), [door | {"day": f"2026-02-{day:02}"} for door in doors])
    plans: dict[str, str] = {}

    @sa.event.listens_for(engine, "before_cursor_execute")
    def explained(connection: sa.Connection, cursor: Any, words: str, parameters: Any, *_: object) -> None:
        if words.startswith(("SELECT", "WITH")):
            rows = cursor.connection.execute(f"EXPLAIN QUERY PLAN {words}", parameters).fetchall()
            plans[words] = " ".join(row[3] for row in rows)

    survey(engine)
    asked = ["cameras_online", "camera_gap_longest", "patrol_missed", "orders", "orders_taken_in_time", "orders_rating"]
    figures(engine, SITE, "2026-02-01", "2026-03-15", [*asked, "orders_take_p50", "orders_by_category"])
    for name in (*COVERING, OF_ORDERS):
        assert any(f"USING COVERING INDEX {name}" in plan for plan in plans.values()), name
    engine.dispose()
