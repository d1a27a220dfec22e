"""What happens next: one heap, one loop, so that hundreds of devices cost one timer."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable

Step = Callable[[int], float | None]
"""Called with the time (ms); returns in how many seconds it wants to be called again, None for never."""


class Agenda:
    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Step]] = []
        self._count = itertools.count()

    def add(self, in_s: float, step: Step) -> None:
        heapq.heappush(self._heap, (time.monotonic() + in_s, next(self._count), step))

    async def run(self) -> None:
        """Until cancelled. After a sleep of the machine what was missed happens once, not as often as it was missed."""
        while True:
            pause_s = self._heap[0][0] - time.monotonic() if self._heap else 1.0
            # Looks up at least every half second: a step may have added something nearer.
            await asyncio.sleep(min(0.5, max(0.0, pause_s)))
            while self._heap and self._heap[0][0] <= time.monotonic():
                _, _, step = heapq.heappop(self._heap)
                again_s = step(time.time_ns() // 1_000_000)
                if again_s is not None:
                    self.add(again_s, step)
