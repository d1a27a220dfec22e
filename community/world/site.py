"""Copies of a site for simulated time: a `clock: log`, coarser signs of life, a smaller place."""

from __future__ import annotations

from collections import Counter

from msgspec.structs import replace

from ..site import Device, Site
from ..systems import SYSTEMS

COARSE_BEAT_S, COARSE_SOURCE_S = 86_400.0, 43_200.0
"""Signs of life in a year of records: one a day of each device that is watched, two of each feed."""


def by_log(site: Site, fine: bool = True) -> Site:
    """The same place, its clock moved by the records' own arrival. Not `fine`: what is left out is not waited for."""
    if fine:
        return replace(site, clock="log")
    return replace(
        site,
        clock="log",
        # Feeds are asked twice a day, so that a grace of seconds would be one of half a day.
        numbers={**site.numbers, "house": {**site.numbers.get("house", {}), "silence_grace_s": 0}},
        sources=tuple(replace(source, period_s=COARSE_SOURCE_S) for source in site.sources),
        devices=tuple(
            replace(device, period_s=COARSE_BEAT_S) if _watched(device.system, device.kind) else device
            for device in site.devices
        ),
    )


def _watched(system: str, kind: str) -> bool:
    silence = SYSTEMS[system].silence
    return silence is not None and kind in silence.kinds


def excerpt(site: Site, per_kind: int) -> Site:
    """A smaller place of the same kinds: two buildings, so many devices of each kind on one parent and four times as
    many in all, and what they hang on."""
    buildings = site.buildings[:2]
    names = {building.id for building in buildings}
    counts: Counter[tuple[str, str]] = Counter()
    kept: set[str] = set()
    for device in site.devices:
        on_parent, in_all = (device.parent, device.kind), ("*", device.kind)
        near = not device.building or not names or device.building in names
        if near and counts[on_parent] < per_kind and counts[in_all] < 4 * per_kind:
            counts.update((on_parent, in_all))
            above: Device | None = device
            while above is not None and above.id not in kept:
                kept.add(above.id)
                above = site.by_id.get(above.parent)
    # What hangs outside the two buildings may stand in a third one.
    names |= {site.by_id[id_].building for id_ in kept}
    return replace(
        site,
        buildings=tuple(building for building in site.buildings if building.id in names),
        devices=tuple(device for device in site.devices if device.id in kept),
    )
