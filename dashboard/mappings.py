"""/mappings: each mapping with live samples: payload on the left, records on the right, the fields that nobody uses;
and a payload that somebody pastes, down to the row and the tile that a wall would show.

The adapters are the room next door, and a pasted payload is anybody's: a process of its own reads it, with a deadline.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from community.board.trial import Shown
from community.mapping_answers import Listing, Source, Trial, Tried
from community.site import Text
from community.veil import veil
from store.log.topics import SCANNED
from store.settings import Settings

from .facts import Facts
from .pages import Page, current
from .paper import Paper, answer, shown
from .signin.routes import read_form

WORDS = {
    "mappings": Text("映射", "Mappings"),
    "all": Text("全部映射", "All mappings"),
    "source": Text("数据源", "Source"),
    "title": Text("厂商", "Vendor"),
    "way": Text("由谁读", "Read by"),
    "by_file": Text("映射文件", "a mapping file"),
    "by_program": Text("程序", "a program"),
    "by_own": Text("本地映射文件", "a mapping file of this installation"),
    "here": Text("本社区使用", "used here"),
    "state": Text("状态", "State"),
    "since": Text("{} 起生效", "in force since {}"),
    "file_refused": Text("文件有误，未生效：{}", "the file is refused: {}"),
    "goes_on": Text("此前的版本继续使用（{} 起）", "the one before goes on (since {})"),
    "waiting": Text("在说话、还没有映射", "They speak and have no mapping"),
    "waits": Text(
        "报文照原样存着，没有变成记录；有了映射就从头读起",
        "Their payloads are kept as they came; once there is a mapping they are read, from the first",
    ),
    "count": Text("报文数", "Payloads"),
    "at": Text("最近", "Last"),
    "sender": Text("发送方", "Sender"),
    "and_more": Text("{} 以上", "{} or more"),
    "elsewhere": Text("其他社区的报文", "another community's payload"),
    "unconnected": Text("没有接入（CONNECTIONS 有误）", "Not connected: CONNECTIONS has faults"),
    "mend": Text(
        "其余接入照常工作。改好后先用 connections check 检查，再结束网关进程（kill），它会自动重新启动。",
        "All others go on. Mend the line, run `connections check`, and kill the gateway's process: it starts anew.",
    ),
    "way_on": Text("接下来", "What to do"),
    "write": Text(
        "1. 取样例；2. 写映射文件（可从下面的文本开始）；3. 检查。文件存好几秒后生效，无需重启。",
        "1. Take samples. 2. Write the mapping (the text below is a beginning). 3. Test it. "
        "A saved file is in force within seconds, without a restart.",
    ),
    "log_away": Text("日志没有应答，不知道谁在说话：{}", "The log does not answer, so nobody knows who speaks: {}"),
    "written": Text("映射文件", "The mapping"),
    "live": Text("实时报文", "live payload"),
    "sample": Text("样例报文（暂无实时报文）", "recorded sample (nothing live yet)"),
    "pasted": Text("粘贴的报文", "pasted payload"),
    "payload": Text("报文", "Payload"),
    "records": Text("记录", "Records"),
    "ignored": Text("按规则忽略：{}", "ignored by a rule: {}"),
    "refused": Text("拒收：{}", "refused: {}"),
    "unused": Text("没有用到、也没有人说明的字段", "Fields that decide nothing and that nobody has named"),
    "not_used": Text("已说明不用的字段", "Fields that are not used, and why"),
    "all_used": Text("字段都已用到或已说明", "Every field is used or named"),
    "pixel": Text("大屏上的变化", "What the wall would show"),
    "no_pixel": Text("大屏没有变化", "Nothing on the wall would change"),
    "at_once": Text("立即", "at once"),
    "after": Text("持续 {} 秒后", "after it has lasted {} s"),
    "fold": Text("状态机不接受：{}", "the fold would set it aside: {}"),
    "paste": Text(
        "粘贴一条报文，看它变成什么（不写入任何地方）",
        "Paste a payload and see what becomes of it (nothing is written)",
    ),
    "text": Text("报文", "Payload"),
    "try": Text("试一试", "Try"),
    "late": Text("没有在 {} 秒内读完", "It was not read within {} s"),
    "broken": Text("读不了：{}", "It cannot be read: {}"),
    "before_after": Text("{} → {}", "{} → {}"),
}
LIVE = 3
PASTED_BYTES = 1 << 20
DEADLINE_S = 30
"""A process that starts on a busy machine, and a payload that was made to take long."""
_ONE = asyncio.Semaphore(1)
"""The machine has other things to do than to try payloads."""


BEGINNING = """\
source: {source}
title: {source}
subject: "{{device}}"
records:
  - type: device.heartbeat
"""
"""A mapping by which whoever speaks is alive, and no more."""


class NotTried(RuntimeError):
    """The sentence says why."""


def make_mappings(settings: Settings, facts: Facts) -> APIRouter:
    router, asker = APIRouter(include_in_schema=False), _Asker(settings)
    known: set[str] = set()

    @router.get("/mappings")
    async def page(request: Request) -> Response:
        at, source = current.get(), request.query_params.get("source", "")
        return await tried(at, source, None)

    @router.post("/mappings")
    async def paste(request: Request) -> Response:
        at, form = current.get(), await read_form(request, PASTED_BYTES)
        source, text = form.get("source", ""), form.get("text", "").strip()
        return await tried(at, source if text else "", text)

    async def tried(at: Page, source: str, text: str | None) -> Response:
        assert at.who is not None  # the guard lets nobody else in
        paper = Paper(at, WORDS)
        try:
            if not source or source not in known:
                async with _ONE:
                    found = await asker.list(paper)
                known.update(one.source for one in found.sources)
                if source not in known:
                    return answer(_list(paper, found), 404 if source else 200 if text is None else 400)
            facts.tell("mappings.view" if text is None else "mappings.try", "allowed", at.who.id, at.site.id, source)
            async with _ONE:
                trial = await asker.ask(paper, source, text)
        except NotTried as error:
            body = _paste(paper, source, text or "")
            return answer(paper.page("mappings", body, str(error), _back(paper), ("mappings",)), 409)
        return answer(_page(paper, trial, text or ""))

    return router


class _Asker:
    """`python -m ingest mapping ..`, beside this process."""

    def __init__(self, settings: Settings) -> None:
        self._environ = {**os.environ, **settings.environ}

    async def ask(self, paper: Paper, source: str, text: str | None) -> Trial:
        """Raises NotTried."""
        asked = ["try", source, "--community", paper.at.site.id, "--lang", paper.at.lang]
        asked += ["--live", str(LIVE)] if text is None else []
        return msgspec.json.decode(await self.run(paper, asked, (text or "").encode()), type=Trial)

    async def list(self, paper: Paper) -> Listing:
        """Raises NotTried."""
        told = await self.run(paper, ["list", "--community", paper.at.site.id], b"")
        return msgspec.json.decode(told, type=Listing)

    async def run(self, paper: Paper, asked: Sequence[str], said: bytes) -> bytes:
        """Raises NotTried."""
        try:
            done = await asyncio.to_thread(self._run, asked, said)
        except subprocess.TimeoutExpired:
            raise NotTried(paper.plain("late", DEADLINE_S)) from None
        if done.returncode:
            raise NotTried(paper.plain("broken", done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]))
        return done.stdout

    def _run(self, asked: Sequence[str], said: bytes) -> subprocess.CompletedProcess[bytes]:
        command = [sys.executable, "-m", "ingest", "mapping", *asked]
        return subprocess.run(command, input=said, capture_output=True, timeout=DEADLINE_S, env=self._environ)


def _list(paper: Paper, found: Listing) -> str:
    site = paper.at.site
    used = set(site.source_by_id) | {adapter for adapter, _ in site.by_vendor}
    rows = (
        (
            paper.link("/mappings", escape(one.source), source=one.source),
            escape(one.title or one.source),
            paper.say("by_own" if one.own else "by_file" if one.title else "by_program"),
            f'<span class="here">{paper.say("here")}</span>' if one.source in used else "",
            _state(paper, one),
        )
        for one in sorted(found.sources, key=lambda one: (not one.refused, one.source not in used, one.source))
    )
    body = (
        _unconnected(paper, found) + _waiting(paper, found) + paper.table(("source", "title", "way", "", "state"), rows)
    )
    return paper.page("mappings", body, paper.plain("log_away", found.said) if found.said else "", "", ("mappings",))


def _state(paper: Paper, one: Source) -> str:
    since = paper.time(one.since_ms)
    if one.refused:
        said = f'<p class="said">{paper.say("file_refused", one.refused)}</p>'
        return said + (f"<p>{paper.say('goes_on', since)}</p>" if one.since_ms else "")
    return paper.say("since", since) if one.since_ms else ""


def _unconnected(paper: Paper, found: Listing) -> str:
    """Connections that the gateway has left out."""
    if not found.unconnected:
        return ""
    faults = "".join(f'<li class="said">{escape(fault)}</li>' for fault in found.unconnected)
    return f"<h2>{paper.say('unconnected')}</h2><p>{paper.say('mend')}</p><ul>{faults}</ul>"


def _waiting(paper: Paper, found: Listing) -> str:
    if not found.waiting:
        return ""
    parts = [f"<h2>{paper.say('waiting')}</h2><p>{paper.say('waits')}</p>"]
    for one in found.waiting:
        count = paper.say("and_more", one.payloads) if one.payloads >= SCANNED else str(one.payloads)
        facts = (("count", count), ("at", paper.time(one.at_ms)), ("sender", escape(veil(one.sender).shown)))
        about = " · ".join(f"{paper.say(key)} {said}" for key, said in facts)
        left = shown(one.payload) if one.payload is not None else f"<p>{paper.say('elsewhere')}</p>"
        parts.append(
            f'<section class="tried"><h3><code>{escape(one.source)}</code> <small>{about}</small></h3>'
            f"<div><h4>{paper.say('payload')}</h4>{left}</div>"
            f"<div><h4>{paper.say('way_on')}</h4>{_way_on(paper, one.source, found.folder)}</div></section>"
        )
    return "".join(parts)


def _way_on(paper: Paper, source: str, folder: str) -> str:
    place = f"{folder}/{source}"
    commands = (
        f"mkdir -p {place}/samples",
        f"python -m ingest mapping recorded {source} > {place}/samples/day.jsonl",
        f"$EDITOR {place}/mapping.yaml",
        f"python -m ingest mapping test {source}",
    )
    begun = BEGINNING.format(source=source)
    return f"<p>{paper.say('write')}</p>" + "".join(
        f"<pre>{escape(text)}</pre>" for text in ("\n".join(commands), begun)
    )


def _back(paper: Paper) -> str:
    return paper.link("/mappings", paper.say("all"))


def _page(paper: Paper, found: Trial, text: str) -> str:
    parts = [f"<h2>{escape(found.title)} · <code>{escape(found.source)}</code></h2>"]
    parts += [_tried(paper, one) for one in found.tried]
    parts.append(_paste(paper, found.source, text))
    if found.written:
        parts.append(f"<details><summary>{paper.say('written')}</summary><pre>{escape(found.written)}</pre></details>")
    return paper.page("mappings", "".join(parts), "", _back(paper), ("mappings",))


def _paste(paper: Paper, source: str, text: str) -> str:
    return f"<h2>{paper.say('paste')}</h2>" + paper.form("/mappings", "try", paper.area("text", text), source=source)


def _tried(paper: Paper, one: Tried) -> str:
    if one.outcome != "mapped":
        right = f"<p class='said'>{escape(veil(paper.plain(one.outcome, one.why)).shown)}</p>"
    else:
        right = shown(one.records) + _fields(paper, one) + _pixel(paper, one.shown)
    return (
        f'<section class="tried"><h3>{paper.say(one.origin)}</h3><div><h4>{paper.say("payload")}</h4>'
        f"{shown(one.payload)}</div><div><h4>{paper.say('records')}</h4>{right}</div></section>"
    )


def _fields(paper: Paper, one: Tried) -> str:
    if not one.unused and not one.not_used:
        return f"<p>{paper.say('all_used')}</p>"
    unused = f"<h4>{paper.say('unused')}</h4>{_items(one.unused)}" if one.unused else ""
    named = [f"{path} — {why}" for path, why in one.not_used]
    return unused + (f"<details><summary>{paper.say('not_used')}</summary>{_items(named)}</details>" if named else "")


def _items(texts: Iterable[str]) -> str:
    return "<ul>" + "".join(f"<li><code>{escape(text)}</code></li>" for text in texts) + "</ul>"


def _pixel(paper: Paper, found: Shown | None) -> str:
    if found is None:
        return ""
    rows = [_row(paper, row) for row in found.alarms]
    tiles = [
        f'<li class="pixel"><b>{escape(tile["tile"])}</b> '
        f"{paper.say('before_after', tile['before'] or '—', tile['after'] or '—')}</li>"
        for tile in found.tiles
    ]
    refused = [f"<li>{paper.say('fold', why)}</li>" for why in found.refused if why]
    lines: Sequence[str] = [*refused, *rows, *tiles]
    where = " · ".join(f"{device['id']} {device['where']}" for device in found.devices)
    said = f'<ul class="pixels">{"".join(lines)}</ul>' if lines else f"<p>{paper.say('no_pixel')}</p>"
    return f"<h4>{paper.say('pixel')} <small>{escape(where)}</small></h4>{said}"


def _row(paper: Paper, row: Mapping[str, Any]) -> str:
    when = paper.say("after", row["after_s"]) if row["after_s"] else paper.say("at_once")
    return (
        f'<li class="pixel p{row["p"]}"><b>P{row["p"]}</b> {escape(row["title"])} · {escape(row["place"])} '
        f"<small>{when} · <code>{escape(row['id'])}</code></small></li>"
    )
