"""Gzip for whole bodies, never for the stream. What is compressed once is kept: the same scripts go to every screen."""

from __future__ import annotations

import asyncio
import gzip
from collections import OrderedDict

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

TYPES = ("text/html", "text/css", "text/javascript", "application/javascript", "application/json", "text/plain")
MINIMUM_BYTES = 600
"""Below this the saving is smaller than a packet."""

KEPT_BYTES = 16 << 20
LEVEL = 6


class Compress:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._kept: OrderedDict[bytes, bytes] = OrderedDict()
        self._size = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or "gzip" not in Headers(scope=scope).get("accept-encoding", ""):
            await self.app(scope, receive, send)
            return
        await self.app(scope, receive, _Gathered(self, send))

    async def packed(self, body: bytes) -> bytes:
        known = self._kept.get(body)
        if known is None:
            known = await asyncio.to_thread(gzip.compress, body, LEVEL, mtime=0)
            self._kept[body] = known
            self._size += len(body) + len(known)
            while self._size > KEPT_BYTES:
                old, old_packed = self._kept.popitem(last=False)
                self._size -= len(old) + len(old_packed)
        else:
            self._kept.move_to_end(body)
        return known


class _Gathered:
    """Holds a compressible answer back until its body is whole; everything else passes."""

    def __init__(self, owner: Compress, send: Send) -> None:
        self._owner = owner
        self._send = send
        self._start: Message | None = None
        self._body: list[bytes] = []

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = Headers(raw=message["headers"])
            plain = headers.get("content-type", "").partition(";")[0] in TYPES and "content-encoding" not in headers
            if plain and message["status"] == 200:
                self._start = message
                return
        if self._start is None or message["type"] != "http.response.body":
            await self._send(message)
            return
        self._body.append(message.get("body", b""))
        if not message.get("more_body", False):
            await self._finish(self._start, b"".join(self._body))

    async def _finish(self, start: Message, body: bytes) -> None:
        headers = MutableHeaders(raw=list(start["headers"]))
        headers.add_vary_header("Accept-Encoding")
        if len(body) >= MINIMUM_BYTES:
            body = await self._owner.packed(body)
            headers["content-encoding"] = "gzip"
            headers["content-length"] = str(len(body))
            if "etag" in headers:  # the same file in another form is another entity
                headers["etag"] = f"W/{headers['etag'].removeprefix('W/')}"
        start["headers"] = headers.raw
        self._start = None
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body})
