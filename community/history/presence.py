"""Presence as a set of minutes: an hour of a device is 60 bits. Who is heard, or told, twice in a minute is one bit.

A day is one integer, its lowest bit the first minute. Sets can be joined in any order, as often as one likes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from ..site import Device, Site
from ..systems import SYSTEMS
from .days import HOUR_MS, MINUTE_MS

SPEAK_WHEN_ASKED = frozenset(("intercom", "orders", "patrol", "care"))
"""Systems without a heartbeat (DOMAIN.md): their silence says nothing."""


def bit(ms: int, hour_ms: int) -> int:
    return 1 << (ms - hour_ms) // MINUTE_MS


def on_a_line(hours: Iterable[tuple[int, int]], from_ms: int, to_ms: int) -> int:
    """(hour_ms, minutes) rows -> one integer of the minutes from `from_ms` to `to_ms`."""
    line = 0
    for hour_ms, minutes in hours:
        shift = (hour_ms - from_ms) // MINUTE_MS
        line |= minutes << shift if shift >= 0 else minutes >> -shift
    return line & whole(from_ms, to_ms)


def whole(from_ms: int, to_ms: int) -> int:
    return (1 << max(0, (to_ms - from_ms) // MINUTE_MS)) - 1


def lasting(line: int, minutes: int) -> int:
    """Every minute that is heard, and so many less one after it: as long as a word of presence holds."""
    held, done = line, 1
    while done < minutes:
        step = min(done, minutes - done)
        held |= held << step
        done += step
    return held


@lru_cache(maxsize=4096)
def longest_gap(line: int, asked: int) -> int:
    """The longest run of minutes of `asked` that are not in `line`."""
    gap, found = asked & ~line, 0
    while gap:
        gap &= gap << 1
        found += 1
    return found


def gaps(line: int, asked: int) -> list[list[int]]:
    """The stretches of `asked` that are not in `line`, as [minute, the minute after]."""
    found, missing, at = [], asked & ~line, 0
    while missing:
        skip = (missing & -missing).bit_length() - 1
        missing >>= skip
        run = (~missing & (missing + 1)).bit_length() - 1
        found.append([at + skip, at + skip + run])
        missing >>= run
        at += skip + run
    return found


class Watched(NamedTuple):
    device: Device
    holds_min: int
    """A word of it holds so long: `stale_periods` of its period, in minutes, one for the minute in which it came."""


def watched(site: Site) -> list[Watched]:
    """The described devices that speak by themselves: of systems with a silence alarm the kinds that have it, of others
    those that hang on no other device. Looked for once: thousands do, and a description never changes."""
    found: list[Watched] | None = site.__dict__.get("watched")
    if found is None:
        found = site.__dict__["watched"] = _watched(site)
    return found


def _watched(site: Site) -> list[Watched]:
    found = []
    for device in site.devices:
        system = SYSTEMS.get(device.system)
        if system is None or device.system in SPEAK_WHEN_ASKED:
            continue
        if device.kind not in system.silence.kinds if system.silence is not None else device.parent:
            continue
        period_ms = 1000 * device.period_s if device.period_s else site.heartbeat_ms[device.system]
        found.append(Watched(device, holds_min(period_ms, site.house.stale_periods)))
    return found


def holds_min(period_ms: float, periods: float) -> int:
    return max(1, int(period_ms * periods // MINUTE_MS) + 1)


class Rated(NamedTuple):
    """One device on one day, in minutes."""

    device: str
    system: str
    source: str
    known: int
    """Minutes in which the log was written and its feed was heard: only then its silence says something."""
    online: int
    """Of them those in which the device was heard not longer ago than its words hold."""
    longest_gap: int


class Line(NamedTuple):
    """One device on one day, each a set of minutes."""

    device: Device
    known: int
    online: int


def lines(
    site: Site, heard: Mapping[str, Iterable[tuple[int, int]]], clock: int, from_ms: int, to_ms: int
) -> Iterator[Line]:
    """`heard`: who -> (hour_ms, minutes) from the longest holding time before `from_ms` on. `clock`: minutes of the day
    in which the log was written."""
    day, feeds = whole(from_ms, to_ms), feed_lines(site, heard, clock, from_ms, to_ms)
    for device, holds in watched(site):
        known = feeds.get(device.source, clock) & day
        yield Line(device, known, _held(heard.get(device.id, ()), holds, from_ms, to_ms) & known)


def feed_lines(
    site: Site, heard: Mapping[str, Iterable[tuple[int, int]]], clock: int, from_ms: int, to_ms: int
) -> dict[str, int]:
    """Feed -> the minutes in which its word held and the log was written; `heard` and `clock` as for `lines`."""
    found = {}
    for source in site.sources:
        holds = holds_min(1000 * source.period_s, site.house.stale_periods)
        found[source.id] = clock & _held(heard.get(f"source:{source.id}", ()), holds, from_ms, to_ms)
    return found


def rate(
    site: Site, heard: Mapping[str, Iterable[tuple[int, int]]], clock: int, from_ms: int, to_ms: int
) -> list[Rated]:
    """`heard` and `clock` as for `lines`."""
    rated = []
    for device, known, online in lines(site, heard, clock, from_ms, to_ms):
        gap = longest_gap(online, known)
        rated.append(Rated(device.id, device.system, device.source, known.bit_count(), online.bit_count(), gap))
    return rated


def _held(hours: Iterable[tuple[int, int]], holds: int, from_ms: int, to_ms: int) -> int:
    for hour_ms, minutes in hours:
        word_ms = hour_ms + (minutes.bit_length() - 1) * MINUTE_MS
        if minutes and word_ms <= from_ms and word_ms + holds * MINUTE_MS >= to_ms:
            return whole(from_ms, to_ms)  # a word of before holds all day, as a meter's does for three
        if hour_ms >= from_ms:
            break
    return _held_once(tuple(hours), holds, from_ms, to_ms)


@lru_cache(maxsize=4096)  # of thousands of devices most are heard in the same minutes of a day
def _held_once(hours: tuple[tuple[int, int], ...], holds: int, from_ms: int, to_ms: int) -> int:
    before_ms = from_ms - (holds * MINUTE_MS + HOUR_MS)
    line = lasting(on_a_line(hours, before_ms, to_ms), holds)
    return (line >> (from_ms - before_ms) // MINUTE_MS) & whole(from_ms, to_ms)
