"""What every residents' page needs of its request: who it is for, what it remembers on the phone, what may be told."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from fastapi import Request
from starlette.responses import Response

from community.clock import local
from community.resident.charging import Kind, Point
from community.site import Site
from community.state import State
from layouts.site_plan import site_plan
from store.history import HistoryMisconfigured, HistoryUnavailable
from store.history.usual import lasted_ms

from ..figures import History
from ..hub import Hub
from ..pages import Page, current
from .html import Sheet

USUAL_S = 600.0
"""A middle of five thousand sessions is the same ten minutes later."""

BIG, HOME, PORT, MINE, READER, SPOT = "big", "home", "port", "mine", "reader", "spot"
YEAR_S = 365 * 86_400
KEPT_S = {BIG: YEAR_S, HOME: YEAR_S, PORT: 86_400, MINE: 180 * 86_400, READER: YEAR_S, SPOT: YEAR_S}
"""What a phone remembers, and for how long: letter size, building, the port it follows, codes of reports, a random
word that counts a notice as read once, where it has called for help from."""
PLAIN = re.compile(r"[\w.:~-]{0,400}", re.ASCII)


class Kept(NamedTuple):
    name: str
    value: str


class Seen(NamedTuple):
    """The live state as far as it may be told now."""

    state: State
    lost: bool
    """It is not of now: the feed is away, or the clock stands."""


class Asking:
    """Of one web process."""

    def __init__(self, hub: Hub, history: History, plans: Sequence[Path]) -> None:
        self._hub, self._history, self._plans = hub, history, plans
        self._buildings: dict[str, tuple[Site, Mapping[str, Point]]] = {}
        self._usual: dict[tuple[str, str], tuple[float, list[int]]] = {}

    def sheet(self, request: Request) -> Sheet:
        at = current.get()
        wish = at.asked.get(BIG, remembered(request, BIG))
        return Sheet(at, big=wish == "1")

    def seen(self) -> Seen | None:
        """None: nothing has been read yet."""
        channel = self._hub.channels[current.get().site.id]
        if channel.state is None or not channel.state.clock_ms:
            return None
        return Seen(channel.state.glance(), self._hub.lost(channel))

    async def buildings(self, site: Site) -> Mapping[str, Point]:
        """Where each building's name stands on the plan."""
        held = self._buildings.get(site.id)
        if held is None or held[0] is not site:
            plan = await asyncio.to_thread(site_plan, site, self._plans)
            held = (
                site,
                {
                    f["properties"]["building"]: (f["properties"]["label_xy"][0], f["properties"]["label_xy"][1])
                    for f in plan["features"]
                    if f["properties"]["kind"] == "building" and "label_xy" in f["properties"]
                },
            )
            self._buildings[site.id] = held
        return held[1]

    async def lasted(self, site: Site, kind: Kind, now_ms: int) -> list[int]:
        """What earlier sessions took; nothing while the history is away, so that nothing is estimated."""
        key, now_s = (site.id, kind), time.monotonic()
        held = self._usual.get(key)
        if held is None or now_s - held[0] > USUAL_S:
            try:
                found = await asyncio.to_thread(self._read, site, kind, now_ms)
            except (HistoryUnavailable, HistoryMisconfigured):
                return held[1] if held is not None else []
            held = self._usual[key] = now_s, found
        return held[1]

    def _read(self, site: Site, kind: Kind, now_ms: int) -> list[int]:
        return lasted_ms(self._history.engine(), site, kind, now_ms)


def remembered(request: Request, name: str) -> str:
    """What the phone says it remembers; never trusted to be anything but short and plain."""
    value = request.cookies.get(f"shouwang_{name}", "")
    return value if PLAIN.fullmatch(value) else ""


def answer(request: Request, body: str, status: int = 200, keep: Sequence[Kept] = ()) -> Response:
    response = Response(body, status, media_type="text/html", headers={"cache-control": "no-store"})
    wish = current.get().asked.get(BIG)
    for name, value in [*([Kept(BIG, wish)] if wish in ("0", "1") else []), *keep]:
        keep_on_phone(request, response, name, value)
    return response


def keep_on_phone(request: Request, response: Response, name: str, value: str) -> None:
    secure = request.url.scheme == "https"
    response.set_cookie(
        f"shouwang_{name}", value, KEPT_S[name], path="/r", httponly=True, samesite="lax", secure=secure
    )


def clock(at: Page, ms: int) -> str:
    return local(ms, at.site.timezone).strftime("%H:%M")


def moment(at: Page, ms: int, now_ms: int) -> str:
    """With its day unless it is today."""
    then, now = local(ms, at.site.timezone), local(now_ms, at.site.timezone)
    return then.strftime("%H:%M" if then.date() == now.date() else "%m-%d %H:%M")
