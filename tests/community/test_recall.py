"""演示数据 on the wall: a record that tells the demo's first day before its log, once, and no other community."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from community.board import board
from community.demo import DEMO
from community.model import BadRecord
from community.recall import QUARTERS
from community.site import Device, Source, Text
from community.state import State
from community.systems.access import QUARTER_MS
from store.history.snapshots import state_bytes
from tests.community.story import SITE, T0_MS, Story

HOUR_MS = 3_600_000
GARDEN = replace(
    SITE,
    id=DEMO,
    name=Text("澜庭花园", "Lanting"),
    sources=(*SITE.sources, Source("doors", Text("门禁", "Doors"))),
    devices=(*SITE.devices, Device("D-1", "access", "door", "doors")),
)
"""T0 is 21:14 of 12 March."""

QUARTER = T0_MS // QUARTER_MS


def past(**other: Any) -> dict[str, Any]:
    """An SOS four hours before T0, a bin that was emptied an hour before it, passes in each quarter of an hour."""
    told = {
        "from_ms": T0_MS - 40 * HOUR_MS,
        "until_ms": T0_MS - 16_000,
        "quarter": QUARTER,
        "passes": [3, 40, None, 38, *[20] * (QUARTERS - 4)],
        "activations": [[T0_MS - 4 * HOUR_MS, "P1", "SOS/SOS-1"], [T0_MS - 2 * HOUR_MS, "P4", "BIN_FULL/B-1"]],
        "closed": [
            {"key": key, "priority": priority, "activated_ms": T0_MS - begun * HOUR_MS, "closed_ms": T0_MS - HOUR_MS}
            for key, priority, begun in (("BIN_FULL/B-1", "P4", 2), ("SOS/SOS-1", "P1", 4))
        ],
        "today": {
            "day": "2026-03-12",
            "alarms": 2,
            "acknowledged": 2,
            "acknowledge_sum_ms": 30_000,
            "cleared": 1,
            "clear_sum_ms": HOUR_MS,
        },
        "critical_ms": T0_MS - 4 * HOUR_MS,
    }
    return told | other


class Demo(Story):
    def __init__(self) -> None:
        super().__init__(GARDEN)

    def tell(self, type_: str, subject: str = "", data: dict[str, Any] | None = None, **more: Any) -> Any:
        return super().tell(type_, subject, data, community=DEMO, **more)

    def live(self, at_s: float) -> None:
        for source in GARDEN.sources:
            self.tell("source.heartbeat", source.id, {}, at_s=at_s)


def wall(state: State) -> dict[str, Any]:
    return board(state, "zh")


def test_a_first_start_shows_the_day_before_it_and_says_that_it_is_invented() -> None:
    demo = Demo()
    demo.live(0)
    before = wall(demo.state)
    assert not any(before["demo"].values()) and before["ribbon"]["marks"] == [] and before["passes"]["counts"] == []
    demo.live(20)
    demo.tell("demo.past", data=past(), at_s=20)
    shown = wall(demo.state)
    assert shown["demo"] == {"ribbon": True, "recent": True, "today": True}
    assert shown["ribbon"]["marks"] == [[T0_MS - 4 * HOUR_MS, 1, 0], [T0_MS - 2 * HOUR_MS, 4, 0]]
    assert shown["passes"]["counts"][-4:] == [20, 38, None, 40] and len(shown["passes"]["counts"]) == QUARTERS - 2
    assert [words for *_, words in shown["passes"]["gaps"]] == ["缺 15 分"]
    assert [row["what"].partition(" ·")[0] for row in shown["recent"]] == ["垃圾桶满", "一键报警"]
    assert [figure["value"] for figure in shown["today"]] == ["2", "15秒", "1时00分"]
    for feed in ("isapi", "piles", "doors"):
        assert demo.state.sources[feed].gaps == ()
    assert shown["verdict"]["right"] == "4 小时" and shown["verdict"]["line"].startswith("已平稳 1 小时 0 分")


def test_what_happens_after_it_is_added_to_it() -> None:
    demo = Demo()
    demo.live(0)
    demo.tell("sos.press", "SOS-1", {"press": "short"}, at_s=5)
    demo.tell("access.pass", "D-1", {"method": "face", "result": "granted"}, at_s=6)
    demo.tell("command.alarm.acknowledge", "SOS/SOS-1", {"by": "post:control"}, at_s=10)
    demo.tell("demo.past", data=past(), at_s=20)
    state = demo.state
    assert [one.at_ms for one in state.activations] == [T0_MS - 4 * HOUR_MS, T0_MS - 2 * HOUR_MS, T0_MS + 5000]
    assert (state.today.alarms, state.today.acknowledged, state.critical_ms) == (3, 3, T0_MS + 5000)
    demo.tell("command.alarm.reset", "SOS/SOS-1", {"by": "post:control", "reason": "true"}, at_s=30)
    assert [one.key for one in state.recent] == ["SOS/SOS-1", "BIN_FULL/B-1", "SOS/SOS-1"]
    for second in range(30, 61, 10):
        demo.live(second)
    counts = wall(state)["passes"]["counts"]
    assert counts[-1] == 4, "three before the start and one after it, in one quarter of an hour"
    demo.tell("clock.tick", at_s=3 * 3600)
    assert wall(state)["demo"] == {"ribbon": True, "recent": True, "today": False}, "midnight is past"
    demo.tell("clock.tick", at_s=25 * 3600)
    assert wall(state)["demo"]["ribbon"] is False and state.activations


def test_it_is_told_once_and_a_replay_gives_the_same_bytes() -> None:
    demo = Demo()
    demo.live(0)
    demo.tell("demo.past", data=past(), at_s=20)
    changes = demo.tell("demo.past", data=past(passes=[99] * 9), at_s=20)
    assert not (changes.activations or changes.closed or changes.today or changes.past)
    again = Demo()
    for record in demo.records:
        again.fold(record)
    assert state_bytes(again.state) == state_bytes(demo.state)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (past(until_ms=T0_MS + 3 * HOUR_MS), "end before the log begins"),
        (past(from_ms=T0_MS), "begin before it ends"),
        (past(passes=[1] * (QUARTERS + 1)), "quarters of an hour"),
        (past(today={"day": 3}), "today"),
        ({}, "from_ms"),
    ],
)
def test_it_cannot_speak_of_what_the_log_knows_itself(data: dict[str, Any], why: str) -> None:
    demo = Demo()
    demo.live(0)
    with pytest.raises(BadRecord, match=why):
        demo.tell("demo.past", data=data, at_s=7 * 24 * 3600)
    assert demo.state.past is None


def test_nobody_invents_the_past_of_a_real_community() -> None:
    story = Story()
    with pytest.raises(BadRecord, match="real community"):
        story.tell("demo.past", data=past())
    assert msgspec.json.encode(wall(story.state)["demo"]) == b'{"ribbon":false,"recent":false,"today":false}'
