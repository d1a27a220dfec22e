"""Which cameras see a device: those whose pictures help whoever has an alarm there."""

from __future__ import annotations

from math import dist

from .place import Device
from .site import Site

NEAR_M = 60.0
NEAREST = 4
DOORS = frozenset(("door", "plant_door", "gate", "barrier"))


def cameras_near(site: Site, device: Device | None) -> list[Device]:
    """Whose pictures help: the device itself, those in its building and unit, then the nearest within 60 m."""
    if device is None:
        return []
    cameras = [d for d in site.devices if d.kind in ("camera", "lift_camera") or d.system == "cameras"]
    cameras = [d for d in cameras if d.kind != "recorder"]
    if any(d.id == device.id for d in cameras):
        return [device]
    same = [d for d in cameras if device.building and d.building == device.building and d.unit in ("", device.unit)]
    xy = device.xy or _middle(site, device)
    away = [(dist(d.xy, xy), d.id, d) for d in cameras if xy is not None and d.xy is not None]
    near = [d for metres, _, d in sorted(away) if metres <= NEAR_M]
    return list({d.id: d for d in (*same, *near)}.values())[:NEAREST]


def door_near(site: Site, device: Device | None) -> Device | None:
    """Which door to open for whoever has to get there: the device itself, else the first of its unit or building."""
    if device is None or device.kind in DOORS:
        return device
    doors = [d for d in site.devices if d.kind == "door" and device.building and d.building == device.building]
    return next((d for d in doors if d.unit == device.unit), next(iter(doors), None))


def _middle(site: Site, device: Device) -> tuple[float, float] | None:
    """Of the building, by whatever of it has a place."""
    placed = [d.xy for d in site.devices if d.xy is not None and device.building and d.building == device.building]
    if not placed:
        return None
    return sum(x for x, _ in placed) / len(placed), sum(y for _, y in placed) / len(placed)
