"""What befalls barriers: booms that are hit, that hang, and that only look as if they did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .base import Observation, Plot, Scene
from .chance import between
from .said import Story, Told, blinks, lasts, said

if TYPE_CHECKING:
    from .day import Day

BARRIER, PASSAGE = "parking.barrier", "parking.passage"
CLOSED = {"barrier": "closed"}


def _boom(scene: Scene, at_ms: int, word: str, **more: Any) -> Observation:
    return said(scene, at_ms, BARRIER, barrier=word, **more)


def hangs(scene: Scene, day: Day) -> Told:
    """Its spring has broken: it stays half-way down after a car, with nobody there."""
    mended_ms = scene.until_ms - 120_000
    yield _boom(scene, scene.from_ms - 3000, "open")
    yield said(scene, scene.from_ms - 1000, PASSAGE, direction="in", result="granted", category="resident")
    yield _boom(scene, scene.from_ms, "closing")
    yield _boom(scene, mended_ms, "closed")
    yield scene.truth("GATE_FAULT", 120, until_ms=mended_ms)


def convoy(scene: Scene, day: Day) -> Told:
    """A wedding: car behind car for minutes, and it has no time to close."""
    at_ms = scene.from_ms
    yield _boom(scene, at_ms, "open")
    while at_ms < scene.until_ms - 60_000:
        at_ms += between(scene.dice, 4, 25)
        yield said(scene, at_ms, PASSAGE, direction="in", result="granted", category="visitor")
    yield _boom(scene, at_ms + 6000, "closed")
    yield from scene.nothing("GATE_FAULT")


def held_for_removal(scene: Scene, day: Day) -> Told:
    """The guard holds it open for a removal, and says so."""
    yield _boom(scene, scene.from_ms, "open", mode="held_open")
    yield _boom(scene, scene.until_ms - 60_000, "closed", mode="automatic")
    yield from scene.nothing("GATE_FAULT")


def reopens(scene: Scene, day: Day) -> Told:
    """A child stands in its light beam: down, up again, and closed in the end."""
    at_ms = scene.from_ms
    for word in ("opening", "open", "closing", "open", "closing", "closed"):
        yield _boom(scene, at_ms, word)
        at_ms += between(scene.dice, 4, 9)
    yield from scene.nothing("GATE_FAULT")


def faulty(word: str, what: str) -> Story:
    begin = {"barrier": "fault", "fault_code": word}
    return lasts("GATE_FAULT", 120, what, BARRIER, begin, dict(CLOSED), left_s=120)


BOOM = ("barrier",)
PLOTS: tuple[Plot, ...] = (
    Plot("boom_hit", BOOM, 20, (1200, 7200), faulty("boom_off", "A van has hit it."), (5, 25)),
    Plot("motor_hot", BOOM, 10, (1200, 3600), faulty("motor", "Its motor is too hot."), (8, 24)),
    Plot("boom_hangs", BOOM, 15, (900, 3600), hangs),
    Plot("convoy", BOOM, 50, (240, 600), convoy, (8, 20)),
    Plot("held_for_removal", BOOM, 60, (1200, 5400), held_for_removal, (8, 19)),
    Plot("boom_reopens", BOOM, 200, (180, 240), reopens, (7, 21)),
    Plot(
        "resets_itself",
        BOOM,
        80,
        (180, 240),
        blinks("GATE_FAULT", 5, 45, "A fault that it clears by itself.", BARRIER, {"barrier": "fault"}, dict(CLOSED)),
    ),
)
