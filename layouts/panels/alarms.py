"""The alarm list with what was closed and the day's figures."""

from __future__ import annotations

from dash import html


def alarms(recent: str, demo: str) -> html.Section:
    return html.Section(
        [
            html.Div(id="card", className="card", hidden=True),
            html.Div(id="card-note", className="list-note", hidden=True),
            html.Div(
                [html.Span(id="broken-words"), html.Span(id="broken-time", className="num")],
                id="broken",
                className="list-head broken",
                hidden=True,
            ),
            html.Div(
                [
                    html.Div(id="alarm-rows"),
                    html.Div(id="alarm-more", className="list-note", hidden=True),
                    html.Div(
                        [html.Div(id="shelf-head", className="list-head"), html.Div(id="shelf-rows")],
                        id="shelf",
                        hidden=True,
                    ),
                    html.Div(
                        [
                            html.Div(
                                [html.Span(recent), html.Span(demo, id="demo-recent", hidden=True)],
                                id="recent-head",
                                className="list-head",
                                hidden=True,
                            ),
                            html.Div(id="recent-rows"),
                        ],
                        id="recent",
                    ),
                ],
                className="room",
            ),
            html.Div(
                [html.Div(id="figures", className="figures"), html.Small(demo, id="demo-today", hidden=True)],
                className="foot",
            ),
        ],
        id="alarms",
        className="panel alarms",
    )
