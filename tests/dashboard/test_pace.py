"""How often frames go out, and that a screen which goes away costs nothing more."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from dashboard.frames import Channel, Client
from dashboard.hub import FRAME_S, Hub
from store.settings import read_settings
from tests.dashboard.serve import serving, until
from tests.engines.wait import wait_until_async
from tests.layouts.scenes import lanting, normal
from tests.layouts.stage import Stage


def test_a_screen_that_leaves_is_forgotten(redis_url: str, tmp_path: Path) -> None:
    stage = Stage(redis_url, normal())

    async def run() -> None:
        async with serving(redis_url, tmp_path) as web:
            await wait_until_async(lambda: web.hub.connected, 10, "the hub has read the state")
            clients = web.hub.channels[stage.state.site.id].clients
            async with web.stream() as events:
                await until(events, "snap")
                assert len(clients) == 1
            await wait_until_async(lambda: not clients, 5, "nobody looks any more")

    asyncio.run(run())


def test_leaving_wakes_who_waits_and_spares_a_full_queue() -> None:
    async def run() -> None:
        channel = Channel(lanting(), "build")
        idle = Client("zh")
        waiting = asyncio.create_task(channel.next_frame(idle))
        await asyncio.sleep(0)
        idle.leave()
        assert await waiting == b"" and idle.gone
        full = Client("zh")
        while not full.queue.full():
            full.offer(b"frame")
        full.leave()
        assert full.gone

    asyncio.run(run())


class Paced(Channel):
    """Each frame of this community takes the process some time, and has something to show or not."""

    def __init__(self, cost_s: float, shows: bool = True) -> None:
        super().__init__(lanting(), "build")
        self.cost_s, self.shows = cost_s, shows

    def broadcast(self) -> bool:
        until_s = time.process_time() + self.cost_s
        while time.process_time() < until_s:
            pass
        return self.shows


def test_frames_pause_by_what_they_cost() -> None:
    settings = read_settings({})

    async def frames(channel: Paced) -> tuple[int, float]:
        """How many go out while the community changes all the time, and in how many seconds."""
        hub = Hub(settings.redis_url, {}, "build")
        sent = 0
        plain = channel.broadcast

        def counted() -> bool:
            nonlocal sent
            sent += 1
            return plain()

        channel.broadcast = counted  # type: ignore[method-assign]
        sending = asyncio.create_task(hub._frames())
        began_s = time.monotonic()
        while (seconds := time.monotonic() - began_s) < 0.5 or sent < 3:
            hub._dirty.add(channel)
            hub._wake.set()
            await asyncio.sleep(0.001)
        sending.cancel()
        return sent, seconds

    # upper bounds in the seconds that really passed: a busy machine can only send fewer
    sent, seconds = asyncio.run(frames(Paced(0.01)))
    assert sent <= seconds / 0.05 + 2  # a fifth of a core: 10 ms of work, 40 of rest
    sent, seconds = asyncio.run(frames(Paced(0.01, shows=False)))
    assert sent <= seconds / 0.05 + 2  # the same when there was nothing to send
    sent, seconds = asyncio.run(frames(Paced(0)))
    assert sent <= seconds / FRAME_S + 2


def test_what_shows_nothing_delays_nobody() -> None:
    """Four records of five are heartbeats: the press that comes 1 ms after one is on its way at once."""

    async def run() -> float:
        hub = Hub(read_settings({}).redis_url, {}, "build")
        channel = Paced(0, shows=False)
        sending = asyncio.create_task(hub._frames())
        gaps: list[float] = []
        while len(gaps) < 20:
            for _ in range(2):
                looked = asyncio.Event()
                channel.broadcast = lambda looked=looked: looked.set()  # type: ignore[method-assign,misc]
                asked_s = time.monotonic()
                hub._dirty.add(channel)
                hub._wake.set()
                await looked.wait()
            gaps.append(time.monotonic() - asked_s)
        sending.cancel()
        return sorted(gaps)[len(gaps) // 2]

    assert asyncio.run(run()) < FRAME_S / 2
