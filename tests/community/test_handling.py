"""Taking, assigning, commenting, closing: one outcome where two act at once, and a verdict on every end."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from community.place import Post, Text
from tests.community.story import SITE, Story

SOS = "SOS/SOS-1"
LI = {"by": "post:control", "person": "staff:0000000a"}
WANG = {"by": "post:control", "person": "staff:0000000b"}
GATE = {"by": "post:gate", "person": "staff:0000000c"}


def pressed() -> Story:
    story = Story()
    story.tell("sos.press", "SOS-1", {"press": "long"}, at_s=0)
    return story


def order(story: Story, what: str, at_s: float, **data: Any) -> tuple[str, str]:
    """The last thing that the journal has of it: its type, and why where it was refused."""
    before = len(story.entries)
    story.tell(f"command.alarm.{what}", SOS, data, at_s=at_s)
    new = story.entries[before:]
    return (new[-1].type, new[-1].data.get("reason", "")) if new else ("", "")


def test_taking_acknowledges_and_says_who_has_it() -> None:
    story = pressed()
    assert order(story, "take", 5, **LI) == ("alarm.taken", "")
    alarm = story.state.alarms[SOS]
    assert (alarm.acknowledged, alarm.owner, alarm.owner_person, alarm.work) == (
        *(True, "post:control", LI["person"], "working"),
    )
    assert [e.type for e in story.entries[-2:]] == ["alarm.acknowledged", "alarm.taken"]
    assert all(e.data["person"] == LI["person"] for e in story.entries[-2:])


def test_of_two_who_take_it_at_once_the_first_has_it_and_the_second_is_told() -> None:
    story = pressed()
    occurrence = story.state.alarms[SOS].occurrence
    assert order(story, "take", 5, **LI, occurrence=occurrence)[0] == "alarm.taken"
    for second in (WANG, GATE):
        refused = order(story, "take", 5.1, **second, occurrence=occurrence)
        assert refused == ("command.refused", "post:control has taken it")
    assert story.state.alarms[SOS].owner_person == LI["person"]
    assert order(story, "take", 6, **LI) == ("command.refused", "it is in your hands already")
    assert order(story, "take", 7, **LI, work="on_scene")[0] == "alarm.taken"
    assert order(story, "take", 8, **GATE, instead_of="post:control")[0] == "alarm.taken"
    assert (story.state.alarms[SOS].owner, story.state.alarms[SOS].work) == ("post:gate", "working")


def test_assigning_is_for_what_somebody_has_seen_and_to_a_post_that_is_there() -> None:
    story = pressed()
    assert order(story, "assign", 1, **LI, to="post:gate") == ("command.refused", "acknowledge it first")
    order(story, "take", 2, **LI)
    stale = order(story, "assign", 3, **WANG, to="post:gate")
    assert stale == ("command.refused", "it is in the hands of post:control now")
    assert order(story, "assign", 4, **LI, to="post:gate", instead_of="post:control")[0] == "alarm.assigned"
    alarm = story.state.alarms[SOS]
    assert (alarm.owner, alarm.owner_person, alarm.work) == ("post:gate", "", "")
    assert order(story, "take", 5, **GATE)[0] == "alarm.taken"

    with_posts = Story(msgspec.structs.replace(SITE, posts=(Post("post:gate", Text("门岗", "Gate")),)))
    with_posts.tell("sos.press", "SOS-1", {"press": "long"}, at_s=0)
    order(with_posts, "take", 1, **LI)
    nobody = order(with_posts, "assign", 2, **LI, to="post:moon", instead_of="post:control")
    assert nobody == ("command.refused", "there is no post:moon here")


def test_a_new_press_is_nobodys_yet() -> None:
    story = pressed()
    order(story, "take", 5, **LI)
    story.tell("sos.press", "SOS-1", {"press": "long"}, at_s=30)
    alarm = story.state.alarms[SOS]
    assert (alarm.acknowledged, alarm.owner, alarm.work) == (False, "", "")
    old = order(story, "close", 31, **LI, verdict="mistake", occurrence="SOS/SOS-1@0")
    assert old[0] == "command.refused" and "come again" in old[1]


@pytest.mark.parametrize("verdict", ["true", "benign", "mistake", "false_rule", "false_data", "test", "undetermined"])
def test_closing_says_what_it_was(verdict: str) -> None:
    story = pressed()
    assert order(story, "close", 1, **LI, verdict=verdict) == ("command.refused", "acknowledge it first")
    order(story, "take", 2, **LI)
    assert order(story, "close", 90, **LI, verdict=verdict, reason="asked at the door")[0] == "alarm.closed"
    last = story.entries[-1]
    assert (last.data["verdict"], last.data["reason"], last.data["by"]) == (verdict, "asked at the door", LI["by"])
    assert SOS not in story.state.alarms
    assert order(story, "close", 91, **WANG, verdict="test")[0] == "alarm.judged", "the verdict may come later"
    assert story.state.recent[0].key == SOS


def test_what_a_device_still_says_is_not_closed_by_hand() -> None:
    story = Story()
    story.tell("camera.event", "C-1", {"event": "black", "active": True}, at_s=0)
    story.ticks(1, 60, "isapi")
    key = "CAM_BLACK/C-1"
    story.tell("command.alarm.take", key, LI, at_s=61)
    story.tell("command.alarm.close", key, {**LI, "verdict": "true"}, at_s=62)
    assert story.entries[-1].data["reason"] == "its cause is still there"
    assert story.state.alarms[key].owner == "post:control"


def test_a_comment_changes_nothing_but_the_journal() -> None:
    story = pressed()
    before = story.state.alarms[SOS]
    assert order(story, "comment", 3, **LI, text="  ")[0] == "command.refused"
    assert order(story, "comment", 4, **LI, text="钥匙在物业中心")[0] == "alarm.commented"
    assert story.entries[-1].data["text"] == "钥匙在物业中心" and story.state.alarms[SOS] == before
    story.tell("command.alarm.comment", "SOS/SOS-2", {**LI, "text": "x"}, at_s=5)
    assert story.entries[-1].type == "command.refused"
