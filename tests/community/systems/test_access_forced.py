"""DOOR_FORCED: a door that opens although nobody was let in."""

from __future__ import annotations

import pytest

from community.state import alarm_state
from tests.community.story import Story
from tests.community.systems.doors import GRANTED, SITE, alarms, contact, doors, lets, passes


def test_a_door_that_opens_without_an_unlock_is_forced_until_it_is_shut_and_somebody_saw_to_it() -> None:
    story = doors()
    contact(story, "open", 10)
    story.ticks(11, 20)
    assert alarms(story) == [("activated", "DOOR_FORCED/D-1", 11)]
    assert story.state.alarms["DOOR_FORCED/D-1"].priority == "P2"
    story.tell("command.alarm.acknowledge", "DOOR_FORCED/D-1", {"by": "post:control"}, at_s=21)
    contact(story, "closed", 30)
    story.ticks(31, 35)
    alarm = story.state.alarms["DOOR_FORCED/D-1"]
    assert alarms(story, "returned") == [("returned", "DOOR_FORCED/D-1", 32)] and alarm.latched
    story.tell("command.alarm.reset", "DOOR_FORCED/D-1", {"by": "post:control"}, at_s=40)
    assert "DOOR_FORCED/D-1" not in story.state.alarms


def test_a_forced_door_that_bounces_never_went_away() -> None:
    story = doors()
    contact(story, "open", 10)
    contact(story, "closed", 12)
    contact(story, "open", 13)
    story.ticks(14, 20)
    assert alarms(story) == [("activated", "DOOR_FORCED/D-1", 11)]


def test_a_controller_that_says_forced_is_believed_although_somebody_passed() -> None:
    story = doors()
    passes(story, 8)
    contact(story, "forced", 10)
    contact(story, "held", 40)  # its next word does not make it any better
    story.ticks(41, 42)
    assert alarms(story) == [("activated", "DOOR_FORCED/D-1", 11)]


@pytest.mark.parametrize(
    ("what", "events", "forced"),
    [
        ("a pass just before", [lets(GRANTED, 98, "access.pass")], False),
        ("a pass 5 s before", [lets(GRANTED, 95, "access.pass")], False),
        ("a pass 5.1 s before", [lets(GRANTED, 94.9, "access.pass")], True),
        ("a pass that was denied", [lets(GRANTED | {"result": "denied"}, 98, "access.pass")], True),
        ("the exit button", [lets({"lock": "unlocked", "cause": "exit_button"}, 99)], False),
        ("an unlock long ago that nobody took back", [lets({"lock": "unlocked"}, 20)], True),
        ("free by schedule for a minute", [lets({"lock": "free", "cause": "schedule"}, 40)], False),
        ("free until a moment ago", [lets({"lock": "free"}, 40), lets({"lock": "locked"}, 97)], False),
        ("free until half a minute ago", [lets({"lock": "free"}, 40), lets({"lock": "locked"}, 70)], True),
        ("locked again since", [lets(GRANTED, 98, "access.pass"), lets({"lock": "locked"}, 99)], False),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_forced_or_let_in(what, events, forced) -> None:
    story = doors()
    for event in events:
        event(story)
    contact(story, "open", 100)
    story.ticks(101, 105)
    assert bool(alarms(story)) == forced, what


@pytest.mark.parametrize(("first_s", "forced"), [(9, False), (11, True)])
def test_a_door_through_which_a_crowd_goes_was_opened_by_its_first(first_s, forced) -> None:
    story = doors()
    passes(story, first_s)
    contact(story, "open", 10)
    for second in range(12, 52):
        passes(story, second)
    contact(story, "closed", 55)
    story.ticks(56, 60)
    assert [entry[1] for entry in alarms(story, "activated")] == (["DOOR_FORCED/D-1"] if forced else [])


BUSY = (60, 75)
"""Two others have gone through in the minute before somebody opens at 100 s."""


def shoved(story: Story, *others_s: float, shut_s: float = 106) -> None:
    for second in others_s:
        passes(story, second)
        contact(story, "open", second + 1)
        contact(story, "closed", second + 6)
    contact(story, "open", 100)
    contact(story, "closed", shut_s)


@pytest.mark.parametrize(
    ("others_s", "said_s"), [((), 101), ((75,), 101), ((20, 30), 101), (BUSY, 115), ((60, 70, 80, 90), 115)]
)
def test_a_door_in_use_waits_for_a_pass_that_may_be_on_its_way_and_a_quiet_one_does_not(others_s, said_s) -> None:
    story = doors()
    shoved(story, *others_s)
    story.ticks(107, said_s - 1)
    known = alarms(story)
    story.ticks(max(107, said_s), 200)
    raised, returned = alarms(story)
    assert raised == ("activated", "DOOR_FORCED/D-1", 101) and returned[0] == "returned"
    assert bool(known) == (said_s == 101), "as of the opening, and not told of before"


@pytest.mark.parametrize(
    ("heard_s", "own_s", "forced"), [(110, 97, False), (114, 100, False), (110, 94, True), (116, 97, True)]
)
def test_the_pass_that_comes_late_lets_in_who_has_gone_through(heard_s, own_s, forced) -> None:
    story = doors()
    shoved(story, *BUSY)
    story.ticks(107, heard_s - 1)
    passes(story, heard_s, device_s=own_s)
    story.ticks(heard_s + 1, 200)
    assert bool(alarms(story)) == forced
    assert not story.state.devices["D-1"].wakes, "nothing is waited for any more"


def test_a_busy_door_that_stands_open_by_force_is_said_while_it_does() -> None:
    told = doors()
    for second in BUSY:
        passes(told, second)
    contact(told, "open", 100)
    told.ticks(101, 300)
    assert ("activated", "DOOR_FORCED/D-1", 116) in alarms(told)
    contact(told, "closed", 301)
    told.ticks(302, 310)
    assert ("returned", "DOOR_FORCED/D-1", 303) in alarms(told)


def test_what_the_controller_itself_calls_forced_waits_for_nothing() -> None:
    story = doors()
    for second in BUSY:
        passes(story, second)
    contact(story, "forced", 100)
    story.ticks(101, 102)
    assert alarms(story) == [("activated", "DOOR_FORCED/D-1", 101)]


def test_the_lock_log_may_come_after_the_contact() -> None:
    story = doors()
    contact(story, "open", 10)
    passes(story, 10.8, device_s=9)
    story.ticks(11, 20)
    assert alarms(story) == []


def test_an_unlock_counts_although_a_newer_word_of_the_lock_was_heard_before_it() -> None:
    story = doors()
    contact(story, "open", 10)
    story.tell("access.lock", "D-1", {"lock": "locked"}, at_s=10.5)
    story.tell("access.lock", "D-1", {"lock": "unlocked"}, at_s=10.6, device_s=8)
    story.ticks(11, 20)
    assert alarms(story) == [] and story.state.devices["D-1"].values["lock"] == "locked"


def test_an_unlock_that_comes_too_late_ends_the_condition_and_leaves_the_operator_the_last_word() -> None:
    story = doors()
    contact(story, "open", 10)
    story.ticks(11, 14)
    passes(story, 15, device_s=9)
    story.ticks(16, 20)
    assert alarms(story) == [("activated", "DOOR_FORCED/D-1", 11), ("returned", "DOOR_FORCED/D-1", 17)]
    assert alarm_state(story.state.alarms["DOOR_FORCED/D-1"]) == "unacknowledged"


def test_a_door_that_stood_open_when_it_was_first_heard_was_not_seen_forced() -> None:
    story = Story(SITE)
    contact(story, "open", 1)
    contact(story, "open", 20)
    story.ticks(21, 30)
    assert alarms(story) == []


def test_a_door_that_repeats_itself_is_judged_by_its_opening() -> None:
    story = doors()
    passes(story, 9)
    for second in (10, 20, 30, 40):
        contact(story, "open", second)
    story.ticks(41, 45)
    assert alarms(story) == []
    contact(story, "open", 46, device_s=5)  # of before the pass, and too old to be news
    story.ticks(47, 50)
    assert alarms(story) == []


def test_a_door_that_becomes_free_after_it_was_forced_was_forced_all_the_same() -> None:
    story = doors()
    contact(story, "open", 10)
    story.tell("access.lock", "D-1", {"lock": "free", "cause": "fire"}, at_s=10.5)
    story.ticks(11, 20)
    assert alarms(story) == [("activated", "DOOR_FORCED/D-1", 11)]
