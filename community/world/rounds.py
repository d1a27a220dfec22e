"""The guard's rounds: windows for each checkpoint, planned at noon, and scans along the way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .base import Observation, Plot, Scene, Truth
from .chance import between

if TYPE_CHECKING:
    from .day import Day

Told = Iterator[Observation | Truth]
WINDOW, SCAN, WAIVER = "patrol.window", "patrol.scan", "patrol.waiver"
ROUNDS_H = (10.0, 15.0, 20.0, 22.0, 24.0, 26.0, 28.0)
"""By day two, at night one every two hours."""

LASTS_H = 1.0
PLANNED_H = 9.0


def simulate(day: Day) -> Iterator[Observation]:
    points = day.of_kind("checkpoint")
    for number, begin_h in enumerate(ROUNDS_H):
        from_ms, until_ms = day.at(begin_h), day.at(begin_h + LASTS_H)
        dice = day.dice("round", number)
        step_s = 3000 / max(1, len(points))
        for place, point in enumerate(points):
            if not day.free(point.id, from_ms, until_ms + 1_800_000):
                continue
            plan = {"round": f"{day.number}-{number}", "from_ms": from_ms, "until_ms": until_ms, "route": "night"}
            yield Observation(day.at(PLANNED_H) + 100 * place, WINDOW, point.id, plan)
            at_s = 120 + step_s * (place + dice.uniform(0, 0.9))
            yield Observation(from_ms + int(1000 * at_s), SCAN, point.id, {"post": "post:patrol"})


def _planned(scene: Scene, **more: bool) -> tuple[Observation, int]:
    """A round of an hour from the scene's begin: its plan, and the end of its window."""
    until_ms = scene.from_ms + 3_600_000
    plan = {"round": _round(scene), "from_ms": scene.from_ms, "until_ms": until_ms, "route": "special", **more}
    return Observation(scene.from_ms - 60_000, WINDOW, scene.device.id, plan), until_ms


def _round(scene: Scene) -> str:
    return f"{scene.plot.name}-{scene.from_ms // 1000}"


def _scan(scene: Scene, at_ms: int) -> Observation:
    return Observation(at_ms, SCAN, scene.device.id, {"post": "post:patrol"})


def skipped(scene: Scene, day: Day) -> Told:
    """It rains, and the guard leaves out the far corner; the supervisor sends him half an hour later."""
    plan, until_ms = _planned(scene)
    scanned_ms = until_ms + between(scene.dice, 1500, 2700)
    yield plan
    yield _scan(scene, scanned_ms)
    yield scene.truth("PATROL_MISS", 900, from_ms=until_ms, until_ms=scanned_ms)


def some_minutes_late(scene: Scene, day: Day) -> Told:
    """A resident asked the way: scanned some minutes after the window."""
    plan, until_ms = _planned(scene)
    yield plan
    yield _scan(scene, until_ms + between(scene.dice, 60, 500))
    yield from scene.nothing("PATROL_MISS")


def waived(scene: Scene, day: Day) -> Told:
    """The path is dug up: the supervisor lets this point be left out, and says so before its time is over."""
    plan, until_ms = _planned(scene)
    yield plan
    said = {"round": _round(scene), "by": "post:supervisor", "reason": "roadworks"}
    yield Observation(until_ms - between(scene.dice, 60, 1800), WAIVER, scene.device.id, said)
    yield from scene.nothing("PATROL_MISS")


def called_off(scene: Scene, day: Day) -> Told:
    """The round is called off for a thunderstorm."""
    plan, until_ms = _planned(scene)
    yield plan
    off = {**plan.data, "cancelled": True}
    yield Observation(until_ms - between(scene.dice, 300, 3000), WINDOW, scene.device.id, off)
    yield from scene.nothing("PATROL_MISS")


def at_the_first_minute(scene: Scene, day: Day) -> Told:
    """Scanned the moment the window begins, and not again."""
    plan, _ = _planned(scene)
    yield plan
    yield _scan(scene, scene.from_ms + between(scene.dice, 2, 40))
    yield from scene.nothing("PATROL_MISS")


POINT, LASTS = ("checkpoint",), (6600, 6800)
PLOTS: tuple[Plot, ...] = (
    Plot("round_skipped", POINT, 60, LASTS, skipped, rest_s=300, hours=(4, 24)),
    Plot("some_minutes_late", POINT, 300, LASTS, some_minutes_late, rest_s=300, hours=(4, 24)),
    Plot("waived", POINT, 60, LASTS, waived, rest_s=300, hours=(4, 24)),
    Plot("called_off", POINT, 20, LASTS, called_off, rest_s=300, hours=(4, 24)),
    Plot("at_the_first_minute", POINT, 100, LASTS, at_the_first_minute, rest_s=300, hours=(4, 24)),
)
