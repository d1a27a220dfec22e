"""How long sessions of a kind of port usually took: what an estimate of the next free one rests on."""

from __future__ import annotations

import sqlalchemy as sa

from community.site import Site

from .database import reaching
from .tables import charging_session

DAYS_MS = 30 * 86_400_000
MOST = 5000
"""The newest are enough for a middle, and bound what a page keeps in memory."""
SHORTEST_MS = 5 * 60_000
"""Plugged in and out again: nobody was charging."""


def lasted_ms(engine: sa.Engine, site: Site, kind: str, now_ms: int) -> list[int]:
    """Rising; of the last thirty days. Raises HistoryUnavailable."""
    table = charging_session.c
    took = table.ended_ms - table.started_ms
    asked = (
        sa.select(took)
        .where(
            table.community == site.id,
            table.kind == kind,
            table.started_ms > now_ms - DAYS_MS,
            table.ended_ms.is_not(None),
            took >= SHORTEST_MS,
        )
        .order_by(table.started_ms.desc())
        .limit(MOST)
    )
    with reaching(), engine.connect() as connection:
        return sorted(connection.execute(asked).scalars())
