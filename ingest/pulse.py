"""A gateway's own sign of life: `source.heartbeat`, every 3 s and whenever its spool comes into use or is empty.

It is the canary of the whole chain: it goes the way of the devices' words from the gateway to the screen.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from community.model import SOURCE_HEARTBEAT, encode_event
from community.site import SOURCE_BEAT_S
from ingest.intake import Intake, IntakeRefused

log = logging.getLogger("shouwang.pulse")


class Beat(NamedTuple):
    """A feed that is alive now, and what else its heartbeat tells: {"devices": 12}.

    `topic`: it takes the way that the devices' messages take, so that it proves every hop of it. A gateway that wrote
    it straight to the log would call its feed alive while nobody normalises, and the chargers behind it offline.
    """

    topic: str
    community: str
    source: str
    data: dict[str, Any] = {}


class Pulse:
    """`beats()` says which feeds this gateway speaks for at the moment; one that it leaves out falls silent."""

    def __init__(self, beats: Callable[[], Iterable[Beat]]) -> None:
        self._beats = beats
        self._loop = asyncio.get_running_loop()
        self._now = asyncio.Event()

    def changed(self, spooled: int) -> None:
        """For Intake's `on_change`; callable from any thread."""
        self._loop.call_soon_threadsafe(self._now.set)

    async def run(self, intake: Intake) -> None:
        """Until cancelled."""
        while True:
            now_ms = time.time_ns() // 1_000_000
            try:
                for beat in list(self._beats()):
                    data = {"spooled": intake.spooled, **beat.data}
                    value = heartbeat(beat.community, beat.source, now_ms, data)
                    await intake.accept(beat.topic, beat.community, value)
            except IntakeRefused as error:
                log.warning("no heartbeat: %s", error)
            try:
                async with asyncio.timeout(SOURCE_BEAT_S):
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
