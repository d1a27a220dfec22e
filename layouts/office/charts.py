"""Charts as plain plotly figures. Colour is never the only carrier; what was not recorded is hatched, never bridged."""

from __future__ import annotations

from collections.abc import Sequence
from math import log10
from typing import Any, NamedTuple

from dash import dcc, html

from community.words import Lang

from .templates import GAP, LIGHT, PRIORITY, ZW_LIGHT, config

D1, D2, D3 = LIGHT["colorway"][:3]
INK = "#15222B"


class Stack(NamedTuple):
    name: str
    values: Sequence[float | None]
    marker: dict[str, Any]
    drills: Sequence[str]
    """What a click on each bar asks for."""


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


def stacked(
    name: str,
    columns: Sequence[Column],
    stacks: Sequence[Stack],
    lang: Lang,
    label: str,
    *,
    beside: Sequence[float | None] = (),
    gaps: Sequence[Gap] = (),
) -> html.Div:
    """Bars over time, the first stack at the bottom; `beside`: the other day as one dotted line."""
    at = [n + 0.5 for n in range(len(columns))]
    traces: list[dict[str, Any]] = [
        {
            "type": "bar",
            "x": at,
            "y": list(stack.values),
            "marker": stack.marker,
            "hoverinfo": "text",
            "hovertext": [
                f"{c.name} {stack.name} {n:,.0f}" if n else "" for c, n in zip(columns, stack.values, strict=True)
            ],
            "customdata": list(stack.drills),
        }
        for stack in stacks
    ]
    totals = [sum(n or 0 for n in column) for column in zip(*(stack.values for stack in stacks), strict=True)]
    top = max([1.0, *totals, *(n for n in beside if n is not None)]) * 1.12
    if any(n is not None for n in beside):
        traces.append(_dotted(beside, len(columns)))
    traces += gap_traces(gaps, top)
    layout = {
        "barmode": "stack",
        "xaxis": columns_axis(columns),
        "yaxis": {"range": [0, top], "nticks": 5, "tickformat": ",.0f", "rangemode": "tozero"} | _whole_ticks(top),
    }
    return graph(name, {"data": traces, "layout": layout}, lang, label)


def _whole_ticks(top: float) -> dict[str, Any]:
    """Counts have no halves."""
    return {"dtick": 1} if top < 6 else {}


def _dotted(values: Sequence[float | None], columns: int) -> dict[str, Any]:
    kept = [*values][:columns]
    kept += [None] * (columns - len(kept))
    return {
        "type": "scatter",
        "mode": "lines",
        "x": list(range(columns + 1)),
        "y": [*kept, kept[-1]],
        "line": {"shape": "hv", "dash": "dot", "width": 1.5, "color": LIGHT["ticks"]},
        "hoverinfo": "skip",
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
            "offsetgroup": "gap",
            "marker": GAP,
            "opacity": 0.7,
            "hoverinfo": "text",
            "hovertext": [gap.words for gap in gaps],
        }
    ]


class Delay(NamedTuple):
    name: str
    acknowledged_s: float | None
    recovered_s: float | None
    words: tuple[str, str]
    drills: tuple[str, str]


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
    ticked = [(s, words) for s, words in zip(LOG_TICKS_S, ticks, strict=True) if low <= s <= high]
    layout = {
        "xaxis": {
            "type": "log",
            "range": [log10(low), log10(high)],
            "tickvals": [s for s, _ in ticked],
            "ticktext": [words for _, words in ticked],
            "showgrid": True,
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
        "annotations": [_note(log10(target_s), 1, target, yref="paper", yanchor="bottom")],
    }
    return graph(name, {"data": traces, "layout": layout}, lang, label)


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


def bars(
    name: str,
    columns: Sequence[Column],
    values: Sequence[float | None],
    drills: Sequence[str],
    lang: Lang,
    label: str,
    *,
    decimals: int = 0,
) -> html.Div:
    """A few bars with their values; the last is the one that is spoken of."""
    last = len(values) - 1
    trace = {
        "type": "bar",
        "x": [n + 0.5 for n in range(len(values))],
        "y": list(values),
        "marker": {"color": [D1 if n == last else D3 for n in range(len(values))]},
        "text": [f"{n:,.{decimals}f}" if n is not None else "—" for n in values],
        "textposition": "outside",
        "cliponaxis": False,
        "hoverinfo": "text",
        "hovertext": [
            f"{c.name} {n:,.2f}" if n is not None else f"{c.name} —" for c, n in zip(columns, values, strict=True)
        ],
        "customdata": list(drills),
    }
    missing = [
        Gap(n + 0.1, n + 0.9, f"{c.name} —") for n, (c, v) in enumerate(zip(columns, values, strict=True)) if v is None
    ]
    top = max([1.0, *(n for n in values if n is not None)]) * 1.15
    layout = {
        "xaxis": columns_axis(columns),
        "yaxis": {"visible": False, "range": [0, top]},
        "margin": {"l": 8, "r": 8, "t": 20, "b": 28},
    }
    return graph(name, {"data": [trace, *gap_traces(missing, top * 0.9)], "layout": layout}, lang, label)


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


SHORT = 3
"""Characters of a meter's name that stand side by side."""


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
            "tickangle": 0 if all(len(row.name) <= SHORT for row in rows) else -40,
        },
        "yaxis": {"range": [0, top], "nticks": 5},
    }
    return graph(name, {"data": [*traces, *gap_traces(unread, top * 0.6)], "layout": layout}, lang, label)


def _note(x: float, y: float, words: str, **more: Any) -> dict[str, Any]:
    return {"x": x, "y": y, "text": words, "showarrow": False, "font": {"color": INK}, **more}
