"""Loudspeakers: three messages a day to all, each acknowledged by each within a second or two."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from .base import Observation, Plot, Scene
from .chance import between
from .said import Told, said

if TYPE_CHECKING:
    from .day import Day

OFFER, ACK = "broadcast.offer", "broadcast.ack"
HOURS = (8.0, 12.0, 18.5)
"""The day's notices. Nobody speaks at night."""


def simulate(day: Day) -> Iterator[Observation]:
    if not day.fine:
        return
    dice = day.dice("broadcast")
    for speaker in day.of_kind("speaker"):
        for number, hour in enumerate(HOURS):
            at_ms = day.at(hour)
            if day.free(speaker.id, at_ms - 1000, at_ms + 20_000):
                message = f"notice-{day.number}-{number}"
                yield Observation(at_ms, OFFER, speaker.id, {"message": message, "zones": ["all"]})
                yield Observation(at_ms + between(dice, 0.3, 2.2), ACK, speaker.id, {"message": message})


def _offer(scene: Scene, at_ms: int, message: str = "a", **more: Any) -> Observation:
    return said(scene, at_ms, OFFER, message=_name(scene, message), **more)


def _ack(scene: Scene, at_ms: int, message: str = "a", **more: Any) -> Observation:
    return said(scene, at_ms, ACK, message=_name(scene, message), **more)


def _name(scene: Scene, message: str) -> str:
    return f"{scene.plot.name}-{scene.from_ms}-{message}"


def cone_torn(scene: Scene, day: Day) -> Told:
    """Water in its amplifier: it answers nothing, until it is changed and tried."""
    tried_ms = scene.until_ms - 60_000
    yield _offer(scene, scene.from_ms)
    yield _offer(scene, tried_ms, "b")
    yield _ack(scene, tried_ms + 900, "b")
    yield scene.truth("BCAST_FAIL", 30, until_ms=tried_ms + 900)


def amplifier_refuses(scene: Scene, day: Day) -> Told:
    """Reached, but its amplifier has tripped: it says that it cannot."""
    tried_ms = scene.until_ms - 60_000
    yield _offer(scene, scene.from_ms)
    yield _ack(scene, scene.from_ms + 700, result="failed")
    yield _offer(scene, tried_ms, "b")
    yield _ack(scene, tried_ms + 900, "b")
    yield scene.truth("BCAST_FAIL", 30, until_ms=tried_ms + 900)


def slow_answer(scene: Scene, day: Day) -> Told:
    """A busy network: the answer takes some seconds."""
    yield _offer(scene, scene.from_ms)
    yield _ack(scene, scene.from_ms + between(scene.dice, 4, 8.5))
    yield from scene.nothing("BCAST_FAIL")


def wrong_button(scene: Scene, day: Day) -> Told:
    """The guard has pressed the wrong button and takes the message back before it is played."""
    yield _offer(scene, scene.from_ms)
    yield _offer(scene, scene.from_ms + between(scene.dice, 2, 7), withdrawn=True)
    yield from scene.nothing("BCAST_FAIL")


def tries_twice(scene: Scene, day: Day) -> Told:
    """Offered again after some seconds without an answer, and then heard."""
    yield _offer(scene, scene.from_ms)
    yield _offer(scene, scene.from_ms + 5000)
    yield _ack(scene, scene.from_ms + 5000 + between(scene.dice, 0.4, 3))
    yield from scene.nothing("BCAST_FAIL")


def still_playing(scene: Scene, day: Day) -> Told:
    """Busy with another message at first."""
    yield _offer(scene, scene.from_ms)
    yield _ack(scene, scene.from_ms + 500, result="busy")
    yield _ack(scene, scene.from_ms + between(scene.dice, 3, 8))
    yield from scene.nothing("BCAST_FAIL")


SPEAKER = ("speaker",)
PLOTS: tuple[Plot, ...] = (
    Plot("speaker_dead", SPEAKER, 25, (600, 7200), cone_torn, (8, 20)),
    Plot("amplifier_refuses", SPEAKER, 10, (600, 3600), amplifier_refuses, (8, 20)),
    Plot("slow_answer", SPEAKER, 200, (60, 90), slow_answer, (7, 21)),
    Plot("wrong_button", SPEAKER, 40, (60, 90), wrong_button, (7, 21)),
    Plot("tries_twice", SPEAKER, 100, (60, 90), tries_twice, (7, 21)),
    Plot("still_playing", SPEAKER, 60, (60, 90), still_playing, (7, 21)),
)
