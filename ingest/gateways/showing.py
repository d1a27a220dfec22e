"""Moving pictures for those who watch: one call to the camera, however many look, closed when the last has gone.

A process that knows cameras shows them on a socket of `var/video/` (`store/video.py`); how it gets their pictures is
its own affair (`Film`). Whoever is slow misses pictures, and is never shown an old one as the newest.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import time
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import NamedTuple, Protocol

import msgspec

from ingest.tasks import ended
from store.video import QUESTION_BYTES, Ended, Picture, Question, Why, picture_message, word_message

log = logging.getLogger("shouwang.video")

FRAMES_PER_S = 10
"""What a guard needs to see somebody walk; more costs the machine that takes the alarms in."""

SILENT_S = 10.0
"""A camera that sends no picture for so long is called no longer."""

SEND_S = 10.0
"""A watcher that takes nothing for so long has gone."""

CAMERAS = 8
"""Cameras that are watched at once. Eight that send 25 pictures of 60 kB a second cost the gateway 5 % of a core, 15 %
where they do not say how long each is."""

WATCHERS = 8
"""Of one camera."""


class Film(Protocol):
    def cameras(self, community: str) -> Iterable[str]: ...

    def pictures(self, community: str, camera: str) -> AsyncIterator[bytes]:
        """JPEG or PNG, as they come. Raises Ended when there are no more."""
        ...


class Place(NamedTuple):
    community: str
    camera: str


class _Shown:
    """One camera that is watched."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.watchers: set[asyncio.Event] = set()
        self.newest: Picture | None = None
        self.over: Why | None = None
        self.task: asyncio.Task[None] | None = None
        self._due_s = 0.0

    async def run(self, pictures: AsyncIterator[bytes]) -> None:
        """To the end of its pictures."""
        try:
            while True:
                async with asyncio.timeout(SILENT_S):
                    content = await anext(pictures)
                now_s = time.monotonic()
                if now_s >= self._due_s:
                    self._due_s = max(self._due_s + 1 / FRAMES_PER_S, now_s)
                    self.newest = Picture(time.time_ns() // 1_000_000, content)
                    self._tell()
        except StopAsyncIteration:
            self.over = "away"
        except TimeoutError:
            self.over = "silent"
        except Ended as ended:
            self.over = ended.why
        finally:
            self.over = self.over or "away"
            log.info("%s: nobody shows it any more (%s)", self.name, self.over)
            self._tell()

    def _tell(self) -> None:
        for watcher in self.watchers:
            watcher.set()


class Showing:
    def __init__(self, film: Film) -> None:
        self._film = film
        self._shown: dict[Place, _Shown] = {}
        self._answering: set[asyncio.Task[None]] = set()

    async def run(self, socket: Path) -> None:
        """Until cancelled. Where no socket can be made (a path beyond 100 letters) nothing is shown, and said so."""
        try:
            socket.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            socket.unlink(missing_ok=True)
            server = await asyncio.start_unix_server(self._answer, socket, limit=QUESTION_BYTES)
            os.chmod(socket, 0o600)
        except OSError as error:
            log.error("no camera can be watched: %s: %s", socket, error)
            await asyncio.Event().wait()
            return
        try:
            await asyncio.Event().wait()
        finally:
            server.close()
            socket.unlink(missing_ok=True)
            await ended(list(self._answering))

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        mine = asyncio.current_task()
        assert mine is not None  # a server's callback is one
        self._answering.add(mine)
        mine.add_done_callback(self._answering.discard)
        try:
            question = msgspec.json.decode(await reader.readline(), type=Question)
            if question.camera:
                await self._show(Place(question.community, question.camera), reader, writer)
            else:
                writer.write(word_message(sorted(self._film.cameras(question.community))))
        except Ended as ended:
            writer.write(word_message(ended.why))
        except (OSError, ValueError) as error:  # gone, slow, or no question of ours
            log.debug("a watcher: %s", error)
        finally:
            writer.close()

    async def _show(self, place: Place, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Raises Ended, OSError."""
        news = asyncio.Event()
        shown = self._enter(place, news)
        gone = asyncio.create_task(_gone(reader, news))
        last: Picture | None = None
        try:
            while not gone.done():
                await news.wait()
                news.clear()
                if shown.newest is not None and shown.newest is not last:
                    last = shown.newest
                    writer.write(picture_message(last))
                    async with asyncio.timeout(SEND_S):
                        await writer.drain()
                elif shown.over is not None:
                    raise Ended(shown.over)
        finally:
            gone.cancel()
            self._leave(place, shown, news)

    def _enter(self, place: Place, news: asyncio.Event) -> _Shown:
        """Raises Ended."""
        shown = self._shown.get(place)
        if shown is None:
            if place.camera not in self._film.cameras(place.community):
                raise Ended("unknown")
            if len(self._shown) >= CAMERAS:
                raise Ended("full")
            shown = self._shown[place] = _Shown("/".join(place))
            log.info("%s: somebody watches", shown.name)
            shown.task = asyncio.create_task(shown.run(self._film.pictures(*place)))
        if len(shown.watchers) >= WATCHERS:
            raise Ended("full")
        shown.watchers.add(news)
        news.set()
        return shown

    def _leave(self, place: Place, shown: _Shown, news: asyncio.Event) -> None:
        shown.watchers.discard(news)
        if shown.task is not None and (shown.over or not shown.watchers) and self._shown.get(place) is shown:
            del self._shown[place]  # who comes now begins anew
            shown.task.cancel()


async def _gone(reader: asyncio.StreamReader, news: asyncio.Event) -> None:
    """The other side says nothing after its question: whatever it does now, it leaves."""
    with contextlib.suppress(OSError):
        await reader.read(1)
    news.set()
