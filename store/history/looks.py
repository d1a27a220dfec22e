"""What pages show beside figures: each camera's day, the nights of the bulk meters, orders that wait longest."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import sqlalchemy as sa
from msgspec.structs import replace

from community.history.days import MINUTE_MS, bounds
from community.history.merge import union
from community.history.presence import gaps, lines, on_a_line, watched, whole
from community.history.rows import CLOCK
from community.site import Device, Site
from community.systems.bulkwater import BULK, Numbers, half_hours_of, nights_of

from . import tables
from .database import reaching
from .rollups import heard

BLINDED = ("CAM_BLIND", "CAM_BLACK")
"""A camera that is heard and sees nothing."""


class Stretch(NamedTuple):
    from_ms: int
    to_ms: int
    what: str
    """offline, unknown (its feed or the log was not heard), blind."""


class CameraDay(NamedTuple):
    device: str
    known_min: int
    stretches: list[Stretch]


def cameras(engine: sa.Engine, site: Site, day: str, until_ms: int) -> list[CameraDay]:
    """Every described camera on one local day, as far as `until_ms`. Raises HistoryUnavailable."""
    from_ms, to_ms = bounds(day, site.timezone)
    to_ms = max(from_ms, min(to_ms, until_ms))
    eyes = replace(site, devices=tuple(device for device in site.devices if device.system == "cameras"))
    if not eyes.devices:
        return []
    who = [CLOCK, *(f"source:{source.id}" for source in site.sources), *eyes.by_id]
    with reaching(), engine.connect() as connection:
        said = heard(connection, eyes, from_ms, to_ms, who)
        blind = _blind(connection, site, from_ms, to_ms)
    clock, asked = on_a_line(said.get(CLOCK, ()), from_ms, to_ms), whole(from_ms, to_ms)
    found = []
    for device, known, online in lines(eyes, said, clock, from_ms, to_ms):
        if device.kind == "camera":
            stretches = [*_told(known & ~online, from_ms, "offline"), *_told(asked & ~known, from_ms, "unknown")]
            stretches += blind.get(device.id, ())
            found.append(CameraDay(device.id, known.bit_count(), sorted(stretches)))
    return found


def _told(minutes: int, from_ms: int, what: str) -> Iterable[Stretch]:
    """The runs of minutes that are in the set."""
    for begin, end in gaps(0, minutes):
        yield Stretch(from_ms + begin * MINUTE_MS, from_ms + end * MINUTE_MS, what)


def _blind(connection: sa.Connection, site: Site, from_ms: int, to_ms: int) -> dict[str, list[Stretch]]:
    """From the alarm to its return, as far as it lies in the day. One that began more than a day before is not looked
    for."""
    table = tables.journal.c
    asked = (
        sa.select(table.device, table.type, table.at_ms, table.since_ms)
        .where(
            table.community == site.id,
            table.alarm.in_(BLINDED),
            table.type.in_(("alarm.activated", "alarm.reactivated", "alarm.returned")),
            table.at_ms.between(from_ms - (to_ms - from_ms), to_ms),
        )
        .order_by(table.at_ms)
    )
    begun: dict[str, int] = {}
    found: dict[str, list[Stretch]] = {}
    for row in connection.execute(asked):
        if row.type != "alarm.returned":
            begun.setdefault(row.device, row.at_ms)
        elif row.device in begun:
            found.setdefault(row.device, []).append(Stretch(max(from_ms, begun.pop(row.device)), row.at_ms, "blind"))
    for device, at_ms in begun.items():
        found.setdefault(device, []).append(Stretch(max(from_ms, at_ms), to_ms, "blind"))
    return {device: [s for s in told if s.to_ms > from_ms and s.from_ms < s.to_ms] for device, told in found.items()}


class Night(NamedTuple):
    device: str
    by_day: dict[str, float]
    """Local day -> mean m3/h from 02 to 04; a night with a half-hour missing is not in it."""


def half_hours(
    engine: sa.Engine, site: Site, from_day: str, to_day: str
) -> tuple[dict[tuple[str, str], dict[int, float]], int]:
    """(Bulk meter, day) -> the night's half-hours that were read, by their begin in m3/h; and from how many rows.
    Raises HistoryUnavailable."""
    table = tables.meter_day.c
    ids = [device.id for device in site.devices if device.system == "meters" and device.kind == BULK]
    asked = (
        sa.select(table.device, table.day, table.said)
        .where(table.community == site.id, table.day.between(from_day, to_day), table.device.in_(ids))
        .order_by(table.device, table.day)
    )
    with reaching(), engine.connect() as connection:
        rows = connection.execute(asked).all()
    numbers = site.numbers_of(Numbers)
    found: dict[tuple[str, str], dict[int, float]] = {}
    for device, day, said in rows:
        flows = found.setdefault((device, day), {})
        for _, _, values in union(said):
            flows |= nights_of(values, site.timezone, numbers).get(day, {})
    return found, len(rows)


def nights(engine: sa.Engine, site: Site, from_day: str, to_day: str) -> tuple[list[Night], int]:
    """The nights of every bulk meter, by the rule of DMA_NIGHT, and from how many rows. Raises HistoryUnavailable."""
    read, rows = half_hours(engine, site, from_day, to_day)
    numbers = site.numbers_of(Numbers)
    found = {device.id: Night(device.id, {}) for device in site.devices if device.kind == BULK}
    for (device, day), flows in read.items():
        if len(flows) == half_hours_of(day, site.timezone, numbers) and flows:
            found[device].by_day[day] = sum(flows.values()) / len(flows)
    return list(found.values()), rows


def waiting(engine: sa.Engine, site: Site, to_ms: int) -> dict[str, dict[str, Any]]:
    """Category -> the order that has waited longest at that moment: its id, when published, by whom taken."""
    table = tables.work_order.c
    asked = (
        sa.select(table.category, table.work_order, table.published_ms, table.post)
        .where(
            table.community == site.id,
            table.published_ms < to_ms,
            sa.or_(table.ended_ms.is_(None), table.ended_ms >= to_ms),
        )
        .order_by(table.published_ms, table.work_order)
    )
    found: dict[str, dict[str, Any]] = {}
    with reaching(), engine.connect() as connection:
        for row in connection.execute(asked).mappings():
            found.setdefault(row["category"], dict(row))
    return found


class Heard(NamedTuple):
    """One device in a stretch: minutes in which its feed was heard, of them those in which it was; and the others."""

    known_min: int
    online_min: int
    stretches: list[Stretch]


def heard_of(engine: sa.Engine, site: Site, device: Device, from_ms: int, to_ms: int) -> Heard | None:
    """None: it does not speak by itself, and its silence says nothing. Raises HistoryUnavailable."""
    alone = replace(site, devices=(device,))
    if not watched(alone):
        return None
    who = [CLOCK, *(f"source:{source.id}" for source in site.sources), device.id]
    with reaching(), engine.connect() as connection:
        said = heard(connection, alone, from_ms, to_ms, who)
    clock, asked = on_a_line(said.get(CLOCK, ()), from_ms, to_ms), whole(from_ms, to_ms)
    (line,) = lines(alone, said, clock, from_ms, to_ms)
    away = [*_told(line.known & ~line.online, from_ms, "offline"), *_told(asked & ~line.known, from_ms, "unknown")]
    return Heard(line.known.bit_count(), line.online.bit_count(), sorted(away))
