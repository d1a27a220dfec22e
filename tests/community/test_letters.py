"""Dead letters of a feed: an alarm where somebody speaks and is not understood, none for one broken frame."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from community.board.naming import where
from community.model import BadRecord
from community.state import alarm_state
from tests.community.story import SITE, Story

KEY = "DEAD_LETTERS/isapi"


def told(story: Story, at_s: float, letters: int, feed: str = "isapi") -> None:
    story.tell("source.letters", feed, {"letters": letters, "window_s": 600}, at_s=at_s)


def test_it_begins_with_the_sites_number_and_ends_when_a_window_brought_none() -> None:
    story = Story()
    for at_s, letters in ((1, 1), (30, 4)):
        told(story, at_s, letters)
    assert story.journal() == []
    told(story, 60, 5)
    assert story.journal() == [("alarm.activated", KEY, 60)]
    assert story.state.alarms[KEY].detail == {"letters": 5}
    told(story, 400, 2)
    assert alarm_state(story.state.alarms[KEY]) == "unacknowledged", "fewer, and they still come"
    told(story, 700, 0)
    assert alarm_state(story.state.alarms[KEY]) == "returned"
    told(story, 800, 3)
    assert alarm_state(story.state.alarms[KEY]) == "returned", "three are none"


def test_a_site_may_bear_more_and_what_came_by_no_feed_is_the_logs() -> None:
    story = Story(replace(SITE, numbers={"common": {"letters_on": 50}}))
    told(story, 1, 49, "log")
    assert story.journal() == []
    told(story, 2, 50, "log")
    assert story.journal() == [("alarm.activated", "DEAD_LETTERS/log", 2)]
    assert (where(SITE, "log", "zh"), where(SITE, "log", "en")) == ("事件日志", "Event log")


@pytest.mark.parametrize(("feed", "data"), [("", {"letters": 1, "window_s": 1}), ("isapi", {"letters": -1}), ("x", {})])
def test_what_is_no_count_is_refused(feed: str, data: dict[str, int]) -> None:
    with pytest.raises(BadRecord):
        Story().tell("source.letters", feed, data)
