"""What can befall any device or feed: batteries that run down, clocks that are wrong, a gateway that is away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..model import DEVICE_HEARTBEAT, SOURCE_HEARTBEAT, SOURCE_LETTERS
from ..site import Device
from .base import Observation, Plot, Scene, Truth
from .chance import between

if TYPE_CHECKING:
    from .day import Day

Told = Iterator[Observation | Truth]
BATTERY = "device.battery"
ON_BATTERY = ("button", "pillar", "bin", "smoke_detector", "gas_detector")
TALKATIVE = ("door", "plant_door", "camera", "barrier", "lift", "speaker")
"""Kinds that speak once a minute."""


def _battery(device: str, at_ms: int, percent: float) -> Observation:
    return Observation(at_ms, BATTERY, device, {"battery_percent": round(percent, 1)})


def battery_dies(scene: Scene, day: Day) -> Told:
    """Nobody has looked at it for two years: it says so every twenty minutes, until it has a new one."""
    new_ms = scene.until_ms - 600_000
    for n, at_ms in enumerate(range(scene.from_ms, new_ms, 1_200_000)):
        yield _battery(scene.device.id, at_ms, 13 - 0.2 * n)
    yield _battery(scene.device.id, new_ms, 100)
    yield scene.truth("BATTERY_LOW", 2 * 3600, until_ms=new_ms)


def cold_battery(scene: Scene, day: Day) -> Told:
    """A cold morning, and half an hour later the sun is on it again."""
    yield _battery(scene.device.id, scene.from_ms, 14)
    yield _battery(scene.device.id, scene.from_ms + between(scene.dice, 600, 2400), 34)
    yield from scene.nothing("BATTERY_LOW")


def battery_ageing(scene: Scene, day: Day) -> Told:
    """Low, and good for months: eighteen percent."""
    for n in range(5):
        yield _battery(scene.device.id, scene.from_ms + 1_200_000 * n, 18.5 - 0.1 * n)
    yield from scene.nothing("BATTERY_LOW")


def battery_changed(scene: Scene, day: Day) -> Told:
    """Empty when the caretaker comes, who has a new one in his pocket."""
    yield _battery(scene.device.id, scene.from_ms, 9)
    yield _battery(scene.device.id, scene.from_ms + between(scene.dice, 60, 400), 100)
    yield from scene.nothing("BATTERY_LOW")


def clock_wrong(scene: Scene, day: Day) -> Told:
    """After a power cut its clock is wrong by half an hour, and nothing sets it for hours."""
    off_ms = scene.dice.choice((-1, 1)) * between(scene.dice, 600, 5400)
    right_ms = scene.until_ms - 1_200_000
    for at_ms in range(scene.from_ms, scene.until_ms, 60_000):
        wrong_ms = off_ms if at_ms < right_ms else 0
        yield Observation(at_ms + wrong_ms, DEVICE_HEARTBEAT, scene.device.id, {}, at_ms + 120)
    yield scene.truth("CLOCK_SKEW", 900, until_ms=right_ms)


def one_word_late(scene: Scene, day: Day) -> Told:
    """One message was lost in a queue for ten minutes, the others are in time."""
    for n, at_ms in enumerate(range(scene.from_ms, scene.until_ms, 60_000)):
        told_ms = at_ms + (600_000 if n == 2 else 150)
        yield Observation(at_ms, DEVICE_HEARTBEAT, scene.device.id, {}, told_ms)
    yield from scene.nothing("CLOCK_SKEW")


def clock_drifts(scene: Scene, day: Day) -> Told:
    """Half a minute slow, as cheap crystals are after a month."""
    for at_ms in range(scene.from_ms, scene.until_ms, 60_000):
        yield Observation(at_ms - 35_000, DEVICE_HEARTBEAT, scene.device.id, {}, at_ms + 100)
    yield from scene.nothing("CLOCK_SKEW")


def summer_time_set_twice(scene: Scene, day: Day) -> Told:
    """An hour wrong for three messages, until its installer has noticed."""
    for n, at_ms in enumerate(range(scene.from_ms, scene.until_ms, 60_000)):
        off_ms = 3_600_000 if n < 3 else 0
        yield Observation(at_ms + off_ms, DEVICE_HEARTBEAT, scene.device.id, {}, at_ms + 100)
    yield from scene.nothing("CLOCK_SKEW")


def feed_dies(scene: Scene, day: Day) -> Told:
    """The gateway's computer restarts for updates; its devices wait, and tell all of it afterwards."""
    yield scene.truth("SOURCE_STALE", 60)


def feed_hiccup(scene: Scene, day: Day) -> Told:
    """A cable is moved from one port to the other."""
    yield from scene.nothing("SOURCE_STALE")


def feed_spools_once(scene: Scene, day: Day) -> Told:
    """The log was busy for a moment: one heartbeat tells of three messages on their way round."""
    yield Observation(scene.from_ms + 4000, SOURCE_HEARTBEAT, scene.device.id, {"spooled": 3})
    yield from scene.nothing("SOURCE_STALE")


def _letters(feed: str, at_ms: int, count: int) -> Observation:
    return Observation(at_ms, SOURCE_LETTERS, feed, {"letters": count, "window_s": 600})


def feed_speaks_anew(scene: Scene, day: Day) -> Told:
    """An update of its firmware, and nobody here knows its new words until a mapping is mended."""
    for count, at_ms in enumerate(range(scene.from_ms, scene.until_ms - 600_000, 20_000), 1):
        yield _letters(scene.device.id, at_ms, min(count, 30))
    yield _letters(scene.device.id, scene.until_ms, 0)
    yield scene.truth("DEAD_LETTERS", 180)


def one_broken_message(scene: Scene, day: Day) -> Told:
    """A frame was cut on its way."""
    yield _letters(scene.device.id, scene.from_ms, 1)
    yield _letters(scene.device.id, scene.from_ms + 600_000, 0)
    yield from scene.nothing("DEAD_LETTERS")


def strange_visitor(scene: Scene, day: Day) -> Told:
    """An installer tries his tester at the port, three times."""
    for count in (1, 2, 3):
        yield _letters(scene.device.id, scene.from_ms + 20_000 * count, count)
    yield _letters(scene.device.id, scene.from_ms + 680_000, 0)
    yield from scene.nothing("DEAD_LETTERS")


def words_of_before(scene: Scene, day: Day) -> Told:
    """Somebody sends four old letters again before the mapping is mended: all come back."""
    yield _letters(scene.device.id, scene.from_ms, 4)
    yield _letters(scene.device.id, scene.from_ms + 600_000, 0)
    yield from scene.nothing("DEAD_LETTERS")


def devices_quiet(scene: Scene, day: Day) -> Told:
    """Nothing to tell from its devices: the gateway's own beat is all that comes, and twice as often as it must."""
    for at_ms in range(scene.from_ms, scene.until_ms, 5000):
        yield Observation(at_ms, SOURCE_HEARTBEAT, scene.device.id, {})
    yield from scene.nothing("SOURCE_STALE")


def with_period(device: Device) -> bool:
    return device.period_s is None or device.period_s <= 60


PLOTS: tuple[Plot, ...] = (
    Plot("battery_dies", ON_BATTERY, 60, (10_000, 20_000), battery_dies, (4, 20)),
    Plot("cold_battery", ON_BATTERY, 100, (3000, 4000), cold_battery, (5, 9)),
    Plot("battery_ageing", ON_BATTERY, 100, (7000, 8000), battery_ageing, (4, 23)),
    Plot("battery_changed", ON_BATTERY, 60, (3600, 4000), battery_changed, (9, 17)),
    Plot("clock_wrong", TALKATIVE, 12, (5400, 14_400), clock_wrong, suits=with_period, mutes=True),
    Plot("one_word_late", TALKATIVE, 200, (1200, 1300), one_word_late, suits=with_period, mutes=True),
    Plot("clock_drifts", TALKATIVE, 60, (2400, 3600), clock_drifts, suits=with_period, mutes=True),
    Plot("summer_time_set_twice", TALKATIVE, 10, (1200, 1300), summer_time_set_twice, suits=with_period, mutes=True),
    Plot("feed_dies", ("source",), 12, (180, 900), feed_dies, mutes=True, spools=True, rest_s=1800),
    Plot("feed_hiccup", ("source",), 60, (4, 14), feed_hiccup, mutes=True, spools=True),
    Plot("feed_spools_once", ("source",), 60, (20, 30), feed_spools_once),
    Plot("feed_speaks_anew", ("source",), 30, (1500, 3600), feed_speaks_anew),
    Plot("one_broken_message", ("source",), 60, (700, 800), one_broken_message),
    Plot("strange_visitor", ("source",), 90, (700, 900), strange_visitor),
    Plot("words_of_before", ("source",), 90, (700, 800), words_of_before),
    Plot("devices_quiet", ("source",), 10, (200, 300), devices_quiet),
)
