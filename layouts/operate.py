"""Doors and devices: the frame of the page on which they are operated. What stands in it assets/operate/ fills."""

from __future__ import annotations

import json
from collections.abc import Sequence
from urllib.parse import urlencode

from dash import html

from community.board import client_words
from community.board.desk_words import DESK
from community.board.operate import TABS
from community.board.operate_words import OPERATE
from community.board.video_words import VIDEO
from community.site import Site
from community.words import Lang, page_words

from .bar import bar, standing

KEYS = (("", "key_answer"), ("O", "key_open"), ("H", "key_home"), ("N", "key_refuse"), ("J K", "key_next"))


def operate(site: Site, lang: Lang, who: str, pages: Sequence[tuple[str, str]]) -> html.Main:
    """`who`: name and post, as the bar says them. `pages`: address and name of what else the person may open."""

    def say(key: str) -> str:
        return OPERATE[key].get(lang)

    kinds = {device.kind for device in site.devices}
    tabs = [
        html.Button(say(f"tab_{tab}"), type="button", role="tab", **{"data-tab": tab})
        for tab, of in TABS.items()
        if not kinds.isdisjoint(of)
    ]
    chosen = html.Section(
        [
            html.Div(id="call"),
            html.Div(id="chosen"),
            html.P(id="said", className="said", role="status"),
            html.Div(id="records"),
        ],
        className="panel chosen-panel",
    )
    listing = html.Section(
        [
            html.Div(tabs, id="tabs", className="tabs", role="tablist"),
            html.P(id="listed", className="listed"),
            html.Div(
                id="rows", className="device-rows", role="listbox", tabIndex="0", **{"aria-label": say("operate")}
            ),
        ],
        className="panel listing",
    )
    aside = html.Section(
        [
            html.Div(
                [html.H3(say("broadcast")), html.Div(id="compose"), html.Div(id="broadcasts")],
                className="panel broadcast",
            ),
            html.Div(
                [html.H3([say("passes"), html.Small(say("passes_note"))]), html.Div(id="passes")],
                className="panel passes",
            ),
        ],
        className="aside",
    )
    words = client_words(lang) | page_words(lang, DESK, OPERATE, VIDEO)
    strip = html.Footer(
        [html.Span([html.Kbd(key or say("key_space")), say(word)]) for key, word in KEYS], className="keys"
    )
    lost = html.Div(id="desk-lost", className="lost-band", hidden=True, role="alert")
    alarms = standing(linked=f"/desk?{urlencode({'community': site.id, 'lang': lang})}")
    return html.Main(
        [bar(site, lang, "/operate", who, pages, alarms), lost, chosen, listing, aside, strip],
        id="operate",
        className="desk operate",
        **{"data-words": json.dumps(words, ensure_ascii=False)},
    )
