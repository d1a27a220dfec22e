"""What the simulated devices share: the site, the way in, chance by device, and a memory over a restart."""

from __future__ import annotations

import logging
import os
import random
from collections.abc import Iterable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import msgspec

from community.model import encode_event
from community.site import Device, Site
from ingest.intake import Intake, IntakeRefused
from ingest.simulation.sessions import Session
from store import keys

log = logging.getLogger("shouwang.simulate")


class Memory(msgspec.Struct):
    """Of the demo: a restart goes on with the same cars and bikes, and does not press SOS anew."""

    sessions: dict[str, Session] = {}
    """Connector or port -> its session."""
    real: list[str] = []
    """Devices that a real one has stood for."""
    next_sos_ms: int = 0
    presses: int = 0


class Scene:
    def __init__(self, site: Site, intake: Intake, folder: Path, seed: int, rate: float, started_ms: int) -> None:
        self.site = site
        self.rate = rate
        self.started_ms = started_ms
        self.url = ""
        """Of the central system that the cars' charge points speak to."""
        self._intake = intake
        self._path = folder / "simulate.json"
        self._seed = seed
        self._number = 0
        self._refused = 0
        self.fresh = not self._path.exists()
        self.memory = self._recall()
        self.played = {device.id for device in site.devices} | {source.id for source in site.sources}
        """Whose alarms the demo's guard may see to: not those of a real device, which are real."""
        self.played.difference_update(self.memory.real)

    def chance(self, name: str) -> random.Random:
        """The same seed gives the same life to the same device."""
        return random.Random(f"{self._seed}/{name}")

    def of_kind(self, kind: str) -> list[Device]:
        return [device for device in self.site.devices if device.kind == kind]

    def say(self, device: Device, type_: str, now_ms: int, **data: Any) -> None:
        """One canonical record of a device, not waited for: a simulated device has nobody to tell of a refusal."""
        self._put(device.source, type_, device.id, now_ms, data)

    def leave(self, devices: Iterable[str]) -> None:
        """A real device stands here now. From here on its alarms are no demo."""
        self.memory.real = sorted({*self.memory.real, *devices})
        self.played.difference_update(devices)
        self.remember()

    def order(self, type_: str, subject: str, now_ms: int, **data: Any) -> None:
        """A person's command, as the desk would give it."""
        self._put("simulate/guard", type_, subject, now_ms, data)

    def _put(self, source: str, type_: str, subject: str, now_ms: int, data: dict[str, Any]) -> None:
        self._number += 1
        value = encode_event(
            id=f"simulate/{self.started_ms}/{self._number}",
            source=source,
            type=type_,
            community=self.site.id,
            subject=subject,
            time_ms=now_ms,
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
