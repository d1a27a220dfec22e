"""/api/v1/desk: what the desk shows beyond the stream, asked for by people who handle alarms."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa
from fastapi import APIRouter, Request
from starlette.responses import Response

from community.board.desk import desk_alarm, desk_rows
from community.board.desk_words import DESK
from community.board.naming import clock_time
from community.board.operate import TAB_OF
from community.board.privacy import is_care, key_of
from community.board.refusal_words import refusal
from community.masks import SHELVED_BY
from community.pictures import picture_type
from community.site import Site
from community.state import Alarm
from community.words import Lang, post
from store.blobs import Blobs
from store.history import HistoryMisconfigured, HistoryUnavailable
from store.history.database import reaching
from store.history.tables import journal

from .ended import is_cared, names_of
from .facts import Facts
from .frames import Channel
from .hub import Hub
from .notices import Channels
from .pages import Page, current
from .refused import refused
from .signin.service import Service
from .signin.who import desk_roles
from .video import Watched

TIMELINE = 60
PHOTO_BYTES = 3 << 20
SECRET = ("alarm.withheld", "alarm.passed", "alarm.suppressed", "alarm.unsuppressed")
"""The journal's own business: people were told of none of them."""


def make_desk(
    hub: Hub,
    engine: Callable[[], sa.Engine],
    service: Service,
    facts: Facts,
    blobs: Blobs,
    channels: Channels,
    watched: Watched,
) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    def channel() -> Channel:
        return hub.channels[current.get().site.id]

    @router.get("/api/v1/desk")
    async def desk() -> Response:
        shown = channel()
        if shown.state is None or shown.broken:
            return _answer({"error": shown.broken or "the live state has not been read"}, 503)
        said = await asyncio.to_thread(desk_rows, shown.state.glance(), current.get().lang)
        await named(said["rows"])
        said["refused"] = refused(shown, current.get())
        said["shelves"] = _shelves(current.get())
        return _answer(said | {"notified": await asyncio.to_thread(channels.in_use, current.get().site.id)})

    async def named(rows: list[dict[str, Any]]) -> None:
        """Who has it, by name where the register answers: one searches for a colleague by it."""
        taken = [row for row in rows if row["owner_person"]]
        if taken:
            with contextlib.suppress(HistoryUnavailable, HistoryMisconfigured):
                names = await asyncio.to_thread(names_of, service)
                for row in taken:
                    row["who"] = names.get(row["owner_person"], "")

    @router.get("/api/v1/desk/alarm")
    async def alarm(request: Request) -> Response:
        """One alarm by the key that was shown, with its timeline as far as history has it; `ended`: one of long ago by
        its occurrence."""
        at, shown = current.get(), channel()
        assert at.who is not None  # the guard lets nobody else in
        if shown.state is None or shown.broken:
            return _answer({"error": shown.broken or "the live state has not been read"}, 503)
        state = shown.state.glance()
        if over := request.query_params.get("ended", ""):
            return await ended(over)
        wanted = request.query_params.get("key", "")
        key = key_of(state, wanted)
        held = state.alarms.get(key)
        if held is None and not any(closed.key == wanted for closed in state.recent):
            return _answer({"error": "no such alarm"}, 404)
        person = ""
        if held is not None and is_care(state, held):
            facts.tell("care.view", "allowed", at.who.id, at.site.id, key)
            person = held.device
        device = state.site.by_id.get(held.device) if held is not None else None
        roles = desk_roles(at.who, at.site.id)
        said = desk_alarm(state, held, at.lang, str(roles[-1])) if held is not None else {"key": wanted, "over": True}
        await watched.mark(at.site.id, said.get("cameras", ()))
        if person:
            said["person"] = person
        if device is not None and device.kind in TAB_OF:
            said["operate"] = TAB_OF[device.kind]
        names: Mapping[str, str] = {}
        rows: list[Any] = []
        try:
            rows = await asyncio.to_thread(timeline, engine(), state.site, key or wanted, since_ms(held))
            names = await asyncio.to_thread(names_of, service)
        except (HistoryUnavailable, HistoryMisconfigured):
            said["history_away"] = True
        told = _merged(rows, _facts_of(held) if held is not None else [])
        return _answer(said | {"timeline": [_line(row, state.site, at.lang, names) for row in told]})

    async def ended(occurrence: str) -> Response:
        """What the journal says of it; nothing of somebody in care."""
        at = current.get()
        key = occurrence.rpartition("@")[0]
        alarm, _, device = key.partition("/")
        if not device or is_cared(at.site, alarm, device):
            return _answer({"error": "no such alarm"}, 404)
        try:
            rows = await asyncio.to_thread(timeline, engine(), at.site, key, 0, occurrence)
            names = await asyncio.to_thread(names_of, service)
        except (HistoryUnavailable, HistoryMisconfigured):
            return _answer({"error": DESK["search_away"].get(at.lang)}, 503)
        if not rows:
            return _answer({"error": "no such alarm"}, 404)
        lines = [_line(row, at.site, at.lang, names) for row in rows]
        return _answer({"key": occurrence, "over": True, "past": True, "timeline": lines})

    @router.post("/api/v1/photos")
    async def photo(request: Request) -> Response:
        """A picture that somebody took of what they found; kept as long as a camera's. Answers with its hash."""
        at = current.get()
        assert at.who is not None  # the guard lets nobody else in
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > PHOTO_BYTES:
                return _answer({"error": f"a photo has at most {PHOTO_BYTES} bytes"}, 413)
        if picture_type(body) is None:
            return _answer({"error": "this is no picture"}, 415)
        hash_ = await asyncio.to_thread(blobs.put, body)
        facts.tell("photo.put", "allowed", at.who.id, at.site.id, hash_)
        return _answer({"hash": hash_}, 201)

    return router


def since_ms(alarm: Alarm | None) -> int:
    """From the begin of what stands now; of one that is over the last day."""
    return alarm.times[0] if alarm is not None and alarm.times else 0


def timeline(engine: sa.Engine, site: Site, key: str, from_ms: int, occurrence: str = "") -> list[Any]:
    """The newest entries of the journal about the alarm, or of one occurrence of it, oldest first. Raises
    HistoryUnavailable."""
    found = sa.select(journal.c.at_ms, journal.c.type, journal.c.data).where(
        journal.c.community == site.id,
        journal.c.subject == key,
        journal.c.at_ms >= from_ms,
        journal.c.type.not_in(SECRET),
    )
    if occurrence:
        found = found.where(journal.c.occurrence == occurrence)
    with reaching(), engine.connect() as connection:
        return list(connection.execute(found.order_by(journal.c.at_ms.desc()).limit(TIMELINE)))[::-1]


class _Entry(NamedTuple):
    """As a row of the journal."""

    at_ms: int
    type: str
    data: dict[str, Any]


def _facts_of(alarm: Alarm) -> list[_Entry]:
    """What the live state knows of it: history hears of it a few seconds later."""
    found = [_Entry(alarm.activated_ms, "alarm.activated", {})]
    if alarm.acknowledged_ms is not None:
        found.append(_Entry(alarm.acknowledged_ms, "alarm.acknowledged", {"by": alarm.acknowledged_by}))
    if alarm.owner_ms is not None and alarm.work:
        said = {"by": alarm.owner, "person": alarm.owner_person, "work": alarm.work}
        found.append(_Entry(alarm.owner_ms, "alarm.taken", said))
    if alarm.owner_ms is not None and not alarm.work:
        found.append(_Entry(alarm.owner_ms, "alarm.assigned", {"post": alarm.owner}))
    if alarm.cleared_ms is not None and not alarm.active:
        found.append(_Entry(alarm.cleared_ms, "alarm.returned", {}))
    return found


def _merged(rows: list[Any], facts: list[_Entry]) -> list[Any]:
    """A fact only where history has not heard of it yet."""
    heard = {(row.at_ms, row.type.replace("reactivated", "activated")) for row in rows}
    fresh = [fact for fact in facts if (fact.at_ms, fact.type) not in heard]
    return sorted([*rows, *fresh], key=lambda row: row.at_ms)


def _shelves(at: Page) -> list[int]:
    """The levels of which this person may shelve an alarm. The fold decides it again."""
    assert at.who is not None  # the guard lets nobody else in
    role = str(desk_roles(at.who, at.site.id)[-1])
    return [int(priority[1:]) for priority, by in SHELVED_BY.items() if role in by]


def _line(row: Any, site: Site, lang: Lang, names: Mapping[str, str]) -> dict[str, Any]:
    data: dict[str, Any] = row.data
    words = DESK[row.type].get(lang) if row.type in DESK else row.type
    about = {
        "alarm.assigned": post(str(data.get("post", "")), lang, site.posts),
        "alarm.escalated": post(str(data.get("post", "")), lang, site.posts),
        "alarm.commented": str(data.get("text", "")),
        "command.refused": refusal(str(data.get("reason", "")), lang, site.posts),
        "notice.sent": str(data.get("channel", "")),
        "notice.held": str(data.get("channel", "")),
        "notice.failed": str(data.get("channel", "")),
    }.get(row.type, "")
    parts = [words.replace("{}", about)]
    if verdict := data.get("verdict"):
        parts.append(DESK[f"verdict_{verdict}"].get(lang))
    if work := data.get("work"):
        parts.append(DESK[work].get(lang) if work in DESK else "")
    if row.type != "command.refused" and data.get("reason"):
        parts.append(str(data["reason"]))
    by = str(data.get("by", ""))
    person = names.get(str(data.get("person", "")), "")
    return {
        "at": clock_time(site, row.at_ms, seconds=True),
        "at_ms": row.at_ms,
        "type": row.type,
        "text": str(data.get("text", "")),
        "picture": str(data.get("picture", "")),
        "words": " · ".join(part for part in parts if part),
        "who": " · ".join(part for part in (person, post(by, lang, site.posts) if by else "") if part),
        "command": str(data.get("id", "")),
    }


def _answer(content: Any, status: int = 200) -> Response:
    body = msgspec.json.encode(content)
    return Response(body, status, media_type="application/json", headers={"cache-control": "no-store"})
