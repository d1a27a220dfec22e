"""/care: residents in care, the telephone and the door when one of them raises an alarm; /privacy: the register.

Names, telephones and doors are covered. The plain view is one answer to one written reason, which the audit has before
the page is drawn; a guard's reason is an alarm that stands. Addresses, log and audit carry ids alone.
"""

from __future__ import annotations

import asyncio
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from community.care_flow import Step
from community.state import Alarm
from store.history import HistoryMisconfigured, HistoryUnavailable
from store.log import LogUnavailable
from store.residents.persons import Consent, Contact, Known, Persons, Resident
from store.seal import Unsealable

from ..access import require
from ..facts import Facts
from ..pages import Page, current
from ..paper import Paper, answer
from ..sending import NotCertain
from ..signin.routes import read_form
from ..view import House
from . import draw
from .acts import TABLE, Acts, Asked, Came, NotDone
from .look import by_need, newest, shown, standing, subjects
from .words import CARE

AWAY = (HistoryUnavailable, HistoryMisconfigured)
AGAIN_S = 3
"""When a page looks again for what it could not show yet."""


def make_care(house: House, acts: Acts, persons: Persons, facts: Facts) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/care")
    async def everybody() -> Response:
        at = current.get()
        assert at.who is not None  # the guard lets nobody else in
        facts.tell("care.list", "allowed", at.who.id, at.site.id)
        return await listed(at, "")

    @router.get("/care/{subject}")
    async def one(subject: str) -> Response:
        at = current.get()
        assert at.who is not None
        facts.tell("care.view", "allowed", at.who.id, at.site.id, subject[:80])
        facts.tell("care.list", "allowed", at.who.id, at.site.id)  # which stands beside
        return await person(at, subject, Came(""))

    @router.post("/care")
    async def register(request: Request) -> Response:
        at, form = current.get(), await read_form(request)
        who, paper = require(at.who, "care.register", at.site.id), Paper(at, CARE)
        try:
            subject = await acts.add(at, form, who.id)
        except NotDone as refused:
            key, status = refused.args
            return await listed(at, paper.plain(key), status)
        except Known:
            return await listed(at, paper.plain("known"), 409)
        except (*AWAY, LogUnavailable):
            return await listed(at, paper.plain("unrecorded"), 503)
        return await person(at, subject, Came(paper.plain("registered", subject)))

    @router.post("/care/{subject}")
    async def act(request: Request, subject: str) -> Response:
        at, form = current.get(), await read_form(request)
        do, paper, state = form.get("do", ""), Paper(at, CARE), acts.state_of(at)
        if do not in TABLE:
            return await person(at, subject, Came("", 400))
        action, carry_out = TABLE[do]
        who = require(at.who, action, at.site.id)
        if state is None or not await acts.known(at.site, subject):
            return await person(at, subject, Came("", 404 if state is not None else 503))
        try:
            done = await carry_out(acts, Asked(at, state, subject, form, who.id))
        except NotDone as refused:
            key, status = refused.args
            done = Came(paper.plain(key), status)
        except NotCertain:
            done = Came(paper.plain("unsure"), 503)
        except LogUnavailable:
            done = Came(paper.plain("away_log" if action == "care.step" else "unrecorded"), 503)
        except AWAY:
            done = Came(paper.plain("away_db"), 503)
        except Unsealable:
            done = Came(paper.plain("sealed"), 503)
        return await (listed(at, done.notice) if do == "erase" and done.status == 200 else person(at, subject, done))

    # ---- what is shown
    async def listed(at: Page, notice: str, status: int = 200) -> Response:
        paper, state = Paper(at, CARE), acts.state_of(at)
        people: list[Resident] = []
        consents: dict[str, list[Consent]] = {}
        if state is None:
            return answer(paper.page("care", "", notice or paper.plain("unread"), "", ("care",)), 503)
        try:
            people = await asyncio.to_thread(persons.all, at.site.id)
            for given in await asyncio.to_thread(persons.consents, at.site.id):
                consents.setdefault(given.subject, []).append(given)
        except AWAY:
            notice = notice or paper.plain("away_db")
        except Unsealable:
            notice = notice or paper.plain("sealed")
        rows = by_need(state, people)
        lost = paper.plain("lost") if house.hub.lost(house.hub.channels[at.site.id]) else ""
        body = draw.everybody(paper, rows, {id_: newest(given) for id_, given in consents.items()})
        said = " · ".join(part for part in (lost, notice) if part)
        return answer(paper.page("care", body, said, draw.beside(paper), ("care",), broad=True), status)

    async def person(at: Page, subject: str, came: Came) -> Response:
        paper, state = Paper(at, CARE), acts.state_of(at)
        if state is None:
            return answer(paper.page("care", "", paper.plain("unread"), "", ("care",)), 503)
        row: Resident | None = None
        people: list[Resident] = []
        contacts: list[Contact] = []
        consents: list[Consent] = []
        told: list[tuple[Alarm, list[Step]]] = []
        notice = came.notice
        try:
            row = await asyncio.to_thread(persons.find, at.site.id, subject)
            people = await asyncio.to_thread(persons.all, at.site.id)
            contacts = await asyncio.to_thread(persons.contacts, at.site.id, subject)
            consents = await asyncio.to_thread(persons.consents, at.site.id, subject)
            told = [(alarm, await acts.steps(at.site, alarm)) for alarm in standing(state, subject)]
        except AWAY:
            notice = notice or paper.plain("away_db")
        except Unsealable:
            notice = notice or paper.plain("sealed")
        if row is None and subject not in subjects(state.site, ()):
            return answer(paper.page("care", "", notice or paper.plain("no_such"), draw.beside(paper), ("care",)), 404)
        of = draw.Person(shown(state, subject, row, plain=came.plain), contacts, consents, told, came.plain)
        lost = paper.plain("lost") if house.hub.lost(house.hub.channels[at.site.id]) else ""
        late = paper.plain("late") if came.late else ""
        said = " · ".join(part for part in (lost, notice, late) if part)
        body = draw.person(paper, state, of, by_need(state, people))
        drawn = paper.page("care", body, said, draw.beside(paper, all_=True), ("care",), broad=True)
        response = answer(drawn, came.status)
        if came.late:  # what was said is asked for again, not said again
            query = urlencode({"community": at.site.id, "lang": at.lang})
            response.headers["refresh"] = f"{AGAIN_S}; url=/care/{quote(subject)}?{query}"
        return response

    return router
