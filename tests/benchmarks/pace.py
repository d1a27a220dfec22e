"""How quick the machine is just now: what one fixed piece of Python takes of a processor.

A shared host gives a machine its processors whole and still at half their speed, when others use its caches and its
memory: nothing in the machine shows it but work that is always the same. Look-ups in an order that no cache guesses are
what the fold does all day.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median

LOOKS, TIMES = 20_000, 15

_KEYS = [f"key-{number}" for number in range(2 * LOOKS)]
random.Random(1).shuffle(_KEYS)
_PLACES = {key: number for number, key in enumerate(_KEYS)}
_ASKED = sorted(_KEYS)[:LOOKS]


def pace_ms() -> float:
    """The middle of some runs."""
    took = []
    for _ in range(TIMES):
        began_s, length = time.thread_time(), 0
        for key in _ASKED:
            length += len(str(_PLACES[key]))
        took.append(1000 * (time.thread_time() - began_s))
    return median(took)


@contextmanager
def paced(every_s: float = 10.0) -> Iterator[list[float]]:
    """The pace while something long goes on in other processes: a host changes its mind within seconds."""
    found, over = [pace_ms()], threading.Event()

    def look() -> None:
        while not over.wait(every_s):
            found.append(pace_ms())

    watch = threading.Thread(target=look, daemon=True)
    watch.start()
    try:
        yield found
    finally:
        over.set()
        watch.join()
