"""When a list of alarms no longer helps: above 10 new in ten minutes, until below 5 (ISA-18.2, EEMUA 191)."""

from __future__ import annotations

from collections.abc import Sequence

from ..state import Activation, Alarm

WINDOW_MS = 600_000
BEGINS_ABOVE, ENDS_BELOW = 10, 5


def flood_since(activations: Sequence[Activation], clock_ms: int) -> Activation | None:
    """The first activation of the flood that is still on, else None.

    Activations come in the order in which they were recorded; a late report begins when the device says it began, so
    they are put in order of time first.

    Both edges are read off the list itself, so that a wall that has just been switched on says the same as its
    neighbour: the window's count is followed from the oldest activation to the clock.
    """
    first: Activation | None = None
    start = 0
    activations = sorted(activations, key=lambda activation: activation.at_ms)
    for end, activation in enumerate(activations):
        start, first = _expire(activations, start, end, activation.at_ms, first)
        if first is None and end - start + 1 > BEGINS_ABOVE:
            first = activations[start]
    _, first = _expire(activations, start, len(activations), clock_ms, first)
    return first


def _expire(
    activations: Sequence[Activation], start: int, end: int, now_ms: int, first: Activation | None
) -> tuple[int, Activation | None]:
    """Lets activations older than the window go; `end - start` of them stay, and few enough end the flood."""
    while start < end and activations[start].at_ms <= now_ms - WINDOW_MS:
        start += 1
        if end - start < ENDS_BELOW:
            first = None
    return start, first


def groups(alarms: Sequence[Alarm]) -> list[list[Alarm]]:
    """Every P1 by itself, the rest by type; the order of the first member stays."""
    kept: dict[str, list[Alarm]] = {}
    for alarm in alarms:
        kept.setdefault(alarm.key if alarm.priority == "P1" else alarm.id, []).append(alarm)
    return list(kept.values())
