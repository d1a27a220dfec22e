"""When a list of alarms no longer helps: above 10 new in ten minutes, until below 5 (ISA-18.2, EEMUA 191).

Both numbers are the site's; a flood ends below half of what began it.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..numbers import House, ms
from ..state import Activation


def flood_since(activations: Sequence[Activation], clock_ms: int, house: House) -> Activation | None:
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
        start, first = _expire(activations, start, end, activation.at_ms, first, house)
        if first is None and end - start + 1 > house.flood_alarms:
            first = activations[start]
    _, first = _expire(activations, start, len(activations), clock_ms, first, house)
    return first


def _expire(
    activations: Sequence[Activation], start: int, end: int, now_ms: int, first: Activation | None, house: House
) -> tuple[int, Activation | None]:
    """Lets activations older than the window go; `end - start` of them stay, and few enough end the flood."""
    horizon_ms = now_ms - ms(house.flood_window_s)
    while start < end and activations[start].at_ms <= horizon_ms:
        start += 1
        if 2 * (end - start) < house.flood_alarms:
            first = None
    return start, first
