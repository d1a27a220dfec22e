"""The fold, told as stories: what comes in, what the journal says, what a screen may show."""

from __future__ import annotations

import msgspec
import pytest

from community.model import BadRecord
from community.site import Device
from community.state import alarm_state, annunciated
from tests.community.story import SITE, T0_MS, Story


def test_one_press_is_a_p1_until_a_person_ends_it() -> None:
    story = Story()
    story.tell("sos.press", "SOS-1", {"press": "short"})
    assert [(a.key, a.priority, alarm_state(a)) for a in annunciated(story.state.alarms.values())] == [
        ("SOS/SOS-1", "P1", "unacknowledged")
    ]
    story.tell("command.alarm.acknowledge", "SOS/SOS-1", {"by": "post:control"}, at_s=20)
    story.ticks(21, 120)
    assert alarm_state(story.state.alarms["SOS/SOS-1"]) == "acknowledged"
    story.tell("command.alarm.reset", "SOS/SOS-1", {"by": "post:control", "reason": "true"}, at_s=130)
    assert story.journal() == [
        ("alarm.activated", "SOS/SOS-1", 0),
        ("alarm.acknowledged", "SOS/SOS-1", 20),
        ("alarm.returned", "SOS/SOS-1", 130),
        ("alarm.closed", "SOS/SOS-1", 130),
    ]
    assert story.state.today.acknowledge_sum_ms == 20_000
    assert [c.key for c in story.state.recent] == ["SOS/SOS-1"]


def test_a_public_pillar_takes_a_long_press() -> None:
    story = Story()
    story.tell("sos.press", "SOS-2", {"press": "short"})
    assert not story.state.alarms
    story.tell("sos.press", "SOS-2", {"press": "long"}, at_s=1)
    assert "SOS/SOS-2" in story.state.alarms


def test_the_same_press_delivered_twice_is_one_press() -> None:
    story = Story()
    for _ in range(3):
        story.tell("sos.press", "SOS-1", {"press": "short"}, id_="press-1")
    assert story.state.alarms["SOS/SOS-1"].count == 1


def test_the_same_press_under_another_id_is_still_one_press_even_after_its_reset() -> None:
    story = Story()
    story.tell("sos.press", "SOS-1", {"press": "short"}, id_="a")
    story.tell("sos.press", "SOS-1", {"press": "short"}, id_="b")
    assert story.state.alarms["SOS/SOS-1"].count == 1
    story.tell("command.alarm.acknowledge", "SOS/SOS-1", {"by": "post:control"}, at_s=20)
    story.tell("command.alarm.reset", "SOS/SOS-1", {"by": "post:control"}, at_s=30)
    story.tell("sos.press", "SOS-1", {"press": "short"}, id_="c", at_s=40, device_s=0)
    assert not story.state.alarms


def test_a_command_that_makes_no_sense_is_refused_in_the_journal() -> None:
    story = Story()
    story.tell("command.alarm.acknowledge", "SOS/SOS-1", {"by": "post:control"})
    (entry,) = story.entries
    assert entry.type == "command.refused"
    assert "nothing to acknowledge" in entry.data["reason"]


def test_newer_by_the_devices_clock_wins_whatever_comes_last() -> None:
    story = Story()
    story.tell("charging.status", "EV-1-1", {"status": "Charging"}, at_s=10, device_s=9)
    story.tell("charging.status", "EV-1-1", {"status": "Available"}, at_s=11, device_s=3)
    assert story.state.devices["EV-1-1"].values["status"] == "Charging"


def test_groups_are_independent() -> None:
    story = Story()
    story.tell("charging.meter", "EV-1-1", {"power_w": 7000}, at_s=10, device_s=10)
    story.tell("charging.status", "EV-1-1", {"status": "Charging"}, at_s=11, device_s=5)
    assert story.state.devices["EV-1-1"].values == {"power_w": 7000.0, "status": "Charging"}


def test_each_value_of_a_meter_has_its_own_age() -> None:
    story = Story()
    story.tell("charging.meter", "EV-1-1", {"temperature_c": 40}, at_s=10, device_s=10)
    story.tell("charging.meter", "EV-1-1", {"power_w": 7000, "temperature_c": 20}, at_s=11, device_s=5)
    assert story.state.devices["EV-1-1"].values == {"power_w": 7000.0, "temperature_c": 40.0}


@pytest.mark.parametrize(
    "subject, event, target, hour_s, priority",
    [
        ("C-3", "intrusion", "human", 3600, "P2"),  # 22:14
        ("C-3", "intrusion", "human", 0, "P3"),  # 21:14
        ("C-3", "line_crossing", "human", 0, "P3"),
        ("C-3", "intrusion", "vehicle", 0, None),
        ("C-2", "intrusion", "human", 0, None),  # not on the perimeter
    ],
)
def test_perimeter_by_place_target_and_time_of_day(subject, event, target, hour_s, priority) -> None:
    story = Story()
    story.tell("camera.event", subject, {"event": event, "active": True, "target": target}, at_s=hour_s)
    story.tell("clock.tick", community="", at_s=hour_s + 2)
    alarm = story.state.alarms.get(f"PERIMETER/{subject}")
    assert (alarm.priority if alarm is not None else None) == priority


@pytest.mark.parametrize(
    ("event", "tags", "data", "held_s", "alarm"),
    [
        ("ebike", ("lift",), {"score": 0.85}, 3, "EBIKE_LIFT"),
        ("ebike", ("lift",), {"score": 0.75}, 60, None),  # a pram, perhaps
        ("ebike", ("gate",), {"score": 0.99}, 60, None),  # there they may be
        ("ebike", ("lift",), {"score": 0.85}, 1, None),  # for less than 2 s
        ("flame", ("bike_shed",), {"score": 0.7}, 4, "CP_FIRE"),
        ("smoke", ("bike_shed",), {}, 4, "CP_FIRE"),
        ("smoke", ("bike_shed",), {"score": 0.4}, 60, None),
        ("parking", ("fire_lane",), {"target": "vehicle"}, 190, "FIRE_LANE"),
        ("parking", ("fire_lane",), {"target": "vehicle"}, 170, None),  # unloading
        ("parking", ("fire_lane",), {"target": "human"}, 190, None),
        ("parking", (), {"target": "vehicle"}, 190, None),
    ],
)
def test_what_a_camera_sees_counts_by_place_score_and_time(event, tags, data, held_s, alarm) -> None:
    camera = Device("C-9", "cameras", "camera", "isapi_less", tags=tags)
    story = Story(msgspec.structs.replace(SITE, devices=(camera,)))
    story.tell("camera.event", "C-9", {"event": event, "active": True, **data}, at_s=0)
    for second in range(1, held_s):
        story.tell("device.heartbeat", "C-9", {}, at_s=second)
    story.tell("camera.event", "C-9", {"event": event, "active": False}, at_s=held_s)
    activated = [subject for _, subject, _ in story.journal("alarm.activated")]
    assert activated == ([f"{alarm}/C-9"] if alarm else [])


def test_an_occluded_camera_is_an_alarm_after_five_seconds() -> None:
    story = Story()
    story.tell("camera.event", "C-2", {"event": "occluded", "active": True})
    story.ticks(1, 6)
    assert story.journal() == [("alarm.activated", "CAM_BLIND/C-2", 5)]


def test_over_temperature_needs_persistence_and_rise() -> None:
    story = Story()
    for second, celsius in ((0, 66.0), (30, 66.2), (60, 66.3)):
        story.tell("charging.meter", "P-1-01", {"temperature_c": celsius}, at_s=second)
        story.ticks(second + 1, second + 29)
    assert not story.state.alarms, "hot but not rising: a misreading"
    story.tell("charging.meter", "P-1-01", {"temperature_c": 69.0}, at_s=90)
    story.ticks(91, 101)
    assert story.journal() == [("alarm.activated", "CP_OVERTEMP/P-1-01", 90)], "hot for ten seconds long before"


def hot(*samples: tuple[int, float]) -> list[tuple[str, str, float]]:
    story = Story()
    for second, celsius in samples:
        story.tell("charging.meter", "P-1-01", {"temperature_c": celsius}, at_s=second)
    story.ticks(samples[-1][0] + 1, samples[-1][0] + 60)
    return story.journal("alarm.activated")


@pytest.mark.parametrize(
    ("what", "samples", "at_s"),
    [
        ("one sample among others is a misreading", ((0, 40), (60, 127), (120, 40)), None),
        ("one hot sample and then none: nobody knows", ((0, 40), (60, 127)), None),
        ("two misreadings with a right one between them", ((0, 40), (60, 127), (120, 41), (180, 127)), None),
        ("hot at once, and it stays", ((0, 40), (60, 90), (120, 90)), 120),
        ("rising slowly under the sun", ((0, 64.8), (60, 65.1), (120, 65.4), (180, 65.7)), None),
        ("the second sample within the ten seconds", ((0, 60), (10, 66), (14, 67), (30, 68)), 20),
        ("first sun, then a bad contact", ((0, 64.8), (60, 65.1), (120, 65.4), (180, 68)), 180),
        ("hot since it was first heard, and rising", ((0, 70), (60, 73)), 60),
        ("hot since it was first heard, and not rising", ((0, 70), (60, 70.2)), None),
    ],
)
def test_heat_is_believed_when_a_second_sample_says_so(
    what: str, samples: tuple[tuple[int, float], ...], at_s: float | None
) -> None:
    expected = [] if at_s is None else [("alarm.activated", "CP_OVERTEMP/P-1-01", at_s)]
    assert hot(*samples) == expected, what


def test_a_deadband_belongs_to_an_alarm_that_stands_not_to_one_that_waits() -> None:
    story = Story()
    for second, celsius in ((0, 60.0), (10, 66.0), (15, 60.0), (25, 60.0)):
        story.tell("charging.meter", "P-1-01", {"temperature_c": celsius}, at_s=second)
    assert story.journal("alarm.activated") == []


def test_high_temperature_by_ocpp_is_over_temperature_and_not_a_plain_fault() -> None:
    story = Story()
    story.tell("charging.status", "EV-1-1", {"status": "Faulted", "error_code": "HighTemperature"})
    story.ticks(1, 70)
    assert [e[1] for e in story.journal("alarm.activated")] == ["CP_OVERTEMP/EV-1-1"]


def test_faulted_with_no_error_is_still_a_fault_after_a_minute() -> None:
    story = Story()
    story.tell("charging.status", "EV-1-1", {"status": "Faulted", "error_code": "NoError"})
    story.ticks(1, 61)
    assert story.journal("alarm.activated") == [("alarm.activated", "CP_FAULT/EV-1-1", 60)]


def test_remote_stop_is_done_when_the_device_says_so() -> None:
    story = Story()
    story.tell("charging.session", "EV-1-1", {"session": "S1", "phase": "started", "meter_start_wh": 100})
    story.tell("command.charging.remote_stop", "EV-1-1", {"by": "post:control"}, at_s=5)
    action = story.state.devices["EV-1-1"].pending
    assert action is not None
    order = next(e for e in story.entries if e.topic == "community.actions")
    assert (order.id, order.data["session"]) == (action["action"], "S1")
    story.tell("charging.session", "EV-1-1", {"session": "S1", "phase": "ended", "meter_stop_wh": 400}, at_s=7)
    assert story.state.devices["EV-1-1"].pending is None
    assert [e[0] for e in story.journal()][-1] == "action.confirmed"


def test_an_order_that_nobody_carries_out_is_said_to_have_failed_and_never_repeated() -> None:
    story = Story()
    story.tell("charging.session", "EV-1-1", {"session": "S1", "phase": "started"})
    story.tell("command.charging.remote_stop", "EV-1-1", {"by": "post:control"}, at_s=5)
    story.ticks(6, 60)
    assert ("action.expired", "EV-1-1", 35) in story.journal()
    assert len([e for e in story.entries if e.topic == "community.actions"]) == 1


@pytest.mark.parametrize(
    "type_, subject, data, reason",
    [
        ("door.opened", "D-1", {}, "unknown type"),
        ("camera.status", "", {"status": "online"}, "no subject"),
        ("camera.status", "C-1", {}, "missing required field `status`"),
        ("camera.status", "C-1", {"status": "online", "fps": "many"}, r"fps"),
        ("camera.event", "C-1", {"event": "", "active": True}, "event must not be empty"),
        ("camera.picture", "C-1", {"hash": "md5:1"}, "sha256"),
        ("charging.session", "EV-1-1", {"session": "S", "phase": "paused"}, "paused"),
        ("source.heartbeat", "isapi", {"spooled": -1}, "spooled"),
        ("command.alarm.acknowledge", "SOS/SOS-1", {}, "by"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_reason_and_moves_nothing(type_, subject, data, reason) -> None:
    story = Story()
    with pytest.raises(BadRecord, match=reason):
        story.tell(type_, subject, data)
    assert (story.state.clock_ms, story.state.position, story.state.devices) == (0, "", {})


def test_unknown_words_and_undescribed_devices_are_kept_and_named() -> None:
    story = Story()
    story.tell("charging.status", "CP-9/1", {"status": "Hibernating", "firmware_word": 1})
    device = story.state.devices["CP-9/1"]
    assert (device.system, device.kind, device.values["status"]) == ("charging", "car_connector", "Hibernating")


def test_a_clock_log_site_lives_on_the_records_own_arrival() -> None:
    import msgspec

    story = Story(msgspec.structs.replace(SITE, clock="log"))
    story.tell("camera.status", "C-1", {"status": "online"}, at_s=86_400, device_s=0)
    assert story.state.clock_ms == T0_MS
    story.tell("clock.tick", community="", at_s=86_401)
    assert story.state.clock_ms == T0_MS, "the live ticker does not move a recorded clock"


def test_a_recorder_that_loses_its_disk_or_its_past_is_an_alarm_until_both_are_well() -> None:
    story = Story()
    story.tell("recorder.storage", "NVR-1", {"fault": "disk_full", "active": True}, at_s=0)
    story.tell("recorder.storage", "NVR-1", {"fault": "disk_error", "active": True}, at_s=1)
    story.tell("recorder.storage", "NVR-1", {"fault": "disk_error", "active": False}, at_s=2)
    story.ticks(3, 310)
    assert story.journal("alarm.activated") == [("alarm.activated", "NVR_STORE/NVR-1", 300)]
    story.tell("recorder.storage", "NVR-1", {"fault": "disk_full", "active": False, "oldest_clip_days": 12}, at_s=320)
    assert story.state.alarms["NVR_STORE/NVR-1"].detail == {"oldest_clip_days": 12}
    story.tell("recorder.storage", "NVR-1", {"oldest_clip_days": 30}, at_s=330)
    story.ticks(331, 640)
    assert story.journal("alarm.returned") == [("alarm.returned", "NVR_STORE/NVR-1", 630)]
