"""Help buttons at home and pillars outside: a sign of life a day, and seldom a press."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .base import Observation, Plot, Scene, Truth
from .chance import between, chance

if TYPE_CHECKING:
    from .day import Day

Told = Iterator[Observation | Truth]
PRESS = "sos.press"


def simulate(day: Day) -> Iterator[Observation]:
    """Once a day each says what is left of its battery, at a time of its own; it falls by a percent in eleven days."""
    for button in day.of_kind("button", "pillar"):
        dice = chance(day.sort.seed, "button", button.id)
        at_ms = day.at(dice.uniform(0, 24))
        left = 100 - (day.number + dice.randrange(700)) % 700 / 11
        if day.free(button.id, at_ms, at_ms + 1):
            yield Observation(at_ms, "device.battery", button.id, {"battery_percent": round(left, 1)})


def _press(scene: Scene, at_ms: int, press: str) -> Observation:
    return Observation(at_ms, PRESS, scene.device.id, {"press": press})


def calls_for_help(scene: Scene, day: Day) -> Told:
    """Somebody needs help: a press, and a second one when nobody has come after two minutes."""
    press = "long" if scene.device.kind == "pillar" else scene.dice.choice(("short", "short", "long"))
    yield _press(scene, scene.from_ms, press)
    if scene.dice.random() < 0.3:
        yield _press(scene, scene.from_ms + between(scene.dice, 60, 150), press)
    yield scene.truth("SOS", 5, until_ms=scene.from_ms + 150_000)


def child_leans(scene: Scene, day: Day) -> Told:
    """A child leans against the pillar: a short press, which asks for nothing there."""
    yield _press(scene, scene.from_ms, "short")
    yield from scene.nothing("SOS")


def children_play(scene: Scene, day: Day) -> Told:
    """Several children, several short presses at the pillar."""
    at_ms = scene.from_ms
    for _ in range(scene.dice.randint(3, 6)):
        yield _press(scene, at_ms, "short")
        at_ms += between(scene.dice, 3, 30)
    yield from scene.nothing("SOS")


def new_battery(scene: Scene, day: Day) -> Told:
    """The caretaker changes the battery: the button says hello, and has not been pressed."""
    yield Observation(scene.from_ms, "device.battery", scene.device.id, {"battery_percent": 100.0})
    yield Observation(scene.from_ms + 5000, "device.heartbeat", scene.device.id, {})
    yield from scene.nothing("SOS")


PLOTS: tuple[Plot, ...] = (
    Plot("calls_for_help", ("button", "pillar"), 150, (180, 240), calls_for_help),
    Plot("child_leans", ("pillar",), 100, (60, 90), child_leans, (8, 20)),
    Plot("children_play", ("pillar",), 30, (240, 300), children_play, (14, 19)),
    Plot("new_battery", ("button", "pillar"), 60, (60, 90), new_battery, (9, 17)),
)
