"""Doors: what they say of themselves, how long they may stand open, and which clock they are judged by."""

from __future__ import annotations

import random

import pytest

from community.model import BadRecord
from community.site import Site, Text, Threshold
from community.systems.access import METHODS
from tests.community.story import T0_MS, Story
from tests.community.systems.doors import SITE, alarms, contact, doors, passes


# ---- what a door says of itself
def test_a_door_names_its_state_and_the_last_passes_but_nobody() -> None:
    story = doors()
    for second, method in enumerate((*sorted(METHODS), "palm_vein"), start=1):
        story.tell("access.pass", "D-1", {"method": method, "result": "granted", "person": "p-7f3a91c2"}, at_s=second)
    contact(story, "open", 11)
    device = story.state.devices["D-1"]
    assert (device.values["state"], device.values["method"], device.values["result"]) == (
        "open",
        "palm_vein",
        "granted",
    )
    last = device.memory["passes"]["last"]
    assert [method for _, _, method, _ in last] == [*sorted(METHODS), "palm_vein"][-8:]
    assert last[-1] == [T0_MS + 10_000, "r12", "palm_vein", "granted"]


def test_the_last_passes_are_the_same_in_whatever_order_they_come() -> None:
    def told(order: list[int]) -> object:
        story = doors()
        for at in order:
            passes(story, 100, device_s=at, id_=f"p{at:02}")
        return story.state.devices["D-1"].memory["passes"]["last"], story.state.devices["D-1"].values

    order = list(range(1, 30))
    shuffled = order + order[::3]
    random.Random(7).shuffle(shuffled)
    assert told(shuffled) == told(order)


def test_a_door_that_nobody_described_is_kept_with_its_words() -> None:
    story = doors()
    story.tell("access.contact", "D-99", {"state": "ajar"}, at_s=1)
    story.tell("access.lock", "D-99", {"lock": "dead_bolt"}, at_s=2)
    story.ticks(3, 120)
    device = story.state.devices["D-99"]
    assert (device.system, device.kind, device.values["state"]) == ("access", "door", "ajar")
    assert alarms(story) == []


def test_what_a_silent_controller_leaves_behind_is_no_alarm() -> None:
    story = doors()
    story.ticks(1, 400)
    assert alarms(story) == []


@pytest.mark.parametrize(
    ("type_", "data", "reason"),
    [
        ("access.contact", {}, "state"),
        ("access.contact", {"state": ""}, "state must not be empty"),
        ("access.contact", {"state": True}, "state"),
        ("access.lock", {}, "lock"),
        ("access.pass", {"method": "card"}, "result"),
        ("access.pass", {"method": "", "result": "granted"}, "method must not be empty"),
        ("access.pass", {"method": "card", "result": "granted", "duress": "perhaps"}, "duress"),
        ("access.pass", {"method": "card", "result": "granted", "person": "王小明"}, "person"),
        ("access.pass", {"method": "card", "result": "granted", "person": "13800000000"}, "person"),
        ("access.pass", {"method": "card", "result": "granted", "person": "0012345678"}, "person"),
        ("access.crossing", {}, "persons"),
        ("access.crossing", {"persons": 0}, "persons 0"),
        ("access.crossing", {"persons": 1.5}, "persons"),
    ],
)
def test_what_cannot_be_read_or_names_somebody_is_refused_by_its_field(type_, data, reason) -> None:
    story = Story(SITE)
    with pytest.raises(BadRecord, match=reason):
        story.tell(type_, "D-1", data)
    assert story.state.devices == {}


# ---- DOOR_HELD
@pytest.mark.parametrize(("door", "due_s"), [("D-1", 60), ("D-2", 30)])
def test_a_door_that_stays_open_is_held_until_it_has_been_shut_for_two_seconds(door, due_s) -> None:
    story = doors()
    story.tell("access.lock", door, {"lock": "unlocked"}, at_s=9)
    contact(story, "open", 10, door)
    for second in range(11, 100):
        story.tell("clock.tick", community="", at_s=second)
        if second % 20 == 0:  # a controller that repeats itself does not begin anew
            contact(story, "open", second, door)
    assert alarms(story) == [("activated", f"DOOR_HELD/{door}", 10 + due_s)]
    contact(story, "closed", 100, door)
    contact(story, "open", 101, door)  # not yet two seconds
    contact(story, "closed", 102, door)
    story.tell("access.lock", door, {"lock": "unlocked"}, at_s=102, device_s=100.5)
    story.ticks(103, 110)
    returned = [entry for entry in alarms(story, "returned") if "HELD" in entry[1]]
    assert returned == [("returned", f"DOOR_HELD/{door}", 104)]


@pytest.mark.parametrize(("door", "open_s"), [("D-1", 59), ("D-2", 29)])
def test_a_door_that_is_shut_in_time_is_not_held(door, open_s) -> None:
    story = doors()
    for begin in (10, 80):  # two openings do not add up
        story.tell("access.lock", door, {"lock": "unlocked"}, at_s=begin)
        contact(story, "open", begin, door)
        story.ticks(begin + 1, begin + open_s - 1)
        contact(story, "closed", begin + open_s, door)
    story.ticks(150, 200)
    assert alarms(story) == []


def test_a_door_that_is_free_may_stand_open_and_its_minute_begins_when_it_ceases_to_be() -> None:
    story = doors()
    story.tell("access.lock", "D-1", {"lock": "free", "cause": "fire"}, at_s=5)
    contact(story, "open", 10)
    story.ticks(11, 299)
    assert alarms(story) == []
    assert story.state.devices["D-1"].values["lock_cause"] == "fire"
    story.tell("access.lock", "D-1", {"lock": "locked"}, at_s=300)
    assert "lock_cause" not in story.state.devices["D-1"].values
    story.tell("access.lock", "D-1", {"lock": "locked"}, at_s=330)
    story.ticks(331, 370)
    assert alarms(story) == [("activated", "DOOR_HELD/D-1", 360)]


def test_a_closing_that_comes_late_ends_what_it_ended() -> None:
    story = doors()
    passes(story, 9)
    contact(story, "open", 10)
    contact(story, "closed", 65, device_s=20)
    story.ticks(66, 140)
    assert alarms(story) == []


def test_a_site_may_give_its_doors_another_time() -> None:
    story = Story(Site(id="garden", name=Text("x"), thresholds={"DOOR_HELD": Threshold(on_delay_s=20)}))
    contact(story, "open", 1)
    story.ticks(2, 30)
    assert alarms(story) == [("activated", "DOOR_HELD/D-1", 21)]


# ---- a door whose clock is behind, a spool that is read out
def test_a_door_whose_clock_is_behind_is_not_held_by_every_opening() -> None:
    story = doors()
    for second in range(100, 400, 30):
        passes(story, second, device_s=second - 91)
        contact(story, "open", second + 1, device_s=second - 90)
        contact(story, "closed", second + 9, device_s=second - 82)
    story.ticks(400, 500)
    assert alarms(story) == []


def test_a_door_whose_clock_is_behind_is_held_when_it_has_stood_open_as_long_as_any_other() -> None:
    story = doors()
    passes(story, 100, device_s=10)
    contact(story, "open", 101, device_s=11)
    story.ticks(102, 160)
    assert alarms(story) == []
    story.ticks(161, 161)
    assert alarms(story) == [("activated", "DOOR_HELD/D-1", 71)], "by its own time, sixty seconds after it was heard"


@pytest.mark.parametrize(("shut_s", "raised"), [(18, False), (70, False), (71, True), (400, True)])
def test_what_a_spool_tells_is_judged_by_the_door_s_own_time(shut_s, raised) -> None:
    story = doors()
    passes(story, 600, device_s=9)
    contact(story, "open", 600.1, device_s=11)
    story.ticks(601, 602)
    contact(story, "closed", 603, device_s=shut_s)
    story.ticks(604, 700)
    said = [("activated", "DOOR_HELD/D-1", 71), ("returned", "DOOR_HELD/D-1", shut_s + 2)]
    assert alarms(story) == (said if raised else [])
