"""Reports at the site's hours: looked for once a minute by the web process, made by a process of its own at low
priority, so that no page waits for a PDF.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import sqlalchemy as sa

from community.clock import local_day
from community.history.days import MINUTE_MS
from community.history.rows import CLOCK
from community.reports.model import EDITIONS
from community.reports.schedule import Due, due
from community.site import Site
from store.history import HistoryMisconfigured, HistoryUnavailable, tables
from store.history import reports as kept
from store.history.database import reaching
from store.history.figures import NoRange, clock_ms
from store.history.reports import AlreadyIssued

from . import keep
from .keep import NotAllowed
from .make import Asked, CannotMake

log = logging.getLogger("shouwang.reports")

LOOK_S = 60.0
NICE = 10
ALIVE_MS = 5 * MINUTE_MS
"""History that has heard nothing for so long settles nothing either: reports do not wait for it."""
CHANGED_DAYS = 7
"""Late data usually come within hours; what comes after a week is corrected when somebody asks."""


def pending(engine: sa.Engine, site: Site, now_ms: int) -> list[Due]:
    """What is due now. Nothing for a recording, before the demo's past is filled, while days that are over are counted
    anew, or of days before the first record.

    Raises HistoryUnavailable.
    """
    if site.clock != "live":
        return []
    with reaching(), engine.connect() as connection:
        demo = connection.execute(sa.select(tables.demo.c.done).where(tables.demo.c.community == site.id)).first()
        first = connection.execute(
            sa.select(sa.func.min(tables.presence_day.c.day)).where(
                tables.presence_day.c.community == site.id, tables.presence_day.c.device == CLOCK
            )
        ).scalar()
        rows = connection.execute(
            sa.select(tables.report.c.number, tables.report.c.issued_ms)
            .where(tables.report.c.community == site.id)
            .order_by(tables.report.c.made_ms.desc())
            .limit(200)
        ).all()
        counting = _counting(connection, site, now_ms)
    if first is None or counting or (demo is not None and not demo.done):
        return []
    drafted = {row.number for row in rows if row.issued_ms is None}
    issued = {row.number for row in rows if row.issued_ms is not None}
    return [one for one in due(site, now_ms, drafted, issued) if one.day >= first]


def _counting(connection: sa.Connection, site: Site, now_ms: int) -> bool:
    """Sums of past days are still to be made, and somebody is there who makes them."""
    table, today = tables.dirty.c, local_day(now_ms, site.timezone)
    asked = sa.select(table.day).where(table.community == site.id, table.day < today).limit(1)
    return connection.execute(asked).first() is not None and now_ms - clock_ms(connection, site) < ALIVE_MS


def work(engine: sa.Engine, site: Site, now_ms: int, var: Path) -> list[str]:
    """Makes what is due; the numbers. A report that cannot be made is said and does not hold up the others."""
    done = []
    for one in pending(engine, site, now_ms):
        asked = Asked(one.kind, one.day, one.edition, site.language, one.subject)
        try:
            made = keep.drafted(engine, site, asked, now_ms, var=var)  # before it is issued once more: late data count
            if one.do == "issue":
                keep.issued(engine, site, made.number, now_ms, var=var)
            elif one.kind == "daily" and one.edition == EDITIONS[0]:
                done += _changed(engine, site, now_ms, var)
        except (AlreadyIssued, CannotMake, NoRange, NotAllowed) as error:
            log.warning("%s: %s", one.number, error)
            continue
        done.append(one.number)
    return done


def _changed(engine: sa.Engine, site: Site, now_ms: int, var: Path) -> list[str]:
    """Drafts of corrections for the last days' reports whose figures late data changed."""
    found = []
    for report in kept.listed(engine, site.id, kind="daily", most=CHANGED_DAYS * len(EDITIONS)):
        corrected = {other.corrects for other in kept.listed(engine, site.id, from_day=report.from_day)}
        if report.issued_ms is not None and report.number not in corrected:
            made = keep.corrected(engine, site, report.number, now_ms, var=var)
            if made is not None:
                found.append(made.number)
    return found


async def run(engine: Callable[[], sa.Engine], sites: Callable[[], Mapping[str, Site]]) -> None:
    """Until it is cancelled; its child ends with it."""
    while True:
        await asyncio.sleep(LOOK_S)
        try:
            waiting = [
                site.id
                for site in list(sites().values())
                if await asyncio.to_thread(pending, engine(), site, time.time_ns() // 1_000_000)
            ]
        except (HistoryUnavailable, HistoryMisconfigured) as error:
            log.warning("reports wait: %s", error)
            continue
        for community in waiting:
            await _child(community)


async def _child(community: str) -> None:
    command = (sys.executable, "-m", "dashboard", "due", "--community", community, "--parent", str(os.getpid()))
    process = await asyncio.create_subprocess_exec(*command, preexec_fn=_low)
    try:
        code = await process.wait()
    except asyncio.CancelledError:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()
        raise
    if code:
        log.warning("reports of %s ended with %d", community, code)


def _low() -> None:
    os.nice(NICE)
