"""The other language, kept with whoever presses: dashboard/tongue.py is the same on pages without Dash."""

from __future__ import annotations

from dash import html

from community.words import OWN_NAMES, Lang


def switch(lang: Lang, look: str = "plain") -> html.Form:
    other: Lang = "en" if lang == "zh" else "zh"
    button = html.Button(OWN_NAMES[other], name="lang", value=other, lang=other, className=look)
    return html.Form(button, action="/language", method="post", className="tongue")
