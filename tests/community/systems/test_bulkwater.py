"""DMA_NIGHT, WATER_BURST: what the bulk meter of a district shows."""

from __future__ import annotations

import msgspec
import pytest

from community.systems import bulkwater
from tests.community.story import Story
from tests.community.systems.metering import BURST, DAY, MIDNIGHT_MS, NIGHT, SITE, activated, litres, s

# ---- DMA_NIGHT


def day_of(flow_m3h: float) -> list[float]:
    """Half-hours of a local day with this flow from 02 to 04, and a lot by day."""
    return [4000.0] * 4 + [flow_m3h * 500] * 4 + [9000.0] * 40


def nights(story: Story, flows: list[float | None], first: int = 0) -> None:
    for n, flow in enumerate(flows, start=first):
        if flow is not None:
            litres(story, MIDNIGHT_MS + n * DAY * 1000, day_of(flow), "B-1")


def test_two_nights_far_over_the_median_are_a_leak_until_one_night_is_well() -> None:
    story = Story(SITE)
    nights(story, [1.0] * 14 + [2.0, 2.0])
    assert story.journal() == [("alarm.activated", NIGHT, s(MIDNIGHT_MS) + 16 * DAY)]
    alarm = story.state.alarms[NIGHT]
    assert (alarm.priority, alarm.detail) == ("P3", {"night_m3h": 2.0, "median_m3h": 1.0})
    nights(story, [1.3, 1.19], first=16)
    assert story.journal("alarm.returned") == [("alarm.returned", NIGHT, s(MIDNIGHT_MS) + 18 * DAY)]


@pytest.mark.parametrize(
    ("what", "flows"),
    [
        ("one night only", [1.0] * 14 + [2.0, 1.0]),
        ("two nights, a good one between", [1.0] * 14 + [2.0, 1.0, 2.0]),
        ("two nights, an unread one between", [1.0] * 14 + [2.0, None, 2.0]),
        ("just 1.5 times", [1.0] * 14 + [1.5, 1.5]),
        ("twice, but less than 0.3 m3/h more", [0.2] * 14 + [0.45, 0.45]),
        ("thirteen nights are no baseline", [1.0] * 13 + [3.0, 3.0]),
    ],
)
def test_what_is_no_night_leak(what: str, flows: list[float | None]) -> None:
    story = Story(SITE)
    nights(story, flows)
    assert story.journal() == []


def test_a_leak_of_a_month_is_not_got_used_to() -> None:
    story = Story(SITE)
    nights(story, [1.0] * 14 + [2.0] * 30)
    assert activated(story) == [NIGHT] and not story.journal("alarm.returned")
    nights(story, [1.0, 1.0, 2.0, 2.0], first=44)
    assert [type_ for type_, _, _ in story.journal("alarm.returned", "alarm.reactivated")] == [
        "alarm.returned",
        "alarm.reactivated",
    ]


def test_nights_in_any_order_and_twice_make_the_same_leak() -> None:
    story = Story(SITE)
    flows = [1.0] * 14 + [2.0, 2.0]
    order = [*range(14), 15, 3, 14, 15, 14]
    for offset, n in enumerate(order):
        data = {"start_ms": MIDNIGHT_MS + n * DAY * 1000, "volume_l": day_of(flows[n])}
        at_s, said_s = s(MIDNIGHT_MS) + 17 * DAY + offset, s(MIDNIGHT_MS) + (n + 1) * DAY
        story.tell("meter.intervals", "B-1", data, at_s=at_s, device_s=said_s, id_=f"night{n}")
    assert activated(story).count(NIGHT) == 1


def test_an_old_night_that_is_delivered_again_ends_no_leak() -> None:
    story = Story(SITE)
    nights(story, [1.0] * 20 + [2.0, 2.0])
    data, at_s = {"start_ms": MIDNIGHT_MS, "volume_l": day_of(1.0)}, s(MIDNIGHT_MS) + 22 * DAY + 60
    story.tell("meter.intervals", "B-1", data, at_s=at_s)
    assert activated(story) == [NIGHT] and not story.journal("alarm.returned")


def test_a_night_is_the_sites_own_and_daylight_saving_has_other_lengths() -> None:
    assert bulkwater.half_hours_of("2026-03-13", "Asia/Shanghai", bulkwater.Numbers()) == 4
    assert bulkwater.half_hours_of("2026-03-29", "Europe/Berlin", bulkwater.Numbers()) == 2
    assert bulkwater.half_hours_of("2026-10-25", "Europe/Berlin", bulkwater.Numbers()) == 6
    elsewhere = Story(msgspec.structs.replace(SITE, timezone="Europe/Berlin"))
    nights(elsewhere, [1.0] * 14 + [2.0, 2.0])
    assert elsewhere.journal() == [], "02-04 in Shanghai is the evening in Berlin"


# ---- WATER_BURST


def month(story: Story, days: int = 10, most: float = 5.0) -> float:
    """Ten days of samples at 21:14; returns the second at which the next day's story begins."""
    for n in range(days):
        story.tell("meter.reading", "B-1", {"flow_m3h": most}, at_s=n * DAY)
    return days * DAY


def flow(story: Story, begin_s: float, minutes: range, m3h: float) -> None:
    for minute in minutes:
        story.tell("meter.reading", "B-1", {"flow_m3h": m3h}, at_s=begin_s + 60 * minute)
        for second in range(10, 60, 10):
            story.tell("clock.tick", community="", at_s=begin_s + 60 * minute + second)


def test_three_times_the_greatest_of_that_hour_for_ten_minutes_is_a_burst() -> None:
    story = Story(SITE)
    begin_s = month(story)
    flow(story, begin_s, range(12), 15.5)
    assert story.journal() == [("alarm.activated", BURST, begin_s + 600)]
    assert story.state.alarms[BURST].priority == "P2"
    flow(story, begin_s, range(12, 20), 8.0)  # still above 1.5 times
    flow(story, begin_s, range(20, 55), 7.0)
    assert story.journal("alarm.returned") == [("alarm.returned", BURST, begin_s + 20 * 60 + 1800)]


def test_a_burst_that_begins_slowly_is_measured_by_the_days_before() -> None:
    story = Story(SITE)
    begin_s = month(story)
    flow(story, begin_s, range(5), 14.0)
    flow(story, begin_s, range(5, 17), 30.0)
    assert story.journal() == [("alarm.activated", BURST, begin_s + 300 + 600)]


@pytest.mark.parametrize(
    ("days", "usual", "minutes", "m3h"),
    [
        (10, 5.0, 9, 40.0),  # a tanker for nine minutes
        (10, 5.0, 30, 15.0),  # exactly three times
        (5, 5.0, 30, 40.0),  # five days are not yet a habit
        (10, 0.05, 30, 0.3),  # six times next to nothing
    ],
)
def test_what_is_no_burst(days: int, usual: float, minutes: int, m3h: float) -> None:
    story = Story(SITE)
    begin_s = month(story, days, usual)
    flow(story, begin_s, range(minutes), m3h)
    flow(story, begin_s, range(minutes, minutes + 5), usual)
    assert story.journal() == []


def test_one_sample_and_then_silence_is_no_burst_but_silence_ends_none() -> None:
    story = Story(SITE)
    begin_s = month(story)
    flow(story, begin_s, range(1), 40.0)
    story.ticks(int(begin_s) + 60, int(begin_s) + 900)
    assert story.journal() == []
    flow(story, begin_s, range(16, 30), 40.0)
    story.ticks(int(begin_s) + 1800, int(begin_s) + 6000)
    assert activated(story) == [BURST] and not story.journal("alarm.returned")


def test_a_burst_is_not_learned_as_usual() -> None:
    story = Story(SITE)
    begin_s = month(story)
    flow(story, begin_s, range(12), 40.0)
    flow(story, begin_s, range(12, 45), 5.0)
    flow(story, begin_s + DAY, range(12), 40.0)
    assert [type_ for type_, _, _ in story.journal("alarm.activated", "alarm.reactivated")] == [
        "alarm.activated",
        "alarm.reactivated",
    ]


@pytest.mark.parametrize(("meter", "held_s", "alarms"), [("W-1", 610, 1), ("W-1", 590, 0), ("E-1", 610, 0)])
def test_the_meters_own_flag_counts_when_it_lasts(meter: str, held_s: int, alarms: int) -> None:
    story = Story(SITE)
    story.tell("meter.flag", meter, {"flag": "burst", "active": True}, at_s=0)
    story.tell("meter.flag", meter, {"flag": "tamper", "active": False}, at_s=1)
    story.ticks(2, held_s)
    story.tell("meter.flag", meter, {"flag": "burst", "active": False}, at_s=held_s)
    assert len(story.journal("alarm.activated")) == alarms
