"""The last 24 hours beneath the plan: alarms as markers, passes through the doors as a curve."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ..clock import local_day
from ..freshness import source_freshness
from ..state import Alarm, State
from ..systems.access import QUARTER_MS, QUARTERS
from ..words import WALL, Lang, say, span
from .lens import Lens
from .rows import RECENT as RECENT_ROWS

MINUTE_MS = 60_000

Span = tuple[int, int]
"""From, until, in ms."""


def ribbon_board(state: State, alarms: Sequence[Alarm]) -> dict[str, Any]:
    """Markers of the last 24 hours, oldest first: moment, priority, and whether the alarm still stands."""
    standing = {a.key for a in alarms}
    latest = {a.key: a for a in state.activations}
    marks = [[a.at_ms, int(a.priority[1:]), int(a.key in standing and latest[a.key] is a)] for a in state.activations]
    return {"marks": marks}


def passes_board(state: State, lens: Lens, lang: Lang) -> dict[str, Any]:
    """Passes a quarter of an hour, from `from_ms` on, oldest first: whole quarters alone, so that a pass in the hall
    sends no frame. Empty where no door has counted any; before the first that one did nothing is known. None, and a gap
    with its words: the doors' feed was not heard for a part of that quarter, so its passes are not all of them."""
    newest = state.clock_ms // QUARTER_MS
    counts, deaf = _counts(state, lens)
    known = [q for q in counts if newest - QUARTERS < q < newest]
    what = WALL["ribbon_passes" if known else "ribbon_what"].get(lang)
    if not known:
        return {"what": what, "from_ms": 0, "counts": [], "gaps": []}
    first = min(known)
    gaps = [gap for gap in joined([*_gaps(state, lens), *deaf]) if gap[1] > first * QUARTER_MS]
    lost = {q for begun, ended in gaps for q in range(begun // QUARTER_MS, -(-ended // QUARTER_MS))}
    return {
        "what": what,
        "from_ms": first * QUARTER_MS,
        "counts": [None if q in lost else counts.get(q, 0) for q in range(first, newest)],
        "gaps": [[begun, ended, _words(ended - begun, lang)] for begun, ended in gaps],
    }


def _words(missing_ms: int, lang: Lang) -> str:
    """Half a minute is hatched, and not worth a word."""
    return say(WALL["missing"], lang, span(missing_ms, lang)) if missing_ms >= MINUTE_MS else ""


def _counts(state: State, lens: Lens) -> tuple[dict[int, int], list[Span]]:
    """Quarter of an hour -> passes; and the quarters of the invented day in which the doors were not heard."""
    counts = dict(lens.passes())
    past = state.past
    if past is None:
        return counts, []
    deaf = []
    for ago, n in enumerate(past.passes):
        quarter = past.quarter - ago
        if n is None:
            deaf.append((quarter * QUARTER_MS, (quarter + 1) * QUARTER_MS))
        else:
            counts[quarter] = counts.get(quarter, 0) + n
    return counts, deaf


def _gaps(state: State, lens: Lens) -> Iterator[Span]:
    """When a feed of doors was not heard, to the minute where it still is not."""
    for feed in (state.sources.get(id_) for id_ in lens.door_feeds):
        if feed is None or not feed.said_ms:
            continue  # nobody speaks for these doors but they themselves
        yield from feed.gaps
        if source_freshness(state, feed.id) == "stale":
            yield feed.said_ms, max(feed.said_ms + 1, state.clock_ms - state.clock_ms % MINUTE_MS)


def joined(spans: Iterable[Span]) -> list[Span]:
    """Those that touch or overlap as one, the earliest first."""
    found: list[Span] = []
    for begun, ended in sorted(spans):
        if found and begun <= found[-1][1]:
            found[-1] = (found[-1][0], max(ended, found[-1][1]))
        else:
            found.append((begun, ended))
    return found


def invented(state: State) -> dict[str, bool]:
    """Which parts of the wall have 演示数据 in them: the ribbon for a day, the list until others have filled it, the
    day's figures until midnight."""
    past, clock_ms, zone = state.past, state.clock_ms, state.site.timezone
    if past is None:
        return {"ribbon": False, "recent": False, "today": False}
    return {
        "ribbon": clock_ms - QUARTERS * QUARTER_MS < past.until_ms,
        "recent": any(closed.closed_ms <= past.until_ms for closed in state.recent[:RECENT_ROWS]),
        "today": local_day(past.until_ms - 1, zone) == local_day(clock_ms, zone),
    }
