"""/desk, the page on which alarms are handled; what stands in it comes from desk.py and the stream."""

from __future__ import annotations

import time

from dash.development.base_component import Component

from community.board.desk_words import DESK
from community.board.operate_words import OPERATE
from community.site import Text
from community.words import post
from layouts.desk import desk
from layouts.phone import phone

from .access import rule_of
from .pages import Page
from .signin.who import post_of
from .view import View

OFFERED = (
    ("/", DESK["wall"]),
    ("/desk", DESK["desk"]),
    ("/operate", OPERATE["operate"]),
    ("/notices", DESK["notices"]),
    ("/orders", DESK["orders"]),
    ("/patrol", DESK["patrol"]),
    ("/care", DESK["care"]),
    ("/handover", DESK["handover"]),
    ("/daily", DESK["daily"]),
    ("/people", DESK["people"]),
)


def bar_of(page: Page) -> tuple[str, str, list[tuple[str, str]]]:
    """Who is signed in, in words and by id, and the other pages that this person may open."""
    site, lang, who = page.site, page.lang, page.who
    assert who is not None  # the guard lets nobody else in
    pages = [(path, name.get(lang)) for path, name in OFFERED if who.may(rule_of("GET", path).roles or (), site.id)]
    held = post_of(who, site, time.time_ns() // 1_000_000)
    named = post(held, lang, site.posts) if held else ""
    return " · ".join(part for part in (who.name, named) if part), who.id, pages


def layout(page: Page) -> Component:
    return desk(page.site, page.lang, *bar_of(page))


def phone_layout(page: Page) -> Component:
    who = page.who
    assert who is not None  # the guard lets nobody else in
    return phone(page.site, page.lang, who.name, who.id)


PHONE = View("/phone", Text("手机值守", "Guard's phone"), phone_layout, ("shared", "photo", "phone"))

VIEW = View("/desk", Text("告警台", "Alarm desk"), layout, ("shared", "bar", "camera", "desk"))
