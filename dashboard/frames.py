"""One community's screens: its state, the board in each language, and frames encoded once for all who look.

A frame is one Server-Sent Event. A client's queue is bounded: a client that cannot keep up gets the whole again
instead of a backlog.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections import deque
from collections.abc import Collection
from typing import Any, NamedTuple

import msgspec

from community.board import Board, Lens, board, diff
from community.board.line import line_board
from community.board.visit import Visitors
from community.site import Site
from community.state import State
from community.words import LANGS, Lang
from store.live import Refusal

logger = logging.getLogger("shouwang.web")

QUEUE = 64
"""A second at 60 frames/s, more when there are fewer: whoever is further behind is better served with the whole."""

STILL_MS = 8000
"""A community's clock that stands so long is 数据中断, as the watches of wall, desk and operate have it. What is on its
way when a link breaks takes a second and more on a busy machine, and within ten seconds no screen may be wrong."""

REFUSALS = 100
"""Of the last minutes: a desk asks within seconds."""

UNDRAWABLE = "its board cannot be drawn"

_encode = msgspec.json.Encoder().encode


class Face(NamedTuple):
    """For whom a board is made: the language, whether they are visitors (参观模式); of a page about many communities
    those that they may see, None: all."""

    lang: Lang
    visit: bool = False
    mine: frozenset[str] | None = None


class Client:
    """One open stream."""

    __slots__ = ("face", "gone", "overrun", "queue")

    def __init__(self, lang: Lang, visit: bool = False, mine: frozenset[str] | None = None) -> None:
        self.face = Face(lang, visit, mine)
        self.queue: asyncio.Queue[bytes] = asyncio.Queue(QUEUE)
        self.overrun = False
        self.gone = False

    def leave(self) -> None:
        """The screen has closed its stream: wakes whoever waits for the next frame."""
        self.gone = True
        if self.queue.empty():
            self.queue.put_nowait(b"")

    def offer(self, frame: bytes) -> None:
        if self.overrun:
            return
        try:
            self.queue.put_nowait(frame)
        except asyncio.QueueFull:
            self.overrun = True


class Audience:
    """Who looks at the same thing, and what was sent to them. Used from the event loop only."""

    def __init__(self) -> None:
        self.clients: set[Client] = set()
        self.frames = 0
        self.bytes = 0

    def snapshot(self, lang: Lang, visit: bool = False, mine: frozenset[str] | None = None) -> bytes:
        """The whole, as a frame; empty where there is nothing to show."""
        raise NotImplementedError

    def send(self, clients: Collection[Client], frame: bytes) -> None:
        for client in clients:
            client.offer(frame)
        self.frames += 1
        self.bytes += len(frame) * len(clients)

    async def next_frame(self, client: Client) -> bytes:
        """Waits for the client's next frame; a client that fell behind starts from the whole again."""
        frame = await client.queue.get()
        if client.overrun:
            while not client.queue.empty():
                client.queue.get_nowait()
            client.overrun = False
            return self.snapshot(*client.face)
        return frame


class Channel(Audience):
    """What the screens of one community see."""

    def __init__(self, site: Site, build: str) -> None:
        super().__init__()
        self.site = site
        self._program = build
        self.build = _build(build, site)
        """What a page is made of, program and description: a page of another one loads itself again."""
        self.state: State | None = None
        self.broken = ""
        """Why this community cannot be shown; its screens are told nothing until it can. Empty: it can."""
        self._unsent = False
        """Records came that changed nothing to be seen: the screens do not know the revision yet."""
        self.moved_at = time.monotonic()
        """When this process last saw the community's clock advance."""
        self.refused: deque[Refusal] = deque(maxlen=REFUSALS)
        """The last commands that were not carried out: whoever gave one asks. The journal has all of them."""
        self._lens = Lens(site)
        self._visitors: Visitors | None = None
        """Made when the first of them looks."""
        self._boards: dict[Face, Board] = {}
        self._encoded: dict[Face, msgspec.Raw] = {}
        """Boards as they go into a snapshot, encoded once for all who come between two frames."""

    @property
    def revision(self) -> str:
        return self.state.position if self.state is not None else ""

    @property
    def clock_ms(self) -> int:
        return self.state.clock_ms if self.state is not None else 0

    def still_ms(self) -> int:
        """How long the community's clock has stood still, as far as this process knows."""
        return int(1000 * (time.monotonic() - self.moved_at))

    def fail(self, what: str, error: Exception) -> None:
        """This community cannot be shown. Said once for as long as the reason stays the same."""
        reason = f"{what}: {type(error).__name__}: {error}"
        if reason != self.broken:
            logger.error("%s: %s", self.site.id, reason, exc_info=error)
        self.broken = reason
        self._boards.clear()
        self._encoded.clear()

    def replace(self, state: State) -> None:
        """The state was loaded again: everybody gets the whole. One that is broken has to prove itself first."""
        if state.site is not self.site:
            self.site = state.site
            self.build = _build(self._program, state.site)
            self._lens, self._visitors = Lens(state.site), None
        if self.broken:
            self._lens, self._visitors = Lens(self.site), None
            try:
                for lang in LANGS:
                    self._draw(state, Face(lang))
            except Exception as error:  # noqa: BLE001  # still broken
                self.fail(UNDRAWABLE, error)
                return
            self.broken = ""
            logger.warning("%s can be shown again", self.site.id)
        if state.clock_ms > self.clock_ms:
            self.moved_at = time.monotonic()
        self.state = state
        self._boards.clear()
        self._encoded.clear()
        for client in self.clients:
            client.overrun = True
            if client.queue.empty():  # wakes the one that waits; the frame itself is dropped with the queue
                client.queue.put_nowait(b"")

    def _draw(self, state: State, face: Face) -> Board:
        if not face.visit:
            return board(state, face.lang, self._lens)
        if self._visitors is None:
            self._visitors = Visitors(state.site)
        return self._visitors.board(state, face.lang)

    def line(self, lang: Lang) -> dict[str, Any] | None:
        """The one line about it; None: nobody knows how it is there."""
        if self.state is None or self.broken or self.still_ms() > STILL_MS:
            return None
        return line_board(self.state, lang, self._lens)

    def board(self, lang: Lang, visit: bool = False) -> Board:
        """The board as the screens of this language have it."""
        face = Face(lang, visit)
        if face not in self._boards and self.state is not None:
            self._boards[face] = self._draw(self.state, face)
        return self._boards.get(face, {})

    def snapshot(self, lang: Lang, visit: bool = False, mine: frozenset[str] | None = None) -> bytes:
        """The whole; nothing of a community that cannot be shown."""
        face = Face(lang, visit)
        if self.broken:
            return b""
        if self.state is None:
            return event("hb", "", {"revision": "", "clock_ms": 0, "still_ms": self.still_ms()})
        if face not in self._encoded:
            try:
                self._encoded[face] = msgspec.Raw(_encode(self.board(lang, visit)))
            except Exception as error:  # noqa: BLE001  # as in broadcast
                self.fail(UNDRAWABLE, error)
                return b""
        body = {"build": self.build, "still_ms": self.still_ms(), "parts": self._encoded[face]}
        return event("snap", self.revision, self._stamp() | body)

    def broadcast(self, even_empty: bool = False) -> bool:
        """Sends what changed since the last frame, to each language's clients the same bytes. False: nothing did.

        `even_empty`: where nothing did, the revision alone.
        """
        if self.state is None or self.broken:
            return False
        sent = False
        try:
            for face in {client.face for client in self.clients} | set(self._boards):
                sent |= self._frame(face, even_empty)
        except Exception as error:  # noqa: BLE001  # a bug that one community's data brings out must not stop the others
            self.fail(UNDRAWABLE, error)
        return sent

    def _frame(self, face: Face, even_empty: bool) -> bool:
        """Most records change nothing that a wall shows: the screens hear their revision with the next heartbeat."""
        assert self.state is not None
        watching = [client for client in self.clients if client.face == face]
        if not watching:  # nobody looks: the next one to come has it made afresh
            self._boards.pop(face, None)
            self._encoded.pop(face, None)
            return False
        before = self._boards.get(face, {})
        after = self._draw(self.state, face)
        parts = diff(before, after)
        if not parts and not even_empty:
            self._unsent = True
            return False
        self._boards[face] = after
        self._encoded.pop(face, None)
        self.send(watching, event("delta", self.revision, self._stamp() | {"parts": parts}))
        return True

    def beat(self, revision: str, clock_ms: int, caption: bytes = b"") -> None:
        """A heartbeat with what Redis itself holds just now, after the revision that the screens' picture is of.

        With how long this process has seen the clock stand: a page that hears of it late must not think that it moves.

        `caption`: what the demo's tour says meanwhile, as JSON.
        """
        if self._unsent:
            self._unsent = False
            self.broadcast(even_empty=True)
            if self.broken:
                return
        still_ms = self.still_ms() if clock_ms <= self.clock_ms else 0
        body: dict[str, Any] = {"revision": revision, "clock_ms": clock_ms, "still_ms": still_ms}
        if caption:
            body["tour"] = msgspec.Raw(caption)
        self.send(self.clients, event("hb", "", body))

    def _stamp(self) -> dict[str, Any]:
        return {"community": self.site.id, "revision": self.revision, "clock_ms": self.clock_ms}


def _build(program: str, site: Site) -> str:
    return hashlib.sha256(program.encode() + msgspec.json.encode(site, order="deterministic")).hexdigest()[:12]


def event(name: str, revision: str, body: dict[str, Any]) -> bytes:
    mark = b"id: %s\n" % revision.encode() if revision else b""
    return b"event: %s\n%sdata: %s\n\n" % (name.encode(), mark, _encode(body))
