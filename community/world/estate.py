"""The quiet systems on an ordinary day: plant, lifts, bins, fire and gas, barriers. They say where they stand.

What befalls them: basement.py, rides.py, waste.py, fires.py, barriers.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import TYPE_CHECKING, Any

from .base import Observation, Simulate
from .outings import CLOSE_MS

if TYPE_CHECKING:
    from .day import Day

PARTS = 4
"""A day: so often each says again where it stands."""

EMPTIED_H = (6.5, 15.0)
FILLED_PERCENT = 58.0
"""What comes into a bin between two collections."""

DRIVE_MS = 90_000
"""From the garage to the barrier."""


def standing(type_: str, says: Callable[[Random], dict[str, Any]], *kinds: str) -> Simulate:
    """Devices of these kinds say the same four times a day, each at its own minutes."""

    def simulate(day: Day) -> Iterator[Observation]:
        if not day.fine:
            return
        for device in day.of_kind(*kinds):
            dice = day.dice(type_, device.id)
            for part in range(PARTS):
                at_ms = day.at(24 / PARTS * (part + dice.random()))
                if day.free(device.id, at_ms, at_ms + 1):
                    yield Observation(at_ms, type_, device.id, says(dice))

    return simulate


def together(*parts: Simulate) -> Simulate:
    def simulate(day: Day) -> Iterator[Observation]:
        for part in parts:
            yield from part(day)

    return simulate


plant = together(
    standing("plant.feeder", lambda dice: {"energised": True, "voltage_v": round(dice.gauss(231, 2), 1)}, "feeder"),
    standing("plant.network", lambda dice: {"reachable": True}, "switch", "gateway"),
    standing("plant.pump", lambda dice: {"status": "stopped", "mode": "auto"}, "pump"),
    standing("plant.water", lambda dice: {"level_cm": round(dice.uniform(0, 0.8), 1)}, "water_level"),
)
lifts = standing("lift.status", lambda dice: {"status": "running"}, "lift")
fire = together(
    standing("fire.panel", lambda dice: {"fault": False, "mains_lost": False, "mode": "auto"}, "fire_panel"),
    standing("fire.detector", lambda dice: {"event": "normal"}, "smoke_detector"),
    standing("fire.call_point", lambda dice: {"event": "normal"}, "call_point"),
    standing("gas.detector", lambda dice: {"lel_percent": round(dice.uniform(0, 0.6), 1)}, "gas_detector"),
)


def bins(day: Day) -> Iterator[Observation]:
    """Every half an hour: filling up through the day, emptied twice."""
    for bin_ in day.of_kind("bin"):
        dice = day.dice("bin", bin_.id)
        pace, phase_ms = dice.uniform(0.5, 1.15), dice.randrange(1_800_000)
        for half in range(48):
            at_ms = day.start_ms + half * 1_800_000 + phase_ms
            hour = day.hour_of(at_ms)
            last_h = max((h for h in EMPTIED_H if h <= hour), default=EMPTIED_H[-1] - 24)
            following_h = min((h for h in EMPTIED_H if h > hour), default=EMPTIED_H[0] + 24)
            fill = 4 + pace * FILLED_PERCENT * (hour - last_h) / (following_h - last_h)
            said = {"fill_percent": round(fill, 1), "temperature_c": round(day.weather.outdoors_c(hour) + 2, 1)}
            if day.fine and day.free(bin_.id, at_ms, at_ms + 1):
                yield Observation(at_ms, "bin.status", bin_.id, {**said, "tilted": False})


def barriers(day: Day) -> Iterator[Observation]:
    """Those who drive go out and come in by the barriers; each opens, and closes behind them."""
    gates = [barrier.id for barrier in day.of_kind("barrier")]
    if not gates:
        return
    dice = day.dice("barriers")
    busy: dict[str, int] = {}
    drives: list[tuple[int, str, str, str]] = []
    for outing in day.outings:
        if outing.by_car:
            vehicle = f"v-{outing.resident.id[2:]}"
            out_ms, back_ms = outing.out_ms + CLOSE_MS + DRIVE_MS, outing.back_ms - CLOSE_MS - DRIVE_MS
            drives += ((ms, dice.choice(gates), way, vehicle) for ms, way in ((out_ms, "out"), (back_ms, "in")))
    for at_ms, gate, way, vehicle in sorted(drives):
        at_ms = max(at_ms, busy.get(gate, 0) + 4000)
        closed_ms = busy[gate] = at_ms + 9000
        if not day.free(gate, at_ms - 60_000, closed_ms + 60_000):
            continue
        said = {"direction": way, "result": "granted", "category": "resident", "vehicle": vehicle}
        yield Observation(at_ms, "parking.passage", gate, said)
        if day.fine:
            yield Observation(at_ms + 600, "parking.barrier", gate, {"barrier": "open", "mode": "automatic"})
            yield Observation(closed_ms, "parking.barrier", gate, {"barrier": "closed", "mode": "automatic"})
