"""One ASGI guard in front of everything: who asks, what for, from where; security headers."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Mapping
from urllib.parse import parse_qs, quote, urlsplit

from msgspec.structs import replace
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from community.site import Site
from store.history import HistoryUnavailable

from .access import ALL, Denied, Rule, rule_of
from .hub import Hub
from .pages import DASHS_OWN, ForeignCommunity, UnknownCommunity, current, language, page_of
from .signin.door import Door, uses_cookie
from .signin.pages import denied_page
from .signin.who import STAGES, Who

SAFE_METHODS = frozenset(("GET", "HEAD", "OPTIONS"))

OPEN = "/api/open/"
"""Open data judge the community by the reader's token: nobody without one learns here which there are."""

BACKGROUND = "x-background"
"""A page that asks by itself says so: nobody is there because a list was renewed."""


class Guard:
    """`policy` gives the page's Content-Security-Policy; a response that brings its own keeps it. `views`: the
    addresses of Dash's pages. Dash answers at / alone; which page it draws is said by the request's `Page`. `denied` is
    told of everybody who was sent away from what is not theirs."""

    def __init__(self, app: ASGIApp, hub: Hub, door: Door, policy: Callable[[], str], views: Collection[str]) -> None:
        self.app = app
        self.hub = hub
        self.door = door
        self.policy = policy
        self.views = frozenset(views)
        self.denied: Callable[[Denied], None] = lambda denied: None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":  # Dash offers a socket that nothing here uses
            await send({"type": "websocket.close", "code": 1008})
            return
        headers = Headers(scope=scope)
        answer = _Answer(send, self.policy, scope["path"])
        rule = self._rule(scope, headers)
        if scope["method"] not in SAFE_METHODS and not same_site(headers):
            self.denied(Denied(None, "cross-site", "", "cross-site"))
            await _refuse(answer, 403, "this request comes from another site")
            return
        if scope["method"] not in SAFE_METHODS and not _bounded(headers, rule.body_bytes):
            await _refuse(answer, 413, f"a request has at most {rule.body_bytes} bytes, and says how many")
            return
        try:
            who = await self.door.who(scope, headers, self.hub.sites, active=BACKGROUND not in headers)
        except HistoryUnavailable:
            if rule.roles is not None:
                await _refuse(answer, 503, "who you are cannot be looked up: the database does not answer")
                return
            who = None
        query = scope["query_string"].decode("latin-1") if rule.path != OPEN else ""
        if scope["path"] == "/" and "at" in parse_qs(query):
            await _lead(answer, f"/past?{query}")
            return
        if rule.roles is not None:
            if who is None:
                await self._sign_in(scope, headers, rule, answer)
                return
            if who.stage:
                await _lead(answer, STAGES[who.stage]) if rule.page else await _refuse(answer, 401, "sign in first")
                return
        mine = None
        if who is not None and rule.roles is not None:
            mine = [id_ for id_ in self.hub.sites if who.may(rule.roles, id_)]
            if rule.everywhere and len(mine) < len(self.hub.sites):
                mine = []
        try:
            page = page_of(self.hub.sites, scope["path"], query, headers, mine, who.lang if who is not None else "")
        except UnknownCommunity as unknown:
            await _refuse(answer, 404, f"no community {str(unknown)!r} here")
            return
        except ForeignCommunity as foreign:
            self.denied(Denied(who, f"{scope['method']} {rule.path}", str(foreign)))
            await _deny(answer, headers, rule, query, who, next(iter(self.hub.sites.values())))
            return
        channel = self.hub.channels[page.site.id]
        if scope["path"] in self.views:
            scope = {**scope, "path": "/", "raw_path": b"/"}
        now_ms = channel.clock_ms or _now_ms()
        token = current.set(replace(page, build=channel.build, who=who, now_ms=now_ms))
        try:
            await self.app(scope, receive, answer)
        finally:
            current.reset(token)

    def _rule(self, scope: Scope, headers: Mapping[str, str]) -> Rule:
        """Dash asks for a page's layout and callbacks by requests of their own: they are for whom the page is for."""
        path = scope["path"]
        rule = rule_of(scope["method"], path)
        if path in DASHS_OWN:
            asking = urlsplit(headers.get("referer", "")).path
            page = rule_of("GET", asking if asking in self.views else "/")
            return rule._replace(roles=(rule.roles or ALL) & (page.roles or ALL), everywhere=page.everywhere)
        return rule._replace(page=True) if path in self.views else rule

    async def _sign_in(self, scope: Scope, headers: Headers, rule: Rule, answer: Send) -> None:
        if rule.page and "text/html" in headers.get("accept", ""):
            query = scope["query_string"].decode("latin-1")
            await _lead(answer, "/login?next=" + quote(scope["path"] + (f"?{query}" if query else ""), safe=""))
        else:
            await _refuse(answer, 401, "sign in first")


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _bounded(headers: Mapping[str, str], most_bytes: int) -> bool:
    """A route reads a body whole before it looks at its length: nobody's may fill the memory of the wall's process."""
    length = headers.get("content-length", "0")
    return "transfer-encoding" not in headers and length.isdecimal() and int(length) <= most_bytes


def same_site(headers: Mapping[str, str]) -> bool:
    """A browser says where a request comes from; a program that is no browser says nothing and may pass, unless it
    brings a browser's cookie."""
    origin, site = headers.get("origin"), headers.get("sec-fetch-site")
    if origin is None and site is None:
        return not uses_cookie(headers)
    if origin is not None and urlsplit(origin).netloc != headers.get("host"):
        return False
    return site in (None, "same-origin", "none")


async def _deny(send: Send, headers: Headers, rule: Rule, query: str, who: Who | None, site: Site) -> None:
    if not rule.page or "text/html" not in headers.get("accept", ""):
        await _refuse(send, 403, "this is not for you")
        return
    asked, kept = parse_qs(query).get("lang", [""])[-1], who.lang if who is not None else ""
    lang = language(asked, headers.get("accept-language", ""), site, kept)
    body = denied_page(lang, who.name if who is not None else "").encode()
    kind = [(b"content-type", b"text/html; charset=utf-8"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": 403, "headers": kind})
    await send({"type": "http.response.body", "body": body})


async def _lead(send: Send, address: str) -> None:
    where = [(b"location", address.encode()), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": 302, "headers": where})
    await send({"type": "http.response.body", "body": b""})


class _Answer:
    """Adds the headers every answer carries."""

    def __init__(self, send: Send, policy: Callable[[], str], path: str) -> None:
        self._send = send
        self._policy = policy
        self._path = path

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["x-content-type-options"] = "nosniff"
            headers["referrer-policy"] = "same-origin"
            headers["x-frame-options"] = "SAMEORIGIN"
            headers["cross-origin-opener-policy"] = "same-origin"
            headers["cross-origin-resource-policy"] = "same-origin"
            headers["permissions-policy"] = "camera=(), microphone=(), geolocation=()"
            headers.setdefault("content-security-policy", self._policy())
            if self._path.startswith("/assets/"):
                headers.setdefault("cache-control", "no-cache")
        await self._send(message)


async def _refuse(send: Send, status: int, reason: str) -> None:
    body = json.dumps({"error": reason}, ensure_ascii=False).encode()
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [(b"content-type", b"application/json"), (b"cache-control", b"no-store")],
        }
    )
    await send({"type": "http.response.body", "body": body})


def page_policy(script_hashes: list[str]) -> str:
    """Everything from this server, no inline script but those whose hash is known, no framing by others."""
    return "; ".join(
        (
            "default-src 'self'",
            " ".join(("script-src 'self'", *script_hashes)),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data:",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'self'",
        )
    )
