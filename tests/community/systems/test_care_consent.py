"""What a withdrawn consent takes out of the state, whatever comes late, and what it leaves standing."""

from __future__ import annotations

import random
from typing import Any

import pytest

from community.systems import care
from tests.community.story import T0_MS, Story
from tests.community.systems.cared import ALONE, HOUR, SITE, Steps, at, enter, raised, run


def test_who_withdraws_the_consent_is_watched_no_more() -> None:
    begin_s = at("10:00")
    steps: Steps = [enter(begin_s), (begin_s + 25 * HOUR, "consent", {"given": False})]
    story = run(ALONE, steps, begin_s + 60 * HOUR)
    assert len(raised(story)) == 1 and story.journal("alarm.returned")[0][2] == begin_s + 25 * HOUR
    story.tell("care.fall", ALONE, {"fallen": True}, at_s=begin_s + 61 * HOUR)
    story.tell("clock.tick", community="", at_s=begin_s + 62 * HOUR)
    assert len(raised(story)) == 1 and story.state.devices[ALONE].memory == {}


SAID: Steps = [
    (0, "passage", {"direction": "out", "method": "card"}),
    (60, "evidence", {"evidence": "door_contact", "window_s": 20}),
    (120, "water", {"volume_l": 3.0, "window_s": 60}),
    (180, "absence", {"absent": True, "until_ms": T0_MS + 1_000_000}),
    (240, "reader", {"stale": False}),
    (300, "fall", {"fallen": False}),
    (360, "vitals", {"heart_rate_bpm": 71.0, "breathing_rate_bpm": 15.0}),
    (420, "band", {"heart_low_bpm": 50, "heart_high_bpm": 110}),
]
"""One of each that is ever said of a person."""


def said_of(records: Steps) -> dict[str, Any]:
    """What the state knows of the person after these, heard in this order."""
    story = Story(SITE)
    for n, (said_s, type_, data) in enumerate(records):
        story.tell(f"care.{type_}", ALONE, data, at_s=3600 + n, device_s=said_s, id_=f"{type_}{said_s}")
    device = story.state.devices[ALONE]
    groups = {type_ for type_, names in care.GROUPS.items() if set(names) & device.values.keys()}
    assert device.stamps.keys() - care.CONSENTS.keys() == groups
    own = {word for name in care.CONSENTS for word in (name, f"{name}_withdrawn")}
    return {name: value for name, value in device.values.items() if name not in own}


def test_every_value_that_is_said_of_a_person_is_known_by_its_group() -> None:
    assert set(said_of(SAID)) == {name for names in care.GROUPS.values() for name in names} - {
        "breathing_low_bpm",
        "breathing_high_bpm",
    }


def test_with_the_consent_the_last_values_go_and_no_new_ones_are_kept() -> None:
    withdrawn: Steps = [(500, "consent", {"given": False})]
    assert said_of([*SAID, *withdrawn]) == {}
    later: Steps = [(600 + said_s, type_, data) for said_s, type_, data in SAID]
    assert said_of([*SAID, *withdrawn, *later]) == {}
    given: Steps = [(2000, "consent", {"given": True}), (2100, "vitals", {"heart_rate_bpm": 80.0})]
    assert said_of([*SAID, *withdrawn, *later, *given]) == {"heart_rate_bpm": 80.0}


def test_who_withdraws_what_concerns_the_body_alone_is_watched_over_by_the_door_still() -> None:
    health: Steps = [(500, "consent", {"given": False, "category": "health"})]
    body = {name for group in care.CONSENTS["health"] for name in care.GROUPS[group]}
    assert said_of([*SAID, *health]).keys() == said_of(SAID).keys() - body
    begin_s = at("10:00")
    story = run(ALONE, [enter(begin_s), (begin_s + HOUR, *health[0][1:])], begin_s + 25 * HOUR)
    story.tell("care.fall", ALONE, {"fallen": True}, at_s=begin_s + 26 * HOUR)
    story.tell("clock.tick", community="", at_s=begin_s + 27 * HOUR)
    assert [alarm for alarm, _, _ in raised(story)] == ["LONG_IN"]


@pytest.mark.parametrize("category", ["care", "health"])
def test_an_alarm_that_stands_as_the_consent_goes_waits_for_whoever_goes_there(category: str) -> None:
    """Help under way needs no leave; what was measured goes all the same, and nothing new begins."""
    story = Story(SITE)
    story.tell("care.band", ALONE, {"heart_high_bpm": 110}, at_s=0)
    story.tell("care.vitals", ALONE, {"heart_rate_bpm": 150}, at_s=1)
    story.tell("care.fall", ALONE, {"fallen": True}, at_s=1)
    story.ticks(2, 100)
    fall, vitals = (f"{alarm}/{ALONE}" for alarm in ("FALL", "VITALS"))
    assert story.state.alarms.keys() == {fall, vitals} and story.state.alarms[vitals].detail
    story.tell("care.consent", ALONE, {"given": False, "category": category}, at_s=100)
    assert not story.state.alarms[vitals].detail, "with that very record"
    story.tell("care.fall", ALONE, {"fallen": True}, at_s=110)
    story.ticks(111, 600)
    for key in (fall, vitals):
        alarm = story.state.alarms[key]
        assert (alarm.active, alarm.acknowledged, alarm.latched) == (False, False, True)
        story.tell("command.alarm.acknowledge", key, {"by": "post:control"}, at_s=610)
        story.tell("command.alarm.reset", key, {"by": "post:control"}, at_s=620)
    assert not story.state.alarms and len(raised(story)) == 2


@pytest.mark.parametrize("seed", range(20))
def test_nothing_of_before_a_withdrawal_comes_back_in_any_order(seed: int) -> None:
    """What was said after it was given anew, but is heard before that, goes as well: nobody could know."""
    again: Steps = [(200, "consent", {"given": False}), (330, "consent", {"given": True})]
    chance = random.Random(seed)
    known = said_of(chance.sample([*SAID, *again], len(SAID) + 2))
    assert known.keys() <= {"heart_rate_bpm", "breathing_rate_bpm", "heart_low_bpm", "heart_high_bpm"}
    never: Steps = [(1000, "consent", {"given": False})]
    assert said_of(chance.sample([*SAID, *again, *never], len(SAID) + 3)) == {}
