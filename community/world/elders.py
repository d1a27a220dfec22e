"""The days of residents in care: elders who live alone, residents with dementia, children; consented subjects only.

Each has a day of outings and water at home, as others have, and what watches over them: passages at the door, hourly
water, a bed sensor for some. No two are the same person as in `place.py`: the register knows who they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import TYPE_CHECKING

from ..site import Device
from .base import Observation
from .chance import chance

if TYPE_CHECKING:
    from .day import Day

PASSAGE, EVIDENCE, WATER, ABSENCE = "care.passage", "care.evidence", "care.water", "care.absence"
FALL, VITALS, BAND = "care.fall", "care.vitals", "care.band"
KINDS = ("resident_alone", "resident_dementia", "child")
HOUR_S = 3600.0
WATER_EVERY_S = 3600.0
BED_H = (22.5, 30.0)
SAMPLE_S = 300.0


def simulate(day: Day) -> Iterator[Observation]:
    for subject in day.of_kind(*KINDS):
        dice = day.dice("care", subject.id)
        if subject.kind == "child":
            outings = _child(day, dice)
        elif subject.kind == "resident_dementia":
            outings = [(9.5 + dice.uniform(-0.5, 0.5), dice.uniform(0.3, 0.75))] if dice.random() < 0.7 else []
        else:
            outings = _elder(day, dice)
        for begin_h, hours in outings:
            out_ms, back_ms = day.at(begin_h), day.at(begin_h + hours)
            if day.free(subject.id, out_ms - 60_000, back_ms + 60_000):
                yield passage(subject.id, out_ms, "out")
                yield passage(subject.id, back_ms, "in")
        if subject.kind == "resident_alone":
            yield from water_of(day, subject, outings, dice)
            if has_bed_sensor(day, subject) and day.fine:
                yield from nights(day, subject, dice)


def _elder(day: Day, dice: Random) -> list[tuple[float, float]]:
    """A walk in the morning, the market, a chat before supper; at home when it pours."""
    found: list[tuple[float, float]] = []
    for begin_h, hours, share in ((6.6, 1.1, 0.75), (9.6, 1.2, 0.7), (15.5, 1.5, 0.4)):
        at_h = begin_h + dice.uniform(-0.4, 0.4)
        if dice.random() < share and not (day.weather.rains(at_h) and dice.random() < 0.6):
            found.append((at_h, hours * dice.uniform(0.6, 1.3)))
    return found


def _child(day: Day, dice: Random) -> list[tuple[float, float]]:
    """School and back for lunch, and a while in the yard; each outing is shorter than a morning."""
    if day.weekday >= 5:
        return [(9.5 + dice.uniform(0, 1), dice.uniform(0.8, 2.2)), (14.5 + dice.uniform(0, 1), dice.uniform(0.8, 2.5))]
    return [(7.6, 3.8 + dice.uniform(0, 0.1)), (13.2, 3.3 + dice.uniform(0, 0.2)), (17.3, dice.uniform(0.5, 1.5))]


def passage(subject: str, at_ms: int, direction: str) -> Observation:
    return Observation(at_ms, PASSAGE, subject, {"direction": direction, "method": "face"})


def water(subject: str, until_ms: int, litres: float, window_s: float = WATER_EVERY_S) -> Observation:
    return Observation(until_ms, WATER, subject, {"volume_l": round(litres, 1), "window_s": window_s})


def evidence(subject: str, at_ms: int, what: str, window_s: float = 0.0) -> Observation:
    return Observation(at_ms, EVIDENCE, subject, {"evidence": what, "window_s": window_s})


def litres_at(hour: float, dice: Random) -> float:
    """What one person draws in the hour before, at home: most in the morning and the evening, nothing while asleep."""
    hour %= 24
    if hour <= 6 or hour > 23:
        return 6.0 if dice.random() < 0.3 else 0.0
    mean = 14.0 if hour <= 9 or 17 < hour <= 21 else 6.0
    return dice.expovariate(1 / mean) + (2.0 if hour > 6 else 0.0)


def water_of(day: Day, subject: Device, outings: list[tuple[float, float]], dice: Random) -> Iterator[Observation]:
    for hour in range(1, 25):
        drawn = litres_at(hour, dice)
        away = any(begin_h < hour - 0.2 and hour - 1 < begin_h + hours - 0.2 for begin_h, hours in outings)
        until_ms = day.at(hour)
        if day.free(subject.id, until_ms - 3_600_000, until_ms):
            yield water(subject.id, until_ms, 0.0 if away else drawn)


def has_bed_sensor(day: Day, subject: Device) -> bool:
    return chance(day.sort.seed, "bed", subject.id).random() < 0.4


def resting_bpm(day: Day, subject: Device) -> float:
    return chance(day.sort.seed, "heart", subject.id).uniform(56, 72)


def band(subject: str, at_ms: int) -> Observation:
    limits = {"heart_low_bpm": 45, "heart_high_bpm": 110, "breathing_low_bpm": 8, "breathing_high_bpm": 26}
    return Observation(at_ms, BAND, subject, limits)


def vitals(subject: str, at_ms: int, heart: float, breathing: float) -> Observation:
    return Observation(at_ms, VITALS, subject, {"heart_rate_bpm": round(heart), "breathing_rate_bpm": round(breathing)})


def nights(day: Day, subject: Device, dice: Random) -> Iterator[Observation]:
    """The bed sensor: calm rates through the night, and nothing once the bed is empty."""
    rest, at_s = resting_bpm(day, subject), BED_H[0] * HOUR_S
    yield band(subject.id, day.at(12))
    while at_s < BED_H[1] * HOUR_S:
        at_ms = day.start_ms + int(1000 * at_s)
        if day.free(subject.id, at_ms, at_ms + 1):
            yield vitals(subject.id, at_ms, rest + dice.gauss(0, 3), 14 + dice.gauss(0, 1.2))
        at_s += SAMPLE_S
    end_ms = day.at(BED_H[1])
    if day.free(subject.id, end_ms, end_ms + 1):
        yield Observation(end_ms, VITALS, subject.id, {})
