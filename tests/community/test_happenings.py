"""What counts however late it comes, and an alarm whose cause began before anybody looked."""

from __future__ import annotations

import pytest

from community.alarms import Lag, Seen, advance, observe
from community.catalogue import CATALOGUE
from tests.community.story import Story

LATE = Lag(60_000, 0)
BLACK = CATALOGUE["CAM_BLACK"]  # on-delay 30 s


def since(seconds: int) -> Seen:
    return Seen(True, since_ms=1000 * seconds)


def test_the_on_delay_runs_from_where_the_cause_began() -> None:
    alarm, transitions = observe(None, BLACK, "D", since(10), 20_000)
    assert alarm is not None and (alarm.pending_ms, transitions) == (10_000, [])
    alarm, transitions = observe(None, BLACK, "D", since(10), 60_000)
    assert [(t.type, t.at_ms) for t in transitions] == [("activated", 40_000)]


def test_a_younger_cause_waits_for_its_own_delay_and_an_older_one_does_not_shorten_it() -> None:
    alarm, _ = observe(None, BLACK, "D", since(0), 0)
    alarm, _ = observe(alarm, BLACK, "D", since(25), 29_000)
    assert alarm is not None and alarm.pending_ms == 25_000
    assert advance(alarm, BLACK, 54_999)[1] == []
    assert [(t.type, t.at_ms) for t in advance(alarm, BLACK, 55_000)[1]] == [("activated", 55_000)]


def test_nothing_begins_in_the_future() -> None:
    alarm, _ = observe(None, BLACK, "D", since(99), 0)
    assert alarm is not None and alarm.pending_ms == 0


def test_what_is_heard_late_waits_as_much_longer_for_its_end_and_keeps_its_own_moment() -> None:
    alarm, transitions = observe(None, BLACK, "D", Seen(True), 10_000, LATE)
    assert alarm is not None and (alarm.pending_ms, alarm.lag_ms, transitions) == (10_000, 60_000, [])
    assert advance(alarm, BLACK, 99_999)[1] == []
    stands, transitions = advance(alarm, BLACK, 100_000)
    assert [(t.type, t.at_ms) for t in transitions] == [("activated", 40_000)]
    assert stands is not None and stands.lag_ms == 0


def test_an_end_heard_late_is_judged_by_its_own_time() -> None:
    alarm, _ = observe(None, BLACK, "D", Seen(True), 10_000, LATE)
    assert observe(alarm, BLACK, "D", Seen(False), 39_999, LATE) == (None, []), "it did not last"
    ending, transitions = observe(alarm, BLACK, "D", Seen(False), 50_000, LATE)
    assert [(t.type, t.at_ms) for t in transitions] == [("activated", 40_000)], "it lasted, and people are told"
    assert ending is not None
    assert [(t.type, t.at_ms) for t in advance(ending, BLACK, 200_000)[1]] == [("returned", 80_000)]


def test_a_p1_does_not_wait_however_late_it_is_heard_nor_what_becomes_one_while_it_waits() -> None:
    alarm, transitions = observe(None, CATALOGUE["GAS_LEAK"], "D", Seen(True), 10_000, LATE)
    assert alarm is not None and alarm.lag_ms == 0
    assert [t.at_ms for t in advance(alarm, CATALOGUE["GAS_LEAK"], 13_000)[1]] == [13_000]
    water = CATALOGUE["GARAGE_WATER"]  # on-delay 30 s
    alarm, _ = observe(None, water, "D", Seen(True), 10_000, LATE)
    alarm, _ = observe(alarm, water, "D", Seen(True, {"level_cm": 30}, "P1"), 20_000, LATE)
    assert alarm is not None and [t.at_ms for t in advance(alarm, water, 40_000)[1]] == [40_000]


@pytest.mark.parametrize(
    ("what", "beats", "said_s"),
    [
        ("on time", [(0, 0), (60, 60)], 160),
        ("a clock that is behind by 95 s all day", [(0, -95), (60, -35)], 160),
        ("its clock is right, and this one word was late", [(0, 0), (60, 60)], 100),
        ("kept without a network, with the word before it", [(0, 0), (99, 60)], 100),
    ],
)
def test_a_fall_lasts_a_minute_by_the_clock_of_who_tells_it(
    what: str, beats: list[tuple[int, int]], said_s: int
) -> None:
    """Down as the log has it at 100 s, and nobody gets up. `said_s`: when people are told."""
    story, person = Story(), "p-alone-1001"
    for at_s, own_s in beats:
        story.tell("care.evidence", person, {"evidence": "motion"}, at_s=at_s, device_s=own_s)
    story.tell("care.fall", person, {"fallen": True}, at_s=100, device_s=100 if what == "on time" else 5)
    at_s = 100
    while not story.entries and at_s < 200:
        at_s += 1
        story.tell("clock.tick", community="", at_s=at_s)
    assert (at_s, story.entries[0].subject) == (said_s, f"FALL/{person}")


def test_a_happening_counts_though_something_newer_was_heard_and_values_stay_the_newest() -> None:
    story = Story()
    story.tell("broadcast.offer", "SP", {"message": "new"}, at_s=100)
    story.tell("broadcast.offer", "SP", {"message": "old"}, at_s=101, device_s=50)
    device = story.state.devices["SP"]
    assert sorted(device.memory["answered"]["messages"]) == ["new", "old"]
    assert device.values["message"] == "new"


def test_happenings_told_in_one_go_an_hour_later_are_no_wrong_clock_and_those_of_tomorrow_are() -> None:
    story = Story()
    for number in range(6):
        story.tell("broadcast.ack", "SP", {"message": f"m{number}"}, at_s=3600 + number, device_s=number)
    assert story.journal() == []
    for number in range(6):
        story.tell("broadcast.ack", "SP", {"message": f"n{number}"}, at_s=3700 + 10 * number, device_s=90_000)
    assert [key for _, key, _ in story.journal()] == ["CLOCK_SKEW/SP"]
