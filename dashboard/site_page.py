"""/site: a community's numbers, thresholds, works and zones, each with its default and where it comes from; changed one
by one through what checks the file, and taken away as the file that they are."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from functools import partial
from html import escape
from typing import Any

import msgspec
from fastapi import APIRouter, Request
from redis.exceptions import RedisError
from starlette.responses import Response

from community import site_edit
from community.board.alarm_words import name as alarm_name
from community.catalogue import CATALOGUE, definition
from community.model import BadRecord
from community.newcomers import written
from community.number_words import number_name
from community.site import Threshold, numbers_shapes
from community.state import State
from community.systems import SYSTEMS
from community.words import post
from store.log import LogMisconfigured, LogUnavailable
from store.settings import Settings
from store.site_apply import NotApplied
from store.site_change import Edit, change, source_of

from .access import ACTIONS, require
from .commands import OutOfService, ReturnToService
from .devices import describer
from .facts import Facts
from .pages import Page, current
from .paper import Paper, answer
from .signin.routes import read_form
from .signing import signed
from .site_words import WORDS
from .view import House

PARTS = ("numbers", "alarms", "works", "zones")
FOLLOWED_TIMES, LOOK_S = 60, 0.05
SERVICE = {"take_out": OutOfService, "put_back": ReturnToService}


def make_site(settings: Settings, house: House, facts: Facts) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/site")
    async def page() -> Response:
        return shown(current.get(), "")

    @router.get("/site.json")
    async def export() -> Response:
        at = current.get()
        assert at.who is not None  # the guard lets nobody else in
        try:
            await facts.surely("site.export", at.who.id, at.site.id, "site.json")
            source = await asyncio.to_thread(source_of, settings, at.site.id)
        except (LogUnavailable, RedisError, BadRecord, OSError):
            return Response(WORDS["away"].get(at.lang), 503, media_type="text/plain; charset=utf-8")
        if source is None:
            return Response(WORDS["unread"].get(at.lang), 503, media_type="text/plain; charset=utf-8")
        head = {"content-disposition": f'attachment; filename="{at.site.id}.json"', "cache-control": "no-store"}
        return Response(written(json.loads(source)), media_type="application/json", headers=head)

    @router.post("/site")
    async def act(request: Request) -> Response:
        at, form = current.get(), await read_form(request)
        do, paper = form.get("do", ""), Paper(at, WORDS)
        if do in SERVICE:
            return await serve(at, do, form)
        edit = edit_of(do, form)
        who = require(at.who, "site.change", at.site.id)
        if edit is None:
            return shown(at, "", 400)
        try:
            await facts.surely("site.change", who.id, at.site.id, do, about(form))
        except LogUnavailable:
            return shown(at, paper.plain("unrecorded"), 503)
        before = state_of(at)
        try:
            said = await asyncio.to_thread(change, settings, at.site.id, edit, describer(who, at))
        except site_edit.NoEdit as nothing:
            return shown(at, str(nothing), 404)
        except NotApplied as refused:
            return shown(at, " · ".join(map(str, refused.args)), 409)
        except (LogUnavailable, LogMisconfigured, RedisError, OSError) as error:
            return shown(at, f"{paper.plain('away')} ({error})", 503)
        await followed(at, before)
        return shown(at, said)

    async def followed(at: Page, before: State | None) -> None:
        """Until this process has heard of the new description, as long as a person would wait."""
        for _ in range(FOLLOWED_TIMES):
            state = state_of(at)
            if before is not None and state is not None and state.site is not before.site:
                return
            await asyncio.sleep(LOOK_S)

    async def serve(at: Page, do: str, form: Mapping[str, str]) -> Response:
        """A device out of service and back is a command: the fold has its say."""
        state, paper = state_of(at), Paper(at, WORDS)
        device, _, alarm = form.get("device", "").strip().partition(" ")
        order = SERVICE[do](device=device or "-", alarm=alarm, reason=form.get("reason", "").strip()[:200])
        sent = signed(order, at.who, at.site, at.now_ms)
        if state is None or sent.missing(state):
            return shown(at, paper.plain("unread" if state is None else "no_such"), 503 if state is None else 404)
        assert at.who is not None
        try:
            await house.commands.send(at.site.id, sent, at.who.id)
        except LogUnavailable:
            return shown(at, paper.plain("away"), 503)
        return shown(at, paper.plain("sent"))

    def state_of(at: Page) -> State | None:
        channel = house.hub.channels[at.site.id]
        return channel.state.glance() if channel.state is not None and not channel.broken else None

    def shown(at: Page, notice: str, status: int = 200) -> Response:
        paper, part = Paper(at, WORDS), at.asked.get("part", PARTS[0])
        state = state_of(at)
        if state is None:
            return answer(paper.page("site", "", notice or paper.plain("unread"), "", ("site",)), 503)
        draw = {"numbers": numbers, "alarms": alarms, "works": works, "zones": zones}.get(part, numbers)
        tabs = "".join(_tab(paper, name, here=name == part) for name in PARTS)
        body = f'<nav class="parts">{tabs}</nav><p>{paper.say("about")}</p>{draw(paper, state)}'
        beside = paper.link("/site.json", paper.say("export"))
        return answer(paper.page("site", body, notice, beside, ("site",)), status)

    return router


def edit_of(do: str, form: Mapping[str, str]) -> Edit | None:
    """None: nothing that this page changes."""

    def said(name: str) -> str:
        return form.get(name, "").strip()

    def listed(name: str) -> list[str]:
        return [part.strip() for part in said(name).replace("，", ",").split(",") if part.strip()]

    if do == "set" and said("section") in numbers_shapes():
        return partial(site_edit.with_number, section=said("section"), name=said("name"), text=said("value"))
    if do == "set" and said("alarm") in CATALOGUE:
        return partial(site_edit.with_threshold, alarm=said("alarm"), name=said("name"), text=said("value"))
    if do == "add_works":
        devices, reason = listed("devices"), said("reason")[:80]
        return partial(site_edit.with_works, begins=said("from"), ends=said("until"), devices=devices, reason=reason)
    if do == "drop" and said("listed") in ("maintenance", "zones"):
        return partial(site_edit.without, part=said("listed"), said=form.get("entry", ""))
    if do == "set_zone" and said("id"):
        name = {"zh": said("name_zh"), "en": said("name_en")}
        buildings, areas = listed("buildings"), listed("areas")
        return partial(site_edit.with_zone, id_=said("id"), name=name, buildings=buildings, areas=areas)
    return None


def about(form: Mapping[str, str]) -> str:
    """For the audit: what was changed, and into what."""
    named = (
        form.get(name, "") for name in ("section", "alarm", "name", "value", "from", "until", "devices", "id", "entry")
    )
    return " ".join(part for part in named if part)[:200]


def _tab(paper: Paper, name: str, *, here: bool) -> str:
    link = paper.link("/site", paper.say(name), part=name)
    return link.replace("<a ", '<a aria-current="page" ', 1) if here else link


# ---- parts
def numbers(paper: Paper, state: State) -> str:
    site, parts = state.site, []
    for section, shape in numbers_shapes().items():
        default, now, own = shape(), site.numbers_of(shape), site.numbers.get(section, {})
        rows = [
            (
                f"{escape(number_name(name, paper.at.lang))} <code>{name}</code>",
                _figure(getattr(default, name), paper),
                f"<b>{figure}</b>" if name in own else figure,
                paper.say("of_site" if name in own else "of_program"),
                _setting(paper, "numbers", section=section, name=name),
            )
            for name in shape.__struct_fields__
            for figure in (_figure(getattr(now, name), paper),)
        ]
        title = SYSTEMS[section].name.get(paper.at.lang) if section in SYSTEMS else paper.plain(section)
        opened = " open" if own else ""
        doc = escape(" ".join((shape.__doc__ or "").split()))
        parts.append(
            f"<details{opened}><summary>{escape(title)} <small>{section} · {len(own)}/{len(rows)}</small></summary>"
            f"{paper.table(('name', 'default', 'own', 'source', 'value'), rows)}"
            f'<p class="doc" lang="en">{paper.say("why")}: {doc}</p></details>'
        )
    return "".join(parts)


def alarms(paper: Paper, state: State) -> str:
    rows = []
    for id_, entry in CATALOGUE.items():
        own = state.site.thresholds.get(id_, Threshold())
        now = definition(state.site, id_)
        for name, default, value in (
            ("priority", entry.priority, now.priority),
            ("on_delay_s", entry.on_delay_ms / 1000, now.on_delay_ms / 1000),
            ("off_delay_s", entry.off_delay_ms / 1000, now.off_delay_ms / 1000),
            ("latched", entry.latched, now.latched),
        ):
            mine = getattr(own, name) is not None
            rows.append(
                (
                    f"<code>{id_}</code> {escape(alarm_name(id_, paper.at.lang))}" if name == "priority" else "",
                    paper.say(name),
                    _figure(default, paper),
                    f"<b>{_figure(value, paper)}</b>" if mine else _figure(value, paper),
                    paper.say("of_site" if mine else "of_program"),
                    _setting(paper, "alarms", alarm=id_, name=name),
                )
            )
    return paper.table(("alarm", "name", "default", "own", "source", "value"), rows)


def works(paper: Paper, state: State) -> str:
    at, site = paper.at, state.site
    rows = []
    for window in site.maintenance:
        entry = site_edit.shown(msgspec.to_builtins(window))
        drop = _form(paper, "works", "drop", look="link", listed="maintenance", entry=entry)
        rows.append((window.begins, window.ends, escape(", ".join(window.devices)), escape(window.reason), drop))
    table = paper.table(("from", "until", "devices", "reason", ""), rows) if rows else f"<p>{paper.say('no_works')}</p>"
    fields = (
        f'<label>{paper.say("from")} <input type="datetime-local" name="from" required></label>',
        f'<label>{paper.say("until")} <input type="datetime-local" name="until" required></label>',
        paper.field("devices", "", "required"),
        paper.field("reason"),
    )
    may = at.who is not None and at.who.may(ACTIONS["device.out_of_service"], site.id)
    out = [
        (
            escape(key),
            paper.say("since", paper.time(held.since_ms)),
            escape(post(held.by, at.lang, site.posts)),
            escape(held.reason),
            _form(paper, "works", "put_back", look="link", device=_named(key)) if may else "",
        )
        for key, held in sorted(state.out_of_service.items())
    ]
    told = paper.table(("device", "", "", "reason", ""), out) if out else f"<p>{paper.say('none_out')}</p>"
    taking = _form(
        paper, "works", "take_out", paper.field("device", "", "required"), paper.field("reason", "", "required")
    )
    return (
        f"{table}{_form(paper, 'works', 'add_works', *fields)}<h2>{paper.say('out')}</h2>{told}{taking if may else ''}"
    )


def zones(paper: Paper, state: State) -> str:
    rows = []
    for zone in state.site.zones:
        drop = _form(
            paper, "zones", "drop", look="link", listed="zones", entry=site_edit.shown(msgspec.to_builtins(zone))
        )
        where = (escape(", ".join(zone.buildings)), escape(", ".join(zone.areas)))
        rows.append((f"<code>{escape(zone.id)}</code>", escape(zone.name.get(paper.at.lang)), *where, drop))
    heads = ("id", "name", "buildings", "areas", "")
    table = paper.table(heads, rows) if rows else f"<p>{paper.say('no_zones')}</p>"
    fields = [paper.field(name) for name in ("id", "name_zh", "name_en", "buildings", "areas")]
    return table + _form(paper, "zones", "set_zone", *fields)


def _named(key: str) -> str:
    """`ALARM/device` as the form takes it: the device, and the alarm after a space."""
    alarm, _, device = key.partition("/")
    return f"{device} {alarm}" if device and alarm in CATALOGUE else key


def _setting(paper: Paper, part: str, **hidden: str) -> str:
    return _form(paper, part, "set", paper.field("value"), **hidden)


def _form(paper: Paper, part: str, do: str, *inner: str, look: str = "", **hidden: str) -> str:
    carried = "".join(f'<input type="hidden" name="{k}" value="{escape(v)}">' for k, v in hidden.items())
    button = f'<button class="{look}" name="do" value="{do}">{paper.say(do)}</button>'
    address = escape(paper.address("/site", part=part))
    return f'<form method="post" action="{address}">{carried}{"".join(inner)}{button}</form>'


def _figure(value: Any, paper: Paper) -> str:
    if isinstance(value, bool):
        return paper.say("yes" if value else "no")
    if isinstance(value, tuple):
        return escape("、".join(map(str, value)) if paper.at.lang == "zh" else ", ".join(map(str, value)))
    return escape(f"{value:g}" if isinstance(value, float) else str(value))
