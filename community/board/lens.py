"""What a screen may say of each device now, kept between frames so that a frame costs what has changed.

A wall looks at thousands of devices twenty times a second, and almost none of them changed since the last look. The
lens remembers each device's view with the moment it expires; everything it says can be recomputed from the state.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from .. import systems
from ..freshness import Freshness, feed_since_ms, freshness, period_ms, presence_of, source_freshness
from ..numbers import House
from ..phones import PHONE
from ..site import Site
from ..state import DeviceState, State
from ..systems.access import PASSES
from ..systems.tile import LEFT_OUT, Tile
from .naming import stands_alone

UNKNOWN = "unknown"

CLOSED_CHARGER = frozenset(("Unavailable", "Faulted"))
"""A charger in one of these frees nobody, whatever its connectors said before."""


class Read(NamedTuple):
    tile: str
    said: str
    """What the device last said, in the tile's words: online, offline, free, use, full, off, fault; '' none of them."""
    now: str
    """The same as far as it is sure now, else `unknown`."""


class View(NamedTuple):
    reads: tuple[Read, ...]
    """One for each tile that counts the device; none for one that nobody has described."""
    now: str
    fresh: Freshness
    seen_ms: int
    """How old it is. What speaks only when something happens is as old as the last beat of its feed."""


class _Entry(NamedTuple):
    device: DeviceState
    presence: DeviceState
    feed: tuple[Freshness, int]
    until_ms: int
    view: View


class Lens:
    """One per community and process. `look` brings it up to the state; the rest only reads."""

    def __init__(self, site: Site) -> None:
        self._describe(site)
        self._start(None)

    def _describe(self, site: Site) -> None:
        self._site = site
        self.tiles = {d.id: systems.tiles_of(d.system, d.kind, d) for d in site.devices}
        """The tiles that count each described device."""
        self.totals: Counter[str] = Counter(tile.id for tiles in self.tiles.values() for tile in tiles)
        self.sources: dict[str, frozenset[str]] = {}
        """Which feeds a tile lives on."""
        self.behind: dict[str, list[str]] = {}
        """Device -> the tiles of what hangs on it."""
        self._optional = {s.id for s in site.sources if not s.required}
        self._on_plan = {d.id for d in site.devices if stands_alone(d)}
        self.door_feeds = frozenset(d.source for d in site.devices if d.system == "access")
        self._site_source = {d.id: d.source for d in site.devices}
        self._awaited: Counter[str] = Counter()
        for device in site.devices:
            tiles = self.tiles[device.id]
            for tile in tiles:
                self.sources[tile.id] = self.sources.get(tile.id, frozenset()) | {device.source}
                shown = self.behind.setdefault(device.parent, []) if device.parent else []
                if tile.id not in shown:
                    shown.append(tile.id)
            if tiles and not tiles[0].quiet:
                self._awaited[device.source] += 1

    def _start(self, state: State | None) -> None:
        self._state = state
        self._entries: dict[str, _Entry] = {}
        self.said: dict[str, Counter[str]] = {tile: Counter() for tile in self.totals}
        self.now: dict[str, Counter[str]] = {tile: Counter() for tile in self.totals}
        self.late: Counter[str] = Counter()
        self.strangers: Counter[str] = Counter()
        """Devices that report though nobody described them, by tile. They are said, and counted nowhere else: whoever
        can write into the log must not be able to make a figure of the wall larger."""
        self.tallied: dict[str, set[str]] = {}
        """Tile -> devices whose memory makes up its figure, strangers among them."""
        self._sure: Counter[str] = Counter()
        self._passes: dict[int, int] | None = None
        self.odd: dict[str, str] = dict.fromkeys(self._on_plan, UNKNOWN)
        """Device on the plan -> stale / unknown / off; a device that is not in it is as it should be."""

    def look(self, state: State) -> None:
        if state.site is not self._site:
            self._describe(state.site)
            self._start(state)
        elif state is not self._state:
            self._start(state)
        feeds = {s.id: (source_freshness(state, s.id), feed_since_ms(state, s.id)) for s in state.site.sources}
        nowhere: tuple[Freshness, int] = ("unknown", 0)
        clock_ms, devices, entries = state.clock_ms, state.devices, self._entries
        for device in devices.values():
            presence = presence_of(state, device)
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

    def on_plan(self, device_id: str) -> bool:
        """Whether the plan draws the device itself, in the open."""
        return device_id in self._on_plan

    def known(self, tile: str, *words: str) -> int:
        return sum(self.now[tile][word] for word in words) if tile in self.now else 0

    def total(self, tile: str) -> int:
        return self.totals[tile] - (self.said[tile][LEFT_OUT] if tile in self.said else 0)

    def unknown(self, tile: str) -> int:
        """Devices whose state is not sure now, those never heard from among them."""
        if tile not in self.now:
            return 0
        return self.totals[tile] - sum(n for word, n in self.now[tile].items() if word != UNKNOWN)

    def heard(self, tile: str) -> bool:
        return bool(self.strangers[tile]) or any(self.now.get(tile, Counter()).values())

    def now_of(self, device_id: str, tile: str) -> str:
        """What the device surely says in this tile; '' where it does not count."""
        entry = self._entries.get(device_id)
        return next((read.now for read in entry.view.reads if read.tile == tile), "") if entry is not None else ""

    def members(self, tile: str) -> list[DeviceState]:
        """Of a tile with a tally: its devices, by id."""
        devices = self._state.devices if self._state is not None else {}
        return [devices[id_] for id_ in sorted(self.tallied.get(tile, ()))]

    def passes(self) -> dict[int, int]:
        """Quarter of an hour since the epoch -> passes through all doors in it."""
        if self._passes is None:
            self._passes = {}
            for entry in self._entries.values():
                newest, *counts = entry.device.memory.get(PASSES.name, {}).get("quarters") or [0]
                for ago, n in enumerate(counts):
                    self._passes[newest - ago] = self._passes.get(newest - ago, 0) + n
        return self._passes

    def oldest_ms(self, tile: str) -> int | None:
        """The oldest sample among those that make up the tile's figure."""
        return min((view.seen_ms for read, view in self._reads(tile) if read.now != UNKNOWN), default=None)

    def newest_ms(self, tile: str) -> int | None:
        """The newest sample of the tile: how old its figure is at least, once the feed is gone."""
        return max((view.seen_ms for _, view in self._reads(tile)), default=None)

    def _reads(self, tile: str) -> Iterator[tuple[Read, View]]:
        for entry in self._entries.values():
            for read in entry.view.reads:
                if read.tile == tile:
                    yield read, entry.view

    def expected(self, tile: str, feeds: dict[str, Freshness]) -> bool:
        """Whether a feed of the tile has to report, or has reported: else the tile is not connected at all."""
        fed_by = self.sources.get(tile, frozenset())
        return any(id_ not in self._optional or feeds.get(id_, "unknown") != "unknown" for id_ in fed_by)

    def devices_unknown(self) -> int:
        """Devices that ought to be heard and are not sure now. Behind a feed that need not report and never has, and of
        what speaks only when something happens, nothing is awaited."""
        unknown = 0
        for source, awaited in self._awaited.items():
            if source not in self._optional or self._sure[source] or self._fed(source):
                unknown += awaited - self._sure[source]
        return unknown

    def _fed(self, source: str) -> bool:
        return self._state is not None and source_freshness(self._state, source) != "unknown"

    def _renew(self, state: State, device: DeviceState, feed: tuple[Freshness, int], before: _Entry | None) -> None:
        presence = presence_of(state, device)
        tiles = self.tiles.get(device.id)
        if tiles is None and device.kind == PHONE and device.id in state.site.by_id:
            tiles = ()  # it calls, and is no device that could be counted
        stranger = tiles is None
        if tiles is None:
            tiles = systems.tiles_of(device.system, device.kind, None)
        view = look_at(state, device, presence, tiles, stranger, feed[0])
        until_ms = _until_ms(state.site.house, state.clock_ms, presence, feed[1], period_ms(state, presence))
        self._entries[device.id] = _Entry(device, presence, feed, until_ms, view)
        if PASSES.name in device.memory:
            self._passes = None
        if before is not None:
            self._count(device, before.view, -1)
        else:
            for tile in tiles:
                if tile.tally is not None:
                    self.tallied.setdefault(tile.id, set()).add(device.id)
                if stranger:
                    self.strangers[tile.id] += 1
        self._count(device, view, 1)
        look = odd(view)
        if look and device.id in self._on_plan:
            self.odd[device.id] = look
        else:
            self.odd.pop(device.id, None)

    def _count(self, device: DeviceState, view: View, step: int) -> None:
        for read in view.reads:
            self.said[read.tile][read.said] += step
            self.now[read.tile][read.now] += step
            if view.fresh == "late":
                self.late[read.tile] += step
        if view.reads and view.now != UNKNOWN and not self.tiles[device.id][0].quiet:
            self._sure[self._source_of(device)] += step

    def _source_of(self, device: DeviceState) -> str:
        """As the site has it: that is where it is awaited."""
        return self._site_source.get(device.id, device.source)


def look_at(
    state: State,
    device: DeviceState,
    presence: DeviceState,
    tiles: tuple[Tile, ...],
    stranger: bool = False,
    feed: Freshness = "unknown",
) -> View:
    fresh = freshness(state, device)
    own = tiles[0] if tiles else systems.any_tile(device.system)
    seen_ms, source = presence.seen_ms, state.sources.get(device.source)
    if own is not None and own.quiet and seen_ms and source is not None:
        seen_ms = max(seen_ms, source.seen_ms)
    if own is not None and own.quiet and presence.seen_ms and feed in ("fresh", "late"):
        fresh = feed
    else:
        age_ms = state.clock_ms - presence.seen_ms
        period, house = period_ms(state, presence), state.site.house
        if fresh in ("fresh", "late") and age_ms > house.late_periods * period:
            # The feed came back but this device has not spoken yet: it is not silent, and we do not know how it is.
            fresh = "late" if age_ms <= house.stale_periods * period else "unknown"
    closed = presence is not device and presence.values.get("status") in CLOSED_CHARGER
    reads = tuple(_read(tile, device, fresh, closed) for tile in tiles)
    now = reads[0].now if reads else _read(own, device, fresh, closed).now if own is not None else UNKNOWN
    return View(() if stranger else reads, now, fresh, seen_ms)


def _read(tile: Tile, device: DeviceState, fresh: Freshness, closed: bool) -> Read:
    said = tile.says(device)
    if said == LEFT_OUT:
        return Read(tile.id, said, said)
    sure = fresh == "fresh" or (fresh == "late" and said not in tile.doubtful)
    if said == "free" and closed:
        sure = False
    return Read(tile.id, said, said if sure and said else UNKNOWN)


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
