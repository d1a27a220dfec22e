"""One ASGI guard in front of everything: who the page is for, cross-site requests, security headers."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from urllib.parse import urlsplit

from msgspec.structs import replace
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .hub import Hub
from .pages import UnknownCommunity, current, page_of

SAFE_METHODS = frozenset(("GET", "HEAD", "OPTIONS"))
FINGERPRINTED = "/_dash-component-suites/"


class Guard:
    """`policy` gives the page's Content-Security-Policy; a response that brings its own keeps it. `views`: the
    addresses of Dash's pages. Dash answers at / alone; which page it draws is said by the request's `Page`."""

    def __init__(self, app: ASGIApp, hub: Hub, policy: Callable[[], str], views: Collection[str]) -> None:
        self.app = app
        self.hub = hub
        self.policy = policy
        self.views = frozenset(views)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":  # Dash offers a socket that nothing here uses
            await send({"type": "websocket.close", "code": 1008})
            return
        headers = Headers(scope=scope)
        query = scope["query_string"].decode("latin-1")
        answer = _Answer(send, self.policy, scope["path"])
        if scope["method"] not in SAFE_METHODS and not same_site(headers):
            await _refuse(answer, 403, "this request comes from another site")
            return
        try:
            page = page_of(self.hub.sites, scope["path"], query, headers)
        except UnknownCommunity as unknown:
            await _refuse(answer, 404, f"no community {str(unknown)!r} here")
            return
        if scope["path"] in self.views:
            scope = {**scope, "path": "/", "raw_path": b"/"}
        token = current.set(replace(page, build=self.hub.channels[page.site.id].build))
        try:
            await self.app(scope, receive, answer)
        finally:
            current.reset(token)


def same_site(headers: Mapping[str, str]) -> bool:
    """A browser says where a request comes from; a program that is no browser says nothing and may pass."""
    origin = headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != headers.get("host"):
        return False
    return headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")


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
