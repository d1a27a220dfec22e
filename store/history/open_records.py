"""Records as a reader outside the house may have them: the views of migrations 0007 and 0019, by the page.

The views name no place nearer than the community, no person, no device, and no alarm of care: what a reader may see is
decided there, once, for this API and for whoever points a BI tool at the database.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from .database import reaching
from .marks import moment_of, parts_of

MOST = 5_000


class View(NamedTuple):
    name: str
    columns: tuple[str, ...]
    key: tuple[str, str]
    """By which it is ordered and paged: a moment or day, then what tells two of one moment apart."""


VIEWS = {
    "alarms": View(
        "open_alarm",
        ("day", "at_ms", "alarm", "priority", "acknowledged_s", "closed_s", "id"),
        ("at_ms", "id"),
    ),
    "charging_sessions": View(
        "open_charging_session",
        ("day", "ended_ms", "started_ms", "kind", "energy_kwh", "reason", "id"),
        ("ended_ms", "id"),
    ),
    "orders": View(
        "open_order",
        ("day", "published_ms", "category", "phase", "taken_min", "done_min", "rating", "reopened", "id"),
        ("published_ms", "id"),
    ),
    "days": View("open_day", ("day", "measure", "dim1", "dim2", "n", "total", "missing", "id"), ("day", "id")),
    "presence": View("open_presence", ("day", "system", "devices", "known_min", "online_min", "id"), ("day", "id")),
}


class Page(NamedTuple):
    rows: list[dict[str, Any]]
    after: str
    """What to ask for next; empty: that was all."""


def records(engine: sa.Engine, community: str, kind: str, from_day: str, to_day: str, after: str, limit: int) -> Page:
    """Raises KeyError for a kind that there is not, NoMark, HistoryUnavailable."""
    view = VIEWS[kind]
    first, second = view.key
    where = "community = :community AND day BETWEEN :from_day AND :to_day"
    asked: dict[str, Any] = {"community": community, "from_day": from_day, "to_day": to_day}
    if after:
        moment, rest = parts_of(after, 2)
        asked |= {"moment": moment_of(moment, after) if first.endswith("_ms") else moment, "rest": rest}
        where += f" AND ({first} > :moment OR ({first} = :moment AND {second} > :rest))"
    size = max(1, min(limit, MOST))
    query = (
        f"SELECT {', '.join(view.columns)} FROM {view.name} WHERE {where} ORDER BY {first}, {second} LIMIT {size + 1}"
    )
    with reaching(), engine.connect() as connection:
        rows = [dict(row) for row in connection.execute(sa.text(query), asked).mappings()]
    more = len(rows) > size
    rows = rows[:size]
    return Page(_plain(rows), f"{rows[-1][first]}~{rows[-1][second]}" if more else "")


def _plain(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """PostgreSQL gives amounts as Decimal."""
    return [{name: float(v) if type(v).__name__ == "Decimal" else v for name, v in row.items()} for row in rows]
