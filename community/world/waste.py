"""What befalls bins: nobody collects, a bag slides down, cigarettes and the sun heat them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .base import Observation, Plot, Scene
from .chance import between
from .said import Told, said

if TYPE_CHECKING:
    from .day import Day

STATUS = "bin.status"
EVERY_MS = 1_800_000
FIRE_MS = 20_000
"""Its sensor wakes up when the temperature moves, and then speaks so often."""


def inside_c(day: Day, at_ms: int) -> float:
    return day.weather.outdoors_c(day.hour_of(at_ms)) + 2.0


def _full(scene: Scene, at_ms: int, fill: float) -> Observation:
    return said(scene, at_ms, STATUS, fill_percent=round(fill, 1))


def _hot(scene: Scene, at_ms: int, celsius: float) -> Observation:
    return said(scene, at_ms, STATUS, temperature_c=round(celsius, 1))


# ---- full
def after_the_holiday(scene: Scene, day: Day) -> Told:
    """Nobody collects, and everybody has unpacked: it fills to the lid, and is emptied hours later."""
    emptied_ms = scene.until_ms - 300_000
    yield _full(scene, scene.from_ms, scene.dice.uniform(86, 93))
    for at_ms in range(scene.from_ms + EVERY_MS, emptied_ms, EVERY_MS):
        yield _full(scene, at_ms, min(100.0, 93 + 2 * scene.dice.random() + (at_ms - scene.from_ms) / 3_600_000))
    yield _full(scene, emptied_ms, 3)
    yield scene.truth("BIN_FULL", 1200, until_ms=emptied_ms)


def bag_slides_down(scene: Scene, day: Day) -> Told:
    """A bag lies under the sensor, and slides down minutes later."""
    yield _full(scene, scene.from_ms, scene.dice.uniform(88, 99))
    yield _full(scene, scene.from_ms + between(scene.dice, 60, 420), scene.dice.uniform(10, 28))
    yield from scene.nothing("BIN_FULL")


def collected_in_time(scene: Scene, day: Day) -> Told:
    """Just full when the collector comes round the corner."""
    yield _full(scene, scene.from_ms, scene.dice.uniform(81, 90))
    yield _full(scene, scene.from_ms + between(scene.dice, 120, 480), 2)
    yield from scene.nothing("BIN_FULL")


def tipped_over(scene: Scene, day: Day) -> Told:
    """The wind has tipped it over: its sensor looks at the ground an arm's length away."""
    yield said(scene, scene.from_ms, STATUS, fill_percent=100.0, tilted=True)
    yield said(scene, scene.until_ms - 300_000, STATUS, fill_percent=6.0, tilted=False)
    yield from scene.nothing("BIN_FULL")


def well_used(scene: Scene, day: Day) -> Told:
    """Three quarters full for hours: what it is for."""
    for at_ms in range(scene.from_ms, scene.until_ms - 300_000, EVERY_MS):
        yield _full(scene, at_ms, scene.dice.uniform(70, 76))
    yield _full(scene, scene.until_ms - 300_000, 2)
    yield from scene.nothing("BIN_FULL")


# ---- hot
def cigarette(scene: Scene, day: Day) -> Told:
    """A cigarette in the paper: flames within two minutes, a guard with an extinguisher ten minutes later."""
    begin_c, per_min = inside_c(day, scene.from_ms), scene.dice.uniform(14, 40)
    out_ms = scene.from_ms + between(scene.dice, 420, 900)
    burnt_c = min(240.0, begin_c + per_min * (out_ms - scene.from_ms) / 60_000)
    for at_ms in range(scene.from_ms, scene.until_ms, FIRE_MS):
        if at_ms <= out_ms:
            celsius = min(240.0, begin_c + per_min * (at_ms - scene.from_ms) / 60_000)
        else:
            celsius = begin_c + (burnt_c - begin_c) * 0.6 ** ((at_ms - out_ms) / 60_000)
        yield _hot(scene, at_ms, celsius)
    yield scene.truth("BIN_FIRE", 240, until_ms=out_ms + 300_000)


def smoulders(scene: Scene, day: Day) -> Told:
    """Charcoal of a barbecue under the garbage: slow, and hot enough for the plastic after a quarter of an hour."""
    begin_c, per_min = inside_c(day, scene.from_ms), scene.dice.uniform(4, 7)
    out_ms = scene.until_ms - 1_500_000
    for at_ms in range(scene.from_ms, scene.until_ms, 60_000):
        if at_ms <= out_ms:
            celsius = min(95.0, begin_c + per_min * (at_ms - scene.from_ms) / 60_000)
        else:
            celsius = begin_c + (95 - begin_c) * 0.75 ** ((at_ms - out_ms) / 60_000)
        yield _hot(scene, at_ms, celsius)
    soft_c = 80.0  # polyethylene gives way
    yield scene.truth("BIN_FIRE", (soft_c - begin_c) / per_min * 60, until_ms=out_ms + 600_000)


def lid_in_the_sun(scene: Scene, day: Day) -> Told:
    """The sun comes round the corner and on the lid: warm within the hour, and never hotter than black metal gets."""
    begin_c = inside_c(day, scene.from_ms)
    top_c = min(54.0, begin_c + scene.dice.uniform(12, 20))
    for n, at_ms in enumerate(range(scene.from_ms, scene.until_ms, 300_000)):
        yield _hot(scene, at_ms, begin_c + (top_c - begin_c) * (1 - 0.88**n))
    yield _hot(scene, scene.until_ms, begin_c)
    yield from scene.nothing("BIN_FIRE")


def soup_poured_in(scene: Scene, day: Day) -> Told:
    """A pot of hot soup: some degrees at once, and then it cools."""
    begin_c, more_c = inside_c(day, scene.from_ms), scene.dice.uniform(4, 8)
    for n in range(6):
        yield _hot(scene, scene.from_ms + 60_000 * n, begin_c + more_c * (0.8 ** (n - 1) if n else 0.0))
    yield from scene.nothing("BIN_FIRE")


def compost_works(scene: Scene, day: Day) -> Told:
    """Kitchen waste ferments in a warm week: a few degrees in hours."""
    begin_c = inside_c(day, scene.from_ms)
    for n, at_ms in enumerate(range(scene.from_ms, scene.until_ms, 600_000)):
        yield _hot(scene, at_ms, begin_c + min(14.0, 1.2 * n))
    yield from scene.nothing("BIN_FIRE")


BIN = ("bin",)
PLOTS: tuple[Plot, ...] = (
    Plot("after_the_holiday", BIN, 150, (5400, 14_400), after_the_holiday, (6, 22)),
    Plot("bag_slides_down", BIN, 400, (900, 1000), bag_slides_down, (6, 23)),
    Plot("collected_in_time", BIN, 300, (900, 1000), collected_in_time, (6, 21)),
    Plot("tipped_over", BIN, 30, (1800, 7200), tipped_over),
    Plot("well_used", BIN, 100, (3600, 7200), well_used, (7, 20)),
    Plot("cigarette", BIN, 6, (2400, 3600), cigarette, rest_s=1800),
    Plot("smoulders", BIN, 3, (3600, 5400), smoulders, rest_s=1800),
    Plot("lid_in_the_sun", BIN, 100, (3600, 5400), lid_in_the_sun, (10, 15)),
    Plot("soup_poured_in", BIN, 100, (600, 700), soup_poured_in, (11, 21)),
    Plot("compost_works", BIN, 60, (7200, 10_800), compost_works, (8, 18)),
)
