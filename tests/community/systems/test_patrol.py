"""巡更: a checkpoint that nobody passed in its window, one that was passed late, and what a year of rounds leaves."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import pytest

from community.model import BadRecord
from community.site import Device, Site, Source, Text
from community.systems.patrol import SCANS_KEPT, WINDOWS_KEPT, minutes_late, next_window
from tests.community.story import T0_MS, Story

SITE = Site(
    id="garden",
    name=Text("花园", "Garden"),
    sources=(Source("reader", Text("巡更", "Patrol")),),
    devices=(
        Device("K-1", "patrol", "checkpoint", "reader", area="北门"),
        Device("K-2", "patrol", "checkpoint", "reader", area="泵房"),
    ),
)
MISSED = "PATROL_MISS/K-1"
MINUTE, HOUR, DAY = 60, 3600, 86_400
END = 30 * MINUTE
"""The window of these stories: from the 10th to the 30th minute, missed at the 40th."""


def plan(story: Story, name: str = "r1", begin: float = 10 * MINUTE, end: float = END, **more: Any) -> None:
    data = {"round": name, "from_ms": T0_MS + int(1000 * begin), "until_ms": T0_MS + int(1000 * end)}
    data |= {key: more.pop(key) for key in ("route", "cancelled") if key in more}
    story.tell("patrol.window", more.pop("checkpoint", "K-1"), data, **more)


def scan(story: Story, at_s: float, checkpoint: str = "K-1", **more: Any) -> None:
    story.tell("patrol.scan", checkpoint, {}, at_s=at_s, **more)


def waive(story: Story, at_s: float, name: str = "r1", **more: Any) -> None:
    data = {"round": name, "by": "post:control", "reason": "storm"}
    story.tell("patrol.waiver", "K-1", data, at_s=at_s, **more)


def until(story: Story, at_s: float) -> None:
    story.tell("clock.tick", community="", at_s=at_s)


def late(story: Story, at_s: float = 0) -> dict[str, int]:
    return minutes_late(story.state.devices["K-1"], T0_MS + int(1000 * at_s))


def quiet(story: Story, from_s: float, to_s: float) -> None:
    """The clock ticks on, and no feed says anything."""
    for second in range(int(from_s), int(to_s) + 1, 10):
        until(story, second)


def memory(story: Story) -> dict[str, Any]:
    return story.state.devices["K-1"].memory["rounds"]


def test_a_checkpoint_is_missed_ten_minutes_after_its_window_until_it_is_scanned() -> None:
    story = Story(SITE)
    plan(story, route="north")
    until(story, 39 * MINUTE)
    assert (story.journal(), late(story, 39 * MINUTE)) == ([], {"r1": 9})
    until(story, HOUR)
    assert story.journal() == [("alarm.activated", MISSED, 40 * MINUTE)]
    alarm = story.state.alarms[MISSED]
    assert (alarm.priority, alarm.latched) == ("P3", False)
    assert alarm.detail == {"round": "r1", "rounds": 1, "route": "north"}
    scan(story, 72.6 * MINUTE)
    assert story.journal()[1:] == [("alarm.returned", MISSED, 72.6 * MINUTE)]
    assert late(story, DAY) == {"r1": 42}


def test_a_waiver_ends_it_too() -> None:
    story = Story(SITE)
    plan(story)
    until(story, HOUR)
    waive(story, 2 * HOUR)
    assert story.journal("alarm.returned") == [("alarm.returned", MISSED, 2 * HOUR)]
    assert (late(story, 3 * HOUR), next_window(story.state.devices["K-1"])) == ({}, None)


@pytest.mark.parametrize(
    ("what", "told", "minutes"),
    [
        ("scanned in its window", lambda s: (plan(s), scan(s, 20 * MINUTE)), {}),
        ("scanned as it begins", lambda s: (plan(s), scan(s, 10 * MINUTE)), {}),
        ("scanned as it ends", lambda s: (plan(s), scan(s, END)), {}),
        ("late, but within the ten minutes", lambda s: (plan(s), scan(s, 39.9 * MINUTE)), {"r1": 9}),
        ("waived before", lambda s: (plan(s), waive(s, 5 * MINUTE)), {}),
        ("waived before it is planned", lambda s: (waive(s, 0), plan(s, at_s=60)), {}),
        ("waived within the ten minutes", lambda s: (plan(s), waive(s, 35 * MINUTE)), {}),
        ("cancelled", lambda s: (plan(s), plan(s, at_s=60, cancelled=True)), {}),
        ("put off, and scanned then", lambda s: (plan(s), plan(s, end=HOUR, at_s=60), scan(s, 59 * MINUTE)), {}),
        ("the plan comes after the scan", lambda s: (scan(s, 20 * MINUTE), plan(s, at_s=21 * MINUTE)), {}),
        ("a scan without a plan", lambda s: scan(s, 60), {}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_near_misses(what, told, minutes) -> None:
    story = Story(SITE)
    told(story)
    until(story, 5 * HOUR)
    assert (story.journal(), late(story, 5 * HOUR)) == ([], minutes)


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("scanned before the window begins", lambda s: (plan(s), scan(s, 9.9 * MINUTE))),
        ("another checkpoint was scanned", lambda s: (plan(s), scan(s, 20 * MINUTE, "K-2"))),
        ("another round was waived", lambda s: (plan(s), waive(s, 20 * MINUTE, "r2"))),
        ("an older plan comes last", lambda s: (plan(s, at_s=60), plan(s, end=2 * HOUR, at_s=90, device_s=30))),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_missed_all_the_same(what, told) -> None:
    story = Story(SITE)
    told(story)
    until(story, HOUR)
    assert story.journal() == [("alarm.activated", MISSED, 40 * MINUTE)]


def test_the_ten_minutes_belong_to_each_window() -> None:
    """The first is waived in its ninth minute too late; the second has been late for one minute then."""
    story = Story(SITE)
    plan(story)
    plan(story, "r2", 32 * MINUTE, 38 * MINUTE)
    waive(story, 39 * MINUTE)
    until(story, 47 * MINUTE)
    assert story.journal() == []
    until(story, HOUR)
    assert story.journal() == [("alarm.activated", MISSED, 48 * MINUTE)]


def test_a_plan_that_comes_after_its_window_leaves_ten_minutes_for_its_scans() -> None:
    story = Story(SITE)
    plan(story, at_s=2 * HOUR, device_s=0)
    scan(story, 2 * HOUR + 300, device_s=20 * MINUTE)
    plan(story, "r2", 35 * MINUTE, HOUR, at_s=2 * HOUR, device_s=0)
    until(story, 3 * HOUR)
    assert story.journal() == [("alarm.activated", MISSED, 2 * HOUR + 600 + 300)]


def test_what_is_missed_stays_missed_when_its_feed_falls_silent() -> None:
    story = Story(SITE)
    plan(story)
    story.ticks(0, 41 * MINUTE, "reader")
    assert story.journal() == [("alarm.activated", MISSED, 40 * MINUTE)]
    quiet(story, 41 * MINUTE, 60 * MINUTE)
    plan(story, "r2", 2 * HOUR, 3 * HOUR, at_s=HOUR)
    assert story.journal("alarm.returned") == []


def test_the_next_round_ends_what_the_one_before_missed() -> None:
    story = Story(SITE)
    for hour in range(4):
        plan(story, f"r{hour}", hour * HOUR, hour * HOUR + END)
    until(story, 2.9 * HOUR)
    assert story.journal() == [("alarm.activated", MISSED, 40 * MINUTE)]
    assert story.state.alarms[MISSED].detail == {"round": "r0", "rounds": 3}
    assert next_window(story.state.devices["K-1"]) == ("r0", T0_MS + 1000 * END)
    scan(story, 3.1 * HOUR)
    assert story.journal("alarm.returned") == [("alarm.returned", MISSED, 3.1 * HOUR)]
    assert late(story, 9 * HOUR) == {"r0": 156, "r1": 96, "r2": 36}


def test_a_reader_that_is_emptied_hours_later_takes_back_what_was_missed() -> None:
    story = Story(SITE)
    plan(story)
    until(story, 2 * HOUR)
    scan(story, 2 * HOUR, device_s=33 * MINUTE)
    scan(story, 2 * HOUR + 1, device_s=12 * MINUTE)  # the earlier scan, told last
    assert story.journal() == [
        ("alarm.activated", MISSED, 40 * MINUTE),
        ("alarm.returned", MISSED, 2 * HOUR),
    ]
    assert late(story, 2 * HOUR) == {}


def test_a_reader_emptied_in_one_go_is_no_wrong_clock() -> None:
    story = Story(SITE)
    for hour in range(8):
        plan(story, f"r{hour}", hour * HOUR, hour * HOUR + END)
        until(story, hour * HOUR + 35 * MINUTE)
    for hour in range(8):
        scan(story, 7.7 * HOUR + hour, device_s=hour * HOUR + 60)
    assert {key for _, key, _ in story.journal()} == {MISSED} and late(story, DAY) == {}


def test_while_the_feed_is_silent_nobody_is_missed_and_its_spool_has_ten_minutes() -> None:
    story = Story(SITE)
    story.tell("source.heartbeat", "reader", {})
    plan(story)
    quiet(story, 1, 3 * HOUR)
    assert [key for _, key, _ in story.journal()] == ["SOURCE_STALE/reader"]
    back = int(3 * HOUR)
    story.ticks(back, back + 9 * MINUTE, "reader")
    assert MISSED not in [key for _, key, _ in story.journal()]
    story.ticks(back + 9 * MINUTE + 1, back + 12 * MINUTE, "reader")
    missed = [s for name, key, s in story.journal() if key == MISSED]
    assert len(missed) == 1 and back + 600 <= missed[0] <= back + 670


@pytest.mark.parametrize("seed", range(8))
def test_in_whatever_order_and_however_often_they_come_windows_end_the_same(seed) -> None:
    rng = random.Random(seed)
    told = [("plan", 0, "r1"), ("plan", 60, "r1"), ("plan", 30, "r2"), ("scan", 700, ""), ("scan", 2400, "")]
    told += [("scan", 4200, ""), ("waive", 100, "r3"), ("plan", 40, "r3")]
    begins = {"r1": (600, 1800), "r2": (3000, 3600), "r3": (4000, 4100)}
    sent = told + rng.choices(told, k=6)
    rng.shuffle(sent)
    story = Story(SITE)
    for number, (what, second, name) in enumerate(sent):
        at_s = 5000 + number
        if what == "scan":
            scan(story, at_s, device_s=second)
        elif what == "waive":
            waive(story, at_s, name, device_s=second)
        else:
            end = begins[name][1] + second  # each plan is a little different; the newest holds
            plan(story, name, begins[name][0], end, at_s=at_s, device_s=second)
    windows = {
        name: ((w["until_ms"] - T0_MS) // 1000, (w["scanned_ms"] - T0_MS) // 1000 if "scanned_ms" in w else None)
        for name, w in memory(story)["windows"].items()
    }
    assert windows == {"r1": (1860, 700), "r2": (3630, 4200), "r3": (4140, 4200)}
    assert (late(story, 6000), memory(story)["overdue"]) == ({"r2": 9, "r3": 1}, {})


def test_a_year_of_rounds_leaves_a_small_state_and_old_plans_do_not_come_back() -> None:
    story, sizes = Story(SITE), []
    for number in range(4 * 365):
        begin = number * 6 * HOUR
        plan(story, f"r{number}", begin, begin + END, at_s=begin)
        scan(story, begin + 60)
        sizes.append(len(msgspec.json.encode(story.state.devices["K-1"])))
    assert max(sizes) < 3000 and sizes[-1] - sizes[40] < 200
    plan(story, "r3", 18 * HOUR, 18 * HOUR + END, at_s=365 * DAY, device_s=18 * HOUR)
    until(story, 365 * DAY + HOUR)
    assert story.journal() == []


def test_plans_and_scans_without_end_are_bounded() -> None:
    story = Story(SITE)
    for number in range(WINDOWS_KEPT + 50):
        plan(story, f"r{number}", HOUR + number, 2 * HOUR + number, at_s=number / 10)
        scan(story, number / 10 + 0.05)
        waive(story, number / 10 + 0.06, f"other-{number}")
    sizes = {name: len(memory(story)[name]) for name in ("windows", "scans", "waived")}
    assert sizes == {"windows": WINDOWS_KEPT, "scans": SCANS_KEPT, "waived": WINDOWS_KEPT}


def test_a_checkpoint_that_nobody_described_is_kept_and_judged() -> None:
    story = Story(SITE)
    plan(story, checkpoint="K-99")
    until(story, HOUR)
    assert (story.state.devices["K-99"].system, story.state.devices["K-99"].kind) == ("patrol", "checkpoint")
    assert story.journal() == [("alarm.activated", "PATROL_MISS/K-99", 40 * MINUTE)]


WINDOW = {"round": "r1", "from_ms": T0_MS, "until_ms": T0_MS + 1000}


@pytest.mark.parametrize(
    ("type_", "data", "reason"),
    [
        ("patrol.window", {"round": "r1", "from_ms": T0_MS}, "until_ms"),
        ("patrol.window", WINDOW | {"until_ms": T0_MS - 1}, "until_ms is -1 ms after from_ms"),
        ("patrol.window", WINDOW | {"until_ms": T0_MS + 90_000_000}, "until_ms"),
        ("patrol.window", WINDOW | {"from_ms": "soon"}, "from_ms"),
        ("patrol.window", WINDOW | {"round": ""}, "round must be an id"),
        ("patrol.window", WINDOW | {"route": "past Mr Wang's"}, "route must be an id"),
        ("patrol.scan", {"post": "wang"}, "post must begin with post:"),
        ("patrol.waiver", {"by": "post:control"}, "round"),
        ("patrol.waiver", {"round": "r1", "by": "wang"}, "by must begin with post:"),
        ("patrol.waiver", {"round": "r1", "by": "post:control", "reason": "Wang is ill"}, "reason must be an id"),
    ],
)
def test_wrong_data_is_refused_by_its_field(type_, data, reason) -> None:
    with pytest.raises(BadRecord, match=reason):
        Story(SITE).tell(type_, "K-1", data)


def test_while_the_log_slept_nobody_could_be_heard_either() -> None:
    story = Story(SITE)
    story.tell("source.heartbeat", "reader", {})
    plan(story)
    woke = int(3 * HOUR)  # not even ticks until then
    story.ticks(woke, woke + 599, "reader")
    assert story.journal() == []
    story.ticks(woke + 600, woke + 601, "reader")
    assert story.journal() == [("alarm.activated", MISSED, woke + 600)]
