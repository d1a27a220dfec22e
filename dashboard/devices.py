"""/devices: who speaks and is not described, with the last payload; one click or one table takes them into the site."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from fastapi import APIRouter, Request
from redis.exceptions import RedisError
from starlette.responses import Response

from community.kind_words import KIND_WORDS
from community.newcomer_guess import Guess, guess
from community.newcomers import COLUMNS, PLACE, NotAdopted, Unknown, own_name, table
from community.site import Device, Site, Text, place
from community.systems import SYSTEMS
from store.described import described_now
from store.log import LogMisconfigured, LogUnavailable
from store.log.streams import connect
from store.newcomers import adopt, last_payloads, unknown
from store.settings import Settings
from store.site_apply import NotApplied

from .access import require
from .facts import Facts
from .pages import Page, current
from .paper import Paper, answer, shown
from .signin.routes import read_form
from .signin.who import Who, post_of

WORDS = {
    "devices": Text("未登记设备", "Unknown devices"),
    "none": Text("没有未登记设备：凡是说过话的都已登记", "None: every device that has spoken is described"),
    "count": Text("{} 台设备在说话，但本社区没有登记", "{} devices speak and are not described here"),
    "older": Text("只列最近说话的 {} 台，其余在表格里", "The {} heard last are shown, the others are in the table"),
    "who": Text("设备", "Device"),
    "heard": Text("最近听到", "Heard"),
    "says": Text("最近一条报文", "Last payload"),
    "becomes": Text("登记为", "Becomes"),
    "not_kept": Text("原始报文已过保留期；最近的值：", "Its payload is no longer kept; its values:"),
    "id": Text("编号（写已有编号即并入该设备）", "id (of a device that is there: joins it)"),
    "system": Text("系统", "System"),
    "kind": Text("类型", "Kind"),
    "source": Text("数据源", "Feed"),
    "name": Text("名称", "Name"),
    "building": Text("楼", "Building"),
    "unit": Text("单元", "Unit"),
    "room": Text("室", "Room"),
    "area": Text("区域", "Area"),
    "parent": Text("上级设备", "Parent"),
    "change": Text("更改", "Change"),
    "no_guess": Text("报文没有说明它是什么，请选择", "Its payload does not say what it is: choose"),
    "under": Text("属 {}", "of {}"),
    "adopt": Text("登记", "Adopt"),
    "import": Text("导入登记", "Import"),
    "csv": Text("下载待填表格", "The table to fill in (CSV)"),
    "table": Text(
        "一次登记多台：把填好的表格贴在这里，或选择文件", "Many at once: paste the filled table, or choose its file"
    ),
    "file": Text("选择文件", "Choose a file"),
    "away": Text("实时状态或日志没有应答，稍后再试", "The live state or the log does not answer: try again"),
    "unrecorded": Text("审计未能记录，因此没有登记", "The audit could not record it, so nothing was changed"),
    "unsure": Text("请选择", "Choose"),
}
SHOWN, TABLED = 50, 500
"""Payloads are read one by one; who stands behind these in the table is guessed without."""
TABLE_BYTES = 2 << 20
"""Some two thousand rows, percent-encoded."""


def make_devices(settings: Settings, facts: Facts) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/devices")
    async def page() -> Response:
        return await listed(current.get(), "")

    @router.get("/devices.csv")
    async def export() -> Response:
        at = current.get()
        assert at.who is not None  # the guard lets nobody else in
        try:
            await facts.surely("devices.export", at.who.id, at.site.id, "devices.csv")
            site, found = await asyncio.to_thread(_unknown, settings, at.site)
            said = await asyncio.to_thread(last_payloads, settings, found[:TABLED])
        except (LogUnavailable, RedisError, OSError):
            return Response(WORDS["away"].get(at.lang), 503, media_type="text/plain; charset=utf-8")
        head = {"content-disposition": f'attachment; filename="devices-{at.site.id}.csv"', "cache-control": "no-store"}
        rows = table([(one, guess(site, one, said.get(one.place))._asdict()) for one in found])
        return Response("\ufeff" + rows, media_type="text/csv; charset=utf-8", headers=head)

    @router.post("/devices")
    async def change(request: Request) -> Response:
        at, form = current.get(), await read_form(request, TABLE_BYTES)
        do = form.get("do", "")
        if do not in ("adopt", "import"):
            return await listed(at, "", 400)
        who = require(at.who, "devices.adopt", at.site.id)
        rows = form.get("table", "").replace("\r\n", "\n") if do == "import" else row_of(form)
        paper = Paper(at, WORDS)
        try:
            about = form.get("vendor_id", "table") if do == "adopt" else "table"
            await facts.surely("devices.adopt", who.id, at.site.id, about)
        except LogUnavailable:
            return await listed(at, paper.plain("unrecorded"), 503)
        try:
            said = await asyncio.to_thread(adopt, settings, at.site.id, rows, describer(who, at))
        except (NotAdopted, NotApplied) as refused:
            return await listed(at, " · ".join(map(str, refused.args)), 409)
        except (LogUnavailable, LogMisconfigured, RedisError, OSError) as error:
            return await listed(at, f"{paper.plain('away')} ({error})", 503)
        return await listed(at, said)

    async def listed(at: Page, notice: str, status: int = 200) -> Response:
        paper = Paper(at, WORDS)
        try:
            site, found = await asyncio.to_thread(_unknown, settings, at.site)
            said = await asyncio.to_thread(last_payloads, settings, found[:SHOWN])
        except (LogUnavailable, RedisError, OSError):
            return answer(paper.page("devices", "", notice or paper.plain("away")), 503)
        return answer(_page(paper, site, found, said, notice), status)

    return router


def describer(who: Who, at: Page) -> str:
    """Who stands at no post of the desk runs the machines."""
    return post_of(who, at.site, at.now_ms) or "post:system"


def _unknown(settings: Settings, site: Site) -> tuple[Site, list[Unknown]]:
    """By the description in force, which the page may not have heard of yet, and which is it."""
    client = connect(settings.redis_url)
    try:
        held = described_now(client, site.id)
        site = held.site if held is not None else site
        return site, unknown(client, site.id, site)
    finally:
        client.close()


def row_of(form: Mapping[str, str]) -> str:
    """One click is a table of one row: there is one way into a site."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerow({name: form.get(name, "").strip() for name in COLUMNS})
    return out.getvalue()


def _page(paper: Paper, site: Site, found: Sequence[Unknown], said: Mapping[str, Any], notice: str) -> str:
    importing = (
        f"<h2>{paper.say('table')}</h2>"
        + f'<p><input type="file" accept=".csv,text/csv" data-fills="table" aria-label="{paper.say("file")}"></p>'
        + paper.form("/devices", "import", paper.area("table"))
    )
    beside = paper.link("/devices.csv", paper.say("csv"))
    if not found:
        return paper.page("devices", f"<p>{paper.say('none')}</p>{importing}", notice, beside, ("devices",))
    systems = {"": paper.plain("unsure")} | {id_: one.name.get(paper.at.lang) for id_, one in SYSTEMS.items()}
    feeds = {"": paper.plain("unsure")} | {source.id: source.name.get(paper.at.lang) for source in site.sources}
    rows = []
    for one in found[:SHOWN]:
        payload = said.get(one.place)
        probably = guess(site, one, payload)
        asked = {
            "id": paper.field("id", own_name(one.vendor_id)),
            "system": paper.choice("system", systems, probably.system),
            "kind": paper.field("kind", probably.kind),
            "source": paper.choice("source", feeds, probably.source),
        } | {name: paper.field(name, getattr(probably, name)) for name in (*PLACE, "name")}
        fields = (f"<label>{paper.say(name)}{field}</label>" for name, field in asked.items())
        open_ = "" if probably.whole else " open"
        more = f"<details{open_}><summary>{paper.say('change')}</summary><div>{''.join(fields)}</div></details>"
        what = f"<p>{_probably(paper, site, probably, systems, feeds)}</p>"
        adopting = paper.form("/devices", "adopt", what, more, vendor=one.vendor, vendor_id=one.vendor_id)
        last = shown(payload, 4000) if payload is not None else f"{paper.say('not_kept')}{shown(dict(one.says), 4000)}"
        who = (
            f"<b>{escape(one.vendor_id)}</b><br>{escape(one.vendor)}<br>{paper.say('heard')} {paper.time(one.heard_ms)}"
        )
        rows.append((who, last, f'<div class="adopting">{adopting}</div>'))
    older = f"<p>{paper.say('older', SHOWN)}</p>" if len(found) > SHOWN else ""
    body = f"<p>{paper.say('count', len(found))}</p>{paper.table(('who', 'says', 'becomes'), rows)}{older}{importing}"
    return paper.page("devices", body, notice, beside, ("devices",))


def _probably(paper: Paper, site: Site, one: Guess, systems: Mapping[str, str], feeds: Mapping[str, str]) -> str:
    """What one click makes of it: system, kind, feed, place, what it belongs to."""
    if not one.whole:
        return paper.say("no_guess")
    there = Device(
        "", one.system, one.kind, one.source, building=one.building, unit=one.unit, room=one.room, area=one.area
    )
    kind = KIND_WORDS[one.kind].get(paper.at.lang) if one.kind in KIND_WORDS else one.kind
    said = [systems[one.system], kind, feeds[one.source], place(there, paper.at.lang, room=True, site=site), one.name]
    said += [paper.plain("under", one.parent)] if one.parent else []
    return " · ".join(escape(text) for text in dict.fromkeys(said) if text)
