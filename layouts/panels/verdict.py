"""The verdict band and the counts per priority."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html


def verdict(words: str) -> html.Section:
    """`words` stand until the first data is there."""
    return html.Section(
        [
            html.Div(id="verdict-symbol", className="symbol"),
            html.Div(
                [
                    html.H1([html.Span(words, id="verdict-title"), html.Span(id="verdict-place", className="place")]),
                    html.P([html.B(id="verdict-strong"), html.Span(id="verdict-line")]),
                ],
                className="says",
            ),
            html.Div([html.B(id="verdict-time", className="num"), html.Span(id="verdict-words")], className="time"),
        ],
        id="verdict",
        className="panel verdict waiting",
        role="status",
        **{"aria-live": "assertive"},
    )


def counts(priorities: Sequence[str]) -> html.Section:
    cells = [count(number, name) for number, name in enumerate(priorities, 1)]
    return html.Section(
        [*cells, html.P(id="left-out", className="left-out", hidden=True)], id="counts", className="panel counts live"
    )


def count(number: int, name: str) -> html.Div:
    return html.Div(
        [
            html.Span(id=f"count-{number}-mark", className="mark"),
            html.B("—", id=f"count-{number}-n", className="num"),
            html.Span(name, className="label"),
        ],
        id=f"count-{number}",
        className="count zero",
    )
