"""When the devices of a community want to be looked at again, though nothing is said: heaps, the next one first.

Of thousands of devices few wait for anything at a time. The agenda is a cache: all in it can be read off the devices,
and whoever does not have it looks at each of them. It may hold what is no longer wanted, and then nothing happens.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Mapping, Sequence

NEVER = 1 << 62

SOURCE, SERVICE, DEVICE, ORDER, WAKE, ALARM = range(6)
"""At one moment a feed is judged before its devices, a device before what is remembered of it and its alarms; what
returns to service is back before anything is raised."""

Deadline = tuple[int, int, str]
"""Moment, kind, and whose it is; of a WAKE `tracker/device`."""

Agenda = dict[str, list[Deadline]]
"""By whom it may be asked: of a feed what can be told only at its heartbeats, of CLOCK the rest."""

CLOCK = ""


def due(agenda: Mapping[str, Sequence[Deadline]], whose: str, clock_ms: int) -> list[Deadline]:
    """What is due, in no order; the heap stays as it is."""
    heap = agenda.get(whose, ())
    found: list[Deadline] = []
    places = [0]
    while places:
        place = places.pop()
        if place < len(heap) and heap[place][0] <= clock_ms:
            found.append(heap[place])
            places += (2 * place + 1, 2 * place + 2)
    return found


def move_on(agenda: Agenda, new: Iterable[tuple[str, Deadline]], asked: Collection[str], clock_ms: int) -> None:
    """What was due of those who were asked has happened; what is new joins."""
    for whose in asked:
        heap = agenda.get(whose, [])
        while heap and heap[0][0] <= clock_ms:
            heapq.heappop(heap)
    for whose, deadline in new:
        if deadline[0] > clock_ms or whose not in asked:
            heapq.heappush(agenda.setdefault(whose, []), deadline)


def next_ms(agenda: Mapping[str, Sequence[Deadline]]) -> int:
    heap = agenda.get(CLOCK)
    return heap[0][0] if heap else NEVER
