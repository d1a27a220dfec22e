"""The records that rows of history were merged from, as they came: what a rule is folded with once more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from community.clock import local_day
from community.history.days import days_before
from community.model import Record
from community.office.what_if import LOOK_AHEAD_MS, Trial
from community.site import Site

from . import tables
from .database import reaching


def readings(engine: sa.Engine, site: Site, trial: Trial, from_ms: int, to_ms: int) -> list[Record]:
    """Of the trial's kind, from as long before the stretch as its rule looks back, in the order of their moments.

    `site`: with the trial's devices alone. Raises HistoryUnavailable.
    """
    if trial.table == "meter_day":
        found = _meters(engine, site, from_ms - LOOK_AHEAD_MS, to_ms)
    else:
        found = _orders(engine, site, from_ms - LOOK_AHEAD_MS, to_ms)
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


def _record(site: Site, id_: str, type_: str, subject: str, at_ms: int, data: Mapping[str, Any]) -> Record:
    return Record(id_, "history", type_, site.id, subject, at_ms, at_ms, at_ms, "", dict(data))
