"""智能垃圾桶: full until emptied, hot by level or by rate; the sun and a noisy sensor are no fire."""

from __future__ import annotations

import pytest

from community.model import BadRecord
from community.site import Device, Site, Source, Text
from community.systems import bins
from tests.community.story import T0_MS, Story

BIN = "B-1"
FULL, FIRE = f"BIN_FULL/{BIN}", f"BIN_FIRE/{BIN}"
MINUTE = 60
SITE = Site(
    id="garden",
    name=Text("花园", "Garden"),
    sources=(Source("lora", Text("无线", "LoRaWAN")),),
    devices=(Device(BIN, "bins", "bin", "lora", area="南门"),),
)


@pytest.fixture
def story() -> Story:
    return Story(SITE)


def say(story: Story, at_s: float, /, device_s: float | None = None, id_: str = "", **data: object) -> None:
    story.tell("bin.status", BIN, data, at_s=at_s, device_s=device_s, id_=id_)


def tick(story: Story, at_s: float) -> None:
    story.tell("clock.tick", community="", at_s=at_s)


def alarms(story: Story, key: str, *types: str) -> list[tuple[str, float]]:
    return [(type_, at_s) for type_, subject, at_s in story.journal(*types) if subject == key]


def test_a_bin_is_full_after_ten_minutes_at_eighty_percent_until_it_has_been_emptied(story) -> None:
    say(story, 0, fill_percent=79.9)
    say(story, 30 * MINUTE, fill_percent=80)
    tick(story, 50 * MINUTE)
    assert story.state.alarms[FULL].priority == "P4"
    for half_hour, fill_percent in ((2, 60), (3, 85), (4, 31)):  # somebody presses it down
        say(story, 30 * MINUTE * half_hour, fill_percent=fill_percent)
    assert story.journal() == [("alarm.activated", FULL, 40 * MINUTE)]
    say(story, 150 * MINUTE, fill_percent=30)
    assert alarms(story, FULL, "alarm.returned") == [("alarm.returned", 150 * MINUTE)]


def test_an_overfull_bin_is_a_p3_until_it_has_been_emptied_and_then_again(story) -> None:
    say(story, 0, fill_percent=85)
    tick(story, 11 * MINUTE)
    say(story, 30 * MINUTE, fill_percent=95)
    assert story.state.alarms[FULL].priority == "P3"
    say(story, 31 * MINUTE, fill_percent=94)
    say(story, 32 * MINUTE, fill_percent=96)
    assert story.state.alarms[FULL].priority == "P3"
    assert alarms(story, FULL) == [("alarm.activated", 10 * MINUTE), ("alarm.reactivated", 30 * MINUTE)]
    story.tell("command.alarm.acknowledge", FULL, {"by": "post:control"}, at_s=33 * MINUTE)
    say(story, 60 * MINUTE, fill_percent=5)
    assert FULL not in story.state.alarms
    say(story, 90 * MINUTE, fill_percent=82)
    tick(story, 101 * MINUTE)
    assert story.state.alarms[FULL].priority == "P4"


@pytest.mark.parametrize(
    ("why", "told"),
    [
        ("just under", [(0, {"fill_percent": 79.9})]),
        ("a bag on its way down", [(0, {"fill_percent": 90}), (9 * MINUTE, {"fill_percent": 20})]),
        ("the deadband is not the threshold", [(0, {"fill_percent": 90}), (5 * MINUTE, {"fill_percent": 60})]),
        ("it lies on its side", [(0, {"fill_percent": 100, "tilted": True})]),
        ("only a distance", [(0, {"distance_mm": 90})]),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_what_is_no_full_bin(story, why, told) -> None:
    for at_s, data in told:
        say(story, at_s, **data)
    tick(story, 20 * MINUTE)
    assert not story.entries, why


def test_a_full_bin_on_its_side_is_being_emptied_and_not_yet_empty(story) -> None:
    say(story, 0, fill_percent=90, tilted=False)
    tick(story, 10 * MINUTE)
    say(story, 20 * MINUTE, fill_percent=3, tilted=True)
    assert story.state.alarms[FULL].active
    say(story, 21 * MINUTE, fill_percent=4, tilted=False)
    assert alarms(story, FULL, "alarm.returned") == [("alarm.returned", 21 * MINUTE)]


def test_an_older_fill_that_comes_late_or_twice_changes_nothing(story) -> None:
    say(story, 100, fill_percent=10)
    say(story, 101, 20, fill_percent=99)
    say(story, 102, 100, id_="r1", fill_percent=10)
    tick(story, 20 * MINUTE)
    assert not story.state.alarms and story.state.devices[BIN].values == {"fill_percent": 10}


def test_a_bin_of_sixty_degrees_burns_until_it_has_been_cool_for_ten_minutes(story) -> None:
    say(story, 0, temperature_c=35)
    say(story, 1800, temperature_c=60)
    assert story.state.alarms[FIRE].priority == "P2"
    say(story, 1900, temperature_c=50)  # within the deadband
    say(story, 2000, temperature_c=45)
    say(story, 2500, temperature_c=46)
    say(story, 2600, temperature_c=44)
    tick(story, 3300)
    assert alarms(story, FIRE) == [("alarm.activated", 1800), ("alarm.returned", 3200)]


@pytest.mark.parametrize(
    ("why", "curve", "at_s"),
    [
        ("ten degrees within a minute", [(0, 25), (60, 35)], 60),
        ("in small steps", [(0, 25), (15, 28), (30, 31), (45, 33), (55, 35.5)], 55),
        ("over three minutes", [(0, 20), (180, 50)], 180),
        ("after a long calm", [(0, 20), (1800, 21), (1830, 33)], 1830),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_a_bin_that_warms_like_a_fire_burns_below_sixty_degrees(story, why, curve, at_s) -> None:
    for second, celsius in curve:
        say(story, second, temperature_c=celsius)
    assert alarms(story, FIRE) == [("alarm.activated", at_s)], why


@pytest.mark.parametrize(
    ("why", "curve"),
    [
        ("just under sixty", [(0, 55), (60, 59.9)]),
        ("a noisy sensor", [(0, 25), (1, 25.6), (2, 24.9), (3, 25.5), (4, 25)]),
        ("noise of nine degrees", [(0, 25), (1, 34.9), (2, 25)]),
        ("the sun", [(0, 25), (60, 30), (120, 36), (180, 42), (240, 48), (300, 53)]),
        ("a half-hour of sun", [(0, 20), (1800, 58)]),
        ("it cools", [(0, 55), (30, 20)]),
        ("its first word", [(0, 59)]),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_what_is_no_fire(story, why, curve) -> None:
    for second, celsius in curve:
        say(story, second, temperature_c=celsius)
    tick(story, 3600)
    assert not story.entries, why


def test_a_fire_found_by_its_rate_ends_when_the_bin_stays_cool(story) -> None:
    say(story, 0, temperature_c=10)
    say(story, 60, temperature_c=25)
    say(story, 90, fill_percent=40)
    assert story.state.alarms[FIRE].condition, "the fill says nothing of the fire"
    assert len(story.state.devices[BIN].memory["warming"]["samples"]) == 2
    say(story, 120, temperature_c=26)
    tick(story, 900)
    assert alarms(story, FIRE) == [("alarm.activated", 60), ("alarm.returned", 720)]


def test_samples_that_come_late_or_twice_make_no_rate(story) -> None:
    say(story, 100, 100, id_="a", temperature_c=25)
    say(story, 101, 60, temperature_c=5)
    say(story, 102, 100, id_="a", temperature_c=25)
    say(story, 105, 105, temperature_c=25.5)
    assert not story.entries
    assert story.state.devices[BIN].memory["warming"]["samples"] == [[T0_MS + 100_000, 25], [T0_MS + 105_000, 25.5]]


def test_what_is_remembered_of_a_bin_has_an_end(story) -> None:
    for second in range(100):
        say(story, second, temperature_c=20 + second % 2)
    assert len(story.state.devices[BIN].memory["warming"]["samples"]) == bins.SAMPLES
    say(story, 5000, temperature_c=20)
    assert len(story.state.devices[BIN].memory["warming"]["samples"]) == 1


def test_a_bin_that_nobody_has_described_is_kept_and_heard(story) -> None:
    story.tell("bin.status", "B-99", {"temperature_c": "71.5", "tilted": True})
    device = story.state.devices["B-99"]
    assert (device.system, device.kind) == ("bins", "bin")
    assert device.values == {"temperature_c": 71.5, "tilted": True}
    assert story.state.alarms["BIN_FIRE/B-99"].active


@pytest.mark.parametrize(
    ("data", "names"),
    [
        ({}, "fill_percent"),
        ({"fill_percent": 101}, "fill_percent"),
        ({"fill_percent": -0.1}, "fill_percent"),
        ({"fill_percent": "full"}, "fill_percent"),
        ({"temperature_c": "nan"}, "temperature_c"),
        ({"tilted": "a little"}, "tilted"),
        ({"distance_mm": -5}, "distance_mm"),
    ],
)
def test_what_cannot_be_read_is_refused_by_its_field(story, data, names) -> None:
    with pytest.raises(BadRecord, match=names):
        say(story, 0, **data)
