"""Each system obeys the numbers of its site: one story, told to a site as it is and to one that changed a number."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from community.site import Device, Site, Source, Text, Threshold
from community.systems import NUMBERS
from tests.community.story import T0_MS, Story

MINUTE, HOUR, DAY = 60, 3600, 86_400
SITE = Site(
    id="garden",
    name=Text("花园", "Garden"),
    sources=(Source("piles", Text("桩", "Piles")),),
    devices=(
        Device("C-1", "cameras", "camera", "nvr", tags=("perimeter",)),
        Device("C-2", "cameras", "camera", "nvr", tags=("lift", "bike_shed")),
        Device("R-1", "cameras", "recorder", "nvr"),
        Device("D-1", "access", "door", "doors"),
        Device("D-2", "access", "plant_door", "doors"),
        Device("I-1", "intercom", "panel", "doors"),
        Device("P-1", "charging", "ebike_pile", "piles"),
        Device("P-1-01", "charging", "ebike_port", "piles", parent="P-1"),
        Device("subject:a001", "care", "resident_alone", "none"),
        Device("subject:d001", "care", "resident_dementia", "none"),
        Device("subject:c001", "care", "child", "none"),
        Device("W-1", "meters", "water_meter", "none"),
        Device("B-1", "meters", "bulk_meter", "none"),
        Device("BIN", "bins", "bin", "none"),
        Device("GAS", "fire", "gas_detector", "none"),
        Device("F-1", "plant", "feeder", "none"),
        Device("SW-1", "plant", "switch", "none"),
        Device("WL-1", "plant", "water_level", "none"),
        Device("DESK", "orders", "desk", "none"),
        Device("SOS-1", "sos", "button", "none"),
    ),
)
Told = Callable[[Story], None]


def say(*told: tuple[float, str, str, dict[str, Any]], until_s: float = 0) -> Told:
    """Records (second, type, device, data), the clock every ten seconds between them."""

    def tell(story: Story) -> None:
        tick_s = 0.0
        waiting = sorted(told, key=lambda record: record[0])
        while waiting or tick_s <= until_s:
            if waiting and waiting[0][0] <= tick_s:
                at_s, type_, device, data = waiting.pop(0)
                story.tell(type_, device, data, at_s=at_s)
            else:
                story.tell("clock.tick", community="", at_s=tick_s)
                tick_s += 10

    return tell


def raised(story: Story) -> list[tuple[str, str, float]]:
    kinds = ("alarm.activated", "alarm.reactivated")
    entries = [entry for entry in story.entries if entry.type in kinds]
    return [(e.subject.split("/")[0], e.data["priority"], (e.at_ms - T0_MS) / 1000) for e in entries]


def clock(text: str) -> float:
    """Seconds after T0 (21:14:36 on the 12th) of a local time of the 12th, or of the day named before it."""
    day, _, at = text.rpartition(" ")
    moment = datetime.fromisoformat(f"2026-03-{day or 12}T{at}").replace(tzinfo=ZoneInfo("Asia/Shanghai"))
    return moment.timestamp() - T0_MS / 1000


def fails(count: int) -> list[tuple[float, str, str, dict[str, Any]]]:
    return [(n, "access.pass", "D-1", {"method": "card", "result": "denied", "reader": "r"}) for n in range(count)]


def open_door(door: str) -> Told:
    free = (0, "access.lock", door, {"lock": "unlocked"})
    return say((0, "access.contact", door, {"state": "closed"}), free, (1, "access.contact", door, {"state": "open"}))


def charge(power_w: float, samples: int, minutes: int) -> Told:
    """A sample a minute, and then none; pile and feed beat on."""
    session = {"session": "s", "phase": "started"}
    curve = [(MINUTE * n, "charging.meter", "P-1-01", {"power_w": power_w}) for n in range(samples)]
    beats = [(10 * n, "source.heartbeat", "piles", {}) for n in range(6 * minutes)]
    beats += [(MINUTE * n, "device.heartbeat", "P-1", {}) for n in range(minutes)]
    status = (0, "charging.status", "P-1-01", {"status": "Charging"})
    return say((0, "charging.session", "P-1-01", session), status, *curve, *beats, until_s=MINUTE * minutes)


def half_hours(meter: str, volumes: list[float]) -> Told:
    """From the midnight after T0."""
    start_ms = T0_MS + int(1000 * clock("13 00:00"))
    data = {"start_ms": start_ms, "volume_l": volumes}
    return lambda story: story.tell("meter.intervals", meter, data, at_s=clock("13 00:00") + len(volumes) * 1800)


def nights(*flows_m3h: float) -> Told:
    def tell(story: Story) -> None:
        for n, flow in enumerate(flows_m3h):
            start_s = clock("13 00:00") + n * DAY
            volumes = [1000 * flow / 2] * 48
            data = {"start_ms": T0_MS + int(1000 * start_s), "volume_l": volumes}
            story.tell("meter.intervals", "B-1", data, at_s=start_s + DAY)

    return tell


def bike(score: float) -> Told:
    return say((0, "camera.event", "C-2", {"event": "ebike", "active": True, "score": score}), until_s=60)


def entered(subject: str, direction: str, at_s: float = 0.0, until_s: float = 0.0) -> Told:
    return say((at_s, "care.passage", subject, {"direction": direction}), until_s=until_s)


def dry(hours: int) -> Told:
    """A measure each half-hour from six in the morning, and nothing ran."""
    inside = (clock("13 05:00"), "care.passage", "subject:a001", {"direction": "in"})
    measures = [
        (clock("13 06:00") + 1800 * (n + 1), "care.water", "subject:a001", {"volume_l": 0.4, "window_s": 1800})
        for n in range(2 * hours)
    ]
    return say(inside, *measures)


def intrusion(at: str) -> Told:
    return say((clock(at), "camera.event", "C-1", {"event": "intrusion", "active": True}), until_s=clock(at) + 20)


def published(at_s: float, until_s: float) -> Told:
    return say((at_s, "order.phase", "DESK", {"order": "o", "phase": "published"}), until_s=until_s)


def level(device: str, type_: str, **data: Any) -> Told:
    return say((0, type_, device, data), until_s=20 * MINUTE)


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


def test_every_number_is_read_somewhere() -> None:
    """A number that nothing reads would be accepted, and change nothing."""
    read = {
        node.attr
        for room in ("community", "store", "dashboard")
        for path in (Path(__file__).resolve().parents[2] / room).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)
    }
    retention = (Path(__file__).resolve().parents[2] / "store" / "history" / "retention.py").read_text("utf-8")
    read |= set(re.findall(r'"(\w+_days)"', retention))  # table by table, by their names
    fields = {name for shape in NUMBERS.values() for name in shape.__struct_fields__}
    assert not fields - read


@pytest.mark.parametrize(("gas_on_lel_percent", "heard"), [(10.0, True), (40.0, False)])
def test_gas_above_the_sites_own_number_is_heard_whatever_the_detectors_clock_says(gas_on_lel_percent, heard) -> None:
    story = Story(msgspec.structs.replace(SITE, numbers={"fire": {"gas_on_lel_percent": gas_on_lel_percent}}))
    story.tell("gas.detector", "GAS", {"lel_percent": 0.0}, at_s=0)
    story.tell("gas.detector", "GAS", {"lel_percent": 30.0}, at_s=10, device_s=-HOUR)
    assert (story.state.devices["GAS"].values["lel_percent"] == 30.0) is heard


BOUNDS = {
    "KEPT": "of a memory",
    "KEPT_MESSAGES": "of a memory",
    "KEPT_PARTS": "of a memory",
    "KEPT_EXITS": "of a memory",
    "KEPT_MS": "of a memory",
    "WINDOWS_KEPT": "of a memory",
    "SCANS_KEPT": "of a memory",
    "CLOSED_KEPT_MS": "of a memory",
    "CLOSED_KEPT": "of a memory",
    "OPEN_KEPT": "of a memory",
    "LAST_PASSES": "of a memory",
    "UNLOCKS": "of a memory",
    "SUSPECTS": "of a memory",
    "FAILS_KEPT": "of a memory",
    "READERS": "of a memory",
    "DURESSES": "of a memory",
    "GRANTS": "of a memory",
    "CROSSINGS": "of a memory",
    "CALLS": "of a memory",
    "SAMPLES": "of a memory",
    "SAMPLES_MS": "of a memory",
    "SHOWN": "of a list in an alarm",
    "QUARTERS": "of the ribbon",
    "QUARTER_MS": "a unit",
    "HALF_HOUR_MS": "a unit",
    "HOUR_MS": "a unit",
    "MINUTE_MS": "a unit",
    "DAY_HALF_HOURS": "a unit",
    "ALIGNED_MS": "of what a record may say",
    "LONGEST_WINDOW_MS": "of what a record may say",
    "LASTS_AT_MOST_S": "of what a record may say",
    "LEVELS_CM": "of what a record may say",
    "LOOK_AGAIN_MS": "how often a tracker that cannot know looks again: it changes no judgement",
    "NEVER": "older than everything",
    "_LONG": "of a cache",
    "_AT_MOST": "of a cache",
}


def test_what_a_system_judges_by_is_no_constant() -> None:
    """A number that stands in the code of a system is named here with its reason, or it is a number of the site."""
    found = set()
    for path in (Path(__file__).resolve().parents[2] / "community" / "systems").glob("*.py"):
        for node in ast.parse(path.read_text("utf-8")).body:
            if not isinstance(node, ast.Assign):
                continue
            inside = list(ast.walk(node.value))
            numbers = [n for n in inside if isinstance(n, ast.Constant) and type(n.value) in (int, float)]
            if numbers and not any(isinstance(n, ast.Call | ast.Dict | ast.Subscript) for n in inside):
                found |= {n.id for target in node.targets for n in ast.walk(target) if isinstance(n, ast.Name)}
    assert found == set(BOUNDS)
