"""Doors: what opens them, what is forced, held, tried in vain, followed through, or opened under duress."""

from __future__ import annotations

import random

import pytest

from community.model import BadRecord
from community.site import Device, Site, Text, Threshold
from community.state import alarm_state
from community.systems.access import METHODS
from tests.community.story import T0_MS, Story

SITE = Site(
    id="garden",
    name=Text("花园", "Garden"),
    devices=(
        Device("D-1", "access", "door", "doors", building="7", unit="2"),
        Device("D-2", "access", "plant_door", "doors"),
    ),
)


def doors() -> Story:
    story = Story(SITE)
    for door in ("D-1", "D-2"):
        story.tell("access.contact", door, {"state": "closed"}, at_s=0)
    return story


def contact(story: Story, state: str, at_s: float, door: str = "D-1", **more: object) -> None:
    story.tell("access.contact", door, {"state": state}, at_s=at_s, **more)


def passes(story: Story, at_s: float, result: str = "granted", **more: object) -> None:
    data = {name: more.pop(name) for name in ("reader", "direction", "duress", "method") if name in more}
    story.tell("access.pass", "D-1", {"method": "card", "result": result, **data}, at_s=at_s, **more)


def crosses(story: Story, at_s: float, persons: int = 1, **more: object) -> None:
    data = {"direction": more.pop("direction")} if "direction" in more else {}
    story.tell("access.crossing", "D-1", {"persons": persons, **data}, at_s=at_s, **more)


def alarms(story: Story, *types: str) -> list[tuple[str, str, float]]:
    wanted = types or ("activated", "reactivated", "returned", "closed")
    return [(t.removeprefix("alarm."), s, at) for t, s, at in story.journal(*(f"alarm.{type_}" for type_ in wanted))]


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


# ---- DOOR_FORCED
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


def lets(data: dict[str, object], at_s: float, type_: str = "access.lock", **more: object):
    return lambda story: story.tell(type_, "D-1", data, at_s=at_s, **more)


GRANTED = {"method": "face", "result": "granted"}


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


# ---- DOOR_AUTH
def test_five_fails_in_a_minute_are_repeated_denial_until_nothing_has_failed_for_300_s() -> None:
    story = doors()
    for second in (0, 15, 30, 45, 60):
        passes(story, second, "denied", reader="in")
    assert alarms(story) == [("activated", "DOOR_AUTH/D-1", 60)]
    assert story.state.alarms["DOOR_AUTH/D-1"].detail == {"reader": "in", "fails": 5}
    story.ticks(61, 199)
    passes(story, 200, "denied", reader="in")  # one is enough to begin the 300 s anew
    story.ticks(201, 510)
    assert alarms(story) == [("activated", "DOOR_AUTH/D-1", 60), ("returned", "DOOR_AUTH/D-1", 500)]
    for second in (520, 521, 522, 523):
        passes(story, second, "denied", reader="in")
    assert len(alarms(story)) == 2


@pytest.mark.parametrize(
    ("what", "fails"),
    [
        ("four", [(s, "denied", "in") for s in (0, 1, 2, 3)]),
        ("five in 61 s", [(s, "denied", "in") for s in (0, 15, 30, 45, 61)]),
        ("five at two readers", [(s, "denied", "in" if s % 2 else "out") for s in range(5)]),
        ("granted are no fails", [(s, "denied" if s else "granted", "in") for s in range(5)]),
        ("a word nobody knows", [(s, "timeout", "in") for s in range(9)]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_not_repeated_denial(what, fails) -> None:
    story = doors()
    for second, result, reader in fails:
        passes(story, second, result, reader=reader)
    story.ticks(62, 70)
    assert alarms(story) == []


def test_a_reader_keeps_its_count_while_others_are_used() -> None:
    story = doors()
    for second in range(9):
        passes(story, second, "denied", reader="out" if second % 2 else "in")
    assert alarms(story) == [("activated", "DOOR_AUTH/D-1", 8)]
    assert story.state.alarms["DOOR_AUTH/D-1"].detail == {"reader": "in", "fails": 5}


def test_a_fail_that_is_delivered_again_is_one_fail() -> None:
    story = doors()
    for second in range(8):
        passes(story, second, "denied", id_=f"f{second % 4}", device_s=second % 4)
    assert alarms(story) == []


def test_fails_that_come_late_and_out_of_order_count_by_their_own_time() -> None:
    story = doors()
    for own in (50, 10, 40, 20, 30):
        passes(story, 100, "denied", device_s=own)
    story.ticks(101, 360)
    assert story.state.devices["D-1"].values["passed_ms"] == T0_MS + 50_000
    assert [entry[:2] for entry in alarms(story)] == [("activated", "DOOR_AUTH/D-1"), ("returned", "DOOR_AUTH/D-1")]
    assert alarms(story, "returned")[0][2] == 350


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


# ---- TAILGATE
def test_two_who_cross_on_one_pass_are_tailgating_for_ten_minutes() -> None:
    story = doors()
    passes(story, 10)
    crosses(story, 12, persons=2)
    story.ticks(13, 730)
    assert alarms(story) == [("activated", "TAILGATE/D-1", 102), ("returned", "TAILGATE/D-1", 702)]
    alarm = story.state.alarms["TAILGATE/D-1"]
    assert (alarm.priority, alarm.detail) == ("P4", {"persons": 2, "grants": 1})


@pytest.mark.parametrize(("seconds", "priority"), [((10, 200, 600), "P3"), ((10, 200, 611), "P4"), ((10, 200), "P4")])
def test_three_in_ten_minutes_at_one_door_are_graver(seconds, priority) -> None:
    story = doors()
    for second in seconds:
        crosses(story, second)
        story.ticks(second + 1, second + 91)
    assert story.state.alarms["TAILGATE/D-1"].priority == priority
    assert len(alarms(story, "activated")) == 1, "each begins the ten quiet minutes anew"


@pytest.mark.parametrize(
    ("what", "events"),
    [
        ("one for one", [(passes, 10, {}), (crosses, 12, {})]),
        ("two for two", [(passes, 10, {}), (passes, 12, {}), (crosses, 14, {"persons": 2})]),
        ("each with a pass of their own", [(passes, 10, {}), (crosses, 13, {}), (passes, 14, {}), (crosses, 16, {})]),
        ("5 s after the pass", [(passes, 10, {}), (crosses, 15, {})]),
        ("the counter's clock is behind", [(passes, 10, {}), (crosses, 10.1, {"device_s": 9.2})]),
        ("who leaves needs no pass", [(crosses, 12, {"persons": 3, "direction": "out"})]),
        ("the grant is heard after the crossing", [(crosses, 12, {}), (passes, 15, {"device_s": 11})]),
        (
            "a crossing delivered again takes no further grant",
            [(passes, 10, {}), (crosses, 12, {"id_": "c"}), (crosses, 40, {"device_s": 12, "id_": "c"})],
        ),
        ("the grant is heard long after the crossing", [(crosses, 12, {}), (passes, 101, {"device_s": 11})]),
        ("both come late", [(passes, 90, {"device_s": 11}), (crosses, 91, {"device_s": 12})]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_who_has_a_pass_of_their_own_follows_nobody(what, events) -> None:
    story = doors()
    for told, second, more in events:
        told(story, second, **more)
    story.ticks(102, 200)
    assert alarms(story) == []


@pytest.mark.parametrize(
    ("what", "events"),
    [
        ("6 s after the pass", [(passes, 10, {}), (crosses, 16, {})]),
        ("a pass 2 s after the crossing", [(crosses, 12, {}), (passes, 14, {})]),
        ("a pass out lets nobody in", [(passes, 10, {"direction": "out"}), (crosses, 12, {})]),
        ("a denied one neither", [(passes, 10, {"result": "denied"}), (crosses, 12, {})]),
        ("one pass, delivered twice", [(passes, 10, {"id_": "p"}), (passes, 11, {"id_": "p", "device_s": 10})]
         + [(crosses, 12, {"persons": 2})]),
        ("a pass of their own that is heard too late", [(crosses, 12, {}), (passes, 103, {"device_s": 11})]),
        ("a used pass, delivered again", [(passes, 10, {"id_": "p"}), (crosses, 11, {}), (crosses, 14, {}),
         (passes, 17, {"id_": "p", "device_s": 10})]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_who_has_none_does(what, events) -> None:
    story = doors()
    for told, second, more in events:
        told(story, second, **more)
    story.ticks(104, 140)
    assert [entry[1] for entry in alarms(story)] == ["TAILGATE/D-1"]


def test_a_crossing_of_long_ago_is_not_judged_by_passes_that_are_forgotten() -> None:
    story = doors()
    for second in range(10, 170, 2):
        passes(story, second, method="qr")
    crosses(story, 170, device_s=12)
    story.ticks(171, 270)
    assert alarms(story) == []


def test_nobody_follows_through_a_door_that_is_free() -> None:
    story = doors()
    story.tell("access.lock", "D-1", {"lock": "free"}, at_s=1)
    crosses(story, 10, persons=4)
    story.ticks(11, 120)
    assert alarms(story) == []


# ---- DURESS
def test_a_duress_code_opens_the_door_and_is_a_p1_that_only_an_operator_ends() -> None:
    story = doors()
    passes(story, 10, duress=True, method="password")
    contact(story, "open", 11)
    contact(story, "closed", 15)
    story.ticks(16, 120)
    assert alarms(story) == [("activated", "DURESS/D-1", 10)]
    alarm = story.state.alarms["DURESS/D-1"]
    assert (alarm.priority, alarm.detail) == ("P1", {"method": "password"})
    story.tell("command.alarm.acknowledge", "DURESS/D-1", {"by": "post:control"}, at_s=121)
    passes(story, 130)
    assert story.state.alarms["DURESS/D-1"].acknowledged, "an ordinary pass says nothing of it"
    passes(story, 140, duress=True)
    assert not story.state.alarms["DURESS/D-1"].acknowledged, "again is to be heard again"
    story.tell("command.alarm.acknowledge", "DURESS/D-1", {"by": "post:control"}, at_s=150)
    story.tell("command.alarm.reset", "DURESS/D-1", {"by": "post:control"}, at_s=151)
    assert "DURESS/D-1" not in story.state.alarms


@pytest.mark.parametrize("own_s", [-86_400, 3, 86_400])
def test_duress_is_heard_at_once_whatever_the_controllers_clock_says_and_only_once(own_s) -> None:
    story = doors()
    passes(story, 10, device_s=12)
    for second in (20, 25):
        passes(story, second, duress=True, device_s=own_s, id_="once")
    assert alarms(story) == [("activated", "DURESS/D-1", 20)]
    assert story.state.alarms["DURESS/D-1"].count == 1


@pytest.mark.parametrize("data", [{"duress": False}, {"result": "denied"}, {"reason": "duress_off"}])
def test_what_is_not_duress(data) -> None:
    story = doors()
    story.tell("access.pass", "D-1", {"method": "password", "result": "granted", **data}, at_s=10)
    story.ticks(11, 20)
    assert alarms(story) == []
