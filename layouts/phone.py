"""The guard's phone: what is critical or high, where, what to do; taken, on scene, a note, a photo."""

from __future__ import annotations

import json

from dash import html

from community.board import client_words
from community.board.desk_words import DESK
from community.site import Site
from community.words import Lang

from .tongue import switch


def phone(site: Site, lang: Lang, who: str, person: str) -> html.Main:
    def say(key: str) -> str:
        return DESK[key].get(lang)

    words = client_words(lang) | {key: text.get(lang) for key, text in DESK.items()}
    return html.Main(
        [
            html.Header([html.B(site.name.get(lang)), html.Span(who), html.Span(id="phone-clock", className="num")]),
            html.Div(id="phone-lost", className="lost-band", hidden=True, role="alert"),
            html.P(id="phone-said", className="said", role="status", **{"aria-live": "assertive"}),
            html.Section(id="phone-cards"),
            html.P(say("none"), id="phone-none", className="none", hidden=True),
            html.Footer(
                [
                    html.Button(say("big"), id="phone-big", type="button"),
                    switch(lang, ""),
                    html.Form(html.Button(say("sign_out")), action="/logout", method="post"),
                ]
            ),
        ],
        id="phone",
        className="phone",
        **{"data-person": person, "data-words": json.dumps(words, ensure_ascii=False)},
    )
