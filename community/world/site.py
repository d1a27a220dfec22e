"""Copies of a site for simulated time: a `clock: log`, coarser signs of life, a smaller place."""

from __future__ import annotations

from msgspec.structs import replace

from ..site import Site
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
