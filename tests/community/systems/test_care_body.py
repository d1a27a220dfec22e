"""FALL, VITALS, LOW_WATER: what the body and the tap say."""

from __future__ import annotations

import random
from typing import Any

import pytest

from tests.community.story import T0_MS, Story
from tests.community.systems.cared import ALONE, CHILD, HOUR, SITE, at, raised

# ---- FALL, VITALS


def test_a_fall_of_a_minute_is_p1_and_stays_until_somebody_has_looked() -> None:
    story = Story(SITE)
    story.tell("care.fall", ALONE, {"fallen": True}, at_s=0)
    story.ticks(1, 70)
    assert raised(story) == [("FALL", "P1", 60)]
    story.tell("care.fall", ALONE, {"fallen": False}, at_s=100)
    story.ticks(101, 200)
    alarm = story.state.alarms[f"FALL/{ALONE}"]
    assert (alarm.active, alarm.latched) == (False, True)
    story.tell("command.alarm.acknowledge", alarm.key, {"by": "post:control"}, at_s=210)
    story.tell("command.alarm.reset", alarm.key, {"by": "post:control"}, at_s=220)
    assert not story.state.alarms


@pytest.mark.parametrize(
    "steps",
    [
        [(0, True), (50, False)],  # sat down on the floor
        [(0, False)],
        [(0, True), (30, False), (40, True), (80, False)],
    ],
)
def test_what_is_no_fall(steps: list[tuple[int, bool]]) -> None:
    story = Story(SITE)
    for at_s, fallen in steps:
        story.ticks(int(story.state.clock_ms - T0_MS) // 1000 + 1 if story.records else 0, at_s)
        story.tell("care.fall", ALONE, {"fallen": fallen}, at_s=at_s)
    story.ticks(81, 200)
    assert raised(story) == []


BAND = {"heart_low_bpm": 50, "heart_high_bpm": 110, "breathing_low_bpm": 10, "breathing_high_bpm": 24}


def pulse(story: Story, seconds: range, **rates: float) -> None:
    for second in seconds:
        story.tell("care.vitals", ALONE, rates, at_s=second)


def test_a_pulse_outside_the_persons_band_is_p2_until_it_is_well_inside() -> None:
    story = Story(SITE)
    story.tell("care.band", ALONE, BAND, at_s=0)
    pulse(story, range(1, 70), heart_rate_bpm=120, breathing_rate_bpm=16)
    assert raised(story) == [("VITALS", "P2", 61)]
    assert story.state.alarms[f"VITALS/{ALONE}"].detail == {"heart_rate_bpm": 120}
    pulse(story, range(70, 300), heart_rate_bpm=105, breathing_rate_bpm=16)  # inside, but not by 10 %
    assert not story.journal("alarm.returned")
    pulse(story, range(300, 430), heart_rate_bpm=95, breathing_rate_bpm=16)
    assert story.journal("alarm.returned") == [("alarm.returned", f"VITALS/{ALONE}", 420)]


@pytest.mark.parametrize(
    ("band", "seconds", "rates"),
    [
        (BAND, 300, {"heart_rate_bpm": 110, "breathing_rate_bpm": 24}),
        (BAND, 300, {"heart_rate_bpm": 50}),
        (BAND, 55, {"heart_rate_bpm": 140}),  # up the stairs
        (BAND, 300, {}),  # an empty bed
        ({}, 300, {"heart_rate_bpm": 140}),  # nobody has said what is usual
        ({"heart_high_bpm": 150}, 300, {"heart_rate_bpm": 140, "breathing_rate_bpm": 40}),
    ],
)
def test_vital_signs_that_frighten_nobody(band, seconds, rates) -> None:
    story = Story(SITE)
    story.tell("care.band", ALONE, band, at_s=0)
    pulse(story, range(1, seconds), **rates)
    pulse(story, range(seconds, seconds + 200), heart_rate_bpm=70, breathing_rate_bpm=16)
    assert raised(story) == []


# ---- LOW_WATER


def water(story: Story, from_: str, litres: float, hours: float, day: int = 13, **more: Any) -> None:
    """Half-hours of a home from this time on; `litres` in each."""
    for n in range(int(2 * hours)):
        data = {"volume_l": litres, "window_s": 1800}
        story.tell("care.water", ALONE, data, at_s=at(from_, day) + 1800 * (n + 1), **more)


def low(story: Story) -> list[float]:
    return [at_s for alarm, _, at_s in raised(story) if alarm == "LOW_WATER"]


def test_twelve_hours_of_the_day_without_water_are_p2_until_some_runs() -> None:
    story = Story(SITE)
    story.tell("care.passage", ALONE, {"direction": "in"}, at_s=at("05:00"))
    water(story, "06:00", 0.4, 13)
    assert low(story) == [at("18:00")] and story.state.alarms[f"LOW_WATER/{ALONE}"].priority == "P2"
    story.tell("care.water", ALONE, {"volume_l": 9, "window_s": 1800}, at_s=at("19:30"))
    assert story.journal("alarm.returned") == [("alarm.returned", f"LOW_WATER/{ALONE}", at("19:30"))]


def test_measures_that_are_missing_do_not_end_it() -> None:
    story = Story(SITE)
    story.tell("care.passage", ALONE, {"direction": "in"}, at_s=at("05:00"))
    water(story, "06:00", 0, 12)
    water(story, "20:00", 0, 1)
    assert low(story) == [at("18:00")] and not story.journal("alarm.returned")


def test_the_night_does_not_count() -> None:
    story = Story(SITE)
    story.tell("care.passage", ALONE, {"direction": "in"}, at_s=at("11:00"))
    water(story, "12:00", 20, 0.5)  # lunch, and nothing after it
    water(story, "12:30", 0, 19.5)
    assert low(story) == [], "9.5 h of the day before, 2 of the morning"
    water(story, "08:00", 0, 0.5, day=14)
    assert low(story) == [at("08:30", 14)]


@pytest.mark.parametrize(
    "what", ["ten litres", "out", "back since noon", "travelling", "a gap", "told twice", "others"]
)
def test_what_is_no_low_water(what: str) -> None:
    story = Story(SITE)
    story.tell("care.passage", ALONE, {"direction": "in"}, at_s=at("05:00"))
    if what == "out":
        story.tell("care.passage", ALONE, {"direction": "out"}, at_s=at("05:30"))
    if what == "back since noon":
        story.tell("care.passage", ALONE, {"direction": "out"}, at_s=at("05:30"))
        story.tell("care.passage", ALONE, {"direction": "in"}, at_s=at("05:31"))
        story.tell("care.passage", ALONE, {"direction": "out"}, at_s=at("06:00"))
        water(story, "06:00", 0, 6)
        story.tell("care.passage", ALONE, {"direction": "in"}, at_s=at("12:00"))
        water(story, "12:00", 0, 8)
    elif what == "travelling":
        story.tell("care.absence", ALONE, {"absent": True}, at_s=at("05:30"))
        water(story, "06:00", 0, 14)
    elif what == "a gap":
        water(story, "06:00", 0, 5)
        water(story, "12:00", 0, 8)
    elif what == "told twice":  # by half-hours, and by hours
        water(story, "06:00", 0, 7)
        for n in range(7):
            data, said_s = {"volume_l": 0, "window_s": 3600}, at("07:00") + HOUR * n
            story.tell("care.water", ALONE, data, at_s=at("13:30"), device_s=said_s)
    elif what == "others":
        for n in range(28):
            story.tell("care.water", CHILD, {"volume_l": 0, "window_s": 1800}, at_s=at("06:00") + 1800 * n)
    else:
        water(story, "06:00", 0.42 if what == "ten litres" else 0, 14)
    assert low(story) == []


@pytest.mark.parametrize("seed", range(4))
def test_a_days_delivery_late_repeated_and_in_any_order_is_judged_alike(seed: int) -> None:
    rng = random.Random(seed)
    order = [*range(24), *rng.choices(range(24), k=6)]
    rng.shuffle(order)
    story = Story(SITE)
    story.tell("care.passage", ALONE, {"direction": "in"}, at_s=at("05:00"))
    for n in order:
        data, said_s = {"volume_l": 0.4, "window_s": 1800}, at("06:30") + 1800 * n
        story.tell("care.water", ALONE, data, at_s=at("19:00"), device_s=said_s, id_=f"w{n}")
    assert low(story) == [at("19:00")]


def test_too_long_at_home_and_no_water_is_p1_at_once() -> None:
    story = Story(SITE)
    story.tell("care.passage", ALONE, {"direction": "in"}, at_s=at("05:00"))
    water(story, "06:00", 0, 26)
    assert [entry for entry in raised(story) if entry[0] == "LONG_IN"] == [("LONG_IN", "P1", at("05:00", 14))]
