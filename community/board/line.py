"""One line about a community, for whoever looks after many: its verdict without a room, and how many alarms stand."""

from __future__ import annotations

from typing import Any

from ..state import State, alarm_state, annunciated
from ..words import PRIORITIES, Lang
from .feeds import feed_states, left_out
from .flood import flood_since
from .lens import Lens
from .verdict import Scene, verdict

SILENT = 1
"""The rule of VISUAL.md that comes before all: nobody knows how it is there."""


def line_board(state: State, lang: Lang, lens: Lens) -> dict[str, Any]:
    """`order` sorts the worst first: the verdict's rule, within it the priority, then the oldest."""
    lens.look(state)
    alarms = annunciated(state.alarms.values())
    feeds = feed_states(state)
    flood = flood_since(state.activations, state.clock_ms, state.site.house)
    said = verdict(Scene(state, alarms, flood, feeds, lens.devices_unknown(), lang, rooms=False))
    known = bool(state.devices) or any(source.seen_ms for source in state.sources.values())
    without = left_out(state, feeds, lang) if known and said["look"] != "stale" else ""
    unacked = [alarm_state(a) for a in alarms if a.priority == "P1"].count("unacknowledged")
    return {
        "name": state.site.name.get(lang),
        "order": [said["rule"], said["p"], -unacked, said["since_ms"] or 0],
        "look": said["look"],
        "symbol": said["symbol"],
        "p": said["p"],
        "badge": said["badge"],
        "title": said["title"],
        "place": said["place"],
        "line": " · ".join(part for part in (said["strong"], said["line"], without) if part),
        "since_ms": said["since_ms"],
        "right": said["right"],
        "counts": [sum(a.priority == p for a in alarms) if known else None for p in PRIORITIES],
    }
