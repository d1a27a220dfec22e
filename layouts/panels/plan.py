"""The map panel: the site plan in a frame of its own, and the last 24 hours beneath."""

from __future__ import annotations

from dash import html


def plan(address: str, title: str, ribbon: str, ribbon_what: str, demo: str) -> html.Section:
    return html.Section(
        [
            html.Iframe(id="plan", src=address, title=title),
            html.Div(id="stamp", className="stamp"),
            html.Div(
                [
                    html.Div(
                        [
                            ribbon,
                            html.Small(ribbon_what, id="ribbon-what"),
                            html.Small(demo, id="demo-ribbon", hidden=True),
                        ],
                        className="caption",
                    ),
                    html.Div(id="ribbon-chart", className="chart"),
                ],
                className="ribbon",
            ),
        ],
        className="panel map live",
    )
