"""The desk for residents' orders: 发布 -> 接单 -> 处理 -> 完成 -> 评价, mostly in time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .base import Observation, Plot, Scene, Truth
from .chance import between, poisson
from .day import HOUR_MS, HOUSEHOLDS

if TYPE_CHECKING:
    from .day import Day

Told = Iterator[Observation | Truth]
PHASE = "order.phase"
ORDERS = 30
"""A day, of 2,000 households."""

CATEGORIES = ("plumbing", "electricity", "lift", "cleaning", "noise", "parking", "gardens", "other")
AT_HOME = frozenset(("plumbing", "electricity", "noise"))
"""What is in somebody's home; the rest is everybody's."""
HOURS = ((7, 9, 0.16), (9, 12, 0.32), (12, 18, 0.32), (18, 22, 0.16), (22, 24, 0.04))
POSTS = ("post:plumber", "post:electrician", "post:cleaner", "post:patrol")
OPENS_H, CLOSES_H = 8.0, 21.9


def simulate(day: Day) -> Iterator[Observation]:
    for desk in day.of_kind("desk"):
        dice = day.dice("desk", desk.id)
        mean = ORDERS * len(day.place.homes) / HOUSEHOLDS / max(1, len(day.of_kind("desk")))
        for number in range(poisson(dice, mean)):
            low, high, _ = dice.choices(HOURS, [share for _, _, share in HOURS])[0]
            begin_h = dice.uniform(low, high)
            at_ms, order = day.at(begin_h), f"{desk.id}-{day.number}-{number}"
            category, post = dice.choice(CATEGORIES), dice.choice(POSTS)
            where = _home(day, order) if category in AT_HOME else {}
            yield _phase(desk.id, at_ms, order, "published", category=category, **where)
            taken_ms = at_ms + between(dice, 90, 1300)
            if begin_h < OPENS_H:
                taken_ms = day.at(OPENS_H) + between(dice, 120, 1500)
            elif begin_h > CLOSES_H:
                taken_ms = day.at(24 + OPENS_H) + between(dice, 120, 1200)
            if dice.random() < 0.06:
                ended = dice.choice(("cancelled", "duplicate"))
                yield _phase(desk.id, at_ms + min(taken_ms - at_ms, 1000 * dice.randrange(60, 900)), order, ended)
                continue
            begun_ms = taken_ms + between(dice, 600, 7200)
            done_ms = begun_ms + between(dice, 900, 14_400)
            yield _phase(desk.id, taken_ms, order, "taken", post=post)
            yield _phase(desk.id, begun_ms, order, "in_progress", post=post)
            yield _phase(desk.id, done_ms, order, "done", post=post)
            if dice.random() < 0.6:
                rating = dice.choices((1, 2, 3, 4, 5), (1, 2, 6, 28, 63))[0]
                yield _phase(desk.id, done_ms + between(dice, 300, 20_000), order, "rated", rating=rating)


def _home(day: Day, order: str) -> dict[str, str]:
    if not day.place.homes:
        return {}
    home = day.dice("home of", order).choice(day.place.homes)
    return {"home": "/".join((home.building, home.unit, home.room))}


def _phase(desk: str, at_ms: int, order: str, phase: str, **more: str | int) -> Observation:
    return Observation(at_ms, PHASE, desk, {"order": order, "phase": phase, **more})


def _of(scene: Scene, at_ms: int, phase: str, order: str = "a", **more: str | int) -> Observation:
    return _phase(scene.device.id, at_ms, f"{scene.plot.name}-{scene.from_ms // HOUR_MS}-{order}", phase, **more)


def order_forgotten(scene: Scene, day: Day) -> Told:
    """It lies under the coffee cup; somebody finds it after an hour or two."""
    taken_ms = scene.until_ms - 120_000
    yield _of(scene, scene.from_ms, "published", category="plumbing")
    yield _of(scene, taken_ms, "taken", post="post:plumber")
    yield _of(scene, taken_ms + 60_000, "done", post="post:plumber")
    yield scene.truth("TICKET_SLA", 45 * 60, until_ms=taken_ms)


def taken_at_the_last_minute(scene: Scene, day: Day) -> Told:
    """The electrician takes it after five and twenty minutes."""
    taken_ms = scene.from_ms + between(scene.dice, 1440, 1740)
    yield _of(scene, scene.from_ms, "published", category="electricity")
    yield _of(scene, taken_ms, "taken", post="post:electrician")
    yield _of(scene, taken_ms + 30_000, "done", post="post:electrician")
    yield from scene.nothing("TICKET_SLA")


def written_at_night(scene: Scene, day: Day) -> Told:
    """Written when nobody is at the desk, and taken first thing in the morning."""
    opens_ms = day.at(24 + OPENS_H) if day.hour_of(scene.from_ms) > 12 else day.at(OPENS_H)
    yield _of(scene, scene.from_ms, "published", category="noise")
    taken_ms = max(scene.from_ms, opens_ms) + between(scene.dice, 120, 1200)
    yield _of(scene, taken_ms, "taken", post="post:patrol")
    yield _of(scene, taken_ms + 60_000, "done", post="post:patrol")
    yield Truth("TICKET_SLA", scene.device.id, scene.from_ms, taken_ms, scene.plot.name)


def taken_back(scene: Scene, day: Day) -> Told:
    """The light burns again by itself: cancelled before anybody had to take it."""
    yield _of(scene, scene.from_ms, "published", category="electricity")
    yield _of(scene, scene.from_ms + between(scene.dice, 900, 1700), "cancelled")
    yield from scene.nothing("TICKET_SLA")


def same_leak_reported_by_six(scene: Scene, day: Day) -> Told:
    """One leak, six residents: the desk marks five of them as the same, and takes the first."""
    for n, order in enumerate("abcdef"):
        yield _of(scene, scene.from_ms + 60_000 * n, "published", order, category="plumbing")
    yield _of(scene, scene.from_ms + 600_000, "taken", "a", post="post:plumber")
    for n, order in enumerate("bcdef"):
        yield _of(scene, scene.from_ms + 660_000 + 20_000 * n, "duplicate", order)
    yield _of(scene, scene.from_ms + 1_500_000, "done", "a", post="post:plumber")
    yield from scene.nothing("TICKET_SLA")


DESK = ("desk",)
PLOTS: tuple[Plot, ...] = (
    Plot("order_forgotten", DESK, 120, (4200, 8400), order_forgotten, (8.2, 19), rest_s=60),
    Plot("taken_at_the_last_minute", DESK, 300, (1900, 2000), taken_at_the_last_minute, (8.2, 21), rest_s=60),
    Plot("written_at_night", DESK, 60, (1800, 2000), written_at_night, (3.1, 6.5), rest_s=60),
    Plot("taken_back", DESK, 200, (1800, 2000), taken_back, (8.2, 21), rest_s=60),
    Plot("same_leak_reported_by_six", DESK, 20, (1700, 1900), same_leak_reported_by_six, (8.2, 21), rest_s=60),
)
