"""消防: smoke, call points, panels and gas; what is a fire and what only sounds like one."""

from __future__ import annotations

import pytest

from community.model import BadRecord
from community.site import Device, Site, Source, Text
from tests.community.story import T0_MS, Story

SITE = Site(
    id="garden",
    name=Text("花园", "Garden"),
    sources=(Source("panels", Text("消防主机", "Fire panels")), Source("lora", Text("无线", "LoRaWAN"))),
    devices=(
        Device("SD-1", "fire", "smoke_detector", "lora", building="7"),
        Device("MCP-1", "fire", "call_point", "panels", building="7"),
        Device("FP-1", "fire", "fire_panel", "panels"),
        Device("GAS-1", "fire", "gas_detector", "lora", building="7", unit="2", room="1203"),
    ),
)
TYPES = {"SD-1": "fire.detector", "MCP-1": "fire.call_point", "FP-1": "fire.panel", "GAS-1": "gas.detector"}
SMOKE, MCP, PANEL, GAS = "FIRE_SMOKE/SD-1", "FIRE_MCP/MCP-1", "FIRE_PANEL_FAULT/FP-1", "GAS_LEAK/GAS-1"
FIRES = [("SD-1", SMOKE), ("MCP-1", MCP)]


@pytest.fixture
def story() -> Story:
    return Story(SITE)


def say(story: Story, device: str, at_s: float, /, device_s: float | None = None, **data: object) -> None:
    story.tell(TYPES[device], device, data, at_s=at_s, device_s=device_s)


def operator(story: Story, command: str, key: str, at_s: float) -> None:
    story.tell(f"command.alarm.{command}", key, {"by": "post:control"}, at_s=at_s)


def refusals(story: Story) -> list[str]:
    return [entry.data["reason"] for entry in story.entries if entry.type == "command.refused"]


@pytest.mark.parametrize(("device", "key"), FIRES)
def test_a_fire_alarm_is_a_p1_at_once_until_device_and_operator_have_ended_it(story, device, key) -> None:
    say(story, device, 0, event="normal")
    say(story, device, 10, event="alarm")
    assert story.state.alarms[key].priority == "P1"
    operator(story, "acknowledge", key, 15)
    operator(story, "reset", key, 20)
    assert refusals(story) == ["its cause is still there"]
    say(story, device, 300, event="normal")
    assert story.state.alarms[key].latched
    story.ticks(301, 330)
    assert key in story.state.alarms, "only an operator forgets a fire"
    operator(story, "reset", key, 340)
    assert story.journal("alarm.activated", "alarm.returned", "alarm.closed") == [
        ("alarm.activated", key, 10),
        ("alarm.returned", key, 300),
        ("alarm.closed", key, 340),
    ]


@pytest.mark.parametrize(("device", "key"), FIRES)
@pytest.mark.parametrize("event", ["test", "silent", "fault", "normal", "电量低"])
def test_what_only_sounds_like_a_fire(story, device, key, event) -> None:
    say(story, device, 0, event=event)
    story.ticks(1, 30)
    assert not story.state.alarms and not story.entries


@pytest.mark.parametrize("event", ["test", "silent", "fault"])
def test_what_does_not_end_a_fire(story, event) -> None:
    say(story, "SD-1", 0, event="alarm")
    say(story, "SD-1", 10, event=event)
    assert story.state.alarms[SMOKE].condition


def test_smoke_again_before_the_reset_is_the_same_row_heard_again(story) -> None:
    say(story, "SD-1", 0, event="alarm")
    operator(story, "acknowledge", SMOKE, 5)
    say(story, "SD-1", 20, event="normal")
    say(story, "SD-1", 60, event="alarm")
    alarm = story.state.alarms[SMOKE]
    assert (alarm.count, alarm.acknowledged, alarm.activated_ms) == (2, False, T0_MS + 60_000)


def test_the_same_alarm_delivered_again_is_no_second_fire(story) -> None:
    for at_s, id_ in ((0, "a"), (1, "a"), (2, "b")):
        story.tell("fire.detector", "SD-1", {"event": "alarm"}, at_s=at_s, device_s=0, id_=id_)
    say(story, "SD-1", 30, event="normal")
    operator(story, "acknowledge", SMOKE, 40)
    operator(story, "reset", SMOKE, 50)
    story.tell("fire.detector", "SD-1", {"event": "alarm"}, at_s=60, device_s=0, id_="a")
    assert SMOKE not in story.state.alarms


def test_an_older_normal_that_comes_late_does_not_put_out_a_fire(story) -> None:
    say(story, "SD-1", 60, 50, event="alarm")
    say(story, "SD-1", 61, 10, event="normal")
    say(story, "SD-1", 900, 20, event="normal")
    assert story.state.alarms[SMOKE].condition


def test_an_older_alarm_that_comes_after_its_normal_is_out(story) -> None:
    say(story, "SD-1", 60, 50, event="normal")
    say(story, "SD-1", 61, 10, event="alarm")
    assert SMOKE not in story.state.alarms


@pytest.mark.parametrize("clock_s", [-86_400, -50 * 365 * 86_400])
@pytest.mark.parametrize(
    ("device", "key", "data"),
    [
        ("SD-1", SMOKE, {"event": "alarm"}),
        ("MCP-1", MCP, {"event": "alarm"}),
        ("GAS-1", GAS, {"event": "alarm"}),
        ("GAS-1", GAS, {"lel_percent": 12}),
    ],
)
def test_a_detector_whose_clock_was_set_back_by_a_new_battery_is_heard(story, clock_s, device, key, data) -> None:
    say(story, device, 0, event="normal")
    say(story, device, 100, clock_s, **data)
    story.ticks(101, 110)
    on_delay_s = 3 if key == GAS else 0
    assert story.state.alarms[key].activated_ms == T0_MS + 1000 * (100 + on_delay_s)


@pytest.mark.parametrize(("word", "data"), [("fault", {"fault_code": 7}), ("mains_lost", {}), ("backup_fault", {})])
def test_a_panel_in_trouble_for_thirty_seconds_until_it_has_been_well_for_sixty(story, word, data) -> None:
    say(story, "FP-1", 0, fault=False, mains_lost=False, backup_fault=False)
    say(story, "FP-1", 10, **{word: True}, **data)
    story.ticks(11, 100)
    assert story.state.alarms[PANEL].priority == "P2"
    assert story.state.alarms[PANEL].detail == {"cause": word} | ({"fault_code": "7"} if data else {})
    say(story, "FP-1", 100, **{word: False})
    story.ticks(101, 130)
    say(story, "FP-1", 130, **{word: True})
    say(story, "FP-1", 140, **{word: False})
    story.ticks(141, 210)
    assert story.journal() == [("alarm.activated", PANEL, 40), ("alarm.returned", PANEL, 200)]


def test_a_panel_with_two_troubles_is_well_when_both_are_over(story) -> None:
    say(story, "FP-1", 0, fault=True)
    say(story, "FP-1", 1, mains_lost=True)
    story.ticks(2, 60)
    say(story, "FP-1", 60, mains_lost=False)
    story.ticks(61, 150)
    assert story.journal() == [("alarm.activated", PANEL, 30)]
    say(story, "FP-1", 150, fault=False)
    story.ticks(151, 220)
    assert story.journal("alarm.returned") == [("alarm.returned", PANEL, 210)]


def test_an_older_word_on_the_mains_that_comes_late_is_still_the_newest_on_the_mains(story) -> None:
    say(story, "FP-1", 20, fault=False)
    say(story, "FP-1", 21, 10, mains_lost=True, fault=True)
    story.ticks(22, 60)
    assert story.state.alarms[PANEL].detail == {"cause": "mains_lost"}


@pytest.mark.parametrize(
    "told",
    [
        [(0, {"fault": True}), (29, {"fault": False})],  # the mains change over
        [(0, {"fault": False, "mode": "manual"})],
        [(0, {"fault": False, "fault_code": 7})],
        [(0, {"mains_lost": False, "backup_fault": False})],
    ],
)
def test_a_panel_that_is_well(story, told) -> None:
    for at_s, data in told:
        say(story, "FP-1", at_s, **data)
    story.ticks(30, 120)
    assert not story.entries


def test_a_panel_that_falls_silent_is_a_fault_after_three_periods_and_no_later(story) -> None:
    story.tell("source.heartbeat", "panels", {}, at_s=0)
    say(story, "FP-1", 0, fault=False)
    story.ticks(1, 200, "panels")
    assert story.journal() == [("alarm.activated", PANEL, 182)]
    say(story, "FP-1", 201, fault=False)
    story.ticks(202, 290, "panels")
    assert story.state.alarms[PANEL].condition, "one word is not yet a panel"
    story.tell("device.heartbeat", "FP-1", at_s=300)
    story.ticks(301, 370, "panels")
    assert story.journal("alarm.returned") == [("alarm.returned", PANEL, 360)]


def test_a_silent_feed_is_no_fault_of_its_panels_and_a_detector_may_be_silent(story) -> None:
    story.tell("source.heartbeat", "panels", {}, at_s=0)
    say(story, "FP-1", 0, fault=False)
    say(story, "MCP-1", 0, event="normal")
    story.ticks(1, 400)
    assert [subject for _, subject, _ in story.journal("alarm.activated")] == ["SOURCE_STALE/panels"]


def test_gas_from_ten_percent_for_three_seconds_until_five_for_sixty_and_a_reset(story) -> None:
    for at_s, lel_percent in ((0, 0), (10, 10), (20, 34), (60, 6), (100, 5), (150, 5.5), (160, 5), (200, 0)):
        story.ticks(at_s - 9, at_s - 1) if at_s else None
        say(story, "GAS-1", at_s, lel_percent=lel_percent)
    assert story.state.alarms[GAS].priority == "P1"
    story.ticks(201, 230)
    assert story.journal() == [("alarm.activated", GAS, 13), ("alarm.returned", GAS, 220)]
    operator(story, "acknowledge", GAS, 240)
    operator(story, "reset", GAS, 250)
    assert GAS not in story.state.alarms


@pytest.mark.parametrize(
    ("why", "told"),
    [
        ("just under", [(0, {"lel_percent": 9.9})]),
        ("a whiff of two seconds", [(0, {"lel_percent": 40}), (2, {"lel_percent": 0})]),
        ("the deadband is not the threshold", [(0, {"lel_percent": 12}), (2, {"lel_percent": 7})]),
        ("calibration gas", [(0, {"event": "test", "lel_percent": 50})]),
        ("a test without a figure", [(0, {"event": "test"})]),
        ("a hushed sounder in clean air", [(0, {"event": "silent", "lel_percent": 0})]),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_what_is_no_gas_leak(story, why, told) -> None:
    for at_s, data in told:
        say(story, "GAS-1", at_s, **data)
    story.ticks(3, 60)
    assert not story.entries, why


def test_a_hushed_sounder_does_not_end_a_leak_and_a_detector_without_figures_is_believed(story) -> None:
    say(story, "GAS-1", 0, event="alarm")
    story.ticks(1, 5)
    assert story.state.alarms[GAS].active
    say(story, "GAS-1", 10, event="silent")
    assert story.state.alarms[GAS].condition
    say(story, "GAS-1", 20, event="silent", lel_percent=22)
    assert story.state.alarms[GAS].condition
    say(story, "GAS-1", 30, event="normal")
    story.ticks(31, 95)
    assert story.journal("alarm.returned") == [("alarm.returned", GAS, 90)]


def test_a_detector_that_calls_its_own_figure_an_alarm_is_believed(story) -> None:
    say(story, "GAS-1", 0, event="alarm", lel_percent=7)
    story.ticks(1, 5)
    assert story.state.alarms[GAS].detail == {"lel_percent": 7}


def test_a_late_clean_sample_does_not_end_a_leak(story) -> None:
    say(story, "GAS-1", 60, 50, lel_percent=30)
    say(story, "GAS-1", 61, 10, lel_percent=0)
    story.ticks(62, 200)
    assert story.state.alarms[GAS].condition


@pytest.mark.parametrize(
    ("type_", "alarm", "kind"),
    [
        ("fire.detector", "FIRE_SMOKE", "smoke_detector"),
        ("fire.call_point", "FIRE_MCP", "call_point"),
        ("gas.detector", "GAS_LEAK", "gas_detector"),
    ],
)
def test_a_detector_that_nobody_has_described_is_kept_and_heard(story, type_, alarm, kind) -> None:
    story.tell(type_, "X-9", {"event": "alarm"})
    story.ticks(1, 10)
    assert (story.state.devices["X-9"].system, story.state.devices["X-9"].kind) == ("fire", kind)
    assert story.state.alarms[f"{alarm}/X-9"].active


@pytest.mark.parametrize(
    ("device", "data", "names"),
    [
        ("SD-1", {}, "event"),
        ("SD-1", {"event": ""}, "event"),
        ("MCP-1", {"event": 7}, "event"),
        ("FP-1", {}, "mains_lost"),
        ("FP-1", {"mode": "manual"}, "mains_lost"),
        ("FP-1", {"fault": "maybe"}, "fault"),
        ("GAS-1", {}, "lel_percent"),
        ("GAS-1", {"lel_percent": -1}, "lel_percent"),
        ("GAS-1", {"lel_percent": "nan"}, "lel_percent"),
        ("GAS-1", {"lel_percent": "much"}, "lel_percent"),
    ],
)
def test_what_cannot_be_read_is_refused_by_its_field(story, device, data, names) -> None:
    with pytest.raises(BadRecord, match=names):
        say(story, device, 0, **data)
