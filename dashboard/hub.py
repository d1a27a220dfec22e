"""The process's one view of Redis: one subscription for all communities, applied in memory, sent as frames.

Subscribe first, then read, so that nothing falls between; a delta that does not continue the state means a gap, and
the whole is read again. Frames go out at most 60 times a second, the first of a burst at once, and less often as they
grow costly (many screens, a large community).

A community that cannot be read or drawn is silent (no frame, no heartbeat: its screens say 数据中断) and is tried again
every two seconds, while the others go on. A job that ends although nobody ended it takes the process with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence

import redis.asyncio
from redis.exceptions import RedisError

from community.model import Position
from community.site import Site
from store import keys
from store.kpis import Kept, KpiReader
from store.live import LiveCorrupt, LiveUnavailable, apply_delta, load

from .city import City
from .frames import STILL_MS, Channel

logger = logging.getLogger("shouwang.web")

FRAME_S, LONGEST_FRAME_S = 0.016, 0.1
"""A screen paints 60 times a second: what waits longer is seen later, what is sent more often is never seen."""
FRAME_SHARE = 0.2
"""Of a core: a frame that cost this process 4 ms, sending included, is followed by the next after 20 ms."""
BEAT_S = 2.0
AT_ONCE = 100
"""Communities that are asked after in one round trip: a thousand of them one by one would take a third of the beat."""
RETRY_S = (0.2, 0.5, 1.0, 2.0, 5.0)
WISH_S = 30
"""A wish that no tour has heard for so long is not meant any more."""
REDIS_TIMEOUT_S = 3.0
"""A heartbeat that takes longer would miss its own beat."""


def end_process() -> None:
    """At once: an orderly end could hang on the very thing that broke. The supervisor starts the process again."""
    sys.stderr.flush()
    os._exit(1)


class Hub:
    def __init__(self, redis_url: str, sites: Mapping[str, Site], build: str) -> None:
        self.die: Callable[[], None] = end_process
        self.on_described: Callable[[], None] = lambda: None
        """Told when another description of a community has come into force."""
        self._url = redis_url
        self.channels = {id_: Channel(site, build) for id_, site in sites.items()}
        self._by_topic = {keys.delta(id_).encode(): channel for id_, channel in self.channels.items()}
        self._tours = {keys.tour(id_).encode(): channel for id_, channel in self.channels.items()}
        self.city = City(self.channels, build)
        self._dirty: set[Channel] = set()
        self._wake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._kpis = KpiReader()
        self.connected = False
        self.reloads = 0

    async def start(self) -> None:
        self._redis = redis.asyncio.from_url(
            self._url, socket_timeout=REDIS_TIMEOUT_S, socket_connect_timeout=REDIS_TIMEOUT_S, health_check_interval=5
        )
        for job in (self._follow, self._frames, self._beats, self.city.run):
            task = asyncio.create_task(job(), name=job.__name__)
            self._tasks.append(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Without any one of the jobs the screens would show an old picture that looks alive."""
        if not task.cancelled():
            logger.critical("%s ended; so does the process", task.get_name(), exc_info=task.exception())
            self.die()

    async def stop(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._redis.aclose()

    async def _follow(self) -> None:
        """Reads deltas for ever; when Redis is away, comes back and reads everything again."""
        attempt = 0
        while True:
            try:
                async with self._redis.pubsub() as subscription:
                    await subscription.subscribe(*self._by_topic, *self._tours)
                    for channel in self.channels.values():
                        await self._load(channel)
                    self.connected, attempt = True, 0
                    await self._listen(subscription)
            except (RedisError, OSError, LiveUnavailable) as error:
                self.connected = False
                logger.warning("Redis is away: %s", error)
            await asyncio.sleep(RETRY_S[min(attempt, len(RETRY_S) - 1)])
            attempt += 1

    async def _listen(self, subscription: redis.asyncio.client.PubSub) -> None:
        while True:
            message = await subscription.get_message(ignore_subscribe_messages=True, timeout=None)
            if message is None:
                continue
            toured = self._tours.get(message["channel"])
            if toured is not None:
                await self._beat([toured])
                continue
            channel = self._by_topic.get(message["channel"])
            if channel is not None and channel.state is not None and not channel.broken:
                await self._apply(channel, message["data"])

    async def _load(self, channel: Channel) -> None:
        """Reads the whole of one community. Raises LiveUnavailable."""
        try:
            fresh = await load(self._redis, channel.site)
        except LiveCorrupt as error:
            channel.fail("its live state cannot be read", error)
        else:
            before = channel.site
            channel.replace(fresh)
            if channel.site is not before and channel.site != before:
                logger.info("%s is described anew", channel.site.id)
                self.on_described()

    async def _apply(self, channel: Channel, message: bytes) -> None:
        assert channel.state is not None
        clock_ms = channel.clock_ms
        try:
            applied = apply_delta(channel.state, message)
        except LiveCorrupt as error:
            logger.warning("the whole of it is read again: %s", error)
            applied = None
        if applied is None:
            position = (await self._redis.hget(keys.meta(channel.site.id), "position") or b"").decode(
                "utf-8", "replace"
            )
            if position == channel.revision:
                return  # an older delta, from before the state was read
            self.reloads += 1
            await self._load(channel)
        else:
            channel.refused.extend(applied.refused)
        if channel.clock_ms > clock_ms:
            channel.moved_at = time.monotonic()
        self._dirty.add(channel)
        self._wake.set()

    async def _frames(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            dirty, self._dirty = self._dirty, set()
            began_s = time.process_time()
            sent = [channel.broadcast() for channel in dirty]
            if not any(sent):  # what was not sent makes nobody wait for what comes next
                await asyncio.sleep((time.process_time() - began_s) / FRAME_SHARE)
                continue
            await asyncio.sleep(FRAME_S)  # meanwhile the screens' tasks have sent it
            spent_s = time.process_time() - began_s
            await asyncio.sleep(min(spent_s / FRAME_SHARE, LONGEST_FRAME_S) - FRAME_S)

    async def _beats(self) -> None:
        """Says every two seconds what Redis itself holds, so that a page can tell a dead worker from a quiet night."""
        while True:
            await asyncio.sleep(BEAT_S)
            whole = [channel for channel in self.channels.values() if not channel.broken]
            for begin in range(0, len(whole), AT_ONCE):
                await self._beat(whole[begin : begin + AT_ONCE])
            for channel in self.channels.values():
                if channel.broken:  # a heartbeat would say that its picture is of now
                    with contextlib.suppress(LiveUnavailable):
                        await self._load(channel)

    async def _beat(self, channels: Sequence[Channel]) -> None:
        """Position and clock in Redis now, in one round trip for all of them, and what the demo's tour says (nothing,
        elsewhere). While Redis does not answer, what was known last, which stands still."""
        try:
            async with self._redis.pipeline(transaction=False) as pipe:
                for channel in channels:
                    pipe.hmget(keys.meta(channel.site.id), "position", "clock_ms")
                    pipe.get(keys.tour(channel.site.id))
                told = await pipe.execute()
        except (RedisError, OSError):
            told = [(None, None), None] * len(channels)
        for channel, stored, caption in zip(channels, told[::2], told[1::2], strict=True):
            if channel.broken:  # it became so while Redis answered
                continue
            try:
                held = self._held(channel, *stored)
            except ValueError as error:
                channel.fail("its live state cannot be read", error)
            else:
                channel.beat(*held, caption or b"")

    def _held(self, channel: Channel, position: bytes | None, clock: bytes | None) -> tuple[str, int]:
        """Raises ValueError where what is stored is neither a position nor a clock."""
        if position is None or clock is None:
            return channel.revision, channel.clock_ms
        revision = position.decode()
        if _ahead(revision, channel.revision):
            self._suspect(channel, revision)
        return revision, int(clock)

    def _suspect(self, channel: Channel, revision: str) -> None:
        """A stored position ahead of ours is either a delta on its way or one that was lost."""

        async def look_again() -> None:
            await asyncio.sleep(BEAT_S / 2)
            if _ahead(revision, channel.revision):
                with contextlib.suppress(LiveUnavailable):
                    self.reloads += 1
                    await self._load(channel)
                    self._dirty.add(channel)
                    self._wake.set()

        def looked(task: asyncio.Task[None]) -> None:
            self._tasks.remove(task)
            if not task.cancelled() and task.exception() is not None:
                self._ended(task)

        task = asyncio.create_task(look_again(), name="look_again")
        self._tasks.append(task)
        task.add_done_callback(looked)

    async def wish(self, community: str, wish: str) -> None:
        """Tells the demo's tour what a visitor wants. Raises RedisError or OSError."""
        await self._redis.set(keys.tour_wish(community), wish, ex=WISH_S)

    def lost(self, channel: Channel) -> bool:
        """Whether what is known of it is not of now: the feed is away, or the community's clock stands (数据中断)."""
        return bool(channel.broken) or not self.connected or channel.still_ms() > STILL_MS

    @property
    def sites(self) -> dict[str, Site]:
        """Community -> the description in force."""
        return {id_: channel.site for id_, channel in self.channels.items()}

    async def dead_letters(self) -> dict[str, int]:
        """Counted by reason, for /metrics. Raises RedisError or OSError."""
        stored = await self._redis.hgetall(keys.COUNTERS)
        return {name.decode(): int(value) for name, value in stored.items()}

    async def history(self) -> dict[str, int]:
        """What the history process says of itself, for /metrics. Raises RedisError or OSError."""
        stored = await self._redis.hgetall(keys.HISTORY)
        return {name.decode(): int(value) for name, value in stored.items()}

    async def kpis(self, channel: Channel) -> Kept | None:
        """What is counted of the community's journal; None: nothing yet. Raises LiveUnavailable, LiveCorrupt."""
        return await self._kpis.read(self._redis, channel.site)


def _ahead(stored: str, ours: str) -> bool:
    return stored != ours and (not ours or Position.parse(stored) > Position.parse(ours))
