"""What a screen may say of each device now, kept between frames so that a frame costs what has changed.

A wall looks at thousands of devices twenty times a second, and almost none of them changed since the last look. The
lens remembers each device's view with the moment it expires; everything it says can be recomputed from the state.
"""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from .. import systems
from ..numbers import House
from ..site import Device, Site
from ..state import (
    DeviceState,
    Freshness,
    State,
    feed_since_ms,
    freshness,
    period_ms,
    presence_of,
    source_freshness,
)

UNKNOWN = "unknown"

CLOSED_CHARGER = frozenset(("Unavailable", "Faulted"))
"""A charger in one of these frees nobody, whatever its connectors said before."""


class View(NamedTuple):
    tile: str
    said: str
    """What it last said: online, offline, free, use, full, off, fault; '' nothing that counts."""
    now: str
    """The same as far as it is sure now, else `unknown`."""
    fresh: Freshness
    seen_ms: int


class _Entry(NamedTuple):
    device: DeviceState
    presence: DeviceState
    feed: tuple[Freshness, int]
    until_ms: int
    view: View


class Lens:
    """One per community and process. `look` brings it up to the state; the rest only reads."""

    def __init__(self, site: Site) -> None:
        self._described = {d.id: tile_of(d) for d in site.devices}
        self.totals: Counter[str] = Counter(tile for tile in self._described.values() if tile)
        self.sources = {
            tile: frozenset(d.source for d in site.devices if self._described[d.id] == tile) for tile in self.totals
        }
        """Which feeds a tile lives on."""
        self._start(None)

    def _start(self, state: State | None) -> None:
        self._state = state
        self._entries: dict[str, _Entry] = {}
        self.said: dict[str, Counter[str]] = {tile: Counter() for tile in self.totals}
        self.now: dict[str, Counter[str]] = {tile: Counter() for tile in self.totals}
        self.late: Counter[str] = Counter()
        self.extra: Counter[str] = Counter()
        """Devices that report though nobody described them: they count, by tile."""
        self.odd: dict[str, str] = dict.fromkeys(self._described, UNKNOWN)
        """Device id -> stale / unknown / off; a device that is not in it is as it should be."""

    def look(self, state: State) -> None:
        if state is not self._state:
            self._start(state)
        feeds = {s.id: (source_freshness(state, s.id), feed_since_ms(state, s.id)) for s in state.site.sources}
        nowhere: tuple[Freshness, int] = ("unknown", 0)
        clock_ms, devices, entries = state.clock_ms, state.devices, self._entries
        for device in devices.values():
            presence = devices.get(device.parent, device) if device.parent else device
            feed = feeds.get(device.source, nowhere)
            entry = entries.get(device.id)
            if (
                entry is None
                or entry.device is not device
                or entry.presence is not presence
                or entry.until_ms <= clock_ms
                or entry.feed != feed
            ):
                self._renew(state, device, feed, entry)

    def known(self, tile: str, word: str) -> int:
        return self.now[tile][word]

    def total(self, tile: str) -> int:
        return self.totals[tile] + self.extra[tile]

    def unknown(self, tile: str) -> int:
        """Devices whose state is not sure now, those never heard from among them."""
        sure = sum(n for word, n in self.now[tile].items() if word != UNKNOWN)
        return self.total(tile) - sure

    def heard(self, tile: str) -> bool:
        return any(n for n in self.now[tile].values())

    def oldest_ms(self, tile: str) -> int | None:
        """The oldest sample among those that make up the tile's figure."""
        seen = [e.view.seen_ms for e in self._entries.values() if e.view.tile == tile and e.view.now != UNKNOWN]
        return min(seen, default=None)

    def newest_ms(self, tile: str) -> int | None:
        """The newest sample of the tile: how old its figure is at least, once the feed is gone."""
        return max((e.view.seen_ms for e in self._entries.values() if e.view.tile == tile), default=None)

    def devices_unknown(self) -> int:
        return sum(self.unknown(tile) for tile in self.totals)

    def _renew(self, state: State, device: DeviceState, feed: tuple[Freshness, int], before: _Entry | None) -> None:
        presence = presence_of(state, device)
        view = look_at(state, device, presence)
        until_ms = _until_ms(state.site.house, state.clock_ms, presence, feed[1], period_ms(state, presence))
        self._entries[device.id] = _Entry(device, presence, feed, until_ms, view)
        if before is not None:
            self._count(before.view, -1)
        elif device.id not in self._described and view.tile:
            self.extra[view.tile] += 1
        self._count(view, 1)
        look = odd(view)
        if look:
            self.odd[device.id] = look
        else:
            self.odd.pop(device.id, None)

    def _count(self, view: View, step: int) -> None:
        if view.tile:
            self.said.setdefault(view.tile, Counter())[view.said] += step
            self.now.setdefault(view.tile, Counter())[view.now] += step
            if view.fresh == "late":
                self.late[view.tile] += step


def tile_of(device: Device | DeviceState) -> str:
    """Which tile counts the device; '' none (a charger counts by its connectors, a recorder is no camera)."""
    tile = systems.tile_of(device.system, device.kind)
    return tile.id if tile is not None else ""


def look_at(state: State, device: DeviceState, presence: DeviceState) -> View:
    fresh = freshness(state, device)
    age_ms = state.clock_ms - presence.seen_ms
    period = period_ms(state, presence)
    house = state.site.house
    if fresh in ("fresh", "late") and age_ms > house.late_periods * period:
        # The feed came back but this device has not spoken yet: it is not silent, and we do not know how it is.
        fresh = "late" if age_ms <= house.stale_periods * period else "unknown"
    tile = systems.tile_of(device.system, device.kind)
    reader = tile or systems.any_tile(device.system)
    said = reader.says(device) if reader is not None else "ready"
    sure = fresh == "fresh" or (fresh == "late" and (reader is None or said not in reader.doubtful))
    if said == "free" and presence is not device and presence.values.get("status") in CLOSED_CHARGER:
        sure = False
    return View(tile.id if tile is not None else "", said, said if sure and said else UNKNOWN, fresh, presence.seen_ms)


def odd(view: View) -> str:
    """How the map draws it: '' normal, `stale` silent by itself, `unknown`, `off` says so itself."""
    if view.fresh in ("stale", "unknown"):
        return view.fresh
    return "off" if view.now in ("offline", "off", "fault") else ""


def _until_ms(house: House, clock_ms: int, presence: DeviceState, since_ms: int, period: int) -> int:
    edges = [
        start + int(periods * period) + 1
        for start in (presence.seen_ms, since_ms)
        for periods in (house.late_periods, house.stale_periods)
    ]
    return min((edge for edge in edges if edge > clock_ms), default=1 << 62)
