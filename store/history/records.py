"""The rows behind a bar: a page of records, and how many there are. What is asked for is a struct, never SQL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, NamedTuple

import msgspec
import sqlalchemy as sa

from community.model import LAST_MS
from community.site import Site

from . import tables
from .database import reaching

SHOWN = 200
Moment = Annotated[int, msgspec.Meta(ge=0, le=LAST_MS)]
Id = Annotated[str, msgspec.Meta(max_length=200)]


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Which records: `of` a kind, between two moments, and of these narrower still where a field is given."""

    of: Literal["alarms", "acknowledged", "returned", "passes", "sessions", "orders"]
    from_ms: Moment
    to_ms: Moment
    alarms: tuple[Id, ...] = ()
    priority: Id = ""
    methods: tuple[Id, ...] = ()
    devices: tuple[Id, ...] = ()
    category: Id | None = None


class Found(NamedTuple):
    rows: list[Mapping[str, Any]]
    total: int


_J, _P, _S, _O = tables.journal.c, tables.door_pass.c, tables.charging_session.c, tables.work_order.c
_ALARM = (_J.at_ms, _J.alarm, _J.device, _J.priority, _J.by, _J.since_ms, _J.type)

_KINDS: Mapping[str, tuple[sa.Table, Any, tuple[Any, ...], Any]] = {
    "alarms": (tables.journal, _J.at_ms, _ALARM, _J.type == "alarm.activated"),
    "acknowledged": (tables.journal, _J.at_ms, _ALARM, _J.type == "alarm.acknowledged"),
    "returned": (tables.journal, _J.at_ms, _ALARM, _J.type == "alarm.returned"),
    "passes": (
        tables.door_pass,
        _P.at_ms,
        (_P.at_ms, _P.device, _P.method, _P.result, _P.direction),
        _P.result == "granted",
    ),
    "sessions": (
        tables.charging_session,
        _S.started_ms,
        (_S.started_ms, _S.ended_ms, _S.device, _S.energy_mwh, _S.reason),
        sa.true(),
    ),
    "orders": (
        tables.work_order,
        _O.published_ms,
        (_O.published_ms, _O.work_order, _O.category, _O.phase, _O.taken_ms, _O.done_ms, _O.post),
        sa.true(),
    ),
}
"""Kind -> its table, its moment, its columns, what else must hold. Of a pass not who passed."""


def records(engine: sa.Engine, site: Site, asked: Asked) -> Found:
    """At most SHOWN rows, the oldest first, and the number of all. Raises HistoryUnavailable."""
    table, at, columns, where = _KINDS[asked.of]
    held = [table.c.community == site.id, where, *_within(asked, at)]
    if asked.alarms and "alarm" in table.c:
        held.append(table.c.alarm.in_(asked.alarms))
    if asked.priority and "priority" in table.c:
        held.append(table.c.priority == asked.priority)
    if asked.methods and "method" in table.c:
        held.append(table.c.method.in_(asked.methods))
    if asked.devices and "device" in table.c:
        held.append(table.c.device.in_(asked.devices))
    if asked.category is not None and "category" in table.c:
        held.append(table.c.category == asked.category)
    with reaching(), engine.connect() as connection:
        total = connection.execute(sa.select(sa.func.count()).select_from(table).where(*held)).scalar_one()
        rows = connection.execute(sa.select(*columns).where(*held).order_by(at).limit(SHOWN)).mappings().all()
    return Found([dict(row) for row in rows], total)


def _within(asked: Asked, at: Any) -> list[Any]:
    """Of sessions those that ran at any moment of the stretch, as occupancy counts them."""
    if asked.of != "sessions":
        return [at >= asked.from_ms, at < asked.to_ms]
    ended = sa.or_(_S.ended_ms.is_(None), _S.ended_ms > asked.from_ms)
    return [_S.started_ms < asked.to_ms, _S.started_ms >= asked.from_ms - 86_400_000, ended]
