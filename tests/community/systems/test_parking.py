"""Barriers: what is a fault, what is only traffic, and who passed without a name."""

from __future__ import annotations

import random

import pytest

from community.freshness import freshness
from community.model import BadRecord
from community.site import Device, Site, Text, Threshold
from tests.community.story import T0_MS, Story

GATE = "G-1"
SITE = Site(
    id="garden", name=Text("花园", "Garden"), devices=(Device(GATE, "parking", "barrier", "gates", area="北门"),)
)

Said = tuple[float, dict[str, object]]


def told(*said: Said, until: int = 200, site: Site = SITE) -> Story:
    """What a barrier says at which second (in the order of its words); the clock ticks in between."""
    story = Story(site)
    waiting = list(said)
    for second in range(until + 1):
        story.tell("clock.tick", community="", at_s=second)
        while waiting and waiting[0][0] < second + 1:
            at_s, data = waiting.pop(0)
            own = {name: value for name, value in data.items() if name in ("device_s", "id_")}
            data = {name: value for name, value in data.items() if name not in own}
            type_ = "parking.barrier" if "barrier" in data else "parking.passage"
            story.tell(type_, GATE, data, at_s=at_s, **own)
    return story


def alarms(story: Story) -> list[tuple[str, float]]:
    return [(type_.removeprefix("alarm."), at_s) for type_, _, at_s in story.journal()]


OPEN, CLOSED, CLOSING = {"barrier": "open"}, {"barrier": "closed"}, {"barrier": "closing"}
FAULT = {"barrier": "fault", "fault_code": "boom_broken"}
CAR = {"direction": "in", "vehicle": "v-19c4e07b", "category": "resident", "result": "granted"}


def test_a_fault_that_lasts_a_minute_is_an_alarm_until_all_is_well_for_half_a_minute() -> None:
    story = told((1, CLOSED), (10, FAULT), (100, CLOSED))
    assert alarms(story) == [("activated", 70), ("returned", 130)]
    assert story.state.devices[GATE].values == {"barrier": "closed"}, "the code of a fault goes with it"
    alarm = story.state.alarms[f"GATE_FAULT/{GATE}"]
    assert (alarm.priority, alarm.detail) == ("P3", {"cause": "fault", "fault_code": "boom_broken"})


@pytest.mark.parametrize("words", [(OPEN,), (OPEN, CLOSING), (OPEN, CLOSING, FAULT)])
def test_a_barrier_that_does_not_close_in_a_minute_is_one_too(words) -> None:
    story = told((1, CLOSED), *((10 + 5 * n, word) for n, word in enumerate(words)))
    assert alarms(story) == [("activated", 70)]


def test_a_barrier_that_is_shut_for_less_than_half_a_minute_has_never_been_well() -> None:
    story = told((10, OPEN), (100, CLOSED), (129, OPEN), (150, CLOSED))
    assert alarms(story) == [("activated", 70), ("returned", 180)]


def test_an_acknowledged_fault_closes_by_itself() -> None:
    story = told((1, FAULT), until=70)
    story.tell("command.alarm.acknowledge", f"GATE_FAULT/{GATE}", {"by": "post:north"}, at_s=71)
    story.tell("parking.barrier", GATE, CLOSED, at_s=80)
    story.ticks(81, 110)
    assert alarms(story)[-2:] == [("returned", 110), ("closed", 110)] and not story.state.alarms


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("closed after 59 s", [(10, OPEN), (69, CLOSED)]),
        ("a fault of 59 s", [(10, FAULT), (69, CLOSED)]),
        ("two openings do not add up", [(10, OPEN), (60, CLOSED), (61, OPEN), (119, CLOSED)]),
        ("car behind car", [(10, OPEN), (50, CAR), (100, CAR), (150, CAR)]),
        ("car behind car, and the barrier repeats itself", [(10, OPEN), (50, CAR), (80, OPEN), (100, CAR), (150, CAR)]),
        ("held open by order", [(5, OPEN | {"mode": "held_open"}), (50, OPEN)]),
        ("ordered to stay open within the minute", [(5, OPEN), (50, OPEN | {"mode": "held_open"})]),
        ("a closing that is heard late", [(10, OPEN), (60, CLOSED | {"device_s": 20})]),
        ("an opening of before the closing", [(20, CLOSED), (21, OPEN | {"device_s": 10})]),
        ("the same opening once more", [(10, OPEN | {"id_": "o"}), (20, CLOSED),
         (30, OPEN | {"id_": "o", "device_s": 10})]),
        ("a word that nobody knows", [(10, {"barrier": "calibrating"})]),
        ("a car at a barrier that never said a word", [(10, CAR)]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_what_is_no_fault(what, said) -> None:
    assert alarms(told(*said)) == []


@pytest.mark.parametrize(
    ("what", "said", "due_s"),
    [
        ("after the last car the minute runs", [(10, OPEN), (50, CAR), (80, OPEN)], 110),
        ("a car of before the opening does not start it", [(8, CAR), (10, OPEN)], 70),
        ("cars that squeeze past a broken boom mend nothing", [(10, FAULT), (50, CAR)], 70),
        ("a car that is heard late counts at its own time", [(10, OPEN), (50, CAR | {"device_s": 30})], 90),
        ("a boom that breaks while it is held open", [(5, OPEN | {"mode": "held_open"}), (30, FAULT)], 90),
        ("back to automatic", [(5, OPEN | {"mode": "held_open"}), (90, OPEN | {"mode": "automatic"})], 150),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_when_the_minute_begins(what, said, due_s) -> None:
    assert alarms(told(*said)) == [("activated", due_s)]


def test_a_broken_boom_that_stands_open_is_the_same_alarm() -> None:
    story = told((10, FAULT), (100, OPEN), (150, CAR))
    assert alarms(story) == [("activated", 70)]
    assert story.state.alarms[f"GATE_FAULT/{GATE}"].detail == {"cause": "not_closed"}


def test_a_site_may_give_a_slow_barrier_more_time() -> None:
    slow = Site(id="garden", name=Text("x"), thresholds={"GATE_FAULT": Threshold(on_delay_s=90)})
    assert alarms(told((10, OPEN), site=slow)) == [("activated", 100)]


def test_the_last_vehicle_is_an_id_and_leaves_nothing_of_the_one_before() -> None:
    story = told((1, CLOSED), (10, CAR), (20, {"direction": "out"}), (21, CAR | {"device_s": 9}), until=22)
    values = story.state.devices[GATE].values
    assert values == {"barrier": "closed", "direction": "out", "passed_ms": T0_MS + 20_000}
    story.tell("parking.passage", GATE, CAR, at_s=30)
    assert story.state.devices[GATE].values["vehicle"] == "v-19c4e07b"


def test_any_order_and_any_duplicate_gives_the_same_barrier() -> None:
    rng = random.Random(5)
    sent = [("parking.barrier", {"barrier": rng.choice(("open", "closed", "closing"))}, n) for n in range(20)]
    sent += [("parking.passage", CAR | {"direction": rng.choice(("in", "out"))}, n) for n in range(20)]

    def values(order: list[int]) -> object:
        story = Story(SITE)
        for index in order:
            type_, data, own_s = sent[index]
            story.tell(type_, GATE, data, at_s=40, device_s=own_s, id_=f"sent-{index}")
        return story.state.devices[GATE].values, story.state.devices[GATE].stamps

    order = list(range(len(sent)))
    shuffled = order + order[::2]
    rng.shuffle(shuffled)
    assert values(shuffled) == values(order)


def test_a_silent_barrier_is_stale_but_no_alarm_of_its_own() -> None:
    story = told((1, CLOSED), until=200)
    assert freshness(story.state, story.state.devices[GATE]) == "stale" and alarms(story) == []


def test_a_barrier_that_nobody_described_is_kept_with_its_words() -> None:
    story = Story(SITE)
    story.tell("parking.barrier", "G-99", {"barrier": "calibrating", "mode": "night"}, at_s=1)
    story.tell("parking.passage", "G-99", {"category": "hearse"}, at_s=2)
    device = story.state.devices["G-99"]
    assert (device.system, device.kind, device.values["barrier"]) == ("parking", "barrier", "calibrating")
    assert (device.values["mode"], device.values["category"]) == ("night", "hearse")


@pytest.mark.parametrize(
    ("type_", "data", "reason"),
    [
        ("parking.barrier", {}, "barrier"),
        ("parking.barrier", {"barrier": ""}, "barrier must not be empty"),
        ("parking.barrier", {"barrier": 3}, "barrier"),
        ("parking.passage", {"direction": ["in"]}, "direction"),
        ("parking.passage", {"vehicle": "沪A12345"}, "vehicle"),
        ("parking.passage", {"vehicle": "A12345"}, "vehicle"),
        ("parking.passage", {"vehicle": "AB123CD"}, "vehicle"),
        ("parking.passage", {"vehicle": 12345678}, "vehicle"),
    ],
)
def test_what_cannot_be_read_or_looks_like_a_plate_is_refused_by_its_field(type_, data, reason) -> None:
    story = Story(SITE)
    with pytest.raises(BadRecord, match=reason):
        story.tell(type_, GATE, data)
    assert story.state.devices == {}
