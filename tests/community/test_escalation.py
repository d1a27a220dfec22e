"""Who is called for a P1 that nobody acknowledges; repeats that count on one row; alarms that chatter."""

from __future__ import annotations

import re

import pytest
from msgspec.structs import replace

from community.alarms import KEPT_TIMES, chattering, escalates_ms
from community.catalogue import CATALOGUE, ESCALATES_TO, definition
from community.numbers import House
from community.state import alarm_state
from tests.community.story import SITE, T0_MS, Story
from tests.community.test_alarms import CAMERA, SOS, standing

PRESSED = "SOS/SOS-1"


def called(story: Story) -> list[tuple[str, float]]:
    return [(e.data["post"], (e.at_ms - T0_MS) / 1000) for e in story.entries if e.type == "alarm.escalated"]


def press(story: Story, at_s: float, **more: float) -> None:
    story.tell("sos.press", "SOS-1", {"press": "short"}, at_s=at_s, **more)


def acknowledge(story: Story, at_s: float, key: str = PRESSED) -> None:
    story.tell("command.alarm.acknowledge", key, {"by": "post:control"}, at_s=at_s)


def test_nobody_acknowledges_and_first_the_supervisor_then_the_manager_is_called() -> None:
    story = Story()
    press(story, 0)
    story.ticks(1, 300)
    assert called(story) == [("post:supervisor", 60), ("post:manager", 120)]


def test_an_acknowledgement_stops_it_and_another_press_starts_it_anew() -> None:
    story = Story()
    press(story, 0)
    story.ticks(1, 70)
    acknowledge(story, 71)
    story.ticks(72, 200)
    press(story, 200)
    story.ticks(201, 261)
    assert called(story) == [("post:supervisor", 60), ("post:supervisor", 260)]


def test_pressed_again_and_again_the_time_runs_from_the_first_press() -> None:
    story = Story()
    for second in (0, 50, 100):
        press(story, second)
    story.ticks(101, 125)
    assert called(story) == [("post:supervisor", 60), ("post:manager", 120)]


def test_a_press_that_the_log_had_late_is_late_for_nobody() -> None:
    story = Story()
    story.ticks(0, 600)
    press(story, 600, device_s=500)
    assert story.state.alarms[PRESSED].activated_ms == T0_MS + 500_000
    story.ticks(601, 730)
    assert called(story) == [("post:supervisor", 660), ("post:manager", 720)]


def test_what_is_no_p1_calls_nobody_and_what_becomes_one_does() -> None:
    assert escalates_ms(standing(), CAMERA) is None
    assert escalates_ms(standing(SOS, unseen_ms=5), SOS) == 60_005
    assert escalates_ms(standing(SOS, unseen_ms=5, escalated=2), SOS) is None
    assert escalates_ms(standing(SOS, unseen_ms=5, out_of_service=True), SOS) is None


def test_the_times_are_the_sites() -> None:
    site = replace(SITE, numbers={"house": {"escalate_supervisor_s": 10, "escalate_manager_s": 20}})
    story = Story(site)
    press(story, 0)
    story.ticks(1, 30)
    assert called(story) == [("post:supervisor", 10), ("post:manager", 20)]
    assert len(definition(site, "SOS").escalate_ms) == len(ESCALATES_TO)


OFF = "CAM_BLACK/C-2"


def black(story: Story, from_s: int, to_s: int) -> None:
    """Black for the on-delay, acknowledged, and well again."""
    story.tell("camera.event", "C-2", {"event": "black", "active": True}, at_s=from_s)
    story.ticks(from_s + 1, from_s + 31)
    acknowledge(story, from_s + 32, OFF)
    story.tell("camera.event", "C-2", {"event": "black", "active": False}, at_s=to_s)
    story.ticks(to_s + 1, to_s + 31)


def test_a_repeat_within_the_window_counts_on_and_one_after_it_is_news() -> None:
    story = Story()
    black(story, 0, 40)  # closed at 70
    assert OFF not in story.state.alarms
    black(story, 600, 640)  # active at 630
    black(story, 1300, 1340)
    told = [e for e in story.entries if e.subject == OFF and "activated" in e.type]
    assert [(e.type, (e.at_ms - T0_MS) / 1000) for e in told] == [
        ("alarm.activated", 30),
        ("alarm.reactivated", 630),
        ("alarm.activated", 1330),
    ]
    assert [e.data["count"] for e in told] == [1, 2, 1]
    assert list(story.state.lately) == [OFF]


def test_what_an_operator_has_reset_is_news_when_it_comes_again() -> None:
    story = Story()
    press(story, 0)
    acknowledge(story, 5)
    story.tell("command.alarm.reset", PRESSED, {"by": "post:control", "reason": "true"}, at_s=10)
    press(story, 20)
    assert [e[0] for e in story.journal()][-1] == "alarm.activated"
    assert alarm_state(story.state.alarms[PRESSED]) == "unacknowledged"


CHATTERS = [
    ((), False),
    ((0, 30_000), False),
    ((0, 30_000, 60_000), True),
    ((0, 30_000, 60_001), False),
    ((0, 90_000, 100_000, 110_000, 500_000), True),
    ((0, 59_000, 118_000, 177_000), False),
]


@pytest.mark.parametrize("times, chatters", CHATTERS)
def test_three_in_a_minute_are_chattering(times: tuple[int, ...], chatters: bool) -> None:
    assert chattering(standing(times=times), House()) is chatters


def test_the_number_is_the_sites_and_the_moments_are_bounded() -> None:
    assert chattering(standing(times=(0, 5)), House(chattering_activations=2))
    story = Story()
    for second in range(40):
        press(story, second)
    assert len(story.state.alarms[PRESSED].times) == KEPT_TIMES
    assert story.state.alarms[PRESSED].count == 40


@pytest.mark.parametrize("entry", CATALOGUE.values(), ids=CATALOGUE.keys())
def test_every_alarm_has_its_steps_in_both_languages(entry) -> None:
    assert len(entry.steps) >= 2
    for step in entry.steps:
        assert re.search(r"[\u4e00-\u9fff]", step.zh) and len(step.zh) <= 24, step
        assert not re.search(r"[\u4e00-\u9fff]", step.en) and step.en[:1].isupper() and len(step.en) <= 60, step
        assert not re.search(r"[。.!！;；]$", step.zh + step.en)
