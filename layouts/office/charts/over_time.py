"""Bars over time, and a few bars with their values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from dash import html

from community.words import Lang

from ..templates import LIGHT
from .base import D1, D3, INK, Column, Gap, columns_axis, gap_traces, graph

BAR = 0.75
"""Of a column: VISUAL.md's gap of a quarter."""


class Stack(NamedTuple):
    name: str
    values: Sequence[float | None]
    marker: dict[str, Any]
    drills: Sequence[str]
    """What a click on each bar asks for."""


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
            "width": BAR,  # beside a gap, which has a width of its own, it would shrink
            "y": [n or None for n in stack.values],  # a bar of no height would still have its edge
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


def bars(
    name: str,
    columns: Sequence[Column],
    values: Sequence[float | None],
    drills: Sequence[str],
    lang: Lang,
    label: str,
    *,
    decimals: int = 0,
    partial: Sequence[bool] = (),
    uneven: str = "",
) -> html.Div:
    """A few bars with their values; the last is the one that is spoken of. `partial`: of those not all was recorded,
    which they are hatched for and `uneven` says."""
    marks = list(partial) or [False] * len(values)
    last = len(values) - 1
    trace = {
        "type": "bar",
        "x": [n + 0.5 for n in range(len(values))],
        "width": BAR,
        "y": list(values),
        "marker": {
            "color": [D1 if n == last else D3 for n in range(len(values))],
            "pattern": {"shape": ["/" if part else "" for part in marks], "fgcolor": INK, "size": 6, "solidity": 0.2},
        },
        "text": [f"{n:,.{decimals}f}" if n is not None else "—" for n in values],
        "textposition": "outside",
        "cliponaxis": False,
        "hoverinfo": "text",
        "hovertext": [
            f"{c.name} {n:,.2f} {uneven if part else ''}".strip() if n is not None else f"{c.name} —"
            for c, n, part in zip(columns, values, marks, strict=True)
        ],
        "customdata": list(drills),
    }
    missing = [
        Gap(n + 0.1, n + 0.9, f"{c.name} —") for n, (c, v) in enumerate(zip(columns, values, strict=True)) if v is None
    ]
    top = max([1.0, *(n for n in values if n is not None)]) * 1.15
    layout = {
        "barmode": "overlay",  # else a bar and a gap would stand beside each other, each beside its tick
        "xaxis": columns_axis(columns),
        "yaxis": {"visible": False, "range": [0, top]},
        "margin": {"l": 8, "r": 8, "t": 20, "b": 28},
    }
    return graph(name, {"data": [trace, *gap_traces(missing, top * 0.9)], "layout": layout}, lang, label)
