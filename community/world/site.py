"""Copies of a site for simulated time: a `clock: log`, coarser signs of life, a smaller place."""

from __future__ import annotations

from collections import Counter

from msgspec.structs import replace

from ..site import Device, Site
from ..systems import SYSTEMS

COARSE_BEAT_S, COARSE_SOURCE_S = 86_400.0, 3600.0
"""Signs of life in a year of records: one a day of each device that is watched, one an hour of each feed."""


def by_log(site: Site, fine: bool = True) -> Site:
    """The same place, its clock moved by the records' own arrival. Not `fine`: what is left out is not waited for."""
    if fine:
        return replace(site, clock="log")
    return replace(
        site,
        clock="log",
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
    """A smaller place of the same kinds: two buildings, and of each kind of device so many that what they hang on is
    there too, with as many children of each kind on each."""
    buildings = site.buildings[:2]
    names = {building.id for building in buildings}
    kept: dict[str, Device] = {}
    counts: Counter[tuple[str, str]] = Counter()
    waiting = [d for d in site.devices if not d.building or not names or d.building in names]
    known = {device.id for device in waiting}
    while waiting:
        later: list[Device] = []
        for device in waiting:
            if device.parent in known and device.parent not in kept:
                later.append(device)
                continue
            group = (device.parent if device.parent in kept else "", device.kind)
            if counts[group] < per_kind and counts["", f"all {device.kind}"] < 4 * per_kind:
                counts[group] += 1
                counts["", f"all {device.kind}"] += 1
                kept[device.id] = device
        if len(later) == len(waiting):
            break  # what hangs on something that is left out
        waiting = later
    devices = tuple(device for device in site.devices if device.id in kept)
    return replace(site, buildings=buildings, devices=devices)
