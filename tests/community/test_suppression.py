"""One cause, one alarm: parents that are down speak for what stands behind them, and for nothing else."""

from __future__ import annotations

import pytest

from community.catalogue import CATALOGUE, CAUSES
from community.freshness import freshness
from community.site import Device, Site, Source, Text
from community.state import alarm_state
from tests.community.story import T0_MS, Story

CAMERAS = tuple(f"C-{n:02d}" for n in range(1, 41))

SITE = Site(
    id="garden",
    name=Text("花园", "Garden"),
    sources=(Source("isapi", Text("摄像机", "Cameras")), Source("snmp", Text("网络", "Network"))),
    devices=(
        Device("F-1", "plant", "feeder", "plc"),
        Device("SW-1", "plant", "switch", "snmp", parent="F-1"),
        Device("SW-2", "plant", "switch", "snmp", parent="SW-1"),
        Device("C-90", "cameras", "camera", "isapi", parent="SW-2"),
        Device("C-99", "cameras", "camera", "isapi"),
        Device("SOS-1", "sos", "button", "lorawan_less", parent="SW-1"),
        Device("L-1", "lifts", "lift", "lifts", parent="F-1"),
        *(Device(id_, "cameras", "camera", "isapi", parent="SW-1") for id_ in CAMERAS),
    ),
)
SWITCH, SWITCH_2, FEEDER, LIFT = "NET_DOWN/SW-1", "NET_DOWN/SW-2", "POWER_LOST/F-1", "LIFT_STOP/L-1"


def offline(story: Story, at_s: float, *cameras: str) -> None:
    for camera in cameras or CAMERAS:
        story.tell("camera.status", camera, {"status": "offline"}, at_s=at_s)


def online(story: Story, at_s: float, *cameras: str) -> None:
    for camera in cameras or CAMERAS:
        story.tell("camera.status", camera, {"status": "online"}, at_s=at_s)


def network(story: Story, reachable: bool, at_s: float, switch: str = "SW-1") -> None:
    for second in (0, 1) if reachable else (0,):
        story.tell("plant.network", switch, {"reachable": reachable}, at_s=at_s + second)


def power(story: Story, energised: bool, at_s: float) -> None:
    story.tell("plant.feeder", "F-1", {"energised": energised}, at_s=at_s)


def clock(story: Story, *seconds: float) -> None:
    for second in seconds:
        story.tell("clock.tick", community="", at_s=second)


def alive(story: Story, from_s: int, to_s: int) -> None:
    """Ten seconds at a time, with a word from the switch."""
    for second in range(from_s, to_s, 10):
        story.tell("device.heartbeat", "SW-1", at_s=second)


def shown(story: Story) -> list[str]:
    return [k for k, a in sorted(story.state.alarms.items()) if alarm_state(a) in ("unacknowledged", "returned")]


def explained(story: Story) -> dict[str, str]:
    return {key: alarm.suppressed_by for key, alarm in story.state.alarms.items() if alarm.suppressed_by}


def test_a_switch_with_forty_cameras_is_one_alarm_and_forty_symptoms() -> None:
    story = Story(SITE)
    network(story, False, 0)
    clock(story, 61)
    offline(story, 70)
    assert shown(story) == [SWITCH]
    assert explained(story) == {f"CAM_OFFLINE/{id_}": SWITCH for id_ in CAMERAS}
    assert story.state.today.alarms == 1 and len(story.state.activations) == 1
    told = [e for e in story.entries if e.type == "alarm.suppressed"]
    assert len(told) == 40 and {e.data["cause"] for e in told} == {SWITCH}


def test_symptoms_that_came_first_are_taken_in_and_what_stood_for_days_is_not() -> None:
    story = Story(SITE)
    offline(story, 0, "C-01")
    offline(story, 190, "C-02", "C-03")
    network(story, False, 200)
    assert len(shown(story)) == 3
    clock(story, 261)
    assert shown(story) == ["CAM_OFFLINE/C-01", SWITCH], "200 s before its cause: something else was wrong with it"
    assert list(explained(story)) == ["CAM_OFFLINE/C-02", "CAM_OFFLINE/C-03"]


def test_while_the_on_delay_of_a_cause_runs_nobody_is_told_of_its_symptoms() -> None:
    """A switch that does not answer is an alarm after a minute; its cameras would be forty after a second."""
    story = Story(SITE)
    network(story, False, 0)
    offline(story, 1)
    assert not shown(story) and len(explained(story)) == 40
    clock(story, 60)
    assert shown(story) == [SWITCH] and story.state.today.alarms == 1


def test_a_cause_that_comes_to_nothing_explains_its_symptoms_no_longer_than_they_need() -> None:
    story = Story(SITE)
    network(story, False, 0)
    offline(story, 1, "C-01", "C-02")
    network(story, True, 30)
    assert SWITCH not in story.state.alarms and not shown(story)
    for second in (40, 100, 160, 220):
        online(story, second, "C-02")
        alive(story, second + 10, second + 60)
    alive(story, 280, 330)
    clock(story, 333)
    assert shown(story) == ["CAM_OFFLINE/C-01"]
    assert story.journal("alarm.activated") == [("alarm.activated", "CAM_OFFLINE/C-01", 333)]


def test_when_the_cause_is_gone_its_symptoms_have_their_time_and_recovery_is_no_flood() -> None:
    story = Story(SITE)
    network(story, False, 0)
    clock(story, 61)
    offline(story, 70)
    network(story, True, 300)
    clock(story, 361)
    assert story.journal("alarm.returned") == [("alarm.returned", SWITCH, 361)]
    for second in (370, 430, 490, 550):
        online(story, second, *CAMERAS[:-1])
        alive(story, second + 10, second + 60)
    alive(story, 610, 660)
    assert shown(story) == [SWITCH], "returned, and nobody has acknowledged it"
    clock(story, 663)  # three periods of a camera and its off-delay
    assert shown(story) == [f"CAM_OFFLINE/{CAMERAS[-1]}", SWITCH]
    assert story.journal("alarm.activated")[1:] == [("alarm.activated", f"CAM_OFFLINE/{CAMERAS[-1]}", 663)]
    assert story.state.today.alarms == 2
    assert not story.state.recent, "of what nobody was told nobody is told that it is over"


def test_a_symptom_found_while_its_cause_has_just_gone_has_its_time_too() -> None:
    """Its silence began while the switch was down; it is found a moment after the switch is back."""
    story = Story(SITE)
    network(story, False, 0)
    clock(story, 61)
    network(story, True, 100)
    clock(story, 170)
    story.tell("command.alarm.acknowledge", SWITCH, {"by": "post:control"}, at_s=175)
    assert SWITCH not in story.state.alarms
    offline(story, 180, "C-01")
    assert explained(story) == {"CAM_OFFLINE/C-01": SWITCH}
    alive(story, 190, 460)
    clock(story, 463)
    assert story.journal("alarm.activated")[1:] == [("alarm.activated", "CAM_OFFLINE/C-01", 463)]
    offline(story, 470, "C-02")
    assert "CAM_OFFLINE/C-02" in shown(story)


def test_a_cause_that_comes_back_keeps_its_symptoms() -> None:
    story = Story(SITE)
    network(story, False, 0)
    clock(story, 61)
    offline(story, 70, "C-01")
    network(story, True, 100)
    clock(story, 200)
    network(story, False, 210)
    clock(story, 300, 900, 5000)
    assert explained(story) == {"CAM_OFFLINE/C-01": SWITCH}
    assert story.state.alarms["CAM_OFFLINE/C-01"].release_ms is None


def test_the_highest_cause_explains_all_levels_beneath_it() -> None:
    story = Story(SITE)
    network(story, False, 0, "SW-2")
    clock(story, 61)
    offline(story, 62, "C-90")
    assert explained(story) == {"CAM_OFFLINE/C-90": SWITCH_2}
    power(story, False, 63)
    network(story, False, 64)
    clock(story, 70, 130)
    offline(story, 131, "C-01")
    assert shown(story) == [FEEDER]
    assert explained(story) == dict.fromkeys(("CAM_OFFLINE/C-90", SWITCH_2, SWITCH, "CAM_OFFLINE/C-01"), FEEDER)


def test_when_the_power_is_back_and_the_switch_is_not_the_switch_explains_its_cameras() -> None:
    story = Story(SITE)
    power(story, False, 0)
    network(story, False, 1)
    clock(story, 70)
    offline(story, 71, "C-01")
    power(story, True, 100)
    clock(story, 140)
    assert explained(story) == {SWITCH: FEEDER, "CAM_OFFLINE/C-01": SWITCH}
    clock(story, 1000)
    assert explained(story) == {"CAM_OFFLINE/C-01": SWITCH}
    assert shown(story) == [SWITCH, FEEDER]


def test_a_p1_and_what_is_no_symptom_of_loss_stand_for_themselves() -> None:
    story = Story(SITE)
    power(story, False, 0)
    network(story, False, 1)
    clock(story, 70)
    story.tell("sos.press", "SOS-1", {"press": "short"}, at_s=80)
    story.tell("camera.event", "C-01", {"event": "occluded", "active": True}, at_s=80)
    story.tell("lift.status", "L-1", {"status": "fault"}, at_s=80)
    offline(story, 81, "C-99")
    clock(story, 200)
    assert shown(story) == ["CAM_BLIND/C-01", "CAM_OFFLINE/C-99", FEEDER, "SOS/SOS-1"]
    assert explained(story) == {LIFT: FEEDER, SWITCH: FEEDER}


def test_a_symptom_that_is_over_before_its_cause_is_gone_without_a_word() -> None:
    story = Story(SITE)
    power(story, False, 0)
    clock(story, 10)
    story.tell("lift.status", "L-1", {"status": "fault"}, at_s=20)
    clock(story, 60)
    story.tell("lift.status", "L-1", {"status": "running"}, at_s=70)
    clock(story, 140)
    assert LIFT not in story.state.alarms
    assert [e[0] for e in story.journal() if e[1] == LIFT] == ["alarm.suppressed", "alarm.unsuppressed", "alarm.passed"]


def test_a_cause_out_of_service_explains_as_well() -> None:
    story = Story(SITE)
    out = {"by": "post:control", "role": "supervisor", "reason": "firmware"}
    story.tell("command.device.out_of_service", "SW-1", out)
    network(story, False, 1)
    clock(story, 70)
    offline(story, 80)
    assert not shown(story) and len(explained(story)) == 40


def test_a_camera_behind_a_switch_speaks_for_itself() -> None:
    story = Story(SITE)
    story.tell("source.heartbeat", "isapi", {})
    online(story, 0, "C-01")
    for second in range(1, 200):
        story.tell("clock.tick", community="", at_s=second)
        if second % 10 == 0:
            story.tell("source.heartbeat", "isapi", {}, at_s=second)
            story.tell("device.heartbeat", "SW-1", at_s=second)
    assert freshness(story.state, story.state.devices["C-01"]) == "stale"
    story.tell("device.heartbeat", "C-02", at_s=201)
    assert story.state.devices["SW-1"].heard_ms == T0_MS + 190_000


@pytest.mark.parametrize("entry", CATALOGUE.values(), ids=CATALOGUE.keys())
def test_the_catalogue_says_what_may_be_a_symptom(entry) -> None:
    assert set(entry.symptom_of) <= set(CATALOGUE)
    if entry.symptom_of:
        assert entry.priority != "P1" and not entry.latched, "a latch would outlive the explanation"
    if entry.id in CAUSES:
        assert entry.priority != "P1"
