"""How old what a device or a feed has said may be: late, stale, unknown are read off the state, never stored."""

from __future__ import annotations

from typing import Literal

from .numbers import ms
from .site import SOURCE_BEAT_S, SOURCE_PERIOD_S, Site
from .state import DeviceState, SourceState, State

Freshness = Literal["fresh", "late", "stale", "unknown"]


def period_ms(state: State, device: DeviceState) -> int:
    """The device's heartbeat period: its own (site), else its system's."""
    described = state.site.by_id.get(device.id)
    if described is not None and described.period_s:
        return ms(described.period_s)
    heartbeat_ms = state.site.heartbeat_ms
    return heartbeat_ms.get(device.system) or heartbeat_ms["common"]


def silence_ms(state: State, device: DeviceState) -> int:
    """How long the device may say nothing: its periods, and the way of the beat that ends the last of them."""
    house = state.site.house
    return int(house.stale_periods * period_ms(state, device)) + ms(house.silence_grace_s)


def source_period_ms(site: Site, source_id: str) -> int:
    described = site.source_by_id.get(source_id)
    return ms(described.period_s if described is not None else SOURCE_PERIOD_S)


def source_beat_ms(site: Site, source_id: str) -> int:
    """A recording has the beats that it has: there the period stands for them."""
    described = site.source_by_id.get(source_id)
    if described is None:
        return ms(SOURCE_BEAT_S)
    return ms(described.period_s if site.clock == "log" else min(described.beat_s, described.period_s))


def stale_ms(site: Site, source: SourceState) -> int | None:
    """When the feed counts as stale, should it say nothing any more; None: it does already, or was never heard."""
    if not source.since_ms:
        return None
    return max(source.seen_ms, source.since_ms) + int(site.house.stale_periods * source_period_ms(site, source.id))


SPOKEN_FOR = frozenset(("car_connector", "ebike_port"))
"""Kinds whose parent speaks for them: a free port says nothing for hours, its pile does. A camera behind a switch
speaks for itself, and its word proves nothing of the switch."""

ON_LOOP = frozenset(("smoke_detector", "call_point"))
"""Kinds that a panel asks every few seconds and tells of only when something happens: while their panel is heard they
are as it last told. One on a gateway of another system speaks for itself."""


def speaker_id(device: DeviceState) -> str:
    """The device whose samples prove that this one is there: its charger or pile, else itself."""
    return device.parent if device.parent and device.kind in SPOKEN_FOR else device.id


def spoken_for_by(device: DeviceState) -> str:
    """Whom its presence is told from, where that one is known (`presence_of`); itself where it speaks for itself."""
    return device.parent if device.parent and device.kind in ON_LOOP else speaker_id(device)


def presence_of(state: State, device: DeviceState) -> DeviceState:
    if device.kind in ON_LOOP and device.parent:
        panel = state.devices.get(device.parent)
        return panel if panel is not None and panel.system == device.system else device
    return state.devices.get(speaker_id(device), device)


def freshness(state: State, device: DeviceState) -> Freshness:
    """fresh, late (> `late_periods`), stale (> `stale_periods`), or unknown: never seen, or its feed is stale."""
    presence = presence_of(state, device)
    if not presence.seen_ms or source_freshness(state, device.source) == "stale":
        return "unknown"
    if presence.silent_ms is not None:
        return "stale"
    age_ms = state.clock_ms - max(presence.seen_ms, feed_since_ms(state, device.source))
    period = period_ms(state, presence)
    return _by_age(state.site, age_ms, period, period)


def feed_since_ms(state: State, source_id: str) -> int:
    """Since when the feed is fresh without a break; 0 where the feed has no heartbeat of its own."""
    source = state.sources.get(source_id)
    return source.since_ms if source is not None else 0


def source_freshness(state: State, source_id: str) -> Freshness:
    """late: two beats are missing, which may be seen before anything is judged by it; stale after three periods."""
    source = state.sources.get(source_id)
    if source is None or not source.seen_ms:
        return "unknown"
    beat, period = source_beat_ms(state.site, source_id), source_period_ms(state.site, source_id)
    return _by_age(state.site, state.clock_ms - source.seen_ms, beat, period)


def _by_age(site: Site, age_ms: int, beat: int, period: int) -> Freshness:
    if age_ms > site.house.stale_periods * period:
        return "stale"
    return "late" if age_ms > site.house.late_periods * beat else "fresh"
