"""Facts for the audit on their way to the log: denials, sign-ins, what was looked at, exports.

They wait in memory while the log is away and are written by one task; equal ones of a moment are one with a count, so
that whoever knocks a thousand times fills nothing. What may not happen without its fact (`surely`) waits for the log.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from community.audit import FACT, Said
from store.log import LogUnavailable

from .api import Commands

log = logging.getLogger("shouwang.web")

GATHER_S = 1.0
RETRY_S = 2.0
WAITING = 5000
"""Different facts; beyond them the log has been away for long, and what is dropped is said on stderr."""


class Facts:
    def __init__(self, commands: Commands, first: Callable[[], str]) -> None:
        """`first`: the community whose log has what belongs to none."""
        self._commands, self._first = commands, first
        self._waiting: dict[tuple[str, str, str, str, str, str], int] = {}
        self._wake = asyncio.Event()
        self.dropped = 0

    def tell(
        self, action: str, outcome: str, person: str, community: str = "", target: str = "", detail: str = ""
    ) -> None:
        """At once, and written soon. From the event loop only."""
        key = (community, action[:80], outcome, person, target[:200], detail[:200])
        if key not in self._waiting and len(self._waiting) >= WAITING:
            self.dropped += 1
            log.error("a fact for the audit was dropped, the log is away: %s", action[:80])
            return
        self._waiting[key] = self._waiting.get(key, 0) + 1
        self._wake.set()

    async def surely(self, action: str, person: str, community: str, target: str, detail: str = "") -> None:
        """Returns when the log has it. Raises LogUnavailable: then what it is about must not happen."""
        await self._write((community, action, "allowed", person, target, detail), 1)

    async def run(self) -> None:
        while True:
            await self._wake.wait()
            await asyncio.sleep(GATHER_S)
            await self.flush()

    async def flush(self) -> None:
        self._wake.clear()
        while self._waiting:
            key, times = next(iter(self._waiting.items()))
            try:
                await self._write(key, times)
            except LogUnavailable as error:
                log.warning("facts for the audit wait: %s", error)
                await asyncio.sleep(RETRY_S)
                continue
            more = self._waiting.pop(key) - times  # told meanwhile
            if more:
                self._waiting[key] = more

    async def _write(self, key: tuple[str, str, str, str, str, str], times: int) -> None:
        community, action, outcome, person, target, detail = key
        said = Said(action, outcome, person, target, detail, times)
        await self._commands.write(community or self._first(), FACT, person, said)
