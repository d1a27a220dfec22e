"""/live: Server-Sent Events, one open response a screen.

Plain ASGI instead of a streaming response: at 100 screens the generator, the task group and the thread hop of the
framework's own cost more than the frames do.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from .frames import Audience, Client, Face

HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]


Welcome = Callable[[], Awaitable[bool]]
"""Whether whoever opened the stream may still look; asked every two seconds at most."""

ASK_EVERY_S = 2.0


class LiveStream(Response):
    """Ends when the screen goes away, the server stops, or the session behind it has ended."""

    def __init__(self, audience: Audience, face: Face, welcome: Welcome) -> None:
        super().__init__()
        self._welcome = welcome
        self._audience = audience
        self._face = face

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        client = Client(*self._face)
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        gone = asyncio.create_task(_disconnected(receive, client))
        self._audience.clients.add(client)
        try:
            await _send(send, b"retry: 2000\n\n" + self._audience.snapshot(*client.face))
            ask_at_s = time.monotonic() + ASK_EVERY_S
            while not client.gone:
                if time.monotonic() >= ask_at_s:
                    ask_at_s = time.monotonic() + ASK_EVERY_S
                    if not await self._welcome():
                        await send({"type": "http.response.body", "body": b""})
                        break
                # no task and no wait for two things at once: at 100 screens they cost as much as the sending
                frame = await self._audience.next_frame(client)
                if frame and not client.gone:
                    await _send(send, frame)
        finally:
            self._audience.clients.discard(client)
            gone.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await gone


async def _send(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})


async def _disconnected(receive: Receive, client: Client) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    client.leave()
