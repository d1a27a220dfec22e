"""/orders: residents' reports at the desk. Take, assign, begin, close; what is due first stands first.

Each press is a command in the log; the page shows what the fold has made of it, and whoever was second is told. Numbers
that a resident has written are covered; who leads, and whoever has taken the order, sees them once for a reason, and
the audit has it before.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from html import escape
from urllib.parse import urlencode

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from community.board.desk_words import DESK
from community.clock import local
from community.order_book import Standing, desk_of, open_orders, standing
from community.site import Text
from community.state import State
from community.veil import without_numbers
from community.words import post as post_words
from community.words import span
from store.history import HistoryMisconfigured, HistoryUnavailable
from store.history.order_looks import Lately
from store.log import LogUnavailable
from store.residents.reports import Report, Reports

from .access import ACTIONS, LEADS, Denied, require
from .assets import scripts
from .commands import MoveOrder
from .facts import Facts
from .orders_lately import about, draw_lately, read_lately
from .pages import Page, current
from .refused import refused
from .rooms import REASON
from .rooms import WORDS as HOME_WORDS
from .sending import NotCertain
from .signin.pages import document
from .signin.routes import read_form
from .signin.who import post_of
from .signing import signed
from .tongue import switch
from .view import House

WORDS = {
    "title": Text("居民工单", "Residents' orders"),
    "back": Text("告警台", "Alarm desk"),
    "notices": Text("通知居民", "Notices"),
    "waiting": Text("待接单 {}", "{} waiting"),
    "in_hand": Text("在办 {}", "{} in hand"),
    "overdue": Text("{} 单超时", "{} late"),
    "due_in": Text("还有 {}", "{} left"),
    "late_by": Text("已超时 {}", "{} late"),
    "since": Text("已 {}", "for {}"),
    "take": Text("接单", "Take"),
    "assign": Text("派给", "Assign to"),
    "begin": Text("开始处理", "Begin"),
    "done": Text("完成", "Done"),
    "cancelled": Text("取消", "Cancel"),
    "duplicate": Text("重复单", "Duplicate"),
    "reason": Text("原因（取消、重复必填）", "Reason (to cancel, or of a duplicate)"),
    "published": Text("待接单", "waiting"),
    "reopened": Text("重新打开", "opened again"),
    "taken": Text("已接单", "taken"),
    "in_progress": Text("处理中", "in hand"),
    "no_words": Text("没有说明", "no words"),
    "words_away": Text("说明和照片暂时查不到", "Words and photos cannot be looked up just now"),
    "photo": Text("照片 {}", "Photo {}"),
    "not_done": DESK["not_done"],
    "sent": Text("已送出，等记录", "Sent: waits for the record"),
    "recorded": Text("已记下", "Recorded"),
    "second": Text("没有改动：现在是{}，{}", "Nothing was changed: it is {}, {}"),
    "nobody": Text("无人接单", "nobody has it"),
    "unsure": Text("不确定是否记下，请看列表", "Not certain whether it was recorded: look at the list"),
    "away": Text("日志写不进去，没有记下；请用对讲机", "The log cannot be written: use the radio"),
    "gone": Text("这一单已经不在列表里", "This order is not in the list any more"),
    "bad": Text("看不懂这个请求", "This is no request of this page"),
    "lost": Text("数据中断，现在情况未知", "Feed lost: how it stands is not known"),
    "covered": Text("号码已遮盖，写明理由后可查看一次", "Numbers are covered: say why, and see them once"),
    "ask_lead": Text("号码已遮盖：接单后可查看，或请班长查看", "Numbers are covered: take it, or ask a supervisor"),
    "all": Text("返回工单列表", "Back to the list"),
    "none_waiting": Text("没有等着接的工单", "Nobody waits"),
    "none_in_hand": Text("没有在办的工单", "None is in hand"),
    "why": HOME_WORDS["reason"],
    **{name: HOME_WORDS[name] for name in ("plain", "too_short", "is_plain", "unrecorded")},
}
SETTLED_S, LOOK_S = 3.0, 0.05
"""A person waits so long for the fold to have its say; then the list will tell."""

MOVES: Mapping[str, str] = {
    "take": "taken",
    "assign": "taken",
    "begin": "in_progress",
    "done": "done",
    "cancelled": "cancelled",
    "duplicate": "duplicate",
}
IN_HAND = ("taken", "in_progress")
OFFERED = {
    "published": ("take", "assign", "cancelled", "duplicate"),
    "reopened": ("take", "assign", "cancelled", "duplicate"),
    "taken": ("begin", "done", "assign", "cancelled", "duplicate"),
    "in_progress": ("done", "assign"),
}


def make_work_orders(house: House, reports: Reports, facts: Facts) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    def state_of(at: Page) -> State | None:
        channel = house.hub.channels[at.site.id]
        return channel.state.glance() if channel.state is not None and not channel.broken else None

    @router.get("/orders")
    async def orders() -> Response:
        return await shown(current.get(), "")

    @router.post("/orders")
    async def act(request: Request) -> Response:
        at, form = current.get(), await read_form(request)
        state, do = state_of(at), form.get("do", "")
        if do == "plain":
            return await plain(at, form.get("order", "")[:80], form.get("reason", ""))
        if do not in MOVES:
            return await shown(at, WORDS["bad"].get(at.lang), 400)
        to = form.get("to", "") if do == "assign" else ""
        said = {name: form.get(name, "") for name in ("order", "was", "instead_of", "reason")}
        try:
            order = msgspec.convert({**said, "type": "order.move", "phase": MOVES[do], "to": to}, MoveOrder)
        except msgspec.ValidationError:
            return await shown(at, WORDS["bad"].get(at.lang), 400)
        order = signed(order, at.who, at.site, at.now_ms)
        if state is None:
            return await shown(at, WORDS["lost"].get(at.lang), 503)
        if order.missing(state):
            return await shown(at, WORDS["gone"].get(at.lang), 404)
        assert at.who is not None  # the guard lets nobody else in
        before = _standing(state, order)
        try:
            sent = await house.commands.send(at.site.id, order.resolved(state), at.who.id)
        except NotCertain:
            return await shown(at, WORDS["unsure"].get(at.lang), 503)
        except LogUnavailable:
            return await shown(at, WORDS["away"].get(at.lang), 503)
        return await shown(at, await outcome(at, order, before, sent))

    async def plain(at: Page, order: str, said: str) -> Response:
        """One order with all that was written: an answer of its own, which nothing renews."""
        who, reason = require(at.who, "order.plain", at.site.id), without_numbers(said.strip())[:200]
        state = state_of(at)
        one = next((one for one in open_orders(state) if one.order == order), None) if state is not None else None
        if not _may_uncover(at, one):
            raise Denied(who, "order.plain", at.site.id, WORDS["ask_lead"].get(at.lang))
        if len(reason) < REASON:
            return await shown(at, WORDS["too_short"].get(at.lang), 400)
        if state is None or one is None:
            return await shown(at, WORDS["gone"].get(at.lang), 404)
        try:
            told = await asyncio.to_thread(reports.of_orders, at.site.id, [order])
            await facts.surely("order.plain", who.id, at.site.id, order, reason)
        except (HistoryUnavailable, HistoryMisconfigured):
            return await shown(at, WORDS["words_away"].get(at.lang), 503)
        except LogUnavailable:
            return await shown(at, WORDS["unrecorded"].get(at.lang), 503)
        notice = f'<p class="notice" role="status">{escape(WORDS["is_plain"].get(at.lang).format(reason))}</p>'
        here = escape(urlencode({"community": at.site.id, "lang": at.lang}))
        back = f'<p><a href="/orders?{here}">{escape(WORDS["all"].get(at.lang))}</a></p>'
        body = notice + _order(at, state.clock_ms, one, told.get(order), plain=True) + back
        return Response(_frame(at, body, live=False), media_type="text/html", headers={"cache-control": "no-store"})

    async def outcome(at: Page, order: MoveOrder, before: Standing | None, sent: str) -> str:
        """What the fold has made of it, as soon as it has made anything of it."""
        if before is None or (order.was and order.was != before.phase):
            return _second(at, before)
        wanted = (order.phase, order.to or order.by if order.phase == "taken" else before.post)
        deadline_s = time.monotonic() + SETTLED_S
        while time.monotonic() < deadline_s:
            if why := [one["words"] for one in refused(house.hub.channels[at.site.id], at) if one["id"] == sent]:
                return WORDS["not_done"].get(at.lang).replace("{}", why[0])
            state = state_of(at)
            now = _standing(state, order) if state is not None else before
            if now is None or (now.phase, now.post) == wanted or now.phase == order.phase != "taken":
                return WORDS["recorded"].get(at.lang)
            if (now.phase, now.post) != (before.phase, before.post):
                return _second(at, now)
            await asyncio.sleep(LOOK_S)
        return WORDS["sent"].get(at.lang)

    async def shown(at: Page, notice: str, status: int = 200) -> Response:
        state, told, away = state_of(at), {}, False
        if state is None:
            body = _frame(at, f'<p role="alert" class="notice">{escape(WORDS["lost"].get(at.lang))}</p>')
            return Response(body, 503, media_type="text/html", headers={"cache-control": "no-store"})
        found = open_orders(state)
        over: Lately | None = None
        with suppress(HistoryUnavailable, HistoryMisconfigured):  # and then the open ones are shown all the same
            over = await asyncio.to_thread(read_lately, house.history.engine(), at.site, state.clock_ms)
        known = [one.order for one in (*found, *(over.last if over is not None else ()))]
        try:
            told = await asyncio.to_thread(reports.of_orders, at.site.id, known)
        except (HistoryUnavailable, HistoryMisconfigured):
            away = True
        lost = house.hub.lost(house.hub.channels[at.site.id])
        band = f'<p role="alert" class="notice">{escape(WORDS["lost"].get(at.lang))}</p>' if lost else ""
        list_ = _list(at, state, found, told, notice, away=away)
        body = _frame(at, f'{band}<div class="beside"><div>{list_}</div>{draw_lately(at, over, told)}</div>')
        return Response(body, status, media_type="text/html", headers={"cache-control": "no-store"})

    return router


def _standing(state: State, order: MoveOrder) -> Standing | None:
    desk = state.devices.get(desk_of(state, order.order))
    return standing(desk, order.order, state.site) if desk is not None else None


def _second(at: Page, now: Standing | None) -> str:
    """Somebody else was first."""
    if now is None:
        return WORDS["gone"].get(at.lang)
    whose = post_words(now.post, at.lang, at.site.posts) if now.post else WORDS["nobody"].get(at.lang)
    phase = WORDS[now.phase].get(at.lang) if now.phase in WORDS else now.phase
    return WORDS["second"].get(at.lang).format(phase, whose)


def _frame(at: Page, inner: str, *, live: bool = True) -> str:
    def say(key: str) -> str:
        return escape(WORDS[key].get(at.lang))

    here = escape(urlencode({"community": at.site.id, "lang": at.lang}))
    assert at.who is not None  # the guard lets nobody else in
    head = (
        f'<header><h1>{say("title")}</h1><p>{escape(at.who.name)}</p><a href="/bulletin?{here}">{say("notices")}</a>'
        f'<a href="/desk?{here}">{say("back")}</a>{switch(at.lang)}</header>'
    )
    title = f"{WORDS['title'].get(at.lang)} · {at.site.name.get(at.lang)}"
    page = f'<main class="people orders broad">{head}<div id="fresh">{inner}</div></main>'
    page += "".join(scripts(("orders",))) if live else ""
    return document(at.lang, title, page, "papers", ("shared", "people", "orders"))


def _list(at: Page, state: State, found: list[Standing], told: Mapping[str, Report], notice: str, *, away: bool) -> str:
    def say(key: str, *values: object) -> str:
        return escape(WORDS[key].get(at.lang).format(*values))

    now_ms = state.clock_ms
    waiting = [one for one in found if one.due_ms is not None]
    late = [one for one in waiting if one.due_ms is not None and one.due_ms <= now_ms]
    parts = [f'<p class="sums"><b class="late">{say("overdue", len(late))}</b></p>'] if late else []
    if notice:
        parts.append(f'<p class="notice" role="status">{escape(notice)}</p>')
    if away:
        parts.append(f'<p class="notice">{say("words_away")}</p>')
    for key, column in (("waiting", waiting), ("in_hand", [one for one in found if one.due_ms is None])):
        drawn = "".join(_order(at, now_ms, one, told.get(one.order)) for one in column)
        drawn = drawn or f'<p class="nothing">{say(f"none_{key}")}</p>'
        parts.append(f'<section class="column"><h2>{say(key, len(column))}</h2>{drawn}</section>')
    return f'<div class="columns">{"".join(parts)}</div>'


def _order(at: Page, now_ms: int, one: Standing, report: Report | None, *, plain: bool = False) -> str:
    def say(key: str, *values: object) -> str:
        return escape(WORDS[key].get(at.lang).format(*values))

    title = escape(about(at, one.category, report) or one.order)
    clock, look = say("since", span(now_ms - min(one.phases.values()), at.lang)), ""
    if one.due_ms is not None:
        over = one.due_ms <= now_ms
        clock = say("late_by" if over else "due_in", span(abs(one.due_ms - now_ms), at.lang))
        look = "late" if over else "waits"
    whose = f" · {escape(post_words(one.post, at.lang, at.site.posts))}" if one.post else ""
    words = ""
    if report is not None:
        text = report.text if plain else without_numbers(report.text)
        words = f"<p>{escape(text) or say('no_words')}</p>"
        if text != report.text:
            words += _uncover(at, one)
        words += "".join(
            f'<a class="picture" href="/api/v1/pictures/{escape(hash_)}" target="_blank">'
            f'<img src="/api/v1/pictures/{escape(hash_)}" alt="{say("photo", n)}" loading="lazy"></a>'
            for n, hash_ in enumerate(report.photos, 1)
        )
    moment = local(min(one.phases.values()), at.site.timezone).strftime("%m-%d %H:%M")
    return (
        f'<section class="order {look}" data-order="{escape(one.order)}"><h2>{title}</h2>'
        f'<p class="when num"><b>{clock}</b> · {say(one.phase)}{whose}'
        f"<small>{escape(one.order)} · {moment}</small></p>{words}{_acts(at, one)}</section>"
    )


def _may_uncover(at: Page, one: Standing | None) -> bool:
    """Who leads, and the post that has taken the order: somebody has to call back. Of one that is gone, who leads."""
    if at.who is None or not at.who.may(ACTIONS["order.plain"], at.site.id):
        return False
    mine = one is not None and one.phase in IN_HAND and one.post == post_of(at.who, at.site, at.now_ms)
    return mine or at.who.may(LEADS, at.site.id)


def _uncover(at: Page, one: Standing) -> str:
    """The way to what is covered, for whom there is one."""
    if not _may_uncover(at, one):
        return f'<p class="covered">{escape(WORDS["ask_lead"].get(at.lang))}</p>'
    here, why = escape(urlencode({"community": at.site.id, "lang": at.lang})), escape(WORDS["why"].get(at.lang))
    return (
        f'<form class="uncover" method="post" action="/orders?{here}">'
        f'<input type="hidden" name="order" value="{escape(one.order)}">'
        f'<span class="covered">{escape(WORDS["covered"].get(at.lang))}</span>'
        f'<input name="reason" maxlength="80" required placeholder="{why}" aria-label="{why}">'
        f'<button name="do" value="plain">{escape(WORDS["plain"].get(at.lang))}</button></form>'
    )


def _acts(at: Page, one: Standing) -> str:
    def say(key: str) -> str:
        return escape(WORDS[key].get(at.lang))

    def hidden(name: str, value: str) -> str:
        return f'<input type="hidden" name="{name}" value="{escape(value)}">'

    kept = hidden("order", one.order) + hidden("was", one.phase) + hidden("instead_of", one.post)
    buttons = []
    for number, do in enumerate(OFFERED.get(one.phase, ())):
        if do == "assign":
            options = "".join(
                f'<option value="{escape(p.id)}">{escape(p.name.get(at.lang))}</option>' for p in at.site.posts
            )
            buttons.append(f'<select name="to" aria-label="{say("assign")}">{options}</select>')
        look = ' class="go"' if number == 0 else ""
        buttons.append(f'<button name="do" value="{do}"{look}>{say(do)}</button>')
    here = escape(urlencode({"community": at.site.id, "lang": at.lang}))
    reason = f'<input name="reason" maxlength="200" placeholder="{say("reason")}" aria-label="{say("reason")}">'
    return f'<form method="post" action="/orders?{here}">{kept}{"".join(buttons)}{reason}</form>'
