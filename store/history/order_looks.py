"""One work order as history has it."""

from __future__ import annotations

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
