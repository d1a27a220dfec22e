"""/api/v1/past: a wall's board of a moment that is over, and what of a day can be shown."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from community.board.naming import date_words, offset_min
from community.clock import local, local_day
from community.history.days import bounds
from community.past import PAST, moment_of
from store.history import HistoryMisconfigured, HistoryUnavailable, demo
from store.history.coverage import coverage

from ..facts import Facts
from ..pages import Page, current
from ..view import House
from .asked import Answer, Question
from .pool import Busy, TooSlow, Travellers

NO_STORE = {"cache-control": "no-store"}
VIEWER = 40
"""Characters of a page's own name."""

TELL_AGAIN_S = 900
HOURS_TOLD = 2000
STATUS = {"away": 503, "busy": 503, "slow": 503, "no_moment": 400}
"""Whatever else has no picture is 404."""


class Looks:
    """Facts for the audit: who looked at which hour. A film asks for hundreds of pictures, and is one look at each of
    its hours; after a quarter of an hour the same is told again."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._told: dict[tuple[str, str, str], float] = {}

    def note(self, page: Page, at_ms: int) -> None:
        assert page.who is not None  # the guard lets nobody else in
        hour = local(at_ms, page.site.timezone).strftime("%Y-%m-%d %H:00")
        key, now_s = (page.who.id, page.site.id, hour), time.monotonic()
        if now_s - self._told.get(key, -TELL_AGAIN_S) < TELL_AGAIN_S:
            return
        if len(self._told) >= HOURS_TOLD:
            del self._told[next(iter(self._told))]
        self._told.pop(key, None)
        self._told[key] = now_s
        self._facts.tell("past.view", "allowed", page.who.id, page.site.id, hour)


def make_past(house: House, travellers: Travellers, facts: Facts) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    looks = Looks(facts)

    @router.get("/api/v1/past")
    async def past(request: Request) -> Response:
        """`?at=2026-03-12T21:14:36`, in the community's zone; `viewer`: a name of the page's own."""
        page = current.get()
        try:
            at_ms = moment_of(request.query_params.get("at", ""), page.site.timezone)
        except (ValueError, OverflowError):
            return _refused(page, Answer("no_moment"))
        if at_ms > page.now_ms:
            return _refused(page, Answer("future"))
        looks.note(page, at_ms)
        viewer = request.query_params.get("viewer", "")[:VIEWER]
        assert page.who is not None  # the guard lets nobody else in
        question = Question(f"{page.who.id}/{viewer}", page.site.id, at_ms, page.lang, page.visit)
        try:
            answer = await travellers.ask(question)
        except Busy:
            answer = Answer("busy")
        except TooSlow:
            answer = Answer("slow")
        if answer.why in ("before", "nothing"):
            answer = await asyncio.to_thread(_invented, house, page, at_ms, answer)
        if answer.why:
            return _refused(page, answer)
        shown = house.hub.channels[page.site.id].state
        today = shown.described.hash if shown is not None and shown.described is not None else answer.described
        said = {
            "at_ms": at_ms,
            "clock_ms": answer.clock_ms,
            "next_ms": answer.next_ms,
            "ticked": answer.ticked,
            "invented": answer.invented,
            "now_ms": page.now_ms,
            "revision": answer.revision,
            "other_site": answer.described not in ("", today),
            "parts": answer.parts,
        }
        return Response(msgspec.json.encode(said), media_type="application/json", headers=NO_STORE)

    @router.get("/api/v1/past/day")
    async def day(request: Request) -> Response:
        """What of the local day of a moment can be shown, and the alarms of it."""
        page = current.get()
        try:
            at_ms = moment_of(request.query_params.get("at", ""), page.site.timezone)
        except (ValueError, OverflowError):
            return _refused(page, Answer("no_moment"))
        await travellers.warm()  # the page asks for its day first
        try:
            said = await asyncio.to_thread(_day, house, page, at_ms)
        except (HistoryUnavailable, HistoryMisconfigured):
            return _refused(page, Answer("away"))
        return Response(msgspec.json.encode(said), media_type="application/json", headers=NO_STORE)

    return router


def _day(house: House, page: Page, at_ms: int) -> dict[str, Any]:
    """Raises HistoryUnavailable, HistoryMisconfigured."""
    site = page.site
    day = local_day(at_ms, site.timezone)
    from_ms, to_ms = bounds(day, site.timezone)
    found = coverage(house.history.engine(), site, from_ms, min(to_ms, page.now_ms))
    said = {"day": day, "date": date_words(site, at_ms, page.lang), "from_ms": from_ms, "to_ms": to_ms}
    return said | {
        "offset_min": offset_min(site, from_ms),
        "now_ms": page.now_ms,
        "spans": found.spans,
        "marks": found.marks,
        "first_ms": found.first_ms,
    }


def _invented(house: House, page: Page, at_ms: int, answer: Answer) -> Answer:
    """A database of before has invented days without raw records; while they are being made they are not there yet."""
    try:
        engine = house.history.engine()
        if not demo.invented(engine, page.site, at_ms):
            return answer
        filling = demo.pending(engine, page.site) is not None
    except (HistoryUnavailable, HistoryMisconfigured):
        return Answer("away")
    if filling:
        return Answer("filling", answer.to_ms)
    return Answer("invented", answer.to_ms) if answer.to_ms is not None else answer


def _refused(page: Page, answer: Answer) -> Response:
    """In a sentence that a guard understands."""
    zone = page.site.timezone
    when = local(answer.to_ms, zone).strftime("%Y-%m-%d %H:%M:%S") if answer.to_ms is not None else ""
    said = {
        "error": PAST[answer.why].get(page.lang).replace("{}", when),
        "why": answer.why,
        "to_ms": answer.to_ms,
        "now_ms": page.now_ms,
    }
    status = STATUS.get(answer.why, 404)
    return Response(msgspec.json.encode(said), status, media_type="application/json", headers=NO_STORE)
