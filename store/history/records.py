"""The rows behind a bar: a page of records, and how many there are. What is asked for is a struct, never SQL.

Each kind has the rule of the figure that it stands behind, so that a bar and its records are the same number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal, NamedTuple

import msgspec
import sqlalchemy as sa

from community.clock import local, local_day
from community.history.days import DAY_MS, HOUR_MS
from community.kpi import CHATTERING, CHATTERING_MS
from community.model import LAST_MS
from community.site import Site

from . import looks, tables
from .database import reaching
from .figures import clock_ms
from .performance import verdicts

SHOWN = 200
LONGEST_MS = 400 * DAY_MS
"""What a page shows at most; hours of more days are not asked for one by one."""

Moment = Annotated[int, msgspec.Meta(ge=0, le=LAST_MS)]
Id = Annotated[str, msgspec.Meta(max_length=200)]
Of = Literal[
    "alarms",
    "annunciated",
    "chattering",
    "acknowledged",
    "returned",
    "verdicts",
    "passes",
    "running",
    "ended",
    "orders",
    "due",
    "taken",
    "done",
    "rated",
    "reopened",
    "answered",
    "offered",
    "presence",
    "interruptions",
    "half_hours",
]


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Which records: `of` a kind, between two moments, and of these narrower still where a field is given."""

    of: Of
    from_ms: Moment
    to_ms: Moment
    alarms: tuple[Id, ...] = ()
    priorities: tuple[Id, ...] = ()
    methods: tuple[Id, ...] = ()
    devices: tuple[Id, ...] = ()
    verdicts: tuple[Id, ...] = ()
    category: Id | None = None
    hour: Annotated[int, msgspec.Meta(ge=0, le=23)] | None = None
    """Of sessions: those that ran in this local hour of any of the days."""
    skip: Annotated[int, msgspec.Meta(ge=0, le=10_000_000)] = 0
    """So many are on earlier pages."""


class Found(NamedTuple):
    rows: list[Mapping[str, Any]]
    total: int


_J, _P, _S, _O = tables.journal.c, tables.door_pass.c, tables.charging_session.c, tables.work_order.c
_C, _B, _D = tables.intercom_call.c, tables.broadcast.c, tables.presence_day.c
_ALARM = (_J.at_ms, _J.alarm, _J.device, _J.priority, _J.by, _J.since_ms, _J.type)
_SESSION = (_S.started_ms, _S.ended_ms, _S.device, _S.energy_mwh, _S.reason)
_ORDER = (_O.published_ms, _O.work_order, _O.category, _O.phase, _O.taken_ms, _O.done_ms, _O.rating, _O.post)
_ANSWERED = sa.func.coalesce(_C.answered_ms, _C.opened_ms)
CAME = ("alarm.activated", "alarm.reactivated")


class Kind(NamedTuple):
    """Rows of one table. Of a pass not who passed, of a call not who called whom."""

    table: sa.Table
    at: sa.Column[Any]
    columns: Sequence[Any]
    where: Sequence[Any]
    by_day: bool = False
    """No index has `at`; the row's day is that of it, and has one."""


KINDS: Mapping[Of, Kind] = {
    "alarms": Kind(tables.journal, _J.at_ms, _ALARM, (_J.type == CAME[0],)),
    "annunciated": Kind(tables.journal, _J.at_ms, _ALARM, (_J.type.in_(CAME),)),
    "acknowledged": Kind(tables.journal, _J.at_ms, _ALARM, (_J.type == "alarm.acknowledged", _J.at_ms >= _J.since_ms)),
    "returned": Kind(tables.journal, _J.at_ms, _ALARM, (_J.type == "alarm.returned", _J.at_ms >= _J.since_ms)),
    "passes": Kind(
        tables.door_pass,
        _P.at_ms,
        (_P.at_ms, _P.device, _P.method, _P.result, _P.direction),
        (_P.result == "granted",),
    ),
    "running": Kind(tables.charging_session, _S.started_ms, _SESSION, ()),
    "ended": Kind(tables.charging_session, _S.ended_ms, _SESSION, (), by_day=True),
    "orders": Kind(tables.work_order, _O.published_ms, _ORDER, ()),
    "due": Kind(tables.work_order, _O.published_ms, _ORDER, ()),
    "taken": Kind(tables.work_order, _O.published_ms, _ORDER, (_O.taken_ms >= _O.published_ms,)),
    "done": Kind(tables.work_order, _O.published_ms, _ORDER, (_O.done_ms >= _O.published_ms,)),
    "rated": Kind(tables.work_order, _O.published_ms, _ORDER, (_O.rating.is_not(None),)),
    "reopened": Kind(tables.work_order, _O.published_ms, _ORDER, (_O.reopened > 0,)),
    "answered": Kind(
        tables.intercom_call,
        _C.rang_ms,
        (_C.rang_ms, _C.device, _C.outcome, (_ANSWERED - _C.rang_ms).label("took_ms")),
        (_ANSWERED >= _C.rang_ms,),
        by_day=True,
    ),
    "offered": Kind(
        tables.broadcast,
        _B.offered_ms,
        (_B.offered_ms, _B.device, _B.acked_ms, _B.result),
        (_B.withdrawn == 0,),
        by_day=True,
    ),
    "presence": Kind(
        tables.presence_day,
        _D.day,
        (_D.day, _D.device, _D.known, _D.online, _D.longest_gap),
        (_D.system == "cameras",),
    ),
}


def records(engine: sa.Engine, site: Site, asked: Asked) -> Found:
    """At most SHOWN rows, the oldest first, and the number of all. Raises HistoryUnavailable."""
    if asked.of in WORKED_OUT:
        found = WORKED_OUT[asked.of](engine, site, asked)
        return Found(found[asked.skip : asked.skip + SHOWN], len(found))
    kind = KINDS[asked.of]
    held = [kind.table.c.community == site.id, *kind.where, *_narrowed(kind.table, asked), _within(kind, site, asked)]
    with reaching(), engine.connect() as connection:
        if asked.of == "due":
            waits = sa.and_(_O.due_ms < clock_ms(connection, site), _O.phase.in_(("published", "reopened")))
            held.append(sa.or_(_O.taken_ms.is_not(None), waits))
        total = connection.execute(sa.select(sa.func.count()).select_from(kind.table).where(*held)).scalar_one()
        rows = connection.execute(_page(kind, held, asked.skip, total)).mappings().all()
    return Found([dict(row) for row in rows], total)


def _page(kind: Kind, held: Sequence[Any], skip: int, total: int) -> sa.Select[Any]:
    """Counted off from the nearer end, by the keys alone, which an index may have: the rows that are passed over would
    each be fetched to be left out."""
    shown = max(0, min(SHOWN, total - skip))
    backwards = skip > total - skip - shown
    order: list[Any] = [kind.at, *kind.table.primary_key]
    found = sa.select(*kind.table.primary_key).where(*held).limit(shown)
    if backwards:
        found = found.order_by(*(column.desc() for column in order)).offset(max(0, total - skip - shown))
    else:
        found = found.order_by(*order).offset(skip)
    keys = found.subquery()
    same = sa.and_(*(column == keys.c[column.name] for column in kind.table.primary_key))
    return sa.select(*kind.columns).select_from(kind.table.join(keys, same)).order_by(*order)


def _narrowed(table: sa.Table, asked: Asked) -> list[Any]:
    """What was given, where the table has it."""
    among = {"alarm": asked.alarms, "priority": asked.priorities, "method": asked.methods, "device": asked.devices}
    held: list[Any] = [table.c[name].in_(values) for name, values in among.items() if values and name in table.c]
    if asked.category is not None and "category" in table.c:
        held.append(table.c.category == asked.category)
    return held


def _within(kind: Kind, site: Site, asked: Asked) -> Any:
    if asked.of == "running":
        return sa.or_(sa.false(), *(_ran(from_ms, to_ms, asked) for from_ms, to_ms in _stretches(site, asked)))
    days = local_day(asked.from_ms, site.timezone), local_day(asked.to_ms - 1, site.timezone)
    if asked.of == "presence":
        return kind.at.between(*days)
    within = sa.and_(kind.at >= asked.from_ms, kind.at < asked.to_ms)
    return sa.and_(kind.table.c.day.between(*days), within) if kind.by_day else within


def _ran(from_ms: int, to_ms: int, asked: Asked) -> Any:
    """As occupancy counts them: one whose end was never told counts for a day."""
    ended = sa.func.coalesce(_S.ended_ms, _S.started_ms + DAY_MS)
    return sa.and_(_S.started_ms < to_ms, _S.started_ms >= asked.from_ms - DAY_MS, ended > from_ms)


def _stretches(site: Site, asked: Asked) -> list[tuple[int, int]]:
    if asked.hour is None:
        return [(asked.from_ms, asked.to_ms)]
    last_ms = min(asked.to_ms, asked.from_ms + LONGEST_MS)
    hours = range(asked.from_ms, last_ms, HOUR_MS)
    return [(at_ms, at_ms + HOUR_MS) for at_ms in hours if local(at_ms, site.timezone).hour == asked.hour]


# ---- what no single row says
def _chattering(engine: sa.Engine, site: Site, asked: Asked) -> list[Mapping[str, Any]]:
    """Of each alarm of a device the third time within a minute, and each after it (community/kpi.py)."""
    kind = KINDS["annunciated"]
    since_ms = asked.from_ms - CHATTERING_MS
    held = [
        _J.community == site.id,
        *kind.where,
        *_narrowed(kind.table, asked),
        _J.at_ms.between(since_ms, asked.to_ms - 1),
    ]
    with reaching(), engine.connect() as connection:
        listed = sa.select(*kind.columns).where(*held).order_by(_J.at_ms, _J.record_id)
        rows = connection.execute(listed).mappings().all()
    times: dict[tuple[str, str], list[int]] = {}
    found: list[Mapping[str, Any]] = []
    for row in rows:
        last = times.setdefault((row["alarm"], row["device"]), [])
        last.append(row["at_ms"])
        if len(last) == CHATTERING:
            if last[-1] - last[0] <= CHATTERING_MS and row["at_ms"] >= asked.from_ms:
                found.append(dict(row))
            del last[0]
    return found


def _verdicts(engine: sa.Engine, site: Site, asked: Asked) -> list[Mapping[str, Any]]:
    return [
        said._asdict()
        for said in verdicts(engine, site, asked.from_ms, asked.to_ms)
        if (not asked.alarms or said.alarm in asked.alarms) and (not asked.verdicts or said.verdict in asked.verdicts)
    ]


def _interruptions(engine: sa.Engine, site: Site, asked: Asked) -> list[Mapping[str, Any]]:
    """What cameras did not show on the day of `from_ms`, as far as `to_ms`."""
    day = local_day(asked.from_ms, site.timezone)
    return [
        {"device": camera.device, **stretch._asdict()}
        for camera in looks.cameras(engine, site, day, asked.to_ms)
        if not asked.devices or camera.device in asked.devices
        for stretch in camera.stretches
    ]


def _half_hours(engine: sa.Engine, site: Site, asked: Asked) -> list[Mapping[str, Any]]:
    """The readings of bulk meters in the night of the day of `from_ms`."""
    day = local_day(asked.from_ms, site.timezone)
    read, _ = looks.half_hours(engine, site, day, day)
    return [
        {"at_ms": at_ms, "device": device, "flow_m3h": flow}
        for (device, _), flows in read.items()
        if not asked.devices or device in asked.devices
        for at_ms, flow in sorted(flows.items())
    ]


WORKED_OUT: Mapping[Of, Callable[[sa.Engine, Site, Asked], list[Mapping[str, Any]]]] = {
    "chattering": _chattering,
    "verdicts": _verdicts,
    "interruptions": _interruptions,
    "half_hours": _half_hours,
}
