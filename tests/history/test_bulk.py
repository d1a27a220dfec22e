"""Rows at once, on both engines: what was given is what stands there, in whatever way it got in, and who was first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from store.history import tables
from store.history.bulk import WORTH_COPYING, Clash, json_text, put, said
from store.history.database import migrate, open_engine, survey

TEXTS = ("", "nan", "NULL", '"', "a,b", "two\nlines\r\n", "\\N", "\\", "丁香苑 3 幢", "tab\tand 'quote'", "\\.")
MANY = 3 * WORTH_COPYING


def row(number: int, **more: Any) -> dict[str, Any]:
    text = TEXTS[number % len(TEXTS)]
    said: dict[str, Any] = dict.fromkeys((column.name for column in tables.journal.columns), text)
    said |= {"community": "lanting", "at_ms": 1000 + number, "record_id": f"r-{number}", "day": "2026-03-12"}
    return said | {"hour_ms": 0, "since_ms": number or None, "data": {"text": text, "n": [number, None]}} | more


def line(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple((row | {"data": json_text(row["data"])})[column.name] for column in tables.journal.columns)


def held(engine: sa.Engine) -> list[dict[str, Any]]:
    with engine.connect() as connection:
        asked = sa.select(tables.journal).order_by(tables.journal.c.at_ms)
        return [dict(found) for found in connection.execute(asked).mappings()]


def write(engine: sa.Engine, rows: list[dict[str, Any]], clash: Clash) -> None:
    with engine.begin() as connection:
        put(connection, tables.journal, list(map(line, rows)), clash)


@pytest.mark.parametrize("count", [3, MANY])
def test_every_text_stands_there_as_it_was_given(history_engine: sa.Engine, count: int) -> None:
    rows = [row(number) for number in range(count)]
    write(history_engine, rows, "keep")
    assert held(history_engine) == rows


def test_of_two_with_one_key_the_first_stays_or_gives_way_and_the_others_are_written(history_engine: sa.Engine) -> None:
    rows = [row(number) for number in range(MANY)]
    write(history_engine, rows[:1], "keep")
    again = [row(number, by="another") for number in range(MANY)]
    write(history_engine, again, "keep")
    assert held(history_engine) == [*rows[:1], *again[1:]]
    write(history_engine, rows, "replace")
    assert held(history_engine) == rows


def test_one_that_no_database_takes_is_an_error_of_the_database_and_nothing_is_written(
    history_engine: sa.Engine,
) -> None:
    rows = [row(number) for number in range(MANY)]
    rows[MANY // 2]["hour_ms"] = 1 << 63
    with pytest.raises((sa.exc.SQLAlchemyError, OverflowError)):
        write(history_engine, rows, "keep")
    assert held(history_engine) == []


def test_what_stands_is_looked_up_by_its_keys_however_many_are_asked_for(tmp_path: Path) -> None:
    """Of a list of two keys SQLite read every call of the year, in the transaction for which others wait."""
    engine = open_engine(f"sqlite:///{tmp_path / 'history.db'}", write=True)
    migrate(engine)
    table, plans = tables.intercom_call, list[str]()
    head = dict.fromkeys((column.name for column in table.columns), 0) | {"community": "lanting", "day": "2026-03-12"}
    calls = [
        head | {"device": f"I-{n % 9}", "call": f"c'{n}\"门", "said": json_text([[n, "r", {}]])} for n in range(3000)
    ]
    with engine.begin() as connection:
        put(connection, table, [tuple(call.values()) for call in calls], "keep")
    survey(engine)

    @sa.event.listens_for(engine, "before_cursor_execute")
    def explained(connection: sa.Connection, cursor: Any, words: str, parameters: Any, *_: object) -> None:
        if words.startswith("SELECT"):
            rows = cursor.connection.execute(f"EXPLAIN QUERY PLAN {words}", parameters).fetchall()
            plans.append(" ".join(row[3] for row in rows))

    wanted = [("lanting", str(call["device"]), str(call["call"])) for call in calls[::7]]
    with engine.connect() as connection:
        found = said(connection, table, [*wanted, ("lanting", "I-1", "none")])
    assert found == {key: ([[7 * n, "r", {}]], "2026-03-12") for n, key in enumerate(wanted)}
    assert len(plans) == 1 and "SEARCH held USING INDEX" in plans[0]
    engine.dispose()
