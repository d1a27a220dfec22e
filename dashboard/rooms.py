"""/room: one home: door, meters, charger, care, work orders, alarms. Who wants to see more than that things are heard
says why, and the audit has it before the page does."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from community.board.operate_words import METHODS, STATES
from community.room import Line, Room, home_id, is_home, parse_home, room_of
from community.site import Text
from community.state import State
from community.systems import SYSTEMS
from community.veil import without_numbers
from community.words import post
from store.log import LogUnavailable

from .access import ACTIONS, require
from .cards import MEASURED, NOW
from .facts import Facts
from .frames import Channel
from .pages import Page, current
from .paper import Paper, answer
from .signin.routes import read_form

WORDS = {
    "room": Text("住户", "Home"),
    "home": Text("楼/单元/室，如 7/2/1203", "building/unit/room, as 7/2/1203"),
    "open": Text("打开", "Open"),
    "no_home": Text("没有这一户：请写 楼/单元/室", "There is no such home: write building/unit/room"),
    "device": Text("设备", "Device"),
    "system": Text("系统", "System"),
    "now": Text("状态", "Now"),
    "seen": Text("最近数据", "Seen"),
    "values": Text("数值", "Values"),
    "covered": Text("已遮盖", "covered"),
    "of_unit": Text("单元", "of the unit"),
    "nothing": Text("这一户没有登记设备", "No device of this home is described"),
    "alarms": Text("告警", "Alarms"),
    "no_alarms": Text("没有告警", "No alarm stands"),
    "orders": Text("在办工单", "Open work orders"),
    "no_orders": Text("没有在办工单", "No work order is open"),
    "why": Text(
        "户内设备的数值和特殊关怀属个人信息。写明理由后可查看一次，理由记入审计。",
        "What a home's devices measure, and care, are personal. Say why, and see them once; the audit has the reason.",
    ),
    "reason": Text("理由（至少 4 个字，勿写姓名电话）", "Reason (at least 4 letters, no names, no numbers)"),
    "plain": Text("查看", "Show"),
    "too_short": Text("请写明理由", "Say why"),
    "is_plain": Text("完整显示，理由：{}（已记入审计）", "Shown in full, because: {} (the audit has it)"),
    "unrecorded": Text("审计未能记录，因此不显示", "The audit could not record it, so it is not shown"),
    "unread": Text("实时状态还没有读到", "The live state has not been read"),
    "IN": Text("在家", "at home"),
    "OUT": Text("外出", "out"),
    "UNKNOWN": Text("不确定", "not known"),
    "since": Text("自 {}", "since {}"),
    "published": Text("已发布", "published"),
    "reopened": Text("重新打开", "reopened"),
    "taken": Text("已接单", "taken"),
    "in_progress": Text("处理中", "in progress"),
}
REASON = 4

NAMES: dict[str, Text] = {
    "state": Text("状态", "State"),
    "status": Text("状态", "State"),
    "direction": Text("方向", "Direction"),
    "lock": Text("门锁", "Lock"),
    "method": Text("方式", "Method"),
    "session": Text("充电会话", "Session"),
    "charging": Text("充电", "Charging"),
    "fallen": Text("跌倒", "Fallen"),
    "heart_rate_bpm": Text("心率（次/分）", "Heart rate (bpm)"),
    "breathing_rate_bpm": Text("呼吸（次/分）", "Breathing (bpm)"),
    "volume_m3": Text("水表读数（m³）", "Meter, m³"),
    "energy_kwh": Text("电表读数（kWh）", "Meter, kWh"),
    "return_temperature_c": Text("回水温度（℃）", "Return, ℃"),
    "flag_leak": Text("表计报漏水", "Meter says: leak"),
    "energy_wh": Text("电量（Wh）", "Energy, Wh"),
}
"""Beside what cards name; a device's other words stand as they are."""

SAID: dict[str, Text] = {
    **METHODS,
    **STATES,
    "in": Text("进", "in"),
    "out": Text("出", "out"),
    "True": Text("是", "yes"),
    "False": Text("否", "no"),
}


def make_room(channel: Callable[[], Channel], facts: Facts) -> APIRouter:
    """`channel`: of the request's community."""
    router = APIRouter(include_in_schema=False)

    @router.get("/room")
    async def page(request: Request) -> Response:
        return shown(current.get(), request.query_params.get("home", "")[:80], "")

    @router.post("/room")
    async def plain(request: Request) -> Response:
        at, form = current.get(), await read_form(request)
        wanted, reason = form.get("home", "")[:80], without_numbers(form.get("reason", "").strip())[:200]
        who, paper = require(at.who, "room.plain", at.site.id), Paper(at, WORDS)
        if len(reason) < REASON:
            return shown(at, wanted, paper.plain("too_short"), status=400)
        if _home(at, wanted) is None:
            return shown(at, wanted, "")
        try:
            await facts.surely("room.plain", who.id, at.site.id, wanted, reason)
        except LogUnavailable:
            return shown(at, wanted, paper.plain("unrecorded"), status=503)
        return shown(at, wanted, paper.plain("is_plain", reason), plain=True)

    def shown(at: Page, wanted: str, notice: str, *, plain: bool = False, status: int = 200) -> Response:
        assert at.who is not None  # the guard lets nobody else in
        paper, held = Paper(at, WORDS), channel()
        home = _home(at, wanted)
        if home is None:
            notice, status = (paper.plain("no_home"), 404) if wanted else (notice, status)
            return answer(paper.page("room", _asking(paper, wanted), notice, "", ("room",)), status)
        if held.state is None or held.broken:
            return answer(paper.page("room", _asking(paper, wanted), paper.plain("unread"), "", ("room",)), 503)
        facts.tell("room.view", "allowed", at.who.id, at.site.id, home_id(*home))
        found = room_of(held.state, *home, at.lang, plain=plain)
        may = at.who.may(ACTIONS["room.plain"], at.site.id) and not plain
        return answer(paper.page("room", _page(paper, held.state, found, may), notice, "", ("room",)), status)

    return router


def _home(at: Page, wanted: str) -> tuple[str, str, str] | None:
    try:
        home = parse_home(wanted)
    except ValueError:
        return None
    return home if is_home(at.site, *home) else None


def _asking(paper: Paper, wanted: str) -> str:
    return (
        '<form method="get" action="/room">'
        f'<input type="hidden" name="community" value="{escape(paper.at.site.id)}">'
        f"{paper.field('home', wanted)}<button>{paper.say('open')}</button></form>"
    )


def _page(paper: Paper, state: State, found: Room, may: bool) -> str:
    home = home_id(found.building, found.unit, found.room)
    parts = [_asking(paper, home), f"<h2>{escape(home)}</h2>", f"<h3>{paper.say('alarms')}</h3>"]
    alarms = [
        f'<li class="p{one.priority[1:]}"><b>{one.priority}</b> {escape(one.title)} · {paper.time(one.at_ms)}</li>'
        for one in found.alarms
    ]
    parts.append(f'<ul class="raised">{"".join(alarms)}</ul>' if alarms else f"<p>{paper.say('no_alarms')}</p>")
    rows = [_row(paper, one) for one in found.lines]
    heads = ("system", "device", "now", "seen", "values")
    parts.append(paper.table(heads, rows) if rows else f"<p>{paper.say('nothing')}</p>")
    if may:
        asking = paper.form("/room", "plain", paper.field("reason", "", "required"), home=home)
        parts.append(f"<p>{paper.say('why')}</p>{asking}")
    parts.append(f"<h3>{paper.say('orders')}</h3>")
    orders = [
        f"<li>{escape(one.order)} · {paper.say(one.phase)} {paper.time(one.since_ms)} · {escape(one.category)}"
        f"{' · ' + escape(post(one.post, paper.at.lang, state.site.posts)) if one.post else ''}</li>"
        for one in found.orders
    ]
    parts.append(f"<ul>{''.join(orders)}</ul>" if orders else f"<p>{paper.say('no_orders')}</p>")
    return "".join(parts)


def _row(paper: Paper, one: Line) -> tuple[str, ...]:
    name = escape(one.name) + ("" if one.own else f" <small>{paper.say('of_unit')}</small>")
    system = SYSTEMS[one.system].name.get(paper.at.lang) if one.system in SYSTEMS else one.system
    now = NOW[one.freshness].get(paper.at.lang)
    return (escape(system), name, escape(now), paper.time(one.seen_ms), _values(paper, one))


def _values(paper: Paper, one: Line) -> str:
    if one.values is None:
        return f'<span class="covered">{paper.say("covered")}</span>'
    said = []
    if one.whereabouts.get("state") in ("IN", "OUT", "UNKNOWN"):
        since_ms = one.whereabouts.get("since_ms") or 0
        said.append(f"<b>{paper.say(one.whereabouts['state'])}</b> {paper.say('since', paper.time(since_ms))}")
    said += [
        f"{escape(_name(paper, name))} {escape(_figure(paper, name, value))}" for name, value in one.values.items()
    ]
    return "<br>".join(said) or "—"


def _name(paper: Paper, name: str) -> str:
    told = MEASURED[name][0] if name in MEASURED else NAMES.get(name)
    return told.get(paper.at.lang) if told is not None else name


def _figure(paper: Paper, name: str, value: Any) -> str:
    if name not in MEASURED and str(value) in SAID:
        return SAID[str(value)].get(paper.at.lang)
    number = f"{value:g}" if isinstance(value, float) else str(value)
    return f"{number[:120]} {MEASURED[name][1]}".strip() if name in MEASURED else number[:120]
