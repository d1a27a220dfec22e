"""The curve of passes: counted once each, whole quarters only, nothing before the first that is known."""

from __future__ import annotations

from typing import Any

from community.board import Lens, board, diff
from community.systems.access import QUARTER_MS, QUARTERS, counted
from tests.community.story import T0_MS
from tests.layouts.garden import Garden

QUARTER_S = QUARTER_MS // 1000
AT_S = QUARTER_S - (T0_MS // 1000) % QUARTER_S
"""The first quarter of an hour after T0 begins."""


def passes(garden: Garden, *at_s: float, door: str = "D-1", **more: Any) -> None:
    for second in at_s:
        result = more.pop("result", "granted")
        garden.tell("access.pass", door, {"method": "face", "result": result}, at_s=second, **more)


def curve(garden: Garden) -> list[int]:
    return list(board(garden.state, "zh")["passes"]["counts"])


def test_a_quarter_is_shown_when_it_is_whole_and_summed_over_doors() -> None:
    garden = Garden()
    passes(garden, AT_S + 1, AT_S + 2, AT_S + 100)
    passes(garden, AT_S + 3, door="D-2")
    passes(garden, AT_S + 4, result="denied")
    assert curve(garden) == []
    assert board(garden.state, "zh")["passes"]["what"] == "告警"
    garden.live(AT_S + QUARTER_S)
    shown = board(garden.state, "zh")["passes"]
    assert shown == {"what": "通行与告警", "from_ms": T0_MS + 1000 * AT_S, "counts": [4]}
    heard(garden, AT_S + QUARTER_S, AT_S + 3 * QUARTER_S)
    passes(garden, AT_S + 3 * QUARTER_S)
    garden.live(AT_S + 4 * QUARTER_S)
    assert curve(garden) == [4, None, None, 1], "it was not heard from then to now: nobody remembers before that"


def heard(garden: Garden, from_s: int, until_s: int) -> None:
    for second in range(from_s, until_s + 1, 10):
        garden.live(second)


def test_nobody_passed_is_0_only_where_the_doors_were_heard() -> None:
    garden = Garden()
    passes(garden, AT_S + 1)
    heard(garden, AT_S, AT_S + 2 * QUARTER_S)
    assert curve(garden) == [1, 0]
    for second in range(AT_S + 2 * QUARTER_S, AT_S + 4 * QUARTER_S + 1, 10):
        garden.tell("clock.tick", community="", at_s=second)
    assert curve(garden) == [1, 0, None, None], "silent since then"
    heard(garden, AT_S + 4 * QUARTER_S, AT_S + 5 * QUARTER_S)
    assert curve(garden) == [1, None, None, None, 0], "back: what it said before its silence is forgotten"


def test_a_pass_that_is_delivered_twice_counts_once_and_a_late_one_in_its_own_quarter() -> None:
    garden = Garden()
    passes(garden, AT_S + QUARTER_S + 1, id_="a")
    passes(garden, AT_S + QUARTER_S + 2, id_="a", device_s=AT_S + QUARTER_S + 1)
    passes(garden, AT_S + QUARTER_S + 3, id_="b", device_s=AT_S + 5)
    garden.live(AT_S + 2 * QUARTER_S)
    assert curve(garden) == [1, 1]
    for n in range(20):
        passes(garden, AT_S + 2 * QUARTER_S + n)
    passes(garden, AT_S + 2 * QUARTER_S + 30, id_="a", device_s=AT_S + QUARTER_S + 1)
    garden.live(AT_S + 3 * QUARTER_S)
    assert curve(garden) == [1, 1, 20], "after eight younger ones nobody can tell"


def test_a_door_remembers_a_day_at_most() -> None:
    quarters: list[int] = []
    for n in range(3 * QUARTERS):
        quarters = counted(quarters, T0_MS + n * QUARTER_MS)
    assert quarters[1:] == [1] * QUARTERS
    assert counted(quarters, T0_MS) == quarters
    assert counted(quarters, T0_MS + 10 * QUARTERS * QUARTER_MS)[1:] == [1] + [0] * (QUARTERS - 1)


def test_a_pass_sends_no_frame() -> None:
    garden = Garden()
    garden.everybody(AT_S)
    lens = Lens(garden.state.site)
    passes(garden, AT_S + 1)
    before = board(garden.state, "zh", lens)
    passes(garden, AT_S + 1)
    assert diff(before, board(garden.state, "zh", lens)) == {}
    garden.live(AT_S + QUARTER_S)
    assert board(garden.state, "zh", lens) == board(garden.state, "zh")
    assert board(garden.state, "zh", lens)["passes"]["counts"] == [2]
