"""Doors and those who go through them: passes in nine ways, contacts, crossings that a camera counts.

A door closes by itself some seconds after the last person; who follows while it is open opens nothing. Gates are
turnstile lanes: each person has a pass of their own, a camera counts them in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from random import Random
from typing import TYPE_CHECKING, Any

from ..place import open_until_ms
from ..site import Device
from .base import Observation, Plot, Scene, Truth
from .chance import between
from .outings import CLOSE_MS, WALK_MS
from .place import is_gate

if TYPE_CHECKING:
    from .day import Day

CONTACT, LOCK, PASS, CROSSING = "access.contact", "access.lock", "access.pass", "access.crossing"

DENIED_SHARE = 0.02
"""First tries that a reader does not take: a mask, a cold finger, the card upside down."""

MISSED_BY_HABIT = 0.16
"""Of those who come back on foot: a neighbour holds the unit's door."""


def counted(door: Device) -> bool:
    return is_gate(door)


# ---- an ordinary day
def simulate(day: Day) -> Iterator[Observation]:
    """Passes of everybody; where the day is fine the doors' contacts and the gates' crossings, too."""
    unlocks: dict[str, list[int]] = {}
    dice = day.dice("doors")
    roll = dice.random
    free, fine = day.free, day.fine
    for home, resident, out_ms, back_ms, gate, _, by_car in day.outings:
        if by_car:
            continue
        method, person, unit_door = resident.method, resident.id, home.unit_door
        if unit_door and fine and free(unit_door, out_ms, out_ms + 60_000):
            at_ms = out_ms + CLOSE_MS
            yield Observation(at_ms, LOCK, unit_door, {"lock": "unlocked", "cause": "exit_button"})
            unlocks.setdefault(unit_door, []).append(at_ms)
        if not gate:
            continue
        for door, at_ms, direction in (
            (gate, out_ms + CLOSE_MS + WALK_MS, "out"),
            (gate, back_ms - CLOSE_MS - WALK_MS, "in"),
            (unit_door, back_ms - CLOSE_MS, "in"),
        ):
            if not door or not free(door, at_ms - 30_000, at_ms + 30_000):
                continue
            jitter_ms = int(roll() * 20_000)
            at_ms += jitter_ms
            if door is unit_door and roll() < MISSED_BY_HABIT:
                continue
            reader = f"{door}/{direction}"
            if roll() < DENIED_SHARE:
                denied = {"method": method, "result": "denied", "reader": reader, "direction": direction}
                yield Observation(at_ms - 4000, PASS, door, denied)
            said = {"method": method, "result": "granted", "reader": reader, "direction": direction, "person": person}
            yield Observation(at_ms, PASS, door, said)
            if fine:
                unlocks.setdefault(door, []).append(at_ms)
                if door is gate:
                    crossed_ms = at_ms + 1200 + int(roll() * 2300)
                    yield Observation(crossed_ms, CROSSING, door, {"persons": 1, "direction": direction})
    for visit in day.visits:
        at_ms = visit.open_ms
        if at_ms and visit.door and free(visit.door, at_ms - 30_000, at_ms + 30_000):
            let = {"method": visit.method, "result": "granted", "reader": f"{visit.door}/in", "direction": "in"}
            yield Observation(at_ms, PASS, visit.door, let)
            if fine:
                unlocks.setdefault(visit.door, []).append(at_ms)
    for door in sorted(unlocks):
        yield from contacts(door, sorted(unlocks[door]), dice)


def contacts(door: str, unlocks: Iterable[int], dice: Random) -> Iterator[Observation]:
    """Open and closed: somebody goes through right after each unlock, the door falls shut some seconds later."""
    closes_ms = 0
    for at_ms in unlocks:
        opens_ms = at_ms + 500 + int(dice.random() * 1500)
        if closes_ms and opens_ms > closes_ms:
            yield _contact(door, closes_ms, "closed")
            closes_ms = 0
        if not closes_ms:
            yield _contact(door, opens_ms, "open")
        closes_ms = max(closes_ms, opens_ms + 2500 + int(dice.random() * 3500))
    if closes_ms:
        yield _contact(door, closes_ms, "closed")


def _contact(door: str, at_ms: int, state: str) -> Observation:
    return Observation(at_ms, CONTACT, door, {"state": state})


def _pass(
    scene: Scene, at_ms: int, result: str = "granted", method: str = "card", side: str = "in", **more: Any
) -> Observation:
    door = scene.device.id
    said = {"method": method, "result": result, "reader": f"{door}/{side}", "direction": side, **more}
    return Observation(at_ms, PASS, door, said)


def _let_in(scene: Scene, at_ms: int) -> Iterator[Observation]:
    """Somebody comes in as people do: pass, open; shut it is by whoever called."""
    yield _pass(scene, at_ms)
    yield _contact(scene.device.id, at_ms + between(scene.dice, 0.5, 2), "open")


# ---- what can go wrong, and what only looks like it
Told = Iterator[Observation | Truth]


def _stands_open(scene: Scene, day: Day, begin_ms: int, shut_ms: int) -> tuple[int, Iterator[Truth]]:
    """When it is shut, and what that is worth: a gate may stand open in its opening hours, and whoever closes it at
    their end takes away what lies in it."""
    hours = day.site.hours_of.get(scene.device.area)
    closes_ms = open_until_ms(hours, begin_ms, day.site.timezone) if hours else None
    if closes_ms is not None:
        return min(shut_ms, closes_ms), scene.nothing("DOOR_HELD")
    return shut_ms, iter([scene.truth("DOOR_HELD", 120, from_ms=begin_ms, until_ms=shut_ms)])


def pried(scene: Scene, day: Day) -> Told:
    """Somebody levers the door open; it stands ajar until the guard shuts it."""
    begin_ms = scene.from_ms + 60_000
    shut_ms, open_for_long = _stands_open(scene, day, begin_ms, scene.until_ms - 60_000)
    yield _contact(scene.device.id, scene.from_ms, "closed")
    yield _contact(scene.device.id, begin_ms, "open")
    yield _contact(scene.device.id, shut_ms, "closed")
    yield scene.truth("DOOR_FORCED", 20, from_ms=begin_ms, until_ms=shut_ms)
    yield from open_for_long


def shouldered(scene: Scene, day: Day) -> Told:
    """A shove with the shoulder half a minute after a resident went in; the door falls shut behind the stranger."""
    begin_ms = scene.from_ms + 40_000
    shut_ms = begin_ms + between(scene.dice, 4, 9)
    yield from _let_in(scene, scene.from_ms)
    yield _contact(scene.device.id, scene.from_ms + 7000, "closed")
    yield _contact(scene.device.id, begin_ms, "open")
    yield _contact(scene.device.id, shut_ms, "closed")
    yield scene.truth("DOOR_FORCED", 20, from_ms=begin_ms, until_ms=shut_ms)


def slow_opener(scene: Scene, day: Day) -> Told:
    """An old lady with two bags: the lock lets go, and she pulls the door some seconds later."""
    for n in range(3):
        at_ms = scene.from_ms + 120_000 * n
        yield _pass(scene, at_ms)
        opens_ms = at_ms + between(scene.dice, 2.6, 4.6)
        yield _contact(scene.device.id, opens_ms, "open")
        yield _contact(scene.device.id, opens_ms + between(scene.dice, 6, 20), "closed")
    yield from scene.nothing("DOOR_FORCED", "DOOR_HELD")


def button_inside(scene: Scene, day: Day) -> Told:
    """People leave by the button: the door opens, and no reader has said anything."""
    for n in range(4):
        at_ms = scene.from_ms + between(scene.dice, 0, 40) + 60_000 * n
        yield Observation(at_ms, LOCK, scene.device.id, {"lock": "unlocked", "cause": "exit_button"})
        yield _contact(scene.device.id, at_ms + 900, "open")
        yield _contact(scene.device.id, at_ms + between(scene.dice, 4, 9), "closed")
    yield from scene.nothing("DOOR_FORCED", "TAILGATE")


def free_for_fire_drill(scene: Scene, day: Day) -> Told:
    """For a drill the doors are set free: they stand open, and everybody walks through."""
    locked_ms = scene.until_ms - 120_000
    yield Observation(scene.from_ms, LOCK, scene.device.id, {"lock": "free", "cause": "fire"})
    yield _contact(scene.device.id, scene.from_ms + 20_000, "open")
    for n in range(6):
        crossed = {"persons": 1 + n % 3, "direction": "in"}
        yield Observation(scene.from_ms + 30_000 + 9000 * n, CROSSING, scene.device.id, crossed)
    yield _contact(scene.device.id, locked_ms - 15_000, "closed")
    yield Observation(locked_ms, LOCK, scene.device.id, {"lock": "locked", "cause": "fire"})
    yield from scene.nothing("DOOR_FORCED", "DOOR_HELD", "TAILGATE")


def wedged(scene: Scene, day: Day) -> Told:
    """A brick in the door, so that a friend may come up; somebody kicks it away in the end."""
    shut_ms, open_for_long = _stands_open(scene, day, scene.from_ms, scene.until_ms - 60_000)
    yield from _let_in(scene, scene.from_ms)
    yield _contact(scene.device.id, max(shut_ms, scene.from_ms + 9000), "closed")
    yield from open_for_long


def moving_house(scene: Scene, day: Day) -> Told:
    """A family moves in: the door is held for every piece of furniture, and falls shut behind it."""
    at_ms = scene.from_ms
    while at_ms < scene.until_ms - 90_000:
        yield from _let_in(scene, at_ms)
        held_s = min(52.0, scene.dice.lognormvariate(2.9, 0.45))
        shut_ms = at_ms + 2000 + int(1000 * held_s)
        yield _contact(scene.device.id, shut_ms, "closed")
        at_ms = shut_ms + between(scene.dice, 5, 60)
    yield from scene.nothing("DOOR_HELD")


def wheelchair(scene: Scene, day: Day) -> Told:
    """Somebody holds the door for a wheelchair: once, and half a minute long. A plant room sees none."""
    yield from _let_in(scene, scene.from_ms)
    yield _contact(scene.device.id, scene.from_ms + between(scene.dice, 20, 45), "closed")
    yield from scene.nothing("DOOR_HELD")


def fitter(scene: Scene, day: Day) -> Told:
    """A fitter goes in and out of the plant room with his tools, and shuts the door each time."""
    at_ms = scene.from_ms
    for _ in range(5):
        yield from _let_in(scene, at_ms)
        shut_ms = at_ms + between(scene.dice, 5, 22)
        yield _contact(scene.device.id, shut_ms, "closed")
        at_ms = shut_ms + between(scene.dice, 20, 60)
    yield from scene.nothing("DOOR_HELD", "DOOR_FORCED")


def guesses_codes(scene: Scene, day: Day) -> Told:
    """A stranger tries one code after the other until he gives up."""
    at_ms = scene.from_ms
    for _ in range(scene.dice.randint(9, 18)):
        yield _pass(scene, at_ms, "denied", "password")
        at_ms += between(scene.dice, 2.5, 5.5)
    yield scene.truth("DOOR_AUTH", 60, until_ms=at_ms)


def forgot_the_card(scene: Scene, day: Day) -> Told:
    """The old card two or three times, then the telephone."""
    at_ms = scene.from_ms
    for _ in range(scene.dice.randint(2, 3)):
        yield _pass(scene, at_ms, "denied")
        at_ms += between(scene.dice, 4, 9)
    yield _pass(scene, at_ms, "granted", "bluetooth")
    yield _contact(scene.device.id, at_ms + 1000, "open")
    yield _contact(scene.device.id, at_ms + 7000, "closed")
    yield from scene.nothing("DOOR_AUTH")


def mask_again_and_again(scene: Scene, day: Day) -> Told:
    """One who wears a mask tries now and then while he waits for his wife: six times in six minutes."""
    for n in range(6):
        yield _pass(scene, scene.from_ms + 62_000 * n + between(scene.dice, 0, 10), "denied", "face")
    yield from scene.nothing("DOOR_AUTH")


def two_sides(scene: Scene, day: Day) -> Told:
    """After the change of codes: three people inside and three outside, each refused once at their own reader."""
    for n in range(6):
        side = "in" if n % 2 else "out"
        yield _pass(scene, scene.from_ms + 8000 * n, "denied", "password", side)
    yield from scene.nothing("DOOR_AUTH")


def slips_in(scene: Scene, day: Day) -> Told:
    """A resident passes, and a stranger goes through right behind. Somebody reviews the clip: minutes, not seconds."""
    yield _pass(scene, scene.from_ms)
    yield Observation(scene.from_ms + 1400, CROSSING, scene.device.id, {"persons": 1, "direction": "in"})
    at_ms = scene.from_ms + between(scene.dice, 2.4, 3.8)
    yield Observation(at_ms, CROSSING, scene.device.id, {"persons": 1, "direction": "in"})
    yield scene.truth("TAILGATE", 120, from_ms=at_ms, until_ms=at_ms)


def side_by_side(scene: Scene, day: Day) -> Told:
    """Two friends, two passes within a second, and the camera counts both at once."""
    yield _pass(scene, scene.from_ms)
    yield _pass(scene, scene.from_ms + between(scene.dice, 0.5, 1.4), "granted", "face")
    yield Observation(scene.from_ms + 2600, CROSSING, scene.device.id, {"persons": 2, "direction": "in"})
    yield from scene.nothing("TAILGATE")


def out_as_one_comes_in(scene: Scene, day: Day) -> Told:
    """Somebody leaves through the lane while a resident comes in."""
    yield _pass(scene, scene.from_ms)
    yield Observation(scene.from_ms + 1500, CROSSING, scene.device.id, {"persons": 1, "direction": "in"})
    yield Observation(scene.from_ms + 2600, CROSSING, scene.device.id, {"persons": 1, "direction": "out"})
    yield from scene.nothing("TAILGATE")


def coerced(scene: Scene, day: Day) -> Told:
    """Somebody is made to open, and uses the code that says so."""
    yield _pass(scene, scene.from_ms, "granted", "password", duress=True)
    yield _contact(scene.device.id, scene.from_ms + 1500, "open")
    yield _contact(scene.device.id, scene.from_ms + 9000, "closed")
    yield scene.truth("DURESS", 5, until_ms=scene.from_ms + 9000)


def code_mistyped(scene: Scene, day: Day) -> Told:
    """A wrong figure, refused, and the right code after it."""
    yield _pass(scene, scene.from_ms, "denied", "password", reason="wrong_code")
    yield _pass(scene, scene.from_ms + 6000, "granted", "password")
    yield from scene.nothing("DURESS", "DOOR_AUTH")


def hurried_home(scene: Scene, day: Day) -> Told:
    """A code typed three times because the first two were too quick for the lock. All were right."""
    for n in range(3):
        yield _pass(scene, scene.from_ms + 2500 * n, "granted", "password", duress=False)
    yield from scene.nothing("DURESS", "DOOR_AUTH")


def child_plays(scene: Scene, day: Day) -> Told:
    """Figures at random, four of them, refused."""
    for n in range(4):
        yield _pass(scene, scene.from_ms + 5000 * n, "denied", "password")
    yield from scene.nothing("DURESS", "DOOR_AUTH")


DOOR, ANY_DOOR = ("door",), ("door", "plant_door")

PLOTS: tuple[Plot, ...] = (
    Plot("door_pried", ANY_DOOR, 6, (250, 900), pried),
    Plot("door_shouldered", DOOR, 12, (120, 200), shouldered),
    Plot("slow_opener", DOOR, 400, (400, 450), slow_opener, (6, 21)),
    Plot("button_inside", DOOR, 200, (330, 360), button_inside, (6, 23)),
    Plot("free_for_fire_drill", DOOR, 8, (900, 1800), free_for_fire_drill, (9, 17)),
    Plot("door_wedged", ANY_DOOR, 120, (270, 1500), wedged),
    Plot("moving_house", DOOR, 90, (1200, 4200), moving_house, (8, 18)),
    Plot("wheelchair", DOOR, 500, (120, 180), wheelchair, (7, 21)),
    Plot("fitter_in_plant_room", ("plant_door",), 100, (500, 700), fitter, (8, 18)),
    Plot("guesses_codes", DOOR, 10, (180, 240), guesses_codes, (6, 26)),
    Plot("forgot_the_card", DOOR, 300, (90, 120), forgot_the_card, (6, 24)),
    Plot("mask_again_and_again", DOOR, 60, (400, 420), mask_again_and_again, (6, 24)),
    Plot("refused_on_two_sides", DOOR, 20, (120, 150), two_sides, (6, 24)),
    Plot("slips_in", DOOR, 250, (60, 90), slips_in, (6, 24), counted),
    Plot("side_by_side", DOOR, 400, (60, 90), side_by_side, (6, 24), counted),
    Plot("out_as_one_comes_in", DOOR, 400, (60, 90), out_as_one_comes_in, (6, 24), counted),
    Plot("coerced", DOOR, 1, (60, 90), coerced),
    Plot("code_mistyped", DOOR, 400, (60, 90), code_mistyped, (6, 24)),
    Plot("hurried_home", DOOR, 100, (60, 90), hurried_home, (6, 24)),
    Plot("child_plays", DOOR, 60, (60, 90), child_plays, (14, 20)),
)
