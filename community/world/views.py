"""What cameras see of the place, and what befalls them: leaves before the lens, strangers on the wall, falling pots."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from ..site import Device
from .base import Observation, Plot, Scene, Truth
from .chance import between

if TYPE_CHECKING:
    from .day import Day

Told = Iterator[Observation | Truth]
EVENT, STATUS = "camera.event", "camera.status"
FPS = 25.0
PARTS = 4
"""Statuses a day: cameras repeat where they stand."""


def simulate(day: Day) -> Iterator[Observation]:
    """Status four times a day; at the gates motion while people pass."""
    if not day.fine:
        return
    for camera in day.of_kind("camera"):
        dice = day.dice("camera", camera.id)
        for part in range(PARTS):
            at_ms = day.at(24 / PARTS * (part + dice.random()))
            if day.free(camera.id, at_ms, at_ms + 1):
                yield Observation(at_ms, STATUS, camera.id, {"status": "online", "fps": FPS})


def _event(scene: Scene, at_ms: int, event: str, active: bool = True, **more: Any) -> Observation:
    return Observation(at_ms, EVENT, scene.device.id, {"event": event, "active": active, **more})


def _status(scene: Scene, at_ms: int, status: str, **more: Any) -> Observation:
    return Observation(at_ms, STATUS, scene.device.id, {"status": status, **more})


def lasting(alarm: str, event: str, by_s: float, what: str, **more: Any) -> Callable[[Scene, Day], Told]:
    """An event that lasts until shortly before the scene's end, and is what the alarm is for."""

    def play(scene: Scene, day: Day) -> Told:
        over_ms = scene.until_ms - 60_000
        yield _event(scene, scene.from_ms, event, **more)
        yield _event(scene, over_ms, event, False)
        yield scene.truth(alarm, by_s, until_ms=over_ms)

    play.__doc__ = what
    return play


def passing(
    alarm: str, event: str, low_s: float, high_s: float, what: str, **more: Any
) -> Callable[[Scene, Day], Told]:
    """An event that passes within so many seconds, and is nothing."""

    def play(scene: Scene, day: Day) -> Told:
        yield _event(scene, scene.from_ms, event, **more)
        yield _event(scene, scene.from_ms + between(scene.dice, low_s, high_s), event, False)
        yield from scene.nothing(alarm)

    play.__doc__ = what
    return play


def gone(scene: Scene, day: Day) -> Told:
    """Its power supply has died: not a word until it has a new one."""
    yield _status(scene, scene.until_ms, "online", fps=FPS)
    for n in range(1, 3):
        yield Observation(scene.until_ms + 60_000 * n, "device.heartbeat", scene.device.id, {})
    yield scene.truth("CAM_OFFLINE", 300)


def recorder_says_gone(scene: Scene, day: Day) -> Told:
    """Its recorder misses it, and says so itself; a spider had shorted the plug."""
    back_ms = scene.until_ms - 60_000
    yield _status(scene, scene.from_ms, "offline", reason="no keepalive")
    yield _status(scene, back_ms, "online", fps=FPS)
    yield Observation(back_ms + 30_000, "device.heartbeat", scene.device.id, {})
    yield scene.truth("CAM_OFFLINE", 300, until_ms=back_ms)


def restarts(scene: Scene, day: Day) -> Told:
    """It restarts for new firmware: a minute or so of silence."""
    yield _status(scene, scene.until_ms, "online", fps=FPS)
    yield from scene.nothing("CAM_OFFLINE")


def beat_lost(scene: Scene, day: Day) -> Told:
    """One heartbeat is lost on the way."""
    yield Observation(scene.until_ms, "device.heartbeat", scene.device.id, {})
    yield from scene.nothing("CAM_OFFLINE")


def slow_at_night(scene: Scene, day: Day) -> Told:
    """Few frames in the dark, as its settings have it."""
    yield _status(scene, scene.from_ms, "online", fps=6.0)
    yield _status(scene, scene.until_ms - 60_000, "online", fps=FPS)
    yield from scene.nothing("CAM_OFFLINE")


def climbs_the_wall(scene: Scene, day: Day) -> Told:
    """Somebody climbs over the wall."""
    over_ms = scene.from_ms + between(scene.dice, 4, 12)
    yield _event(scene, scene.from_ms, "intrusion", target="human")
    yield _event(scene, over_ms, "intrusion", False, target="human")
    yield scene.truth("PERIMETER", 20, until_ms=over_ms)


def at_perimeter(camera: Device) -> bool:
    return "perimeter" in camera.tags


def in_lift(camera: Device) -> bool:
    return "lift" in camera.tags


def near(tag: str) -> Callable[[Device], bool]:
    return lambda camera: tag in camera.tags


CAMERA = ("camera",)
SHORT, LONG = (180, 240), (300, 1500)

PLOTS: tuple[Plot, ...] = (
    Plot("camera_gone", CAMERA, 40, (600, 3600), gone, mutes=True),
    Plot("recorder_says_gone", CAMERA, 40, (700, 3600), recorder_says_gone, mutes=True),
    Plot("camera_restarts", CAMERA, 200, (40, 100), restarts, mutes=True),
    Plot("beat_lost", CAMERA, 400, (50, 70), beat_lost, mutes=True),
    Plot("slow_at_night", CAMERA, 50, (1800, 3600), slow_at_night),
    Plot("spray_paint", CAMERA, 12, LONG, lasting("CAM_BLIND", "occluded", 20, "Somebody sprays its lens.")),
    Plot("branch_before_lens", CAMERA, 30, LONG, lasting("CAM_BLIND", "occluded", 20, "A branch hangs before it.")),
    Plot("bird_before_lens", CAMERA, 300, SHORT, passing("CAM_BLIND", "occluded", 1, 3.5, "A bird looks in.")),
    Plot("umbrella", CAMERA, 200, SHORT, passing("CAM_BLIND", "occluded", 1, 4, "An umbrella goes by.")),
    Plot("headlights", CAMERA, 300, SHORT, passing("CAM_BLIND", "occluded", 0.5, 2, "Headlights blind it.")),
    Plot("no_picture", CAMERA, 20, LONG, lasting("CAM_BLACK", "black", 75, "Its sensor is dead: black.")),
    Plot("lights_out", CAMERA, 100, SHORT, passing("CAM_BLACK", "black", 3, 20, "The hall's light goes off, then on.")),
    Plot("infrared_switches", CAMERA, 300, SHORT, passing("CAM_BLACK", "black", 0.5, 4, "Day to night.")),
    Plot("stream_restarts", CAMERA, 100, SHORT, passing("CAM_BLACK", "black", 4, 18, "Its stream begins anew.")),
    Plot("turned_by_hand", CAMERA, 12, LONG, lasting("CAM_MOVED", "moved", 75, "Somebody has turned it.")),
    Plot("wind_shakes_it", CAMERA, 200, SHORT, passing("CAM_MOVED", "moved", 2, 20, "A gust.")),
    Plot("lorry_fills_view", CAMERA, 200, SHORT, passing("CAM_MOVED", "moved", 5, 22, "A lorry fills its view.")),
    Plot("refocuses", CAMERA, 100, SHORT, passing("CAM_MOVED", "moved", 2, 10, "It looks for its focus.")),
    Plot("climbs_the_wall", CAMERA, 8, SHORT, climbs_the_wall, suits=at_perimeter),
    Plot(
        "cat_on_the_wall",
        CAMERA,
        300,
        SHORT,
        passing("PERIMETER", "intrusion", 3, 20, "A cat.", target="animal"),
        suits=at_perimeter,
    ),
    Plot(
        "leaves_on_the_wall",
        CAMERA,
        300,
        SHORT,
        passing("PERIMETER", "intrusion", 0.1, 0.6, "Leaves: a human for the blink of an eye.", target="human"),
        suits=at_perimeter,
    ),
    Plot(
        "car_along_the_wall",
        CAMERA,
        200,
        SHORT,
        passing("PERIMETER", "line_crossing", 2, 6, "A car outside.", target="vehicle"),
        suits=at_perimeter,
    ),
)
