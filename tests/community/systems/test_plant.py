"""机电: feeders without voltage, switches that do not answer, pumps, water in the garage."""

from __future__ import annotations

import pytest

from community.model import BadRecord
from community.site import Device, Site, Source, Text
from community.state import alarm_state
from tests.community.story import T0_MS, Story

SITE = Site(
    id="garden",
    name=Text("花园", "Garden"),
    sources=(Source("bms", Text("楼控", "Plant")), Source("snmp", Text("网管", "Network"))),
    devices=(
        Device("F-1", "plant", "feeder", "bms"),
        Device("SW-1", "plant", "switch", "snmp"),
        Device("PU-1", "plant", "pump", "bms"),
        Device("W-1", "plant", "water_level", "bms", area="地库"),
    ),
)
TYPES = {"F-1": "plant.feeder", "SW-1": "plant.network", "PU-1": "plant.pump", "W-1": "plant.water"}
POWER, NET, WATER = "POWER_LOST/F-1", "NET_DOWN/SW-1", "GARAGE_WATER/W-1"


@pytest.fixture
def story() -> Story:
    return Story(SITE)


def say(story: Story, device: str, at_s: float, /, device_s: float | None = None, **data: object) -> None:
    story.tell(TYPES[device], device, data, at_s=at_s, device_s=device_s)


def tell(story: Story, device: str, told: list[tuple[float, dict[str, object]]]) -> None:
    """Samples in their order; between them the clock ticks every ten seconds."""
    last_s = int(told[0][0])
    for at_s, data in told:
        for second in range(last_s + 10, int(at_s), 10):
            story.tell("clock.tick", community="", at_s=second)
        say(story, device, at_s, **data)
        last_s = int(at_s)


@pytest.mark.parametrize(
    ("lost", "back"),
    [
        ({"energised": False}, {"energised": True}),
        ({"voltage_v": 0}, {"voltage_v": 229.5}),
        ({"voltage_l1_v": 3, "voltage_l2_v": 41, "voltage_l3_v": 0}, {"voltage_l1_v": 231, "voltage_l2_v": 230}),
    ],
)
def test_a_feeder_is_lost_after_five_seconds_until_it_has_had_voltage_for_thirty(story, lost, back) -> None:
    say(story, "F-1", 0, **back)
    say(story, "F-1", 10, **lost)
    story.ticks(11, 60)
    assert story.state.alarms[POWER].priority == "P2"
    say(story, "F-1", 60, **back)
    say(story, "F-1", 80, **lost)  # switched on, tripped again
    say(story, "F-1", 100, **back)
    story.ticks(101, 140)
    assert story.journal() == [("alarm.activated", POWER, 15), ("alarm.returned", POWER, 130)]


@pytest.mark.parametrize(
    ("why", "told"),
    [
        ("the transfer switch takes four seconds", [(0, {"energised": False}), (4, {"energised": True})]),
        ("a brown-out", [(0, {"voltage_v": 150})]),
        ("one phase of three is left", [(0, {"voltage_l1_v": 0, "voltage_l2_v": 0, "voltage_l3_v": 225})]),
        ("the contact says it is on; its meter is not wired", [(0, {"energised": True, "voltage_v": 0})]),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_what_is_no_lost_feeder(story, why, told) -> None:
    tell(story, "F-1", told)
    story.ticks(5, 60)
    assert not story.entries, why


def test_a_contact_that_was_replaced_by_a_meter_holds_nothing_back(story) -> None:
    say(story, "F-1", 0, energised=False)
    story.ticks(1, 10)
    say(story, "F-1", 20, voltage_v=230)
    story.ticks(21, 60)
    assert story.journal("alarm.returned") == [("alarm.returned", POWER, 50)]


def test_a_late_word_of_a_loss_that_is_over_and_a_word_said_twice(story) -> None:
    say(story, "F-1", 20, 15, energised=True)
    say(story, "F-1", 21, 10, energised=False)
    story.tell("plant.feeder", "F-1", {"energised": True}, at_s=22, device_s=15, id_="r1")
    story.ticks(23, 60)
    assert not story.state.alarms
    assert story.state.devices["F-1"].values == {"energised": True}


def test_a_switch_without_an_answer_for_sixty_seconds_is_down_until_two_good_ones(story) -> None:
    told = [(0, True), (30, False), (60, False), (120, True), (150, False), (180, True)]
    tell(story, "SW-1", [(at_s, {"reachable": reachable}) for at_s, reachable in told])
    story.ticks(181, 300)
    assert story.journal() == [("alarm.activated", NET, 90)], "one answer is not yet a network"
    say(story, "SW-1", 300, reachable=True)
    story.ticks(301, 370)
    assert story.journal("alarm.returned") == [("alarm.returned", NET, 360)]
    assert story.state.devices["SW-1"].memory == {}


def test_a_heartbeat_is_an_answer_too(story) -> None:
    say(story, "SW-1", 0, reachable=False)
    story.ticks(1, 70)
    for second in (80, 90):
        story.tell("device.heartbeat", "SW-1", at_s=second)
    story.ticks(91, 160)
    assert story.journal() == [("alarm.activated", NET, 60), ("alarm.returned", NET, 150)]


def test_an_answer_delivered_twice_or_late_is_one_or_none(story) -> None:
    say(story, "SW-1", 0, reachable=False)
    story.ticks(1, 70)
    say(story, "SW-1", 70, -20, reachable=True)  # from before it went down
    for second in (80, 81, 82):
        story.tell("plant.network", "SW-1", {"reachable": True}, at_s=second, device_s=80, id_="once")
    story.ticks(83, 200)
    assert story.journal("alarm.returned") == []


@pytest.mark.parametrize(
    "told", [[(0, True)], [(0, False), (40, True), (50, True)], [(0, True), (20, True), (40, True)]]
)
def test_a_switch_that_answers(story, told) -> None:
    tell(story, "SW-1", [(at_s, {"reachable": reachable}) for at_s, reachable in told])
    story.ticks(51, 170)
    assert not story.entries


def test_a_switch_that_falls_silent_is_down_after_three_periods_and_no_later(story) -> None:
    story.tell("source.heartbeat", "snmp", {}, at_s=0)
    story.tell("device.heartbeat", "SW-1", at_s=0)
    story.ticks(1, 240, "snmp")
    assert story.journal() == [("alarm.activated", NET, 182)]
    for second in (241, 250):
        story.tell("device.heartbeat", "SW-1", at_s=second)
    story.ticks(251, 320, "snmp")
    assert story.journal("alarm.returned") == [("alarm.returned", NET, 310)]


def test_a_dead_feed_takes_no_switch_down_and_a_silent_pump_is_none(story) -> None:
    story.tell("source.heartbeat", "snmp", {}, at_s=0)
    story.tell("device.heartbeat", "SW-1", at_s=0)
    say(story, "PU-1", 0, status="running")
    story.ticks(1, 400)
    assert [subject for _, subject, _ in story.journal("alarm.activated")] == ["SOURCE_STALE/snmp"]


def test_a_pump_says_how_it_is_and_its_fault_does_not_outlive_it(story) -> None:
    say(story, "PU-1", 0, status="fault", fault_code=12, mode="auto", current_a=0)
    say(story, "PU-1", 10, status="running", mode="manual", current_a="8.5")
    say(story, "PU-1", 11, 5, status="stopped")
    assert story.state.devices["PU-1"].values == {"status": "running", "mode": "manual", "current_a": 8.5}


def test_water_of_five_centimetres_until_it_has_been_gone_for_ten_minutes_and_a_reset(story) -> None:
    levels = [(0, 0), (60, 5), (120, 12), (300, 3), (400, 2), (700, 2.5), (800, 1), (1300, 0)]
    tell(story, "W-1", [(at_s, {"level_cm": level_cm}) for at_s, level_cm in levels])
    assert story.state.alarms[WATER].priority == "P2"
    story.ticks(1301, 1410)
    assert story.journal() == [("alarm.activated", WATER, 90), ("alarm.returned", WATER, 1400)]
    assert story.state.alarms[WATER].latched
    for second, command in ((1420, "acknowledge"), (1430, "reset")):
        story.tell(f"command.alarm.{command}", WATER, {"by": "post:control"}, at_s=second)
    assert WATER not in story.state.alarms


def test_water_above_the_knee_is_a_p1_that_is_heard_again_and_does_not_flap(story) -> None:
    tell(story, "W-1", [(0, {"level_cm": 10}), (60, {"level_cm": 27})])
    story.tell("command.alarm.acknowledge", WATER, {"by": "post:control"}, at_s=70)
    assert (story.state.alarms[WATER].priority, alarm_state(story.state.alarms[WATER])) == ("P2", "acknowledged")
    say(story, "W-1", 100, level_cm=27.5)
    assert (story.state.alarms[WATER].priority, alarm_state(story.state.alarms[WATER])) == ("P1", "unacknowledged")
    assert story.state.critical_ms == T0_MS + 100_000
    for second, level_cm in ((110, 26.5), (120, 27.5), (130, 24.5)):
        say(story, "W-1", second, level_cm=level_cm)
    assert story.state.alarms[WATER].priority == "P1"
    assert story.journal("alarm.reactivated") == [("alarm.reactivated", WATER, 100)]
    say(story, "W-1", 140, level_cm=24)
    assert story.state.alarms[WATER].priority == "P2"


def test_water_that_is_deep_at_once_is_a_p1(story) -> None:
    say(story, "W-1", 0, level_cm=40)
    story.ticks(1, 31)
    assert (story.state.alarms[WATER].priority, story.state.critical_ms) == ("P1", T0_MS + 30_000)


@pytest.mark.parametrize(
    ("why", "told"),
    [
        ("just under", [(0, {"level_cm": 4.9})]),
        ("a car drives through a puddle", [(0, {"level_cm": 9}), (29, {"level_cm": 1})]),
        ("the deadband is not the threshold", [(0, {"level_cm": 6}), (20, {"level_cm": 3})]),
        ("a dry sensor below its floor", [(0, {"level_cm": -0.4})]),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_what_is_no_water_in_the_garage(story, why, told) -> None:
    tell(story, "W-1", told)
    story.ticks(30, 120)
    assert not story.entries, why


def test_a_dry_sample_that_comes_late_does_not_pump_the_garage(story) -> None:
    say(story, "W-1", 60, 50, level_cm=20)
    say(story, "W-1", 61, 10, level_cm=0)
    story.ticks(62, 120)
    assert story.state.alarms[WATER].detail == {"level_cm": 20}


@pytest.mark.parametrize(
    ("type_", "data", "kind", "alarm"),
    [
        ("plant.feeder", {"energised": False}, "feeder", "POWER_LOST"),
        ("plant.network", {"reachable": False}, "switch", "NET_DOWN"),
        ("plant.water", {"level_cm": 9}, "water_level", "GARAGE_WATER"),
    ],
)
def test_plant_that_nobody_has_described_is_kept_and_heard(story, type_, data, kind, alarm) -> None:
    story.tell(type_, "X-9", data)
    story.ticks(1, 61)
    assert (story.state.devices["X-9"].system, story.state.devices["X-9"].kind) == ("plant", kind)
    assert story.state.alarms[f"{alarm}/X-9"].active


@pytest.mark.parametrize(
    ("device", "data", "names"),
    [
        ("F-1", {}, "energised"),
        ("F-1", {"energised": "dim"}, "energised"),
        ("F-1", {"voltage_l2_v": -3}, "voltage_l2_v"),
        ("F-1", {"voltage_v": "inf"}, "voltage_v"),
        ("SW-1", {}, "reachable"),
        ("SW-1", {"reachable": "hardly"}, "reachable"),
        ("PU-1", {"mode": "auto"}, "status"),
        ("PU-1", {"status": ""}, "status"),
        ("PU-1", {"status": "running", "current_a": "much"}, "current_a"),
        ("W-1", {}, "level_cm"),
        ("W-1", {"level_cm": -9999}, "level_cm"),
        ("W-1", {"level_cm": 6553.5}, "level_cm"),
        ("W-1", {"level_cm": "nan"}, "level_cm"),
    ],
)
def test_what_cannot_be_read_is_refused_by_its_field(story, device, data, names) -> None:
    with pytest.raises(BadRecord, match=names):
        say(story, device, 0, **data)
