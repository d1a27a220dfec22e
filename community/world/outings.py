"""Who leaves home when on a day, by what, and when they come back: habit, weekday, weather and heat.

A resident's day is a few outings. From each follow the passages: the unit's door out (by its button), the gate out, and
on the way back the gate and the unit's door, each opened in the resident's own way.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import NamedTuple

from .chance import chance
from .place import Home, Resident
from .weather import Weather

WALK_MS = 150_000
"""From the unit's door to the gate."""

NEAREST_SHARE = 0.72
"""So often the gate nearest to home, else any."""

CLOSE_MS = 40_000
"""Between the home's door and the unit's: the lift."""

BY_CAR = {"work": 0.32, "leisure": 0.3, "errand": 0.08}


class Outing(NamedTuple):
    home: Home
    resident: Resident
    out_ms: int
    """The home's door closes."""
    back_ms: int
    """The home's door closes again; may be the next morning."""
    gate: str
    purpose: str
    """work, school, walk, errand or leisure."""
    by_car: bool
    """Down to the garage in the lift and out by the barrier: neither the unit's door nor a gate."""


def outings_of(seed: int, number: int, start_ms: int, weekday: int, weather: Weather, home: Home) -> Iterator[Outing]:
    """Of the residents of one home, in no order."""
    dice = chance(seed, number, "home", home.id)
    for resident in home.residents:
        for out_s, away_s, purpose in _day(resident, weekday, weather, dice):
            nearest = next(iter(home.gates), "")
            gate = nearest if len(home.gates) < 2 or dice.random() < NEAREST_SHARE else dice.choice(home.gates)
            out_ms = start_ms + int(1000 * (out_s - resident.early_s))
            by_car = dice.random() < BY_CAR.get(purpose, 0.0) and resident.role != "pupil"
            yield Outing(home, resident, out_ms, out_ms + int(1000 * max(600.0, away_s)), gate, purpose, by_car)


def _day(resident: Resident, weekday: int, weather: Weather, dice: Random) -> list[tuple[float, float, str]]:
    """[(seconds of the day, seconds away, purpose)], apart from each other."""
    role, rest = resident.role, weekday >= 5
    hour, normal, roll = 3600.0, dice.gauss, dice.random
    found: list[tuple[float, float, str]] = []
    if role == "infant":
        return found
    if role == "worker" and not rest and roll() < 0.95:
        out_s = normal(7.8 * hour, 1500)
        found.append((out_s, normal(18.6 * hour, 3000) - out_s, "work"))
    elif role == "pupil" and not rest:
        out_s = normal(7.2 * hour, 600)
        found.append((out_s, normal(16.9 * hour, 1800) - out_s, "school"))
    elif role in ("retired", "homebody"):
        if roll() < 0.7:
            found.append((normal(6.6 * hour, 1800), normal(4200, 900), "walk"))
        if roll() < 0.6:
            found.append((normal(9.8 * hour, 2400), normal(4000, 1200), "errand"))
        if roll() < 0.35:
            found.append((normal(15.2 * hour, 2400), normal(4800, 1500), "errand"))
    else:
        if roll() < 0.75:
            found.append((normal(10.2 * hour, 3600), normal(8400, 2400), "leisure"))
        if roll() < 0.45:
            found.append((normal(15.4 * hour, 2700), normal(7000, 1800), "leisure"))
    evening = 0.42 if role != "pupil" else 0.2
    if roll() < evening:
        found.append((normal(20.3 * hour, 1100), normal(2700, 700), "walk"))
    kept: list[tuple[float, float, str]] = []
    free_s = 0.0
    for out_s, away_s, purpose in found:
        by_choice = purpose in ("walk", "leisure", "errand")
        if by_choice and weather.rains(out_s / hour) and roll() < 0.55:
            continue
        if by_choice and weather.outdoors_c(out_s / hour) > 35 and roll() < 0.4:
            continue
        if out_s - 600 > free_s and out_s > 0:
            kept.append((out_s, away_s, purpose))
            free_s = out_s + max(600.0, away_s)
    return kept
