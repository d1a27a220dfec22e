"""/notices: by which channels people away from the desk are told, whether each has passed its test, the local outbox;
/g/<token>: the link by which a guardian answers that they have reached their own.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from html import escape

import redis
from fastapi import APIRouter, Request
from redis.exceptions import RedisError
from starlette.responses import Response

from community.notice_log import DELIVERY, Delivery
from community.site import Site, Text
from community.words import Lang
from store.log import LogUnavailable
from store.notices import Answer, Book, Line, Standing, answered
from store.settings import Settings

from .access import require
from .facts import Facts
from .hub import Hub
from .pages import current, language
from .paper import Paper, answer
from .sending import Commands
from .signin.pages import document
from .signin.routes import read_form

WORDS = {
    "notices": Text("通知与升级", "Notices"),
    "none": Text("没有通道：NOTICES 文件没有写明", "No channel: no NOTICES file names one"),
    "no_channel": Text("无升级通道：无人会被通知", "No channel is in use: nobody is told"),
    "channel": Text("通道", "Channel"),
    "state": Text("状态", "State"),
    "last": Text("最近一次", "Last"),
    "local": Text("本机，无需测试", "this machine: needs no test"),
    "passed": Text("{} 通过测试", "passed its test {}"),
    "untested": Text("未通过测试，停用", "off: has passed no test"),
    "sent": Text("{} 送达", "sent {}"),
    "failed": Text("{} 失败", "failed {}"),
    "test": Text("发送测试码", "Send a code"),
    "code": Text("收到的测试码", "The code that came"),
    "pass": Text("填入测试码", "Enter the code"),
    "off": Text("停用", "Switch off"),
    "outbox": Text("本机发件箱（演示）", "Local outbox (demo)"),
    "nothing": Text("还没有发出过通知", "Nothing has been sent yet"),
    "asked": Text("测试码已发出，收到后填入", "The code is on its way: enter it when it has come"),
    "in_use": Text("通道已启用", "The channel is in use"),
    "wrong": Text("测试码不对或已过期，通道仍停用", "Wrong or old code: the channel stays off"),
    "switched_off": Text("通道已停用", "The channel is off"),
    "away": Text("Redis 没有应答，稍后再试", "Redis does not answer: try again"),
    "desk": Text("告警台", "Alarm desk"),
}
GUARDIAN = {
    "title": Text("守望 · 监护人回复", "Shouwang · a guardian's answer"),
    "ask": Text("您已联系上本人了吗？", "Have you reached them?"),
    "yes": Text("已联系上", "I have reached them"),
    "thanks": Text("已转告值班室，谢谢。", "The duty room knows. Thank you."),
    "gone": Text("这个链接已失效，请直接致电值班室。", "This link has run out: please call the duty room."),
    "away": Text("暂时没有记下，请稍后再试，或致电值班室。", "Not recorded: try again, or call the duty room."),
}


class Channels:
    """Whether anybody away from the desk would be told: the desk says so where nobody is."""

    def __init__(self, redis_url: str) -> None:
        self.client = redis.Redis.from_url(redis_url, socket_timeout=2, socket_connect_timeout=1)

    def in_use(self, community: str) -> bool | None:
        """None: Redis does not say."""
        try:
            return bool(Book(self.client, community).usable())
        except (RedisError, OSError):
            return None


def make_notices(settings: Settings, hub: Hub, commands: Commands, facts: Facts, channels: Channels) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    client = channels.client

    async def shown(notice: str = "", status: int = 200) -> Response:
        at = current.get()
        paper = Paper(at, WORDS)
        book = Book(client, at.site.id)
        try:
            held, lines = await asyncio.to_thread(lambda: (book.channels(), book.outbox()))
        except (RedisError, OSError):
            return answer(paper.page("notices", "", paper.plain("away")), 503)
        beside = paper.link("/desk", paper.say("desk"))
        return answer(paper.page("notices", _body(paper, held, lines), notice, beside), status)

    @router.get("/notices")
    async def page() -> Response:
        return await shown()

    @router.post("/notices")
    async def act(request: Request) -> Response:
        at, form = current.get(), await read_form(request)
        do, channel = form.get("do", ""), form.get("channel", "")
        if do not in ("test", "pass", "off") or not channel:
            return await shown(status=400)
        who = require(at.who, "notices.test", at.site.id)
        try:
            said, ok = await asyncio.to_thread(_carry_out, Book(client, at.site.id), do, channel, form, who.id)
        except (RedisError, OSError):
            return await shown(WORDS["away"].get(at.lang), 503)
        facts.tell(f"notices.{do}", "allowed" if ok else "denied", who.id, at.site.id, channel)
        return await shown(WORDS[said].get(at.lang), 200 if ok else 409)

    @router.get("/g/{token}")
    async def guardian(request: Request, token: str) -> Response:
        lang = language(request.query_params.get("lang", ""), request.headers.get("accept-language", ""), _first(hub))
        told = answered(settings.var, token, time.time_ns() // 1_000_000)
        return _guardian(lang, "ask" if told is not None else "gone", token if told is not None else "")

    @router.post("/g/{token}")
    async def reached(request: Request, token: str) -> Response:
        lang = language("", request.headers.get("accept-language", ""), _first(hub))
        told = answered(settings.var, token, time.time_ns() // 1_000_000)
        if told is None or told.community not in hub.sites:
            return _guardian(lang, "gone", "", 404)
        try:
            await _tell(commands, told)
        except LogUnavailable:
            return _guardian(lang, "away", token, 503)
        return _guardian(lang, "thanks", "")

    return router


def _first(hub: Hub) -> Site:
    return next(iter(hub.sites.values()))


def _carry_out(book: Book, do: str, channel: str, form: Mapping[str, str], by: str) -> tuple[str, bool]:
    """The key of what to say, and whether it was done. Raises RedisError, OSError."""
    held = book.channels().get(channel)
    if held is None or held.local:
        return "wrong", False
    if do == "test":
        book.ask_test(channel)
        return "asked", True
    if do == "off":
        book.withdraw(channel)
        return "switched_off", True
    ok = book.pass_test(channel, form.get("code", ""), by, time.time_ns() // 1_000_000)
    return ("in_use" if ok else "wrong"), ok


async def _tell(commands: Commands, told: Answer) -> None:
    """Evidence of the resident, and beside the alarm that somebody has answered. Raises LogUnavailable."""
    subject = told.alarm.partition("/")[2]
    await commands.write(told.community, "care.evidence", subject, {"evidence": "guardian"})
    said = Delivery(told.channel, "answered", told.occurrence, answer="reached")
    await commands.write(told.community, DELIVERY, told.alarm, said)


def _body(paper: Paper, channels: Mapping[str, Standing], lines: list[Line]) -> str:
    rows = [
        (escape(c.name.get(paper.at.lang) or id_), _state(paper, c), _last(paper, c), _forms(paper, id_, c))
        for id_, c in channels.items()
    ]
    table = paper.table(("channel", "state", "last", ""), rows) if rows else f"<p>{paper.say('none')}</p>"
    off = "" if any(c.usable for c in channels.values()) else f'<p class="notice">{paper.say("no_channel")}</p>'
    if not any(c.local for c in channels.values()):
        return off + table
    sent = "".join(
        f'<article class="sent"><b>{escape(line.title)}</b> <small>{paper.time(line.at_ms)}</small>'
        f"<p>{'<br>'.join(_linked(part) for part in line.body.splitlines())}</p></article>"
        for line in lines
    )
    return f"{off}{table}<h2>{paper.say('outbox')}</h2>" + (sent or f"<p>{paper.say('nothing')}</p>")


def _linked(line: str) -> str:
    before, found, address = line.partition("http")
    if not found:
        return escape(line)
    return f'{escape(before)}<a href="{escape(found + address)}" rel="noreferrer">{escape(found + address[:40])}…</a>'


def _state(paper: Paper, channel: Standing) -> str:
    if channel.local:
        return paper.say("local")
    return (
        paper.say("passed", paper.time(channel.passed_ms)) if channel.passed_ms else f"<b>{paper.say('untested')}</b>"
    )


def _last(paper: Paper, channel: Standing) -> str:
    if not channel.last_ms and channel.last_ok:
        return "—"
    return paper.say("sent" if channel.last_ok else "failed", paper.time(channel.last_ms))


def _forms(paper: Paper, id_: str, channel: Standing) -> str:
    if channel.local:
        return ""
    if channel.passed_ms:
        return paper.form("/notices", "off", channel=id_)
    return paper.form("/notices", "test", channel=id_) + paper.form(
        "/notices", "pass", paper.field("code"), channel=id_
    )


def _guardian(lang: Lang, key: str, token: str, status: int = 200) -> Response:
    ask = f'<form method="post" action="/g/{escape(token)}"><button>{escape(GUARDIAN["yes"].get(lang))}</button></form>'
    body = f'<main class="people"><h1>{escape(GUARDIAN[key].get(lang))}</h1>{ask if token else ""}</main>'
    return answer(document(lang, GUARDIAN["title"].get(lang), body, "papers", ("shared", "people")), status)
