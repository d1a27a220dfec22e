"""Which days a page is of, and with which it compares them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Literal, NamedTuple

from ..site import Text
from ..words import MONTHS, WEEKDAYS, Lang

Kind = Literal["day", "week", "month", "range"]
MOST_DAYS = 400
"""A year and a month beside it; what is longer is a report."""

YEARS = range(2000, 2100)
"""Nothing else was ever recorded."""


class Period(NamedTuple):
    kind: Kind
    from_day: str
    to_day: str

    @property
    def days(self) -> int:
        return (date.fromisoformat(self.to_day) - date.fromisoformat(self.from_day)).days + 1


class Compared(NamedTuple):
    name: Text
    period: Period


def period_asked(asked: Mapping[str, str], today: str, days: int = 1) -> Period:
    """`span=day|week|month` with `day`, or `from` and `to`. What cannot be read is the last whole days, so many."""
    yesterday = shifted(today, -1)
    begin, end = _day(asked.get("from", "")), _day(asked.get("to", ""))
    if begin and end:
        begin, end = min(begin, end), max(begin, end)
        return Period("range", max(begin, shifted(end, 1 - MOST_DAYS)), end)
    if days > 1 and not _day(asked.get("day", "")):
        return Period("range", shifted(today, -days), yesterday)
    day, span = _day(asked.get("day", "")) or yesterday, asked.get("span", "day")
    return around(day, "week" if span == "week" else "month" if span == "month" else "day")


def around(day: str, kind: Kind) -> Period:
    """The day, or its week from Monday on, or its month."""
    at = date.fromisoformat(day)
    if kind == "week":
        monday = at - timedelta(days=at.weekday())
        return Period(kind, monday.isoformat(), (monday + timedelta(days=6)).isoformat())
    if kind == "month":
        first = at.replace(day=1)
        return Period(kind, first.isoformat(), (_next_month(first) - timedelta(days=1)).isoformat())
    return Period("day", day, day)


def before(period: Period, steps: int = 1) -> Period:
    """The same stretch so many steps earlier (later where negative)."""
    if period.kind != "month":
        days = -steps * period.days
        return Period(period.kind, shifted(period.from_day, days), shifted(period.to_day, days))
    year, month = divmod(int(period.from_day[:4]) * 12 + int(period.from_day[5:7]) - 1 - steps, 12)
    return around(date(year, month + 1, 1).isoformat(), "month")


def compared(period: Period) -> tuple[Compared, ...]:
    """A day with the one before it and the same weekday, anything else with the stretch before it."""
    last = before(period)
    if period.kind == "day":
        weekday = date.fromisoformat(period.from_day).weekday()
        same = Text(f"上周{WEEKDAYS['zh'][weekday]}", f"Last {WEEKDAYS['en'][weekday]}")
        return Compared(Text("前一日", "Day before"), last), Compared(same, before(period, 7))
    names = {"week": Text("上一周", "Week before"), "month": Text("上一月", "Month before")}
    return (Compared(names.get(period.kind, Text("前一段", "Before")), last),)


def title(period: Period, lang: Lang) -> str:
    """`3月12日 周四`, `3月9日–15日`, `2026年3月` / `Thu 12 Mar`, ..."""
    begin, end = date.fromisoformat(period.from_day), date.fromisoformat(period.to_day)
    if period.kind == "month":
        return f"{begin.year}年{begin.month}月" if lang == "zh" else f"{MONTHS[begin.month - 1]} {begin.year}"
    if period.kind == "day":
        if lang == "zh":
            return f"{begin.month}月{begin.day}日 周{WEEKDAYS['zh'][begin.weekday()]}"
        return f"{WEEKDAYS['en'][begin.weekday()]} {begin.day} {MONTHS[begin.month - 1]}"
    same_year = begin.year == end.year
    return f"{_date(begin, lang, not same_year)} – {_date(end, lang, not same_year)}"


def short_day(day: str, lang: Lang) -> str:
    """On an axis: `3/12` / `12 Mar`."""
    at = date.fromisoformat(day)
    return f"{at.month}/{at.day}" if lang == "zh" else f"{at.day} {MONTHS[at.month - 1]}"


def long_day(day: str, lang: Lang) -> str:
    """`2026/3/12` / `12 Mar 2026`: where there are days of several years."""
    return f"{day[:4]}/{short_day(day, lang)}" if lang == "zh" else f"{short_day(day, lang)} {day[:4]}"


def shifted(day: str, days: int) -> str:
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


def _date(at: date, lang: Lang, year: bool) -> str:
    if lang == "zh":
        return f"{f'{at.year}年' if year else ''}{at.month}月{at.day}日"
    return f"{at.day} {MONTHS[at.month - 1]}{f' {at.year}' if year else ''}"


def _next_month(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)


def _day(text: str) -> str:
    """'' for what is no day of `YEARS`."""
    try:
        at = date.fromisoformat(text)
    except ValueError:
        return ""
    return at.isoformat() if at.year in YEARS else ""
