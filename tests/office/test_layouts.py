"""Charts as data: what is not recorded is hatched, colour is never alone, nothing goes to a cloud."""

from __future__ import annotations

import json
from base64 import b64decode
from typing import Any

import pytest
from dash import html
from dash.development.base_component import Component
from plotly.utils import PlotlyJSONEncoder

from community.office.periods import Period, around, before
from dashboard.office.columns import of_days
from layouts.office import charts
from layouts.office.cards import Beside, Card, cards, spark
from layouts.office.charts import Column, Flow, Gap, Stack, flat, priority_marker
from layouts.office.frame import exports
from layouts.office.templates import ZW_DARK, ZW_LIGHT, config

HOURS = [Column(str(h) if h % 3 == 0 else "", f"{h}时") for h in range(6)]


def plain(component: Component) -> Any:
    return json.loads(json.dumps(component.to_plotly_json(), cls=PlotlyJSONEncoder))


def figure(box: Component) -> dict[str, Any]:
    found: dict[str, Any] = plain(box)["props"]["children"]["props"]["figure"]
    return found


def test_bars_over_time() -> None:
    stacks = [
        Stack("一般", [1, 0, None, None, 2, 0], priority_marker("P3"), list("abcdef")),
        Stack("重要", [0, 3, None, None, 0, 0], priority_marker("P2"), list("ghijkl")),
    ]
    beside = [None, 2, 2, 2, 2, 2]
    drawn = figure(charts.stacked("x", HOURS, stacks, "zh", "label", beside=beside, gaps=[Gap(2, 4, "缺 2 时")]))
    low, high, dotted, gap = drawn["data"]
    assert low["y"] == [1, None, None, None, 2, None], "where there is none, no edge is drawn of it"
    assert low["hovertext"][0] == "0时 一般 1" and low["customdata"] == list("abcdef")
    assert drawn["layout"]["yaxis"]["range"][1] > 3, "as high as the highest stack"
    assert high["marker"]["pattern"]["shape"] == "/", "P2 is told by its hatching too"
    assert dotted["line"]["dash"] == "dot" and dotted["y"][:2] == [None, 2]
    assert (gap["x"], gap["width"], gap["hovertext"]) == ([3], [2], ["缺 2 时"]) and gap["marker"]["pattern"]["shape"]
    assert drawn["layout"]["xaxis"]["ticktext"] == ["0", "3"]
    assert drawn["layout"]["template"] == ZW_LIGHT


def test_a_meter_above_its_line_is_hatched_and_an_unread_one_is_a_gap() -> None:
    rows = [Flow("1", 0.1, 0.2, "1", "{}"), Flow("3", 0.42, 0.2, "3", "{}"), Flow("4", None, 0.2, "4", "{}")]
    data = figure(charts.flows("n", rows, "提醒线", "zh", "label"))["data"]
    kinds = [(trace["type"], trace.get("marker", {}).get("pattern", {}).get("shape"), trace["x"]) for trace in data]
    assert kinds[0] == ("bar", None, [0.5]) and kinds[1] == ("bar", "/", [1.5])
    assert kinds[-1] == ("bar", "\\", [2.5])


def test_a_heat_map_says_full_in_words() -> None:
    percent = [[100, 96.9, None, 0, 1, 2]]
    box = charts.heat("h", ["B棚"], HOURS, percent, [["x"] * 6], 97, "满", "zh", "label")
    trace = figure(box)["data"][0]
    assert trace["text"] == [["满", "", "", "", "", ""]]
    assert (trace["zmin"], trace["zmax"], trace["z"][0][2]) == (0, 100, None)
    assert trace["hovertext"][0][2].endswith("—"), "unknown is no 0"


def test_nothing_is_shared_with_a_cloud() -> None:
    for lang in ("zh", "en"):
        said = config(lang)
        assert said["displayModeBar"] is False and said["displaylogo"] is False
    assert config("zh")["locale"] == "zh-CN" and config("zh")["locales"]["zh-CN"]["format"]["shortMonths"][2] == "3月"
    assert ZW_DARK["layout"]["font"]["color"] != ZW_LIGHT["layout"]["font"]["color"]


def test_a_line_breaks_where_a_point_is_not_known() -> None:
    svg = b64decode(spark([1, 2, None, 4, 5]).partition(",")[2]).decode()
    assert svg.count("<polyline") == 2 and svg.count("<rect") == 1
    assert b64decode(spark([3, None]).partition(",")[2]).decode().count("<rect") == 0, "the last is not known"
    assert "<polyline" not in b64decode(spark([None, None]).partition(",")[2]).decode()


def test_only_a_miss_is_coloured() -> None:
    card = Card(
        "摄像机在线率", "99.2", "%", [99, 99.2], [Beside("昨日 99.7%", "−0.5"), Beside("目标", "▼ 0.3 未达标", True)]
    )
    said = json.dumps(plain(cards([card])), ensure_ascii=False)
    assert said.count('"className": "miss"') == 1
    assert flat("#123456") == {"color": "#123456"}


@pytest.mark.parametrize(
    ("period", "file"),
    [
        (around("2026-03-12", "day"), "daily/2026-03-12"),
        (around("2026-03-12", "week"), "weekly/2026-03-15"),
        (around("2026-03-12", "month"), "monthly/2026-03-31"),
        (Period("range", "2026-03-01", "2026-03-12"), "range/2026-03-01..2026-03-12"),
    ],
)
def test_every_stretch_of_days_has_its_files(period: Period, file: str) -> None:
    (nav,) = exports({"community": "garden"}, period, "zh")
    links = [part.href for part in nav.children if isinstance(part, html.A)]
    assert links == [f"/api/v1/reports/{file}.{f}?community=garden&lang=zh" for f in ("csv", "xlsx", "pdf")]


def test_a_bar_of_which_not_all_was_recorded_is_hatched_and_says_so() -> None:
    shown = [Column(name, name) for name in ("10月", "11月")]
    drawn = charts.bars("energy", shown, [556, 20279], ["", ""], "zh", "充电", partial=[True, False], uneven="记录不全")
    trace = figure(drawn)["data"][0]
    assert trace["marker"]["pattern"]["shape"] == ["/", ""]
    assert trace["hovertext"] == ["10月 556.00 记录不全", "11月 20,279.00"]


def test_a_bar_that_is_not_known_is_a_gap_at_its_own_tick() -> None:
    shown = [Column(name, name) for name in ("9月", "10月", "11月")]
    drawn = figure(charts.bars("energy", shown, [None, 556, 20279], ["", "", ""], "zh", "充电"))
    bar, gap = drawn["data"]
    assert gap["x"] == [bar["x"][0]] == [drawn["layout"]["xaxis"]["tickvals"][0]]
    assert drawn["layout"]["barmode"] == "overlay", "plotly would set them side by side"


def test_days_of_several_years_say_which() -> None:
    year = Period("range", "2025-11-30", "2026-11-29")
    steps = of_days([before(year, n).from_day for n in (2, 1, 0)], "zh")
    assert steps == [("12/1<br>2023", "2023/12/1"), ("11/30<br>2024", "2024/11/30"), ("11/30<br>2025", "2025/11/30")]
    turn = of_days(["2025-12-30", "2025-12-31", "2026-01-01", "2026-01-02"], "en")
    assert [day.tick for day in turn] == ["30 Dec<br>2025", "31 Dec", "1 Jan<br>2026", "2 Jan"]
    assert [day.name for day in of_days(["2026-03-11", "2026-03-12"], "zh")] == ["3/11", "3/12"]
