"""Short words for scenes: what the scene's own device says, and the two commonest stories told of any device."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from .base import Observation, Scene, Truth
from .chance import between

if TYPE_CHECKING:
    from .day import Day

Told = Iterator[Observation | Truth]
Story = Callable[[Scene, "Day"], Told]


def said(scene: Scene, at_ms: int, type_: str, **data: Any) -> Observation:
    return Observation(at_ms, type_, scene.device.id, data)


def lasts(
    alarm: str, by_s: float, what: str, type_: str, begin: dict[str, Any], end: dict[str, Any], left_s: float = 60
) -> Story:
    """An incident that holds until `left_s` before the scene's end: the device says `begin`, and then `end`."""

    def play(scene: Scene, day: Day) -> Told:
        over_ms = scene.until_ms - int(1000 * left_s)
        yield said(scene, scene.from_ms, type_, **begin)
        yield said(scene, over_ms, type_, **end)
        yield scene.truth(alarm, by_s, until_ms=over_ms)

    play.__doc__ = what
    return play


def blinks(
    alarm: str, low_s: float, high_s: float, what: str, type_: str, begin: dict[str, Any], end: dict[str, Any]
) -> Story:
    """A near miss: the device says `begin`, and within so many seconds `end`."""

    def play(scene: Scene, day: Day) -> Told:
        yield said(scene, scene.from_ms, type_, **begin)
        yield said(scene, scene.from_ms + between(scene.dice, low_s, high_s), type_, **end)
        yield from scene.nothing(alarm)

    play.__doc__ = what
    return play
