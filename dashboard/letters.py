"""/letters: what could not be read, for the system administrator: why, whence, the payload; mended and sent again.

Dead letters are the installation's: many name no community. So the page is for whom may see them all. Personal data in
a payload is hidden; where somebody mends it, what is hidden comes back as it was.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from html import escape
from typing import NamedTuple

import msgspec
from fastapi import APIRouter, Request
from redis.exceptions import RedisError
from starlette.responses import Response

from community.site import Text
from community.veil import unveil, veil
from store import deadletter
from store.blobs import Blobs
from store.letters import CannotReplay, Letter, chosen, letters_of, replay, replayed, whole
from store.log import LogUnavailable
from store.log.streams import connect
from store.settings import Settings

from .access import require
from .facts import Facts
from .pages import Page, current
from .paper import Paper, answer, pretty
from .signin.routes import read_form

WORDS = {
    "letters": Text("死信", "Dead letters"),
    "none": Text("没有死信：收到的每条报文都读懂了", "No dead letters: every payload that came was read"),
    "count": Text("{} 条死信，{} 条已重放；保留 30 天", "{} dead letters, {} replayed; kept for 30 days"),
    "older": Text("只列最新的 {} 条", "The newest {} are listed"),
    "at": Text("时间", "Time"),
    "origin": Text("来源", "Origin"),
    "key": Text("发送方", "Sender"),
    "why": Text("原因", "Reason"),
    "size": Text("大小", "Size"),
    "state": Text("处理", "Handled"),
    "was_replayed": Text("已重放 {}", "replayed {}"),
    "waits": Text("待处理", "waits"),
    "all": Text("全部", "All"),
    "filter": Text("筛选", "Filter"),
    "code": Text("类别", "Kind"),
    "topic": Text("主题", "Topic"),
    "one": Text("死信内容", "The letter"),
    "hash": Text("校验", "Hash"),
    "hidden": Text(
        "{} 处个人信息已隐藏（⟨1⟩ 等标记），重放时还原",
        "{} personal details are hidden (marks like ⟨1⟩) and come back when it is sent",
    ),
    "payload": Text("报文", "Payload"),
    "text": Text("修改后的报文", "The mended payload"),
    "replay": Text("原样重放", "Send again as it was"),
    "mend": Text("按修改后的内容重放", "Send as mended"),
    "replay_all": Text("重放筛出的 {} 条", "Send these {} again"),
    "done": Text("{} 条已写回原主题", "{} written into their topics again"),
    "gone": Text("没有这条死信（可能已过保留期）", "There is no such letter (it may be past its retention)"),
    "away": Text("日志没有应答，稍后再试", "The log does not answer: try again"),
    "unrecorded": Text("审计未能记录，因此没有重放", "The audit could not record it, so nothing was sent"),
    "not_text": Text("不是文本，只能原样重放", "No text: it can only be sent as it was"),
    deadletter.UNDECODABLE: Text("无法解码", "undecodable"),
    deadletter.UNKNOWN_COMMUNITY: Text("未知社区", "unknown community"),
    deadletter.FOREIGN_PARTITION: Text("分区不符", "foreign partition"),
    deadletter.BAD_DATA: Text("数据不合法", "bad data"),
    deadletter.UNMAPPED: Text("没有映射", "unmapped"),
    deadletter.BUG: Text("程序错误", "our bug"),
}
SHOWN = 200
MENDED_BYTES = 1 << 20
"""A form's worth: text that is percent-encoded takes three times its bytes."""


class Missing(LookupError):
    """No letter of that id."""


class _Desk:
    """Reads and writes the letters, in threads, one at a time: thousands of 64 kB may pass through memory."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._blobs = Blobs(settings.var / "blobs")
        self._one = asyncio.Semaphore(1)

    async def list(self) -> tuple[Mapping[str, Letter], Mapping[str, int]]:
        """Without payloads; id -> when it was replayed. Raises LogUnavailable, RedisError."""
        async with self._one:
            return await asyncio.to_thread(self._list)

    def _list(self) -> tuple[dict[str, Letter], dict[str, int]]:
        client = connect(self._settings.redis_url)
        try:
            return letters_of(self._settings, lambda letter: False), replayed(client)
        finally:
            client.close()

    async def one(self, id_: str) -> tuple[Letter, bytes]:
        """Raises Missing, CannotReplay, LogUnavailable."""
        async with self._one:
            return await asyncio.to_thread(self._whole, id_)

    def _whole(self, id_: str) -> tuple[Letter, bytes]:
        letter = letters_of(self._settings, lambda letter: letter.id == id_).get(id_)
        if letter is None:
            raise Missing(id_)
        return letter, whole(letter, self._blobs)

    async def send(self, code: str, topic: str, ids: frozenset[str], mended: str = "") -> int:
        """How many were sent. `mended`: instead of the payload of the only one. Raises as `one`, RedisError."""
        async with self._one:
            return await asyncio.to_thread(self._send, code, topic, ids, mended)

    def _send(self, code: str, topic: str, ids: frozenset[str], mended: str) -> int:
        client = connect(self._settings.redis_url)
        try:
            before = replayed(client)

            def wanted(letter: Letter) -> bool:
                if ids:
                    return letter.id in ids
                return letter.id not in before and code in ("", letter.code) and topic in ("", letter.origin.topic)

            letters = letters_of(self._settings, wanted)
            picked = [letter for letter in letters.values() if wanted(letter)]
            if ids - letters.keys():
                raise Missing(next(iter(ids - letters.keys())))
            values = []
            for letter in picked:
                value = whole(letter, self._blobs)
                if mended:
                    value = _compact(unveil(mended, veil(pretty(value)).hidden))
                values.append((letter, value))
            if values:
                replay(self._settings, values, client, set(letters))
            return len(values)
        finally:
            client.close()


def _compact(text: str) -> bytes:
    """As programs write it: what was spread over lines for a person is one again."""
    try:
        return msgspec.json.format(text.encode(), indent=-1)
    except (msgspec.DecodeError, RecursionError):
        return text.encode()


class _Asked(NamedTuple):
    code: str = ""
    topic: str = ""
    id: str = ""


def make_letters(settings: Settings, sites: Callable[[], Iterable[str]], facts: Facts) -> APIRouter:
    """`sites`: the communities there are; who sends letters again has the right in each of them."""
    router, desk = APIRouter(include_in_schema=False), _Desk(settings)

    @router.get("/letters")
    async def page(request: Request) -> Response:
        at, query = current.get(), request.query_params
        asked = _Asked(query.get("code", ""), query.get("topic", ""), query.get("id", "")[:300])
        return await shown(at, asked, "")

    @router.post("/letters")
    async def act(request: Request) -> Response:
        at, form = current.get(), await read_form(request, MENDED_BYTES)
        do = form.get("do", "")
        asked = _Asked(form.get("code", ""), form.get("topic", ""), form.get("id", ""))
        if do not in ("replay", "mend", "replay_all") or (do != "replay_all") != bool(asked.id):
            return await shown(at, _Asked(), "", 400)
        for community in sites():
            require(at.who, "letters.replay", community)
        assert at.who is not None  # the guard lets nobody else in
        paper = Paper(at, WORDS)
        mended = form.get("text", "").replace("\r\n", "\n").strip() if do == "mend" else ""
        ids = frozenset((asked.id,)) if asked.id else frozenset()
        try:
            about = asked.id or f"{asked.code}/{asked.topic}"
            await facts.surely("letters.replay", at.who.id, at.site.id, about, "mended" if mended else "")
        except LogUnavailable:
            return await shown(at, asked, paper.plain("unrecorded"), 503)
        try:
            count = await desk.send(asked.code, asked.topic, ids, mended)
        except Missing:
            return await shown(at, _Asked(), paper.plain("gone"), 404)
        except CannotReplay as error:
            return await shown(at, _Asked(), str(error), 409)
        except (LogUnavailable, RedisError, OSError):
            return await shown(at, _Asked(), paper.plain("away"), 503)
        return await shown(at, _Asked(asked.code, asked.topic), paper.plain("done", count))

    async def shown(at: Page, asked: _Asked, notice: str, status: int = 200) -> Response:
        assert at.who is not None  # the guard lets nobody else in
        paper = Paper(at, WORDS)
        try:
            if asked.id:
                facts.tell("letters.view", "allowed", at.who.id, at.site.id, asked.id)
                letter, value = await desk.one(asked.id)
                return answer(_one(paper, letter, value, notice), status)
            letters, before = await desk.list()
        except Missing:
            return answer(paper.page("letters", paper.link("/letters", paper.say("all")), paper.plain("gone")), 404)
        except CannotReplay as error:
            return answer(paper.page("letters", paper.link("/letters", paper.say("all")), str(error)), 409)
        except (LogUnavailable, RedisError, OSError):
            return answer(paper.page("letters", "", paper.plain("away")), 503)
        return answer(_list(paper, letters, before, asked, notice), status)

    return router


def _list(paper: Paper, letters: Mapping[str, Letter], before: Mapping[str, int], asked: _Asked, notice: str) -> str:
    found = chosen(letters, asked.code, asked.topic)
    done = sum(one.id in before for one in letters.values())
    if not letters:
        return paper.page("letters", f"<p>{paper.say('none')}</p>", notice)
    everything = {"": paper.plain("all")}
    codes = everything | {
        code: f"{_word(paper, code)} {n}" for code, n in Counter(o.code for o in letters.values()).items()
    }
    topics = everything | {t: f"{t} {n}" for t, n in Counter(o.origin.topic for o in letters.values()).items()}
    filters = (
        '<form method="get" action="/letters">'
        f'<input type="hidden" name="community" value="{escape(paper.at.site.id)}">'
        f"{paper.choice('code', codes, asked.code)}{paper.choice('topic', topics, asked.topic)}"
        f"<button>{paper.say('filter')}</button></form>"
    )
    waiting = sum(one.id not in before for one in found)
    sending = ""
    if waiting and (asked.code or asked.topic):
        label = paper.say("replay_all", waiting)
        sending = paper.form("/letters", "replay_all", label=label, code=asked.code, topic=asked.topic)
    rows = (
        (
            paper.link("/letters", escape(paper.time(one.origin.appended_ms)), id=one.id),
            escape(one.origin.topic),
            escape(veil(one.key).shown),
            f"<b>{escape(_word(paper, one.code))}</b><br>{escape(veil(' '.join(one.reason.split())).shown[:200])}",
            f"{one.size_bytes} B",
            paper.say("was_replayed", paper.time(before[one.id])) if one.id in before else paper.say("waits"),
        )
        for one in list(reversed(found))[:SHOWN]
    )
    more = f"<p>{paper.say('older', SHOWN)}</p>" if len(found) > SHOWN else ""
    table = paper.table(("at", "origin", "key", "why", "size", "state"), rows)
    return paper.page(
        "letters", f"<p>{paper.say('count', len(letters), done)}</p>{filters}{sending}{table}{more}", notice
    )


def _one(paper: Paper, letter: Letter, value: bytes, notice: str) -> str:
    told = veil(pretty(value))
    facts = (
        ("at", paper.time(letter.origin.appended_ms)),
        ("origin", letter.id),
        ("key", veil(letter.key).shown),
        ("why", f"{_word(paper, letter.code)} · {veil(letter.reason).shown}"),
        ("size", f"{letter.size_bytes} B"),
        ("hash", letter.hash),
    )
    rows = "".join(f"<tr><th>{paper.say(key)}</th><td>{escape(said)}</td></tr>" for key, said in facts)
    hidden = f"<p>{paper.say('hidden', len(told.hidden))}</p>" if told.hidden else ""
    as_it_was = paper.form("/letters", "replay", id=letter.id)
    try:
        value.decode()
    except UnicodeDecodeError:
        mending = f"<p>{paper.say('not_text')}</p><pre>{escape(told.shown)}</pre>"
    else:
        mending = paper.form("/letters", "mend", paper.area("text", told.shown), id=letter.id)
    back = paper.link("/letters", paper.say("all"))
    body = f"<table>{rows}</table><h2>{paper.say('payload')}</h2>{hidden}{as_it_was}{mending}"
    return paper.page("letters", body, notice, back, ("letters",))


def _word(paper: Paper, code: str) -> str:
    return paper.plain(code) if code in WORDS else code
