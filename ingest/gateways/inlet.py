"""Where one way in puts what it hears: an envelope in `vendor.<source>`, durable before the sender is answered."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import msgspec

from community.model import encode_event
from ingest.adapters import personal_of
from ingest.adapters.lenient import text
from ingest.envelope import Envelopes, as_json
from ingest.intake import VALUE_BYTES, Intake, IntakeRefused
from ingest.ways import Way
from store import keys
from store.blobs import Blobs

log = logging.getLogger("shouwang.gateway")

AGAIN_S = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0)
"""Pauses before a device is called again: one that restarts is back within two minutes and is not stormed meanwhile."""

SETTLED_S = 60.0
"""A connection that lived so long begins with the shortest pause again."""


class Told(NamedTuple):
    """One payload, and what is known of it."""

    payload: bytes | str
    device: str = ""
    key: str = ""
    facts: dict[str, Any] = {}
    mark: str = ""
    """By which it is known again when it is read once more (`ingest/copies.py`)."""


def told(value: Any, key: str = "") -> Told:
    """A payload that somebody else has written down: bare, or in an envelope `{"device", "payload"}`, `{"topic",
    "payload"}`. Of an envelope the rest is left: times there are another gateway's."""
    if isinstance(value, dict) and "payload" in value:
        device, topic = text(value.get("device")), text(value.get("topic"))
        payload = value["payload"]
        encoded = payload if isinstance(payload, str) else msgspec.json.encode(payload)
        return Told(encoded, device or ("" if topic else key), key, {"topic": topic} if topic else {})
    return Told(value if isinstance(value, str) else msgspec.json.encode(value), key, key)


class Inlet:
    """`take` for tasks, `submit` for threads; both are thread-safe."""

    def __init__(self, way: Way, intake: Intake, var: Path) -> None:
        self.way = way
        self.topic = keys.vendor(way.source)
        self._intake = intake
        personal_of(way.source)  # a mapping that cannot be used is told now
        self._envelopes = Envelopes(var, partial(personal_of, way.source))
        self._blobs = Blobs(var / "blobs")

    def keep_blob(self, content: bytes) -> str:
        """Its hash, once the blob store has it. Raises OSError."""
        return self._blobs.put(content)

    async def tell(self, type_: str, subject: str, data: dict[str, Any], id_: str) -> None:
        """A canonical record of what this program has itself fetched: nobody has to translate it. Raises OSError."""
        now_ms = time.time_ns() // 1_000_000
        value = encode_event(
            id=id_,
            source=self.way.id,
            type=type_,
            community=self.way.community,
            subject=subject,
            time_ms=now_ms,
            received_ms=now_ms,
            data=data,
        )
        await asyncio.shield(asyncio.wrap_future(self._intake.submit(keys.LOG, self.way.community, value)))

    def words(self, hash_: str) -> str:
        """Of a text that an order names by its hash. Raises BlobMissing."""
        return self._blobs.get(hash_).decode("utf-8", "replace")

    def submit(
        self,
        payload: bytes | str,
        *,
        device: str = "",
        key: str = "",
        mark: str = "",
        received_ms: int | None = None,
        **facts: Any,
    ) -> Future[None]:
        """Done when the payload is durable. `key` orders what has no device's name (an MQTT topic). `mark`: by which a
        sender's repetition is told (`ingest/copies.py`). `received_ms`: when it was heard, where that is not now.

        Raises OSError (IntakeRefused, a full disk): do not acknowledge.
        """
        body, how = as_json(payload)
        at_ms = time.time_ns() // 1_000_000 if received_ms is None else received_ms
        value = self._envelopes.wrap(device, at_ms, body, community=self.way.community, **how, **facts)
        if len(value) > VALUE_BYTES:
            raise IntakeRefused(f"{self.way.id}: an envelope of {len(value)} bytes")
        return self._intake.submit(self.topic, device or key or self.way.id, value, mark)

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

    def keep_all(self, told: Sequence[Told], stop: threading.Event) -> bool:
        """For threads that read what waits somewhere: all of it is durable, in order, when it returns True. False: told
        to stop before. While neither log nor spool takes it the rest is repeated, from the first that was refused."""
        at = 0
        while at < len(told):
            pending: list[Future[None]] = []
            try:
                pending += [
                    self.submit(one.payload, device=one.device, key=one.key, mark=one.mark, **one.facts)
                    for one in told[at:]
                ]
            except OSError as error:
                log.warning("%s waits: %s", self.way.id, error)
            for future in pending:
                try:
                    future.result()
                except OSError as error:
                    log.warning("%s waits: %s", self.way.id, error)
                    break
                at += 1
            if at < len(told) and stop.wait(1.0):
                return False
        return True


async def threaded(work: Callable[[threading.Event], None]) -> None:
    """`work(stop)` in a thread of its own; a cancellation tells it to stop and waits until it has."""
    stop = threading.Event()
    running = asyncio.ensure_future(asyncio.to_thread(work, stop))
    try:
        await asyncio.shield(running)
    finally:
        stop.set()
        await asyncio.wait([running])


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
