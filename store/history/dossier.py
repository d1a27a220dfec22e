"""Reads what a report is made from: answers of the catalogue and the rows that it lists one by one.

Nothing after the end of the days is looked at, so a report that is made again says the same unless late data came.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa

from community.audit import HOUSE
from community.figures.alarms import STANDING
from community.figures.answers import Coverage, Gap, Report
from community.figures.mains import mains
from community.history.days import DAY_MS, HOUR_MS, MINUTE_MS
from community.history.lives import CAME, Life, lives
from community.history.numbers import Retention
from community.history.presence import feed_lines, gaps, on_a_line, watched, whole
from community.history.rows import CLOCK
from community.model import LAST_MS
from community.reports.facts import JUDGING, Facts, Held, Judged, Order, Repeated, Said, Shot, Silent, Supplied, said_of
from community.site import Site

from . import tables
from .database import reaching
from .figures import MOST_GAPS, figures, stretches
from .performance import judged
from .retention import KEPT
from .rollups import heard

LOOK_BACK_MS = 30 * DAY_MS
"""How far rules look back for what comes again and again."""

_STANDING = sa.text(STANDING)
_J = tables.journal.c

AT_ONCE = 500
"""Alarms asked for in one statement."""

Days = tuple[str, str]


def dossier(
    engine: sa.Engine,
    site: Site,
    days: Days,
    compared: Iterable[Days],
    trend: Iterable[Days],
    wanted: Sequence[str],
    *,
    of_now: Sequence[str] | Callable[[Sequence[Report]], Sequence[str]],
    of_compared: Sequence[str] | None = None,
    daily: bool = False,
    monthly: bool = False,
    spoken: bool = False,
) -> Facts:
    """`wanted`: the figures that are read of each stretch of the `trend`; `of_now`: of the days, as the trend may say;
    `of_compared`: of those beside them, None: all. `daily`: the pictures too; `monthly`: how far back each
    table reaches, what was supplied of water. `spoken`: what
    sentences name one by one, of the alarms that came those of P1 without a verdict, of the silent those that were
    silent for a day.

    Raises NoRange, HistoryUnavailable."""
    lately = stretches(engine, site, trend, wanted, every_feed=False)
    now = figures(engine, site, *days, of_now(lately) if callable(of_now) else of_now)
    rules = _judged(engine, site, now.to_ms)
    with reaching(), engine.connect() as connection:
        return Facts(
            site=site,
            now=now,
            compared=stretches(engine, site, compared, of_compared, every_feed=False),
            trend=lately,
            lives=(_critical if spoken else came)(connection, site, now.from_ms, now.to_ms),
            standing=standing(connection, site, now.to_ms),
            repeated=_repeated(connection, site, now.from_ms, now.to_ms),
            judged=rules,
            orders=_orders(connection, site, now.to_ms),
            silent=silent(connection, site, min(now.to_ms, now.as_of_ms), for_a_day=spoken),
            held=_held(connection, site) if monthly else [],
            supplied=_supplied(connection, site, days) if monthly else None,
            said={} if spoken else _said(connection, site, now.from_ms, now.to_ms),
            shots=_shots(connection, site, now.from_ms, now.to_ms) if daily else (),
        )


def shift(engine: sa.Engine, site: Site, day: str, from_ms: int, to_ms: int) -> Facts:
    """Of a shift that ends on that day: lists only, no figure of the catalogue. Raises NoRange, HistoryUnavailable."""
    day_ = figures(engine, site, day, day, [])
    with reaching(), engine.connect() as connection:
        now = msgspec.structs.replace(
            day_, from_ms=from_ms, to_ms=to_ms, coverage=_recorded(connection, site, from_ms, min(to_ms, day_.as_of_ms))
        )
        return Facts(
            site=site,
            now=now,
            compared=[],
            trend=[],
            lives=came(connection, site, from_ms, to_ms),
            standing=standing(connection, site, to_ms),
            repeated=[],
            judged=[],
            orders=_orders(connection, site, to_ms),
            silent=silent(connection, site, min(to_ms, day_.as_of_ms)),
            said=_said(connection, site, from_ms, to_ms),
        )


def _recorded(connection: sa.Connection, site: Site, from_ms: int, to_ms: int) -> Coverage:
    """Minutes of the stretch in which the log was written, and its feeds were heard."""
    who = [CLOCK, *(f"source:{source.id}" for source in site.sources)]
    said = heard(connection, site, from_ms, to_ms, who)
    line = on_a_line(said.get(CLOCK, ()), from_ms, to_ms)
    feeds = {id_: heard_.bit_count() for id_, heard_ in feed_lines(site, said, line, from_ms, to_ms).items()}
    asked_min = whole(from_ms, to_ms)
    stretches = gaps(line, asked_min)
    named = [Gap(from_ms + begin * MINUTE_MS, from_ms + end * MINUTE_MS) for begin, end in stretches[:MOST_GAPS]]
    return Coverage(asked_min.bit_count(), line.bit_count(), named, len(stretches), feeds)


class Found(NamedTuple):
    """An occurrence: its life, and the rows of the journal that belong to it."""

    life: Life
    rows: list[Any]
    nth: int
    """Of those that came in the same second, from 1 on."""

    @property
    def name(self) -> str:
        """By which it is found again, whatever comes after it."""
        life = self.life
        return life.occurrence if "@" in life.occurrence else f"{life.occurrence}@{life.began_ms}"


def occurrence(engine: sa.Engine, site: Site, name: str) -> Found | None:
    """`name`: `SOS/SOS-035@1773..`, or an alarm's key alone: its last. None: there is no such alarm."""
    subject, _, began = name.partition("@")
    table = tables.journal.c
    with reaching(), engine.connect() as connection:
        rows = connection.execute(
            sa.select(tables.journal)
            .where(table.community == site.id, table.subject == subject)
            .order_by(table.at_ms, table.record_id)
        ).all()
        lives_ = lives(rows)
        found = [life for life in lives_ if not began or life.occurrence == name or str(life.began_ms) == began]
        if not found:
            return None
        life = found[-1]
        later = next((other.began_ms for other in lives_ if other.began_ms > life.began_ms), LAST_MS)
        end_ms = min(later, (life.closed_ms or LAST_MS) + 1)
        orders = connection.execute(
            sa.select(tables.journal).where(
                table.community == site.id,
                table.subject == life.device,
                table.at_ms >= life.began_ms,
                table.at_ms < end_ms,
            )
        ).all()
        nth = _nth(connection, site, life, subject)
    # what somebody wrote of it after it had closed names its occurrence
    own = [row for row in rows if life.began_ms <= row.at_ms < end_ms or row.occurrence == life.occurrence]
    return Found(life, sorted([*own, *orders], key=lambda row: (row.at_ms, row.record_id)), nth)


def _nth(connection: sa.Connection, site: Site, life: Life, subject: str) -> int:
    """Those that came again stand behind those that came: of most of them that is no beginning."""
    second_ms = life.began_ms - life.began_ms % 1000
    came_ = connection.execute(
        sa.select(_J.type, _J.at_ms, _J.subject).where(
            *(_J.community == site.id, _J.at_ms >= second_ms, _J.at_ms < second_ms + 1000, _J.type.in_(CAME))
        )
    ).all()
    own = (CAME[life.again], life.began_ms, subject)
    return 1 + sum((row.type, row.at_ms, row.subject) < own for row in came_)


def came(connection: sa.Connection, site: Site, from_ms: int, to_ms: int) -> list[Life]:
    """Alarms that came in the stretch, with what became of them before its end."""
    rows = connection.execute(_told(site, from_ms, to_ms).order_by(_J.at_ms, _J.record_id)).all()
    return [life for life in lives(rows) if not life.again]


def _critical(connection: sa.Connection, site: Site, from_ms: int, to_ms: int) -> list[Life]:
    """Those of P1 among them: when each came, was acknowledged and closed, which the index by type has. A year of the
    rows themselves is read from no disk for a few sentences."""
    here = (_J.community == site.id, _J.at_ms >= from_ms, _J.at_ms < to_ms)
    alarms = sa.select(_J.alarm).where(*here, _J.type == "alarm.activated", _J.priority == "P1").distinct()
    kinds = connection.execute(alarms).scalars().all()
    nothing = (sa.literal(words).label(name) for name, words in (("occurrence", ""), ("by", ""), ("reason", "")))
    subject = (_J.alarm + "/" + _J.device).label("subject")
    asked = sa.select(_J.type, subject, _J.alarm, _J.device, _J.priority, _J.at_ms, _J.record_id, *nothing).where(
        *here, _J.type.in_((*CAME, "alarm.acknowledged", "alarm.closed")), _J.alarm.in_(kinds)
    )
    # put in order here: SQLite would go through the rows, which lie in it
    rows = sorted(connection.execute(asked).all(), key=lambda row: (row.at_ms, row.record_id))
    return [life for life in lives(rows) if not life.again and life.priority == "P1"]


def standing(connection: sa.Connection, site: Site, at_ms: int) -> list[Life]:
    """Alarms that had come and not closed."""
    subjects = connection.execute(_STANDING, {"community": site.id, "to_ms": at_ms}).scalars().all()
    rows: list[Any] = []
    for start in range(0, len(subjects), AT_ONCE):
        lot = subjects[start : start + AT_ONCE]
        rows += connection.execute(_told(site, 0, at_ms).where(_J.subject.in_(lot))).all()
    rows.sort(key=lambda row: (row.at_ms, row.record_id))
    return [life for life in lives(rows) if life.open]


def _told(site: Site, from_ms: int, to_ms: int) -> sa.Select[Any]:
    """What lives are made of; a row's data, where it is nothing else, stays unread."""
    columns = (_J.type, _J.subject, _J.occurrence, _J.alarm, _J.device, _J.priority, _J.at_ms, _J.record_id)
    data = sa.case((_J.type == "alarm.shelved", _J.data)).label("data")
    return sa.select(*columns, _J.by, _J.reason, data).where(
        _J.community == site.id, _J.at_ms >= from_ms, _J.at_ms < to_ms
    )


def _repeated(connection: sa.Connection, site: Site, from_ms: int, to_ms: int) -> list[Repeated]:
    times, now = sa.func.count(), sa.func.sum(sa.case((_J.at_ms >= from_ms, 1), else_=0))
    asked = (
        sa.select(
            _J.alarm, _J.device, times.label("times"), sa.func.min(_J.priority).label("priority"), now.label("now")
        )
        .where(_J.community == site.id, _J.at_ms >= to_ms - LOOK_BACK_MS, _J.at_ms < to_ms)
        .where(_J.type == "alarm.activated")
        .group_by(_J.alarm, _J.device)
        .having(times >= 3)
        .order_by(times.desc(), _J.alarm, _J.device)
        .limit(50)
    )
    rows = connection.execute(asked)
    return [Repeated(row.alarm, row.device, row.times, row.priority, row.now > 0) for row in rows]


def _said(connection: sa.Connection, site: Site, from_ms: int, to_ms: int) -> dict[str, Said]:
    asked = sa.select(_J.type, _J.occurrence, _J.reason, _J.data).where(
        _J.community == site.id, _J.at_ms >= from_ms, _J.at_ms < to_ms, _J.type.in_(JUDGING)
    )
    return said_of(connection.execute(asked.order_by(_J.at_ms, _J.record_id)))


def _shots(connection: sa.Connection, site: Site, from_ms: int, to_ms: int) -> list[Shot]:
    """What the house had asked for names the alarm; a person's order says where and when."""
    asked = sa.select(_J.type, _J.subject, _J.occurrence, _J.by, _J.at_ms, _J.reason, _J.data).where(
        _J.community == site.id,
        _J.at_ms >= from_ms,
        _J.at_ms < to_ms,
        _J.type.in_(("action.ordered", "action.confirmed", "alarm.commented")),
    )
    why: dict[str, str] = {}
    found = []
    for row in connection.execute(asked.order_by(_J.at_ms, _J.record_id)):
        picture = str(row.data.get("picture", ""))
        if row.type == "action.ordered" and row.by == HOUSE:
            why[str(row.data.get("action", ""))] = row.reason
        elif picture and row.type == "alarm.commented":
            found.append(Shot(picture, row.at_ms, row.subject.partition("/")[2], row.occurrence))
        elif picture:
            found.append(Shot(picture, row.at_ms, row.subject, why.get(str(row.data.get("action", "")), "")))
    return found


def _judged(engine: sa.Engine, site: Site, to_ms: int) -> list[Judged]:
    """By rule what people said of how it ended, of each occurrence their last word."""
    rules = judged(engine, site, to_ms - LOOK_BACK_MS, to_ms)
    return sorted(Judged(rule.alarm, rule.judged, rule.false) for rule in rules if rule.judged)


def _orders(connection: sa.Connection, site: Site, to_ms: int) -> list[Order]:
    """Those that are not done at the end, the oldest first; what was said later is not looked at."""
    table = tables.work_order.c
    asked = (
        sa.select(table.category, table.phase, table.published_ms, table.due_ms, table.taken_ms, table.post)
        .where(table.community == site.id, table.published_ms < to_ms)
        .where(table.ended_ms.is_(None) | (table.ended_ms >= to_ms))
        .order_by(table.published_ms, table.work_order)
    )
    found = []
    for row in connection.execute(asked):
        taken_ms = row.taken_ms if row.taken_ms is not None and row.taken_ms < to_ms else None
        phase = "taken" if taken_ms is not None else "published"
        found.append(Order(row.category, phase, row.published_ms, row.due_ms, taken_ms, row.post if taken_ms else ""))
    return found


def silent(connection: sa.Connection, site: Site, at_ms: int, *, for_a_day: bool = False) -> list[Silent]:
    """Feeds and devices whose last word no longer held at the moment, while the log itself was heard. `for_a_day`: of
    the devices those alone that were not heard within the last day."""
    before, now = _last_hours(connection, site, at_ms, [f"source:{s.id}" for s in site.sources] if for_a_day else None)
    last = {who: hour_ms + minutes.bit_length() * MINUTE_MS for who, hour_ms, minutes in before}
    for who, hour_ms, minutes in now:
        if said := minutes & whole(hour_ms, at_ms):
            last[who] = hour_ms + said.bit_length() * MINUTE_MS
    within = _heard_within(connection, site, at_ms) | last.keys() if for_a_day else last.keys()
    if not within:
        return []
    stale: list[Silent] = []
    dead: set[str] = set()
    for source in site.sources:
        if source.required and last.get(f"source:{source.id}", 0) < at_ms - 3 * max(
            MINUTE_MS, int(1000 * source.period_s)
        ):
            stale.append(Silent(source.id, last.get(f"source:{source.id}")))
            dead.add(source.id)
    for device, holds_min in watched(site):
        if device.source in dead or (for_a_day and device.id in within):
            continue
        if last.get(device.id, 0) < at_ms - (holds_min + 1) * MINUTE_MS:
            stale.append(Silent(device.id, last.get(device.id)))
    return stale


def _last_hours(
    connection: sa.Connection, site: Site, at_ms: int, who: Sequence[str] | None
) -> tuple[Sequence[Any], Sequence[Any]]:
    """(who, hour, minutes): of everybody, or of these, the last whole hour of a day in which he was heard; of everybody
    the hour that runs. A day has a row for each device and hour, and of most of them nobody asks."""
    heard = tables.presence.c
    newest = sa.select(heard.device, sa.func.max(heard.hour_ms).label("hour_ms")).where(*_of_a_day(site, at_ms))
    if who is not None:
        newest = newest.where(heard.device.in_(who))
    last = newest.group_by(heard.device).subquery()
    rows = sa.select(heard.device, heard.hour_ms, heard.minutes).where(heard.community == site.id)
    same = (heard.device == last.c.device) & (heard.hour_ms == last.c.hour_ms)
    before = connection.execute(rows.join_from(tables.presence, last, same)).all()
    return before, connection.execute(rows.where(heard.hour_ms > at_ms - HOUR_MS, heard.hour_ms < at_ms)).all()


def _of_a_day(site: Site, at_ms: int) -> tuple[Any, ...]:
    """The whole hours of a day before the moment in which anybody was heard."""
    heard = tables.presence.c
    within = (heard.hour_ms >= at_ms - DAY_MS - HOUR_MS, heard.hour_ms <= at_ms - HOUR_MS)
    return (heard.community == site.id, *within, heard.minutes != 0)


def _heard_within(connection: sa.Connection, site: Site, at_ms: int) -> set[str]:
    return set(
        connection.execute(sa.select(tables.presence.c.device).where(*_of_a_day(site, at_ms)).distinct()).scalars()
    )


def _supplied(connection: sa.Connection, site: Site, days: Days) -> Supplied:
    level, meters = mains(site)
    table = tables.meter_day.c
    asked = sa.select(sa.func.sum(table.volume_ml)).where(
        table.community == site.id, table.device.in_(meters), table.day.between(*days)
    )
    total = connection.execute(asked).scalar() if meters else None
    return Supplied(level, int(total) / 1e6 if total is not None else None)


def _held(connection: sa.Connection, site: Site) -> list[Held]:
    numbers = site.numbers_of(Retention)
    found = []
    for table, number in KEPT:
        mine = sa.select(table.c.day).where(table.c.community == site.id)
        # by whatever leads the key after the community: passes have no index by day, and a year has millions
        first = table.c.hour_ms if table is tables.presence else table.c.get("at_ms", table.c.day)
        oldest = connection.execute(mine.order_by(first).limit(1)).scalar()
        found.append(Held(str(table.name), getattr(numbers, number), oldest or ""))
    return found
