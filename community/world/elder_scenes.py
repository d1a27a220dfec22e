"""What can befall residents in care, and what only looks like it: a long nap is not a fall, silence is not absence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .base import Observation, Plot, Scene, Truth
from .chance import between
from .day import HOUR_MS
from .elders import ABSENCE, FALL, VITALS, band, evidence, litres_at, passage, vitals, water

if TYPE_CHECKING:
    from .day import Day

Told = Iterator[Observation | Truth]
HOUR_S = 3600.0


def _waters(scene: Scene, day: Day, from_ms: int, until_ms: int, share: float = 1.0) -> Iterator[Observation]:
    """Hourly water of one who lives as usual (1.0), sparingly, or not at all (0.0)."""
    for at_ms in range(from_ms - from_ms % HOUR_MS + HOUR_MS, until_ms, HOUR_MS):
        hour = day.hour_of(at_ms) % 24
        yield water(scene.device.id, at_ms, share * litres_at(hour, scene.dice))


def _absent(scene: Scene, at_ms: int, absent: bool) -> Observation:
    return Observation(at_ms, ABSENCE, scene.device.id, {"absent": absent})


# ---- at home, and nobody knows how
def lies_ill(scene: Scene, day: Day) -> Told:
    """An elder comes home, lies down ill and does not get up: no door, no water, until a neighbour comes."""
    subject, found_ms = scene.device.id, scene.until_ms - HOUR_MS
    home_ms = scene.from_ms + HOUR_MS
    yield passage(subject, scene.from_ms, "out")
    yield passage(subject, home_ms, "in")
    yield water(subject, home_ms - home_ms % HOUR_MS + HOUR_MS, 12.0)
    yield from _waters(scene, day, home_ms + HOUR_MS, found_ms, 0.0)
    yield evidence(subject, found_ms, "call")
    yield water(subject, found_ms + HOUR_MS // 2, 25.0, 1800.0)
    last_ms = home_ms - home_ms % HOUR_MS + HOUR_MS
    yield scene.truth("LONG_IN", 26 * HOUR_S, from_ms=last_ms, until_ms=found_ms)
    yield scene.truth("LOW_WATER", 24 * HOUR_S, from_ms=last_ms, until_ms=found_ms)


def quiet_days(scene: Scene, day: Day) -> Told:
    """Two days at home in the rain with books and soup: nobody passes the door, water runs."""
    yield passage(scene.device.id, scene.from_ms, "in")
    yield from _waters(scene, day, scene.from_ms, scene.until_ms)
    yield from scene.nothing("LONG_IN", "LOW_WATER")


def in_hospital(scene: Scene, day: Day) -> Told:
    """In hospital for two days, and recorded so: no water at home, and nobody is missing."""
    subject = scene.device.id
    yield passage(subject, scene.from_ms, "out")
    yield _absent(scene, scene.from_ms + HOUR_MS, True)
    yield from _waters(scene, day, scene.from_ms + HOUR_MS, scene.until_ms - HOUR_MS, 0.0)
    yield passage(subject, scene.until_ms - HOUR_MS, "in")
    yield _absent(scene, scene.until_ms - HOUR_MS + 300_000, False)
    yield water(subject, scene.until_ms - HOUR_MS // 3, 22.0, 1800.0)
    yield from scene.nothing("LONG_IN", "LONG_OUT", "LOW_WATER")


def away_unseen(scene: Scene, day: Day) -> Told:
    """Left with the son by the garage, where nobody counts; the lift saw the elder in the evenings."""
    subject = scene.device.id
    yield passage(subject, scene.from_ms, "in")
    for at_ms in range(scene.from_ms + 8 * HOUR_MS, scene.until_ms, 9 * HOUR_MS):
        yield evidence(subject, at_ms, "lift")
    yield from _waters(scene, day, scene.from_ms, scene.until_ms, 0.9)
    yield from scene.nothing("LONG_IN", "LOW_WATER")


def meter_silent(scene: Scene, day: Day) -> Told:
    """The water meter has nothing to say for two days. The bed and the door have: all is well."""
    subject = scene.device.id
    for at_ms in range(scene.from_ms, scene.until_ms, 5 * HOUR_MS):
        yield evidence(subject, at_ms, "bed" if day.hour_of(at_ms) % 24 < 7 else "door_contact")
    yield from _waters(scene, day, scene.until_ms - 2 * HOUR_MS, scene.until_ms)
    yield from scene.nothing("LONG_IN", "LOW_WATER")


def lives_sparingly(scene: Scene, day: Day) -> Told:
    """Washes with a bowl: thirty litres a day, a little in each hour awake."""
    yield passage(scene.device.id, scene.from_ms, "in")
    for at_ms in range(scene.from_ms - scene.from_ms % HOUR_MS + HOUR_MS, scene.until_ms, HOUR_MS):
        awake = 6 < day.hour_of(at_ms) % 24 <= 22
        yield water(scene.device.id, at_ms, scene.dice.uniform(1.3, 2.6) if awake else 0.0)
    yield from scene.nothing("LONG_IN", "LOW_WATER")


# ---- out, and nobody knows where
def elder_lost(scene: Scene, day: Day) -> Told:
    """Went to the market and has not come back by night; a taxi brings the elder home after midnight."""
    back_ms = scene.until_ms - HOUR_MS
    yield passage(scene.device.id, scene.from_ms, "out")
    yield from _waters(scene, day, scene.from_ms, back_ms, 0.0)
    yield passage(scene.device.id, back_ms, "in")
    yield water(scene.device.id, back_ms + HOUR_MS // 2, 20.0, 1800.0)
    by_s = (day.at(22.75) - scene.from_ms) / 1000
    yield scene.truth("LONG_OUT", by_s, until_ms=back_ms)


def late_supper(scene: Scene, day: Day) -> Told:
    """Supper at the daughter's; back before ten."""
    back_ms = min(scene.until_ms - HOUR_MS, day.at(21.8))
    yield passage(scene.device.id, scene.from_ms, "out")
    yield passage(scene.device.id, back_ms, "in")
    yield water(scene.device.id, back_ms + HOUR_MS // 2, 20.0, 1800.0)
    yield from scene.nothing("LONG_OUT")


def held_the_door(scene: Scene, day: Day) -> Told:
    """Came in behind a neighbour who held the door; at home the tap runs as every evening."""
    home_ms = scene.from_ms + between(scene.dice, 3600, 5400)
    yield passage(scene.device.id, scene.from_ms, "out")
    yield from _waters(scene, day, home_ms + HOUR_MS // 2, scene.until_ms)
    yield from scene.nothing("LONG_OUT")


def guardian_says_so(scene: Scene, day: Day) -> Told:
    """The family has them for the night, and says so to the desk."""
    yield passage(scene.device.id, scene.from_ms, "out")
    said_ms = scene.from_ms + between(scene.dice, 300, 1500)
    yield evidence(scene.device.id, said_ms, "guardian")
    yield passage(scene.device.id, scene.until_ms - HOUR_MS // 2, "in")
    yield water(scene.device.id, scene.until_ms - HOUR_MS // 4, 20.0, 900.0)
    yield from scene.nothing("LONG_OUT")


def wanders(scene: Scene, day: Day) -> Told:
    """A resident with dementia walks off in daylight, and is found two hours later and more."""
    back_ms = scene.until_ms - HOUR_MS // 2
    yield passage(scene.device.id, scene.from_ms, "out")
    yield passage(scene.device.id, back_ms, "in")
    yield scene.truth("LONG_OUT", 75 * 60, until_ms=back_ms)


def wanders_at_night(scene: Scene, day: Day) -> Told:
    """The same in the small hours, in slippers."""
    back_ms = scene.from_ms + between(scene.dice, 900, 2400)
    yield passage(scene.device.id, scene.from_ms, "out")
    yield passage(scene.device.id, back_ms, "in")
    yield scene.truth("LONG_OUT", 60, until_ms=back_ms)


def round_in_the_garden(scene: Scene, day: Day) -> Told:
    """Half an hour on the bench by the pond, as every day."""
    yield passage(scene.device.id, scene.from_ms, "out")
    yield passage(scene.device.id, scene.from_ms + between(scene.dice, 1200, 2700), "in")
    yield from scene.nothing("LONG_OUT")


def child_missing(scene: Scene, day: Day) -> Told:
    """Went out after school and is not back for supper; found at the station in the night."""
    back_ms = scene.until_ms - HOUR_MS // 2
    yield passage(scene.device.id, scene.from_ms, "out")
    yield passage(scene.device.id, back_ms, "in")
    yield scene.truth("LONG_OUT", (day.at(20.25) - scene.from_ms) / 1000, until_ms=back_ms)


def football(scene: Scene, day: Day) -> Told:
    """Three hours in the yard, and home before dark."""
    back_ms = scene.from_ms + between(scene.dice, 8000, 12_000)
    yield passage(scene.device.id, scene.from_ms, "out")
    yield passage(scene.device.id, back_ms, "in")
    yield from scene.nothing("LONG_OUT")


# ---- falls, hearts
def falls(scene: Scene, day: Day) -> Told:
    """An elder falls in the bathroom, and lies until somebody comes."""
    found_ms = scene.until_ms - 300_000
    yield Observation(scene.from_ms, FALL, scene.device.id, {"fallen": True})
    yield Observation(found_ms, FALL, scene.device.id, {"fallen": False})
    yield scene.truth("FALL", 120, until_ms=found_ms)


def sits_down_hard(scene: Scene, day: Day) -> Told:
    """Down on the sofa with a sigh: the radar takes it for a fall for some seconds."""
    yield Observation(scene.from_ms, FALL, scene.device.id, {"fallen": True})
    yield Observation(scene.from_ms + between(scene.dice, 6, 35), FALL, scene.device.id, {"fallen": False})
    yield from scene.nothing("FALL")


def long_nap(scene: Scene, day: Day) -> Told:
    """A nap of two hours on the sofa: nothing moves, and nobody has fallen."""
    yield evidence(scene.device.id, scene.from_ms, "motion")
    yield Observation(scene.from_ms + 60_000, FALL, scene.device.id, {"fallen": False})
    yield evidence(scene.device.id, scene.until_ms - 60_000, "motion")
    yield from scene.nothing("FALL")


def plays_on_the_floor(scene: Scene, day: Day) -> Told:
    """With the grandchild on the carpet: down for half a minute, up again, down again."""
    at_ms = scene.from_ms
    for _ in range(5):
        yield Observation(at_ms, FALL, scene.device.id, {"fallen": True})
        at_ms += between(scene.dice, 12, 40)
        yield Observation(at_ms, FALL, scene.device.id, {"fallen": False})
        at_ms += between(scene.dice, 70, 150)
    yield from scene.nothing("FALL")


def _in_bed(scene: Scene, rates: Iterator[tuple[int, float, float]]) -> Iterator[Observation]:
    yield band(scene.device.id, scene.from_ms)
    for at_s, heart, breathing in rates:
        yield vitals(scene.device.id, scene.from_ms + 1000 * at_s, heart, breathing)
    yield Observation(scene.until_ms - 60_000, VITALS, scene.device.id, {})


def heart_races(scene: Scene, day: Day) -> Told:
    """Its beat goes up to a hundred and thirty in bed, and stays there until the doctor has come."""
    dice, begins_s = scene.dice, 300
    calm_s = int((scene.until_ms - scene.from_ms) / 1000) - 900
    peak = dice.uniform(126, 145)
    yield from _in_bed(
        scene,
        (
            (s, peak + dice.gauss(0, 2) if begins_s <= s < calm_s else 64 + dice.gauss(0, 2), 16 + dice.gauss(0, 1))
            for s in range(0, calm_s + 700, 20)
        ),
    )
    from_ms, until_ms = scene.from_ms + 1000 * begins_s, scene.from_ms + 1000 * calm_s
    yield scene.truth("VITALS", 150, from_ms=from_ms, until_ms=until_ms)


def turns_over(scene: Scene, day: Day) -> Told:
    """Turns over: for half a minute the sensor counts what is no heart."""
    dice = scene.dice
    yield from _in_bed(
        scene, ((s, 138.0 if 300 <= s < 330 else 62 + dice.gauss(0, 2), 15.0) for s in range(0, 900, 10))
    )
    yield from scene.nothing("VITALS")


def bad_dream(scene: Scene, day: Day) -> Told:
    """A quick heart for ten minutes, as dreams make it: a hundred and two."""
    yield from _in_bed(scene, ((s, 102.0 if 300 <= s < 900 else 63.0, 20.0) for s in range(0, 1200, 30)))
    yield from scene.nothing("VITALS")


def bed_empty(scene: Scene, day: Day) -> Told:
    """Up for an hour in the night: nothing is measured, and nothing is wrong."""
    yield from _in_bed(scene, ((s, 61.0, 14.0) for s in range(0, 300, 30)))
    yield from scene.nothing("VITALS")


ALONE, DEMENTIA, CHILD, ADULT = (
    ("resident_alone",),
    ("resident_dementia",),
    ("child",),
    (
        "resident_alone",
        "resident_dementia",
    ),
)
DAYS = (50 * HOUR_S, 60 * HOUR_S)

PLOTS: tuple[Plot, ...] = (
    Plot("lies_ill", ALONE, 3, DAYS, lies_ill, (7, 20), days=4, rest_s=3600),
    Plot("quiet_days", ALONE, 200, DAYS, quiet_days, (7, 20), days=4, rest_s=3600),
    Plot("in_hospital", ALONE, 20, DAYS, in_hospital, (7, 16), days=4, rest_s=3600),
    Plot("away_unseen", ALONE, 40, DAYS, away_unseen, (7, 20), days=4, rest_s=3600),
    Plot("meter_silent", ALONE, 30, DAYS, meter_silent, (7, 20), days=4, rest_s=3600),
    Plot("lives_sparingly", ALONE, 60, DAYS, lives_sparingly, (7, 20), days=4, rest_s=3600),
    Plot("elder_lost", ALONE, 6, (16 * HOUR_S, 17 * HOUR_S), elder_lost, (7.5, 9.5)),
    Plot("late_supper", ALONE, 150, (5 * HOUR_S, 6.2 * HOUR_S), late_supper, (15.6, 16.5)),
    Plot("held_the_door", ALONE, 200, (9 * HOUR_S, 10 * HOUR_S), held_the_door, (14, 16)),
    Plot("guardian_says_so", ALONE + CHILD, 80, (8 * HOUR_S, 9 * HOUR_S), guardian_says_so, (15.5, 17)),
    Plot("wanders", DEMENTIA, 12, (3 * HOUR_S, 4 * HOUR_S), wanders, (7, 17)),
    Plot("wanders_at_night", DEMENTIA, 8, (1 * HOUR_S, 1.2 * HOUR_S), wanders_at_night, (22.2, 25.4)),
    Plot("round_in_the_garden", DEMENTIA, 300, (3600, 4000), round_in_the_garden, (7, 19)),
    Plot("child_missing", CHILD, 3, (7.5 * HOUR_S, 8.5 * HOUR_S), child_missing, (15.2, 17)),
    Plot("football", CHILD, 150, (13_000, 14_000), football, (13, 15.5)),
    Plot("elder_falls", ADULT, 12, (900, 2400), falls),
    Plot("sits_down_hard", ADULT, 200, (120, 200), sits_down_hard, (7, 22)),
    Plot("long_nap", ADULT, 200, (7000, 8000), long_nap, (12, 15)),
    Plot("plays_on_the_floor", ADULT, 60, (1200, 1300), plays_on_the_floor, (9, 18)),
    Plot("heart_races", ALONE, 12, (2000, 3600), heart_races, (22.6, 25)),
    Plot("turns_over", ALONE, 300, (1000, 1100), turns_over, (22.6, 26)),
    Plot("bad_dream", ALONE, 100, (1300, 1400), bad_dream, (22.6, 26)),
    Plot("bed_empty", ALONE, 200, (4000, 4200), bed_empty, (22.6, 25)),
)
