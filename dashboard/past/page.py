"""/past, the wall as it was; `/?at=` leads there."""

from __future__ import annotations

from urllib.parse import urlencode

from dash.development.base_component import Component

from community.past import PAST, moment_of
from layouts.past import past

from ..access import rule_of
from ..pages import Page
from ..view import View

AFTER = ("/", "/audit")
"""Where somebody goes on who has seen enough: the first that is theirs."""


def layout(page: Page) -> Component:
    assert page.who is not None  # the guard lets nobody else in
    to = next(path for path in AFTER if page.who.may(rule_of("GET", path).roles or (), page.site.id))
    query = {"community": page.site.id, "lang": page.lang} | ({"visit": "1"} if page.visit else {})
    asked = page.asked.get("at", "")
    at_ms = _moment(asked, page.site.timezone)
    leave = f"{to}?{urlencode(query)}"
    return past(page.site, page.lang, at_ms, leave, page.visit, unread=bool(asked) and at_ms is None)


def _moment(asked: str, zone: str) -> int | None:
    try:
        return moment_of(asked, zone)
    except (ValueError, OverflowError):
        return None


VIEW = View("/past", PAST["title"], layout, ("shared", "wall", "past"), acts=False)
