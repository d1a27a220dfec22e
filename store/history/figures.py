"""Answers of the catalogue of figures, each with the rows it was counted from and what it leaves out.

What is not known is None, and says why (community/figures/known.py).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import chain
from typing import Any, NamedTuple

import sqlalchemy as sa

from community.figures import CATALOGUE, Figure
from community.figures.answers import Answer, Coverage, Gap, Line, Report
from community.figures.base import is_of
from community.figures.known import too_many, why_unknown
from community.history.days import DAY_MS, MINUTE_MS, bounds, days_between
from community.history.rows import CLOCK
from community.site import Site

from . import tables
from .database import reaching

MOST_DAYS = 3_700
MOST_SHARED = 100
"""Rows of an answer that several figures share."""
MOST_GAPS = 50
"""Gaps that are named; the minutes count them all."""


class NoRange(ValueError):
    """The days asked for are none; the sentence says why."""


def figures(
    engine: sa.Engine,
    site: Site,
    from_day: str,
    to_day: str,
    asked: Iterable[str] | None = None,
    *,
    every_feed: bool = True,
) -> Report:
    """The figures of the days, both included; `asked`: only these. Not `every_feed`: how long each feed was heard is
    said of those alone that these figures rest on. Raises NoRange, HistoryUnavailable, KeyError."""
    (found,) = stretches(engine, site, [(from_day, to_day)], asked, every_feed=every_feed)
    return found


def stretches(
    engine: sa.Engine,
    site: Site,
    several: Iterable[tuple[str, str]],
    asked: Iterable[str] | None = None,
    *,
    every_feed: bool = True,
) -> list[Report]:
    """As `figures`, of several stretches in one look: what is the same for all is asked once."""
    wanted = [CATALOGUE[id_] for id_ in asked] if asked is not None else list(CATALOGUE.values())
    moments = [_moments(site, *days) for days in several]
    if not moments:
        return []
    with reaching(), engine.connect() as connection:
        now_ms = clock_ms(connection, site)
        invented = connection.execute(sa.select(tables.demo).where(tables.demo.c.community == site.id)).first()
        feeds = {source.id for source in site.sources} if every_feed else _feeds_of(site, wanted)
        told = _heard_of(connection, site, [one.days for one in moments], feeds)
        return [
            _report(connection, site, one, wanted, now_ms, invented, heard)
            for one, heard in zip(moments, told, strict=True)
        ]


class _Moments(NamedTuple):
    days: list[str]
    from_ms: int
    to_ms: int


def _moments(site: Site, from_day: str, to_day: str) -> _Moments:
    """Raises NoRange."""
    try:
        (from_ms, _), (_, to_ms) = bounds(from_day, site.timezone), bounds(to_day, site.timezone)
    except (ValueError, OverflowError) as error:
        raise NoRange(f"days are written 2026-03-12: {error}") from error
    if not from_ms < to_ms <= from_ms + MOST_DAYS * DAY_MS:
        raise NoRange(f"from {from_day} to {to_day}: 1 to {MOST_DAYS} days can be asked for")
    return _Moments(days_between(from_day, to_day), from_ms, to_ms)


def _report(
    connection: sa.Connection,
    site: Site,
    moments: _Moments,
    wanted: Iterable[Figure],
    now_ms: int,
    invented: Any,
    heard: Mapping[str, list[Any]],
) -> Report:
    days, from_ms, to_ms = moments
    now_ms = _counted_ms(site, moments, heard, now_ms)
    passed = max(0, min(to_ms, now_ms) - from_ms) // MINUTE_MS
    demo_until_ms = None
    if invented is not None and invented.from_day <= days[-1] and from_ms < invented.until_ms:
        demo_until_ms = min(int(invented.until_ms), to_ms)
    coverage = covered(site, days, passed, heard)
    parameters: dict[str, Any] = {"community": site.id, "from_day": days[0], "to_day": days[-1], "from_ms": from_ms}
    parameters |= {"to_ms": to_ms, "now_ms": now_ms} | counts_of(coverage)
    look = _Look(connection, parameters)
    answers = [
        Answer(figure.id, None, 0, why="too_many")
        if too_many(figure, site, len(days))
        else answer(look, figure, site, coverage)
        for figure in wanted
    ]
    return Report(
        site.id, days[0], days[-1], len(days), site.timezone, from_ms, to_ms, now_ms, demo_until_ms, coverage, answers
    )


def _counted_ms(site: Site, moments: _Moments, heard: Mapping[str, list[Any]], now_ms: int) -> int:
    """Of a day that runs its minutes are worked out some seconds after they were heard: until then they are no gap."""
    days, from_ms, to_ms = moments
    if not from_ms < now_ms <= to_ms:
        return now_ms
    for day in reversed(days):
        log = next((row for row in heard.get(day, ()) if row.device == CLOCK), None)
        if log is not None:
            first_ms, next_ms = bounds(day, site.timezone)
            last = (log.gaps or [[0, 0]])[-1]
            unheard = first_ms + last[1] * MINUTE_MS == next_ms
            return min(now_ms, first_ms + last[0] * MINUTE_MS if unheard else next_ms)
    return now_ms


def counts_of(coverage: Coverage) -> dict[str, int]:
    """The parameters of a query that say how long somebody listened."""
    return {"minutes": coverage.minutes, "recorded": coverage.recorded, "days": coverage.recorded_days}


def clock_ms(connection: sa.Connection, site: Site) -> int:
    """The end of the last minute in which the log was heard; 0: never."""
    heard = tables.presence.c
    mine = heard.community == site.id
    newest = sa.select(sa.func.max(heard.hour_ms)).where(mine)
    # hour by hour: an hour has a row for each of thousands of devices, and the log's own is the last that a look
    # backwards through the key would come to
    hour_ms = connection.execute(newest).scalar()
    while hour_ms is not None:
        asked = sa.select(heard.minutes).where(mine, heard.hour_ms == hour_ms, heard.device == CLOCK)
        if minutes := connection.execute(asked).scalar():
            return int(hour_ms) + int(minutes).bit_length() * MINUTE_MS
        hour_ms = connection.execute(newest.where(heard.hour_ms < hour_ms)).scalar()
    return 0


def was_recorded(engine: sa.Engine, site: Site, from_day: str, to_day: str) -> bool:
    """Whether the log was written in any minute of the days. Raises HistoryUnavailable."""
    table = tables.presence_day.c
    held = (table.community == site.id, table.device == CLOCK, table.day.between(from_day, to_day), table.online > 0)
    with reaching(), engine.connect() as connection:
        return connection.execute(sa.select(table.day).where(*held).limit(1)).first() is not None


def _feeds_of(site: Site, wanted: Iterable[Figure]) -> Collection[str]:
    nothing = frozenset[str]()
    return nothing.union(*(site.feeds_of.get(system, nothing) for figure in wanted for system in figure.systems))


def _heard_of(
    connection: sa.Connection, site: Site, stretches_: Sequence[Sequence[str]], feeds: Collection[str]
) -> list[Mapping[str, list[Any]]]:
    """Of each stretch of days. Single days are asked for together, of longer ones the database sums each."""
    if len(stretches_) > 1 and all(len(days) == 1 for days in stretches_):
        first, last = min(days[0] for days in stretches_), max(days[0] for days in stretches_)
        return [heard_days(connection, site, first, last, feeds)] * len(stretches_)
    return [heard_days(connection, site, days[0], days[-1], feeds, by_day=False) for days in stretches_]


def heard_days(
    connection: sa.Connection, site: Site, first: str, last: str, feeds: Collection[str], *, by_day: bool = True
) -> dict[str, list[Any]]:
    """Day -> of the log and these feeds the minutes heard, of the log the gaps. Not `by_day`: of each feed the sum of
    all days stands at the first."""
    table = tables.presence_day.c
    days = (table.community == site.id, table.day.between(first, last))
    found: dict[str, list[Any]] = {}
    # by its name, which has an index with the day: its gaps stand in the row and in no index
    log = sa.select(table.device, table.day, table.online, table.gaps).where(*days, table.device == CLOCK)
    for row in connection.execute(log).all():
        found.setdefault(row.day, []).append(row)
    if not feeds:
        return found
    names = sorted(f"source:{id_}" for id_ in feeds)
    day, online = (table.day, table.online) if by_day else (sa.func.min(table.day), sa.func.sum(table.online))
    # the condition of the index of feeds, as it is written there
    asked = sa.select(table.device, day.label("day"), online.label("online")).where(*days, sa.text("system = ''"))
    asked = asked.where(table.device.in_(names))
    for feed in connection.execute(asked if by_day else asked.group_by(table.device).order_by(table.device)).all():
        found.setdefault(feed.day, []).append(feed)
    return found


def covered(site: Site, days: list[str], passed: int, heard: Mapping[str, list[Any]]) -> Coverage:
    feeds: dict[str, int] = {}
    recorded, recorded_days, told = 0, 0, {}
    for row in chain.from_iterable(heard.get(day, ()) for day in days):
        if row.device == CLOCK:
            recorded += row.online
            recorded_days += row.online > 0
            told[row.day] = row.gaps or []
        else:
            feed = row.device.removeprefix("source:")
            feeds[feed] = feeds.get(feed, 0) + int(row.online)
    gaps = _joined(site, days, told, passed)
    longest = sorted(gaps, key=lambda gap: gap.from_ms - gap.to_ms)[:MOST_GAPS]
    named = sorted(longest, key=lambda gap: gap.from_ms)
    return Coverage(passed, recorded, named, len(gaps), feeds, recorded_days)


def _joined(site: Site, days: list[str], told: Mapping[str, list[list[int]]], passed: int) -> list[Gap]:
    """The gaps of the days that have passed, those over midnight in one piece."""
    end_ms = bounds(days[0], site.timezone)[0] + passed * MINUTE_MS
    gaps: list[Gap] = []
    for day in days:
        first_ms, next_ms = bounds(day, site.timezone)
        for begin, end in told.get(day, [[0, (next_ms - first_ms) // MINUTE_MS]]):
            from_ms, to_ms = first_ms + begin * MINUTE_MS, min(first_ms + end * MINUTE_MS, end_ms)
            if from_ms >= to_ms:
                continue
            if gaps and gaps[-1].to_ms == from_ms:
                gaps[-1].to_ms = to_ms
            else:
                gaps.append(Gap(from_ms, to_ms))
    return gaps


class _Look:
    """Runs a query once whose few rows several figures share."""

    def __init__(self, connection: sa.Connection, parameters: Mapping[str, Any]) -> None:
        self._connection, self._parameters = connection, parameters
        self._found: dict[str, tuple[dict[str, int], Sequence[Any]]] = {}

    def rows(self, query: str) -> tuple[dict[str, int], Sequence[Any]]:
        """Column -> its place, the rows."""
        if query in self._found:
            return self._found[query]
        result = self._connection.execute(_statement(query), self._parameters)
        found = {name: n for n, name in enumerate(result.keys())}, result.all()
        if len(found[1]) < MOST_SHARED:  # a month of ports has 60,000, and nobody asks again
            self._found[query] = found
        return found


def answer(look: _Look, figure: Figure, site: Site, coverage: Coverage) -> Answer:
    """What the figure's query says, as it stands in the catalogue."""
    lines: list[Line] = []
    at, found_rows = look.rows(figure.query)
    value, n, left_out = at[figure.column], at["n"], at.get("left_out")
    of, by = at.get("of") if is_of(figure) else None, figure.by
    counted, missed = 0, 0
    scaled, part = _scales(figure.factor)
    for row in found_rows:
        amount = scaled(row[value]) if of is None else part(row[value], row[of])
        counted += (rows := int(row[n] or 0))
        missed += (lost := int(row[left_out] or 0) if left_out is not None else 0)
        lines.append(Line(dict(zip(by, row, strict=False)), amount, rows, lost))  # what follows the keys is left
    devices, heard = _heard(figure, site, coverage)
    told = Answer(figure.id, None, counted, missed, heard)
    told.why = why_unknown(figure, counted, heard, has_devices=devices)
    if told.why:
        return told
    if by:
        told.lines = lines
    else:
        told.value = lines[0].value if lines else None
        told.why = "nothing" if told.value is None else ""
    return told


@lru_cache(maxsize=256)
def _statement(query: str) -> sa.TextClause:
    """Read once: a month's report asks some of them thirty times."""
    return sa.text(query)


_Number = float | int | None


@lru_cache(maxsize=64)
def _scales(factor: float) -> tuple[Callable[[Any], _Number], Callable[[Any, Any], _Number]]:
    """(value -> value x factor, value and of -> value x factor / of), from whole numbers; None where there is no value,
    or nothing that it could be of. A day of ports has thousands of lines."""
    times, parts = round(factor), round(1 / factor) if factor < 1 else 1

    def scaled(value: Any) -> _Number:
        if value is None:
            return None
        whole: float | int = _number(value)
        if factor == 1:
            return whole
        return float(whole / parts if factor < 1 else whole * times)

    def part(value: Any, of: Any) -> _Number:
        value, of = _number(value), _number(of)
        if value is None or not of:
            return None
        if of == 1:
            return scaled(value)
        return float(value / (of * parts) if factor < 1 else value * times / of)

    return scaled, part


def _number(value: Any) -> Any:
    """PostgreSQL sums whole numbers to a Decimal."""
    return int(value) if isinstance(value, Decimal) else value


def _heard(figure: Figure, site: Site, coverage: Coverage) -> tuple[bool, float | None]:
    """(whether the site has what the figure is of, which part of the days somebody listened)."""
    if not coverage.minutes:
        return True, None
    recorded = coverage.recorded / coverage.minutes
    if not figure.systems:
        return True, min(1.0, recorded)
    feeds = frozenset[str]().union(*(site.feeds_of.get(system, ()) for system in figure.systems))
    if not feeds:
        return False, None
    if site.clock == "log":  # a recording has the beats that it has
        return True, min(1.0, recorded)
    return True, min(1.0, sum(coverage.feeds.get(feed, 0) for feed in feeds) / (coverage.minutes * len(feeds)))
