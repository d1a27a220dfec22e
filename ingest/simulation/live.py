"""The simulated place in real time: today's wires as their moment comes, tomorrow's made before midnight.

All devices of the site speak canonical records through the durable intake; those of chargers for cars go to OCPP
clients instead, which say the same in their own words. Devices do what the house and the desk order.
"""

from __future__ import annotations

import asyncio
import heapq
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from community.actions import ACTIONS
from community.clock import local
from community.model import DEVICE_HEARTBEAT
from community.world.attend import Attendance
from community.world.day import start_ms
from community.world.obey import Obedience
from community.world.photograph import photograph
from community.world.stream import Wire, beating
from ingest.actions import Order
from ingest.simulation import ahead
from ingest.simulation.demo import Demo
from ingest.tasks import ended
from store.blobs import Blobs

log = logging.getLogger("shouwang.simulate")

AHEAD_MS = 15 * 60_000
"""Tomorrow is made so long before it begins."""

NAP_S = 0.05
"""How exactly a record comes at its time; a person cannot tell."""

LATE_MS = 60_000
"""The machine slept, or making the day took long: what is older than this is passed over."""

Tell = Callable[[Wire], None]


class Life:
    def __init__(self, demo: Demo, folder: Path, seed: int, rate: float, elsewhere: Mapping[str, Tell]) -> None:
        """`elsewhere`: source -> who is told what its devices say, instead of the log."""
        self._demo = demo
        self._folder = folder
        self._seed = seed
        self._rate = rate
        self._elsewhere = elsewhere
        self._house = Obedience()
        self._desk = Attendance(demo.site)
        self._blobs = Blobs(folder.parent / "blobs")
        self._answers: list[Wire] = []
        self._mutes: dict[str, list[tuple[int, int, bool]]] = {}

    async def run(self) -> None:
        """Until cancelled."""
        self._folder.mkdir(parents=True, exist_ok=True)
        zone = self._demo.site.timezone
        number = ahead.day_of(self._demo.site, _now_ms())
        path = await self._make(number, _now_ms(), hello=True)
        while True:
            ends_ms = start_ms(zone, number + 1)
            tomorrow = asyncio.ensure_future(self._tomorrow(number + 1, ends_ms))
            try:
                await self._live(ahead.lines(path))
                await _until(ends_ms)
                path.unlink(missing_ok=True)
                path, number = await tomorrow, number + 1
            finally:
                await ended((tomorrow,))

    async def _tomorrow(self, number: int, begins_ms: int) -> Path:
        await _until(begins_ms - AHEAD_MS)
        return await self._make(number, begins_ms)

    async def _make(self, number: int, from_ms: int, hello: bool = False) -> Path:
        path, demo = self._folder / f"{number}.jsonl", self._demo
        began_s = time.monotonic()
        known = demo.memory
        asked = ahead.Asked(
            demo.site, self._seed, self._rate, known.script, number, from_ms, str(path), quiet=known.quiet
        )
        made = await ahead.made(asked)
        log.info("day %d made in %.1f s", number, time.monotonic() - began_s)
        now_ms = _now_ms()
        self._mutes |= made.mutes
        for wire in made.hello if hello else ():
            self._heard(wire)  # knows which sessions run
            # As of the moment the day was asked for: what is said from there on, while it was made too, is newer.
            self._tell(wire, now_ms)
        return path

    async def beats(self) -> None:
        """Signs of life of all devices, each at its own second. Until cancelled."""
        began_ms = _now_ms()
        # All are known within four seconds of the start; then each at its own moment of its period.
        due = [(began_ms + phase % 4000, id_, phase, period) for id_, phase, period in beating(self._demo.site)]
        heapq.heapify(due)
        while due:
            now_ms = _now_ms()
            while due[0][0] <= now_ms:
                _, id_, phase, period = heapq.heappop(due)
                if not any(first <= now_ms < last for first, last, _ in self._mutes.get(id_, ())):
                    wire = Wire(now_ms, f"beat-{id_}-{now_ms}", now_ms, now_ms, DEVICE_HEARTBEAT, id_, {})
                    self._tell(wire, now_ms)
                heapq.heappush(due, (now_ms + period - (now_ms - phase) % period, id_, phase, period))
            await asyncio.sleep(NAP_S)

    async def _live(self, wires: Iterator[Wire]) -> None:
        for wire in wires:
            now_ms = _now_ms()
            if wire.appended_ms < now_ms - LATE_MS and not ahead.lets_in(wire, now_ms - LATE_MS):
                self._heard(wire)
                continue
            while (now_ms := _now_ms()) < wire.appended_ms:
                self._answer(now_ms)
                await asyncio.sleep(min(NAP_S, (wire.appended_ms - now_ms) / 1000))
            if self._heard(wire):
                self._tell(wire, now_ms)

    def _heard(self, wire: Wire) -> bool:
        return self._house.heard(wire) and self._desk.heard(wire)

    def _answer(self, now_ms: int) -> None:
        while self._answers and self._answers[0].appended_ms <= now_ms:
            self._tell(heapq.heappop(self._answers), now_ms)

    def _tell(self, wire: Wire, now_ms: int) -> None:
        device = self._demo.site.by_id.get(wire.subject)
        if device is None:
            return
        elsewhere = self._elsewhere.get(device.source)
        if elsewhere is not None:
            elsewhere(wire)
        else:
            self._demo.tell(wire, now_ms)

    # ---- what the house orders (ingest.actions.Handler)
    def concerns(self, order: Order) -> bool:
        device = self._demo.site.by_id.get(order.subject)
        ours = device is not None and device.source not in self._elsewhere and device.id in self._demo.played
        return order.type in ACTIONS and order.community == self._demo.site.id and ours

    def ready(self, order: Order) -> bool:
        """What is dead, or behind something dead, cannot be told anything."""
        return self.alive(order.subject)

    def alive(self, device: str) -> bool:
        now_ms = _now_ms()
        return not any(first <= now_ms < last for first, last, _ in self._mutes.get(device, ()))

    async def carry_out(self, order: Order) -> None:
        if order.type == "camera.snapshot":
            answers = [await asyncio.to_thread(self._photograph, order)]
        elif order.type == "charging.remote_stop":
            answers = self._house.stop(order.subject, str(order.data.get("session", "")), _now_ms())
        else:
            answers = self._desk.obey(order.type, order.subject, order.data, _now_ms())
        for answer in answers:
            heapq.heappush(self._answers, answer)

    def _photograph(self, order: Order) -> Wire:
        now_ms = _now_ms()
        clock = local(now_ms, self._demo.site.timezone).strftime("%H:%M:%S")
        content = photograph(order.subject, clock, now_ms // 1000 % 140 if now_ms // 60_000 % 3 else -1)
        data = {"hash": self._blobs.put(content), "content_type": "image/png", "size_bytes": len(content)}
        return Wire(now_ms, f"picture-{order.id}", now_ms, now_ms, "camera.picture", order.subject, data)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


async def _until(at_ms: int) -> None:
    """A sleep of the machine does not count."""
    while (left_ms := at_ms - _now_ms()) > 0:
        await asyncio.sleep(min(10.0, left_ms / 1000))
