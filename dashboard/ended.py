"""/api/v1/desk/ended: alarms that have ended, however long ago, as far as history goes back; and one of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from fastapi import APIRouter, Request
from starlette.responses import Response

from community.board.alarm_words import CARE, name
from community.board.desk_words import DESK
from community.board.naming import clock_time, place_of_key
from community.board.privacy import SYSTEM
from community.board.search import words_meant
from community.clock import local, zone_of
from community.site import Site
from community.words import PRIORITIES, Lang, duration, post
from store.history import HistoryMisconfigured, HistoryUnavailable
from store.history.ended import SHOWN, Ended, Found, Wanted, ended

from .pages import Page, current
from .routes import Json
from .signin.service import Service

DAY_MS = 86_400_000
BACK_DAYS = 30
"""Where no begin is said."""
LONGEST_TEXT = 200
LONGEST_SKIP = 10_000_000

_MINUTE_MS = 60_000


def make_ended(engine: Callable[[], sa.Engine], service: Service) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/api/v1/desk/ended")
    async def search(request: Request) -> Response:
        """`q` words (id, device, place, zone, colleague), `from` and `to` local minutes, `levels` `1.2`, `system`; the
        newest first, a page from `skip` on."""
        at = current.get()
        words, system = request.query_params.get("q", "")[:LONGEST_TEXT], request.query_params.get("system", "")
        levels = request.query_params.get("levels", "").split(".")
        try:
            from_ms, to_ms = _between(request.query_params.get("from", ""), request.query_params.get("to", ""), at)
            skip = min(LONGEST_SKIP, max(0, int(request.query_params.get("skip", "0"))))
        except ValueError:
            return Json({"error": DESK["bad_time"].get(at.lang)}, 400)

        def look() -> tuple[Found, Mapping[str, str]]:
            names = names_of(service)
            meant = words_meant(at.site, at.lang, words, names)
            priorities = tuple(p for p in PRIORITIES if p[1:] in levels)
            devices = frozenset(d.id for d in at.site.devices if d.system == system) if system else None
            return ended(engine(), at.site, Wanted(from_ms, to_ms, meant, priorities, devices, skip)), names

        try:
            found, names = await asyncio.to_thread(look)
        except (HistoryUnavailable, HistoryMisconfigured):
            return Json({"error": DESK["search_away"].get(at.lang)}, 503)
        rows = [ended_row(row, at.site, at.lang, names) for row in found.rows]
        back = {"from": _local(from_ms, at.site), "to": _local(to_ms - _MINUTE_MS, at.site)}
        said = {"rows": rows, "total": found.total, "skip": skip, "page": SHOWN} | back
        return Json(said, headers={"cache-control": "no-store"})

    return router


def names_of(service: Service) -> Mapping[str, str]:
    """Who works here, by name. Raises HistoryUnavailable."""
    return {person.id: person.name or person.account for person in service.register.everybody()}


def is_cared(site: Site, alarm: str, device: str) -> bool:
    described = site.by_id.get(device)
    return alarm in CARE or (described is not None and described.system == SYSTEM)


def ended_row(row: Ended, site: Site, lang: Lang, names: Mapping[str, str]) -> dict[str, Any]:
    """As the list shows it. Of a resident in care without a key: what came of it stands in /care."""
    key, cared = f"{row.alarm}/{row.device}", is_cared(site, row.alarm, row.device)
    who = [names[person] for person in row.persons if person in names]
    who += [post(one, lang, site.posts) for one in row.posts if one != "house"]
    verdict = DESK.get(f"verdict_{row.verdict}")
    at = local(row.closed_ms, site.timezone)
    return {
        "key": "" if cared else row.occurrence,
        "p": int(row.priority[1:]) if row.priority in PRIORITIES else 4,
        "title": name("LONG_IN" if cared else row.alarm, lang),
        "place": place_of_key(site, key, lang),
        "device": "" if cared else row.device,
        "at": f"{at:%Y-%m-%d} {clock_time(site, row.closed_ms)}",
        "took": duration(row.closed_ms - row.since_ms, lang) if row.since_ms is not None else "",
        "who": " · ".join(dict.fromkeys(who)),
        "verdict": verdict.get(lang) if verdict is not None else "",
    }


def _between(from_: str, to: str, at: Page) -> tuple[int, int]:
    """Raises ValueError. A minute that is named is in it."""
    to_ms = (_moment(to, at.site) if to else at.now_ms) + _MINUTE_MS
    from_ms = _moment(from_, at.site) if from_ else to_ms - BACK_DAYS * DAY_MS
    if from_ms >= to_ms:
        raise ValueError("it ends before it begins")
    return from_ms, to_ms


def _moment(said: str, site: Site) -> int:
    return int(datetime.fromisoformat(said).replace(tzinfo=zone_of(site.timezone)).timestamp()) * 1000


def _local(ms: int, site: Site) -> str:
    return f"{local(ms, site.timezone):%Y-%m-%dT%H:%M}"
