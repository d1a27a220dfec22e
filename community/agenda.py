"""When the devices of a community want to be looked at again, though nothing is said: a heap, the next one first.

Of thousands of devices few wait for anything at a time. The agenda is a cache: all in it can be read off the devices,
and whoever does not have it looks at each of them. It may hold what is no longer wanted, and then nothing happens.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence

NEVER = 1 << 62

SOURCE, SERVICE, DEVICE, ORDER, WAKE, ALARM = range(6)
"""At one moment a feed is judged before its devices, a device before what is remembered of it and its alarms; what
returns to service is back before anything is raised."""

Deadline = tuple[int, int, str]
"""Moment, kind, and whose it is; of a WAKE `tracker/device`."""


def due(agenda: Sequence[Deadline], clock_ms: int) -> list[Deadline]:
    """What is due, in no order; the heap stays as it is."""
    found: list[Deadline] = []
    places = [0]
    while places:
        place = places.pop()
        if place < len(agenda):
            deadline = agenda[place]
            if deadline[0] <= clock_ms:
                found.append(deadline)
                places += (2 * place + 1, 2 * place + 2)
    return found


def move_on(agenda: list[Deadline], new: Iterable[Deadline], clock_ms: int) -> None:
    """What was due has happened; what is new joins."""
    while agenda and agenda[0][0] <= clock_ms:
        heapq.heappop(agenda)
    for deadline in new:
        if deadline[0] > clock_ms:
            heapq.heappush(agenda, deadline)
