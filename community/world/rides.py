"""Lifts: who leaves or comes home rides; safety gears grip between floors, doors meet bags, mechanics come."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .base import Observation, Plot, Scene
from .chance import between
from .said import Story, Told, blinks, said

if TYPE_CHECKING:
    from .day import Day

CAR, STATUS, TRAP, OCCUPANCY, CALL = "lift.car", "lift.status", "lift.trap", "lift.occupancy", "lift.call"
RUNNING = {"status": "running"}
GROUND = "1"
WALKS_UP_TO = 2
"""Who lives on the second floor takes the stairs."""


def simulate(day: Day) -> Iterator[Observation]:
    """Where the car stands with its door open, once a ride."""
    if not day.fine:
        return
    dice = day.dice("rides")
    roll = dice.random
    for outing in day.outings:
        home = outing.home
        if not home.lifts or home.floor <= WALKS_UP_TO:
            continue
        lift = home.lifts[int(roll() * len(home.lifts))]
        ground = "B1" if outing.by_car else GROUND
        for at_ms, floor, direction in (
            (outing.out_ms + 10_000, str(home.floor), "down"),
            (outing.out_ms + 33_000, ground, "idle"),
            (outing.back_ms - 36_000, ground, "up"),
            (outing.back_ms - 12_000, str(home.floor), "idle"),
        ):
            if day.free(lift, at_ms - 5000, at_ms + 5000):
                yield Observation(at_ms, CAR, lift, {"floor": floor, "direction": direction, "door": "open"})


# ---- somebody is caught
def gear_grips(scene: Scene, day: Day) -> Told:
    """The safety gear grips between two floors with people inside; freed by the lift company, repaired after that."""
    freed_ms = scene.from_ms + int((scene.until_ms - scene.from_ms) * scene.dice.uniform(0.4, 0.6))
    runs_ms = scene.until_ms - 120_000
    yield said(scene, scene.from_ms - 4000, OCCUPANCY, occupied=True)
    yield said(scene, scene.from_ms, STATUS, status="fault", fault_code="E32")
    yield said(scene, scene.from_ms + 2000, TRAP, trapped=True)
    yield said(scene, scene.from_ms + between(scene.dice, 6, 22), CALL, phase="pressed")
    yield said(scene, scene.from_ms + between(scene.dice, 30, 60), CALL, phase="answered")
    yield said(scene, freed_ms, TRAP, trapped=False)
    yield said(scene, freed_ms, OCCUPANCY, occupied=False)
    yield said(scene, runs_ms, STATUS, **RUNNING)
    yield scene.truth("LIFT_TRAP", 30, until_ms=freed_ms)
    yield scene.truth("LIFT_STOP", 90, from_ms=freed_ms, until_ms=runs_ms)


def calls_from_the_car(scene: Scene, day: Day) -> Told:
    """The door does not open and somebody presses the bell; the gateway has noticed nothing."""
    answered_ms = scene.from_ms + between(scene.dice, 4, 25)
    ended_ms = answered_ms + between(scene.dice, 30, 200)
    yield said(scene, scene.from_ms, CALL, phase="pressed")
    yield said(scene, answered_ms, CALL, phase="answered")
    yield said(scene, ended_ms, CALL, phase="ended")
    yield scene.truth("LIFT_TRAP", 5, until_ms=ended_ms)


def bag_in_the_door(scene: Scene, day: Day) -> Told:
    """Somebody loads a removal van: the door stays open for minutes, with people in the car."""
    yield said(scene, scene.from_ms, OCCUPANCY, occupied=True)
    for n in range(6):
        yield said(scene, scene.from_ms + 20_000 * n, CAR, floor=GROUND, door="open", direction="idle")
    yield said(scene, scene.from_ms + 150_000, OCCUPANCY, occupied=False)
    yield from scene.nothing("LIFT_TRAP", "LIFT_STOP")


def company_phones_in(scene: Scene, day: Day) -> Told:
    """The lift company tests the car's telephone from outside, as it has to every three days. Nobody has pressed."""
    yield said(scene, scene.from_ms, CALL, phase="answered")
    yield said(scene, scene.from_ms + between(scene.dice, 8, 20), CALL, phase="ended")
    yield from scene.nothing("LIFT_TRAP")


def gateway_starts_anew(scene: Scene, day: Day) -> Told:
    """The gateway starts anew and tells all that it knows: nobody caught, nobody inside, running."""
    for n in range(2):
        at_ms = scene.from_ms + 5000 * n
        yield said(scene, at_ms, TRAP, trapped=False)
        yield said(scene, at_ms, OCCUPANCY, occupied=False)
        yield said(scene, at_ms, STATUS, **RUNNING)
    yield from scene.nothing("LIFT_TRAP", "LIFT_STOP")


def slow_between_floors(scene: Scene, day: Day) -> Told:
    """It levels anew with people inside: a fault for some seconds, then it runs on."""
    yield said(scene, scene.from_ms - 4000, OCCUPANCY, occupied=True)
    yield said(scene, scene.from_ms, STATUS, status="fault", fault_code="E07")
    yield said(scene, scene.from_ms + between(scene.dice, 4, 15), STATUS, **RUNNING)
    yield said(scene, scene.from_ms + 40_000, OCCUPANCY, occupied=False)
    yield from scene.nothing("LIFT_TRAP", "LIFT_STOP")


# ---- out of service
def stops_empty(status: str, what: str) -> Story:
    def play(scene: Scene, day: Day) -> Told:
        runs_ms = scene.until_ms - 120_000
        yield said(scene, scene.from_ms - 30_000, OCCUPANCY, occupied=False)
        yield said(scene, scene.from_ms, STATUS, status=status, fault_code="E51")
        yield said(scene, runs_ms, STATUS, **RUNNING)
        yield scene.truth("LIFT_STOP", 75, until_ms=runs_ms)

    play.__doc__ = what
    return play


def served(status: str, what: str) -> Story:
    """Out of use because somebody wants it so."""

    def play(scene: Scene, day: Day) -> Told:
        yield said(scene, scene.from_ms, STATUS, status=status)
        for n, at_ms in enumerate(range(scene.from_ms + 120_000, scene.until_ms - 120_000, 300_000)):
            yield said(scene, at_ms, CAR, floor=str(1 + n % 5), direction="up", door="closed")
        yield said(scene, scene.until_ms - 60_000, STATUS, **RUNNING)
        yield from scene.nothing("LIFT_STOP", "LIFT_TRAP")

    play.__doc__ = what
    return play


def closes_again(what: str, status: str, low_s: float, high_s: float) -> Story:
    return blinks("LIFT_STOP", low_s, high_s, what, STATUS, {"status": status}, dict(RUNNING))


LIFT = ("lift",)
PLOTS: tuple[Plot, ...] = (
    Plot("gear_grips", LIFT, 8, (1800, 5400), gear_grips, (6, 23)),
    Plot("calls_from_the_car", LIFT, 20, (300, 400), calls_from_the_car, (6, 24)),
    Plot("bag_in_the_door", LIFT, 200, (240, 300), bag_in_the_door, (7, 21)),
    Plot("company_phones_in", LIFT, 400, (120, 180), company_phones_in, (9, 17)),
    Plot("gateway_starts_anew", LIFT, 60, (120, 180), gateway_starts_anew),
    Plot("slow_between_floors", LIFT, 100, (120, 180), slow_between_floors, (6, 24)),
    Plot("door_drive_fails", LIFT, 25, (1800, 9000), stops_empty("fault", "Its door drive fails, at night and empty.")),
    Plot("switched_off", LIFT, 10, (1800, 9000), stops_empty("out_of_service", "Its controller has switched it off.")),
    Plot("mechanic_comes", LIFT, 300, (2400, 7200), served("maintenance", "The mechanic's fortnightly service.")),
    Plot("firemen_train", LIFT, 4, (1200, 2400), served("fire_service", "The firemen train with its key switch.")),
    Plot(
        "door_meets_a_foot", LIFT, 300, (120, 180), closes_again("A foot in the door: it counts to 20.", "fault", 6, 22)
    ),
    Plot(
        "power_dips", LIFT, 60, (120, 180), closes_again("A dip of the mains; it starts anew.", "out_of_service", 8, 24)
    ),
)
