"""A device that serves HTTP with digest login: what it answers is written byte by byte as the test wants it."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
import secrets
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import NamedTuple

USER, PASSWORD = "admin", "Geheim!7"
REALM = "DS-7616"
BASIC = f"Basic {base64.b64encode(f'{USER}:{PASSWORD}'.encode()).decode()}"


class Request(NamedTuple):
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


Answer = Callable[[Request, asyncio.StreamWriter], Awaitable[None]]


class Device:
    """`answers` by the beginning of the path; what is not there is 404."""

    def __init__(
        self, port: int, *, digest: bool = True, basic: bool = False, tls: ssl.SSLContext | None = None
    ) -> None:
        self.port = port
        self.url = f"https://localhost:{port}" if tls is not None else f"http://127.0.0.1:{port}"
        self._tls = tls
        self.answers: dict[str, Answer] = {}
        self.requests: list[Request] = []
        self.refused = 0
        self._digest, self._basic = digest and not basic, basic
        self._nonce = secrets.token_hex(8)
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    @asynccontextmanager
    async def here(self) -> AsyncIterator[None]:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=self._tls)
        try:
            yield
        finally:
            self._server.close()
            for writer in list(self._writers):
                writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while (request := await _read(reader)) is not None:
                if self._digest and not self._right(request):
                    self.refused += 1
                    challenge = f'Digest realm="{REALM}", qop="auth", nonce="{self._nonce}", algorithm=MD5'
                    await plain(writer, b"", status="401 Unauthorized", more=f"WWW-Authenticate: {challenge}\r\n")
                    continue
                if self._basic and request.headers.get("authorization") != BASIC:
                    self.refused += 1
                    await plain(writer, b"", status="401 Unauthorized", more='WWW-Authenticate: Basic realm="x"\r\n')
                    continue
                self.requests.append(request)
                answer = next((a for begin, a in self.answers.items() if request.path.startswith(begin)), None)
                if answer is None:
                    await plain(writer, b"no such thing", status="404 Not Found")
                    continue
                await answer(request, writer)
                if writer.is_closing():
                    return
        except (ConnectionError, asyncio.CancelledError):  # the test is over
            return
        finally:
            self._writers.discard(writer)
            writer.close()

    def _right(self, request: Request) -> bool:
        said = dict(re.findall(r'(\w+)="?([^",]+)"?', request.headers.get("authorization", "")))
        if not said or said.get("nonce") != self._nonce:
            return False
        ours = _md5(f"{USER}:{REALM}:{PASSWORD}")
        theirs = _md5(f"{request.method}:{said['uri']}")
        return said["response"] == _md5(f"{ours}:{self._nonce}:{said['nc']}:{said['cnonce']}:{said['qop']}:{theirs}")


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


async def _read(reader: asyncio.StreamReader) -> Request | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    first, *lines = head.strip().split("\r\n")
    method, path, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Request(method, path, headers, body)


async def plain(
    writer: asyncio.StreamWriter, body: bytes, *, kind: str = "application/xml", status: str = "200 OK", more: str = ""
) -> None:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    writer.write(head.encode() + body)
    await writer.drain()


async def stream(writer: asyncio.StreamWriter, boundary: str, pieces: AsyncIterator[bytes]) -> None:
    """Without a length: it ends with the connection, as those of devices do."""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: multipart/mixed; boundary={boundary}\r\nConnection: close\r\n\r\n"
    writer.write(head.encode())
    async for piece in pieces:
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(0)
    writer.close()
