"""The sentence above each chart: a table of decisions, and that no sentence says more than the numbers."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.office import findings
from community.site import Text

HOURS = range(24)
NAMES = {name: Text(name, name.upper()) for name in ("a", "b", "c", "d")}


def day(**at: float) -> list[float | None]:
    """A day with so many at the hours `h7=3`."""
    return [at.get(f"h{hour}", 0) for hour in HOURS]


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        ([None] * 24, findings.NOTHING_RECORDED.zh),
        (day(), "没有告警"),
        (day(h3=1), "只有 1 条告警"),
        (day(h18=5, h19=4, h20=4, h21=5, h3=9, h9=9), "18–22 点集中了约一半告警"),
        (day(h21=9, h3=1), "21–22 点集中了超过一半告警"),
        (day(h21=100, h3=1), "21–22 点集中了几乎全部告警"),
        (day(**{f"h{h}": 2 for h in HOURS} | {"h7": 3, "h9": 3}), "告警较分散，每小时最多 3 条"),
        (day(**{f"h{h}": 2 for h in HOURS} | {"h7": 3}), "告警较分散，7 点最多 3 条"),
        ([None] * 12 + [2.0] * 12, "告警较分散，每小时最多 2 条"),
    ],
)
def test_alarm_hours(hours: list[float | None], said: str) -> None:
    assert findings.alarm_hours(hours, HOURS).zh == said


def test_the_hour_is_the_clock_s_on_the_day_of_25() -> None:
    clock = [0, 1, 2, 2, *range(3, 24)]
    assert findings.alarm_hours([0, 0, 0, 5, *[0] * 21], clock).en == "2–3 h saw nearly all of the alarms"


@pytest.mark.parametrize(
    ("now", "then", "said"),
    [
        ({}, {}, "没有告警"),
        ({"a": 9, "b": 8, "c": 3}, {"a": 9, "b": 8, "c": 3}, "a、b最多"),
        ({"a": 9, "b": 8, "c": 3}, {"a": 9, "b": 8, "c": 1}, "a、b最多，c在涨"),
        ({"a": 5, "b": 1}, {}, "a最多"),
        ({"a": 5, "b": 4}, {}, "a、b最多"),
        ({"a": 9, "b": 5, "c": 5}, {}, "a最多"),
        ({"a": 9, "b": 3, "c": 3}, {"a": 1}, "a最多，在涨"),
        ({"a": 9, "b": 3, "c": 3}, {}, "a最多"),
        ({"a": 2, "b": 2, "c": 2}, {"a": 1}, "没有哪类突出，最多 2 条"),
        ({"a": 20, "b": 12, "c": 3}, {"a": 19, "b": 12, "c": 3}, "a、b最多"),
    ],
)
def test_alarm_types(now: dict[str, float], then: dict[str, float], said: str) -> None:
    assert findings.alarm_types(now, then, NAMES).zh == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        ({}, "没有确认过的告警"),
        ({"a": 60, "b": 12}, "各类告警都在 1 分钟内确认"),
        ({"a": 61, "b": 12}, "a确认慢于 1 分钟"),
        ({"a": 61, "b": 90, "c": 70}, "b、c等 3 类确认慢于 1 分钟"),
    ],
)
def test_delays(seconds: dict[str, float], said: str) -> None:
    assert findings.delays(seconds, NAMES).zh == said


@pytest.mark.parametrize(
    ("areas", "said"),
    [
        ({}, findings.NOTHING_RECORDED.zh),
        ({"a": [None] * 24}, findings.NOTHING_RECORDED.zh),
        ({"a": day()}, "没有充电"),
        ({"a": day(h7=0.2)}, "都有空位，最满是a 7 点 <1%"),
        ({"a": day(h7=50), "b": day(h20=96.9)}, "都有空位，最满是b 20 点 97%"),
        ({"a": day(h7=50), "b": day(h20=97, h21=100)}, "b 20–22 点满位"),
        ({"b": day(h3=97, h21=100)}, "b 有 2 个小时满位"),
    ],
)
def test_occupancy(areas: dict[str, list[float | None]], said: str) -> None:
    assert findings.occupancy(areas, NAMES).zh == said


def test_a_mean_of_days_says_nothing_of_one() -> None:
    assert findings.occupancy({"a": day(h7=50)}, NAMES, days=30).zh == "最忙是a 7 点，平均 50%"
    assert findings.occupancy({"a": day(h7=98)}, NAMES, days=30).zh == "a 7–8 点几乎天天满位"


def test_the_slow_types_that_a_title_names() -> None:
    assert findings.slowest({"a": 61, "b": 90, "c": 12, "d": 90})[: findings.NAMED_SLOW] == ["b", "d"]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([3, 9, None], "2日 告警最多：9"),
        ([9, 9, 3], "1日、2日 告警最多：各 9"),
        ([9, 9, 9], "告警最多的 3 天各 9"),
        ([0, 0, None], "没有告警"),
    ],
)
def test_days_peak(values: list[float | None], said: str) -> None:
    names = [Text(f"{n}日", f"{n}") for n in (1, 2, 3)]
    assert findings.days_peak(values, names, Text("告警", "alarms")).zh == said


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([], findings.NOTHING_RECORDED.zh),
        ([1, 2, None], findings.NOTHING_RECORDED.zh),
        ([None, 486], "充电 486 度"),
        ([402, 455, 470, 486], "充电 486 度，4 段中最高"),
        ([402, 455, None, 400], "充电 400 度，3 段中最低"),
        ([400, 600, 500], "充电 500 度，与前 2 段的平均持平"),
        ([400, 600, 550], "充电 550 度，比前 2 段的平均多 10%"),
    ],
)
def test_energy(values: list[float | None], said: str) -> None:
    assert findings.energy(values, Text("度", "kWh")).zh == said


def test_what_runs_is_not_compared() -> None:
    assert findings.energy([402, 455, 470, 12], Text("度", "kWh"), running=True).zh == "至今充电 12 度"


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("早 7–8 点、晚 18–19 点最忙", findings.pass_hours(day(h7=9, h8=3, h18=12), HOURS)),
        ("午后 13–14 点最忙", findings.pass_hours(day(h13=1), HOURS)),
        ("没有人通行", findings.pass_hours(day(), HOURS)),
        (findings.NOTHING_RECORDED.zh, findings.pass_hours([None] * 24, HOURS)),
        ("a占约一半", findings.methods({"a": 50, "b": 49}, NAMES)),
        ("a占几乎全部", findings.methods({"a": 99, "b": 1}, NAMES)),
        ("a最多，占 30%", findings.methods({"a": 30, "b": 29, "c": 21, "d": 20}, NAMES)),
        ("没有人通行", findings.methods({}, NAMES)),
        ("5 路摄像机有中断", findings.cameras(5, 123, 0)),
        ("5 路摄像机有中断，3 路无法判断", findings.cameras(5, 120, 3)),
        ("128 路摄像机没有中断", findings.cameras(0, 128, 0)),
        (findings.NOTHING_RECORDED.zh, findings.cameras(0, 0, 128)),
        ("没有夜间读数", findings.night_flow({"a": None}, {"a": 1.0}, [])),
        ("a 夜间用水高于提醒线", findings.night_flow({"a": 0.4}, {"a": 0.2}, ["a"])),
        ("夜间流量，尚无可比的夜晚", findings.night_flow({"a": 0.4}, {"a": None}, [])),
        ("夜间流量都在提醒线以下", findings.night_flow({"a": 0.1}, {"a": 0.2}, [])),
        (
            "读到的 1 块表都在提醒线以下，2 块没有读数",
            findings.night_flow({"a": 0.1, "b": None, "c": None}, {"a": 0.2, "b": 0.2, "c": 0.2}, []),
        ),
        ("至今 4 条告警", findings.alarm_hours(day(h0=4), HOURS, running=True)),
        ("没有新工单", findings.orders(0, 0)),
        ("工单 34 件，2 件没有按时接单", findings.orders(34, 2)),
        ("工单 1,034 件，没有超时", findings.orders(1034, 0)),
        ("一半报修在 8 分内有人接，21 人评 4.7 分", findings.gained(480, 4.67, 21)),
        ("没有可说的：无人报修，也无人评价", findings.gained(None, None, 0)),
    ],
)
def test_the_others(said: str, found: Text) -> None:
    assert found.zh == said
    assert found.en


@given(st.lists(st.one_of(st.none(), st.integers(0, 30)), min_size=24, max_size=24))
def test_a_stretch_that_holds_half_does(hours: list[Any]) -> None:
    found = findings.concentrated(hours)
    total = sum(n or 0 for n in hours)
    stretches = [sum(n or 0 for n in hours[at : at + 4]) for at in range(21)]
    assert (found is not None) == (total > 0 and 2 * max(stretches) >= total)
    if found is not None:
        at, length = found
        assert 2 * sum(n or 0 for n in hours[at : at + length]) >= total
        shorter = [sum(n or 0 for n in hours[b : b + length - 1]) for b in range(26 - length)] if length > 1 else [0]
        assert 2 * max(shorter) < total
