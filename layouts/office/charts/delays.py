"""Times from one thing to another, on a logarithmic axis."""

from __future__ import annotations

from collections.abc import Sequence
from math import log10
from typing import Any, NamedTuple

from dash import html

from community.words import Lang

from .base import D1, D3, INK, graph, note


class Delay(NamedTuple):
    name: str
    acknowledged_s: float | None
    recovered_s: float | None
    words: tuple[str, str]
    drills: tuple[str, str]


MOST_TICKS = 7
LOG_TICKS_S = (1, 5, 15, 30, 60, 180, 600, 1800, 3600, 4 * 3600, 24 * 3600, 7 * 24 * 3600)


def delays(
    name: str, rows: Sequence[Delay], ticks: Sequence[str], target_s: float, target: str, lang: Lang, label: str
) -> html.Div:
    """A line a type from the acknowledgement to the recovery, on a logarithmic axis. The first row is at the top."""
    names = [row.name for row in rows]
    known = [s for row in rows for s in (row.acknowledged_s, row.recovered_s) if s]
    low, high = min([15.0, *known]) * 0.8, max([600.0, *known]) * 1.3
    traces: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "mode": "lines",
            "x": [row.acknowledged_s, row.recovered_s],
            "y": [row.name, row.name],
            "line": {"color": D3, "width": 3},
            "hoverinfo": "skip",
        }
        for row in rows
        if row.acknowledged_s and row.recovered_s
    ]
    for side, symbol in ((0, "circle"), (1, "square-open")):
        shown = [row for row in rows if (row.acknowledged_s, row.recovered_s)[side]]
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "x": [(row.acknowledged_s, row.recovered_s)[side] for row in shown],
                "y": [row.name for row in shown],
                "marker": {"symbol": symbol, "size": 10, "color": D1, "line": {"width": 2, "color": D1}},
                "hoverinfo": "text",
                "hovertext": [row.words[side] for row in shown],
                "customdata": [row.drills[side] for row in shown],
            }
        )
    ticked: list[tuple[int, str]] = []
    for s, words in zip(LOG_TICKS_S, ticks, strict=True):
        # as many as stand beside each other on a narrow page
        if low <= s <= high and (not ticked or log10(s / ticked[-1][0]) >= log10(high / low) / MOST_TICKS):
            ticked.append((s, words))
    layout = {
        "xaxis": {
            "type": "log",
            "range": [log10(low), log10(high)],
            "tickvals": [s for s, _ in ticked],
            "ticktext": [words for _, words in ticked],
            "showgrid": True,
            "tickangle": 0,
        },
        "yaxis": {
            "type": "category",
            "categoryorder": "array",
            "categoryarray": names[::-1],
            "tickvals": names,
            "showgrid": False,
            "range": [-0.6, len(names) - 0.1],
        },
        "margin": {"l": 12, "r": 16, "t": 22, "b": 28},
        "shapes": [
            {
                "type": "line",
                "x0": target_s,
                "x1": target_s,
                "y0": 0,
                "y1": 1,
                "yref": "paper",
                "line": {"dash": "dash", "width": 1.5, "color": INK},
            }
        ],
        "annotations": [note(log10(target_s), 1, target, yref="paper", yanchor="bottom")],
    }
    return graph(name, {"data": traces, "layout": layout}, lang, label)
