"""The page before any data, compared whole: the class is the look."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from dash import html
from dash.development.base_component import Component
from plotly.utils import PlotlyJSONEncoder

from community.words import Lang
from layouts.panels.tiles import TileLabel, tile
from layouts.panels.verdict import count
from layouts.wall import wall
from tests.layouts.scenes import lanting

GOLDEN = Path(__file__).parent / "golden"


def plain(component: Component) -> Any:
    return json.loads(json.dumps(component.to_plotly_json(), cls=PlotlyJSONEncoder))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_wall_as_reviewed(lang: Lang) -> None:
    """UPDATE_GOLDEN=1 writes the file anew: look at the difference before you commit it."""
    found = json.dumps(plain(wall(lanting(), lang)), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    path = GOLDEN / f"wall-{lang}.json"
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(found, "utf-8")
    assert found == path.read_text("utf-8")


def test_a_tile_says_nothing_before_it_knows() -> None:
    assert plain(tile(TileLabel("ev", "汽车充电", "ev"))) == plain(
        html.Section(
            [
                html.Div(
                    [
                        html.Span(id="tile-ev-mark", className="mark icon", **{"data-icon": "ev"}),
                        html.Span("汽车充电", className="name"),
                    ],
                    className="head",
                ),
                html.Div(
                    [
                        html.B("—", id="tile-ev-value", className="num"),
                        html.Span(id="tile-ev-of", className="of num"),
                        html.Span(id="tile-ev-words", className="words"),
                        html.Span(id="tile-ev-age", className="age num"),
                    ],
                    className="value",
                ),
                html.Div(id="tile-ev-bar", className="bar"),
            ],
            id="tile-ev",
            className="tile live none",
            **{"data-mark": "ev"},
        )
    )


def test_a_count_is_a_dash_before_it_is_known() -> None:
    assert plain(count(1, "紧急")) == plain(
        html.Div(
            [
                html.Span(id="count-1-mark", className="mark"),
                html.B("—", id="count-1-n", className="num"),
                html.Span("紧急", className="label"),
            ],
            id="count-1",
            className="count zero",
        )
    )
