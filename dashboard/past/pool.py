"""The traveller's process: started by the first question, ended when nobody has asked for a while, never more than one.

Whoever plays the past asks several times a second; of these only a few may wait, so that a live wall never feels it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable

import msgspec

from .asked import HEAD, Answer, Question, Setup, framed

log = logging.getLogger("shouwang.web")

IDLE_S = 60.0
"""Longer than anybody looks at one picture between two presses; its memory (some 80 MB) is gone after that."""
DEADLINE_S = 20.0
"""Ten times what a seek may take on the demo's day; a machine may have other things to do."""
WAITING = 6

_decode = msgspec.json.Decoder(Answer).decode


class Busy(RuntimeError):
    """So many wait already."""


class TooSlow(RuntimeError):
    """No answer within the deadline, or the process ended over it; the next question has a new one."""


class Travellers:
    def __init__(self, setup: Callable[[], Setup], idle_s: float = IDLE_S) -> None:
        self._setup, self._idle_s = setup, idle_s
        self._process: Process | None = None
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._idle: asyncio.TimerHandle | None = None

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def warm(self) -> None:
        """Somebody is about to ask: the process takes a second to begin. Raises nothing."""
        if not self._waiting and not self.running:
            async with self._turn:
                with contextlib.suppress(OSError):
                    await self._started()
                    self._rest()

    async def ask(self, question: Question) -> Answer:
        """Raises Busy, TooSlow."""
        if self._waiting >= WAITING:
            raise Busy
        self._waiting += 1
        try:
            async with self._turn:
                return await self._ask(question)
        finally:
            self._waiting -= 1

    async def _ask(self, question: Question) -> Answer:
        if self._idle is not None:
            self._idle.cancel()
        try:
            async with asyncio.timeout(DEADLINE_S):
                process = await self._started()
                assert process.stdin is not None and process.stdout is not None
                process.stdin.write(framed(msgspec.json.encode(question)))
                await process.stdin.drain()
                length = int.from_bytes(await process.stdout.readexactly(HEAD), "big")
                answer = _decode(await process.stdout.readexactly(length))
        except (TimeoutError, OSError, asyncio.IncompleteReadError) as error:
            log.error("the past of %s at %d: %r", question.community, question.at_ms, error)
            await self.close()
            raise TooSlow from error
        except asyncio.CancelledError:  # its answer would be taken for the next one's
            await self.close()
            raise
        self._rest()
        return answer

    def _rest(self) -> None:
        self._idle = asyncio.get_running_loop().call_later(self._idle_s, self._end)

    async def _started(self) -> Process:
        if self._process is None or self._process.returncode is not None:
            setup = framed(msgspec.json.encode(self._setup()))
            command = (sys.executable, "-m", "dashboard.past.traveller")
            self._process = await asyncio.create_subprocess_exec(
                *command, stdin=PIPE, stdout=PIPE, start_new_session=True
            )
            assert self._process.stdin is not None
            self._process.stdin.write(setup)
        return self._process

    def _end(self) -> None:
        """It reads the end of its questions, and ends by itself."""
        process, self._process = self._process, None
        if process is not None and process.stdin is not None:
            process.stdin.close()

    async def close(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
