"""The twelve system tiles: the same frame for every system."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from dash import html


class TileLabel(NamedTuple):
    id: str
    name: str
    icon: str


def tiles(labels: Sequence[TileLabel]) -> html.Div:
    """Two rows of six: safety above, service below."""
    return html.Div(
        [
            html.Section([tile(label) for label in labels[:6]], className="tiles first"),
            html.Section([tile(label) for label in labels[6:12]], className="tiles second"),
        ],
        className="both",
    )


def tile(label: TileLabel) -> html.Section:
    part = f"tile-{label.id}"
    return html.Section(
        [
            html.Div(
                [
                    html.Span(id=f"{part}-mark", className="mark icon", **{"data-icon": label.icon}),
                    html.Span(label.name, className="name"),
                ],
                className="head",
            ),
            html.Div(
                [
                    html.B("—", id=f"{part}-value", className="num"),
                    html.Span(id=f"{part}-of", className="of num"),
                    html.Span(id=f"{part}-words", className="words"),
                    html.Span(id=f"{part}-age", className="age num"),
                ],
                className="value",
            ),
            html.Div(id=f"{part}-bar", className="bar"),
        ],
        id=part,
        className="tile live none",
        **{"data-mark": label.icon},
    )
