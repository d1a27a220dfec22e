"""演示数据: what a wall would remember of the day before its log begins, as one record of that log, `demo.past`.

The demo's first start has thirty invented days in SQL (ingest/past.py) and none in its log. The end of their fold is
written here: what was raised and closed in the last 24 hours, the day's figures, passes by quarters of an hour. It is
a record, so a replay knows it too; the first one counts, and it may speak only of the time before the log: what was
heard by this house nobody can invent. The wall says 演示数据 beside everything it makes up.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec.structs import replace

from .clock import local_day
from .demo import DEMO
from .draft import Draft
from .model import BadRecord
from .state import ACTIVATIONS, RECENT, Activation, Closed, Past, Today
from .systems.base import typed

SLACK_MS = 60_000
"""The invented days end with a minute; the log may have begun within it."""

QUARTERS = 97
"""Of 24 hours, the one that has just begun and the one that is not yet over both counted."""


class Recalled(Past, kw_only=True):
    activations: Annotated[tuple[Activation, ...], msgspec.Meta(max_length=ACTIVATIONS)]
    """Oldest first."""
    closed: Annotated[tuple[Closed, ...], msgspec.Meta(max_length=RECENT)]
    """Newest first."""
    today: Today
    critical_ms: int = 0


def recall(draft: Draft) -> None:
    """Raises BadRecord for any community but the demo, and where it speaks of a time that the log knows itself."""
    told: Recalled = typed(Recalled, draft.record.data)
    state, changes = draft.state, draft.changes
    if state.site.id != DEMO:
        raise BadRecord(f"data: {state.site.id!r} is a real community: nobody invents its past")
    if not told.from_ms < told.until_ms <= (state.started_ms or draft.clock_ms) + SLACK_MS:
        raise BadRecord("data: it must begin before it ends, and end before the log begins")
    if len(told.passes) > QUARTERS:
        raise BadRecord(f"data: passes of {len(told.passes)} quarters of an hour, a day has {QUARTERS - 1}")
    if state.past is not None:
        return
    changes.past = Past(told.from_ms, told.until_ms, told.quarter, told.passes)
    changes.activations = (*told.activations, *changes.activations)
    changes.closed = (*changes.closed, *reversed(told.closed))
    if told.critical_ms > max(state.critical_ms, changes.critical_ms or 0):
        changes.critical_ms = told.critical_ms
    now = changes.today or state.today
    day = local_day(draft.clock_ms, state.site.timezone)
    if told.today.day == day:
        changes.today = _sum(told.today, now) if now.day == day else told.today


def _sum(before: Today, now: Today) -> Today:
    sums = {name: getattr(before, name) + getattr(now, name) for name in Today.__struct_fields__ if name != "day"}
    return replace(now, **sums)
