"""Lines of a day, and what stands on them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from dash import html

from community.words import Lang

from ..templates import GAP
from .base import INK, graph


class Span(NamedTuple):
    row: str
    begin: float
    end: float
    what: str
    words: str
    drill: str


SPANS = {
    "offline": {"color": INK},
    "blind": {
        "color": "#FFFFFF",
        "line": {"color": INK, "width": 1},
        "pattern": {"shape": "/", "fgcolor": INK, "size": 5, "solidity": 0.35},
    },
    "unknown": GAP,
}


def spans(
    name: str,
    rows: Sequence[str],
    hours: float,
    told: Sequence[Span],
    ticks: Sequence[tuple[float, str]],
    lang: Lang,
    label: str,
) -> html.Div:
    """A line a camera over a day, the first at the top; what it did not show stands on it."""
    traces: list[dict[str, Any]] = [
        {
            "type": "bar",
            "orientation": "h",
            "y": list(rows),
            "x": [hours] * len(rows),
            "base": [0] * len(rows),
            "marker": {"color": "#E9EEF0"},
            "width": 0.5,
            "hoverinfo": "skip",
        }
    ]
    for what, marker in SPANS.items():
        shown = [span for span in told if span.what == what]
        if shown:
            traces.append(
                {
                    "type": "bar",
                    "orientation": "h",
                    "y": [span.row for span in shown],
                    "base": [span.begin for span in shown],
                    # a minute would be thinner than a pixel; its words say how long it was
                    "x": [max(span.end - span.begin, 0.08) for span in shown],
                    "marker": marker,
                    "width": 0.5,
                    "hoverinfo": "text",
                    "hovertext": [span.words for span in shown],
                    "customdata": [span.drill for span in shown],
                }
            )
    layout = {
        "barmode": "overlay",
        "xaxis": {
            "range": [0, hours],
            "tickvals": [at for at, _ in ticks],
            "ticktext": [words for _, words in ticks],
            "showgrid": True,
        },
        "yaxis": {
            "type": "category",
            "categoryorder": "array",
            "categoryarray": list(rows)[::-1],
            "tickvals": list(rows),
            "showgrid": False,
        },
        "margin": {"l": 12, "r": 12, "t": 8, "b": 28},
    }
    return graph(name, {"data": traces, "layout": layout}, lang, label)
