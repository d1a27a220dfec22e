"""/handover: 交接班 at the desk: the automatic sheet, notes, and two people who sign by two logins.

The sheet is the report of community/reports/handover.py, kept as every report; here it is drafted for the shift that
ends, and signed: by whoever is signed in, who leaves, and by the colleague who comes, with an account and password of
their own. The second signature freezes it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from datetime import timedelta
from html import escape
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from fastapi import APIRouter, Request
from starlette.responses import Response

from community.clock import local
from community.reports.model import Paper, Table, decoded
from community.reports.numbers import Schedule
from community.site import Site, Text
from community.words import post
from store.history import HistoryMisconfigured, HistoryUnavailable
from store.history import reports as kept
from store.history.figures import NoRange
from store.history.reports import AlreadyIssued, NoReport

from .access import require
from .facts import Facts
from .pages import Page, current
from .reports import keep
from .reports.desk import Ledger
from .reports.keep import NotAllowed, Words
from .reports.make import Asked, CannotMake
from .signin.pages import document
from .signin.routes import read_form
from .signin.service import Service
from .signin.who import Who, post_of
from .tongue import switch

EARLY = timedelta(hours=2)
"""A shift that ends within so long is the one that is handed over."""

WORDS = {
    "title": Text("交接班", "Hand-over"),
    "back": Text("告警台", "Alarm desk"),
    "draft": Text("生成交接单", "Make the sheet"),
    "again": Text("重新生成", "Make it again"),
    "notes": Text("交接事项，每行一条（勿写姓名电话）", "Notes, one a line (no names, no numbers)"),
    "save": Text("记下事项", "Keep the notes"),
    "off": Text("我交班，签名", "I leave: sign"),
    "on": Text("接班人签名", "The colleague who comes signs"),
    "account": Text("接班人账号", "Their account"),
    "password": Text("接班人密码", "Their password"),
    "code": Text("验证码（经理）", "Code (managers)"),
    "demo_on": Text("演示：由班长接班", "Demo: the supervisor takes over"),
    "signed": Text("{} {} 已签", "signed by {} at {}"),
    "done": Text("两人已签，交接单已定稿", "Both have signed: the sheet is final"),
    "none": Text("这一班还没有交接单", "There is no sheet of this shift yet"),
    "away": Text("历史数据库没有应答，稍后再试", "The history does not answer: try again"),
    "wrong": Text("接班人的账号或密码不对", "Their account or password is wrong"),
    "locked": Text("接班人的账号已锁定", "Their account is locked"),
    "same": Text("交班和接班必须是两个人", "Two people hand over"),
    "not_sheet": Text("这不是交接班表", "This is no hand-over sheet"),
    "not_desk": Text("接班人在本社区没有值班权限", "They are no guard, supervisor or manager here"),
    "final": Text("交接单已定稿，不能再改", "The sheet is final: nothing of it can be changed"),
    "gone": Text("找不到这张交接单，请重新生成", "There is no such sheet: make it again"),
    "not_made": Text(
        "这一班的交接单做不出来，请找系统管理员", "The sheet of this shift cannot be made: ask the administrator"
    ),
    "demo": Text("演示数据", "demonstration data"),
}
CHANGED = {AlreadyIssued: "final", NoReport: "gone", CannotMake: "not_made", NoRange: "not_made"}
OFF, ON = "off", "on"


class _Refused(ValueError):
    """The key of a sentence in WORDS."""


def make_handover(ledger: Ledger, service: Service, facts: Facts, var: Path) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/handover")
    async def sheet() -> Response:
        return await shown(current.get(), "")

    @router.post("/handover")
    async def act(request: Request) -> Response:
        at, form = current.get(), await read_form(request)
        do = form.get("do", "")
        if do not in ("draft", "notes", OFF, ON, "demo_on"):
            return await shown(at, "", 400)
        who = require(at.who, "handover", at.site.id)
        try:
            said = await asyncio.to_thread(carry_out, ledger.engine(), service, at, who, form, var)
        except _Refused as refused:
            facts.tell(f"handover.{do}", "denied", who.id, at.site.id, detail=str(refused))
            return await shown(at, WORDS[str(refused)].get(at.lang), 403)
        except NotAllowed as error:
            return await shown(at, error.said.get(at.lang), 409)
        except (AlreadyIssued, NoReport, CannotMake, NoRange) as error:
            return await shown(at, WORDS[CHANGED[type(error)]].get(at.lang), 409)
        except (HistoryUnavailable, HistoryMisconfigured):
            return await shown(at, WORDS["away"].get(at.lang), 503)
        for person, action, number in said:
            facts.tell(action, "allowed", person, at.site.id, number)
        return await shown(at, "")

    async def shown(at: Page, notice: str, status: int = 200) -> Response:
        try:
            found = await asyncio.to_thread(_found, ledger.reading(), at)
        except (HistoryUnavailable, HistoryMisconfigured):
            found, notice, status = None, WORDS["away"].get(at.lang), 503
        body = _page(at, found, notice)
        return Response(body, status, media_type="text/html", headers={"cache-control": "no-store"})

    return router


def ending(site: Site, now_ms: int) -> Asked:
    """The shift that is handed over now: the one that ends next, or has just ended."""
    now = local(now_ms, site.timezone)
    hours = sorted(site.numbers_of(Schedule).handover_at)
    moments = []
    for days in (-1, 0, 1):
        day = now.date() + timedelta(days=days)
        moments += [(f"{day}T{hour}", day, hour) for hour in hours]
    soon = (now + EARLY).strftime("%Y-%m-%dT%H:%M")
    _, day, hour = max(moment for moment in moments if moment[0] <= soon)
    return Asked("handover", str(day), "internal", "en" if site.language == "en" else "zh", hour)


def carry_out(
    engine: sa.Engine, service: Service, at: Page, who: Who, form: Mapping[str, str], var: Path
) -> list[tuple[str, str, str]]:
    """(person, action, number) for the audit. Raises _Refused and what keep.py raises."""
    now_ms, site, do = time.time_ns() // 1_000_000, at.site, form["do"]
    if do == "draft":
        made = keep.drafted(engine, site, ending(site, now_ms), now_ms, var=var)
        return [(who.id, "handover.draft", made.number)]
    number = form.get("number", "")
    if do == "notes":
        before = decoded(kept.body_of(engine, site.id, number))
        if before.kind != "handover":  # other papers' words are a supervisor's and a manager's
            raise _Refused("not_sheet")
        notes = [line for line in form.get("notes", "").splitlines() if line.strip()]
        drafted = [s.text for s in before.summary if not s.by]
        words = Words(post_of(who, site, now_ms), [*drafted, *notes], [s.text for s in before.decisions])
        keep.reworded(engine, site, number, words, now_ms, var=var)
        return [(who.id, "handover.notes", number)]
    if do == OFF:
        _two(engine, site, number, who, "off")
        keep.signed(engine, site, number, "off", post_of(who, site, now_ms), now_ms, person=who.id, var=var)
        return [(who.id, "handover.sign_off", number)]
    relief = _relief(service, form) if do == ON else _demo_relief(service, who)
    takes = post_of(relief, site, now_ms)
    if not takes:
        raise _Refused("not_desk")
    _two(engine, site, number, relief, "on")
    keep.signed(engine, site, number, "on", takes, now_ms, person=relief.id, var=var)
    return [(relief.id, "handover.sign_on", number)]


def _two(engine: sa.Engine, site: Site, number: str, signer: Who, role: str) -> None:
    """Whoever happens to be signed in at the desk: those who sign are two. Raises _Refused."""
    signed = kept.signatures(engine, site.id, number)
    if any(one.person == signer.id and one.role != role for one in signed):
        raise _Refused("same")


def _relief(service: Service, form: Mapping[str, str]) -> Who:
    """Whoever has typed account and password beside the one who is signed in; nobody else's session is touched."""
    checked = service.check(form.get("account", ""), form.get("password", ""))
    if checked.person is None:
        raise _Refused("locked" if checked.tried.why == "locked" else "wrong")
    if not service.second(checked.person, form.get("code", "")):
        raise _Refused("wrong")
    return Who(checked.person.id, service.in_force(checked.person), name=checked.person.name)


def _demo_relief(service: Service, who: Who) -> Who:
    """Only a visitor of the demo has such a colleague."""
    if not who.demo or who.id == service.demo_person("supervisor").id:
        raise _Refused("same")
    return service.demo_person("supervisor")


def _found(engine: sa.Engine, at: Page) -> tuple[Paper, list[kept.Signed], bool] | None:
    """The sheet of the shift that ends: paper, signatures, whether it is final. None: there is none yet."""
    asked = ending(at.site, time.time_ns() // 1_000_000)
    for report in kept.listed(engine, at.site.id, kind="handover", from_day=asked.day, most=20):
        paper = decoded(kept.body_of(engine, at.site.id, report.number))
        if asked.subject in paper.subject and paper.to_day == asked.day:
            signed = kept.signatures(engine, at.site.id, report.number)
            return paper, signed, report.issued_ms is not None
    return None


def _page(at: Page, found: tuple[Paper, list[kept.Signed], bool] | None, notice: str) -> str:
    def say(key: str, *values: str) -> str:
        text = WORDS[key].get(at.lang)
        for value in values:
            text = text.replace("{}", value, 1)
        return escape(text)

    def button(do: str, label: str, inner: str = "") -> str:
        number = found[0].number if found is not None else ""
        hidden = f'<input type="hidden" name="number" value="{escape(number)}">'
        return (
            f'<form method="post" action="{here}">{hidden}{inner}<button name="do" value="{do}">{label}</button></form>'
        )

    assert at.who is not None  # the guard lets nobody else in
    here = f"/handover?community={escape(at.site.id)}&amp;lang={at.lang}"
    desk = f"/desk?community={escape(at.site.id)}&amp;lang={at.lang}"
    head = f'<h1>{say("title")}</h1><p>{escape(at.who.name)}</p><a href="{desk}">{say("back")}</a>{switch(at.lang)}'
    parts = [f"<header>{head}</header>"]
    if notice:
        parts.append(f'<p class="notice" role="alert">{escape(notice)}</p>')
    if found is None:
        parts += [f"<p>{say('none')}</p>", button("draft", say("draft"))]
    else:
        paper, signatures, final = found
        by_role = {one.role: one for one in signatures}
        parts.append(f"<h2>{escape(paper.title)} · {escape(paper.period)} · {escape(paper.number)}</h2>")
        parts.append(
            f'<p class="notice">{escape(paper.verdict.title)}<br><small>{escape(paper.verdict.note)}</small></p>'
        )
        parts.append("<ul>" + "".join(f"<li>{escape(s.text)}</li>" for s in paper.summary) + "</ul>")
        parts += [_table(table, at.site) for table in paper.tables() if table.rows]
        for role in (OFF, ON):
            one = by_role.get(role)
            if one is not None:
                when = local(one.at_ms, at.site.timezone).strftime("%H:%M")
                parts.append(f"<p>{say('signed', post(one.post, at.lang, at.site.posts), when)}</p>")
        if final:
            parts.append(f'<p class="notice" role="status">{say("done")}</p>')
        else:
            notes = escape("\n".join(s.text for s in paper.summary if s.by))
            hint = f'aria-label="{say("notes")}" placeholder="{say("notes")}"'
            area = f'<textarea id="notes" name="notes" {hint}>{notes}</textarea>'
            parts += [button("notes", say("save"), area), button("draft", say("again"))]
            if OFF not in by_role:
                parts.append(button(OFF, say("off")))
            if ON not in by_role:
                fields = (
                    f'<input name="account" placeholder="{say("account")}" aria-label="{say("account")}" required>'
                    f'<input name="password" type="password" placeholder="{say("password")}" '
                    f'aria-label="{say("password")}" autocomplete="off" required>'
                    f'<input name="code" placeholder="{say("code")}" aria-label="{say("code")}" inputmode="numeric">'
                )
                parts.append(button(ON, say("on"), fields))
                if at.who.demo:
                    parts.append(button("demo_on", say("demo_on")))
    title = f"{WORDS['title'].get(at.lang)} · {at.site.name.get(at.lang)}"
    return document(at.lang, title, f'<main class="people">{"".join(parts)}</main>', "papers", ("shared", "people"))


def _table(table: Table, site: Site) -> str:
    heads = "".join(f"<th>{escape(column.name)}</th>" for column in table.columns)

    def cell(value: Any, kind: str) -> str:
        if value is None:
            return "—"
        if kind == "moment" and isinstance(value, int):
            return local(value, site.timezone).strftime("%m-%d %H:%M")
        return escape(str(value))

    rows = "".join(
        "<tr>" + "".join(f"<td>{cell(v, c.form)}</td>" for v, c in zip(row, table.columns, strict=False)) + "</tr>"
        for row in table.rows
    )
    return f"<h2>{escape(table.title)}</h2><table><tr>{heads}</tr>{rows}</table>"
