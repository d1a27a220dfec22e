"""The desk: the frame of the page on which alarms are handled. What stands in it assets/desk/ fills."""

from __future__ import annotations

import json
from collections.abc import Sequence
from urllib.parse import urlencode

from dash import html

from community.board import client_words
from community.board.desk_words import DESK
from community.board.video_words import VIDEO
from community.site import Site
from community.words import WALL, Lang, page_words

from .bar import bar, standing

TABS = ("open", "unacknowledged", "returned", "masked", "closed")
KEYS = (
    ("J K", "key_move"),
    ("A", "key_take"),
    ("D", "assign"),
    ("S", "shelve"),
    ("C", "close"),
    ("W", "key_note"),
    ("O", "key_door"),
    ("T", "key_talk"),
    ("B", "key_broadcast"),
    ("N", "key_handover"),
    ("M", "key_mute"),
    ("?", "key_help"),
)
RARE = (("Enter", "key_expand"), ("/", "key_find"), ("1-4", "key_level"), ("U", "key_unacked"), ("Esc", "key_back"))
"""Only where all keys are asked for."""


def desk(site: Site, lang: Lang, who: str, person: str, pages: Sequence[tuple[str, str]]) -> html.Main:
    """`who`: name and post, as the top bar says them; `person`: their id. `pages`: address and name of
    what else the person may open."""

    def say(key: str) -> str:
        return DESK[key].get(lang)

    note, counts = standing()
    more = [
        note,
        html.Span(say("no_channel"), id="desk-channel", className="no-channel", hidden=True),
        counts,
        html.Button(say("big"), id="desk-big", className="plain", type="button"),
    ]
    top = bar(site, lang, "/desk", who, pages, more)
    tabs = [
        html.Button(
            [say(f"tab_{tab}"), html.B(id=f"tab-{tab}", className="num")], id=f"show-{tab}", type="button", role="tab"
        )
        for tab in TABS
    ]
    levels = [html.Button(id=f"level-{p}", type="button", className="level", **{"data-p": str(p)}) for p in range(1, 5)]
    listing = html.Section(
        [
            html.Div(tabs, className="tabs", role="tablist"),
            html.Div(
                [
                    *levels,
                    html.Div(id="desk-system", className="select"),
                    html.Div(id="desk-find", className="find"),
                ],
                className="filters",
            ),
            html.Form(id="desk-ended", className="ended", hidden=True),
            html.Button(id="desk-above", className="above", hidden=True, type="button"),
            html.Div(id="desk-rows", className="rows", role="listbox", tabIndex="0", **{"aria-label": say("desk")}),
        ],
        className="panel list",
    )
    map_address = "/map?" + urlencode({"community": site.id, "lang": lang, "desk": "1"})
    detail = html.Section(
        [
            html.Div(say("choose"), id="desk-none", className="none"),
            html.Div(
                [
                    html.Div(id="desk-head", className="head"),
                    html.Div(id="desk-stages", className="stages"),
                    html.Div(id="desk-cameras", className="cameras"),
                ],
                id="desk-alarm",
                hidden=True,
            ),
            html.Div(
                [
                    html.Iframe(id="plan", src=map_address, title=site.name.get(lang)),
                    html.Div([html.H3(say("duty")), html.Div(id="desk-contacts")], className="contacts"),
                ],
                className="where",
            ),
            html.Div(
                [
                    html.H3([say("timeline"), html.Small(say("each_step"))]),
                    html.Div(id="desk-timeline"),
                    html.Div(id="desk-note", className="note-form"),
                ],
                id="desk-story",
                hidden=True,
            ),
        ],
        className="panel detail",
    )
    acts = html.Section(
        [
            html.Div(
                [
                    html.H3(say("handle")),
                    html.Div(id="desk-acts"),
                    html.Div(id="desk-form"),
                    html.P(id="desk-said", className="said", role="status", **{"aria-live": "assertive"}),
                ],
                className="panel",
            ),
            html.Div(
                [html.H3([say("steps"), html.Small(id="desk-done")]), html.Div(id="desk-steps")], className="panel"
            ),
        ],
        className="acts",
    )
    often = [html.Span([html.Kbd(key), say(word)]) for key, word in KEYS]
    rare = [html.Span([html.Kbd(key), say(word)], className="rare") for key, word in RARE]
    strip = html.Footer(often + rare, className="keys", id="desk-keys")
    lost = html.Div(id="desk-lost", className="lost-band", hidden=True, role="alert")
    return html.Main(
        [top, lost, listing, detail, acts, strip],
        id="desk",
        className="desk",
        **{
            "data-person": person,
            "data-words": json.dumps(
                client_words(lang) | {"repeats": WALL["repeats"].get(lang)} | page_words(lang, DESK, VIDEO),
                ensure_ascii=False,
            ),
        },
    )
