"""/operate, the page on which doors, calls, plugs, lifts, cameras and loudspeakers are operated, and what it asks."""

from __future__ import annotations

import asyncio

import msgspec
from dash.development.base_component import Component
from fastapi import APIRouter, Request
from starlette.responses import Response

from community.board.naming import offset_min
from community.board.operate import operate_board
from community.board.operate_words import OPERATE
from community.state import State, alarm_state
from layouts.operate import operate

from .desk_page import bar_of
from .hub import Hub
from .pages import Page, current
from .refused import refused
from .signin.who import desk_roles
from .video import Watched
from .view import View


def layout(page: Page) -> Component:
    who, _, pages = bar_of(page)
    return operate(page.site, page.lang, who, pages)


VIEW = View("/operate", OPERATE["operate"], layout, ("shared", "bar", "camera", "operate"))


def make_operate(hub: Hub, watched: Watched) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/api/v1/operate")
    async def listed(request: Request) -> Response:
        """`?tab=doors`: devices of one kind; `device=D-7-2`: what the camera sees there. The rest always."""
        at = current.get()
        assert at.who is not None  # the guard lets nobody else in
        shown = hub.channels[at.site.id]
        if shown.state is None or shown.broken:
            return _answer({"error": shown.broken or "the live state has not been read"}, 503)
        state, role = shown.state.glance(), str(desk_roles(at.who, at.site.id)[-1])
        asked = request.query_params
        said = await asyncio.to_thread(
            operate_board, state, at.lang, role, asked.get("tab", ""), asked.get("device", "")
        )
        await watched.mark(
            at.site.id, (*said["cameras"], *(view for call in said["calls"] for view in call["cameras"]))
        )
        board = shown.board(at.lang)
        alarms = {"counts": board["counts"], "left_out": board["left_out"], "p1_unacknowledged": _p1(state)}
        beside = {"refused": refused(shown, at), "offset_min": offset_min(at.site, state.clock_ms)}
        return _answer(said | alarms | beside)

    return router


def _p1(state: State) -> int:
    """Critical ones that nobody has acknowledged: whoever opens a door has to see that there is one."""
    found = state.alarms.values()
    return sum(alarm.priority == "P1" and alarm_state(alarm) == "unacknowledged" for alarm in found)


def _answer(content: object, status: int = 200) -> Response:
    body = msgspec.json.encode(content)
    return Response(body, status, media_type="application/json", headers={"cache-control": "no-store"})
