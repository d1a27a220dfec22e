"""Which figures a report needs: of its own days, of those beside them, of single days."""

from __future__ import annotations

from ..figures import CATALOGUE

HEADLINE = (
    "alarms",
    "acknowledge_p50",
    "acknowledge_p95",
    "recover_p50",
    "acknowledged_in_time",
    "online_rate",
    "orders_taken_in_time",
    "patrol_completion",
    "passes",
    "charging_energy",
)
"""A page's table has room for ten."""

TRENDED = ("alarms", "acknowledge_p50", "online_rate", "passes", "charging_energy", "orders")

TARGETED = tuple(f.id for f in CATALOGUE.values() if f.target is not None and not f.by)

TREND_FIGURES = tuple(dict.fromkeys((*TRENDED, "alarms_by_type", *TARGETED)))
"""Of single days: what charts draw, and what rules look for."""

COMPARED_FIGURES = (*(f.id for f in CATALOGUE.values() if not f.by), "alarms_by_type", "alarms_by_hour")
"""Of the stretches beside: single values, what the chart dots, what a rule holds against them."""

SPOKEN_FIGURES = (
    *("alarms", "alarms_by_hour", "alarms_by_type", "alarms_by_priority"),
    *("orders", "orders_taken_in_time", "orders_take_p50", "orders_rating", "orders_open"),
)
SPOKEN_COMPARED = ("alarms", "alarms_by_type")
PEAKS = ("charging_energy", "passes")
"""What the sentences rest on (rules.py, decisions.py): of the days themselves, beside what the last single days put in
question; of those beside them; of a day what may be the most of a week."""


def reported_figures(days: int) -> list[str]:
    """What a report of so many days has sections of. Of a day each port hour by hour; of more, which nobody would read,
    the hours of each kind: a port's own are in the days' reports and in /api/v1/figures."""
    left_out = {"charging_busy_by_clock", "charging_busy_by_hour" if days == 1 else "charging_busy"}
    return [id_ for id_ in CATALOGUE if id_ not in left_out]
