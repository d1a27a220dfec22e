"""What a screen may say of each device now, kept between frames so that a frame costs what has changed.

A wall looks at thousands of devices sixty times a second, and almost none of them changed since the last look. The
lens remembers each device's view with the moment it expires, and looks again at those that are another object now, at
what they speak for, at what expired and at what hangs on a feed that changed. Everything it says can be recomputed from
the state.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from heapq import heappop, heappush
from itertools import compress
from operator import is_not
from typing import NamedTuple

from .. import systems
from ..freshness import Freshness, feed_since_ms, freshness, period_ms, presence_of, source_freshness, spoken_for_by
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


NEVER_MS = 1 << 62

_Feed = tuple[Freshness, int]
"""How fresh it is, and since when without a break."""


class _Entry(NamedTuple):
    device: DeviceState
    until_ms: int
    """The view is right until then, as long as nothing else comes."""
    view: View
    strange: tuple[Tile, ...]
    """The tiles of one that nobody has described, by the system and kind that it last spoke as."""


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
        self._looked: tuple[DeviceState, ...] = ()
        """The state's devices at the last look, in the state's order."""
        self._expiries: list[tuple[int, str]] = []
        """A heap; what has been looked at again since is in it twice."""
        self._feeds: dict[str, _Feed] = {}
        self._fed: dict[str, set[str]] = {}
        """Feed -> the devices that came by it."""
        self._speaks_for: dict[str, set[str]] = {}
        """Device -> those whose presence is told from it."""
        self._views: dict[str, dict[str, View]] = {tile: {} for tile in self.totals}
        """Tile -> the devices it counts."""
        self.said: dict[str, Counter[str]] = {tile: Counter() for tile in self.totals}
        self.now: dict[str, Counter[str]] = {tile: Counter() for tile in self.totals}
        self.late: Counter[str] = Counter()
        self.strangers: Counter[str] = Counter()
        """Devices that report though nobody described them, by tile. They are said, and counted nowhere else: whoever
        can write into the log must not be able to make a figure of the wall larger."""
        self.tallied: dict[str, set[str]] = {}
        """Tile -> devices whose memory makes up its figure, strangers among them."""
        self._sure: Counter[str] = Counter()
        self._passes: Counter[int] = Counter()
        self._passed: Counter[int] = Counter()
        """Quarter of an hour -> the doors that know of it."""
        self.odd: dict[str, str] = dict.fromkeys(self._on_plan, UNKNOWN)
        """Device on the plan -> stale / unknown / off; a device that is not in it is as it should be."""

    def look(self, state: State) -> None:
        if state.site is not self._site:
            self._describe(state.site)
            self._start(state)
        elif state is not self._state:
            self._start(state)
        feeds = {s.id: (source_freshness(state, s.id), feed_since_ms(state, s.id)) for s in state.site.sources}
        for id_ in self._moved(state, feeds):
            if (device := state.devices.get(id_)) is not None:
                self._renew(state, device, feeds.get(device.source, ("unknown", 0)))
        self._feeds = feeds

    def _moved(self, state: State, feeds: dict[str, _Feed]) -> Iterable[str]:
        """Ids of what has to be looked at again; all of them where devices went."""
        now, looked = state.devices.values(), self._looked
        changed = [device.id for device in compress(now, map(is_not, now, looked))]
        if len(now) != len(looked) or changed:
            self._looked = tuple(now)
        came = [device.id for device in self._looked[len(looked) :]]
        if len(now) < len(looked) or any(id_ not in self._entries for id_ in changed):  # another order
            return state.devices
        moved = dict.fromkeys(changed) | dict.fromkeys(came)
        for id_ in (*changed, *came):
            if id_ in self._speaks_for:
                moved |= dict.fromkeys(self._speaks_for[id_])
        for feed, was in self._feeds.items():
            if feeds.get(feed) != was:
                moved |= dict.fromkeys(self._fed.get(feed, ()))
        expiries, entries = self._expiries, self._entries
        while expiries and expiries[0][0] <= state.clock_ms:
            until_ms, id_ = heappop(expiries)
            if entries[id_].until_ms == until_ms:
                moved[id_] = None
        return moved

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
        return self._passes

    def oldest_ms(self, tile: str) -> int | None:
        """The oldest sample among those that make up the tile's figure."""
        views = self._views.get(tile, {}).values()
        return min(
            (view.seen_ms for view in views if any(r.tile == tile and r.now != UNKNOWN for r in view.reads)),
            default=None,
        )

    def newest_ms(self, tile: str) -> int | None:
        """The newest sample of the tile: how old its figure is at least, once the feed is gone."""
        return max((view.seen_ms for view in self._views.get(tile, {}).values()), default=None)

    def expected(self, tile: str, feeds: dict[str, Freshness]) -> bool:
        """Whether a feed of the tile has to report, or has reported: else the tile is not connected at all."""
        fed_by = self.sources.get(tile, frozenset())
        return any(id_ not in self._optional or feeds.get(id_, "unknown") != "unknown" for id_ in fed_by)

    def devices_unknown(self) -> int:
        """Devices that ought to be heard and are not sure now. Behind a feed that need not report and never has, and of
        what speaks only when something happens, nothing is awaited."""
        unknown = 0
        for source, awaited in self._awaited.items():
            if source not in self._optional or self._sure[source] or self._heard_by(source):
                unknown += awaited - self._sure[source]
        return unknown

    def _heard_by(self, source: str) -> bool:
        return self._state is not None and source_freshness(self._state, source) != "unknown"

    def _renew(self, state: State, device: DeviceState, feed: _Feed) -> None:
        presence, before = presence_of(state, device), self._entries.get(device.id)
        tiles = self.tiles.get(device.id)
        if tiles is None and device.kind == PHONE and device.id in state.site.by_id:
            tiles = ()  # it calls, and is no device that could be counted
        stranger = tiles is None
        if tiles is None:
            tiles = systems.tiles_of(device.system, device.kind, None)
        view = look_at(state, device, presence, tiles, stranger, feed[0])
        until_ms = _until_ms(state.site.house, state.clock_ms, presence, feed[1], period_ms(state, presence))
        self._entries[device.id] = _Entry(device, until_ms, view, tiles if stranger else ())
        if until_ms != NEVER_MS and (before is None or until_ms != before.until_ms):
            heappush(self._expiries, (until_ms, device.id))
        if before is None or before.device is not device:
            self._hang(device, before.device if before is not None else None)
        if before is not None:
            self._count(device, before.view, -1)
            for tile in before.strange:
                self.strangers[tile.id] -= 1
                self.tallied.get(tile.id, set()).discard(device.id)
        if before is None or stranger:
            for tile in tiles:
                if tile.tally is not None:
                    self.tallied.setdefault(tile.id, set()).add(device.id)
                if stranger:
                    self.strangers[tile.id] += 1
        self._count(device, view, 1)
        for read in view.reads:
            self._views[read.tile][device.id] = view
        look = odd(view)
        if look and device.id in self._on_plan:
            self.odd[device.id] = look
        else:
            self.odd.pop(device.id, None)

    def _hang(self, device: DeviceState, before: DeviceState | None) -> None:
        """Whose word it hangs on, and what it counted. What it once hung on makes it be looked at once too often."""
        if before is None or device.source != before.source:
            self._fed.setdefault(device.source, set()).add(device.id)
        if (speaker := spoken_for_by(device)) != device.id:
            self._speaks_for.setdefault(speaker, set()).add(device.id)
        known, new = (d.memory.get(PASSES.name) if d is not None else None for d in (before, device))
        if new is not known:
            for memory, step in ((known, -1), (new, 1)):
                newest, *counts = (memory or {}).get("quarters") or [0]
                for quarter, n in zip(range(newest, newest - len(counts), -1), counts, strict=True):
                    self._passes[quarter] += step * n
                    self._passed[quarter] += step
            for quarter in [quarter for quarter, doors in self._passed.items() if not doors]:
                del self._passes[quarter], self._passed[quarter]

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
    return min((edge for edge in edges if edge > clock_ms), default=NEVER_MS)
