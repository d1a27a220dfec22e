"""All communities, a line each; assets/city/ fills it."""

from __future__ import annotations

import json

from dash import html

from community.words import CITY, CLIENT, PRIORITIES, Lang

TIMES = ("seconds", "minutes", "hours", "hours_minutes", "days")


def city(lang: Lang) -> html.Main:
    words = {key: text.get(lang) for key, text in CITY.items()} | {key: CLIENT[key].get(lang) for key in TIMES}
    return html.Main(
        [
            html.Header(
                [
                    html.H1(words["city"]),
                    html.Span(id="city-sums", className="sums", role="status", **{"aria-live": "polite"}),
                    html.Span(className="space"),
                    html.Span(id="city-search"),
                ],
                className="top",
            ),
            html.Div([html.Span(name.get(lang)) for name in PRIORITIES.values()], className="heads"),
            html.Section(id="city-lost", className="city-lost", hidden=True, role="status"),
            html.Ol(id="city-lines", className="lines"),
        ],
        id="city",
        className="city",
        **{"data-words": json.dumps(words, ensure_ascii=False)},
    )
