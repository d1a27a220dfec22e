"""People of every role in two communities, signed in at one running web process: what the tests of access ask from."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx

from community.roles import Grant, Role
from community.site import SITES
from dashboard.signin.door import COOKIE
from dashboard.signin.service import Service
from store.history.database import migrate, open_engine
from store.people import open_engines
from store.seal import Seal
from tests.dashboard.serve import Web, serving
from tests.engines.wait import wait_until_async
from tests.layouts.scenes import incident
from tests.layouts.stage import Stage

HOME, OTHER = "lanting", "heping"
TWO = os.pathsep.join(str(SITES / f"{name}.json") for name in (HOME, OTHER))
JSON = {"content-type": "application/json"}


class House:
    """People of every role in each community, signed in."""

    def __init__(self, web: Web, url: str, var: Path) -> None:
        self.web = web
        self.service = Service(open_engines(url), Seal(var))
        self._cookies: dict[tuple[Role, str], str] = {}

    def cookie(self, role: Role, community: str) -> str:
        if (role, community) not in self._cookies:
            now = self.service.now_ms()
            if role == "wall":
                cookie = self.service.sessions.begin(now, now + 10**8, role="wall", community=community)
            else:
                account = f"{role}.{community}".replace("*", "all")
                person = self.service.register.add(account, role, "", now, [Grant(role, community)])
                cookie = self.service.sessions.begin(now, now + 10**8, person=person)
            self._cookies[role, community] = cookie
        return self._cookies[role, community]

    async def ask(self, method: str, path: str, cookie: str = "", **more: Any) -> httpx.Response:
        headers = {"origin": self.web.url, **more.pop("headers", {})}
        if cookie:
            headers["cookie"] = f"{COOKIE}={cookie}"
        return await self.web.client.request(method, path, headers=headers, **more)


Visit = Callable[[House], Awaitable[None]]


def visiting(redis_url: str, tmp_path: Path, var: Path) -> Callable[[Visit], None]:
    """Runs a visit in a house of two communities, where nobody is let in without a sign-in."""
    state = incident()
    state.devices["DESK"].memory = {"desk": {"open": {"R-1": {"phases": {"published": state.clock_ms}}}}}
    Stage(redis_url, state).close()
    url = f"sqlite:///{tmp_path / 'people.db'}"
    migrate(open_engine(url, write=True))

    def run(what: Visit) -> None:
        async def go() -> None:
            async with serving(redis_url, var, SITE=TWO, DATABASE_URL=url, WALL_TOKEN="t0k3n") as web:
                house = House(web, url, var)
                await wait_until_async(lambda: web.hub.connected, 10, "the hub has read the state")
                await asyncio.to_thread(house.service.begin)
                try:
                    await what(house)
                finally:
                    house.service.close()

        asyncio.run(go())

    return run
