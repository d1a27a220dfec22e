"""The alarm KPIs of a community, as JSON and as gauges. Their meaning stands in community/kpi.py."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from community.board.privacy import shown_key
from community.kpi import Figures
from community.model import to_rfc3339
from community.state import Alarm, State
from store.kpis import Kept

GAUGES = {
    "alarms": "Alarms annunciated in the period, repeats included.",
    "alarms_per_day": "Mean a day and operator position; absent under a day.",
    "alarms_per_10_minutes": "Mean in ten minutes and operator position.",
    "most_in_10_minutes": "Most in one ten-minute window.",
    "flood_share": "Ten-minute windows with more than 10 alarms, of all.",
    "stale": "Alarms on the list for more than 24 h.",
    "chattering": "Alarms with 3 activations or more within 60 s.",
    "top_10_share": "The ten most frequent alarms' part of all.",
}
BY_PRIORITY = {
    "priority_shares": ("priority_share", "Part of all alarms."),
    "mtta_s_by_priority": ("mtta_seconds", "Mean time to acknowledge."),
    "mttr_s_by_priority": ("mttr_seconds", "Mean time to return to normal."),
}


def figures_of(kept: Kept, state: State) -> Figures | None:
    """As of the last moment up to which everything is counted; None: there is none yet."""
    if not kept.as_of_ms:
        return None
    return kept.kpis.figures(kept.as_of_ms, state.started_ms or None, state.site.house.operator_positions)


def document(kept: Kept, figures: Figures, state: State) -> dict[str, Any]:
    facts = msgspec.to_builtins(figures)
    times = {"from": to_rfc3339(facts.pop("from_ms")), "to": to_rfc3339(facts.pop("to_ms"))}
    # how far behind the wall: a reader that was killed shows old figures, and has to say so
    age_s = max(0, state.clock_ms - kept.as_of_ms) / 1000
    facts["top_10"] = [_rank(state, rank) for rank in facts["top_10"]]
    return {"community": state.site.id, "journal": kept.position, **times, "age_s": age_s, **facts}


def _rank(state: State, rank: dict[str, Any]) -> dict[str, Any]:
    """Of a person's alarm not which one, nor whose."""
    alarm_id, _, device_id = rank["alarm"].partition("/")
    return rank | {"alarm": shown_key(state, Alarm(alarm_id, device_id, "P4"))}


def samples(figures: Figures) -> Iterator[tuple[str, str, dict[str, str], float]]:
    """(name, help, labels beside the community, value); what is not known is absent."""
    for name, help_ in GAUGES.items():
        value = getattr(figures, name)
        if value is not None:
            yield f"kpi_{name}", help_, {}, float(value)
    for field, (name, help_) in BY_PRIORITY.items():
        for priority, value in getattr(figures, field).items():
            yield f"kpi_{name}", help_, {"priority": priority}, value
