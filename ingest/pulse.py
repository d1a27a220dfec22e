"""A gateway's own sign of life: `source.heartbeat`, every 10 s and whenever its spool comes into use or is empty."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

from community.model import SOURCE_HEARTBEAT, encode_event
from ingest.intake import Intake, IntakeRefused
from store import keys

log = logging.getLogger("shouwang.pulse")

PERIOD_S = 10.0
"""The default period of a source (community/site.py): a feed is late after two, stale after three."""


class Pulse:
    """`facts(community)` says what else the heartbeat tells of a community: {"devices": 12}.

    `topic`: it takes the way that the devices' messages take, so that it proves every hop of it. A gateway that wrote
    it straight to the log would call its feed alive while nobody normalises, and the chargers behind it offline.
    """

    def __init__(
        self, sources: Mapping[str, list[str]], facts: Callable[[str, str], dict[str, Any]], topic: str = keys.LOG
    ) -> None:
        self._sources = sources
        self._facts = facts
        self._topic = topic
        self._loop = asyncio.get_running_loop()
        self._now = asyncio.Event()

    def changed(self, spooled: int) -> None:
        """For Intake's `on_change`; callable from any thread."""
        self._loop.call_soon_threadsafe(self._now.set)

    async def run(self, intake: Intake) -> None:
        """Until cancelled. `sources` is community -> ids of the sources this gateway speaks for."""
        while True:
            now_ms = time.time_ns() // 1_000_000
            try:
                for community, sources in list(self._sources.items()):
                    for source in sources:
                        data = {"spooled": intake.spooled, **self._facts(community, source)}
                        await intake.accept(self._topic, community, heartbeat(community, source, now_ms, data))
            except IntakeRefused as error:
                log.warning("no heartbeat: %s", error)
            try:
                async with asyncio.timeout(PERIOD_S):
                    await self._now.wait()
            except TimeoutError:
                continue
            self._now.clear()


def heartbeat(community: str, source: str, now_ms: int, data: dict[str, Any]) -> bytes:
    return encode_event(
        id=f"{source}/heartbeat/{now_ms}",
        source=source,
        type=SOURCE_HEARTBEAT,
        community=community,
        subject=source,
        time_ms=now_ms,
        received_ms=now_ms,
        data=data,
    )
