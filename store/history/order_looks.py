"""Work orders as history has them: one, and those that have ended last."""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa

from community.resident.reports import Told
from community.site import Site

from .database import reaching
from .tables import work_order


def order_told(engine: sa.Engine, site: Site, order: str) -> Told | None:
    """None: history has not heard of it. Raises HistoryUnavailable."""
    table = work_order.c
    asked = sa.select(work_order).where(table.community == site.id, table.work_order == order)
    with reaching(), engine.connect() as connection:
        row = connection.execute(asked).first()
    if row is None:
        return None
    at = {
        "published": row.published_ms,
        "taken": row.taken_ms,
        "in_progress": row.started_ms,
        "done": row.done_ms,
        row.phase: row.ended_ms or row.published_ms,
    }
    at = {phase: at_ms for phase, at_ms in at.items() if at_ms is not None}
    if row.done_ms is not None:
        at["done"] = row.done_ms
    return Told(row.phase, at, row.post, rating=row.rating)


class Over(NamedTuple):
    """`phase`: done, rated, cancelled or duplicate."""

    order: str
    category: str
    phase: str
    published_ms: int
    ended_ms: int
    post: str
    rating: int | None


class Lately(NamedTuple):
    published: int
    ended: int
    """Of the moment that was asked for on."""
    last: list[Over]


def lately(engine: sa.Engine, site: Site, from_ms: int, today_ms: int, most: int) -> Lately:
    """What was published since `from_ms` and has ended, the last first; and how many came and went since `today_ms`.
    Raises HistoryUnavailable."""
    table = work_order.c
    mine = (table.community == site.id, table.published_ms >= from_ms)
    columns = (
        table.work_order,
        table.category,
        table.phase,
        table.published_ms,
        table.ended_ms,
        table.post,
        table.rating,
    )
    over = sa.select(*columns).where(*mine, table.ended_ms.is_not(None)).order_by(table.ended_ms.desc()).limit(most)
    counted = sa.select(
        *(sa.func.count(sa.case((moment >= today_ms, 1))) for moment in (table.published_ms, table.ended_ms))
    ).where(*mine)
    with reaching(), engine.connect() as connection:
        today = connection.execute(counted).one()
        return Lately(today[0], today[1], [Over(*row) for row in connection.execute(over)])
