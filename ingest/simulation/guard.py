"""The demo's guard: sees to the alarms that a visitor leaves lying, so that a demo left alone stays a demo.

A visitor who wants to press 确认 has a minute for it. The guard gives orders as a person does, through the log. What a
real device reports is real: that it leaves to real people.
"""

from __future__ import annotations

import asyncio
import logging
import time
import zlib
from collections.abc import Iterable
from typing import NamedTuple, cast

import msgspec
import redis
from redis.exceptions import RedisError

from community.catalogue import CATALOGUE
from community.model import COMMAND_ACKNOWLEDGE, COMMAND_RESET
from community.state import Alarm, alarm_state
from ingest.simulation.demo import Demo
from store import keys

log = logging.getLogger("shouwang.simulate")

LOOK_S = 5.0
PATIENCE_S = {"P1": 75, "P2": 120, "P3": 180, "P4": 300}
"""Longer than DOMAIN.md asks of guards (30 and 60 s): a newcomer shall find the alarm unacknowledged."""
ON_SITE_S = 240
BY = "post:patrol"


class Order(NamedTuple):
    type: str
    alarm: str
    occurrence: str


def orders(alarms: Iterable[Alarm], now_ms: int) -> list[Order]:
    """What the guard would do now: acknowledge what has waited, end what has been seen to."""
    given: list[Order] = []
    for alarm in alarms:
        jitter_s = zlib.crc32(alarm.occurrence.encode()) % 45
        state = alarm_state(alarm)
        if state in ("unacknowledged", "returned"):
            if now_ms > alarm.activated_ms + 1000 * (PATIENCE_S[alarm.priority] + jitter_s):
                given.append(Order(COMMAND_ACKNOWLEDGE, alarm.key, alarm.occurrence))
        elif state == "acknowledged" and alarm.acknowledged_ms is not None:
            ended = alarm.latched or CATALOGUE[alarm.id].operator_clears
            if ended and now_ms > alarm.acknowledged_ms + 1000 * (ON_SITE_S + jitter_s):
                given.append(Order(COMMAND_RESET, alarm.key, alarm.occurrence))
    return given


class Guard:
    def __init__(self, demo: Demo, redis_url: str) -> None:
        self._demo = demo
        # on the simulator's own loop: half a second is all that a Redis that hangs may cost it
        self._redis = redis.Redis.from_url(redis_url, socket_timeout=0.5, socket_connect_timeout=0.5)
        self._decode = msgspec.json.Decoder(Alarm).decode

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(LOOK_S)
            self.look(time.time_ns() // 1_000_000)

    def look(self, now_ms: int) -> None:
        try:
            stored = cast("list[bytes]", self._redis.hvals(keys.alarms(self._demo.site.id)))
        except (RedisError, OSError) as error:
            log.debug("the guard sees nothing: %s", error)
            return
        alarms = [alarm for alarm in map(self._decode, stored) if alarm.device in self._demo.played]
        for order in orders(alarms, now_ms):
            reason = {"reason": "true"} if order.type == COMMAND_RESET else {}
            self._demo.order(order.type, order.alarm, now_ms, by=BY, occurrence=order.occurrence, **reason)
