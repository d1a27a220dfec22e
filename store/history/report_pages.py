"""The list of reports by the page, there and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import quote, unquote

import sqlalchemy as sa

from community.reports.model import EDITIONS

from . import tables
from .database import reaching
from .marks import moment_of, parts_of
from .reports import LISTED, NEWEST, Kept

INTERNAL = EDITIONS[0]


class Listed(NamedTuple):
    """A page of the list, the newest first."""

    reports: list[Kept]
    newer: str
    older: str
    """Marks, to go on from; empty: there are none."""


def page_of(
    engine: sa.Engine,
    community: str,
    size: int,
    *,
    kind: str = "",
    after: str = "",
    before: str = "",
    without: Sequence[str] = (),
    outside: bool = False,
) -> Listed:
    """`after`, `before`: marks of a page, whose older or newer neighbour it is; `without`: kinds that are not listed;
    `outside`: those alone that were issued for readers outside the house.

    Raises NoMark, HistoryUnavailable.
    """
    table = tables.report.c
    asked = sa.select(*LISTED).where(table.community == community)
    if kind:
        asked = asked.where(table.kind == kind)
    if without:
        asked = asked.where(table.kind.not_in(without))
    if outside:
        asked = asked.where(table.issued_ms.is_not(None), table.edition != INTERNAL)
    if after or before:
        asked = asked.where(_beyond(after or before, newer=not after))
    back = bool(before and not after)
    order = (table.to_day, table.made_ms, table.number.desc()) if back else NEWEST
    with reaching(), engine.connect() as connection:
        rows = [Kept(**row) for row in connection.execute(asked.order_by(*order).limit(size + 1)).mappings()]
    more, rows = len(rows) > size, rows[:size]
    if back:
        rows.reverse()
    if not rows:
        return Listed([], "", "")
    newer, older = (more, True) if back else (bool(after), more)
    return Listed(rows, _mark(rows[0]) if newer else "", _mark(rows[-1]) if older else "")


def _mark(report: Kept) -> str:
    """It stands in a header: ASCII alone."""
    return f"{report.to_day}~{report.made_ms}~{quote(report.number)}"


def _beyond(mark: str, *, newer: bool) -> sa.ColumnElement[bool]:
    """Raises NoMark."""
    day, moment, number = parts_of(unquote(mark), 3)
    made_ms, table = moment_of(moment, mark), tables.report.c
    if newer:
        days, moments, last = table.to_day > day, table.made_ms > made_ms, table.number < number
    else:
        days, moments, last = table.to_day < day, table.made_ms < made_ms, table.number > number
    same_day = sa.or_(moments, sa.and_(table.made_ms == made_ms, last))
    return sa.or_(days, sa.and_(table.to_day == day, same_day))
