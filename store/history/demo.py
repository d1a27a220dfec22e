"""Whether a community's past is invented, and which days of it."""

from __future__ import annotations

import sqlalchemy as sa

from community.clock import local_day
from community.history.days import MINUTE_MS, bounds, days_before
from community.site import Site

from . import tables
from .database import reaching, reading

DAYS = 30
SEED = 1
"""Of the demo's life, invented and lived alike: what was plugged in, or asked for, before the first start and goes on
after it is then the same session and the same order. With two seeds every port had two."""


def pending(engine: sa.Engine, site: Site) -> tuple[str, int] | None:
    """What was decided and is not yet done. Raises HistoryUnavailable."""
    with reaching(), reading(engine).connect() as connection:
        held = connection.execute(sa.select(tables.demo).where(tables.demo.c.community == site.id)).first()
    return (held.from_day, held.until_ms) if held is not None and not held.done else None


def invented(engine: sa.Engine, site: Site, at_ms: int) -> bool:
    """Whether the moment is one of the invented days. Raises HistoryUnavailable."""
    with reaching(), engine.connect() as connection:
        held = connection.execute(sa.select(tables.demo).where(tables.demo.c.community == site.id)).first()
    return held is not None and bounds(held.from_day, site.timezone)[0] <= at_ms < held.until_ms


def fulfil(engine: sa.Engine, site: Site) -> None:
    """All of it is there. Raises HistoryUnavailable."""
    with reaching(), engine.begin() as connection:
        connection.execute(tables.demo.update().where(tables.demo.c.community == site.id).values(done=1))


def wanted(engine: sa.Engine, site: Site, now_ms: int) -> tuple[str, int] | None:
    """(first day, the moment at which the past ends) that is still to be filled; None: nothing is.

    Decided once: a database that has records already has a past of its own. Raises HistoryUnavailable.
    """
    demo, position = tables.demo, tables.position
    with reaching(), engine.begin() as connection:
        held = connection.execute(sa.select(demo).where(demo.c.community == site.id)).first()
        if held is not None:
            return None if held.done else (held.from_day, held.until_ms)
        if connection.execute(sa.select(position.c.topic).limit(1)).first() is not None:
            return None
        until_ms = now_ms - now_ms % MINUTE_MS
        from_day = days_before(local_day(until_ms, site.timezone), DAYS)
        connection.execute(
            demo.insert().values(community=site.id, from_day=from_day, until_ms=until_ms, seed=SEED, done=0)
        )
    return from_day, until_ms
