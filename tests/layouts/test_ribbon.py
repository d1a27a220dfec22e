"""The curve of passes: counted once each, whole quarters only, nothing before the first that is known, gaps as gaps."""

from __future__ import annotations

from typing import Any

from community.board import Lens, board, diff
from community.state import GAPS
from community.systems.access import QUARTER_MS, QUARTERS, counted
from community.words import Lang
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


def heard(garden: Garden, from_s: int, until_s: int) -> None:
    """The doors' feed lives, from and until included."""
    for second in (*range(from_s, until_s, 10), until_s):
        garden.tell("source.heartbeat", "access", {}, at_s=second)


def gaps(garden: Garden, lang: Lang = "zh") -> list[tuple[float, float, str]]:
    """In seconds after the first quarter began."""
    begin_ms = T0_MS + 1000 * AT_S
    told = board(garden.state, lang)["passes"]["gaps"]
    return [((begun - begin_ms) / 1000, (ended - begin_ms) / 1000, words) for begun, ended, words in told]


def test_a_quarter_is_shown_when_it_is_whole_and_summed_over_doors() -> None:
    garden = Garden()
    heard(garden, 0, AT_S)
    passes(garden, AT_S + 1, AT_S + 2, AT_S + 3)
    passes(garden, AT_S + 3, door="D-2")
    passes(garden, AT_S + 4, result="denied")
    assert curve(garden) == []
    assert board(garden.state, "zh")["passes"]["what"] == "告警"
    heard(garden, AT_S, AT_S + QUARTER_S)
    shown = board(garden.state, "zh")["passes"]
    assert shown == {"what": "通行与告警", "from_ms": T0_MS + 1000 * AT_S, "counts": [4], "gaps": []}
    heard(garden, AT_S + QUARTER_S, AT_S + 3 * QUARTER_S)
    passes(garden, AT_S + 3 * QUARTER_S)
    heard(garden, AT_S + 3 * QUARTER_S, AT_S + 4 * QUARTER_S)
    assert curve(garden) == [4, 0, 0, 1]


def test_where_the_doors_were_not_heard_the_curve_has_a_gap_that_says_how_long() -> None:
    garden = Garden()
    heard(garden, 0, AT_S)
    passes(garden, AT_S + 1)
    heard(garden, AT_S, AT_S + QUARTER_S + 100)
    silent_s = AT_S + QUARTER_S + 100
    for second in range(silent_s, silent_s + 400, 10):
        garden.tell("clock.tick", community="", at_s=second)
    assert gaps(garden) == [(1000, 1380, "缺 6 分")], "goes on: to the minute, so that a second sends no frame"
    heard(garden, silent_s + 480, AT_S + 4 * QUARTER_S)
    assert gaps(garden) == [(1000, 1480, "缺 8 分")] and gaps(garden, "en")[0][2] == "8 min missing"
    assert curve(garden) == [1, None, 0, 0], "what was counted beside a gap is not all of it"
    heard(garden, AT_S + 4 * QUARTER_S, AT_S + (QUARTERS - 1) * QUARTER_S)
    assert gaps(garden) and curve(garden)[1] is None
    passes(garden, AT_S + (QUARTERS - 1) * QUARTER_S)
    heard(garden, AT_S + (QUARTERS - 1) * QUARTER_S, AT_S + (QUARTERS + 2) * QUARTER_S)
    assert gaps(garden) == [] and None not in curve(garden), "a day later nobody asks any more"


def test_a_gateway_that_spooled_leaves_no_gap_and_one_that_was_dead_does() -> None:
    """The log was away for ten minutes; what came after it says when it was made."""
    for made_s, expected in ((range(0, 600, 10), []), (range(0, 1), [(0, 600, "缺 10 分")])):
        garden = Garden()
        heard(garden, 0, AT_S)
        passes(garden, AT_S - 1)
        for second in made_s:
            garden.tell("source.heartbeat", "access", {}, at_s=AT_S + 600, received_s=AT_S + second)
        heard(garden, AT_S + 600, AT_S + QUARTER_S)
        assert gaps(garden) == expected


def test_a_feed_that_comes_and_goes_keeps_its_memory_small_and_hides_no_gap() -> None:
    garden = Garden()
    passes(garden, AT_S)
    for n in range(2 * GAPS):
        garden.live(AT_S + 300 * n)
    feed = garden.state.sources["access"]
    assert len(feed.gaps) == GAPS and curve(garden) == [None] * len(curve(garden))
    assert [gap[2] for gap in gaps(garden)] == ["缺 3 小时 55 分"]


def test_a_pass_that_is_delivered_twice_counts_once_and_a_late_one_in_its_own_quarter() -> None:
    garden = Garden()
    heard(garden, 0, AT_S + QUARTER_S)
    passes(garden, AT_S + QUARTER_S + 1, id_="a")
    passes(garden, AT_S + QUARTER_S + 2, id_="a", device_s=AT_S + QUARTER_S + 1)
    passes(garden, AT_S + QUARTER_S + 3, id_="b", device_s=AT_S + 5)
    heard(garden, AT_S + QUARTER_S, AT_S + 2 * QUARTER_S)
    assert curve(garden) == [1, 1]
    for n in range(20):
        passes(garden, AT_S + 2 * QUARTER_S + n)
    passes(garden, AT_S + 2 * QUARTER_S + 30, id_="a", device_s=AT_S + QUARTER_S + 1)
    heard(garden, AT_S + 2 * QUARTER_S, AT_S + 3 * QUARTER_S)
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
    heard(garden, 0, AT_S)
    garden.everybody(AT_S)
    lens = Lens(garden.state.site)
    passes(garden, AT_S + 1)
    before = board(garden.state, "zh", lens)
    passes(garden, AT_S + 1)
    assert diff(before, board(garden.state, "zh", lens)) == {}
    heard(garden, AT_S, AT_S + QUARTER_S)
    assert board(garden.state, "zh", lens) == board(garden.state, "zh")
    assert board(garden.state, "zh", lens)["passes"]["counts"] == [2]
