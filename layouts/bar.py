"""The bar above the pages of the desk: the community, the other pages, who is signed in, the clock."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from dash import html
from dash.development.base_component import Component

from community.board.desk_words import DESK
from community.site import Site
from community.words import Lang

from .tongue import switch


def standing(*, linked: str = "") -> list[Component]:
    """What the bar says of the alarms that stand; `linked`: where the critical one leads to."""
    note = html.Div(id="desk-p1", className="p1-note", hidden=True, role="status", **{"data-to": linked})
    return [note, html.Div(id="desk-counts", className="counts")]


def bar(
    site: Site, lang: Lang, path: str, who: str, pages: Sequence[tuple[str, str]], more: Sequence[Component] = ()
) -> html.Header:
    """`who`: name and post. `pages`: address and name of what the person may open; `path` is this one. `more`: what the
    page shows of itself."""
    here = urlencode({"community": site.id, "lang": lang})
    links = [html.A(name, href=f"{to}?{here}", className="here" if to == path else "") for to, name in pages]
    sign_out = html.Button(DESK["sign_out"].get(lang), className="plain")
    return html.Header(
        [
            html.B(site.name.get(lang), className="name"),
            html.Nav(links),
            *more,
            switch(lang),
            html.Span(who, className="who"),
            html.Form(sign_out, action="/logout", method="post"),
            html.Span(id="desk-clock", className="clock num"),
        ],
        className="bar",
    )
