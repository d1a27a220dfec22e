"""Addresses of the door: sign in, second factor, new password, pairing, the demo's roles, sign out."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qs, urlencode

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from community.roles import Role
from community.site import Site
from community.words import language_named
from layouts.plan_picture import plan_picture
from layouts.site_plan import site_plan
from store.history import HistoryUnavailable

from ..pages import current
from ..tongue import ADDRESS, in_language, page_asking
from .door import COOKIE, Door
from .language import enters, speaks
from .pages import Form, code_form, door, password_form, sign_in_form, wall_form
from .secrets import factor_picture
from .service import DEMO_ROLES, Tried
from .who import STAGES, Who, desk_roles, post_of

FORM_BYTES = 4096
SHOWN = 0.88
"""Of the plan's width: houses are to be seen, not a town."""


class Fact(NamedTuple):
    """What happened at the door, for the audit."""

    what: str
    by: str
    community: str
    outcome: str
    detail: str = ""


Tell = Callable[[Fact], None]


def make_door(entry: Door, sites: Callable[[], Mapping[str, Site]], plans: Sequence[Path], tell: Tell) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    service = entry.service

    def page(form: str, address: str, status: int = 200, **query: str) -> Response:
        at = current.get()
        text = door(at.site, at.lang, form, address, {"community": at.site.id, **{k: v for k, v in query.items() if v}})
        return Response(text, status, media_type="text/html", headers={"cache-control": "no-store"})

    def sign_in(request: Request, next_: str, account: str = "", said: str = "", status: int = 200) -> Response:
        demo = DEMO_ROLES if entry.is_open_demo(request.scope, request.headers, sites()) else ()
        form = sign_in_form(here(), next_, account, said, demo)
        return page(form, "/login", status, next=next_)

    def here() -> Form:
        at = current.get()
        return Form(at.lang, at.asked)

    def away(request: Request, next_: str) -> Response:
        return sign_in(request, next_, said=here().say("away"), status=503)

    async def half_way(request: Request) -> Who | None:
        """Who has begun to sign in, whatever is missing still. Raises HistoryUnavailable."""
        return await entry.who(request.scope, request.headers, sites())

    async def go_on(request: Request, tried: Tried, next_: str) -> Response:
        """Into the house, or to what is missing. Raises HistoryUnavailable."""
        at = current.get()
        lang = await asyncio.to_thread(enters, service, tried, at.asked.get("lang", ""), at.lang)
        within = in_language(local(next_), lang, named=False)
        address = STAGES.get(tried.stage, within)
        if tried.stage:
            address += "?" + urlencode({key: value for key, value in (("next", next_), ("lang", lang)) if value})
        answer = Response(status_code=303, headers={"location": address, "cache-control": "no-store"})
        answer.set_cookie(
            COOKIE, tried.cookie, httponly=True, samesite="lax", path="/", secure=request.url.scheme == "https"
        )
        return answer

    @router.get("/login")
    async def login(request: Request) -> Response:
        return sign_in(request, request.query_params.get("next", ""))

    @router.post("/login")
    async def try_login(request: Request) -> Response:
        said = await read_form(request)
        account, next_ = said.get("account", ""), said.get("next", "")
        try:
            tried = await asyncio.to_thread(service.password, account, said.get("password", ""), came_from(request))
        except HistoryUnavailable:
            return away(request, next_)
        if not tried.cookie:
            tell(Fact("sign_in", tried.person, "", "denied", tried.why))
            status = 429 if tried.why == "locked" else 401
            return sign_in(request, next_, account, here().say(tried.why, tried.left), status)
        tell(Fact("sign_in", tried.person, "", "allowed", tried.stage or "in"))
        return await go_on(request, tried, next_)

    @router.get("/login/code")
    async def code_page(request: Request) -> Response:
        try:
            who = await half_way(request)
        except HistoryUnavailable:
            return away(request, "")
        if who is None or who.stage not in ("code", "enrol"):
            return leave()
        return await code_again(who, request.query_params.get("next", ""), "")

    async def code_again(who: Who, next_: str, said: str, secret: str = "", status: int = 200) -> Response:
        at, picture = current.get(), ""
        if who.stage == "enrol":
            secret = secret or service.enrolment()
            picture = factor_picture(secret, who.name, at.site.name.get(at.lang))
        return page(code_form(here(), next_, said, secret, picture), "/login/code", status, next=next_)

    @router.post("/login/code")
    async def try_code(request: Request) -> Response:
        said = await read_form(request)
        next_, secret = said.get("next", ""), said.get("secret", "")
        try:
            who = await half_way(request)
            if who is None or who.stage not in ("code", "enrol"):
                return leave()
            tried = await asyncio.to_thread(service.code, who, secret, said.get("code", ""), came_from(request))
        except HistoryUnavailable:
            return away(request, next_)
        except ValueError:  # a secret that is none: not from our page
            return leave()
        if not tried.cookie:
            tell(Fact("second_factor", who.id, "", "denied", tried.why))
            words = {"wrong": "wrong_code"}.get(tried.why, tried.why)
            status = 429 if tried.why == "locked" else 401
            return await code_again(who, next_, here().say(words, tried.left), secret, status)
        tell(Fact("second_factor", who.id, "", "allowed", who.stage))
        return await go_on(request, tried, next_)

    @router.get("/login/password")
    async def password_page(request: Request) -> Response:
        try:
            who = await half_way(request)
        except HistoryUnavailable:
            return away(request, "")
        if who is None or who.stage != "password":
            return leave()
        next_ = request.query_params.get("next", "")
        return page(password_form(here(), next_, ""), "/login/password", next=next_)

    @router.post("/login/password")
    async def new_password(request: Request) -> Response:
        said = await read_form(request)
        next_, chosen = said.get("next", ""), said.get("password", "")
        try:
            who = await half_way(request)
            if who is None or who.stage != "password":
                return leave()
            if chosen != said.get("again", ""):
                tried = Tried(why="differ")
            else:
                tried = await asyncio.to_thread(service.new_password, who, chosen, came_from(request))
        except HistoryUnavailable:
            return away(request, next_)
        if not tried.cookie:
            return page(password_form(here(), next_, here().say(tried.why)), "/login/password", 400, next=next_)
        tell(Fact("new_password", who.id, "", "allowed"))
        return await go_on(request, tried, next_)

    @router.get("/login/wall")
    async def wall_page() -> Response:
        return page(wall_form(here(), ""), "/login/wall")

    @router.post("/login/wall")
    async def pair(request: Request) -> Response:
        said = await read_form(request)
        try:
            tried = await asyncio.to_thread(service.pair, said.get("code", ""), came_from(request))
        except HistoryUnavailable:
            return away(request, "")
        if not tried.cookie:
            tell(Fact("pair_wall", "", "", "denied", tried.why))
            words = "locked" if tried.why == "locked" else "bad_pairing"
            form = wall_form(here(), here().say(words, tried.left))
            return page(form, "/login/wall", 429 if tried.why == "locked" else 401)
        tell(Fact("pair_wall", "", "", "allowed"))
        return await go_on(request, tried, "/")

    @router.post("/login/demo")
    async def demo(request: Request) -> Response:
        said = await read_form(request)
        if not entry.is_open_demo(request.scope, request.headers, sites()):
            return Response(b'{"error":"no demo here"}', 404, media_type="application/json")
        try:
            tried = await asyncio.to_thread(service.demo, said.get("role", ""), came_from(request))
        except HistoryUnavailable:
            return away(request, said.get("next", ""))
        if not tried.cookie:
            return sign_in(request, said.get("next", ""), status=400)
        tell(Fact("sign_in", f"demo:{said['role']}", next(iter(sites())), "allowed", "demo"))
        return await go_on(request, tried, said.get("next", ""))

    @router.post("/logout")
    async def logout(request: Request) -> Response:
        with contextlib.suppress(HistoryUnavailable):  # the cookie goes in any case
            who = await entry.who(request.scope, request.headers, sites())
            if who is not None and who.session:
                await asyncio.to_thread(service.end, who.session)
                tell(Fact("sign_out", who.id, "", "allowed"))
        return leave()

    @router.post(ADDRESS)
    async def speak(request: Request) -> Response:
        """Keeps the language with whoever is signed in, and shows the page again in it."""
        at, lang = current.get(), language_named((await read_form(request)).get("lang", ""))
        if lang is None:
            return Response(b'{"error":"no such language"}', 400, media_type="application/json")
        assert at.who is not None  # the guard lets nobody else in
        with contextlib.suppress(HistoryUnavailable):  # then the page alone is in it
            await asyncio.to_thread(speaks, service, at.who, lang)
        address = in_language(local(page_asking(request.headers)), lang, named=True)
        return Response(status_code=303, headers={"location": address, "cache-control": "no-store"})

    @router.get("/home")
    async def home() -> Response:
        at = current.get()
        assert at.who is not None  # the guard lets nobody else in
        address = next((HOME[role] for role in sorted(at.who.roles(at.site.id)) if role in HOME), "/")
        query = urlencode({"community": at.site.id, "lang": at.lang})
        return Response(status_code=303, headers={"location": f"{address}?{query}", "cache-control": "no-store"})

    @router.get("/login/plan.svg")
    async def plan() -> Response:
        drawn = await asyncio.to_thread(lambda: plan_picture(site_plan(current.get().site, plans), middle=SHOWN))
        return Response(drawn, media_type="image/svg+xml", headers={"cache-control": "public, max-age=3600"})

    @router.get("/api/v1/session")
    async def session() -> Response:
        """Who I am here and what I may be."""
        at = current.get()
        assert at.who is not None  # the guard lets nobody else in
        said = {"id": at.who.id, "name": at.who.name, "community": at.site.id, "demo": at.who.demo}
        said["roles"] = sorted(at.who.roles(at.site.id))
        said["acts_as"] = desk_roles(at.who, at.site.id)
        said["post"] = post_of(at.who, at.site, service.now_ms())
        body = msgspec.json.encode(said)
        return Response(body, media_type="application/json", headers={"cache-control": "no-store"})

    return router


HOME: Mapping[Role, str] = {"guard": "/desk", "supervisor": "/desk", "auditor": "/audit", "secadmin": "/people"}
"""Where a role begins, where that is not the wall."""


def leave() -> Response:
    answer = Response(status_code=303, headers={"location": "/login", "cache-control": "no-store"})
    answer.delete_cookie(COOKIE, path="/")
    return answer


def local(address: str) -> str:
    """An address on this server, else the role's own page: whoever sends a link must not choose where it leads."""
    path = address.partition("?")[0]
    within = path.startswith("/") and not path.startswith(("//", "/\\")) and address.isprintable()
    return address if within and address.isascii() and not path.startswith("/login") else "/home"


def came_from(request: Request) -> str:
    """For the list of sessions: by which one recognises one's own."""
    return request.client.host if request.client is not None else ""


async def read_form(request: Request, most: int = FORM_BYTES) -> dict[str, str]:
    """Empty where the body has more than `most` bytes."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            return {}
    return {name: values[-1] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
