"""KPI cards: a value, seven points of it, two other days with the difference in words. Only a miss is coloured."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from typing import NamedTuple

from dash import html

from .templates import LIGHT

WIDTH, HEIGHT, EDGE = 78, 34, 3
LONG = 5
"""Characters of a value that fit beside the line at full size."""


class Beside(NamedTuple):
    name: str
    """`前一日 43`."""
    words: str
    miss: bool = False


class Card(NamedTuple):
    name: str
    number: str
    unit: str
    points: Sequence[float | None]
    beside: Sequence[Beside]
    note: str = ""
    """What the figure leaves out, or that it is not known."""
    drill: str = ""
    """What a click on the value asks for."""


def cards(shown: Sequence[Card]) -> html.Div:
    return html.Div([_card(card) for card in shown], className="cards")


def _card(card: Card) -> html.Article:
    value = html.B(
        [card.number, *([html.Small(card.unit)] if card.unit else [])],
        className="num long" if len(card.number) > LONG else "num",
    )
    head = html.Div(
        [
            html.Button(value, type="button", **{"data-drill": card.drill}) if card.drill else value,
            *([html.Img(src=spark(card.points), alt="", className="spark")] if card.points else []),
        ],
        className="value",
    )
    lines = [
        html.Div(
            [html.Span(beside.name), html.B(beside.words, className="miss" if beside.miss else "")],
            className="other num",
        )
        for beside in card.beside
    ]
    note = [html.P(card.note, className="note")] if card.note else []
    return html.Article([html.H3(card.name), html.Div([head, *lines, *note])], className="card")


def spark(points: Sequence[float | None]) -> str:
    """A line of the last points as a picture; broken where one is not known, the last one a square."""
    known = [n for n in points if n is not None]
    low, high = min(known, default=0), max(known, default=0)
    step = (WIDTH - 2 * EDGE) / max(1, len(points) - 1)

    def place(at: int, n: float) -> tuple[float, float]:
        part = (n - low) / (high - low) if high > low else 0.5
        return round(EDGE + at * step, 1), round(HEIGHT - EDGE - part * (HEIGHT - 2 * EDGE), 1)

    runs: list[list[tuple[float, float]]] = [[]]
    for at, n in enumerate(points):
        if n is None:
            runs.append([])
        else:
            runs[-1].append(place(at, n))
    stroke = f'fill="none" stroke="{LIGHT["colorway"][0]}" stroke-width="1.6"'
    drawn = [" ".join(f"{x},{y}" for x, y in run) for run in runs if len(run) > 1]
    lines = "".join(f'<polyline points="{points}" {stroke}/>' for points in drawn)
    alone = "".join(
        f'<circle cx="{run[0][0]}" cy="{run[0][1]}" r="1.6" fill="#5F6E77"/>' for run in runs if len(run) == 1
    )
    end = ""
    if points and points[-1] is not None:
        x, y = place(len(points) - 1, points[-1])
        end = f'<rect x="{x - 2.5}" y="{y - 2.5}" width="5" height="5" fill="#15222B"/>'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">{lines}{alone}{end}</svg>'
    return "data:image/svg+xml;base64," + b64encode(svg.encode()).decode()
