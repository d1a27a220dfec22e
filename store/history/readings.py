"""The records that rows of history were merged from, as they came: what a rule is folded with once more."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import sqlalchemy as sa

from community.clock import local_day
from community.history.days import days_before
from community.history.presence import lines, on_a_line
from community.history.rows import CLOCK
from community.model import Record
from community.office.what_if import LOOK_AHEAD_MS, Trial
from community.site import Site

from . import tables
from .database import reaching
from .rollups import heard

AT_ONCE = 500
"""Names in one question."""
NOBODY = "post:unknown"
"""Who waived a round is no part of the question."""


def readings(engine: sa.Engine, site: Site, trial: Trial, from_ms: int, to_ms: int) -> list[Record]:
    """Of the trial's kind, from as long before the stretch as its rule looks back, in the order of their moments.

    `site`: with the trial's devices alone. Raises HistoryUnavailable.
    """
    found = _READ[trial.table](engine, site, from_ms - LOOK_AHEAD_MS, to_ms)
    by_id = {record.id: record for record in found}  # a delivery over midnight stands in the rows of both days
    return sorted(by_id.values(), key=lambda record: (record.time_ms, record.id))


def _meters(engine: sa.Engine, site: Site, from_ms: int, to_ms: int) -> Iterator[Record]:
    table = tables.meter_day.c
    days = local_day(from_ms, site.timezone), local_day(to_ms - 1, site.timezone)
    kinds = {device.kind for device in site.devices}
    asked = sa.select(table.device, table.said).where(
        table.community == site.id, table.day.between(*days), table.kind.in_(kinds)
    )
    with reaching(), engine.connect() as connection:
        for device, said in connection.execute(asked):
            for at_ms, id_, values in said:
                if at_ms < to_ms:
                    yield _record(site, id_, "meter.intervals", device, at_ms, values)


def _orders(engine: sa.Engine, site: Site, from_ms: int, to_ms: int) -> Iterator[Record]:
    table = tables.work_order.c
    first = days_before(local_day(from_ms, site.timezone), 0)
    asked = sa.select(table.work_order, table.said).where(table.community == site.id, table.day >= first)
    with reaching(), engine.connect() as connection:
        for order, said in connection.execute(asked):
            for at_ms, id_, values in said:
                if at_ms < to_ms:
                    told = {name: value for name, value in values.items() if name != "desk"}
                    yield _record(site, id_, "order.phase", values["desk"], at_ms, told | {"order": order})


def _rounds(engine: sa.Engine, site: Site, from_ms: int, to_ms: int) -> Iterator[Record]:
    table, scans = tables.patrol_window.c, tables.patrol_scan.c
    first = days_before(local_day(from_ms, site.timezone), 0)
    asked = sa.select(table.device, table.round, table.said).where(table.community == site.id, table.day >= first)
    scanned = sa.select(scans.device, scans.at_ms, scans.record_id).where(
        scans.community == site.id, scans.at_ms >= from_ms, scans.at_ms < to_ms
    )
    with reaching(), engine.connect() as connection:
        for device, round_, said in connection.execute(asked):
            for at_ms, id_, values in said:
                if at_ms >= to_ms:
                    continue
                if values.get("waived"):
                    yield _record(site, id_, "patrol.waiver", device, at_ms, {"round": round_, "by": NOBODY})
                else:
                    told = {name: values[name] for name in ("from_ms", "until_ms", "cancelled")}
                    yield _record(site, id_, "patrol.window", device, at_ms, {"round": round_} | told)
        for device, at_ms, id_ in connection.execute(scanned):
            yield _record(site, id_, "patrol.scan", device, at_ms, {})


def _messages(engine: sa.Engine, site: Site, from_ms: int, to_ms: int) -> Iterator[Record]:
    table = tables.broadcast.c
    first = days_before(local_day(from_ms, site.timezone), 0)
    asked = sa.select(table.message, table.device, table.said).where(table.community == site.id, table.day >= first)
    with reaching(), engine.connect() as connection:
        for message, device, said in connection.execute(asked):
            for at_ms, id_, values in said:
                if at_ms >= to_ms:
                    continue
                if "offer" in values:
                    told = {"zones": values["zones"].split(), "withdrawn": values["withdrawn"]}
                    yield _record(site, id_, "broadcast.offer", device, at_ms, {"message": message} | told)
                else:
                    told = {"message": message, "result": values["result"]}
                    yield _record(site, id_, "broadcast.ack", device, at_ms, told)


_READ: Mapping[str, Callable[[sa.Engine, Site, int, int], Iterator[Record]]] = {
    "meter_day": _meters,
    "work_order": _orders,
    "patrol": _rounds,
    "broadcast": _messages,
}


class Silences(NamedTuple):
    times: int
    hours: int
    """Rows that tell of minutes in which somebody was heard."""


def silences(engine: sa.Engine, site: Site, from_ms: int, to_ms: int) -> Silences:
    """How often the site's devices fell silent while their feed and the log were heard, to the minute.
    Raises HistoryUnavailable."""
    who = [CLOCK, *(f"source:{source.id}" for source in site.sources), *site.by_id]
    said: dict[str, list[tuple[int, int]]] = {}
    with reaching(), engine.connect() as connection:
        for start in range(0, len(who), AT_ONCE):
            said |= heard(connection, site, from_ms, to_ms, who[start : start + AT_ONCE])
    clock = on_a_line(said.get(CLOCK, ()), from_ms, to_ms)
    times = sum(
        (known & ~online & (online << 1)).bit_count()  # silent in this minute and not in the one before it
        for _, known, online in lines(site, said, clock, from_ms, to_ms)
    )
    return Silences(times, sum(len(said.get(id_, ())) for id_ in site.by_id))


def _record(site: Site, id_: str, type_: str, subject: str, at_ms: int, data: Mapping[str, Any]) -> Record:
    return Record(id_, "history", type_, site.id, subject, at_ms, at_ms, at_ms, "", dict(data))
