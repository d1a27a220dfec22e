"""Who is denied again and again, follows another through, or opens under duress."""

from __future__ import annotations

import pytest

from tests.community.story import T0_MS
from tests.community.systems.doors import alarms, contact, crosses, doors, passes


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
