"""Which days a report is about, what they are held against, and its number."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import NamedTuple

from ..history.days import days_before, days_between
from ..office.periods import MOST_DAYS, YEARS
from ..site import Site, Text
from ..words import MONTHS, Lang
from .model import Edition, Kind
from .numbers import Schedule
from .words import day_words, weekday_words

Days = tuple[str, str]
TREND_DAYS = 31
"""Of a long stretch its last days are drawn day by day; the tables have them all."""


_WRITTEN = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class NoPeriod(ValueError):
    """What was asked for are no days of a report; `said` tells why."""

    def __init__(self, said: Text) -> None:
        super().__init__(said.en)
        self.said = said


class Period(NamedTuple):
    days: Days
    compared: list[Days]
    names: list[Text]
    """What the compared days are called."""
    trend: list[Days]
    words: Text
    code: str
    """`20260312`, `2026W11`, `202603`."""


def _day(day: str) -> Period:
    trend = [(d, d) for d in days_between(days_before(day, 6), day)]
    week = days_before(day, 7)
    return Period(
        (day, day),
        [(days_before(day, 1),) * 2, (week, week)],
        [Text("昨日", "day before"), Text(f"上{weekday_words(day, 'zh')}", f"last {weekday_words(day, 'en')}")],
        trend,
        Text(day_words(day, "zh"), day_words(day, "en")),
        day.replace("-", ""),
    )


def _week(day: str) -> Period:
    at = date.fromisoformat(day)
    first = (at - timedelta(days=at.weekday())).isoformat()
    last = days_before(first, -6)
    year, week, _ = at.isocalendar()
    return Period(
        (first, last),
        [(days_before(first, 7 * n), days_before(last, 7 * n)) for n in (1, 4)],
        [Text("上周", "week before"), Text("四周前", "four weeks ago")],
        [(d, d) for d in days_between(first, last)],
        Text(f"{year}年第{week}周（{first} 至 {last}）", f"Week {week} of {year} ({first} to {last})"),
        f"{year}W{week:02}",
    )


def _month(day: str) -> Period:
    first = date.fromisoformat(day).replace(day=1)
    return Period(
        _of_month(first),
        [_of_month((first - timedelta(days=1)).replace(day=1)), _of_month(first.replace(year=first.year - 1))],
        [Text("上月", "month before"), Text("去年同月", "a year ago")],
        [(d, d) for d in days_between(*_of_month(first))],
        Text(f"{first.year}年{first.month}月", f"{MONTHS[first.month - 1]} {first.year}"),
        f"{first:%Y%m}",
    )


def _of_month(first: date) -> Days:
    following = (first + timedelta(days=32)).replace(day=1)
    return first.isoformat(), (following - timedelta(days=1)).isoformat()


def day_of(written: str) -> str:
    """`2026-03-12` as it stands; what else a standard calls a day is in no number and no row. Raises NoPeriod."""
    if not _WRITTEN.fullmatch(written):
        raise NoPeriod(
            Text(f"日期要写成 2026-03-12，不是 {written!r}", f"a day is written 2026-03-12, not {written!r}")
        )
    try:
        year = date.fromisoformat(written).year
    except ValueError as error:
        raise NoPeriod(
            Text(f"日期要写成 2026-03-12，没有 {written} 这一天", f"a day is written 2026-03-12: {error}")
        ) from error
    if year not in YEARS:
        first, last = YEARS[0], YEARS[-1]
        raise NoPeriod(
            Text(f"{written} 不在 {first} 至 {last} 年之间", f"{written} is not of the years {first} to {last}")
        )
    return written


def stretch(first: str, last: str) -> Period:
    """Any days, both included, in whichever order; beside them as many days before. Raises NoPeriod."""
    first, last = sorted((day_of(first), day_of(last)))
    days = days_between(first, last)
    n = len(days)
    if n > MOST_DAYS:
        raise NoPeriod(Text(f"{n} 天，最多 {MOST_DAYS} 天", f"{n} days are more than {MOST_DAYS}"))
    return Period(
        (first, last),
        [(days_before(first, n), days_before(first, 1))],
        [Text("前一段", "before")],
        [(d, d) for d in days[-TREND_DAYS:]],
        Text(f"{first} 至 {last}（{n} 天）", f"{first} to {last} ({n} day{'s' if n > 1 else ''})"),
        f"{first}-{last}".replace("-", ""),
    )


PERIODS: dict[str, Callable[[str], Period]] = {"day": _day, "week": _week, "month": _month}
SPANS = {"daily": "day", "weekly": "week", "monthly": "month", "handover": "day", "incident": "day"}

LETTERS = {"daily": "", "weekly": "", "monthly": "", "range": "R", "handover": "H", "incident": "I", "comparison": "C"}
EDITION_LETTERS = {"internal": "", "owners": "-O", "street": "-S"}


def period(span: str, day: str) -> Period:
    """Raises NoPeriod."""
    if span not in PERIODS:
        spans = ", ".join(PERIODS)
        raise NoPeriod(Text(f"没有 {span!r} 这种时段，只有 {spans}", f"there is no span {span!r}: {spans}"))
    return PERIODS[span](day_of(day))


def number(site: Site, kind: Kind, edition: Edition, code: str, lang: Lang) -> str:
    """`LT-20260312`, `LT-2026W11-O`, `LT-H20260312-0800`; in the other language it is a report of its own."""
    prefix = site.numbers_of(Schedule).number_prefix or site.id.upper()
    return f"{prefix}-{LETTERS[kind]}{code}{marks(site, edition, lang)}"


def marks(site: Site, edition: Edition, lang: Lang) -> str:
    """At the end of a number, where the edition is not the internal one and the language not the community's."""
    return EDITION_LETTERS[edition] + ("" if lang == site.language else f"-{lang.upper()}")
