"""What the parts of the live demo share: the site, the way in, who is real, and a memory over a restart."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import msgspec

from community.model import encode_event
from community.site import Site
from community.world.base import Planned
from community.world.stream import Wire
from ingest.intake import Intake, IntakeRefused
from store import keys

log = logging.getLogger("shouwang.simulate")


class Memory(msgspec.Struct):
    """Of the demo. The days need none: one seed gives one day, whenever it is asked for."""

    real: list[str] = []
    """Devices that a real one has stood for."""
    script: tuple[Planned, ...] = ()
    """What was planted for the visitor of the first start."""
    quiet: tuple[int, int] = (0, 0)
    """While that visitor was shown round (from, until in ms) nothing began by itself."""
    transactions: dict[str, int] = {}
    """Session of a car -> the central system's id for it."""


class Demo:
    def __init__(self, site: Site, intake: Intake, folder: Path, started_ms: int) -> None:
        self.site = site
        self.started_ms = started_ms
        self.url = ""
        """Of the central system that the cars' charge points speak to."""
        self._intake = intake
        self._path = folder / "simulate.json"
        self._number = 0
        self._refused = 0
        self.fresh = not self._path.exists()
        self.memory = self._recall()
        self.played = {device.id for device in site.devices} | {source.id for source in site.sources}
        """Whose alarms the demo's guard may see to: not those of a real device, which are real."""
        self.played.difference_update(self.memory.real)

    def tell(self, wire: Wire, now_ms: int) -> None:
        """One record of a device, not waited for: a simulated device has nobody to tell of a refusal."""
        device = self.site.by_id.get(wire.subject)
        if device is not None:
            # The id says when it was told: what is told again after a restart is not taken for the same word.
            again = "" if wire.appended_ms >= self.started_ms else f"/{self.started_ms}"
            self._put(
                device.source, f"simulate{again}/{wire.id}", wire.type, wire.subject, wire.time_ms, now_ms, wire.data
            )

    def order(self, type_: str, subject: str, now_ms: int, **data: Any) -> None:
        """A person's command, as the desk would give it."""
        self._number += 1
        id_ = f"simulate/{self.started_ms}/{self._number}"
        self._put("simulate/guard", id_, type_, subject, now_ms, now_ms, data)

    def leave(self, devices: Iterable[str]) -> None:
        """A real device stands here now. From here on its alarms are no demo."""
        self.memory.real = sorted({*self.memory.real, *devices})
        self.played.difference_update(devices)
        self.remember()

    def _put(
        self, source: str, id_: str, type_: str, subject: str, time_ms: int, now_ms: int, data: dict[str, Any]
    ) -> None:
        value = encode_event(
            id=id_,
            source=source,
            type=type_,
            community=self.site.id,
            subject=subject,
            time_ms=time_ms,
            received_ms=now_ms,
            data=data,
        )
        try:
            self._intake.submit(keys.LOG, self.site.id, value).add_done_callback(self._noted)
        except IntakeRefused as error:
            self._complain(error)

    def remember(self) -> None:
        temporary = self._path.with_suffix(".part")
        try:
            temporary.write_bytes(msgspec.json.encode(self.memory))
            os.replace(temporary, self._path)
        except OSError as error:
            log.warning("the demo will not remember this: %s", error)

    def _recall(self) -> Memory:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=Memory)
        except FileNotFoundError:
            return Memory()
        except (OSError, msgspec.DecodeError) as error:
            log.warning("the demo begins anew: %s", error)
            return Memory()

    def _noted(self, done: Future[None]) -> None:
        error = done.exception()
        if error is not None:
            self._complain(error)

    def _complain(self, error: BaseException) -> None:
        self._refused += 1
        if self._refused & (self._refused - 1) == 0:  # the 1st, 2nd, 4th, 8th ..
            log.warning("%d records refused: %s", self._refused, error)
