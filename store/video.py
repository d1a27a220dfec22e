"""Moving pictures from one process of this machine to another: whoever holds a camera's login shows its pictures on a
Unix socket in `var/video/`, the web process watches there. No address and no credential of a camera passes it.

The question is a line of JSON, a `Question`; the answer messages, each with its length and kind: pictures, then the
reason for which there are no more.
"""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec

PICTURE_BYTES = 2 * 1024 * 1024
"""A frame of a camera of 8 megapixels; what is larger was not meant to be watched."""

QUESTION_BYTES = 4096
ANSWER_S = 15.0
"""A recorder is called (10 s at most) before the first picture comes."""

_HEAD = struct.Struct(">cIQ")

Why = Literal["unknown", "full", "refused", "away", "silent", "none"]
"""Nobody shows this camera; as many watch as may; it does not take our login; it does not answer; it went on without a
picture; what it gives are no pictures."""


class Question(msgspec.Struct, frozen=True):
    community: str
    camera: str = ""
    """Empty: which cameras can be watched?"""


class Picture(NamedTuple):
    received_ms: int
    """When it had come from the camera; by this machine's clock."""
    content: bytes


class Ended(Exception):
    """There are no more pictures, or never were. `why` says which."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why = why


def picture_message(picture: Picture) -> bytes:
    return _HEAD.pack(b"p", len(picture.content), picture.received_ms) + picture.content


def word_message(word: object) -> bytes:
    body = msgspec.json.encode(word)
    return _HEAD.pack(b"w", len(body), 0) + body


async def _message(reader: asyncio.StreamReader) -> tuple[bytes, int, bytes]:
    """(kind, received_ms, body). Raises Ended when the other side is gone or talks nonsense."""
    try:
        kind, length, received_ms = _HEAD.unpack(await reader.readexactly(_HEAD.size))
        if length > PICTURE_BYTES:
            raise Ended("away")
        return kind, received_ms, await reader.readexactly(length)
    except (OSError, EOFError) as error:
        raise Ended("away") from error


class Watching:
    """The pictures of one camera from one socket, until it is closed; from any task, at any moment."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, first: Picture) -> None:
        self._reader, self._writer, self.first = reader, writer, first

    async def pictures(self) -> AsyncIterator[Picture]:
        """The first again, then all that come. Raises Ended, and is closed then."""
        try:
            yield self.first
            while True:
                yield await _picture(self._reader)
        finally:
            self.close()

    def close(self) -> None:
        """Whoever shows it learns at once that nobody looks any more."""
        self._writer.transport.abort()


async def _picture(reader: asyncio.StreamReader) -> Picture:
    kind, received_ms, body = await _message(reader)
    if kind == b"p":
        return Picture(received_ms, body)
    raise Ended(msgspec.json.decode(body, type=Why))


@contextlib.asynccontextmanager
async def _asking(socket: Path, question: Question) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Raises Ended, and closes the connection on every other way out than the end of the block."""
    try:
        reader, writer = await asyncio.open_unix_connection(socket, limit=QUESTION_BYTES)
    except OSError as error:  # left by a process that was killed
        raise Ended("unknown") from error
    try:
        writer.write(msgspec.json.encode(question) + b"\n")
        yield reader, writer
    except BaseException:
        writer.transport.abort()
        raise


async def watch(folder: Path, community: str, camera: str) -> Watching:
    """Once its first picture is there. Raises Ended."""
    for socket in sorted(folder.glob("*.sock")):
        try:
            async with asyncio.timeout(ANSWER_S), _asking(socket, Question(community, camera)) as (reader, writer):
                return Watching(reader, writer, await _picture(reader))
        except TimeoutError as error:
            raise Ended("silent") from error
        except Ended as ended:
            if ended.why != "unknown":
                raise
    raise Ended("unknown")


async def cameras(folder: Path, community: str) -> frozenset[str]:
    """Of which cameras somebody shows moving pictures now."""
    found: set[str] = set()
    for socket in folder.glob("*.sock"):
        with contextlib.suppress(Ended, TimeoutError):
            async with asyncio.timeout(1.0), _asking(socket, Question(community)) as (reader, writer):
                _, _, body = await _message(reader)
                found.update(msgspec.json.decode(body, type=list[str]))
                writer.close()
    return frozenset(found)
