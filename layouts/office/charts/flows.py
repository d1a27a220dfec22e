"""A bar a meter, each with a line of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from dash import html

from community.words import Lang

from ..templates import PRIORITY
from .base import D2, INK, Gap, gap_traces, graph


class Flow(NamedTuple):
    name: str
    flow: float | None
    line: float | None
    words: str
    drill: str

    @property
    def over(self) -> bool:
        return self.flow is not None and self.line is not None and self.flow > self.line


def flows(name: str, rows: Sequence[Flow], line: str, lang: Lang, label: str) -> html.Div:
    """A bar a meter, its own line across it; above the line hatched in orange."""
    at = [n + 0.5 for n in range(len(rows))]
    top = max([0.1, *(n for row in rows for n in (row.flow, row.line) if n is not None)]) * 1.12
    traces: list[dict[str, Any]] = []
    for over, marker in ((False, {"color": D2}), (True, PRIORITY["P2"])):
        shown = [(x, row) for x, row in zip(at, rows, strict=True) if row.flow is not None and row.over is over]
        if shown:
            traces.append(
                {
                    "type": "bar",
                    "x": [x for x, _ in shown],
                    "y": [row.flow for _, row in shown],
                    "width": 0.7,
                    "marker": marker,
                    "hoverinfo": "text",
                    "hovertext": [row.words for _, row in shown],
                    "customdata": [row.drill for _, row in shown],
                }
            )
    lined = [(x, row) for x, row in zip(at, rows, strict=True) if row.line is not None]
    for x, row in lined:
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "x": [x - 0.45, x + 0.45],
                "y": [row.line, row.line],
                "line": {"color": INK, "width": 1.5, "dash": "dash"},
                "hoverinfo": "text",
                "hovertext": f"{line} {row.words}",
            }
        )
    unread = [Gap(x - 0.35, x + 0.35, row.words) for x, row in zip(at, rows, strict=True) if row.flow is None]
    layout = {
        "barmode": "overlay",
        "xaxis": {
            "range": [0, len(rows)],
            "tickvals": at,
            "ticktext": [row.name for row in rows],
            "autotickangles": [0, -40, -90],
        },
        "yaxis": {"range": [0, top], "nticks": 5},
    }
    return graph(name, {"data": [*traces, *gap_traces(unread, top * 0.6)], "layout": layout}, lang, label)
