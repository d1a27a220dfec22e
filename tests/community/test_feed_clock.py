"""A gateway whose own clock is wrong: its devices are neither silent nor wrong, and the gateway is named."""

from __future__ import annotations

from typing import Any

import pytest

from community.fold import fold
from community.freshness import freshness
from community.state import State
from tests.community.story import SITE, T0_MS, Story, record


class Feed:
    """Cameras behind the gateway `isapi`, whose clock is off by `off_s`; the devices' own clocks by `device_off_s`."""

    def __init__(self, off_s: float, device_off_s: float) -> None:
        self.story = Story()
        self.off_s, self.device_off_s = off_s, device_off_s

    def run(self, from_s: int, to_s: int, every_s: int = 20) -> None:
        """Heartbeats of the gateway every ten seconds, of two cameras every twenty."""
        for second in range(from_s, to_s):
            self.story.tell("clock.tick", community="", at_s=second)
            if second % 10 == 0:
                at = {"at_s": second, "device_s": second + self.off_s, "received_s": second + self.off_s}
                self.story.tell("source.heartbeat", "isapi", {}, **at)
            if second % every_s == 5:
                for camera in ("C-1", "C-2"):
                    self.say(camera, second)

    def say(self, camera: str, second: float, type_: str = "device.heartbeat", **data: Any) -> None:
        at = {"device_s": second + self.device_off_s, "received_s": second + self.off_s}
        self.story.tell(type_, camera, data, at_s=second, **at)

    @property
    def raised(self) -> list[str]:
        return [key for _, key, _ in self.story.journal("alarm.activated")]


@pytest.mark.parametrize("off_s", [-400, -3600, 400, 86_400])
@pytest.mark.parametrize("follows", [True, False], ids=["devices ask the gateway", "devices know the time"])
def test_only_the_gateway_is_named_and_no_device_is_silent(off_s: int, follows: bool) -> None:
    feed = Feed(off_s, off_s if follows else 0)
    feed.run(0, 1200)
    assert feed.raised == ["CLOCK_SKEW/isapi"]
    state = feed.story.state
    assert state.alarms["CLOCK_SKEW/isapi"].detail == {"skew_s": off_s}
    for camera in ("C-1", "C-2"):
        device = state.devices[camera]
        assert freshness(state, device) == "fresh" and device.skew_ms is None
        assert abs(device.heard_ms - (T0_MS + 1185_000)) < 10_000


@pytest.mark.parametrize("off_s", [-400, 400])
def test_a_clock_that_is_set_wrong_while_it_runs_and_right_again(off_s: int) -> None:
    feed = Feed(0, 0)
    feed.run(0, 300)
    feed.off_s = feed.device_off_s = off_s
    feed.run(300, 900)
    assert feed.raised == ["CLOCK_SKEW/isapi"]
    assert feed.story.journal("alarm.activated")[0][2] <= 330
    feed.off_s = feed.device_off_s = 0
    feed.run(900, 2000)
    assert feed.story.state.sources["isapi"].skew_ms is None
    assert feed.raised == ["CLOCK_SKEW/isapi"]
    assert [(key, alarm.active) for key, alarm in feed.story.state.alarms.items()] == [("CLOCK_SKEW/isapi", False)]


def test_the_values_of_a_wrong_gateway_are_of_now_and_newer_ones_win() -> None:
    feed = Feed(-400, -400)
    feed.run(0, 120)
    feed.say("C-1", 130, "camera.status", status="offline")
    feed.say("C-1", 131, "camera.status", status="online")
    device = feed.story.state.devices["C-1"]
    assert device.values["status"] == "online" and abs(device.stamps["status"][0] - (T0_MS + 131_000)) < 1000


def test_a_device_that_is_wrong_by_itself_is_still_named_behind_a_wrong_gateway() -> None:
    feed = Feed(-400, 5000)
    feed.run(0, 700)
    assert sorted(feed.raised) == ["CLOCK_SKEW/C-1", "CLOCK_SKEW/C-2", "CLOCK_SKEW/isapi"]


@pytest.mark.parametrize("waited_s", [300, 1800])
def test_what_waited_in_a_queue_shows_no_wrong_clock(waited_s: int) -> None:
    """The normaliser stood: heartbeats and samples come in one second, each stamped when the gateway had it."""
    story = Story()
    for second in range(0, 60, 10):
        story.tell("source.heartbeat", "isapi", {}, at_s=second, device_s=second, received_s=second)
    came_s = 60.0 + waited_s
    for second in range(60, 60 + waited_s, 10):
        came_s += 0.02
        story.tell("source.heartbeat", "isapi", {}, at_s=came_s, device_s=second, received_s=second)
        story.tell("device.heartbeat", "C-1", {}, at_s=came_s, device_s=second, received_s=second)
    assert not [key for _, key, _ in story.journal("alarm.activated") if key.startswith("CLOCK_SKEW")]
    assert story.state.sources["isapi"].skew_ms is None
    assert story.state.devices["C-1"].heard_ms == T0_MS + 1000 * (50 + waited_s)


def test_a_recorded_clock_has_no_gateway_that_could_be_wrong() -> None:
    from msgspec.structs import replace

    state = State(replace(SITE, clock="log"))
    for offset in range(1, 20):
        told = record(
            "source.heartbeat", "isapi", {}, offset=offset, at_s=900_000 + 10 * offset, received_s=10 * offset
        )
        state.apply(fold(state, told))
    assert state.sources["isapi"].skew_ms is None and not state.alarms
