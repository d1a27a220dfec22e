"""The last 24 hours beneath the plan: alarms as markers, passes through the doors as a curve."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..state import Alarm, State, source_freshness
from ..systems.access import QUARTER_MS, QUARTERS
from ..words import WALL, Lang
from .lens import Lens


def ribbon_board(state: State, alarms: Sequence[Alarm]) -> dict[str, Any]:
    """Markers of the last 24 hours, oldest first: moment, priority, and whether the alarm still stands."""
    standing = {a.key for a in alarms}
    latest = {a.key: a for a in state.activations}
    marks = [[a.at_ms, int(a.priority[1:]), int(a.key in standing and latest[a.key] is a)] for a in state.activations]
    return {"marks": marks}


def passes_board(state: State, lens: Lens, lang: Lang) -> dict[str, Any]:
    """Passes a quarter of an hour, from `from_ms` on, oldest first: whole quarters alone, so that a pass in the hall
    sends no frame. Empty where no door has counted any; before the first that one did nothing is known. None: nobody
    passed as far as is known, and the doors' feed was not heard all the while."""
    quarter = state.clock_ms // QUARTER_MS
    counts = lens.passes()
    known = [q for q in counts if quarter - QUARTERS < q < quarter]
    what = WALL["ribbon_passes" if known else "ribbon_what"].get(lang)
    if not known:
        return {"what": what, "from_ms": 0, "counts": []}
    first = min(known)
    none = _none_known(state, lens)
    shown = [counts.get(q) or (0 if none[0] <= q < none[1] else None) for q in range(first, quarter)]
    return {"what": what, "from_ms": first * QUARTER_MS, "counts": shown}


def _none_known(state: State, lens: Lens) -> tuple[int, int]:
    """The quarters (from, until) in which every feed of doors was heard without a break: no pass there is 0. Whether it
    was heard before its last break nobody remembers."""
    begun, ended = 0, state.clock_ms // QUARTER_MS
    for feed in (state.sources.get(id_) for id_ in lens.door_feeds):
        if feed is None or not feed.seen_ms:
            continue  # nobody speaks for these doors but they themselves
        begun = max(begun, -(-feed.since_ms // QUARTER_MS))
        if source_freshness(state, feed.id) == "stale":
            ended = min(ended, feed.seen_ms // QUARTER_MS)
    return begun, ended
