"""/people: who may sign in, with what grants; open sessions; codes that open a wall. Plain forms, no script."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import NamedTuple

from fastapi import APIRouter, Request
from starlette.responses import Response

from community.clock import local
from community.roles import EVERYWHERE, REGION, ROLES, Grant, regions_of, second_factor
from community.site import Site
from community.words import Lang
from store.history import HistoryUnavailable
from store.people.register import Conflict, Person, Taken
from store.people.sessions import Session

from ..access import ACTIONS, require
from ..pages import Page, current
from ..tongue import switch
from .pages import document
from .routes import Fact, Tell, read_form
from .secrets import hashed, one_time_password
from .service import Service
from .staff_file import ACCOUNT, GIVEN, LONGEST_NAME
from .who import Who
from .words import DOOR, PEOPLE


class _Said(NamedTuple):
    """What came of a form: a sentence for the page, and whom the audit names."""

    notice: str
    subject: str = ""


def make_people(service: Service, sites: Callable[[], Mapping[str, Site]], tell: Tell) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/people")
    async def people() -> Response:
        return await shown(current.get(), "")

    @router.post("/people")
    async def change(request: Request) -> Response:
        at, form = current.get(), await read_form(request)
        action = f"people.{form.get('do', '')}"
        if action not in ACTIONS:
            return await shown(at, "", 400)
        # what is said of one community needs the right in it, what reaches further needs it everywhere
        scope = form.get("community", "") if action in ("people.pair", "people.grant", "people.ungrant") else EVERYWHERE
        if action == "people.end_session":
            scope = at.site.id
        regions = _regions(sites()) if action != "people.pair" else {}
        if scope not in (*sites(), *regions, EVERYWHERE):
            return await shown(at, "", 400)
        # which communities a region has others say, and may say otherwise tomorrow
        who = require(at.who, action, EVERYWHERE if scope in regions else scope)
        try:
            said = await asyncio.to_thread(_carry_out, service, action, form, who, at)
        except HistoryUnavailable:
            return await shown(at, "", 503)
        except Conflict as conflict:
            return await shown(at, conflict.said.get(at.lang), 409)
        except Taken:
            return await shown(at, PEOPLE["taken"].get(at.lang), 409)
        except LookupError:
            return await shown(at, PEOPLE["unknown"].get(at.lang), 404)
        tell(Fact(action, who.id, scope if scope in sites() else "", "allowed", said.subject))
        return await shown(at, said.notice)

    async def shown(at: Page, notice: str, status: int = 200) -> Response:
        assert at.who is not None  # the guard lets nobody else in
        everything = at.who.everywhere(ACTIONS["people.add"])
        try:
            everybody = await asyncio.to_thread(service.register.everybody) if everything else []
            open_now = await asyncio.to_thread(service.sessions.open, service.now_ms())
        except HistoryUnavailable:
            return Response(DOOR["away"].get(at.lang), 503, media_type="text/plain; charset=utf-8")
        if not everything:
            open_now = [one for one in open_now if one.role == "wall" and one.community == at.site.id]
        body = _page(at, sites(), everybody, open_now, notice, everything)
        return Response(body, status, media_type="text/html", headers={"cache-control": "no-store"})

    return router


def _carry_out(service: Service, action: str, form: Mapping[str, str], who: Who, at: Page) -> _Said:
    """Raises Conflict, Taken, LookupError (nobody of that id)."""
    register, now = service.register, service.now_ms()
    if action == "people.pair":
        code = service.offer_wall(form["community"], who.id)
        return _Said(_say("pairing_code", at.lang, f"{code[:4]} {code[4:]}"))
    if action == "people.add":
        account, name = form.get("account", "").strip().lower(), form.get("name", "").strip()[:LONGEST_NAME]
        if not ACCOUNT.fullmatch(account):
            return _Said(_say("bad_account", at.lang))
        password = one_time_password()
        return _Said(_say("one_time", at.lang, account, password), register.add(account, name, hashed(password), now))
    if action == "people.end_session":
        session = service.sessions.find(form.get("session", ""))
        mine = who.everywhere(ACTIONS["people.add"])
        if session is None or not (mine or (session.role == "wall" and session.community == at.site.id)):
            raise LookupError(form.get("session", ""))
        service.end(session.id)
        return _Said("", session.person or f"wall:{session.id[:8]}")
    person = register.by_id(form.get("person", ""))
    if person is None:
        raise LookupError(form.get("person", ""))
    if person.id == who.id and action != "people.unlock":
        raise Conflict(PEOPLE["yourself"])
    notice = ""
    if action in ("people.grant", "people.ungrant"):
        role = form.get("role", "")
        if role not in GIVEN:
            raise LookupError(role)
        grant = Grant(role, form["community"], form.get("post", ""))
        (register.grant if action == "people.grant" else register.ungrant)(person.id, grant)
        service.changed(person.id)
        if action == "people.grant" and second_factor((role,)):
            service.end_all(person.id)  # what was opened by a password alone is not a session of this role
    elif action == "people.reset":
        password = one_time_password()
        register.set_password(person.id, hashed(password), must_change=True)
        register.set_factor(person.id, "")
        service.end_all(person.id)
        notice = _say("one_time", at.lang, person.account, password)
    elif action == "people.unlock":
        register.forgive(person.account)
    else:
        disabled = action == "people.disable"
        register.disable(person.id, now if disabled else None)
        if disabled:
            service.end_all(person.id)
    which = f" {form['role']} {form['community']}" if action in ("people.grant", "people.ungrant") else ""
    return _Said(notice, person.id + which)


def _regions(sites: Mapping[str, Site]) -> Mapping[str, Sequence[str]]:
    return regions_of((site.id, site.region) for site in sites.values())


def _say(key: str, lang: Lang, *values: str) -> str:
    text = PEOPLE[key].get(lang)
    for value in values:
        text = text.replace("{}", value, 1)
    return text


class _Paper:
    """The page in one language."""

    def __init__(self, at: Page, sites: Mapping[str, Site]) -> None:
        assert at.who is not None
        self.at, self.lang, self.me = at, at.lang, at.who.id
        self.where = {EVERYWHERE: PEOPLE["everywhere"].get(at.lang)}
        self.where |= {id_: site.name.get(at.lang) for id_, site in sites.items()}
        region = PEOPLE["region"].get(at.lang)
        self.where |= {id_: region.replace("{}", id_.removeprefix(REGION)) for id_ in _regions(sites)}

    def say(self, key: str) -> str:
        return escape(PEOPLE[key].get(self.lang))

    def form(self, do: str, *inner: str, label: str = "", look: str = "link", **hidden: str) -> str:
        carried = "".join(f'<input type="hidden" name="{k}" value="{escape(v)}">' for k, v in hidden.items())
        pressed = f'<button class="{look}" name="do" value="{do}">{label or self.say(do)}</button>'
        return f'<form method="post" action="/people">{carried}{"".join(inner)}{pressed}</form>'

    def choice(self, name: str, values: Mapping[str, str], chosen: str) -> str:
        options = "".join(
            f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>{escape(text)}</option>'
            for value, text in values.items()
        )
        return f'<select name="{name}" aria-label="{self.say(name)}">{options}</select>'

    def person(self, person: Person) -> str:
        held = "".join(
            f"<li>{escape(ROLES[grant.role].get(self.lang))} · "
            + escape(self.where.get(grant.community, grant.community))
            + self.form("ungrant", person=person.id, role=grant.role, community=grant.community)
            + "</li>"
            for grant in person.grants
        )
        roles = self.choice("role", {role: ROLES[role].get(self.lang) for role in GIVEN}, "guard")
        communities = self.choice("community", self.where, self.at.site.id)
        more = self.form("grant", roles, communities, look="", person=person.id)
        said = {"disabled": person.disabled_ms is not None, "must_change": person.must_change, "factor": person.factor}
        marks = "<br>".join(self.say(key) for key, true in said.items() if true)
        acts = ("unlock", "reset", "enable" if person.disabled_ms is not None else "disable")
        buttons = "" if person.id == self.me else "".join(self.form(do, person=person.id) for do in acts)
        who = f"<b>{escape(person.account)}</b><br>{escape(person.name)}"
        return f"<tr><td>{who}</td><td><ul>{held}</ul>{more}</td><td>{marks}</td><td>{buttons}</td></tr>"

    def session(self, one: Session, accounts: Mapping[str, str]) -> str:
        role = one.role.removeprefix("demo:")
        what = next((text.get(self.lang) for key, text in ROLES.items() if key == role), "")
        who = accounts.get(one.person) or f"{what} · {self.where.get(one.community, '')}"
        since = f"{self.say('since')} {self.time(one.created_ms)} · {self.say('seen')} {self.time(one.seen_ms)}"
        ends = self.form("end_session", session=one.id)
        return f"<tr><td>{escape(who)}</td><td>{since} · {escape(one.came_from)}</td><td>{ends}</td></tr>"

    def time(self, at_ms: int) -> str:
        return local(at_ms, self.at.site.timezone).strftime("%m-%d %H:%M")


def _page(
    at: Page,
    sites: Mapping[str, Site],
    everybody: Sequence[Person],
    sessions: Sequence[Session],
    notice: str,
    all_: bool,
) -> str:
    paper = _Paper(at, sites)
    assert at.who is not None
    said = f'<p class="notice" role="status">{escape(notice)}</p>' if notice else ""
    paired = {
        id_: name for id_, name in paper.where.items() if at.who.may(ACTIONS["people.pair"], id_) and id_ in sites
    }
    walls = paper.form("pair", paper.choice("community", paired, at.site.id), look="")
    accounts = {person.id: person.account for person in everybody}
    people = ""
    if all_:
        fields = "".join(
            f'<input name="{name}" aria-label="{paper.say(name)}" placeholder="{paper.say(name)}" maxlength="40">'
            for name in ("account", "name")
        )
        head = "".join(f"<th>{paper.say(key)}</th>" for key in ("account", "roles", "state")) + "<th></th>"
        people = (
            f"<table><tr>{head}</tr>{''.join(map(paper.person, everybody))}</table>"
            f"<h2>{paper.say('add')}</h2>{paper.form('add', fields, label=paper.say('add_do'), look='')}"
        )
    rows = "".join(paper.session(one, accounts) for one in sessions)
    return document(
        at.lang,
        f"{PEOPLE['people'].get(at.lang)} · {at.site.name.get(at.lang)}",
        f'<main class="people"><header><h1>{paper.say("people")}</h1><p>{paper.say("signed_in_as")} '
        f"{escape(at.who.name or at.who.id)}</p>{switch(at.lang)}"
        f'<form method="post" action="/logout"><button>{paper.say("sign_out")}</button></form></header>'
        f"{said}{people}"
        f"<h2>{paper.say('walls')}</h2>{walls}<h2>{paper.say('sessions')}</h2><table>{rows}</table></main>",
        "papers",
        ("shared", "people"),
    )
