"""Visitors, couriers and takeaway at the panels: who rings when, who answers, and whether the door opens."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from .base import Observation, Plot, Scene, Truth
from .chance import between

HOUR_MS = 3_600_000

if TYPE_CHECKING:
    from .day import Day

CALL = "intercom.call"
CALLS = 0.75
"""Of a home on a day: 1,500 of 2,000 homes."""

CALLERS = (
    ("takeaway", 0.38, ((11.0, 13.2, 0.42), (17.2, 20.5, 0.5), (20.5, 23.0, 0.08))),
    ("courier", 0.42, ((9.0, 12.0, 0.4), (13.5, 18.0, 0.45), (18.0, 20.5, 0.15))),
    ("visitor", 0.20, ((9.0, 12.0, 0.25), (14.0, 18.0, 0.35), (18.0, 21.5, 0.4))),
)

OPENED_BY = (("resident", 0.62, "mini_program"), ("speaker", 0.26, "speaker"), ("resident", 0.12, "remote"))


class Visit(NamedTuple):
    panel: str
    door: str
    call: str
    caller: str
    ring_ms: int
    answer_ms: int
    """0: nobody at home answers."""
    guard_ms: int
    """It goes on to the guard then; 0: it does not."""
    open_ms: int
    """0: nobody opens."""
    opened_by: str
    method: str
    end_ms: int


def visits_of(day: Day) -> Iterator[Visit]:
    """Of the whole day, for the homes whose unit has a panel. Nobody rings where a scene has the panel."""
    panels = {(panel.building, panel.unit): panel.id for panel in reversed(day.of_kind("panel"))}
    if not panels:
        return
    callers = [name for name, _, _ in CALLERS], [share for _, share, _ in CALLERS]
    hours = {name: spans for name, _, spans in CALLERS}
    busy: dict[str, int] = {}
    rings: list[tuple[int, str, str, str]] = []
    dice = day.dice("visits")
    for home in day.place.homes:
        panel = panels.get((home.building, home.unit)) or panels.get((home.building, ""))
        if panel is not None and dice.random() < CALLS:
            caller = dice.choices(*callers)[0]
            low, high, _ = dice.choices(hours[caller], [share for _, _, share in hours[caller]])[0]
            rings.append((day.at(dice.uniform(low, high)), panel, home.unit_door, caller))
    for number, (ring_ms, panel, door, caller) in enumerate(sorted(rings)):
        ring_ms = max(ring_ms, busy.get(panel, 0) + 4000)  # a panel has one call at a time
        visit = _visit(day, number, panel, door, caller, ring_ms)
        busy[panel] = visit.end_ms
        if day.free(panel, ring_ms - 5000, visit.end_ms + 5000):
            yield visit


def _visit(day: Day, number: int, panel: str, door: str, caller: str, ring_ms: int) -> Visit:
    dice = day.dice("visit", number)
    call = f"{day.number}-{number}"
    if dice.random() < 0.82:
        answer_ms = ring_ms + between(dice, 3, 24)
        if caller != "visitor" or dice.random() < 0.92:
            by, _, method = dice.choices(OPENED_BY, [share for _, share, _ in OPENED_BY])[0]
            open_ms = answer_ms + between(dice, 3, 12)
            return Visit(panel, door, call, caller, ring_ms, answer_ms, 0, open_ms, by, method, open_ms + 3000)
        return Visit(panel, door, call, caller, ring_ms, answer_ms, 0, 0, "", "", answer_ms + between(dice, 5, 20))
    if dice.random() < 0.45:  # nobody at home: on to the guard, who is quick
        guard_ms = ring_ms + 30_000
        answer_ms = guard_ms + between(dice, 3, 19)
        open_ms = answer_ms + between(dice, 4, 10)
        return Visit(
            panel, door, call, caller, ring_ms, answer_ms, guard_ms, open_ms, "guard", "remote", open_ms + 3000
        )
    return Visit(panel, door, call, caller, ring_ms, 0, 0, 0, "", "", ring_ms + between(dice, 25, 40))


def simulate(day: Day) -> Iterator[Observation]:
    for visit in day.visits:
        yield _call(visit.panel, visit.ring_ms, visit.call, "ringing", caller=visit.caller, rings="home")
        if visit.guard_ms:
            yield _call(visit.panel, visit.guard_ms, visit.call, "ringing", caller=visit.caller, rings="guard")
        if visit.answer_ms:
            by = "guard" if visit.guard_ms else "home"
            yield _call(visit.panel, visit.answer_ms, visit.call, "answered", answered_by=by)
        if visit.open_ms:
            yield _call(visit.panel, visit.open_ms, visit.call, "opened", opened_by=visit.opened_by)
        last = "ended" if visit.answer_ms else "missed"
        yield _call(visit.panel, visit.end_ms, visit.call, last)


def _call(panel: str, at_ms: int, call: str, phase: str, **more: str) -> Observation:
    return Observation(at_ms, CALL, panel, {"call": call, "phase": phase, **more})


# ---- at the guard's desk
Told = Iterator[Observation | Truth]


def _rings_guard(scene: Scene, at_ms: int, call: str = "a") -> Observation:
    return _call(scene.device.id, at_ms, _id(scene, call), "ringing", caller="courier", rings="guard")


def _id(scene: Scene, call: str) -> str:
    return f"{scene.plot.name}-{scene.from_ms // HOUR_MS}-{call}"


def guard_away(scene: Scene, day: Day) -> Told:
    """It rings at the guard's desk, and nobody sits there; the courier gives up in the end."""
    ended_ms = scene.from_ms + between(scene.dice, 65, 140)
    yield _rings_guard(scene, scene.from_ms)
    yield _call(scene.device.id, ended_ms, _id(scene, "a"), "missed")
    yield scene.truth("CALL_UNANSWERED", 60, until_ms=ended_ms)


def guard_walks(scene: Scene, day: Day) -> Told:
    """The guard comes back to the desk, and answers after twenty seconds."""
    answered_ms = scene.from_ms + between(scene.dice, 14, 27)
    yield _rings_guard(scene, scene.from_ms)
    yield _call(scene.device.id, answered_ms, _id(scene, "a"), "answered", answered_by="guard")
    yield _call(scene.device.id, answered_ms + 9000, _id(scene, "a"), "ended")
    yield from scene.nothing("CALL_UNANSWERED")


def nobody_home(scene: Scene, day: Day) -> Told:
    """It rings at home for more than a minute; no guard has anything to do with it."""
    yield _call(scene.device.id, scene.from_ms, _id(scene, "a"), "ringing", caller="visitor", rings="home")
    yield _call(scene.device.id, scene.from_ms + between(scene.dice, 60, 100), _id(scene, "a"), "missed")
    yield from scene.nothing("CALL_UNANSWERED")


def courier_hangs_up(scene: Scene, day: Day) -> Told:
    """Three calls one after the other, each given up after a quarter of a minute."""
    at_ms = scene.from_ms
    for call in "abc":
        yield _rings_guard(scene, at_ms, call)
        ended_ms = at_ms + between(scene.dice, 12, 22)
        yield _call(scene.device.id, ended_ms, _id(scene, call), "ended")
        at_ms = ended_ms + between(scene.dice, 3, 8)
    yield from scene.nothing("CALL_UNANSWERED")


def long_talk(scene: Scene, day: Day) -> Told:
    """Answered at once, and then they talk for five minutes."""
    yield _rings_guard(scene, scene.from_ms)
    yield _call(scene.device.id, scene.from_ms + 6000, _id(scene, "a"), "answered", answered_by="guard")
    yield _call(scene.device.id, scene.from_ms + 300_000, _id(scene, "a"), "ended")
    yield from scene.nothing("CALL_UNANSWERED")


PANEL = ("panel",)
PLOTS: tuple[Plot, ...] = (
    Plot("guard_away", PANEL, 60, (180, 240), guard_away, (8, 23), rest_s=300),
    Plot("guard_walks", PANEL, 400, (90, 120), guard_walks, (8, 23), rest_s=300),
    Plot("nobody_home", PANEL, 300, (180, 240), nobody_home, (8, 23), rest_s=300),
    Plot("courier_hangs_up", PANEL, 200, (180, 240), courier_hangs_up, (8, 21), rest_s=300),
    Plot("long_talk", PANEL, 200, (330, 400), long_talk, (8, 23), rest_s=300),
)
