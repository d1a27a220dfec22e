"""智能水电表: a tap that never closes, nights that use too much, bursts, meters that are lost."""

from __future__ import annotations

import random
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from community.model import BadRecord
from community.site import Device, Site, Source, Text
from community.systems import bulkwater
from community.systems.bulkwater import HALF_HOUR_MS
from tests.community.story import T0_MS, Story

SITE = Site(
    id="garden",
    name=Text("花园", "Garden"),
    sources=(Source("lora", Text("抄表", "Meters")),),
    devices=(
        Device("W-1", "meters", "water_meter", "lora", building="7", unit="2", room="1203"),
        Device("B-1", "meters", "bulk_meter", "lora_less"),
        Device("E-1", "meters", "power_meter", "lora_less"),
    ),
)
DAY = 86_400
LEAK, NIGHT, BURST, LOST = "LEAK_HOME/W-1", "DMA_NIGHT/B-1", "WATER_BURST/B-1", "METER_LOST/W-1"
MIDNIGHT_MS = int(datetime(2026, 3, 13, tzinfo=ZoneInfo("Asia/Shanghai")).timestamp() * 1000)
"""The first midnight of the stories."""


def s(ms: int) -> float:
    return (ms - T0_MS) / 1000


def litres(story: Story, start_ms: int, volumes: list[Any], meter: str = "W-1", late_s: float = 0, **more: Any) -> None:
    """A delivery, at the end of its last half-hour unless it is late."""
    end_s = s(start_ms + len(volumes) * HALF_HOUR_MS)
    data = {"start_ms": start_ms, "volume_l": volumes}
    story.tell("meter.intervals", meter, data, at_s=end_s + late_s, **more)


def activated(story: Story) -> list[str]:
    return [subject for _, subject, _ in story.journal("alarm.activated")]


# ---- LEAK_HOME


def test_water_in_all_half_hours_of_a_day_is_a_leak_until_one_is_dry() -> None:
    story = Story(SITE)
    litres(story, MIDNIGHT_MS, [0.5] * 48)
    assert story.journal() == [("alarm.activated", LEAK, s(MIDNIGHT_MS) + DAY)]
    alarm = story.state.alarms[LEAK]
    assert (alarm.priority, alarm.latched) == ("P3", False)
    litres(story, MIDNIGHT_MS + DAY * 1000, [0.5] * 30 + [0] + [0.5] * 17)
    assert story.journal("alarm.returned") == [("alarm.returned", LEAK, s(MIDNIGHT_MS) + 2 * DAY)]


def test_single_half_hours_make_a_leak_at_the_48th() -> None:
    story = Story(SITE)
    for n in range(50):
        litres(story, MIDNIGHT_MS + n * HALF_HOUR_MS, [2])
    assert story.journal() == [("alarm.activated", LEAK, s(MIDNIGHT_MS) + DAY)]


@pytest.mark.parametrize(
    ("what", "volumes"),
    [
        ("one dry half-hour", [0.5] * 47 + [0]),
        ("dry only in the first", [0] + [0.5] * 47),
        ("one that nobody read", [0.5] * 20 + [None] + [0.5] * 27),
        ("47 half-hours", [0.5] * 47),
        ("nobody at home", [0] * 48),
        ("nothing read at all", [None] * 48),
    ],
)
def test_what_is_no_leak(what: str, volumes: list[Any]) -> None:
    story = Story(SITE)
    litres(story, MIDNIGHT_MS, volumes)
    assert story.journal() == []


def test_the_bulk_meter_flows_always_and_is_no_leak() -> None:
    story = Story(SITE)
    litres(story, MIDNIGHT_MS, [900] * 48, "B-1")
    assert story.journal() == []


def test_days_that_are_missing_neither_end_a_leak_nor_make_one() -> None:
    story = Story(SITE)
    litres(story, MIDNIGHT_MS, [1] * 48)
    litres(story, MIDNIGHT_MS + 2 * DAY * 1000, [1] * 24)
    assert activated(story) == [LEAK] and not story.journal("alarm.returned")
    other = Story(SITE)
    litres(other, MIDNIGHT_MS, [1] * 30)
    litres(other, MIDNIGHT_MS + 2 * DAY * 1000, [1] * 30)
    assert other.journal() == []


@pytest.mark.parametrize("seed", range(6))
def test_half_hours_that_come_late_twice_and_in_any_order_make_the_same_leak(seed: int) -> None:
    rng = random.Random(seed)
    order = list(range(48)) + rng.choices(range(48), k=10)
    rng.shuffle(order)
    story = Story(SITE)
    for n in order:
        at_s = s(MIDNIGHT_MS) + DAY + 60
        data = {"start_ms": MIDNIGHT_MS + n * HALF_HOUR_MS, "volume_l": [1.5]}
        story.tell("meter.intervals", "W-1", data, at_s=at_s, device_s=at_s - 10 * (48 - n), id_=f"n{n}")
    assert activated(story) == [LEAK]
    assert story.state.devices["W-1"].memory["half_hours"] == {
        "last_ms": MIDNIGHT_MS + 47 * HALF_HOUR_MS,
        "flow": "1" * 48,
    }


def test_yesterdays_delivery_that_comes_after_todays_completes_the_day() -> None:
    story = Story(SITE)
    litres(story, MIDNIGHT_MS + 24 * HALF_HOUR_MS, [1] * 24)
    litres(story, MIDNIGHT_MS, [1] * 24, late_s=DAY, device_s=s(MIDNIGHT_MS) + DAY / 2)
    assert activated(story) == [LEAK]


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


@pytest.mark.parametrize(("kind", "alarms"), [("water_meter", 1), ("leak_sensor", 1), ("bulk_meter", 0), ("meter", 0)])
def test_the_meters_own_flag_of_a_leak_is_that_of_a_home(kind: str, alarms: int) -> None:
    meter = msgspec.structs.replace(SITE.devices[0], kind=kind)
    story = Story(msgspec.structs.replace(SITE, devices=(meter,)))
    story.tell("meter.flag", "W-1", {"flag": "leak", "active": False}, at_s=0)
    story.tell("meter.flag", "W-1", {"flag": "leak", "active": True}, at_s=10)
    assert story.journal() == [("alarm.activated", LEAK, 10)] * alarms
    story.tell("meter.flag", "W-1", {"flag": "tamper", "active": False}, at_s=20)
    story.tell("meter.flag", "W-1", {"flag": "leak", "active": False}, at_s=30)
    assert story.journal("alarm.returned") == [("alarm.returned", LEAK, 30)] * alarms


def test_a_flag_that_falls_ends_no_leak_that_the_half_hours_show() -> None:
    story = Story(SITE)
    litres(story, MIDNIGHT_MS, [0.5] * 48)
    story.tell("meter.flag", "W-1", {"flag": "leak", "active": True}, at_s=s(MIDNIGHT_MS) + DAY + 60)
    story.tell("meter.flag", "W-1", {"flag": "leak", "active": False}, at_s=s(MIDNIGHT_MS) + DAY + 120)
    assert not story.journal("alarm.returned")
    litres(story, MIDNIGHT_MS + DAY * 1000, [0.5] * 30 + [0] + [0.5] * 17)
    assert story.journal("alarm.returned") == [("alarm.returned", LEAK, s(MIDNIGHT_MS) + 2 * DAY)]


# ---- METER_LOST, battery


def beats(story: Story, from_s: int, to_s: int) -> None:
    for second in range(from_s, to_s, 10):
        story.tell("source.heartbeat", "lora", {}, at_s=second)


def test_a_meter_that_misses_three_reports_is_lost_until_one_comes() -> None:
    fast = msgspec.structs.replace(SITE.devices[0], period_s=600)
    story = Story(msgspec.structs.replace(SITE, devices=(fast,)))
    beats(story, 0, 10)
    story.tell("meter.reading", "W-1", {"volume_m3": 812.4}, at_s=0)
    beats(story, 10, 2000)
    assert story.journal() == [("alarm.activated", LOST, 1802)]
    assert story.state.alarms[LOST].priority == "P4"
    story.tell("meter.reading", "W-1", {"volume_m3": 812.6}, at_s=2005)
    assert story.journal("alarm.returned") == [("alarm.returned", LOST, 2005)]


def test_two_missed_reports_a_dead_feed_or_a_bulk_delivery_are_no_lost_meter() -> None:
    fast = msgspec.structs.replace(SITE.devices[0], period_s=600)
    story = Story(msgspec.structs.replace(SITE, devices=(fast,)))
    beats(story, 0, 10)
    story.tell("meter.reading", "W-1", {"volume_m3": 812.4}, at_s=0)
    beats(story, 10, 1790)
    story.tell("meter.reading", "W-1", {"volume_m3": 812.5}, at_s=1795)  # two were missed
    for second in range(1800, 9000, 15):  # the concentrator is away
        story.tell("clock.tick", community="", at_s=second)
    assert activated(story) == ["SOURCE_STALE/lora"]


def test_a_water_meter_reports_once_a_day_by_default() -> None:
    story = Story(SITE)
    story.tell("meter.reading", "B-1", {"volume_m3": 5}, at_s=0)
    story.tell("clock.tick", community="", at_s=3 * DAY + 1)
    assert story.journal() == []
    story.tell("clock.tick", community="", at_s=3 * DAY + 2)
    assert story.journal() == [("alarm.activated", "METER_LOST/B-1", 3 * DAY + 2)]


def test_a_meters_battery_is_that_of_every_device() -> None:
    story = Story(SITE)
    story.tell("device.battery", "W-1", {"battery_percent": 12}, at_s=0)
    story.ticks(3600, 3601)
    assert activated(story) == ["BATTERY_LOW/W-1"]


# ---- what is kept, what is refused


def test_an_undescribed_meter_is_kept_and_every_value_has_its_own_age() -> None:
    story = Story(SITE)
    story.tell("meter.reading", "X-9", {"energy_kwh": "812.5", "power_w": 300}, at_s=10)
    story.tell("meter.reading", "X-9", {"energy_kwh": 811, "voltage_v": 229}, at_s=11, device_s=5)
    device = story.state.devices["X-9"]
    assert (device.system, device.kind) == ("meters", "meter")
    assert device.values == {"energy_kwh": 812.5, "power_w": 300, "voltage_v": 229}
    litres(story, MIDNIGHT_MS, [1] * 48, "X-9")
    assert story.journal() == [], "whether it is a home's nobody has said"


@pytest.mark.parametrize(
    ("type_", "data", "reason"),
    [
        ("meter.intervals", {"volume_l": [1]}, "start_ms"),
        ("meter.intervals", {"start_ms": 1_773_000_000_001, "volume_l": [1]}, "start_ms"),
        ("meter.intervals", {"start_ms": MIDNIGHT_MS}, "neither volume_l nor energy_wh"),
        ("meter.intervals", {"start_ms": 0, "volume_l": [1] * 49}, "volume_l holds 49"),
        ("meter.intervals", {"start_ms": 0, "volume_l": []}, "volume_l holds 0"),
        ("meter.intervals", {"start_ms": 0, "volume_l": [1, 2], "energy_wh": [1]}, "energy_wh holds 1"),
        ("meter.intervals", {"start_ms": 0, "volume_l": [-1]}, "volume_l holds -1"),
        ("meter.intervals", {"start_ms": 0, "volume_l": ["much"]}, "volume_l"),
        ("meter.intervals", {"start_ms": MIDNIGHT_MS, "volume_l": [1]}, "own time"),
        ("meter.reading", {}, "no reading"),
        ("meter.reading", {"flow_m3h": -0.5}, "flow_m3h"),
        ("meter.reading", {"flow_m3h": "nan"}, "flow_m3h"),
        ("meter.reading", {"energy_kwh": "a lot"}, "energy_kwh"),
        ("meter.flag", {"flag": "", "active": True}, "flag"),
        ("meter.flag", {"flag": "burst"}, "active"),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(type_: str, data: dict[str, Any], reason: str) -> None:
    story = Story(SITE)
    with pytest.raises(BadRecord, match=reason):
        story.tell(type_, "W-1", data)
    assert story.state.devices == {}
