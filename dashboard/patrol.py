"""/patrol: the rounds that are planned, and what is late. /patrol/<checkpoint>: a guard's phone has scanned its code.

A scan is the canonical `patrol.scan` with the post; who scanned stands in the audit, as what the log calls a round is
no person. A code proves that somebody stood where it hangs, or had a picture of it: it is no lock.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from html import escape
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from community.board.naming import where
from community.clock import local, zone_of
from community.place import Device
from community.site import Site, Text
from community.state import State
from community.systems.patrol import LONGEST_WINDOW_MS, ROUNDS, minutes_late, next_window
from store.log import LogUnavailable

from .access import LEADS, require
from .facts import Facts
from .pages import Page, current
from .sending import Commands, NotCertain
from .signin.pages import document
from .signin.routes import read_form
from .signin.who import post_of
from .tongue import switch
from .view import House

WORDS = {
    "title": Text("巡更", "Patrol"),
    "back": Text("告警台", "Alarm desk"),
    "codes": Text("打印二维码", "Print the codes"),
    "checkpoint": Text("巡更点", "Checkpoint"),
    "due": Text("下一次", "Next"),
    "last": Text("上次打卡", "Last scan"),
    "late": Text("迟 {} 分", "{} min late"),
    "by": Text("{} 前", "by {}"),
    "nothing": Text("没有安排", "nothing planned"),
    "scan": Text("打卡", "I am here"),
    "scanned": Text("已打卡 {}", "Scanned at {}"),
    "not_here": Text("没有这个巡更点", "There is no such checkpoint"),
    "away": Text("没有记下：日志写不进去，请用对讲机报告", "Not recorded: the log cannot be written, use the radio"),
    "unsure": Text("不确定是否记下，请再按一次", "Not certain whether it was recorded: press again"),
    "lost": Text("数据中断，现在情况未知", "Feed lost: how it stands is not known"),
    "plan": Text("安排一轮", "Plan a round"),
    "route": Text("路线", "Route"),
    "all": Text("全部", "all"),
    "from": Text("从", "from"),
    "until": Text("到", "until"),
    "planned": Text("已安排 {} 个巡更点", "{} checkpoints are planned"),
    "no_time": Text("时间不对：到要晚于从，最长一天", "The end must come after the begin, within a day"),
    "next": Text("下一个：{}", "Next: {}"),
}
ROUTE = "route:"


class Stop(NamedTuple):
    """A checkpoint as it stands: the round that waits and its end, minutes late of it, the last scan."""

    device: Device
    waits: tuple[str, int] | None
    late: int
    scanned_ms: int | None


def stops(state: State) -> list[Stop]:
    """The most overdue first, then by when they are due; those without a plan last."""
    found = []
    for device in state.site.devices:
        if device.kind != "checkpoint":
            continue
        said = state.devices.get(device.id)
        waits = next_window(said) if said is not None else None
        late = minutes_late(said, state.clock_ms).get(waits[0], 0) if said is not None and waits is not None else 0
        scans = said.memory.get(ROUNDS.name, {}).get("scans", []) if said is not None else []
        found.append(Stop(device, waits, late, max(scans, default=None)))
    return sorted(found, key=lambda s: (s.waits is None, s.waits[1] if s.waits is not None else 0, s.device.id))


def routes(site: Site) -> list[str]:
    tags = (tag for d in site.devices if d.kind == "checkpoint" for tag in d.tags if tag.startswith(ROUTE))
    return list(dict.fromkeys(tag.removeprefix(ROUTE) for tag in tags))


def on_route(site: Site, route: str) -> list[Device]:
    """An empty route: every checkpoint."""
    return [d for d in site.devices if d.kind == "checkpoint" and (not route or ROUTE + route in d.tags)]


def span_ms(begins: str, ends: str, now_ms: int, zone: str) -> tuple[int, int] | None:
    """Of two times of the clock the next that come, past midnight where the end is the earlier; None: no such times."""
    now = local(now_ms, zone)
    try:
        from_at, until_at = (
            datetime.combine(now.date(), datetime.strptime(text, "%H:%M").time(), zone_of(zone))  # noqa: DTZ007
            for text in (begins, ends)
        )
    except ValueError:
        return None
    if until_at <= from_at:
        until_at += timedelta(days=1)
    if until_at <= now:
        from_at, until_at = from_at + timedelta(days=1), until_at + timedelta(days=1)
    span = int(from_at.timestamp() * 1000), int(until_at.timestamp() * 1000)
    return span if span[1] - span[0] <= LONGEST_WINDOW_MS else None


async def plan(commands: Commands, site: Site, route: str, span: tuple[int, int]) -> int:
    """A window for each checkpoint of the route; how many. The round's name is its route and begin, so that planning it
    again changes it. Raises LogUnavailable."""
    from_ms, until_ms = span
    name = f"{route or 'all'}-{local(from_ms, site.timezone):%Y%m%d-%H%M}"
    found = on_route(site, route)
    for device in found:
        data: dict[str, Any] = {"round": name, "from_ms": from_ms, "until_ms": until_ms, "route": route or "all"}
        await commands.write(site.id, "patrol.window", device.id, data)
    return len(found)


def make_patrol(house: House, facts: Facts) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    def state_of(at: Page) -> State | None:
        channel = house.hub.channels[at.site.id]
        return channel.state.glance() if channel.state is not None and not channel.broken else None

    @router.get("/patrol")
    async def overview() -> Response:
        return await shown(current.get(), "")

    @router.post("/patrol")
    async def plan_round(request: Request) -> Response:
        at, form = current.get(), await read_form(request)
        who = require(at.who, "patrol.plan", at.site.id)
        span = span_ms(form.get("from", ""), form.get("until", ""), _now_ms(), at.site.timezone)
        route = form.get("route", "")
        if span is None or (route and route not in routes(at.site)):
            return await shown(at, WORDS["no_time"].get(at.lang), 400)
        try:
            await facts.surely("patrol.plan", who.id, at.site.id, route or "all", f"{span[0]}-{span[1]}")
            count = await plan(house.commands, at.site, route, span)
        except LogUnavailable:
            return await shown(at, WORDS["away"].get(at.lang), 503)
        return await shown(at, WORDS["planned"].get(at.lang).format(count))

    async def shown(at: Page, notice: str, status: int = 200) -> Response:
        state = state_of(at)
        found = await asyncio.to_thread(stops, state) if state is not None else []
        lost = state is None or house.hub.lost(house.hub.channels[at.site.id])
        said = " · ".join(part for part in (WORDS["lost"].get(at.lang) if lost else "", notice) if part)
        return _answer(_overview(at, found, said), status if state is not None else 503)

    @router.get("/patrol/{checkpoint}")
    async def arrive(checkpoint: str) -> Response:
        return await at_checkpoint(checkpoint, "", 200)

    @router.post("/patrol/{checkpoint}")
    async def scan(checkpoint: str) -> Response:
        at = current.get()
        who = require(at.who, "patrol.scan", at.site.id)
        if not _is_checkpoint(at.site, checkpoint):
            return await at_checkpoint(checkpoint, "", 404)
        try:
            data = {"post": post_of(who, at.site, _now_ms())}
            await house.commands.write(at.site.id, "patrol.scan", checkpoint, data)
        except NotCertain:
            return await at_checkpoint(checkpoint, WORDS["unsure"].get(at.lang), 503)
        except LogUnavailable:
            return await at_checkpoint(checkpoint, WORDS["away"].get(at.lang), 503)
        facts.tell("patrol.scan", "allowed", who.id, at.site.id, checkpoint)
        said = WORDS["scanned"].get(at.lang).format(f"{local(_now_ms(), at.site.timezone):%H:%M:%S}")
        return await at_checkpoint(checkpoint, said, 200)

    async def at_checkpoint(checkpoint: str, notice: str, status: int) -> Response:
        at = current.get()
        if not _is_checkpoint(at.site, checkpoint):
            return _answer(_document(at, f"<p>{escape(WORDS['not_here'].get(at.lang))}</p>"), 404)
        state = state_of(at)
        found = await asyncio.to_thread(stops, state) if state is not None else []
        return _answer(_checkpoint(at, checkpoint, found, notice), status)

    return router


def _is_checkpoint(site: Site, id_: str) -> bool:
    device = site.by_id.get(id_)
    return device is not None and device.kind == "checkpoint"


def _checkpoint(at: Page, id_: str, found: Iterable[Stop], notice: str) -> str:
    query = urlencode({"community": at.site.id, "lang": at.lang})
    mine = next((stop for stop in found if stop.device.id == id_), None)
    other = next((stop for stop in found if stop.device.id != id_ and stop.waits is not None), None)
    parts = [f"<h2>{escape(where(at.site, id_, at.lang))}</h2>"]
    if notice:
        parts.append(f'<p class="notice" role="status">{escape(notice)}</p>')
    if mine is not None:
        parts.append(f"<p>{_due(at, mine)}</p>")
    address = escape(f"/patrol/{quote(id_, safe='')}?{query}")
    parts.append(
        f'<form method="post" action="{address}"><button class="go huge">{escape(WORDS["scan"].get(at.lang))}</button>'
        "</form>"
    )
    if other is not None:
        name = where(at.site, other.device.id, at.lang)
        parts.append(f"<p>{escape(WORDS['next'].get(at.lang).format(name))} · {_due(at, other)}</p>")
    return _document(at, "".join(parts))


def _due(at: Page, stop: Stop) -> str:
    if stop.waits is None:
        return escape(WORDS["nothing"].get(at.lang))
    by = WORDS["by"].get(at.lang).format(f"{local(stop.waits[1], at.site.timezone):%H:%M}")
    late = f' · <b class="late">{escape(WORDS["late"].get(at.lang).format(stop.late))}</b>' if stop.late else ""
    return escape(by) + late


def _scanned(at: Page, stop: Stop) -> str:
    if stop.scanned_ms is None:
        return "—"
    return f"{local(stop.scanned_ms, at.site.timezone):%m-%d %H:%M}"


def _overview(at: Page, found: list[Stop], notice: str) -> str:
    def say(key: str) -> str:
        return escape(WORDS[key].get(at.lang))

    query = escape(urlencode({"community": at.site.id, "lang": at.lang}))
    parts = [f'<p class="notice" role="status">{escape(notice)}</p>'] if notice else []
    assert at.who is not None  # the guard lets nobody else in
    if at.who.may(LEADS, at.site.id):
        options = "".join(f'<option value="{escape(r)}">{escape(r)}</option>' for r in routes(at.site))
        parts.append(
            f'<form method="post" action="/patrol?{query}"><b>{say("plan")}</b>'
            f'<select name="route" aria-label="{say("route")}"><option value="">{say("all")}</option>{options}</select>'
            f'<label>{say("from")} <input type="time" name="from" required></label>'
            f'<label>{say("until")} <input type="time" name="until" required></label>'
            f"<button>{say('plan')}</button></form>"
        )
    rows = "".join(
        f"<tr><td>{escape(where(at.site, stop.device.id, at.lang))}</td><td>{_due(at, stop)}</td>"
        f"<td>{_scanned(at, stop)}</td></tr>"
        for stop in found
    )
    head = "".join(f"<th>{say(word)}</th>" for word in ("checkpoint", "due", "last"))
    parts.append(f"<table><tr>{head}</tr>{rows}</table>")
    parts.append(f'<p><a href="/qr?{query}&amp;what=checkpoint">{say("codes")}</a></p>')
    return _document(at, "".join(parts))


def _document(at: Page, inner: str) -> str:
    query = escape(urlencode({"community": at.site.id, "lang": at.lang}))
    name = escape(WORDS["title"].get(at.lang))
    back = escape(WORDS["back"].get(at.lang))
    head = f'<header><h1>{name}</h1><p></p><a href="/desk?{query}">{back}</a>{switch(at.lang)}</header>'
    title = f"{WORDS['title'].get(at.lang)} · {at.site.name.get(at.lang)}"
    body = f'<main class="people orders">{head}{inner}</main>'
    return document(at.lang, title, body, "papers", ("shared", "people", "orders"))


def _answer(body: str, status: int = 200) -> Response:
    return Response(body, status, media_type="text/html", headers={"cache-control": "no-store"})


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
