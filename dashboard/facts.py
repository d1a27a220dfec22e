"""Facts for the audit on their way to the log: denials, sign-ins, what was looked at, exports.

They are written by one task; equal ones of a moment are one with a count, so that whoever knocks a thousand times fills
nothing. While the log is away they wait in a file of their own, which outlives the process. What may not happen without
its fact (`surely`) waits for the log.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable
from pathlib import Path

import msgspec

from community.audit import FACT, Said
from store.log import LogUnavailable

from .sending import Commands

log = logging.getLogger("shouwang.web")

GATHER_S = 1.0
RETRY_S = 2.0
WAITING = 5000
"""Different facts; beyond them the log has been away for long, and what is dropped is said on stderr."""


Key = tuple[str, str, str, str, str, str]
"""Community, action, outcome, person, target, detail."""


class Facts:
    def __init__(self, commands: Commands, first: Callable[[], str], kept: Path) -> None:
        """`first`: the community whose log has what belongs to none. `kept`: the file of what waits for the log."""
        self._commands, self._first, self._kept = commands, first, kept
        self._waiting: dict[Key, int] = self._recall()
        self._wake = asyncio.Event()
        if self._waiting:
            self._wake.set()
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
                await asyncio.to_thread(self._keep, list(self._waiting.items()))
                await asyncio.sleep(RETRY_S)
                continue
            more = self._waiting.pop(key) - times  # told meanwhile
            if more:
                self._waiting[key] = more
        self._kept.unlink(missing_ok=True)

    def _keep(self, waiting: list[tuple[Key, int]]) -> None:
        """Ids only, as in the log. A full disk leaves them in memory."""
        part = self._kept.with_suffix(".part")
        try:
            with open(part, "wb", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
                file.write(msgspec.json.encode(waiting))
                file.flush()
                os.fsync(file.fileno())
            os.replace(part, self._kept)
        except OSError as error:
            log.error("facts for the audit wait in memory only: %s", error)

    def _recall(self) -> dict[Key, int]:
        try:
            return dict(msgspec.json.decode(self._kept.read_bytes(), type=list[tuple[Key, int]]))
        except FileNotFoundError:
            return {}
        except (OSError, msgspec.MsgspecError) as error:
            log.error("facts for the audit that waited for the log cannot be read, %s stays: %s", self._kept, error)
            self._kept = self._kept.with_suffix(".new.json")
            return {}

    async def _write(self, key: Key, times: int) -> None:
        community, action, outcome, person, target, detail = key
        said = Said(action, outcome, person, target, detail, times)
        await self._commands.write(community or self._first(), FACT, person, said)
