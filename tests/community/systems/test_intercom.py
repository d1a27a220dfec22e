"""Calls at a panel: who answers, who opens, and who stands at the door for half a minute."""

from __future__ import annotations

import itertools

import pytest

from community.model import BadRecord
from community.site import Device, Site, Text, Threshold
from community.state import alarm_state
from tests.community.story import T0_MS, Story

PANEL = "I-1"
SITE = Site(
    id="garden",
    name=Text("花园", "Garden"),
    devices=(Device(PANEL, "intercom", "panel", "intercoms", building="7", unit="2"),),
)


def told(*phases: tuple[float, dict[str, object]], until: int = 120, site: Site = SITE) -> Story:
    """A call `c1` that rings at the guard unless its phases say otherwise; the clock ticks every second."""
    story = Story(site)
    waiting = sorted(phases, key=lambda phase: phase[0])
    for second in range(until + 1):
        story.tell("clock.tick", community="", at_s=second)
        while waiting and waiting[0][0] < second + 1:
            at_s, said = waiting.pop(0)
            more = {name: said[name] for name in ("device_s", "id_") if name in said}
            data = {name: value for name, value in said.items() if name not in more}
            story.tell("intercom.call", PANEL, {"call": "c1", **data}, at_s=at_s, **more)
    return story


def alarms(story: Story) -> list[tuple[str, float]]:
    return [(type_.removeprefix("alarm."), at_s) for type_, _, at_s in story.journal()]


def calls(story: Story) -> list[tuple[str, str]]:
    return [(call["call"], call["outcome"]) for call in story.state.devices[PANEL].memory["calls"]["calls"]]


HOME = {"phase": "ringing", "rings": "home", "caller": "visitor"}
GUARD = {"phase": "ringing", "rings": "guard", "caller": "courier"}
ANSWERED = {"phase": "answered", "answered_by": "guard"}
OPENED = {"phase": "opened", "opened_by": "speaker"}
ENDED = {"phase": "ended"}


def test_a_call_that_nobody_answers_at_the_guard_is_an_alarm_until_somebody_does() -> None:
    story = told((1, HOME), (20, GUARD), (70, ANSWERED), (75, OPENED), (80, ENDED))
    assert alarms(story) == [("activated", 50), ("returned", 70)]
    alarm = story.state.alarms[f"CALL_UNANSWERED/{PANEL}"]
    assert (alarm.priority, alarm.detail, alarm_state(alarm)) == ("P3", {"caller": "courier"}, "returned")


def test_a_visitor_who_gives_up_ends_it_too() -> None:
    story = told((1, GUARD), (40, ENDED))
    assert alarms(story) == [("activated", 31), ("returned", 40)]
    assert calls(story) == [("c1", "missed")]


def test_an_alarm_that_was_acknowledged_closes_with_the_call() -> None:
    story = told((1, GUARD), until=35)
    story.tell("command.alarm.acknowledge", f"CALL_UNANSWERED/{PANEL}", {"by": "post:control"}, at_s=36)
    story.tell("intercom.call", PANEL, {"call": "c1", **OPENED}, at_s=37)
    assert alarms(story)[-1] == ("closed", 37) and not story.state.alarms


@pytest.mark.parametrize(
    ("what", "phases"),
    [
        ("answered after 29 s", [(1, GUARD), (30, ANSWERED)]),
        ("opened at once, without a word", [(1, GUARD), (29, OPENED)]),
        ("given up after 29 s", [(1, GUARD), (30, ENDED)]),
        ("it rings at home, however long", [(1, HOME), (60, HOME), (110, ENDED)]),
        ("a minute at home, then 20 s at the guard", [(1, HOME), (61, GUARD), (81, ANSWERED)]),
        ("two calls of 20 s each", [(1, GUARD), (21, ENDED), (25, GUARD | {"call": "c2"}),
         (45, ENDED | {"call": "c2"})]),
        ("the end of the first was lost", [(1, GUARD), (25, GUARD | {"call": "c2"}), (50, ENDED | {"call": "c2"})]),
        ("from the guard back to the flat", [(1, GUARD), (20, HOME), (100, ANSWERED)]),
        ("a ring that comes after its answer", [(10, ANSWERED), (11, GUARD | {"device_s": 1})]),
        ("answered within the second in which it rang", [(1, ANSWERED | {"id_": "a"}), (1.5, GUARD | {"device_s": 1})]),
        ("the ring delivered again after the end", [(1, GUARD | {"id_": "r"}), (20, ENDED),
         (60, GUARD | {"id_": "r", "device_s": 1})]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_what_is_no_unanswered_call(what, phases) -> None:
    assert alarms(told(*phases)) == []


def test_a_panel_that_repeats_its_ring_does_not_begin_anew() -> None:
    assert alarms(told((1, GUARD), (10, GUARD), (20, GUARD), (40, ENDED)))[0] == ("activated", 31)


def test_a_call_after_which_another_began_was_missed() -> None:
    story = told((1, HOME), (10, HOME | {"call": "c2"}), (15, ANSWERED | {"call": "c2"}), until=20)
    assert calls(story) == [("c1", "missed"), ("c2", "answered")]


def test_the_thirty_seconds_of_a_second_call_are_its_own() -> None:
    assert alarms(told((1, GUARD), (25, GUARD | {"call": "c2"}), (60, ENDED | {"call": "c2"}))) == [
        ("activated", 55),
        ("returned", 60),
    ]


def test_a_call_that_is_handed_to_the_guard_rings_anew() -> None:
    story = told((1, HOME), (5, ANSWERED | {"answered_by": "resident"}), (15, GUARD), (60, ENDED))
    assert alarms(story) == [("activated", 45), ("returned", 60)]
    assert calls(story) == [("c1", "answered")]


def test_a_call_whose_end_is_lost_has_ended_after_three_minutes() -> None:
    story = told((1, GUARD), until=200)
    assert alarms(story) == [("activated", 31), ("returned", 181)]
    assert calls(story) == [("c1", "missed")]


def test_a_site_may_give_its_guard_a_minute() -> None:
    patient = Site(id="garden", name=Text("x"), thresholds={"CALL_UNANSWERED": Threshold(on_delay_s=60)})
    assert alarms(told((1, GUARD), (50, ANSWERED), site=patient)) == []
    assert alarms(told((1, GUARD), (70, ANSWERED), site=patient))[0] == ("activated", 61)


def test_in_whatever_order_the_phases_come_the_call_is_the_same() -> None:
    phases = [(1, GUARD), (10, ANSWERED), (12, OPENED), (20, ENDED)]
    expected = None
    for order in itertools.permutations([*phases, phases[0]]):
        story = Story(SITE)
        for own_s, said in order:
            data = {"call": "c1", **said}
            story.tell("intercom.call", PANEL, data, at_s=25, device_s=own_s, id_=f"p{own_s:02}")
        device = story.state.devices[PANEL]
        (call,) = device.memory["calls"]["calls"]
        assert alarms(story) == []
        assert (call["outcome"], call["phase"], call["ms"]) == ("opened", "ended", T0_MS + 1_000)
        expected = expected or device.values
        assert device.values == expected


def test_the_last_eight_calls_are_kept_with_what_became_of_them() -> None:
    story = Story(SITE)
    for n in range(12):
        call, at_s = f"c{n:02}", 10 * n
        story.tell("intercom.call", PANEL, {**HOME, "call": call, "caller": "takeaway"}, at_s=at_s)
        for after, said in ((2, ANSWERED), (4, OPENED))[: n % 3]:
            story.tell("intercom.call", PANEL, {**said, "call": call}, at_s=at_s + after)
        story.tell("intercom.call", PANEL, {**ENDED, "call": call}, at_s=at_s + 6)
    outcomes = ("missed", "answered", "opened")
    assert calls(story) == [(f"c{n:02}", outcomes[n % 3]) for n in range(4, 12)]
    last = story.state.devices[PANEL].memory["calls"]["calls"][-1]
    assert (last["caller"], last["by"]) == ("takeaway", "speaker")
    story.tell("intercom.call", PANEL, {**GUARD, "call": "c00"}, at_s=130, device_s=0)
    assert calls(story)[0][0] == "c04", "one of long ago does not come back"


def test_what_nobody_described_is_kept_with_its_words() -> None:
    story = Story(SITE)
    story.tell("intercom.call", "I-99", {"call": 7, "phase": "transferred", "caller": "robot"}, at_s=1)
    device = story.state.devices["I-99"]
    assert (device.system, device.kind) == ("intercom", "panel")
    assert device.values == {"call": "7", "phase": "transferred", "caller": "robot"}
    assert "calls" not in device.memory


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({"phase": "ringing"}, "call"),
        ({"call": "c1"}, "phase"),
        ({"call": "", "phase": "ringing"}, "call must not be empty"),
        ({"call": "c1", "phase": ""}, "phase must not be empty"),
        ({"call": "c1", "phase": "ringing", "rings": ["home"]}, "rings"),
    ],
)
def test_what_cannot_be_read_is_refused_by_its_field(data, reason) -> None:
    story = Story(SITE)
    with pytest.raises(BadRecord, match=reason):
        story.tell("intercom.call", PANEL, data)
    assert story.state.devices == {}
