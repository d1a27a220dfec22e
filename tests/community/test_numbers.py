"""Each system obeys the numbers of its site: one story, told to a site as it is and to one that changed a number."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from community.site import Threshold
from tests.community.numbers_told import (
    HOUR,
    MINUTE,
    SITE,
    Told,
    bike,
    charge,
    clock,
    dry,
    entered,
    fails,
    half_hours,
    intrusion,
    level,
    nights,
    open_door,
    published,
    raised,
    say,
)
from tests.community.story import Story

STORIES: list[tuple[str, str, dict[str, Any], Told, list[tuple[str, str]], list[tuple[str, str]]]] = [
    ("4 fails", "access", {"denied_fails": 4}, say(*fails(4)), [], [("DOOR_AUTH", "P3")]),
    ("a slow one", "access", {"denied_window_s": 2}, say(*fails(5)), [("DOOR_AUTH", "P3")], []),
    (
        "opened 8 s after the pass",
        "access",
        {"unlock_before_s": 10},
        say(
            (0, "access.contact", "D-1", {"state": "closed"}),
            (1, "access.pass", "D-1", {"method": "card", "result": "granted"}),
            (9, "access.contact", "D-1", {"state": "open"}),
            until_s=30,
        ),
        [("DOOR_FORCED", "P2")],
        [],
    ),
    (
        "shoved open behind two others",
        "access",
        {"busy_unlocks": 3},
        say(
            (0, "access.contact", "D-1", {"state": "closed"}),
            (1, "access.pass", "D-1", {"method": "card", "result": "granted"}),
            (2, "access.pass", "D-1", {"method": "card", "result": "granted"}),
            (20, "access.contact", "D-1", {"state": "open"}),
            until_s=34,
        ),
        [],
        [("DOOR_FORCED", "P2")],
    ),
    (
        "one who follows",
        "access",
        {"tailgate_often": 1, "tailgate_often_priority": "P2"},
        say((0, "access.crossing", "D-1", {"persons": 1}), until_s=100),
        [("TAILGATE", "P4")],
        [("TAILGATE", "P2")],
    ),
    (
        "a battery",
        "common",
        {"battery_low_percent": 20},
        say((0, "device.battery", "SOS-1", {"battery_percent": 18}), until_s=2 * HOUR),
        [],
        [("BATTERY_LOW", "P4")],
    ),
    ("a bin", "bins", {"full_on_percent": 60}, level("BIN", "bin.status", fill_percent=70), [], [("BIN_FULL", "P4")]),
    (
        "a bin that overflows",
        "bins",
        {"overfull_percent": 90, "overfull_priority": "P2"},
        level("BIN", "bin.status", fill_percent=92),
        [("BIN_FULL", "P4")],
        [("BIN_FULL", "P2")],
    ),
    ("a warm bin", "bins", {"fire_on_c": 50}, level("BIN", "bin.status", temperature_c=55), [], [("BIN_FIRE", "P2")]),
    ("an e-bike, perhaps", "cameras", {"ebike_score": 0.6}, bike(0.7), [], [("EBIKE_LIFT", "P2")]),
    (
        "smoke, perhaps",
        "cameras",
        {"fire_score": 0.9},
        say((0, "camera.event", "C-2", {"event": "smoke", "active": True, "score": 0.8}), until_s=60),
        [("CP_FIRE", "P1")],
        [],
    ),
    (
        "three weeks of clips",
        "cameras",
        {"recording_kept_days": 14},
        level("R-1", "recorder.storage", oldest_clip_days=21),
        [("NVR_STORE", "P3")],
        [],
    ),
    ("dusk", "cameras", {"night_from": "21:00"}, intrusion("21:30"), [("PERIMETER", "P3")], [("PERIMETER", "P2")]),
    (
        "an early night",
        "cameras",
        {"perimeter_night_priority": "P1"},
        intrusion("23:00"),
        [("PERIMETER", "P2")],
        [("PERIMETER", "P1")],
    ),
    (
        "a blind camera in a lift",
        "cameras",
        {"key_priority": "P1"},
        say((0, "camera.event", "C-2", {"event": "occluded", "active": True}), until_s=30),
        [("CAM_BLIND", "P2")],
        [("CAM_BLIND", "P1")],
    ),
    (
        "home for a day",
        "care",
        {"alone_in_h": 12},
        entered("subject:a001", "in", until_s=13 * HOUR),
        [],
        [("LONG_IN", "P2")],
    ),
    (
        "an hour in the garden",
        "care",
        {"dementia_out_h": 2, "night_from": "23:30"},
        entered("subject:d001", "out", until_s=90 * MINUTE),
        [("LONG_OUT", "P2")],
        [],
    ),
    (
        "a child in the evening",
        "care",
        {"child_out_by": "22:00", "child_late_by": "22:00"},
        entered("subject:c001", "out", clock("21:20"), clock("21:45")),
        [("LONG_OUT", "P3"), ("LONG_OUT", "P2")],
        [],
    ),
    ("a dry day", "care", {"low_water_h": 6}, dry(8), [], [("LOW_WATER", "P2")]),
    ("a dripping day", "care", {"low_water_l": 5}, dry(13), [("LOW_WATER", "P2")], []),
    (
        "a fast pulse that calms down a little",
        "care",
        {"vitals_deadband": 0.0},
        say(
            (0, "care.band", "subject:a001", {"heart_high_bpm": 100}),
            (10, "care.vitals", "subject:a001", {"heart_rate_bpm": 120}),
            (100, "care.vitals", "subject:a001", {"heart_rate_bpm": 95}),
            (300, "care.vitals", "subject:a001", {"heart_rate_bpm": 120}),
            until_s=400,
        ),
        [("VITALS", "P2")],
        [("VITALS", "P2"), ("VITALS", "P2")],
    ),
    (
        "a hot port",
        "charging",
        {"overtemp_on_c": 80},
        say(
            (0, "charging.meter", "P-1-01", {"temperature_c": 40}),
            (60, "charging.meter", "P-1-01", {"temperature_c": 70}),
            (75, "charging.meter", "P-1-01", {"temperature_c": 71}),
            until_s=90,
        ),
        [("CP_OVERTEMP", "P1")],
        [],
    ),
    (
        "a cargo bike",
        "charging",
        {"overload_on_w": 1500},
        say((0, "charging.meter", "P-1-01", {"power_w": 1200}), until_s=60),
        [("CP_OVERLOAD", "P2")],
        [],
    ),
    (
        "a port that says nothing",
        "charging",
        {"no_meter_s": 3600, "session_max_s": 7200},
        charge(180, 1, minutes=20),
        [("CP_ZOMBIE", "P4")],
        [],
    ),
    (
        "weak gas",
        "fire",
        {"gas_on_lel_percent": 7},
        level("GAS", "gas.detector", lel_percent=8),
        [],
        [("GAS_LEAK", "P1")],
    ),
    (
        "a call that goes on",
        "intercom",
        {"ring_max_s": 20},
        say((0, "intercom.call", "I-1", {"call": "c", "phase": "ringing", "rings": "guard"}), until_s=60),
        [("CALL_UNANSWERED", "P3")],
        [],
    ),
    ("half a day of flow", "meters", {"leak_half_hours": 24}, half_hours("W-1", [1.0] * 24), [], [("LEAK_HOME", "P3")]),
    ("two days of flow", "meters", {"leak_half_hours": 96}, half_hours("W-1", [1.0] * 48), [("LEAK_HOME", "P3")], []),
    ("a wet week", "meters", {"night_median_nights": 5}, nights(*[1.0] * 5, 2.0, 2.0), [], [("DMA_NIGHT", "P3")]),
    ("two wet nights", "meters", {"night_over_m3h": 1.5}, nights(*[1.0] * 14, 2.0, 2.0), [("DMA_NIGHT", "P3")], []),
    (
        "an order by day",
        "orders",
        {"taken_within_s": 7200},
        published(clock("13 09:00"), clock("13 10:00")),
        [("TICKET_SLA", "P4")],
        [],
    ),
    (
        "an order at night",
        "orders",
        {"counted_until": "23:59"},
        published(clock("22:30"), clock("23:30")),
        [],
        [("TICKET_SLA", "P4")],
    ),
    (
        "a brown-out",
        "plant",
        {"no_voltage_below_v": 180},
        level("F-1", "plant.feeder", voltage_v=150),
        [],
        [("POWER_LOST", "P2")],
    ),
    (
        "water at the ankle",
        "plant",
        {"water_deep_cm": 8, "water_deep_priority": "P1"},
        level("WL-1", "plant.water", level_cm=10),
        [("GARAGE_WATER", "P2")],
        [("GARAGE_WATER", "P1")],
    ),
    (
        "a slow camera",
        "cameras",
        {"heartbeat_s": 600},
        level("C-1", "camera.status", status="online"),
        [("CAM_OFFLINE", "P2")],
        [],
    ),
    (
        "five periods",
        "house",
        {"late_periods": 2, "stale_periods": 30},
        level("C-1", "camera.status", status="online"),
        [("CAM_OFFLINE", "P2")],
        [],
    ),
    (
        "a clock three times wrong",
        "house",
        {"skew_samples": 3},
        lambda story: [story.tell("device.heartbeat", "D-1", {}, at_s=n, device_s=n - 900) for n in range(0, 30, 10)],
        [],
        [("CLOCK_SKEW", "P4")],
    ),
    (
        "what was kept while there was no network",
        "house",
        {"skew_apart_s": 0.5},
        lambda story: [story.tell("device.heartbeat", "D-1", {}, at_s=600 + n, device_s=60 * n) for n in range(6)],
        [],
        [("CLOCK_SKEW", "P4")],
    ),
]


@pytest.mark.parametrize(
    ("section", "changed", "told", "usual", "otherwise"),
    [pytest.param(*story[1:], id=f"{story[1]}: {story[0]}") for story in STORIES],
)
def test_a_system_obeys_its_numbers(section, changed, told, usual, otherwise) -> None:
    found = []
    for numbers in ({}, {section: changed}):
        story = Story(msgspec.structs.replace(SITE, numbers=numbers))
        told(story)
        found.append([(alarm, priority) for alarm, priority, _ in raised(story)])
    assert found == [usual, otherwise]


@pytest.mark.parametrize(("seconds", "minute"), [(2_700, 45), (600, 10)])
def test_a_full_battery_is_cut_off_after_the_sites_own_time(seconds: int, minute: int) -> None:
    story = Story(msgspec.structs.replace(SITE, numbers={"charging": {"full_after_s": seconds}}))
    charge(12, 50, minutes=50)(story)
    assert story.journal("charging.remote_stop") == [("charging.remote_stop", "P-1-01", MINUTE * minute)]


@pytest.mark.parametrize(("plant_held_s", "second"), [(30, 31), (10, 11)])
def test_a_plant_rooms_door_is_held_after_the_sites_own_time(plant_held_s: int, second: int) -> None:
    story = Story(msgspec.structs.replace(SITE, numbers={"access": {"plant_held_s": plant_held_s}}))
    open_door("D-2")(story)
    story.ticks(2, 70)
    assert raised(story) == [("DOOR_HELD", "P3", second)]


def test_an_alarm_is_latched_where_the_site_says_so() -> None:
    story = Story(msgspec.structs.replace(SITE, thresholds={"POWER_LOST": Threshold(latched=True, off_delay_s=0)}))
    story.tell("plant.feeder", "F-1", {"energised": False}, at_s=0)
    story.ticks(1, 10)
    story.tell("plant.feeder", "F-1", {"energised": True}, at_s=11)
    assert story.state.alarms["POWER_LOST/F-1"].latched


@pytest.mark.parametrize(("gas_on_lel_percent", "heard"), [(10.0, True), (40.0, False)])
def test_gas_above_the_sites_own_number_is_heard_whatever_the_detectors_clock_says(gas_on_lel_percent, heard) -> None:
    story = Story(msgspec.structs.replace(SITE, numbers={"fire": {"gas_on_lel_percent": gas_on_lel_percent}}))
    story.tell("gas.detector", "GAS", {"lel_percent": 0.0}, at_s=0)
    story.tell("gas.detector", "GAS", {"lel_percent": 30.0}, at_s=10, device_s=-HOUR)
    assert (story.state.devices["GAS"].values["lel_percent"] == 30.0) is heard
