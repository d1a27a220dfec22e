"""Where one way in puts what it hears: an envelope in `vendor.<source>`, durable before the sender is answered."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Protocol

from ingest.adapters import personal_of
from ingest.connections import Way
from ingest.envelope import Envelopes, as_json
from ingest.intake import VALUE_BYTES, Intake, IntakeRefused
from store import keys

log = logging.getLogger("shouwang.gateway")

AGAIN_S = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0)
"""Pauses before a device is called again: one that restarts is back within two minutes and is not stormed meanwhile."""

SETTLED_S = 60.0
"""A connection that lived so long begins with the shortest pause again."""


class Inlet:
    """`take` for tasks, `submit` for threads; both are thread-safe."""

    def __init__(self, way: Way, intake: Intake, var: Path) -> None:
        self.way = way
        self.topic = keys.vendor(way.source)
        self._intake = intake
        self._envelopes = Envelopes(var, personal_of(way.source))

    def submit(self, payload: bytes | str, *, device: str = "", key: str = "", **facts: Any) -> Future[None]:
        """Done when the payload is durable. `key` orders what has no device's name (an MQTT topic).

        Raises OSError (IntakeRefused, a full disk): do not acknowledge.
        """
        text, how = as_json(payload)
        value = self._envelopes.wrap(
            device, time.time_ns() // 1_000_000, text, community=self.way.community, **how, **facts
        )
        if len(value) > VALUE_BYTES:
            raise IntakeRefused(f"{self.way.id}: an envelope of {len(value)} bytes")
        return self._intake.submit(self.topic, device or key or self.way.id, value)

    async def take(self, payload: bytes | str, **facts: Any) -> None:
        """Durable when it returns; raises OSError: do not acknowledge."""
        await asyncio.shield(asyncio.wrap_future(self.submit(payload, **facts)))

    async def keep(self, payload: bytes | str, **facts: Any) -> None:
        """For senders that know no acknowledgement: not another byte is read until this is durable."""
        while True:
            try:
                return await self.take(payload, **facts)
            except OSError as error:
                log.warning("%s waits: %s", self.way.id, error)
                await asyncio.sleep(1.0)


class Gate(Protocol):
    """One way in, at work."""

    @property
    def ways(self) -> list[Way]:
        """The connections that it carries."""
        ...

    def is_up(self, way: Way) -> bool:
        """Would it hear a device that speaks now? Its feed's heartbeat says so."""
        ...

    async def run(self) -> None:
        """Until cancelled. What can be mended by waiting it waits for; anything else is a bug and is raised."""
        ...


async def kept(gate: Gate) -> None:
    """Until cancelled: a way that trips over a mistake of ours is begun anew, and takes no other along. Its feed is
    silent meanwhile, so that the wall says so."""
    await again(gate.run, ", ".join(way.id for way in gate.ways), ())


async def again(connect: Callable[[], Awaitable[None]], name: str, expected: tuple[type[Exception], ...]) -> None:
    """Until cancelled: calls `connect` for as long as it lives, with growing pauses. What is `expected` is one line."""
    failures = 0
    while True:
        began = time.monotonic()
        try:
            await connect()
            log.info("%s: the other side ended it", name)
        except expected as error:
            log.warning("%s: %s", name, str(error) or type(error).__name__)
        except Exception:
            if expected:
                raise
            log.exception("%s tripped", name)
        failures = 0 if time.monotonic() - began > SETTLED_S else failures + 1
        await asyncio.sleep(AGAIN_S[min(max(0, failures - 1), len(AGAIN_S) - 1)])
