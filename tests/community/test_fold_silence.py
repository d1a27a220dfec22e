"""Silence, dead feeds, and clocks that are wrong: told as stories."""

from __future__ import annotations

from community.freshness import freshness, source_freshness
from community.state import alarm_state
from tests.community.story import T0_MS, Story


def test_a_silent_camera_is_offline_after_three_periods_and_back_after_two_beats_and_the_off_delay() -> None:
    story = Story()
    story.tell("source.heartbeat", "isapi", {})
    story.tell("camera.status", "C-1", {"status": "online"})
    story.ticks(1, 200, "isapi")
    assert story.journal() == [("alarm.activated", "CAM_OFFLINE/C-1", 182)]
    assert story.state.alarms["CAM_OFFLINE/C-1"].priority == "P2"  # a gate
    assert freshness(story.state, story.state.devices["C-1"]) == "stale"
    story.tell("device.heartbeat", "C-1", at_s=201)
    story.ticks(202, 205, "isapi")
    assert freshness(story.state, story.state.devices["C-1"]) == "stale", "one beat is not yet a camera"
    for second in range(206, 400, 30):
        story.tell("device.heartbeat", "C-1", at_s=second)
        story.ticks(second + 1, second + 29, "isapi")
    assert story.journal("alarm.returned") == [("alarm.returned", "CAM_OFFLINE/C-1", 326)]


def test_two_beats_lost_and_the_third_a_moment_on_its_way_are_no_silence() -> None:
    story = Story()
    story.tell("source.heartbeat", "isapi", {})
    story.tell("camera.status", "C-1", {"status": "online"})
    story.ticks(1, 180, "isapi")
    story.tell("device.heartbeat", "C-1", at_s=180.4)
    story.ticks(181, 300, "isapi")
    assert not story.journal()


def test_late_is_a_state_of_its_own() -> None:
    story = Story()
    story.tell("source.heartbeat", "isapi", {})
    story.tell("camera.status", "C-1", {"status": "online"})
    story.ticks(1, 119, "isapi")
    assert freshness(story.state, story.state.devices["C-1"]) == "fresh"
    story.ticks(120, 125, "isapi")
    assert freshness(story.state, story.state.devices["C-1"]) == "late"


def test_a_dead_feed_is_one_alarm_and_its_devices_are_unknown_not_offline() -> None:
    story = Story()
    story.tell("source.heartbeat", "isapi", {})
    story.tell("camera.status", "C-1", {"status": "online"})
    story.tell("camera.status", "C-2", {"status": "online"})
    story.ticks(1, 600)
    assert story.journal() == [("alarm.activated", "SOURCE_STALE/isapi", 30)]
    assert source_freshness(story.state, "isapi") == "stale"
    assert freshness(story.state, story.state.devices["C-1"]) == "unknown"


def test_a_feed_that_died_just_before_a_deadline_cannot_condemn_its_devices() -> None:
    story = Story()
    story.tell("camera.status", "C-1", {"status": "online"})
    story.ticks(0, 170, "isapi")  # the last beat at 170, the camera would be due at 182
    story.ticks(171, 900)
    assert "CAM_OFFLINE/C-1" not in story.state.alarms


def test_after_an_outage_the_deadlines_start_anew() -> None:
    story = Story()
    story.tell("camera.status", "C-1", {"status": "online"})
    story.ticks(0, 100, "isapi")
    story.ticks(101, 700)
    story.ticks(701, 889, "isapi")
    assert "CAM_OFFLINE/C-1" not in story.state.alarms
    story.ticks(890, 905, "isapi")
    assert story.state.alarms["CAM_OFFLINE/C-1"].activated_ms == T0_MS + (710 + 182) * 1000


def test_a_log_outage_that_the_spool_bridges_raises_no_false_offline() -> None:
    """Ten minutes without a log: no ticks, no records. The first tick comes before the gateway has drained."""
    story = Story()
    story.tell("camera.status", "C-1", {"status": "online"})
    story.ticks(0, 60, "isapi")
    story.ticks(660, 661)
    for second in range(70, 660, 60):
        story.tell("device.heartbeat", "C-1", at_s=662, device_s=second, received_s=second)
    for spooled in (3, 1):
        story.tell("source.heartbeat", "isapi", {"spooled": spooled}, at_s=663)
    assert story.state.alarms["SOURCE_STALE/isapi"].detail == {"spooled": 1}
    story.tell("device.heartbeat", "C-1", at_s=664)
    story.ticks(665, 720, "isapi")
    assert not story.journal("alarm.activated")[1:], "only the feed itself was an alarm"
    assert alarm_state(story.state.alarms["SOURCE_STALE/isapi"]) == "returned"


def test_a_port_speaks_for_its_pile_and_a_silent_pile_is_one_alarm() -> None:
    story = Story()
    story.tell("source.heartbeat", "piles", {})
    story.tell("charging.status", "P-1-01", {"status": "Available"})
    story.ticks(1, 300, "piles")
    assert story.journal("alarm.activated") == [("alarm.activated", "CP_OFFLINE/P-1", 272)]
    assert freshness(story.state, story.state.devices["P-1-01"]) == "stale"


def test_a_clock_six_hours_off_is_noticed_and_the_logs_time_rules() -> None:
    story = Story()
    for minute in range(5):
        story.tell("camera.status", "C-1", {"status": "online"}, at_s=60 * minute, device_s=60 * minute - 6 * 3600)
    alarm = story.state.alarms["CLOCK_SKEW/C-1"]
    assert alarm.active and alarm.detail == {"skew_s": -21600}
    story.tell("camera.status", "C-1", {"status": "online"}, at_s=300, device_s=300 - 6 * 3600)
    assert story.state.devices["C-1"].seen_ms == T0_MS + 300_000
    assert freshness(story.state, story.state.devices["C-1"]) == "fresh"


def test_one_late_message_is_not_a_wrong_clock() -> None:
    story = Story()
    story.tell("camera.status", "C-1", {"status": "online"}, at_s=600, device_s=0)
    assert not story.state.alarms


def test_a_clock_ahead_never_makes_a_value_fresher_than_now() -> None:
    story = Story()
    story.tell("camera.status", "C-1", {"status": "online"}, at_s=0, device_s=86_400)
    assert story.state.devices["C-1"].seen_ms == T0_MS


def test_a_house_that_was_switched_off_accuses_nobody_of_silence() -> None:
    """Power came back after six minutes: nothing was heard because nobody listened. Who stays silent now is found."""
    story = Story()
    for second in range(0, 101, 10):
        story.tell("source.heartbeat", "isapi", {}, at_s=second)
        story.tell("source.heartbeat", "piles", {}, at_s=second)
        for camera in ("C-1", "C-2"):
            story.tell("camera.status", camera, {"status": "online"}, at_s=second)
    story.tell("clock.tick", community="", at_s=490)
    assert source_freshness(story.state, "isapi") == "stale"  # what is shown is as old as it is
    assert freshness(story.state, story.state.devices["C-1"]) == "unknown"
    for second in range(491, 800):
        story.tell("clock.tick", community="", at_s=second)
        if second % 10 == 0:
            story.tell("source.heartbeat", "isapi", {}, at_s=second)
            story.tell("camera.status", "C-1", {"status": "online"}, at_s=second)
    assert story.journal("alarm.activated") == [
        ("alarm.activated", "SOURCE_STALE/piles", 520),
        ("alarm.activated", "CAM_OFFLINE/C-2", 672),
    ]
