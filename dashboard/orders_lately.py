"""Beside the open orders those that have ended lately: what they were about, how long each took, what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import sqlalchemy as sa

from community.clock import local, local_day
from community.figures.words import CATEGORIES
from community.place import moment_ms
from community.resident.spots import spot_name
from community.resident.words import RESIDENT
from community.site import Site, Text
from community.words import post as post_words
from community.words import span
from store.history.order_looks import Lately, lately
from store.residents.reports import Report

from .pages import Page

WORDS = {
    "lately": Text("最近办结", "Ended lately"),
    "none_ended": Text("七天内没有办结的工单", "None has ended in seven days"),
    "today": Text("今天新到 {} · 办结 {}", "Today {} came, {} ended"),
    "took": Text("用时 {}", "took {}"),
    "rated": Text("{} 分", "rated {}"),
    "lately_away": Text("历史库没有应答", "History does not answer"),
    "is_done": Text("完成", "done"),
    "is_cancelled": Text("已取消", "cancelled"),
    "is_duplicate": Text("重复单", "a duplicate"),
}
LATELY_MS, LATELY = 7 * 86_400_000, 12
"""Beside the list as many as a screen has room for."""


def read_lately(engine: sa.Engine, site: Site, now_ms: int) -> Lately:
    """Raises HistoryUnavailable."""
    today_ms = moment_ms(local_day(now_ms, site.timezone), site.timezone)
    return lately(engine, site, now_ms - LATELY_MS, today_ms, LATELY)


def draw_lately(at: Page, over: Lately | None, told: Mapping[str, Report]) -> str:
    """What became of others: how long it took, who had it, what the resident thought of it."""

    def say(key: str, *values: object) -> str:
        return escape(WORDS[key].get(at.lang).format(*values))

    if over is None:
        return f'<aside class="lately"><h2>{say("lately")}</h2><p class="nothing">{say("lately_away")}</p></aside>'
    rows = []
    for one in over.last:
        title = escape(about(at, one.category, told.get(one.order)) or one.order)
        ended = local(one.ended_ms, at.site.timezone).strftime("%m-%d %H:%M")
        key = f"is_{one.phase}" if f"is_{one.phase}" in WORDS else "is_done"
        facts = [say(key), say("took", span(one.ended_ms - one.published_ms, at.lang))]
        facts += [escape(post_words(one.post, at.lang, at.site.posts))] if one.post else []
        facts += [say("rated", one.rating)] if one.rating is not None else []
        rows.append(
            f'<li><b>{title}</b><small class="num">{ended}</small><span class="num">{" · ".join(facts)}</span></li>'
        )
    listed = f"<ul>{''.join(rows)}</ul>" if rows else f'<p class="nothing">{say("none_ended")}</p>'
    today = f'<p class="num">{say("today", over.published, over.ended)}</p>'
    return f'<aside class="lately"><h2>{say("lately")}</h2>{today}{listed}</aside>'


def about(at: Page, category: str, report: Report | None) -> str:
    place = spot_name(at.site, report.place, at.lang) if report is not None else ""
    return " · ".join(part for part in (category_words(category, at) if category else "", place) if part)


def category_words(category: str, at: Page) -> str:
    """A resident's category, or a vendor's own word."""
    found = RESIDENT.get(f"cat_{category}") or CATEGORIES.get(category)
    return found.get(at.lang) if found is not None else category
