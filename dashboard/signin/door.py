"""Who a request comes from: a bearer of WALL_TOKEN, a session's cookie, or a visitor of the demo on its own machine."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Iterable, Mapping
from http.cookies import CookieError, SimpleCookie

from starlette.types import Scope

from community.demo import DEMO, is_demo
from community.roles import EVERYWHERE, Grant, Role
from community.site import Site
from store.history import HistoryUnavailable
from store.settings import LOCAL, Settings

from .service import Service
from .who import VISITOR, WALL_TOKEN_HOLDER, Who

COOKIE = "shouwang"

_WALL = Who(WALL_TOKEN_HOLDER, (Grant("wall", EVERYWHERE),))
_VISITOR = Who(VISITOR, (Grant("guard", DEMO),), demo=True)

FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip")


class Door:
    def __init__(self, service: Service, settings: Settings) -> None:
        self.service = service
        self._token = settings.wall_token.encode()
        self._local = settings.host in LOCAL and not settings.wall_token

    async def who(
        self, scope: Scope, headers: Mapping[str, str], sites: Mapping[str, Site], *, active: bool = True
    ) -> Who | None:
        """Raises HistoryUnavailable: a cookie that nobody can look up."""
        bearer = headers.get("authorization", "")
        if self._token and bearer.startswith("Bearer "):
            return _WALL if secrets.compare_digest(bearer[7:].encode("utf-8", "replace"), self._token) else None
        demo = self.is_open_demo(scope, headers, sites)
        cookie = cookie_of(headers)
        if cookie:
            known = self.service.remembered(cookie, active=active)
            if known is None:
                known = await asyncio.to_thread(self.service.who, cookie, active=active)
            # a row of the demo in a database that serves more than the demo opens nothing
            if known is not None and (demo or not known.demo):
                return known
        return _VISITOR if demo else None

    def watch(
        self,
        scope: Scope,
        headers: Mapping[str, str],
        sites: Callable[[], Mapping[str, Site]],
        community: str,
        allowed: Iterable[Role],
    ) -> Callable[[], Awaitable[bool]]:
        """Whether whoever opened a stream may go on. A database that is away ends no stream: walls go on without it."""

        async def still() -> bool:
            try:
                who = await self.who(scope, headers, sites(), active=False)
            except HistoryUnavailable:
                return True
            return who is not None and who.may(allowed, community)

        return still

    def is_open_demo(self, scope: Scope, headers: Mapping[str, str], sites: Mapping[str, Site]) -> bool:
        """Only the demo community is served, only on this machine, to a browser on it that calls it by its own name
        and comes through no proxy; and nobody has set WALL_TOKEN."""
        if not self._local or not all(is_demo(site) for site in sites.values()):
            return False
        peer = scope["client"][0] if scope.get("client") else ""
        name = headers.get("host", "").rpartition(":")[0] or headers.get("host", "")
        if any(header in headers for header in FORWARDED):
            return False
        return peer in LOCAL and name.strip("[]") in LOCAL


def cookie_of(headers: Mapping[str, str]) -> str:
    jar: SimpleCookie = SimpleCookie()
    try:
        jar.load(headers.get("cookie", ""))
    except CookieError:
        return ""
    found = jar.get(COOKIE)
    return found.value if found is not None else ""


def uses_cookie(headers: Mapping[str, str]) -> bool:
    return bool(cookie_of(headers))
