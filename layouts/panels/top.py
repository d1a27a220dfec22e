"""The bar above everything: whose wall, who is on duty, which feeds live, what time it is there."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component


def top(name: str, subtitle: str, beside: Sequence[Component] = ()) -> html.Header:
    return html.Header(
        [
            html.Span(name, id="name", className="name"),
            html.Span(subtitle, className="subtitle"),
            *beside,
            html.Span(className="space"),
            html.Span([icon("users"), html.Span(id="duty")], className="duty"),
            html.Span([html.Span(id="feed-bars", className="bars"), html.B(id="feed-words")], className="feed"),
            html.Span(id="date"),
            html.Span(id="clock", className="clock num"),
        ],
        className="top",
    )


def icon(name: str) -> html.Span:
    """assets/shared/icons.js draws it."""
    return html.Span(className="icon", **{"data-icon": name})
