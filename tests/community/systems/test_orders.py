"""居民诉求: when an order is late, when it is not, and what a year of orders leaves behind."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from community.model import BadRecord
from community.site import Device, Site, Source, Text
from community.systems.orders import CLOSED_KEPT, OPEN_KEPT, counted_due_ms, latest
from tests.community.story import T0_MS, Story

SITE = Site(
    id="garden",
    name=Text("花园", "Garden"),
    sources=(Source("app", Text("小程序", "App")),),
    devices=(Device("DESK", "orders", "desk", "app"),),
)
LATE = "TICKET_SLA/DESK"
MINUTE, HOUR, DAY = 60, 3600, 86_400
MORNING = 11 * HOUR
"""The story begins at 21:14:36; eleven hours on it is a quarter past eight."""


def order(story: Story, name: str, phase: str, at_s: float, **more: Any) -> None:
    data = {"order": name, "phase": phase}
    data |= {key: more.pop(key) for key in ("category", "post", "rating") if key in more}
    story.tell("order.phase", "DESK", data, at_s=at_s, **more)


def until(story: Story, at_s: float) -> None:
    """The clock goes on: each deadline happens at its own moment, however long nothing was said."""
    story.tell("clock.tick", community="", at_s=at_s)


def quiet(story: Story, from_s: float, to_s: float) -> None:
    """The clock ticks on, and no feed says anything."""
    for second in range(int(from_s), int(to_s) + 1, 10):
        until(story, second)


def memory(story: Story) -> dict[str, Any]:
    return story.state.devices["DESK"].memory["desk"]


def at(text: str, zone: str = "Asia/Shanghai") -> int:
    return 1000 * int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp())


@pytest.mark.parametrize(
    ("published", "due"),
    [
        ("2026-03-12 10:00:00", "2026-03-12 10:30:00"),
        ("2026-03-12 21:30:00", "2026-03-12 22:00:00"),
        ("2026-03-12 21:30:01", "2026-03-13 08:00:01"),
        ("2026-03-12 21:45:00", "2026-03-13 08:15:00"),
        ("2026-03-12 22:00:00", "2026-03-13 08:30:00"),
        ("2026-03-12 23:59:59", "2026-03-13 08:30:00"),
        ("2026-03-13 00:00:00", "2026-03-13 08:30:00"),
        ("2026-03-13 07:59:59", "2026-03-13 08:30:00"),
        ("2026-12-31 21:59:00", "2027-01-01 08:29:00"),
    ],
)
def test_thirty_minutes_are_counted_from_eight_to_ten_at_night(published, due) -> None:
    assert counted_due_ms(at(published), "Asia/Shanghai") == at(due)


def test_a_night_with_a_change_of_the_clock_counts_by_the_wall() -> None:
    berlin = "Europe/Berlin"
    assert counted_due_ms(at("2026-03-28 21:50:00", berlin), berlin) == at("2026-03-29 08:20:00", berlin)


def test_an_order_that_nobody_takes_is_late_after_half_an_hour_until_somebody_does() -> None:
    story = Story(SITE)
    order(story, "W-1", "published", MORNING, category="repair")
    until(story, MORNING + 29 * MINUTE)
    assert story.journal() == []
    until(story, MORNING + HOUR)
    assert story.journal() == [("alarm.activated", LATE, MORNING + 30 * MINUTE)]
    alarm = story.state.alarms[LATE]
    assert (alarm.priority, alarm.latched, alarm.detail) == ("P4", False, {"orders": ["W-1"], "late": 1})
    order(story, "W-1", "taken", MORNING + 61 * MINUTE, post="post:repair")
    assert story.journal()[1:] == [("alarm.returned", LATE, MORNING + 61 * MINUTE)]
    assert memory(story)["open"]["W-1"]["post"] == "post:repair"


def test_what_is_published_in_the_evening_may_wait_for_the_morning() -> None:
    story = Story(SITE)
    order(story, "W-1", "published", HOUR)  # 22:14:36
    until(story, DAY)
    assert story.journal() == [("alarm.activated", LATE, 10 * HOUR + 15 * MINUTE + 24 + 60 * MINUTE)]  # 08:30:00


@pytest.mark.parametrize(
    ("what", "phases"),
    [
        ("taken in the last second", [("published", 0), ("taken", 1799)]),
        ("worked on, the word 'taken' was lost", [("published", 0), ("in_progress", 1000)]),
        ("done by telephone", [("published", 0), ("done", 1700)]),
        ("cancelled by the resident", [("published", 0), ("cancelled", 900)]),
        ("the same complaint as another", [("published", 0), ("duplicate", 900)]),
        ("taken again", [("published", 0), ("taken", 60), ("done", 600), ("reopened", 900), ("taken", 2600)]),
        ("rated after it was closed", [("published", 0), ("taken", 60), ("done", 600), ("rated", 90_000)]),
        ("taken, then left lying: another rule's business", [("published", 0), ("taken", 60)]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_near_misses(what, phases) -> None:
    story = Story(SITE)
    for phase, second in phases:
        order(story, "W-1", phase, MORNING + second)
    until(story, MORNING + 2 * DAY)
    assert story.journal() == []


def test_reopened_waits_anew_from_then() -> None:
    story = Story(SITE)
    for phase, minute in (("published", 0), ("taken", 5), ("done", 60), ("reopened", 90)):
        order(story, "W-1", phase, MORNING + minute * MINUTE)
    until(story, MORNING + 4 * HOUR)
    assert story.journal() == [("alarm.activated", LATE, MORNING + 120 * MINUTE)]
    order(story, "W-1", "cancelled", MORNING + 5 * HOUR)
    assert [name for name, _, _ in story.journal()] == ["alarm.activated", "alarm.returned"]
    assert memory(story)["open"] == {}


def test_an_order_that_is_given_back_belongs_to_no_post() -> None:
    story = Story(SITE)
    order(story, "W-1", "published", MORNING)
    order(story, "W-1", "taken", MORNING + MINUTE, post="post:repair")
    order(story, "W-1", "reopened", MORNING + 2 * MINUTE)
    assert "post" not in memory(story)["open"]["W-1"]


def test_a_second_late_order_is_heard_again_and_the_row_counts_them() -> None:
    story = Story(SITE)
    order(story, "W-1", "published", MORNING)
    order(story, "W-2", "published", MORNING + 10 * MINUTE)
    until(story, MORNING + 35 * MINUTE)
    story.tell("command.alarm.acknowledge", LATE, {"by": "post:control"}, at_s=MORNING + 36 * MINUTE)
    until(story, MORNING + 50 * MINUTE)
    order(story, "W-1", "taken", MORNING + 51 * MINUTE)
    assert story.state.alarms[LATE].detail == {"orders": ["W-2"], "late": 1}
    assert [(name, s / MINUTE - MORNING / MINUTE) for name, _, s in story.journal()] == [
        ("alarm.activated", 30), ("alarm.acknowledged", 36), ("alarm.reactivated", 40),
    ]  # fmt: skip
    assert not story.state.alarms[LATE].acknowledged


LIFE = (("published", 0), ("taken", 60), ("in_progress", 120), ("done", 600), ("reopened", 900), ("taken", 960))


@pytest.mark.parametrize("seen", [(5, 4, 3, 2, 1, 0), (3, 0, 5, 1, 4, 2), (4, 3, 5, 0, 1, 2), (0, 3, 1, 4, 2, 5)])
def test_in_whatever_order_the_words_come_the_order_is_the_same(seen) -> None:
    story = Story(SITE)
    for number, index in enumerate((*seen, *seen)):  # each of them twice
        phase, second = LIFE[index]
        order(story, "W-1", phase, MORNING + 1000 + number, device_s=MORNING + second, id_=f"e{index}")
    assert latest(memory(story)["open"]["W-1"]["phases"]) == "taken"
    assert memory(story)["closed"] == {}
    until(story, MORNING + DAY)
    assert story.journal() == []


def test_a_late_word_does_not_open_what_is_closed() -> None:
    story = Story(SITE)
    order(story, "W-1", "cancelled", MORNING + 100)
    order(story, "W-1", "published", MORNING + 200, device_s=MORNING)
    order(story, "W-1", "taken", MORNING + 201, device_s=MORNING + 50)
    order(story, "W-2", "cancelled", MORNING + 4 * DAY)
    assert list(memory(story)["closed"]) == ["W-2"]
    order(story, "W-1", "published", MORNING + 4 * DAY + 1, device_s=MORNING)  # nobody remembers it now
    until(story, MORNING + 6 * DAY)
    assert (story.journal(), memory(story)["open"]) == ([], {})


def test_while_the_feed_is_silent_nobody_is_called_late_and_its_spool_is_read_first() -> None:
    story = Story(SITE)
    story.tell("source.heartbeat", "app", {}, at_s=MORNING)
    order(story, "W-1", "published", MORNING)
    order(story, "W-2", "published", MORNING)
    for second in range(10, 60, 10):  # the house is awake, only the feed is not
        until(story, MORNING + second)
    quiet(story, MORNING, MORNING + 2 * HOUR)
    assert [name for _, name, _ in story.journal()] == ["SOURCE_STALE/app"]
    back = MORNING + 3 * HOUR
    story.ticks(back, back + 20, "app")
    order(story, "W-1", "taken", back + 21, device_s=MORNING + 600)
    story.ticks(back + 22, back + 120, "app")
    late = [(name, s) for name, key, s in story.journal() if key == LATE]
    assert len(late) == 1 and late[0][0] == "alarm.activated" and back + 60 <= late[0][1] <= back + 70
    assert story.state.alarms[LATE].detail == {"orders": ["W-2"], "late": 1}


def test_a_year_of_orders_leaves_a_small_state() -> None:
    """Thirty orders a day; what is closed is remembered for three days, and nothing of it stands open."""
    story, sizes = Story(SITE), []
    for day in range(365):
        for number in range(30):
            begin = MORNING + day * DAY + number * 20 * MINUTE
            for phase, second in (("published", 0), ("taken", 300), ("done", 900)):
                order(story, f"W-{day}-{number}", phase, begin + second)
        sizes.append(len(msgspec.json.encode(story.state.devices["DESK"])))
    assert len(story.state.devices) == 1 and story.journal() == []
    assert max(sizes) < 8000 and sizes[-1] - sizes[10] < 500
    assert memory(story)["open"] == {} and len(memory(story)["closed"]) <= 91


def test_floods_are_bounded_and_say_so() -> None:
    story = Story(SITE)
    for number in range(OPEN_KEPT + 7):
        order(story, f"W-{number}", "published", MORNING + number / 10)
    assert (len(memory(story)["open"]), memory(story)["dropped"]) == (OPEN_KEPT, 7)
    for number in range(OPEN_KEPT + 7):
        order(story, f"W-{number}", "cancelled", MORNING + 200 + number / 10)
    assert (memory(story)["open"], len(memory(story)["closed"])) == ({}, CLOSED_KEPT)


def test_a_desk_that_nobody_described_is_kept() -> None:
    story = Story(SITE)
    story.tell("order.phase", "DESK-9", {"order": "W-1", "phase": "published"}, at_s=MORNING)
    until(story, MORNING + HOUR)
    assert (story.state.devices["DESK-9"].system, story.state.devices["DESK-9"].kind) == ("orders", "desk")
    assert [key for _, key, _ in story.journal()] == ["TICKET_SLA/DESK-9"]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({"phase": "published"}, "order"),
        ({"order": "", "phase": "published"}, "order must be an id"),
        ({"order": "王先生家漏水", "phase": "published"}, "order must be an id"),
        ({"order": "W-1", "phase": "lost"}, "phase 'lost'"),
        ({"order": "W-1", "phase": "published", "category": "call Mr Wang"}, "category must be an id"),
        ({"order": "W-1", "phase": "taken", "post": "wang"}, "post must begin with post:"),
        ({"order": "W-1", "phase": "rated", "rating": 6}, "rating is 1 to 5"),
        ({"order": "W-1", "phase": "done", "rating": 5}, "rating is 1 to 5"),
        ({"order": "W-1", "phase": "rated", "rating": "good"}, "rating"),
    ],
)
def test_wrong_data_is_refused_by_its_field(data, reason) -> None:
    with pytest.raises(BadRecord, match=reason):
        Story(SITE).tell("order.phase", "DESK", data)


def test_the_story_begins_when_this_test_thinks() -> None:
    assert at("2026-03-12 21:14:36") == T0_MS
