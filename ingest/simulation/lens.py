"""What the simulated cameras show to whoever watches: their drawing, its clock running, somebody walking through."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable

from community.clock import local
from community.world.photograph import photograph
from ingest.simulation.demo import Demo

EVERY_S = 0.25
STEPS = 140
"""Somebody walks through the picture in 35 seconds, and begins anew."""


class Lens:
    """A `Film` (ingest/gateways/showing.py)."""

    def __init__(self, demo: Demo, alive: Callable[[str], bool]) -> None:
        """`alive`: a camera that is dead, or behind something dead, goes on without a picture."""
        self._demo = demo
        self._alive = alive

    def cameras(self, community: str) -> Iterable[str]:
        site = self._demo.site
        if community != site.id:
            return ()
        return [one.id for one in site.devices if one.kind == "camera" and one.id in self._demo.played]

    async def pictures(self, community: str, camera: str) -> AsyncIterator[bytes]:
        while True:
            now_ms = time.time_ns() // 1_000_000
            if self._alive(camera):
                clock = local(now_ms, self._demo.site.timezone).strftime("%H:%M:%S")
                step = now_ms // round(1000 * EVERY_S) % STEPS
                yield await asyncio.to_thread(photograph, camera, clock, step)
            await asyncio.sleep(EVERY_S)
