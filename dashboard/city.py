"""All communities at one glance: a line each, the worst first, over one stream.

Once a second the lines of all are made afresh and those that differ are sent. A community of which nobody knows how it
is (its clock stands, its state cannot be read) is silent and says since when; nothing else of it is shown as of now.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any

from community.board.line import SILENT
from community.board.naming import clock_time
from community.words import CITY, LANGS, Lang, say

from .frames import Audience, Channel, event

LOOK_S = 1.0
SHARE_S = 0.02
"""After so much work in one go the screens of the communities get their turn."""
BEATS = 2
"""Every so many looks a heartbeat says that the lines are of now, also where nothing has changed."""

Lines = dict[str, dict[str, Any]]


class City(Audience):
    def __init__(self, channels: Mapping[str, Channel], build: str) -> None:
        super().__init__()
        self._channels = channels
        self._build = build
        self._lines: dict[Lang, Lines] = {}

    async def run(self) -> None:
        """For ever; while nobody looks it does nothing."""
        looks = 0
        while True:
            await asyncio.sleep(LOOK_S)
            looks += 1
            for lang in LANGS:
                if any(client.face.lang == lang for client in self.clients):
                    await self._look(lang)
                else:
                    self._lines.pop(lang, None)
            if looks % BEATS == 0 and self.clients:
                self.send(self.clients, event("hb", "", {}))

    async def _look(self, lang: Lang) -> None:
        before = self._lines.get(lang, {})
        now: Lines = {}
        began_s = time.monotonic()
        for id_, channel in self._channels.items():
            now[id_] = line_of(channel, lang)
            if time.monotonic() - began_s > SHARE_S:
                await asyncio.sleep(0)
                began_s = time.monotonic()
        self._lines[lang] = now
        changed = {id_: line for id_, line in now.items() if line != before.get(id_)}
        for face in {client.face for client in self.clients if client.face.lang == lang}:
            theirs = self._aged(changed, face.mine)
            if theirs:
                watching = [client for client in self.clients if client.face == face]
                self.send(watching, event("delta", "", {"lines": theirs}))

    def snapshot(self, lang: Lang, visit: bool = False, mine: frozenset[str] | None = None) -> bytes:
        lines = self._lines.get(lang)
        if lines is None:
            lines = self._lines[lang] = {id_: line_of(channel, lang) for id_, channel in self._channels.items()}
        return event("snap", "", {"build": self._build, "lines": self._aged(lines, mine)})

    def _aged(self, lines: Lines, mine: frozenset[str] | None) -> Lines:
        """Those that may be seen, with how long ago it began by the community's own clock: the page counts on."""
        return {
            id_: line | {"ago_ms": _ago_ms(self._channels[id_], line)}
            for id_, line in lines.items()
            if mine is None or id_ in mine
        }


def line_of(channel: Channel, lang: Lang) -> dict[str, Any]:
    return channel.line(lang) or _silent(channel, lang)


def _silent(channel: Channel, lang: Lang) -> dict[str, Any]:
    clock_ms = channel.clock_ms
    last = clock_time(channel.site, clock_ms, seconds=True) if clock_ms else ""
    return {
        "name": channel.site.name.get(lang),
        "order": [SILENT, 0, 0, clock_ms],
        "look": "lost",
        "symbol": "lost",
        "p": 0,
        "badge": "",
        "title": CITY["silent"].get(lang),
        "place": "",
        "line": say(CITY["silent_since"], lang, last) if last else CITY["never"].get(lang),
        "since_ms": clock_ms or None,
        "right": "",
        "counts": [None, None, None, None],
    }


def _ago_ms(channel: Channel, line: dict[str, Any]) -> int | None:
    if line["since_ms"] is None:
        return None
    if line["look"] == "lost":
        return channel.still_ms()
    return int(channel.clock_ms - line["since_ms"])
