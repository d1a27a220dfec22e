"""/bulletin: what the house tells its residents, and how many phones have read it."""

from __future__ import annotations

import asyncio
import secrets
import time
from html import escape
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from community.clock import local
from community.site import Text
from store.history import HistoryMisconfigured, HistoryUnavailable
from store.log import LogUnavailable
from store.residents.notices import Notice, Notices

from .access import require
from .facts import Facts
from .pages import Page, current
from .signin.pages import document
from .signin.routes import read_form
from .signin.who import post_of
from .tongue import switch

WORDS = {
    "title": Text("通知居民", "Notices to residents"),
    "back": Text("居民工单", "Residents' orders"),
    "head": Text("标题", "Title"),
    "text": Text("内容（居民无需账号就能看到，勿写姓名电话）", "Text (public: no names, no numbers)"),
    "days": Text("展示几天", "Days to show it"),
    "publish": Text("发布", "Publish"),
    "withdraw": Text("撤下", "Withdraw"),
    "read": Text("{} 台手机已读", "read on {} phones"),
    "until": Text("{} 发布，展示到 {}", "published {}, until {}"),
    "empty": Text("标题和内容都要写", "Title and text are needed"),
    "done": Text("已发布", "Published"),
    "gone": Text("已撤下", "Withdrawn"),
    "away": Text("没有记下，请稍后再试", "Not recorded: try again"),
    "none": Text("现在没有通知", "There is no notice just now"),
}
TITLE_MOST, TEXT_MOST, DAYS_MOST = 60, 2000, 60
DAY_MS = 86_400_000


def make_bulletin(notices: Notices, facts: Facts) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/bulletin")
    async def listed() -> Response:
        return await shown(current.get(), "")

    @router.post("/bulletin")
    async def act(request: Request) -> Response:
        at, form = current.get(), await read_form(request)
        who = require(at.who, "bulletin.publish", at.site.id)
        now_ms = time.time_ns() // 1_000_000
        try:
            if form.get("do") == "withdraw":
                id_ = form.get("notice", "")
                await facts.surely("bulletin.withdraw", who.id, at.site.id, id_)
                await asyncio.to_thread(notices.withdraw, at.site.id, id_, now_ms)
                return await shown(at, WORDS["gone"].get(at.lang))
            title, text = form.get("title", "").strip()[:TITLE_MOST], form.get("text", "").strip()[:TEXT_MOST]
            if not title or not text:
                return await shown(at, WORDS["empty"].get(at.lang), 400)
            days = form.get("days", "")
            until_ms = now_ms + DAY_MS * min(DAYS_MOST, max(1, int(days) if days.isdecimal() else 7))
            by, id_ = post_of(who, at.site, now_ms), f"N-{secrets.token_hex(4)}"
            one = Notice(at.site.id, id_, title, text, by, now_ms, until_ms)
            await facts.surely("bulletin.publish", who.id, at.site.id, one.id)
            await asyncio.to_thread(notices.publish, one)
        except (LogUnavailable, HistoryUnavailable, HistoryMisconfigured):
            return await shown(at, WORDS["away"].get(at.lang), 503)
        return await shown(at, WORDS["done"].get(at.lang))

    async def shown(at: Page, notice: str, status: int = 200) -> Response:
        try:
            found = await asyncio.to_thread(notices.current, at.site.id, time.time_ns() // 1_000_000)
            counts = await asyncio.to_thread(notices.counts, at.site.id, [one.id for one in found])
        except (HistoryUnavailable, HistoryMisconfigured):
            found, counts, notice, status = [], {}, WORDS["away"].get(at.lang), 503
        body = _page(at, found, counts, notice)
        return Response(body, status, media_type="text/html", headers={"cache-control": "no-store"})

    return router


def _page(at: Page, found: list[Notice], counts: dict[str, int], notice: str) -> str:
    def say(key: str, *values: object) -> str:
        return escape(WORDS[key].get(at.lang).format(*values))

    query = escape(urlencode({"community": at.site.id, "lang": at.lang}))
    here = f"/bulletin?{query}"
    parts = [
        f'<header><h1>{say("title")}</h1><p></p><a href="/orders?{query}">{say("back")}</a>{switch(at.lang)}</header>'
    ]
    if notice:
        parts.append(f'<p class="notice" role="status">{escape(notice)}</p>')
    parts.append(
        f'<form method="post" action="{here}"><input name="title" maxlength="{TITLE_MOST}" placeholder="{say("head")}" '
        f'aria-label="{say("head")}" required><textarea name="text" maxlength="{TEXT_MOST}" '
        f'placeholder="{say("text")}" aria-label="{say("text")}" required></textarea>'
        f'<label>{say("days")} <input name="days" type="number" min="1" max="{DAYS_MOST}" value="7"></label>'
        f'<button name="do" value="publish">{say("publish")}</button></form>'
    )
    for one in found:
        made, until = (local(ms, at.site.timezone).strftime("%m-%d %H:%M") for ms in (one.made_ms, one.until_ms))
        parts.append(
            f'<section class="order"><h2>{escape(one.title)}</h2><p>{escape(one.text)}</p>'
            f"<p>{say('until', made, until)} · <b>{say('read', counts.get(one.id, 0))}</b></p>"
            f'<form method="post" action="{here}"><input type="hidden" name="notice" value="{escape(one.id)}">'
            f'<button name="do" value="withdraw">{say("withdraw")}</button></form></section>'
        )
    if not found:
        parts.append(f"<p>{say('none')}</p>")
    title = f"{WORDS['title'].get(at.lang)} · {at.site.name.get(at.lang)}"
    body = f'<main class="people orders">{"".join(parts)}</main>'
    return document(at.lang, title, body, "papers", ("shared", "people", "orders"))
