"""The voice of the tour: one caption at a time in Redis, which the pages' heartbeats carry, and the visitor's wish."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import cast

import msgspec
import redis

from community.tour_words import TOUR
from store import keys

LOOK_S = 0.25

CAPTION_LIFE_S = 180
"""A tour that was killed leaves no caption standing."""


class Skipped(Exception):
    """The visitor wants no more of it."""


class Guide:
    """`pace` shortens every pause (1: as written); waiting for the visitor and for devices it leaves alone."""

    def __init__(self, client: redis.Redis, community: str, pace: float = 1.0) -> None:
        self._redis = client
        self._community = community
        self._pace = pace
        self._scene = self._of = 0

    def scene(self, number: int, of: int) -> None:
        self._scene, self._of = number, of

    def say(self, word: str, zh: tuple[object, ...] = (), en: tuple[object, ...] | None = None) -> None:
        """Puts a caption of TOUR on every page; `en` where its blanks differ from the Chinese ones."""
        text = TOUR[word]
        caption = {
            "scene": self._scene,
            "of": self._of,
            "word": word,
            "zh": text.zh.format(*zh),
            "en": text.en.format(*(zh if en is None else en)),
            "buttons": {name: {"zh": TOUR[name].zh, "en": TOUR[name].en} for name in ("next", "skip")},
        }
        self._put(msgspec.json.encode(caption))

    def _put(self, caption: bytes) -> None:
        """Empty: none. The pages' next heartbeat carries it; the channel of the same name has that heartbeat go now."""
        key = keys.tour(self._community)
        if caption:
            self._redis.set(key, caption, ex=CAPTION_LIFE_S)
        else:
            self._redis.delete(key)
        self._redis.publish(key, caption)

    def silence(self) -> None:
        self._redis.delete(keys.tour_wish(self._community))
        self._put(b"")

    def wish(self) -> str:
        """What the visitor asked for since the last look: start, next, again or nothing. Raises Skipped."""
        said = cast("bytes | None", self._redis.getdel(keys.tour_wish(self._community)))
        wish = said.decode() if said else ""
        if wish == "skip":
            raise Skipped
        return wish

    async def pause(self, seconds: float) -> None:
        """Time to read; 'next' ends it."""
        await self.until(lambda: False, seconds * self._pace)

    async def until(self, happened: Callable[[], bool], at_most_s: float) -> bool:
        """Whether it happened in time; 'next' ends the wait as well. Raises Skipped."""
        ends_s = time.monotonic() + at_most_s
        while not (there := happened()) and time.monotonic() < ends_s:
            if self.wish() == "next":
                break
            await asyncio.sleep(LOOK_S)
        return there

    async def invited(self) -> None:
        """Until a page is open that shows the first caption."""
        self.say("waiting")
        while self.wish() not in ("start", "again"):
            self.say("waiting")
            await asyncio.sleep(4 * LOOK_S)

    async def asked_again(self) -> None:
        """Until somebody wants to see it once more."""
        while True:
            try:
                if self.wish() == "again":
                    return
            except Skipped:
                pass
            await asyncio.sleep(4 * LOOK_S)
