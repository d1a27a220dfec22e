"""Sums by day and hour, always of whole days: a day that a record touched is emptied and counted again from its rows.

Nothing is ever added to a sum, so replays, late records and repetitions leave the figures that a recount gives.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import sqlalchemy as sa

from community.history.days import DAY_MS, HOUR_MS, MINUTE_MS, bounds
from community.history.presence import feed_lines, gaps, longest_gap, on_a_line, rate, watched, whole
from community.history.rows import CLOCK
from community.site import Site

from . import tables
from .bulk import Line, json_text, put
from .database import reaching, reading

AT_ONCE, AT_MOST_S = 50, 0.5
"""Days a round, and how long a round may take: between two rounds records are written."""


class Rollup(NamedTuple):
    """`n` rows of `where`, by two words; `total` the sum of an amount, `missing` what the amount leaves out."""

    measure: str
    table: sa.Table
    where: sa.ColumnElement[bool]
    dim1: Any
    dim2: Any
    total: Any = sa.literal(0)
    missing: Any = sa.literal(0)
    hour: Any = None
    """None: the row's own."""


_NOTHING = sa.literal("")
_J, _S, _M, _C = tables.journal.c, tables.charging_session.c, tables.meter_day.c, tables.intercom_call.c
_ANSWERED_MS = sa.func.coalesce(_C.answered_ms, _C.opened_ms) - _C.rang_ms
_READ = sa.case((_M.volumes_read > _M.energies_read, _M.volumes_read), else_=_M.energies_read)

ROLLUPS = (
    Rollup("alarm", tables.journal, _J.type == "alarm.activated", _J.alarm, _J.priority),
    Rollup("alarm_repeat", tables.journal, _J.type == "alarm.reactivated", _J.alarm, _J.priority),
    Rollup("order", tables.journal, _J.type == "action.ordered", _J.reason, _J.by),
    Rollup("pass", tables.door_pass, sa.true(), tables.door_pass.c.method, tables.door_pass.c.result),
    Rollup(
        "session",
        tables.charging_session,
        _S.ended_ms.is_not(None),
        _S.kind,
        _NOTHING,
        sa.func.coalesce(_S.energy_mwh, 0),
        sa.case((_S.energy_mwh.is_(None), 1), else_=0),
    ),
    Rollup(
        "lasted",
        tables.charging_session,
        _S.ended_ms >= _S.started_ms,
        sa.cast((_S.ended_ms - _S.started_ms) // 600_000, sa.Text),
        _NOTHING,
        hour=0,
    ),
    Rollup("call", tables.intercom_call, sa.true(), _C.outcome, _C.caller),
    Rollup(
        "answered", tables.intercom_call, _ANSWERED_MS >= 0, sa.cast(_ANSWERED_MS // 1000, sa.Text), _NOTHING, hour=0
    ),
    Rollup("meter", tables.meter_day, sa.true(), _M.kind, _NOTHING, _READ, _M.slots - _READ, 0),
    Rollup(
        "water", tables.meter_day, _M.volumes_read > 0, _M.kind, _NOTHING, _M.volume_ml, _M.slots - _M.volumes_read, 0
    ),
    Rollup(
        "electricity",
        tables.meter_day,
        _M.energies_read > 0,
        _M.kind,
        _NOTHING,
        _M.energy_mwh,
        _M.slots - _M.energies_read,
        0,
    ),
)
"""`missing`: sessions without an energy, half-hours that were not read. `lasted`: sessions by their
whole tens of minutes; `answered`: calls by the whole seconds until somebody answered."""


_last = sa.case((tables.dirty.c.source == "presence", 1), else_=0)


def settle(engine: sa.Engine, sites: Mapping[str, Site], *, presence: bool = True) -> bool:
    """Recomputes days that are dirty, the newest first; whether more of them wait. Raises HistoryUnavailable.

    Of a day presence comes last: that somebody listened is not said before what was heard is counted.
    `presence`: also the minutes of devices, which cost most and change with every heartbeat.
    """
    table = tables.dirty
    asked = sa.select(table).limit(AT_ONCE)
    asked = asked.order_by(table.c.day.desc(), _last)
    if not presence:
        asked = asked.where(table.c.source != "presence")
    with reaching(), reading(engine).connect() as connection:
        dirty = connection.execute(asked).all()
    began_s = time.monotonic()
    overtaken = False
    for number, one in enumerate(dirty, 1):
        overtaken |= not recompute(engine, sites, one)
        if number == AT_ONCE or (number < len(dirty) and time.monotonic() - began_s > AT_MOST_S):
            return True
    return overtaken


class Lately:
    """For whoever settles one day after the other: of everybody the newest hour in which he was heard before the day
    that comes. It says as much as all before it, and they are not read again."""

    def __init__(self) -> None:
        self.until_ms = -1
        self.newest: dict[str, tuple[int, int]] = {}


def settle_day(engine: sa.Engine, site: Site, day: str, lately: Lately | None = None) -> None:
    """Of that day alone all that is dirty, presence last. Raises HistoryUnavailable."""
    table = tables.dirty
    asked = sa.select(table).where(table.c.community == site.id, table.c.day == day)
    with reaching(), reading(engine).connect() as connection:
        dirty = connection.execute(asked.order_by(_last)).all()
    for one in dirty:
        recompute(engine, {site.id: site}, one, lately)


def recompute(engine: sa.Engine, sites: Mapping[str, Site], dirty: Any, lately: Lately | None = None) -> bool:
    """One row of `dirty`, in a transaction of its own: SQLite has one writer, and whoever brings records waits no
    longer than for one day's sums. Minutes are worked out before it; what was marked meanwhile stays dirty: False."""
    table, rows = tables.dirty, None
    community, source, day = dirty.community, dirty.source, dirty.day
    if source == "presence" and community in sites:
        with reaching(), reading(engine).connect() as connection:
            rows = presence_rows(connection, sites[community], day, lately)
    here = (table.c.community == community) & (table.c.source == source) & (table.c.day == day)
    with reaching(), engine.begin() as connection:
        if not connection.execute(table.delete().where(here, table.c.times == dirty.times)).rowcount:
            return False
        if rows is not None:
            days = tables.presence_day
            connection.execute(days.delete().where(days.c.community == community, days.c.day == day))
            put(connection, days, rows, "replace")
            _sum_presence(connection, community, day)
        for rollup in ROLLUPS:
            if rollup.table.name == source:
                _recompute(connection, rollup, community, day)
    return True


def _of_day(table: sa.Table, day: str) -> list[Any]:
    """Where the key begins with the moment also a stretch of it, wide enough for the day of any zone, so that no other
    row is read."""
    if table is not tables.door_pass:
        return [table.c.day == day]
    from_ms, to_ms = bounds(day, "UTC")
    return [table.c.day == day, table.c.at_ms.between(from_ms - DAY_MS, to_ms + DAY_MS)]


def _recompute(connection: sa.Connection, rollup: Rollup, community: str, day: str) -> None:
    hours, days, table = tables.rollup_hour, tables.rollup_day, rollup.table
    for sums in (hours, days):
        connection.execute(
            sums.delete().where(sums.c.community == community, sums.c.measure == rollup.measure, sums.c.day == day)
        )
    hour = table.c.hour_ms if rollup.hour is None else sa.literal(rollup.hour, sa.BigInteger)
    sides = (hour, rollup.dim1, rollup.dim2)
    counted = (
        sa.select(
            sa.literal(community),
            sa.literal(rollup.measure),
            sa.literal(day),
            *(side.label(name) for side, name in zip(sides, ("hour_ms", "dim1", "dim2"), strict=True)),
            sa.func.count(),
            sa.func.coalesce(sa.func.sum(rollup.total), 0),
            sa.func.coalesce(sa.func.sum(rollup.missing), 0),
        )
        .where(table.c.community == community, *_of_day(table, day), rollup.where)
        .group_by(*map(sa.text, ("dim1", "dim2") if rollup.hour is not None else ("hour_ms", "dim1", "dim2")))
    )
    connection.execute(hours.insert().from_select([column.name for column in hours.columns], counted))
    whole = (
        sa.select(
            *(hours.c[name] for name in ("community", "measure", "day", "dim1", "dim2")),
            *(sa.func.sum(hours.c[name]) for name in ("n", "total", "missing")),
        )
        .where(hours.c.community == community, hours.c.measure == rollup.measure, hours.c.day == day)
        .group_by(*(hours.c[name] for name in ("community", "measure", "day", "dim1", "dim2")))
    )
    connection.execute(days.insert().from_select([column.name for column in days.columns], whole))


def _sum_presence(connection: sa.Connection, community: str, day: str) -> None:
    """By system: `n` devices, `total` minutes in which they were heard, `missing` those of silence that was known."""
    sums, minutes = tables.rollup_day, tables.presence_day.c
    connection.execute(
        sums.delete().where(sums.c.community == community, sums.c.measure == "presence", sums.c.day == day)
    )
    counted = (
        sa.select(
            *(sa.literal(word) for word in (community, "presence", day)),
            minutes.system,
            _NOTHING,
            sa.func.count(),
            sa.func.sum(minutes.online),
            sa.func.sum(minutes.known - minutes.online),
        )
        .where(minutes.community == community, minutes.day == day, minutes.system != "")
        .group_by(minutes.system)
    )
    connection.execute(sums.insert().from_select([column.name for column in sums.columns], counted))


def heard(
    connection: sa.Connection, site: Site, from_ms: int, to_ms: int, who: Collection[str] = ()
) -> Mapping[str, list[tuple[int, int]]]:
    """Who -> (hour_ms, minutes), from as long before `from_ms` as a word of presence holds; `who`: of these alone."""
    return _told(connection, site, _before_ms(site, from_ms), to_ms, who)


def _before_ms(site: Site, from_ms: int) -> int:
    return from_ms - HOUR_MS - max([HOUR_MS, *((w.holds_min + 60) * MINUTE_MS for w in watched(site))])


def _told(
    connection: sa.Connection, site: Site, since_ms: int, to_ms: int, who: Collection[str] = ()
) -> Mapping[str, list[tuple[int, int]]]:
    table = tables.presence
    asked = sa.select(table.c.device, table.c.hour_ms, table.c.minutes).where(
        table.c.community == site.id, table.c.hour_ms >= since_ms, table.c.hour_ms < to_ms
    )
    if who:
        asked = asked.where(table.c.device.in_(who))
    said: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for device, hour_ms, minutes in connection.execute(asked).all():
        said[device].append((hour_ms, minutes))
    return said


def presence_rows(connection: sa.Connection, site: Site, day: str, lately: Lately | None = None) -> list[Line]:
    """Minutes online of each device that speaks by itself; of the log the minutes in which it was written, of its feeds
    those in which their word held."""
    from_ms, to_ms = bounds(day, site.timezone)
    said = _heard_lately(connection, site, from_ms, to_ms, lately)
    clock = on_a_line(said.get(CLOCK, ()), from_ms, to_ms)
    lines: list[Line] = [
        (site.id, day, one.device, one.system, one.source, one.known, one.online, one.longest_gap, None)
        for one in rate(site, said, clock, from_ms, to_ms)
    ]
    asked_min = whole(from_ms, to_ms)
    feeds = {f"source:{id_}": line for id_, line in feed_lines(site, said, clock, from_ms, to_ms).items()}
    for who, line in ({CLOCK: clock} | feeds).items():
        if who not in said:
            continue
        counted = (asked_min.bit_count(), line.bit_count(), longest_gap(line, asked_min))
        source = who.removeprefix("source:")
        lines.append((site.id, day, who, "", source, *counted, json_text(gaps(line, asked_min))))
    return lines


def _heard_lately(
    connection: sa.Connection, site: Site, from_ms: int, to_ms: int, lately: Lately | None
) -> Mapping[str, list[tuple[int, int]]]:
    if lately is None:
        return heard(connection, site, from_ms, to_ms)
    if lately.until_ms != from_ms:
        said = heard(connection, site, from_ms, to_ms)
    else:
        since_ms = _before_ms(site, from_ms)
        before = {who: [row] for who, row in lately.newest.items() if row[0] >= since_ms}
        said = before | {
            who: before.get(who, []) + rows for who, rows in _told(connection, site, from_ms, to_ms).items()
        }
    newest = {who: max((row for row in rows if row[1]), default=None) for who, rows in said.items()}
    lately.newest = {who: row for who, row in newest.items() if row is not None}
    lately.until_ms = to_ms
    return said
