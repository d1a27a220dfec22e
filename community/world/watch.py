"""What cameras are sure to see: pots that fall, e-bikes in lifts, smoke in sheds, vans in fire lanes; and their disks.

A camera's certainty is what such networks give in practice: high for what it was trained on, near a half for prams,
breath in the cold and bicycles.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from .base import Observation, Plot, Scene
from .chance import between
from .said import Story, Told, said
from .views import CAMERA, near

if TYPE_CHECKING:
    from .day import Day

EVENT, STORAGE = "camera.event", "recorder.storage"
KEPT_DAYS = (34.0, 60.0)


def simulate(day: Day) -> Iterator[Observation]:
    """Once a day a recorder tells how far back it can play."""
    if not day.fine:
        return
    for recorder in day.of_kind("recorder"):
        dice = day.dice("recorder", recorder.id)
        at_ms = day.at(dice.uniform(1, 23))
        if day.free(recorder.id, at_ms, at_ms + 1):
            yield Observation(at_ms, STORAGE, recorder.id, {"oldest_clip_days": round(dice.uniform(*KEPT_DAYS), 1)})


def sees(
    event: str, low: float, high: float, lasts_s: tuple[float, float], alarm: str, by_s: float, what: str
) -> Story:
    """Seen for so long, so sure each second; with `by_s` it is what it looks like, without it is not."""

    def play(scene: Scene, day: Day) -> Told:
        over_ms = scene.from_ms + between(scene.dice, *lasts_s)
        for at_ms in range(scene.from_ms, over_ms, 2000):
            yield _seen(scene, at_ms, event, score=round(scene.dice.uniform(low, high), 2))
        yield _seen(scene, over_ms, event, False)
        if by_s:
            yield scene.truth(alarm, by_s, until_ms=over_ms)
        else:
            yield from scene.nothing(alarm)

    play.__doc__ = what
    return play


def _seen(scene: Scene, at_ms: int, event: str, active: bool = True, **more: Any) -> Observation:
    return said(scene, at_ms, EVENT, event=event, active=active, **more)


# ---- from above
def falls(target: str, by_s: float, what: str, event: str = "falling_object") -> Story:
    def play(scene: Scene, day: Day) -> Told:
        yield _seen(scene, scene.from_ms, event, target=target, score=round(scene.dice.uniform(0.6, 0.98), 2))
        over_ms = scene.from_ms + between(scene.dice, 1, 3)
        yield _seen(scene, over_ms, event, False, target=target)
        if by_s:
            yield scene.truth("FALLING_OBJ", by_s, until_ms=over_ms)
        else:
            yield from scene.nothing("FALLING_OBJ")

    play.__doc__ = what
    return play


# ---- where nobody may stand
def stands(low_s: float, high_s: float, times: int, target: str, by_s: float, what: str) -> Story:
    """Something stands in the lane so long, so many times, with a minute or so between."""

    def play(scene: Scene, day: Day) -> Told:
        at_ms = scene.from_ms
        for _ in range(times):
            gone_ms = at_ms + between(scene.dice, low_s, high_s)
            yield _seen(scene, at_ms, "parking", target=target)
            yield _seen(scene, gone_ms, "parking", False, target=target)
            at_ms = gone_ms + between(scene.dice, 45, 120)
        if by_s:
            yield scene.truth("FIRE_LANE", by_s, until_ms=gone_ms)
        else:
            yield from scene.nothing("FIRE_LANE")

    play.__doc__ = what
    return play


# ---- disks
def disk_dies(scene: Scene, day: Day) -> Told:
    """A disk of its array has died: nothing is recorded safely until it has a new one."""
    new_ms = scene.until_ms - 120_000
    yield said(scene, scene.from_ms, STORAGE, fault="disk_error", active=True)
    yield said(scene, new_ms, STORAGE, fault="disk_error", active=False)
    yield scene.truth("NVR_STORE", 900, until_ms=new_ms)


def overwrites_early(scene: Scene, day: Day) -> Told:
    """New cameras with more pixels: it overwrites what the law wants kept for a month, until it has another disk."""
    more_ms = scene.until_ms - 120_000
    yield said(scene, scene.from_ms, STORAGE, oldest_clip_days=round(scene.dice.uniform(12, 27), 1))
    yield said(scene, more_ms, STORAGE, oldest_clip_days=36.0)
    yield scene.truth("NVR_STORE", 900, until_ms=more_ms)


def fault_passes(fault: str, low_s: float, high_s: float, what: str) -> Story:
    def play(scene: Scene, day: Day) -> Told:
        yield said(scene, scene.from_ms, STORAGE, fault=fault, active=True)
        yield said(scene, scene.from_ms + between(scene.dice, low_s, high_s), STORAGE, fault=fault, active=False)
        yield from scene.nothing("NVR_STORE")

    play.__doc__ = what
    return play


def just_enough(scene: Scene, day: Day) -> Told:
    """A month and a day of clips: as it was bought."""
    yield said(scene, scene.from_ms, STORAGE, oldest_clip_days=round(scene.dice.uniform(30.2, 32), 1))
    yield from scene.nothing("NVR_STORE")


NVR = ("recorder",)
UP, LIFT, SHED, LANE = near("falling"), near("lift"), near("bike_shed"), near("fire_lane")
SHORT = (180, 240)


def _plot(
    name: str,
    per_year: float,
    lasts_s: tuple[float, float],
    play: Story,
    suits: Any,
    hours: tuple[float, float] = (4, 26),
) -> Plot:
    return Plot(name, CAMERA, per_year, lasts_s, play, hours, suits)


PLOTS: tuple[Plot, ...] = (
    _plot("pot_falls", 20, SHORT, falls("object", 5, "A flower pot falls from a sill."), UP),
    _plot("bottle_thrown", 20, SHORT, falls("object", 5, "Somebody throws a bottle."), UP, (18, 26)),
    _plot("bird_dives", 400, SHORT, falls("bird", 0, "A pigeon dives."), UP, (6, 19)),
    _plot("leaf_sinks", 400, SHORT, falls("leaf", 0, "A leaf sinks."), UP, (6, 19)),
    _plot("ropes_of_cleaners", 40, SHORT, falls("human", 0, "Cleaners on a rope.", "motion"), UP, (8, 16)),
    _plot("laundry_flaps", 300, SHORT, falls("object", 0, "Laundry flaps on its line.", "object"), UP, (8, 18)),
    _plot("bike_in_lift", 150, SHORT, sees("ebike", 0.84, 0.98, (14, 60), "EBIKE_LIFT", 8, "It rides up."), LIFT),
    _plot("pram_in_lift", 600, SHORT, sees("ebike", 0.3, 0.72, (20, 60), "EBIKE_LIFT", 0, "A pram."), LIFT, (7, 21)),
    _plot("wheelchair_in_lift", 300, SHORT, sees("ebike", 0.4, 0.75, (20, 60), "EBIKE_LIFT", 0, "A wheelchair."), LIFT),
    _plot("bike_passes_door", 300, SHORT, sees("ebike", 0.84, 0.95, (0.5, 1.5), "EBIKE_LIFT", 0, "One goes by."), LIFT),
    _plot("shed_burns", 2, (400, 900), sees("smoke", 0.75, 0.97, (120, 300), "CP_FIRE", 10, "A battery burns."), SHED),
    _plot("shed_flames", 2, (400, 900), sees("flame", 0.78, 0.97, (60, 300), "CP_FIRE", 10, "Flames at a port."), SHED),
    _plot("smoker_in_shed", 200, SHORT, sees("smoke", 0.3, 0.6, (20, 90), "CP_FIRE", 0, "A man smokes."), SHED),
    _plot("breath_in_cold", 200, SHORT, sees("smoke", 0.2, 0.55, (4, 20), "CP_FIRE", 0, "Breath in the cold."), SHED),
    _plot("sparks_of_grinder", 20, SHORT, sees("flame", 0.7, 0.9, (0.4, 1.8), "CP_FIRE", 0, "Sparks."), SHED, (9, 17)),
    _plot("brake_lights", 300, SHORT, sees("flame", 0.3, 0.65, (3, 30), "CP_FIRE", 0, "Brake lights."), SHED),
    _plot("van_in_lane", 150, (900, 3600), stands(600, 840, 1, "vehicle", 300, "A van is left there."), LANE),
    _plot("unloads", 400, (400, 500), stands(40, 160, 1, "vehicle", 0, "Unloads a fridge."), LANE, (7, 21)),
    _plot("taxis_in_turn", 200, (900, 1000), stands(50, 140, 3, "vehicle", 0, "Taxis in turn."), LANE, (7, 24)),
    _plot("neighbours_chat", 300, (1000, 1500), stands(300, 900, 1, "human", 0, "They chat there."), LANE, (8, 21)),
    Plot("disk_dies", NVR, 4, (3600, 10_800), disk_dies),
    Plot("overwrites_early", NVR, 2, (3600, 10_800), overwrites_early),
    Plot("disk_spins_up", NVR, 60, (400, 500), fault_passes("disk_offline", 5, 90, "A disk spins up.")),
    Plot("array_checked", NVR, 12, (600, 700), fault_passes("raid_check", 60, 240, "It checks its array.")),
    Plot("just_enough_disk", NVR, 40, (600, 700), just_enough),
)
