"""A busy day of the garden (tests/layouts/garden.py), told line by line: alarms, passes, sessions, orders."""

from __future__ import annotations

import sqlalchemy as sa
from msgspec.structs import replace

from community.reports.model import Edition, Kind, Paper
from community.site import Post, Text
from community.words import Lang
from dashboard.reports.make import Asked, make
from tests.history.pages import DAY_MS, HOUR_MS, MINUTE_MS, T0_MS, Pages, write
from tests.layouts.garden import GARDEN

SITE = replace(GARDEN, clock="live", timezone="Asia/Shanghai")
DAY = "2026-03-12"
FEEDS = tuple(source.id for source in SITE.sources)
MADE_MS = T0_MS + DAY_MS + 10 * MINUTE_MS

ALARMS = (
    ("SOS/SOS-1", "P1", 21, 47, 192),
    ("FALL/subject-00000001", "P1", 3, 20, 900),
    ("LONG_OUT/subject-00000002", "P3", 19, 100, 3600),
    ("EBIKE_LIFT/C-3", "P2", 18, 25, 95),
    ("EBIKE_LIFT/C-3", "P2", 19, 20, 90),
    ("EBIKE_LIFT/C-3", "P2", 20, 21, 110),
    ("LEAK_HOME/W-2", "P3", 9, 30, 0),
    ("BIN_FULL/BIN-1", "P4", 11, 0, 0),
)
"""(alarm, priority, hour, acknowledged after s, closed after s); 0: not on that day."""


def told(*, quick: bool = False) -> Pages:
    """Two days: the one before has less; ticks and feeds are heard but for 54 minutes of the last; `quick`: now
    and then only, what happens is the same."""
    pages = Pages(SITE.id)
    for n in range(-1, 1):
        from_ms = T0_MS + n * DAY_MS
        for minute in range(0, 1440, 120 if quick else 1):
            if n == 0 and 132 <= minute < 186:
                continue
            at_ms = from_ms + minute * MINUTE_MS
            pages.tick(at_ms)
            for feed in FEEDS if minute % (720 if quick else 20) == 0 else ():
                pages.log("source.heartbeat", feed, at_ms=at_ms + 1)
        for number in range(60 if n else 90):
            data = {"method": ("face", "card", "qr")[number % 3], "result": "granted" if number % 9 else "denied"}
            pages.log("access.pass", "D-1", data, at_ms=from_ms + 7 * HOUR_MS + number * MINUTE_MS)
        for number in range(6):
            at_ms = from_ms + (8 + number) * HOUR_MS
            session = f"s{n}-{number}"
            pages.log("charging.session", "EV-1-1", {"session": session, "phase": "started"}, at_ms=at_ms)
            end = {"session": session, "phase": "ended", "energy_wh": 1000.25 * (number + 1)}
            pages.log("charging.session", "EV-1-1", end, at_ms=at_ms + HOUR_MS)
        for number in range(5):
            order, at_ms = f"W{n}-{number}", from_ms + 9 * HOUR_MS + number * MINUTE_MS
            head = {"order": order, "phase": "published", "category": "plumbing"}
            pages.log("order.phase", "desk", head, at_ms=at_ms)
            if number:
                pages.log(
                    "order.phase", "desk", {"order": order, "phase": "taken"}, at_ms=at_ms + number * 9 * MINUTE_MS
                )
            if number > 2:
                pages.log("order.phase", "desk", {"order": order, "phase": "done"}, at_ms=at_ms + 2 * HOUR_MS)
                rated = {"order": order, "phase": "rated", "rating": number}
                pages.log("order.phase", "desk", rated, at_ms=at_ms + 3 * HOUR_MS)
    for key, priority, hour, ack_s, back_s in ALARMS:
        pages.alarm(key, T0_MS + hour * HOUR_MS + 13_000, priority=priority, ack_s=ack_s, back_s=back_s)
    pages.alarm("EBIKE_LIFT/C-3", T0_MS - 5 * HOUR_MS, priority="P2", ack_s=20, back_s=60)
    pages.tick(T0_MS + DAY_MS)
    return pages


def written(engine: sa.Engine, *, quick: bool = True) -> None:
    write(engine, told(quick=quick).entries, site=SITE)


def paper(
    engine: sa.Engine,
    kind: Kind = "daily",
    edition: Edition = "internal",
    lang: Lang = "zh",
    day: str = DAY,
    subject: str = "",
) -> Paper:
    return make(engine, SITE, Asked(kind, day, edition, lang, subject), MADE_MS)


MANAGER = Post("post:manager", Text("项目经理", "Manager"), "manager")
