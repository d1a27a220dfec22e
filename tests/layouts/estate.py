"""The demo with every system alive: what tiles, words and silhouettes are looked at on."""

from __future__ import annotations

from math import exp

from msgspec.structs import replace

from community.site import Site
from community.state import State
from community.systems.access import QUARTER_MS
from tests.layouts.scenes import HOUR, MINUTE, SECOND, Scene, lanting


def estate() -> Site:
    return lanting()


def pick(site: Site, kind: str, n: int = 0, tag: str = "") -> str:
    """Id of the n-th device of a kind."""
    return [d.id for d in site.devices if d.kind == kind and (not tag or tag in d.tags)][n]


def scene(clock: str = "14:32:07") -> Scene:
    """Everything as it should be, five orders in hand, a day of passes."""
    told = Scene(clock).everything().history()
    desk = pick(told.site, "desk")
    told.state.devices[desk].memory = {
        "desk": {"open": {f"o{n}": {"phases": {"taken": told.clock_ms - n * HOUR}} for n in range(5)}, "late": []}
    }
    now = told.clock_ms // QUARTER_MS
    doors = [d.id for d in told.site.devices if d.kind == "door"]
    for n, door in enumerate(doors):
        counts = [busy(now - ago, n) for ago in range(96)]
        told.state.devices[door].memory = {"passes": {"last": [], "quarters": [now, *counts]}}
    return told


def busy(quarter: int, door: int) -> int:
    """Passes of a door in a quarter of an hour: out in the morning, home in the evening, little at night."""
    hour = (quarter / 4 + 8) % 24
    peaks = ((7.8, 1.1, 11), (12.3, 1.2, 5), (18.4, 2.0, 12))
    return int(sum(high * exp(-(((hour - at) / wide) ** 2)) for at, wide, high in peaks) + (quarter * door) % 7 / 6)


def calm() -> State:
    return scene().state


def troubled() -> State:
    """One alarm of most systems, in the evening."""
    told = scene("21:14:36")
    site = told.site
    told.alarm("SOS", "SOS-021", "P1", 42 * SECOND)
    told.alarm("EBIKE_LIFT", pick(site, "camera", 2, "lift"), "P2", 138 * SECOND, "ack", event="ebike")
    lift = pick(site, "lift", 3)
    told.device(lift, status="fault").alarm("LIFT_STOP", lift, "P2", 300 * SECOND, "ack", status="fault")
    told.alarm("FALL", pick(site, "resident_alone", 5), "P1", 400 * SECOND, "ack")
    told.alarm("DOOR_HELD", pick(site, "door"), "P3", 80 * SECOND)
    told.alarm("BIN_FULL", pick(site, "bin", 6), "P4", 700 * SECOND, fill_percent=86.0)
    told.alarm("LEAK_HOME", pick(site, "water_meter", 50), "P3", 3 * HOUR, "ack")
    told.alarm("BCAST_FAIL", pick(site, "speaker", 4), "P3", 2 * HOUR, "ack", result="busy")
    told.alarm("GARAGE_WATER", pick(site, "water_level"), "P2", 5 * MINUTE, level_cm=12.0)
    told.alarm("CP_FAULT", "EV-03-1", "P4", 700 * SECOND)
    told.device("C-010", age_ms=390 * SECOND, silent=True, status="online")
    told.alarm("CAM_OFFLINE", "C-010", "P3", 390 * SECOND, "ack")
    desk = pick(site, "desk")
    told.state.devices[desk].memory["desk"]["late"] = ["o1", "o2"]
    told.alarm("TICKET_SLA", desk, "P4", 900 * SECOND, late=2)
    return told.state


def aged() -> State:
    """One feed late, one gone, one never heard; a stranger among the cameras, two of them silent."""
    told = scene()
    told.feed("lifts", 25 * SECOND)
    told.feed("bins", 6 * MINUTE)
    told.alarm("SOURCE_STALE", "bins", "P2", 5 * MINUTE)
    for device in told.site.devices:
        if device.source == "bins":
            told.device(device.id, 6 * MINUTE, fill_percent=35.0)
        elif device.source == "care":
            del told.state.devices[device.id]
    del told.state.sources["care"]
    told.state.devices["C-999"] = replace(told.state.devices["C-001"], id="C-999")
    for camera in ("C-005", "C-006"):
        del told.state.devices[camera]
    return told.state


ESTATE = {"calm": calm, "troubled": troubled, "aged": aged}
