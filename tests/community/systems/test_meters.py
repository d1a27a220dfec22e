"""智能水电表: a tap that never closes, meters that are lost."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import pytest

from community.model import BadRecord
from community.systems.bulkwater import HALF_HOUR_MS
from tests.community.story import Story
from tests.community.systems.metering import DAY, LEAK, LOST, MIDNIGHT_MS, SITE, activated, litres, s

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
