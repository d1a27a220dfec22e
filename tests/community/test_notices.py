"""Who is told of which alarm, when; care only with consent, and never a word of anybody's health."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from community.notices import STALE_MS, Guardian, Quiet, Rule, due, words
from community.site import Device
from tests.community.story import SITE, T0_MS, Story

WHO = "p-5bdde05846cd"

HOME = msgspec.structs.replace(
    SITE,
    devices=(
        Device("SOS-1", "sos", "button", "none", building="7", unit="2", room="1203"),
        Device("D-1", "access", "door", "none", area="北门"),
        Device(WHO, "care", "resident_alone", "none", building="3", unit="1", room="502"),
    ),
)
NOW = Rule("team", ("P1", "P2"))
LATER = Rule("boss", ("P1",), after_s=60)
NIGHT = Rule("team", ("P1", "P3"), quiet=Quiet(begins="21:00", ends="06:00"))


def pressed(at_s: float = 0) -> Story:
    story = Story(HOME)
    story.tell("sos.press", "SOS-1", {"press": "long"}, at_s=at_s)
    return story


def told(story: Story, rules: list[Rule], at_s: float, usable: tuple[str, ...] = ("team", "boss")) -> list[str]:
    return [notice.id for notice in due(story.state, rules, (), usable, T0_MS + round(1000 * at_s))]


@pytest.mark.parametrize(
    ("rule", "at_s", "channels"),
    [
        (NOW, 0, ["team"]),
        (NOW, 600, ["team"]),
        (NOW, STALE_MS / 1000 + 1, []),
        (LATER, 59, []),
        (LATER, 60, ["boss"]),
        (NIGHT, 0, ["team"]),  # it is 21:14, and no P1 respects the hours
        (Rule("team", ("P2",)), 0, []),
        (Rule("nobody", ("P1",)), 0, []),
    ],
)
def test_when(rule: Rule, at_s: float, channels: list[str]) -> None:
    assert [id_.split("/")[-2] for id_ in told(pressed(), [rule], at_s)] == channels


def test_whoever_has_acknowledged_stops_the_escalation_and_not_the_news() -> None:
    story = pressed()
    story.tell("command.alarm.acknowledge", "SOS/SOS-1", {"by": "post:control"}, at_s=30)
    assert len(told(story, [NOW, LATER], 90)) == 1
    assert told(story, [LATER], 90) == []


def test_quiet_hours_hold_back_what_is_no_p1() -> None:
    story = Story(HOME)
    for _ in range(5):
        story.tell("access.pass", "D-1", {"method": "card", "result": "denied", "reader": "r"}, at_s=1)
    assert [alarm.id for alarm in story.state.alarms.values()] == ["DOOR_AUTH"]
    assert told(story, [NIGHT], 2) == []
    assert len(told(story, [Rule("team", ("P3",))], 2)) == 1


def test_another_press_is_another_notice_and_the_same_is_the_same() -> None:
    story = pressed()
    first = told(story, [NOW], 1)
    assert first == told(story, [NOW], 5)
    story.tell("command.alarm.acknowledge", "SOS/SOS-1", {"by": "post:control"}, at_s=6)
    story.tell("command.alarm.reset", "SOS/SOS-1", {"by": "post:control"}, at_s=7)
    story.tell("sos.press", "SOS-1", {"press": "long"}, at_s=20)
    assert set(told(story, [NOW], 21)).isdisjoint(first)


def fallen(consent: bool | None) -> Story:
    story = Story(HOME)
    if consent is not None:
        story.tell("care.consent", WHO, {"given": consent}, at_s=0)
    story.tell("care.fall", WHO, {"fallen": True}, at_s=1)
    story.ticks(2, 70)
    return story


@pytest.mark.parametrize(
    ("consent", "guardian", "count"),
    [(True, None, 1), (True, True, 1), (True, False, 0), (None, None, 0), (False, True, 0)],
)
def test_a_guardian_is_told_while_there_is_a_consent(consent: bool | None, guardian: bool | None, count: int) -> None:
    """The resident's, and their own: who has withdrawn it is told nothing of an alarm that stands already."""
    story = fallen(consent)
    if guardian is not None:
        story.tell("care.consent", WHO, {"given": guardian, "category": "guardian"}, at_s=70.5)
    mine, other = Guardian(WHO, "team"), Guardian("3f0c7b1d-1111-4222-8333-444455556666", "team")
    notices: list[Any] = due(story.state, (), (mine, other), ("team",), T0_MS + 71_000)
    assert len(notices) == count
    for notice in notices:
        title, body = words(story.state, notice, "zh")
        assert "特殊关怀" in title and "3号楼1单元" in title
        assert not any(word in title + body for word in ("跌倒", "502", WHO[:8], "独居"))


def test_no_room_leaves_the_house() -> None:
    story = pressed()
    (notice,) = due(story.state, [NOW], (), ("team",), T0_MS)
    title, body = words(story.state, notice, "zh")
    assert title == "【紧急】一键求助 · 7号楼2单元" or title.startswith("【紧急】")
    assert "1203" not in title + body and body.startswith("花园 21:14:36")
    assert words(story.state, notice, "en")[0].startswith("【Critical】")
