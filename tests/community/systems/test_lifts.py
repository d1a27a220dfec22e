"""电梯: people trapped, calls from the car, lifts that stand still with nobody inside."""

from __future__ import annotations

import pytest

from community.model import BadRecord
from community.site import Device, Site, Source, Text
from community.state import alarm_state
from tests.community.story import T0_MS, Story

LIFT = "L-1"
TRAP, STOP = f"LIFT_TRAP/{LIFT}", f"LIFT_STOP/{LIFT}"
SITE = Site(
    id="garden",
    name=Text("花园", "Garden"),
    sources=(Source("lifts", Text("电梯网关", "Lift gateway")),),
    devices=(Device(LIFT, "lifts", "lift", "lifts", building="7", unit="1"),),
)


@pytest.fixture
def story() -> Story:
    return Story(SITE)


def trap(story: Story, trapped: bool, at_s: float, **more: object) -> None:
    story.tell("lift.trap", LIFT, {"trapped": trapped}, at_s=at_s, **more)


def status(story: Story, word: str, at_s: float, **more: object) -> None:
    story.tell("lift.status", LIFT, {"status": word}, at_s=at_s, **more)


def call(story: Story, phase: str, at_s: float, **more: object) -> None:
    story.tell("lift.call", LIFT, {"phase": phase}, at_s=at_s, **more)


def operator(story: Story, command: str, at_s: float) -> None:
    story.tell(f"command.alarm.{command}", TRAP, {"by": "post:control"}, at_s=at_s)


def refusals(story: Story) -> list[str]:
    return [entry.data["reason"] for entry in story.entries if entry.type == "command.refused"]


def test_a_trapped_passenger_is_a_p1_until_he_is_out_and_an_operator_closes(story) -> None:
    trap(story, True, 0)
    assert (story.state.alarms[TRAP].priority, story.state.alarms[TRAP].detail) == ("P1", {"cause": "trapped"})
    operator(story, "acknowledge", 5)
    operator(story, "reset", 20)
    assert refusals(story) == ["its cause is still there"]
    trap(story, False, 600)
    story.ticks(601, 620)
    assert story.journal("alarm.returned") == [("alarm.returned", TRAP, 610)]
    assert story.state.alarms[TRAP].latched
    operator(story, "reset", 700)
    assert story.journal() == [
        ("alarm.activated", TRAP, 0),
        ("alarm.acknowledged", TRAP, 5),
        ("command.refused", TRAP, 20),
        ("alarm.returned", TRAP, 610),
        ("alarm.closed", TRAP, 700),
    ]


def test_trapped_again_within_ten_seconds_is_the_same_alarm(story) -> None:
    trap(story, True, 0)
    trap(story, False, 30)
    trap(story, True, 39)
    story.ticks(40, 80)
    assert story.journal() == [("alarm.activated", TRAP, 0)]
    assert story.state.alarms[TRAP].active


def test_a_call_from_the_car_is_not_taken_back_by_a_gateway_that_sees_nobody_trapped(story) -> None:
    trap(story, False, 0)
    call(story, "pressed", 10)
    for second in range(60, 360, 60):
        trap(story, False, second)
    call(story, "answered", 361)
    call(story, "ended", 400)
    story.ticks(401, 430)
    assert story.journal() == [("alarm.activated", TRAP, 10)]
    assert story.state.alarms[TRAP].detail == {"cause": "call"}
    operator(story, "reset", 440)
    assert refusals(story) == ["acknowledge it first"]
    operator(story, "acknowledge", 450)
    operator(story, "reset", 460)
    assert TRAP not in story.state.alarms
    trap(story, False, 470)
    assert TRAP not in story.state.alarms


def test_a_call_out_of_a_trap_ends_only_with_the_trap(story) -> None:
    call(story, "pressed", 0)
    trap(story, True, 30)
    call(story, "pressed", 40)
    operator(story, "acknowledge", 50)
    operator(story, "reset", 60)
    assert refusals(story) == ["its cause is still there"]
    assert (story.state.alarms[TRAP].count, story.state.alarms[TRAP].detail) == (2, {"cause": "trapped"})
    trap(story, False, 100)
    operator(story, "reset", 120)
    assert TRAP not in story.state.alarms


def test_a_call_after_somebody_said_on_the_way_is_heard_again(story) -> None:
    call(story, "pressed", 0)
    operator(story, "acknowledge", 5)
    call(story, "pressed", 90)
    assert alarm_state(story.state.alarms[TRAP]) == "unacknowledged"


def test_the_same_call_delivered_twice_and_under_another_id_is_one_call(story) -> None:
    call(story, "pressed", 0, id_="a")
    call(story, "pressed", 0, id_="a")
    call(story, "pressed", 0, id_="b")
    call(story, "pressed", 3, device_s=0, id_="a")
    assert story.state.alarms[TRAP].count == 1


def test_a_call_that_comes_later_than_its_answer_has_been_made(story) -> None:
    call(story, "answered", 20)
    call(story, "pressed", 60, device_s=5)
    assert story.state.alarms[TRAP].activated_ms == T0_MS + 5_000


@pytest.mark.parametrize("clock_s", [-86_400, -50 * 365 * 86_400])
def test_a_gateway_with_a_wrong_clock_is_heard_when_somebody_is_trapped(story, clock_s) -> None:
    trap(story, False, 0)
    trap(story, True, 60, device_s=clock_s)
    assert story.state.alarms[TRAP].activated_ms == T0_MS + 60_000


def test_an_older_all_clear_that_comes_late_does_not_free_anybody(story) -> None:
    trap(story, True, 60, device_s=50)
    trap(story, False, 61, device_s=10)
    trap(story, True, 62, device_s=50)
    assert story.state.alarms[TRAP].condition
    assert story.state.alarms[TRAP].count == 1


def test_an_older_trap_that_comes_after_its_end_is_over(story) -> None:
    trap(story, False, 60, device_s=50)
    trap(story, True, 61, device_s=10)
    assert TRAP not in story.state.alarms


@pytest.mark.parametrize(
    "told",
    [
        [("lift.trap", {"trapped": False})],
        [("lift.call", {"phase": "answered"}), ("lift.call", {"phase": "ended"})],
        [("lift.status", {"status": "fault"}), ("lift.car", {"floor": 3, "door": "closed"})],
        [("lift.occupancy", {"occupied": True}), ("lift.car", {"load_percent": 60})],
    ],
)
def test_what_traps_nobody(story, told) -> None:
    for second, (type_, data) in enumerate(told):
        story.tell(type_, LIFT, data, at_s=second)
    story.ticks(5, 200)
    assert TRAP not in story.state.alarms


@pytest.mark.parametrize("word", ["fault", "out_of_service"])
def test_a_lift_that_stands_for_thirty_seconds_has_stopped_until_it_has_run_for_sixty(story, word) -> None:
    status(story, "running", 0)
    story.tell("lift.status", LIFT, {"status": word, "fault_code": 41}, at_s=10)
    story.ticks(11, 100)
    assert story.state.alarms[STOP].priority == "P2"
    assert story.state.alarms[STOP].detail == {"status": word, "fault_code": "41"}
    status(story, "running", 100)
    story.ticks(101, 130)
    status(story, word, 130)  # half a minute of running is no repair
    status(story, "running", 140)
    story.ticks(141, 220)
    assert story.journal("alarm.activated", "alarm.returned") == [
        ("alarm.activated", STOP, 40),
        ("alarm.returned", STOP, 200),
    ]
    assert "fault_code" not in story.state.devices[LIFT].values


def test_a_mechanic_who_takes_it_over_has_not_yet_repaired_it(story) -> None:
    status(story, "fault", 0)
    story.ticks(1, 40)
    status(story, "maintenance", 50)
    story.ticks(51, 300)
    assert story.state.alarms[STOP].active


@pytest.mark.parametrize("word", ["maintenance", "fire_service", "检修", "running"])
def test_words_that_are_no_stop(story, word) -> None:
    status(story, word, 0)
    story.ticks(1, 120)
    assert not story.state.alarms
    assert story.state.devices[LIFT].values["status"] == word


def test_a_fault_of_twenty_nine_seconds_is_none(story) -> None:
    status(story, "fault", 0)
    story.ticks(1, 28)
    status(story, "running", 29)
    story.ticks(30, 120)
    assert not story.state.alarms and not story.entries


def test_a_stop_with_somebody_inside_is_a_trap_and_one_alarm(story) -> None:
    status(story, "fault", 0)
    trap(story, True, 20)
    story.ticks(21, 300)
    assert [subject for _, subject, _ in story.journal("alarm.activated")] == [TRAP]
    trap(story, False, 300)  # out, but the lift stands still
    story.ticks(301, 340)
    assert story.journal("alarm.activated")[1:] == [("alarm.activated", STOP, 330)]


def test_a_stop_is_one_once_the_car_is_empty(story) -> None:
    story.tell("lift.occupancy", LIFT, {"occupied": True}, at_s=0)
    status(story, "fault", 1)
    story.ticks(2, 90)
    assert not story.entries
    story.tell("lift.occupancy", LIFT, {"occupied": False}, at_s=100)
    story.ticks(101, 140)
    assert story.journal() == [("alarm.activated", STOP, 130)]


def test_an_older_fault_that_comes_late_stops_nothing(story) -> None:
    status(story, "running", 50)
    status(story, "fault", 51, device_s=40)
    story.ticks(52, 120)
    assert not story.state.alarms


def test_floor_and_door_have_ages_of_their_own_and_a_floor_is_a_name(story) -> None:
    story.tell("lift.car", LIFT, {"floor": "B1", "door": "open"}, at_s=10)
    story.tell("lift.car", LIFT, {"floor": 3, "direction": "up"}, at_s=11, device_s=5)
    story.tell("lift.car", LIFT, {"floor": -1}, at_s=12)
    assert story.state.devices[LIFT].values == {"floor": "-1", "door": "open", "direction": "up"}


def test_a_lift_that_nobody_has_described_is_kept_and_heard(story) -> None:
    story.tell("lift.trap", "L-99", {"trapped": True})
    device = story.state.devices["L-99"]
    assert (device.system, device.kind) == ("lifts", "lift")
    assert story.state.alarms["LIFT_TRAP/L-99"].active


@pytest.mark.parametrize(
    ("type_", "data", "names"),
    [
        ("lift.trap", {}, "trapped"),
        ("lift.trap", {"trapped": "perhaps"}, "trapped"),
        ("lift.status", {}, "status"),
        ("lift.status", {"status": ""}, "status"),
        ("lift.call", {"phase": "sung"}, "phase"),
        ("lift.occupancy", {"occupied": 7}, "occupied"),
        ("lift.car", {}, "floor"),
        ("lift.car", {"load_percent": -1}, "load_percent"),
        ("lift.car", {"speed_m_s": "nan"}, "speed_m_s"),
    ],
)
def test_what_cannot_be_read_is_refused_by_its_field(story, type_, data, names) -> None:
    with pytest.raises(BadRecord, match=names):
        story.tell(type_, LIFT, data)
