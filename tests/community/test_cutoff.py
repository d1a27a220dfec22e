"""充满断电 and zombie sessions: curves of power told minute by minute, and the second at which the house acts."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from tests.community.story import Story

PORT = "P-1-01"
MINUTE = 60
Curve = Callable[[int], float]
"""Minute of the session -> W."""


def charge(story: Story, curve: Curve, minutes: Iterable[int], session: str = "s1") -> None:
    """A bike charges; its pile beats, the port samples once a minute, the clock ticks every ten seconds."""
    for minute in minutes:
        at_s = MINUTE * minute
        story.tell("source.heartbeat", "piles", {}, at_s=at_s)
        story.tell("device.heartbeat", "P-1", {}, at_s=at_s)
        if minute == 0:
            story.tell("charging.session", PORT, {"session": session, "phase": "started"}, at_s=0)
            story.tell("charging.status", PORT, {"status": "Charging"}, at_s=0)
        story.tell("charging.meter", PORT, {"power_w": curve(minute)}, at_s=at_s)
        for second in range(10, MINUTE, 10):
            story.tell("source.heartbeat", "piles", {}, at_s=at_s + second)
            story.tell("clock.tick", community="", at_s=at_s + second)


def orders(story: Story) -> list[tuple[float, str]]:
    """(minute, reason) of every stop that was ordered."""
    return [
        (seconds / MINUTE, entry.data["reason"])
        for entry, (_, _, seconds) in zip(
            (e for e in story.entries if e.type == "charging.remote_stop"),
            story.journal("charging.remote_stop"),
            strict=True,
        )
    ]


def steps(*levels: tuple[int, float]) -> Curve:
    """Power by the minute from which it holds."""
    return lambda minute: next(watts for from_, watts in reversed(levels) if minute >= from_)


@pytest.mark.parametrize(
    ("what", "curve", "minutes", "expected"),
    [
        ("full: 45 minutes under 20 W", steps((0, 180), (60, 12)), 120, [(105, "full")]),
        (
            "a charger that breathes by 5 W is full all the same",
            lambda m: 180 if m < 60 else 12 + 5 * (m % 2),
            120,
            [(105, "full")],
        ),
        ("a change above 6 W starts the clock anew", steps((0, 180), (60, 8), (100, 15)), 150, [(145, "full")]),
        ("just over 20 W is not full", steps((0, 180), (60, 22)), 200, []),
        ("a cold battery's plateau before it takes power", steps((0, 14), (40, 170)), 100, []),
        ("a cold battery's higher plateau, however long", steps((0, 35), (150, 170)), 200, []),
        ("a second battery trickles while the first is full", steps((0, 180), (60, 12), (90, 30)), 200, []),
        ("a second battery that comes and goes", lambda m: 180 if m < 60 else (10 if m // 30 % 2 else 28), 240, []),
        ("unplugged: under 1.5 W for 300 s", steps((0, 180), (30, 0.4)), 60, [(35, "unplugged")]),
        ("a loose plug for four minutes", steps((0, 180), (30, 0.4), (34, 170)), 60, []),
        ("twelve hours are enough for any battery", lambda m: 90, 725, [(720, "session_limit")]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_stop_goes_out_at_the_predicted_moment_and_only_then(what, curve, minutes, expected) -> None:
    story = Story()
    charge(story, curve, range(minutes))
    assert orders(story) == expected


def test_power_that_does_not_end_is_an_alarm_ten_minutes_later_and_ends_with_it() -> None:
    story = Story()
    charge(story, steps((0, 180), (10, 12)), range(75))
    assert orders(story) == [(55, "full")]
    assert story.journal("alarm.activated") == [("alarm.activated", f"CP_NO_CUTOFF/{PORT}", 65 * MINUTE)]
    assert story.state.alarms[f"CP_NO_CUTOFF/{PORT}"].detail == {"reason": "full", "power_w": 12}
    story.tell("charging.meter", PORT, {"power_w": 0.0}, at_s=75 * MINUTE)
    assert story.journal("alarm.returned") == [("alarm.returned", f"CP_NO_CUTOFF/{PORT}", 75 * MINUTE)]


def test_a_relay_that_says_open_but_meters_on_is_not_believed() -> None:
    story = Story()
    charge(story, steps((0, 180), (10, 12)), range(56))
    story.tell("charging.session", PORT, {"session": "s1", "phase": "ended"}, at_s=55.9 * MINUTE)
    story.tell("charging.status", PORT, {"status": "Finishing"}, at_s=55.9 * MINUTE)
    charge(story, steps((0, 12)), range(56, 70))
    assert [subject for _, subject, _ in story.journal("alarm.activated")] == [f"CP_NO_CUTOFF/{PORT}"]


def test_a_port_that_stops_and_falls_silent_has_ended() -> None:
    story = Story()
    charge(story, steps((0, 180), (10, 12)), range(56))
    story.tell("charging.session", PORT, {"session": "s1", "phase": "ended"}, at_s=55.9 * MINUTE)
    story.tell("charging.status", PORT, {"status": "Finishing"}, at_s=55.9 * MINUTE)
    for second in range(56 * MINUTE, 80 * MINUTE, 10):
        story.tell("source.heartbeat", "piles", {}, at_s=second)
        story.tell("device.heartbeat", "P-1", {}, at_s=second)
    assert story.journal("alarm.activated") == []


def test_what_is_not_sampled_is_not_judged_until_it_is() -> None:
    """An outage of the pile hides what it drew; the first sample after it decides."""
    story = Story()
    charge(story, steps((0, 180), (10, 12)), range(30))
    for second in range(30 * MINUTE, 70 * MINUTE, 10):
        story.tell("source.heartbeat", "piles", {}, at_s=second)
        story.tell("device.heartbeat", "P-1", {}, at_s=second)
    assert orders(story) == []
    story.tell("charging.meter", PORT, {"power_w": 11.0}, at_s=70 * MINUTE)
    assert orders(story) == [(70, "full")]


def test_an_order_that_runs_unmetered_for_fifteen_minutes_is_a_zombie() -> None:
    story = Story()
    charge(story, steps((0, 180)), range(5))
    for second in range(5 * MINUTE, 25 * MINUTE, 10):
        story.tell("source.heartbeat", "piles", {}, at_s=second)
        story.tell("device.heartbeat", "P-1", {}, at_s=second)
    assert story.journal("alarm.activated") == [("alarm.activated", f"CP_ZOMBIE/{PORT}", 4 * MINUTE + 900)]
    story.tell("charging.meter", PORT, {"power_w": 170.0}, at_s=25 * MINUTE)
    assert story.journal("alarm.returned") == [("alarm.returned", f"CP_ZOMBIE/{PORT}", 25 * MINUTE)]


@pytest.mark.parametrize(("free_for_s", "zombie"), [(70, True), (50, False)])
def test_an_order_on_a_port_that_stays_free_is_a_zombie(free_for_s, zombie) -> None:
    """The messages of a begin may come in either order; what lasts a minute is a disagreement."""
    story = Story()
    story.tell("charging.session", PORT, {"session": "s1", "phase": "started"}, at_s=0)
    story.tell("charging.status", PORT, {"status": "Available"}, at_s=1)
    story.ticks(2, 1 + free_for_s)
    story.tell("charging.status", PORT, {"status": "Charging"}, at_s=1 + free_for_s)
    activated = [("alarm.activated", f"CP_ZOMBIE/{PORT}", 61)] if zombie else []
    assert story.journal("alarm.activated") == activated
    assert len(story.journal("alarm.returned")) == len(activated)


@pytest.mark.parametrize(("free_for_s", "zombie"), [(70, True), (50, False)])
def test_a_begin_that_was_kept_while_there_was_no_network_is_news_when_it_is_heard(free_for_s, zombie) -> None:
    """A charger connects, calls its connector free, and two minutes later tells of the charge that began hours ago."""
    story = Story()
    hours_ago_s, told_s = -3 * 3600, 120
    story.tell("charging.status", PORT, {"status": "Available"}, at_s=1)
    story.ticks(2, told_s - 1)
    session = {"session": "s1", "phase": "started"}
    story.tell("charging.session", PORT, session, at_s=told_s, device_s=hours_ago_s, received_s=told_s)
    story.ticks(told_s + 1, told_s + free_for_s)
    story.tell("charging.status", PORT, {"status": "Charging"}, at_s=told_s + free_for_s)
    activated = [("alarm.activated", f"CP_ZOMBIE/{PORT}", told_s + 60)] if zombie else []
    assert story.journal("alarm.activated") == activated


def test_a_dead_feed_makes_no_zombies() -> None:
    story = Story()
    charge(story, steps((0, 180)), range(5))
    for second in range(5 * MINUTE, 40 * MINUTE, 10):  # the feed is silent, the clock goes on
        story.tell("clock.tick", community="", at_s=second)
    for second in range(40 * MINUTE, 50 * MINUTE, 10):
        story.tell("source.heartbeat", "piles", {}, at_s=second)
        story.tell("device.heartbeat", "P-1", {}, at_s=second)
    assert [subject for _, subject, _ in story.journal("alarm.activated")] == ["SOURCE_STALE/piles"]


def test_the_next_bike_is_not_taken_for_the_one_before() -> None:
    story = Story()
    charge(story, steps((0, 180), (10, 12)), range(56))
    story.tell("charging.session", PORT, {"session": "s1", "phase": "ended"}, at_s=55.9 * MINUTE)
    story.tell("charging.session", PORT, {"session": "s2", "phase": "started"}, at_s=57 * MINUTE)
    charge(story, steps((0, 180)), range(57, 90))
    assert "CP_NO_CUTOFF" not in str(story.journal("alarm.activated")) and orders(story) == [(55, "full")]


def test_the_same_records_twice_order_nothing_twice() -> None:
    story = Story()
    charge(story, steps((0, 180), (10, 12)), range(60))
    before = (dict(story.state.devices), len(story.entries))
    for told in list(story.records):
        if told.type.startswith("charging."):
            story.offset += 1
            again = type(told)(
                told.id, told.source, told.type, told.community, told.subject, told.time_ms,
                story.state.clock_ms, told.received_ms, f"0001.0000.{story.offset:020d}", told.data,
            )  # fmt: skip
            story.fold(again)
    assert story.state.devices[PORT].memory == before[0][PORT].memory
    assert orders(story) == [(55, "full")]
