"""Dice: `random.Random` seeded by a digest of names, never by `hash()`. The same on every machine, in every process."""

from __future__ import annotations

from hashlib import sha256
from math import exp
from random import Random


def chance(*names: object) -> Random:
    """The dice of an actor: `chance(seed, day, "home", "7-2-1203")`."""
    return Random(int.from_bytes(sha256("/".join(map(str, names)).encode()).digest()[:8], "big"))


def poisson(dice: Random, mean: float) -> int:
    """How often something happens that happens `mean` times on average (Knuth; for small means)."""
    limit, count, product = exp(-mean), 0, dice.random()
    while product > limit:
        count += 1
        product *= dice.random()
    return count


def between(dice: Random, low: float, high: float) -> int:
    """Milliseconds between so many seconds."""
    return int(1000 * dice.uniform(low, high))
