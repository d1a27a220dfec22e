"""A camera's moving pictures: what somebody shows on a socket of this machine, as multipart/x-mixed-replace to a
person of the desk. Each look is in the audit, its beginning and how long it took.

Every part says how old its picture was when it left (`X-Age-Ms`) and when that was (`X-Sent-Ms`): the page calls
nothing live that has stopped.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from community.board.video_words import VIDEO, WHY
from community.pictures import picture_type
from store.video import Ended, Picture, Watching, cameras, watch

from .facts import Facts
from .pages import current
from .routes import Json
from .stream import ASK_EVERY_S, Welcome

LONGEST_S = 600.0
"""A page that somebody left open looks at a door no longer than this; a click goes on."""

BOUNDARY = "picture"
HEADERS = [
    (b"content-type", f"multipart/x-mixed-replace; boundary={BOUNDARY}".encode()),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]

KNOWN_S = 5.0
"""So long a list of cameras is believed: it is asked for with every view of the desk."""


class Watched:
    """Which cameras can be watched, by community."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._known: dict[str, tuple[float, frozenset[str]]] = {}

    async def of(self, community: str) -> frozenset[str]:
        until_s, found = self._known.get(community, (0.0, frozenset()))
        if time.monotonic() >= until_s:
            found = await cameras(self.folder, community)
            self._known[community] = (time.monotonic() + KNOWN_S, found)
        return found

    async def mark(self, community: str, views: Iterable[dict[str, Any]]) -> None:
        """Says of each camera that a page shows whether it can be watched."""
        there = await self.of(community)
        for view in views:
            view["video"] = view["id"] in there


def make_video(watched: Watched, watching: Callable[[Request], Welcome], facts: Facts) -> APIRouter:
    """`watching`: whether whoever opened a view may go on."""
    router = APIRouter(include_in_schema=False)

    @router.get("/api/v1/video/{camera}")
    async def video(camera: str, request: Request) -> Response:
        """Its live picture: multipart/x-mixed-replace, each part with how old it was when it left."""
        at = current.get()
        assert at.who is not None  # the guard lets nobody else in
        try:
            opened = await watch(watched.folder, at.site.id, camera)
        except Ended as ended:
            said = {"error": VIDEO[WHY + ended.why].get(at.lang), "why": ended.why}
            if ended.why == "unknown":
                return Json(said, 404)
            return Json(said, 429) if ended.why == "full" else Json(said, 502)
        who, community = at.who.id, at.site.id
        facts.tell("video.view", "allowed", who, community, camera)

        def over(took_s: float) -> None:
            facts.tell("video.end", "allowed", who, community, camera, f"{took_s:.0f} s")

        return MovingPictures(opened, watching(request), over)

    return router


class MovingPictures(Response):
    """Ends when nobody looks any more, the camera has stopped, the session has ended, or after LONGEST_S."""

    def __init__(self, opened: Watching, welcome: Welcome, over: Callable[[float], None]) -> None:
        super().__init__()
        self._opened, self._welcome, self._over = opened, welcome, over

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began_s = time.monotonic()
        asking = asyncio.create_task(self._ask(receive))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
            why: str = "watch_ended"
            try:
                async for picture in self._opened.pictures():
                    if asking.done():
                        break
                    await send({"type": "http.response.body", "body": part(picture), "more_body": True})
            except Ended as ended:
                why = why if asking.done() else ended.why
            await send({"type": "http.response.body", "body": last(why)})
        finally:
            self._opened.close()
            asking.cancel()
            self._over(time.monotonic() - began_s)

    async def _ask(self, receive: Receive) -> None:
        """Until there is a reason to end it; then no picture is waited for."""
        gone = asyncio.create_task(_disconnected(receive))
        try:
            async with asyncio.timeout(LONGEST_S):
                while not (await asyncio.wait((gone,), timeout=ASK_EVERY_S))[0] and await self._welcome():
                    pass
        except TimeoutError:
            pass
        finally:
            gone.cancel()
            self._opened.close()


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def last(why: str) -> bytes:
    """A page of ours reads why; others see the last picture stand."""
    body = msgspec.json.encode({"why": why})
    head = f"--{BOUNDARY}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body + f"\r\n--{BOUNDARY}--\r\n".encode()


def part(picture: Picture) -> bytes:
    now_ms = time.time_ns() // 1_000_000
    head = (
        f"--{BOUNDARY}",
        f"Content-Type: {picture_type(picture.content)}",
        f"Content-Length: {len(picture.content)}",
        f"X-Age-Ms: {max(0, now_ms - picture.received_ms)}",
        f"X-Sent-Ms: {now_ms}",
    )
    return "\r\n".join(head).encode() + b"\r\n\r\n" + picture.content + b"\r\n"
