"""Rows at once, on both engines: what was given is what stands there, in whatever way it got in, and who was first."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from store.history import tables
from store.history.bulk import WORTH_COPYING, Clash, put

TEXTS = ("", "nan", "NULL", '"', "a,b", "two\nlines\r\n", "\\N", "\\", "丁香苑 3 幢", "tab\tand 'quote'", "\\.")
MANY = 3 * WORTH_COPYING


def row(number: int, **more: Any) -> dict[str, Any]:
    text = TEXTS[number % len(TEXTS)]
    said: dict[str, Any] = dict.fromkeys((column.name for column in tables.journal.columns), text)
    said |= {"community": "lanting", "at_ms": 1000 + number, "record_id": f"r-{number}", "day": "2026-03-12"}
    return said | {"hour_ms": 0, "since_ms": number or None, "data": {"text": text, "n": [number, None]}} | more


def held(engine: sa.Engine) -> list[dict[str, Any]]:
    with engine.connect() as connection:
        asked = sa.select(tables.journal).order_by(tables.journal.c.at_ms)
        return [dict(found) for found in connection.execute(asked).mappings()]


def write(engine: sa.Engine, rows: list[dict[str, Any]], clash: Clash) -> None:
    with engine.begin() as connection:
        put(connection, tables.journal, rows, clash)


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
