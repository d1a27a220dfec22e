"""What systems learn of each other, through the one door: told as stories over two systems."""

from __future__ import annotations

import ast
from pathlib import Path

import msgspec
import pytest

from community import systems
from community.site import Device, Site, Source, Text
from community.state import alarm_state
from community.systems import HEEDING, SYSTEMS
from community.systems.base import Step, Tracker
from tests.community.story import T0_MS, Story

HOME = {"building": "7", "unit": "2", "room": "1203"}
SITE = Site(
    id="garden",
    name=Text("花园", "Garden"),
    sources=(Source("gate", Text("门禁", "Access")),),
    devices=(
        Device("subject:a001", "care", "resident_alone", "register", **HOME),
        Device("subject:a002", "care", "resident_alone", "register", building="7", unit="3", room="1203"),
        Device("WM-1", "meters", "water_meter", "lora", **HOME),
        Device("WM-2", "meters", "water_meter", "lora", building="7", unit="2", room="1204"),
        Device("D-7-2", "access", "door", "gate", building="7", unit="2"),
        Device("D-7-3", "access", "door", "gate", building="7", unit="3"),
        Device("P-1-01", "charging", "ebike_port", "piles", area="B棚"),
        Device("P-9-01", "charging", "ebike_port", "piles", area="C棚"),
        Device("SD-1", "fire", "smoke_detector", "panel", area="B棚"),
        Device("CAM-B", "cameras", "camera", "isapi", area="B棚", tags=("bike_shed",)),
        Device("CAM-L", "cameras", "camera", "isapi", building="7", unit="2", tags=("lift",)),
        Device("L-1", "lifts", "lift", "lifts", building="7", unit="2"),
    ),
)
HOUR, HALF_HOUR = 3600, 1800
BEGIN_S = 7200 - (T0_MS // 1000) % 3600
"""A full hour after T0, in seconds."""


def intervals(story: Story, meter: str, from_s: float, volumes: list[float | None], at_s: float) -> None:
    story.tell("meter.intervals", meter, {"start_ms": T0_MS + int(1000 * from_s), "volume_l": volumes}, at_s=at_s)


def memory(story: Story, subject: str, tracker: str) -> dict[str, object]:
    device = story.state.devices.get(subject)
    return dict(device.memory.get(tracker, {})) if device is not None else {}


# ---- the home's meter, and the person


def test_water_in_the_home_is_evidence_of_its_resident_and_of_nobody_else() -> None:
    story = Story(SITE)
    story.tell("care.passage", "subject:a001", {"direction": "out"}, at_s=BEGIN_S - HOUR)
    story.tell("care.passage", "subject:a002", {"direction": "out"}, at_s=BEGIN_S - HOUR)
    intervals(story, "WM-1", BEGIN_S, [0, None, 4.5, 0], BEGIN_S + 2 * HOUR)
    where = memory(story, "subject:a001", "whereabouts")
    assert (where["state"], where["evidence"]) == ("IN", "water")
    assert where["since_ms"] == T0_MS + 1000 * (BEGIN_S + 2 * HALF_HOUR)
    assert memory(story, "subject:a002", "whereabouts")["state"] == "OUT"
    intervals(story, "WM-2", BEGIN_S, [9.0] * 4, BEGIN_S + 2 * HOUR)
    assert memory(story, "subject:a002", "whereabouts")["state"] == "OUT", "the neighbour's water is nobody's evidence"


def test_a_day_without_water_is_low_water_for_the_resident() -> None:
    story = Story(SITE)
    story.tell("care.passage", "subject:a001", {"direction": "in"}, at_s=BEGIN_S)
    intervals(story, "WM-1", BEGIN_S + HOUR, [0.0] * 48, BEGIN_S + 26 * HOUR)
    assert alarm_state(story.state.alarms["LOW_WATER/subject:a001"]) == "unacknowledged"
    assert "LOW_WATER/subject:a002" not in story.state.alarms
    intervals(story, "WM-1", BEGIN_S + 25 * HOUR, [0.0, 12.0], BEGIN_S + 27 * HOUR)
    assert not story.state.alarms["LOW_WATER/subject:a001"].condition


def test_who_has_withdrawn_consent_is_watched_by_no_meter() -> None:
    story = Story(SITE)
    story.tell("care.consent", "subject:a001", {"given": False}, at_s=BEGIN_S)
    intervals(story, "WM-1", BEGIN_S + HOUR, [0.0] * 48, BEGIN_S + 26 * HOUR)
    assert not memory(story, "subject:a001", "low_water") and not memory(story, "subject:a001", "whereabouts")


def test_what_was_measured_before_a_consent_that_was_given_anew_is_not_looked_at() -> None:
    story = Story(SITE)
    story.tell("care.consent", "subject:a001", {"given": False}, at_s=BEGIN_S)
    story.tell("care.consent", "subject:a001", {"given": True}, at_s=BEGIN_S + 3 * HOUR)
    intervals(story, "WM-1", BEGIN_S + HOUR, [5.0] * 4, BEGIN_S + 4 * HOUR)
    assert "home" not in memory(story, "subject:a001", "whereabouts").get("signs", {})
    intervals(story, "WM-1", BEGIN_S + 3 * HOUR, [5.0] * 2, BEGIN_S + 5 * HOUR)
    assert memory(story, "subject:a001", "whereabouts")["evidence"] == "water"


def test_the_same_delivery_twice_tells_nothing_new() -> None:
    story = Story(SITE)
    for _ in range(2):
        intervals(story, "WM-1", BEGIN_S, [1.0, 0.0, 2.0], BEGIN_S + 2 * HOUR)
        told = msgspec.json.encode(story.state.devices["subject:a001"])
    intervals(story, "WM-1", BEGIN_S, [1.0, 0.0, 2.0], BEGIN_S + 2 * HOUR)
    assert msgspec.json.encode(story.state.devices["subject:a001"]) == told


def test_who_passes_a_door_is_in_or_out() -> None:
    story = Story(SITE)
    passed = {"method": "face", "result": "granted", "direction": "out", "person": "subject:a001"}
    story.tell("access.pass", "D-7-2", passed, at_s=10)
    assert memory(story, "subject:a001", "whereabouts")["state"] == "OUT"
    story.tell("access.pass", "D-7-2", passed | {"direction": "in", "result": "denied"}, at_s=20)
    assert memory(story, "subject:a001", "whereabouts")["state"] == "OUT", "who was not let in has not come in"
    story.tell("access.pass", "D-7-2", passed | {"person": "subject:z009"}, at_s=30)
    assert "subject:z009" not in story.state.devices


def test_a_person_too_long_at_home_is_not_accused_while_the_door_of_the_unit_is_not_heard() -> None:
    story = Story(SITE)
    story.tell("source.heartbeat", "gate", {}, at_s=0)
    for subject, door in (("subject:a001", "D-7-2"), ("subject:a002", "D-7-3")):
        story.tell("device.heartbeat", door, at_s=0)
        story.tell("care.passage", subject, {"direction": "in"}, at_s=0)
    for second in range(15, 25 * HOUR, 15):
        story.tell("source.heartbeat", "gate", {}, at_s=second)
        story.tell("device.heartbeat", "D-7-3", at_s=second)
    assert "LONG_IN/subject:a002" in story.state.alarms
    assert "LONG_IN/subject:a001" not in story.state.alarms, "its reader has been silent: it may have missed an exit"
    assert memory(story, "subject:a001", "whereabouts")["state"] == "UNKNOWN"
    for second in range(25 * HOUR, 25 * HOUR + 120, 15):
        story.tell("source.heartbeat", "gate", {}, at_s=second)
        story.tell("device.heartbeat", "D-7-2", at_s=second)
    assert "LONG_IN/subject:a001" in story.state.alarms


# ---- heat and smoke in one shed


def hot(story: Story, port: str, celsius: float, at_s: float) -> None:
    story.tell("charging.meter", port, {"temperature_c": celsius}, at_s=at_s)


def smoke(story: Story, event: str, at_s: float) -> None:
    story.tell("fire.detector", "SD-1", {"event": event}, at_s=at_s)


PORT, SMOKE = "CP_OVERTEMP/P-1-01", "FIRE_SMOKE/SD-1"


def test_a_hot_port_that_does_not_rise_is_an_alarm_beside_smoke_in_its_shed_only() -> None:
    story = Story(SITE)
    for port in ("P-1-01", "P-9-01"):
        hot(story, port, 68, 0)
        hot(story, port, 68, 60)
    assert not story.state.alarms, "one vendor withdrew a bare 65 degrees for misreadings"
    smoke(story, "alarm", 70)
    story.ticks(71, 85)
    assert story.journal("alarm.activated") == [("alarm.activated", SMOKE, 70), ("alarm.activated", PORT, 80)]
    assert story.state.alarms[PORT].detail == {"temperature_c": 68.0, "beside": [SMOKE]}
    assert "CP_OVERTEMP/P-9-01" not in story.state.alarms
    assert story.state.alarms[SMOKE].detail == {"beside": [PORT]}, "one cause: each names the other"


def test_smoke_that_was_a_mistake_takes_the_port_back_in_its_on_delay() -> None:
    story = Story(SITE)
    hot(story, "P-1-01", 68, 0)
    smoke(story, "alarm", 10)
    assert story.state.alarms[PORT].pending_ms is not None
    smoke(story, "normal", 12)
    for type_ in ("acknowledge", "reset"):
        story.tell(f"command.alarm.{type_}", SMOKE, {"by": "post:control", "reason": "cooking"}, at_s=13)
    story.ticks(14, 40)
    assert not story.state.alarms


def test_a_fire_that_a_camera_sees_is_linked_with_what_is_hot_there() -> None:
    story = Story(SITE)
    smoke(story, "alarm", 0)
    story.tell("camera.event", "CAM-B", {"event": "flame", "active": True, "score": 0.9}, at_s=5)
    story.ticks(6, 10)
    assert story.state.alarms["CP_FIRE/CAM-B"].detail["beside"] == [SMOKE]
    assert story.state.alarms[SMOKE].detail["beside"] == ["CP_FIRE/CAM-B"]


def test_an_e_bike_in_the_lift_says_which_lift_and_at_which_floor() -> None:
    story = Story(SITE)
    story.tell("lift.car", "L-1", {"floor": "5"}, at_s=0)
    story.tell("camera.event", "CAM-L", {"event": "ebike", "active": True, "score": 0.9}, at_s=1)
    story.ticks(2, 5)
    assert story.state.alarms["EBIKE_LIFT/CAM-L"].detail == {"event": "ebike", "lift": "L-1", "floor": "5"}


# ---- the door itself


def test_no_system_imports_another() -> None:
    """Files that a system is made of may; another system's state is had through the door."""
    folder = Path(systems.__file__).parent
    holders = {path.stem for path in folder.glob("*.py") if "SYSTEM = System(" in path.read_text("utf-8")}
    assert len(holders) == len(SYSTEMS)
    for name in holders:
        for node in ast.walk(ast.parse((folder / f"{name}.py").read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.level == 1:
                named = {node.module} if node.module else {alias.name for alias in node.names}
                assert not named & (holders - {name}), f"{name} imports {named & holders}"


def test_every_alarm_that_is_heeded_and_every_fact_that_is_heard_is_there() -> None:
    raised = {rule.alarm for system in SYSTEMS.values() for rule in system.rules}
    assert set(HEEDING) <= raised
    said = "".join(path.read_text("utf-8") for path in Path(systems.__file__).parent.glob("*.py"))
    for system in SYSTEMS.values():
        for name in system.hears:
            assert f'Telling("{name}"' in said, f"{system.id} hears {name}, which nobody says"


@pytest.mark.parametrize("asks", [0, -1, -1000])
def test_a_tracker_that_asks_for_a_moment_that_is_over_does_not_stop_the_community(asks: int, monkeypatch) -> None:
    stubborn = Tracker(
        "stubborn", frozenset(("press",)), lambda moment: Step({"at": moment.at_ms}, moment.at_ms + asks)
    )
    sos = SYSTEMS["sos"]
    broken = msgspec.structs.replace(sos, trackers=(*sos.trackers, stubborn))
    monkeypatch.setitem(systems._PLANS, ("sos", "press"), {})
    monkeypatch.setitem(SYSTEMS, "sos", broken)  # type: ignore[arg-type]
    story = Story(msgspec.structs.replace(SITE, devices=(Device("SOS-1", "sos", "button", "lora"),)))
    story.tell("sos.press", "SOS-1", {"press": "short"})
    story.ticks(1, 5)
    assert story.state.clock_ms == T0_MS + 5000 and "SOS/SOS-1" in story.state.alarms
    assert story.state.devices["SOS-1"].wakes["stubborn"] > T0_MS + 5000
