"""/r/notices: what the house tells its residents; a phone says once that it has read it."""

from __future__ import annotations

import asyncio
import secrets
import time
from html import escape

from fastapi import APIRouter, Request
from starlette.responses import Response

from store.history import HistoryMisconfigured, HistoryUnavailable
from store.residents.notices import Notice, Notices

from ..signin.routes import came_from, read_form
from .asking import READER, Asking, Kept, answer, moment, remembered
from .html import Sheet
from .limits import Limit, Limits

LIMITS = {"receipt": Limit(60, 3000, 600)}


def make_notices(asking: Asking, notices: Notices) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    limits = Limits(LIMITS)

    @router.get("/r/notices")
    async def listed(request: Request) -> Response:
        return await shown(request, asking.sheet(request), remembered(request, READER))

    @router.post("/r/notices")
    async def read(request: Request) -> Response:
        sheet = asking.sheet(request)
        reader = remembered(request, READER) or secrets.token_urlsafe(12)
        id_ = (await read_form(request)).get("notice", "")
        if limits.allows("receipt", came_from(request), time.monotonic()):
            try:
                await asyncio.to_thread(notices.read, sheet.at.site.id, id_, reader, _now_ms())
            except (HistoryUnavailable, HistoryMisconfigured):
                return await shown(request, sheet, reader)
        return await shown(request, sheet, reader, [Kept(READER, reader)])

    async def shown(request: Request, sheet: Sheet, reader: str, keep: list[Kept] | None = None) -> Response:
        title, site = sheet.say("notices"), sheet.at.site
        try:
            current = await asyncio.to_thread(notices.current, site.id, _now_ms())
            done = await asyncio.to_thread(notices.read_by, site.id, reader) if reader else set()
        except (HistoryUnavailable, HistoryMisconfigured):
            body = f'<p class="band" role="alert">{sheet.say("unread")}</p>'
            return answer(request, sheet.document(title, "notices", body, follows=True), 503)
        body = "".join(_card(sheet, one, read=one.id in done) for one in current)
        body = body or f'<p class="band">{sheet.say("no_notices")}</p>'
        return answer(request, sheet.document(title, "notices", body), keep=keep or [])

    return router


def _card(sheet: Sheet, one: Notice, *, read: bool) -> str:
    words = "".join(f"<p>{escape(line)}</p>" for line in one.text.splitlines() if line.strip())
    end = f'<p class="line">{sheet.say("notice_was_read")}</p>'
    if not read:
        end = (
            f'<form method="post" action="{sheet.link("/r/notices")}"><button name="notice" value="{escape(one.id)}" '
            f'class="plain">{sheet.say("notice_read")}</button></form>'
        )
    made = sheet.say("notice_until", moment(sheet.at, one.made_ms, _now_ms()))
    return f'<section class="card"><h2>{escape(one.title)}</h2><small>{made}</small>{words}{end}</section>'


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
