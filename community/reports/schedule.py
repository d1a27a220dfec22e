"""Which reports are due: a pure function of the site's hours, the moment, and what is there already."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Literal, NamedTuple

from ..clock import local
from ..history.days import days_before
from ..site import Site
from .model import Edition, Kind
from .numbers import Schedule
from .periods import PERIODS, SPANS, number

KEPT_UP_DAYS = 3
"""A machine that was off makes up for so many days; who wants an older report asks for it."""


class Due(NamedTuple):
    do: Literal["draft", "issue"]
    kind: Kind
    day: str
    edition: Edition
    number: str
    subject: str = ""


def due(site: Site, now_ms: int, drafted: Collection[str], issued: Collection[str]) -> list[Due]:
    """`drafted`, `issued`: numbers that are there. Each thing once, the oldest first."""
    hours = site.numbers_of(Schedule)
    now = local(now_ms, site.timezone)
    today, clock = now.date().isoformat(), now.strftime("%H:%M")
    found: list[Due] = []
    for back in range(KEPT_UP_DAYS, 0, -1):
        day, following = days_before(today, back), days_before(today, back - 1)
        past = following < today
        if not past and clock < hours.draft_at:
            continue
        for kind in _ended(day):
            for edition in hours.editions:
                name = number(site, kind, edition, PERIODS[SPANS[kind]](day).code, site.language)
                if name not in drafted and name not in issued:
                    found.append(Due("draft", kind, day, edition, name))
                if name not in issued and (past or clock >= hours.issue_at):
                    found.append(Due("issue", kind, day, edition, name))
    for change in sorted(hours.handover_at):
        if clock >= change:
            code = f"{today.replace('-', '')}-{change.replace(':', '')}"
            name = number(site, "handover", "internal", code, site.language)
            if name not in drafted and name not in issued:
                found.append(Due("draft", "handover", today, "internal", name, change))
    return found


def _ended(day: str) -> list[Kind]:
    """What ended with the day: the day itself, a week on Sunday, a month with its last day."""
    at = date.fromisoformat(day)
    kinds: list[Kind] = ["daily"]
    if at.weekday() == 6:
        kinds.append("weekly")
    if days_before(day, -1).endswith("-01"):
        kinds.append("monthly")
    return kinds
