"""Events that nobody takes back: many cameras say that somebody crosses a line, and never that nobody does any more.

Such an event says itself how long it holds after it was last said (`lasts_s`). alarms.csv PERIMETER: 'no active 10 s'.
"""

from __future__ import annotations

from typing import Any

from ..state import DeviceState
from .base import Moment, Step, Tracker

EVENTS = (
    "intrusion",
    "line_crossing",
    "motion",
    "object",
    "ebike",
    "parking",
    "smoke",
    "flame",
    "occluded",
    "black",
    "moved",
)
"""Those that a rule or a screen may take for something that goes on."""

LASTS = {event: f"{event}_lasts_s" for event in EVENTS}


def step(moment: Moment) -> Step:
    """Memory: event -> the effective time of its word that has run out. Wakes when the next one does."""
    device = moment.look.device
    over: dict[str, Any] = {}
    wakes: list[int] = []
    values = device.values
    for event, lasts in LASTS.items():
        lasts_s = values.get(lasts)
        if lasts_s is None or not values.get(event):
            continue
        said_ms = device.stamps[f"event:{event}"][0]
        until_ms = said_ms + int(1000 * lasts_s)
        if moment.at_ms >= until_ms or moment.memory.get(event) == said_ms:
            over[event] = said_ms
        else:
            wakes.append(until_ms)
    return Step(over, min(wakes, default=None))


UNENDED = Tracker("unended", frozenset(f"event:{event}" for event in EVENTS), step, frozenset(("camera",)))


def going_on(device: DeviceState, event: str) -> bool:
    """The event was said, was not taken back, and has not run out."""
    return bool(device.values.get(event)) and event not in device.memory.get(UNENDED.name, {})
