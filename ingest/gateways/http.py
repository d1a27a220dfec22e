"""HTTP intake: `POST /intake/<source>` with the connection's token. Answered 200 only when the payload is durable.

A server of its own beside the charge points', and not part of the web process: a page that is slow, or restarted, must
not cost a device its alarm, and devices stand in another network than people. The token comes as `Authorization:
Bearer`, as the password of Basic, or as `?token=` where a device can be given nothing but an address.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import hmac
import logging
import socket
import time
from collections.abc import Iterator

import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from ingest.gateways.inlet import Inlet, again
from ingest.gateways.outlet import ByHttp, Outlet
from ingest.gateways.parts import Parts, boundary_of
from ingest.ways import Http, Way, address

log = logging.getLogger("shouwang.intake")

BODY_S = 20.0
"""A whole body comes within that, or the connection is somebody who holds it open."""

REQUESTS = 200
"""Answered at once; whoever comes beyond that gets 503 and comes again."""

BURST_S = 10.0
"""A connection may use so many seconds of its rate at once: devices that were offline resend within moments."""


class Bucket:
    """So many a minute, as a bucket that fills."""

    def __init__(self, per_minute: int) -> None:
        self._per_s = per_minute / 60
        self._most = max(1.0, self._per_s * BURST_S)
        self._left, self._at_s = self._most, 0.0

    def wait_s(self, now_s: float) -> float:
        """0: taken. Else how long until one more is allowed."""
        self._left = min(self._most, self._left + (now_s - self._at_s) * self._per_s)
        self._at_s = now_s
        if self._left < 1:
            return (1 - self._left) / self._per_s
        self._left -= 1
        return 0.0


class Door:
    """One connection of the server."""

    def __init__(self, way: Http, inlet: Inlet) -> None:
        self.way = way
        self.inlet = inlet
        self.bucket = Bucket(way.per_minute)


class HttpGate:
    """All connections with the same address."""

    def __init__(self, listen: str, doors: list[Door]) -> None:
        self._listen = listen
        self._doors = doors
        self._up = False

    @property
    def ways(self) -> list[Way]:
        return [door.way for door in self._doors]

    def is_up(self, way: Way) -> bool:
        return self._up

    def outlets(self) -> list[Outlet]:
        return [Outlet(door.way, door.inlet, ByHttp()) for door in self._doors if door.way.orders]

    async def run(self) -> None:
        await again(self._once, f"intake on {self._listen}", (OSError,))

    async def _once(self) -> None:
        """Raises OSError when the address cannot be had."""
        host, port = address(self._listen)
        app = Starlette(routes=[Route("/intake/{source}", self._take, methods=["POST", "PUT"])])
        config = uvicorn.Config(
            app,
            access_log=False,
            log_level="warning",
            server_header=False,
            lifespan="off",
            ws="none",
            limit_concurrency=REQUESTS,
            timeout_graceful_shutdown=1,
        )
        server = _Server(config)
        listening = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
        serving = asyncio.ensure_future(server.serve([listening]))
        try:
            while not server.started and not serving.done():
                await asyncio.sleep(0.02)
            self._up = server.started
            if self._up:
                log.info("POST to http://%s/intake/%s", self._listen, "|".join(sorted({w.source for w in self.ways})))
            await asyncio.shield(serving)
        finally:
            self._up = False
            server.should_exit = True
            await asyncio.wait([serving])
            listening.close()

    async def _take(self, request: Request) -> Response:
        door = self._door(request)
        if isinstance(door, Response):
            return door
        if (wait_s := door.bucket.wait_s(time.monotonic())) > 0:
            return _said(429, "too many requests", {"Retry-After": str(int(wait_s) + 1)})
        try:
            async with asyncio.timeout(BODY_S):
                body = await _body(request, door.way.largest_bytes)
        except TimeoutError:
            return _said(408, "the body did not come")
        except ClientDisconnect:
            return _said(400, "gone")
        if body is None:
            return _said(413, f"more than {door.way.largest_bytes} bytes")
        payloads, left_out = payloads_of(request.headers.get("content-type", ""), body, door.way.largest_bytes)
        if not payloads:
            return _said(400, "nothing in it")
        facts = {"redacted_parts": left_out} if left_out else {}
        try:
            for payload in payloads:
                await door.inlet.take(payload, device=door.way.device, **facts)
        except OSError as error:
            log.warning("%s gets no 200: %s", door.way.id, error)
            return _said(503, "not now", {"Retry-After": "5"})
        return _said(200, "OK")

    def _door(self, request: Request) -> Door | Response:
        """The connection that the token opens, or the refusal."""
        source = request.path_params["source"]
        doors = [door for door in self._doors if door.way.source == source]
        if not doors:
            return _said(404, "no such source")
        told = _token(request).encode()
        found = [door for door in doors if hmac.compare_digest(door.way.token.value.encode(), told)]
        if not found:
            return _said(401, "the token is not right", {"WWW-Authenticate": 'Basic realm="intake"'})
        return found[0]


def payloads_of(content_type: str, body: bytes, limit_bytes: int) -> tuple[list[bytes], list[dict[str, str | int]]]:
    """The payloads of one request, and what was left out of it: pictures of people do not enter the log."""
    boundary = boundary_of(content_type) if content_type.lower().startswith("multipart/") else None
    if boundary is None:
        return ([body] if body.strip() else []), []
    parts = Parts(boundary, limit_bytes)
    payloads: list[bytes] = []
    left_out: list[dict[str, str | int]] = []
    for part in [*parts.feed(body), *parts.end()]:
        if part.is_text:
            payloads.append(part.body.strip())
        else:
            left_out.append({"content_type": part.kind, "size_bytes": len(part.body)})
    return payloads, left_out


async def _body(request: Request, largest_bytes: int) -> bytes | None:
    """None: it is larger. Raises ClientDisconnect."""
    said = request.headers.get("content-length", "")
    if said.isdigit() and int(said) > largest_bytes:
        return None
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > largest_bytes:
            return None
    return bytes(body)


def _token(request: Request) -> str:
    scheme, _, told = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return told.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(told).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return request.query_params.get("token", "")


def _said(status: int, text: str, headers: dict[str, str] | None = None) -> Response:
    return PlainTextResponse(f"{text}\n", status, headers)


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """The process has its own: a signal ends all its gates together."""
        yield
