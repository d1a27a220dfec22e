"""A wall of the past: the wall itself under a band that nobody overlooks, a scrubber in the place of its ribbon."""

from __future__ import annotations

import json

from dash import html

from community.past import PAST, SPEEDS, words
from community.site import Site
from community.words import Lang

from .wall import wall


def past(
    site: Site, lang: Lang, at_ms: int | None, leave: str, visit: bool = False, *, unread: bool = False
) -> html.Main:
    """`at_ms`: the moment that the address asks for; `unread`: what it asks for is none. `leave`: the address of the
    wall of now."""

    def word(key: str) -> str:
        return PAST[key].get(lang)

    band = html.Section(
        [
            html.B(word("tag"), className="tag"),
            html.B(id="past-moment", className="moment num"),
            html.Span(id="past-ago", className="ago num"),
            html.Span(site.name.get(lang), className="name"),
            html.Span(id="past-note", className="note"),
            html.A(word("now"), href=leave, id="past-leave", className="press"),
        ],
        className="past-band",
        role="status",
    )
    return wall(site, lang, visit, past=[band, _card(), _strip(site, lang, at_ms, unread)], then=word("then"))


def _card() -> html.Section:
    """In the place of a picture that is not there."""
    return html.Section(
        [html.H2(id="past-title"), html.P(id="past-why"), html.Button(id="past-go", className="press", type="button")],
        id="past-card",
        className="past-card",
        hidden=True,
        role="alert",
    )


def _strip(site: Site, lang: Lang, at_ms: int | None, unread: bool) -> html.Section:
    def word(key: str, *values: object) -> str:
        said = PAST[key].get(lang)
        for value in values:
            said = said.replace("{}", str(value), 1)
        return said

    def step(words: str, amount: int, unit: str) -> html.Button:
        return html.Button(words, className="press", type="button", **{"data-step": str(amount), "data-unit": unit})

    speeds = [
        html.Button(f"{speed}×", className="press", type="button", **{"data-speed": str(speed)}) for speed in SPEEDS
    ]
    play = html.Button(word("pause"), id="past-play", className="press play", type="button")
    moment = html.Span(id="past-when", className="when", **{"data-label": word("moment"), "data-go": word("go")})
    day, minutes = word("day", 1), word("minutes", 10)
    controls = html.Div(
        [
            step(f"‹ {day}", -1, "day"),
            step(f"‹ {minutes}", -10, "minute"),
            play,
            step(f"{minutes} ›", 10, "minute"),
            step(f"{day} ›", 1, "day"),
            html.Span(speeds, className="speeds", role="group", **{"aria-label": word("speed")}),
            moment,
        ],
        className="controls",
    )
    track = html.Div(
        id="past-track",
        className="track",
        role="slider",
        tabIndex="0",
        **{"aria-label": word("scrub"), "aria-valuemin": "0", "aria-valuemax": "1440", "aria-valuenow": "0"},
    )
    return html.Section(
        [controls, track],
        id="past",
        className="past-strip",
        **{
            "data-words": json.dumps(words(lang), ensure_ascii=False),
            "data-at": "" if at_ms is None else str(at_ms),
            "data-unread": "1" if unread else "",
            "data-zone": site.timezone,
        },
    )
