"""What all charts have: the frame, an axis of columns, hatching over what was not recorded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from dash import dcc, html

from community.words import Lang

from ..templates import GAP, LIGHT, PRIORITY, ZW_LIGHT, config

D1, D2, D3 = LIGHT["colorway"][:3]
INK = "#15222B"


class Gap(NamedTuple):
    """In columns of the chart."""

    begin: float
    end: float
    words: str


class Column(NamedTuple):
    tick: str
    """'' where the axis has no label."""
    name: str


def priority_marker(priority: str) -> dict[str, Any]:
    return PRIORITY[priority]


def flat(colour: str) -> dict[str, Any]:
    return {"color": colour}


def graph(name: str, figure: dict[str, Any], lang: Lang, label: str) -> html.Div:
    figure["layout"] = {"template": ZW_LIGHT, **figure["layout"]}
    return html.Div(
        dcc.Graph(id={"chart": name}, figure=figure, config=config(lang), responsive=True, className="plot"),
        className="plot-box",
        role="img",
        **{"aria-label": label},
    )


def columns_axis(columns: Sequence[Column]) -> dict[str, Any]:
    shown = [(at, column.tick) for at, column in enumerate(columns) if column.tick]
    return {
        "range": [0, len(columns)],
        "tickvals": [at + 0.5 for at, _ in shown],
        "ticktext": [tick for _, tick in shown],
    }


def gap_traces(gaps: Sequence[Gap], top: float, base: float = 0) -> list[dict[str, Any]]:
    if not gaps:
        return []
    return [
        {
            "type": "bar",
            "x": [(gap.begin + gap.end) / 2 for gap in gaps],
            "width": [gap.end - gap.begin for gap in gaps],
            "y": [top] * len(gaps),
            "base": [base] * len(gaps),
            "marker": GAP,
            "opacity": 0.7,
            "hoverinfo": "text",
            "hovertext": [gap.words for gap in gaps],
        }
    ]


def note(x: float, y: float, words: str, **more: Any) -> dict[str, Any]:
    return {"x": x, "y": y, "text": words, "showarrow": False, "font": {"color": INK}, **more}
