"""Events that nobody takes back end by themselves, when they have not been said again for so long."""

from __future__ import annotations

import pytest

from community.model import BadRecord
from community.systems import REDUCERS
from tests.community.story import Story, record

CAMERA = "C-3"
"""On the perimeter."""


def told(*words: tuple[int, dict[str, object]], until_s: int = 60) -> Story:
    """(second, what the camera says beside `event`), a tick a second."""
    story = Story()
    at = dict(words)
    for second in range(until_s + 1):
        story.ticks(second, second, "isapi")
        if second in at:
            said = {"event": "intrusion", "active": True, **at[second]}
            story.tell("camera.event", CAMERA, said, at_s=second)
    return story


def perimeter(story: Story) -> list[tuple[str, float]]:
    return [(type_, at_s) for type_, subject, at_s in story.journal() if subject == f"PERIMETER/{CAMERA}"]


def test_it_ends_ten_seconds_after_it_was_last_said() -> None:
    once = perimeter(told((2, {"lasts_s": 10})))
    assert once == [("alarm.activated", 3), ("alarm.returned", 22)]  # over at 12, and ten seconds of the off-delay
    again = perimeter(told((2, {"lasts_s": 10}), (9, {"lasts_s": 10}), (17, {"lasts_s": 10})))
    assert again == [("alarm.activated", 3), ("alarm.returned", 37)]


def test_what_is_taken_back_ends_then() -> None:
    assert perimeter(told((2, {"lasts_s": 30}), (5, {"active": False}))) == [
        ("alarm.activated", 3),
        ("alarm.returned", 15),
    ]


def test_what_says_nothing_of_its_end_stands() -> None:
    assert perimeter(told((2, {}), until_s=200)) == [("alarm.activated", 3)]
    assert perimeter(told((2, {"lasts_s": 10}), (8, {}), until_s=200)) == [("alarm.activated", 3)]


def test_it_may_come_again() -> None:
    story = perimeter(told((2, {"lasts_s": 10}), (40, {"lasts_s": 10}), until_s=80))
    assert [type_ for type_, _ in story] == [
        "alarm.activated",
        "alarm.returned",
        "alarm.reactivated",
        "alarm.returned",
    ]


def test_one_event_does_not_hold_the_other() -> None:
    story = told((2, {"lasts_s": 10}), (4, {"event": "motion", "lasts_s": 50}))
    assert perimeter(story) == [("alarm.activated", 3), ("alarm.returned", 22)]
    device = story.state.devices[CAMERA]
    assert device.memory["unended"].keys() == {"intrusion", "motion"}
    assert device.wakes == {}


@pytest.mark.parametrize("lasts_s", [0, -1, 3601, float("inf")])
def test_a_span_that_is_none(lasts_s: float) -> None:
    said = record("camera.event", CAMERA, {"event": "intrusion", "active": True, "lasts_s": 1}, offset=1)
    said.data["lasts_s"] = lasts_s
    with pytest.raises(BadRecord):
        REDUCERS["camera.event"][1].reduce(said)
