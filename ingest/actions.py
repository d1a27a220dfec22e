"""Orders to devices, out of `community.actions`: each is carried out at most once, whatever is killed when.

An order is *claimed* in Redis (SET NX) before anything is sent; whoever finds a claim that is not its own leaves the
order alone. A gateway claims only when it can send: the device is there. What has expired is dropped. A kill between
claim and sending loses the order: the fold reports it as expired, and a person orders again.
"""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

import msgspec
from redis.exceptions import RedisError

from community.model import BadRecord, Position, decode
from store import keys
from store.log import Entry, LogReader, LogUnavailable
from store.log.open import open_reader
from store.log.streams import connect
from store.settings import Settings

log = logging.getLogger("shouwang.orders")

T = TypeVar("T")

POLL_MS = 500
LOOK_S = 0.05
"""How often it is looked whether the device has come. A person waits for the effect."""

CLAIM_KEPT_MS = 3_600_000
"""A claim outlives its order by an hour: longer than any clock difference that would let the order live again."""

LIFE_MS = 30_000
"""Of an order that names no expiry."""


class Order(msgspec.Struct, frozen=True):
    id: str
    type: str
    """`charging.remote_stop`"""
    community: str
    subject: str
    expires_ms: int
    data: dict[str, Any]


class Handler(Protocol):
    def concerns(self, order: Order) -> bool:
        """Is it for a device of this gateway?"""
        ...

    def ready(self, order: Order) -> bool:
        """Could it be sent at this moment?"""
        ...

    async def carry_out(self, order: Order) -> None:
        """Sends it, once. Raises nothing that is not a bug."""
        ...


class Orders:
    """One reader of the actions; several orders may wait for their devices at once."""

    def __init__(self, settings: Settings, group: str, handler: Handler) -> None:
        self._settings = settings
        self._group = group
        self._handler = handler
        self._redis = connect(settings.redis_url)
        self._open: dict[int, dict[Position, bool]] = {}
        """Partition -> positions read and not committed, oldest first; True: settled."""
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Until cancelled. While the log is away it waits."""
        reader: LogReader | None = None
        try:
            while True:
                try:
                    if reader is None:
                        reader = await asyncio.to_thread(open_reader, self._settings, keys.ACTIONS, self._group)
                    self._begin(await _to_its_end(reader.poll, POLL_MS))
                    await _to_its_end(reader.commit, self._settled())
                except LogUnavailable as error:
                    log.warning("no orders: %s", error)
                    await asyncio.sleep(1.0)
                for task in [task for task in self._tasks if task.done()]:
                    self._tasks.discard(task)
                    task.result()
        finally:
            for task in self._tasks:
                task.cancel()
            if reader is not None:
                reader.close()

    def _begin(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            waiting = self._open.setdefault(entry.position.partition, {})
            if entry.position in waiting:
                continue
            order = read_order(entry)
            waiting[entry.position] = order is None
            if order is not None:
                self._tasks.add(asyncio.create_task(self._settle(order, entry.position)))

    def _settled(self) -> dict[int, Position]:
        """The newest position of each partition up to which every order is settled."""
        done: dict[int, Position] = {}
        for partition, waiting in self._open.items():
            while waiting:
                position, settled = next(iter(waiting.items()))
                if not settled:
                    break
                done[partition] = position
                del waiting[position]
        return done

    async def _settle(self, order: Order, position: Position) -> None:
        """Settled is what is claimed, expired or not ours: only then may the position be passed."""
        ours = self._handler.concerns(order) and await self._claimed_when_ready(order)
        self._open[position.partition][position] = True
        if ours:
            await self._handler.carry_out(order)

    async def _claimed_when_ready(self, order: Order) -> bool:
        token = f"{self._group}/{uuid.uuid4().hex}"  # of this reading: the relay may write an order twice
        while time.time_ns() // 1_000_000 < order.expires_ms:
            if self._handler.ready(order):
                try:
                    return await asyncio.to_thread(self._claim, order, token)
                except (RedisError, OSError) as error:
                    log.warning("order %s is not claimed yet: %s", order.id, error)
                    await asyncio.sleep(0.5)
            await asyncio.sleep(LOOK_S)
        log.warning("order %s for %s has expired", order.id, order.subject)
        return False

    def _claim(self, order: Order, token: str) -> bool:
        """Raises RedisError or OSError when Redis does not say; asking again is safe, the token tells our own claim."""
        name = keys.claim(order.community, order.id)
        life_ms = max(0, order.expires_ms - time.time_ns() // 1_000_000) + CLAIM_KEPT_MS
        if self._redis.set(name, token, nx=True, px=life_ms):
            return True
        mine = self._redis.get(name) == token.encode()
        if not mine:
            log.warning("order %s was claimed before: it is not sent again", order.id)
        return mine


async def _to_its_end(call: Callable[..., T], *args: Any) -> T:
    """In a thread; a cancellation waits for it, so that nobody closes a reader that is being read."""
    running = asyncio.ensure_future(asyncio.to_thread(call, *args))
    told: asyncio.CancelledError | None = None
    while not running.done():  # a cancellation may come again
        try:
            await asyncio.wait([running])
        except asyncio.CancelledError as cancelled:
            told = cancelled
    if told is not None:
        raise told
    return running.result()


def read_order(entry: Entry) -> Order | None:
    """None for what is no order at all: the relay writes only orders, so a stranger wrote it."""
    try:
        record = decode(entry.value, position=entry.position, appended_ms=entry.appended_ms, headers=entry.headers)
    except BadRecord as error:
        log.warning("no order: %s", error)
        return None
    expires = record.data.get("expires_ms")
    expires_ms = expires if isinstance(expires, int) else record.time_ms + LIFE_MS
    return Order(record.id, record.type, record.community, record.subject, expires_ms, record.data)
