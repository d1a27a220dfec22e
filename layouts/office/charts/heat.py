"""A field of percents: places by hours."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html

from community.words import Lang

from ..templates import ZW_LIGHT
from .base import Column, Gap, columns_axis, gap_traces, graph


def heat(
    name: str,
    areas: Sequence[str],
    columns: Sequence[Column],
    percent: Sequence[Sequence[float | None]],
    drills: Sequence[Sequence[str]],
    full_percent: float,
    full: str,
    lang: Lang,
    label: str,
    gaps: Sequence[Gap] = (),
) -> html.Div:
    """Percent of an area's ports by hour: an area a row, the first at the top."""
    rows = list(range(len(areas)))
    words = [
        [
            f"{area} {c.name} {n:.0f}%" if n is not None else f"{area} {c.name} —"
            for c, n in zip(columns, row, strict=True)
        ]
        for area, row in zip(areas, percent, strict=True)
    ]
    marks = [[full if n is not None and n >= full_percent else "" for n in row] for row in percent]
    trace = {
        "type": "heatmap",
        "z": [list(row) for row in percent],
        "x": [n + 0.5 for n in range(len(columns))],
        "y": rows,
        "zmin": 0,
        "zmax": 100,
        "xgap": 1.5,
        "ygap": 3,
        "colorscale": ZW_LIGHT["layout"]["colorscale"]["sequential"],
        "text": marks,
        "texttemplate": "%{text}",
        "textfont": {"color": "#FFFFFF", "size": 13},
        "hoverinfo": "text",
        "hovertext": words,
        "customdata": [list(row) for row in drills],
        "colorbar": {
            "thickness": 8,
            "outlinewidth": 0,
            "tickvals": [0, 50, 100],
            "ticktext": ["0", "50%", full],
            "len": 1,
        },
    }
    layout = {
        "xaxis": {**columns_axis(columns), "showline": False},
        "yaxis": {
            "tickvals": rows,
            "ticktext": list(areas),
            "range": [len(areas) - 0.5, -0.5],
            "showgrid": False,
            "showline": False,
        },
        "margin": {"l": 12, "r": 4, "t": 8, "b": 28},
    }
    traces = [trace, *gap_traces(gaps, len(areas), -0.5)]
    return graph(name, {"data": traces, "layout": layout}, lang, label)
