"""/audit: what people did and were denied, for the auditor; whether the chain is whole; the same as CSV."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Callable, Iterator
from html import escape
from typing import Any

import msgspec
import sqlalchemy as sa
from fastapi import APIRouter, Request
from starlette.responses import Response, StreamingResponse

from community.clock import local
from community.site import Site, Text
from store import audit
from store.history import HistoryUnavailable
from store.log import LogUnavailable

from .facts import Facts
from .pages import Page, current
from .signin.pages import document
from .signin.service import Service
from .tongue import switch

WORDS = {
    "audit": Text("审计", "Audit"),
    "find": Text("查找：人、告警、动作", "Find: person, alarm, action"),
    "search": Text("查找", "Search"),
    "export": Text("导出 CSV", "Export CSV"),
    "whole": Text("{} 条记录，逐条校验完整", "{} facts, each checked: whole"),
    "broken": Text("第 {} 条起不可信：{}", "not to be trusted from fact {} on: {}"),
    "head": Text("链头（请抄存）", "head (note it elsewhere)"),
    "away": Text("审计数据库没有应答", "the audit's database does not answer"),
    "n": Text("序号", "No."),
    "at": Text("时间", "Time"),
    "what": Text("事项", "What"),
    "who": Text("谁", "Who"),
    "subject": Text("对象", "About"),
    "how": Text("结果与说明", "Outcome"),
    "sign_out": Text("退出", "Sign out"),
}
SHOWN = 200
NOT_TOLD = frozenset(("person", "by", "action", "alarm", "device", "occurrence", "priority", "count"))
"""Of a fact's data what stands in another column, or is the alarm's and nobody's doing."""
COLUMNS = ("seq", "at", "type", "person", "by", "subject", "data", "hash")


def make_audit(engine: Callable[[], sa.Engine], service: Service, facts: Facts) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/audit")
    async def page(request: Request) -> Response:
        at, wanted = current.get(), request.query_params.get("q", "")[:100]
        assert at.who is not None  # the guard lets nobody else in
        facts.tell("audit.view", "allowed", at.who.id, at.site.id, detail="search" if wanted else "")
        try:
            found, broken, head, names = await asyncio.to_thread(_look, engine(), service, at.site.id, wanted)
        except HistoryUnavailable:
            return Response(WORDS["away"].get(at.lang), 503, media_type="text/plain; charset=utf-8")
        body = _page(at, found, broken, head, names, wanted)
        return Response(body, media_type="text/html", headers={"cache-control": "no-store"})

    @router.get("/audit.csv")
    async def export() -> Response:
        at = current.get()
        assert at.who is not None  # the guard lets nobody else in
        try:
            await facts.surely("audit.export", at.who.id, at.site.id, "audit.csv")
        except LogUnavailable:
            return Response(b'{"error":"not recorded, so not exported"}', 503, media_type="application/json")
        return StreamingResponse(
            _csv(engine(), at.site),
            media_type="text/csv; charset=utf-8",
            headers={"content-disposition": f'attachment; filename="audit-{at.site.id}.csv"'},
        )

    return router


def _look(
    engine: sa.Engine, service: Service, community: str, wanted: str
) -> tuple[list[audit.Fact], audit.Broken | None, audit.Head, dict[str, str]]:
    names = {person.id: person.name or person.account for person in service.register.everybody()}
    ids = [id_ for id_, name in names.items() if wanted and wanted in name]
    found = audit.newest(engine, community, ids[0] if len(ids) == 1 else wanted, SHOWN)
    head = audit.heads(engine).get(community, audit.Head(0, audit.BEGIN))
    return found, audit.verify(engine, community), head, names


def _csv(engine: sa.Engine, site: Site) -> Iterator[str]:
    line = io.StringIO()
    writer = csv.writer(line)
    writer.writerow(COLUMNS)
    for fact in audit.facts(engine, site.id):
        said = msgspec.json.decode(fact.body)
        data = said["data"]
        cells = [fact.seq, _time(fact.at_ms, site), said["type"], data.get("person", ""), data.get("by", "")]
        cells += [said["subject"], msgspec.json.encode(data).decode(), fact.hash]
        writer.writerow([_plain(cell) for cell in cells])
        yield line.getvalue()
        line.seek(0)
        line.truncate()


def _plain(cell: Any) -> Any:
    """A spreadsheet must not take a text for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def _time(at_ms: int, site: Site) -> str:
    return local(at_ms, site.timezone).strftime("%Y-%m-%d %H:%M:%S")


def _page(
    at: Page,
    found: list[audit.Fact],
    broken: audit.Broken | None,
    head: audit.Head,
    names: dict[str, str],
    wanted: str,
) -> str:
    def say(key: str, *values: object) -> str:
        text = WORDS[key].get(at.lang)
        for value in values:
            text = text.replace("{}", str(value), 1)
        return escape(text)

    state = say("whole", head.seq) if broken is None else say("broken", broken.seq, broken.why)
    rows = []
    for fact in found:
        said = msgspec.json.decode(fact.body)
        data: dict[str, Any] = said["data"]
        who = data.get("person", "")
        person = names.get(who, who) or data.get("by", "")
        rest = {k: v for k, v in data.items() if k not in NOT_TOLD}
        how = " · ".join(
            f"{key} {value}" for key, value in rest.items() if value not in ("", 1) and not isinstance(value, dict)
        )
        cells = (fact.seq, _time(fact.at_ms, at.site), data.get("action") or said["type"], person, said["subject"], how)
        rows.append("<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in cells) + "</tr>")
    heads = "".join(f"<th>{say(key)}</th>" for key in ("n", "at", "what", "who", "subject", "how"))
    return document(
        at.lang,
        f"{WORDS['audit'].get(at.lang)} · {at.site.name.get(at.lang)}",
        f'<main class="people broad"><header><h1>{say("audit")}</h1><p>{escape(at.site.name.get(at.lang))}</p>'
        f'<a href="/audit.csv?community={escape(at.site.id)}">{say("export")}</a>'
        f'{switch(at.lang)}<form method="post" action="/logout"><button>{say("sign_out")}</button></form></header>'
        f'<div class="beside"><div class="rows"><table><tr>{heads}</tr>{"".join(rows)}</table></div><aside>'
        f'<p class="notice" role="status">{state}<br><small>{say("head")}: {head.seq}:{head.hash}</small></p>'
        f'<form method="get" action="/audit"><input type="hidden" name="community" value="{escape(at.site.id)}">'
        f'<input name="q" value="{escape(wanted)}" placeholder="{say("find")}" aria-label="{say("find")}">'
        f"<button>{say('search')}</button></form></aside></div></main>",
        "papers",
        ("shared", "people"),
    )
