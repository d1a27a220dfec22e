"""The demo's buildings with every system on them: what tiles, words and silhouettes are looked at on."""

from __future__ import annotations

from math import exp
from typing import Any

from msgspec.structs import replace

from community.site import Device, Site, Source, Text
from community.systems.access import QUARTER_MS
from layouts.map import site_plan
from tests.layouts.scenes import HOUR, MINUTE, SECOND, Scene, lanting

FEEDS = (
    ("access", "门禁", "Doors"),
    ("lifts", "电梯", "Lifts"),
    ("care", "关怀", "Care"),
    ("meters", "水电表", "Meters"),
    ("bins", "垃圾桶", "Bins"),
    ("orders", "工单", "Tickets"),
    ("broadcast", "广播", "Broadcast"),
    ("fire", "消防", "Fire"),
    ("plant", "机电", "Plant"),
)


def middle(feature: dict[str, Any]) -> tuple[float, float]:
    ring = feature["geometry"]["coordinates"][0]
    xs, ys = [p[0] for p in ring], [p[1] for p in ring]
    return (round((min(xs) + max(xs)) / 2, 1), round((min(ys) + max(ys)) / 2, 1))


def estate() -> Site:
    site = lanting()
    shapes = site_plan(site)["features"]
    units = [f for f in shapes if f["properties"]["kind"] == "unit"]
    gates = [f for f in shapes if f["properties"]["kind"] == "gate"]
    devices: list[Device] = []
    for n, feature in enumerate(units, 1):
        building, unit = str(feature["properties"]["building"]), str(feature["properties"]["unit"])
        x, y = middle(feature)
        inside = {"building": building, "unit": unit}
        devices += [
            Device(f"D-{n:03}", "access", "door", "access", Text("单元门", "Entrance"), area="单元门", **inside),
            Device(f"L-{n:02}", "lifts", "lift", "lifts", Text("客梯", "Lift"), area="客梯", **inside),
            Device(f"FD-{n:02}", "fire", "smoke_detector", "fire", Text("走道烟感", "Smoke"), area="3层走道", **inside),
            Device(f"subject-{n:08}", "care", "resident_alone", "care", **inside),
            Device(f"B-{n:02}", "bins", "bin", "bins", Text(f"{n:02}桶", f"bin {n:02}"), building, xy=(x, y - 11)),
        ]
        for home in range(8):
            devices.append(Device(f"W-{n:02}{home}", "meters", "water_meter", "meters", room=f"{home + 1}01", **inside))
        if n % 2:
            name = Text(f"{n:02}号音柱", f"speaker {n:02}")
            devices.append(
                Device(f"S-{n:02}", "broadcast", "speaker", "broadcast", name, area="路边", xy=(x + 8, y + 12))
            )
    for n, feature in enumerate(gates, 1):
        x, y = feature["geometry"]["coordinates"]
        name = Text(feature["properties"]["name"]["zh"], feature["properties"]["name"].get("en", ""))
        for id_, system, kind in ((f"G-{n}", "access", "door"), (f"BR-{n}", "parking", "barrier")):
            devices.append(Device(id_, system, kind, "access", name, area=name.zh, xy=(x + 3, y - 3)))
    devices += [
        Device("desk", "orders", "desk", "orders", Text("服务台", "Desk"), area="物业中心"),
        Device("SW-1", "plant", "switch", "plant", Text("东区交换机", "East switch"), area="机房", xy=(400, 60)),
        Device("PW-1", "plant", "feeder", "plant", Text("东区配电", "East feeder"), area="配电房", xy=(405, 66)),
        Device("GW-1", "plant", "water_level", "plant", Text("地库液位", "Garage level"), area="地库", xy=(300, 60)),
    ]
    sources = tuple(Source(id_, Text(zh, en)) for id_, zh, en in FEEDS)
    tiles = ("cameras", "fire", *site.tiles[2:])
    return replace(site, sources=(*site.sources, *sources), devices=(*site.devices, *devices), tiles=tiles)


def scene(clock: str = "14:32:07") -> Scene:
    """Everything as it should be, five orders in hand."""
    told = Scene(clock, estate()).everything().history()
    told.state.devices["desk"].memory = {"desk": {"open": {f"o{n}": {} for n in range(5)}, "late": []}}
    now = told.clock_ms // QUARTER_MS
    for n in range(1, 41):
        counts = [busy(now - ago, n) for ago in range(96)]
        told.state.devices[f"D-{n:03}"].memory = {"passes": {"last": [], "quarters": [now, *counts]}}
    return told


def busy(quarter: int, door: int) -> int:
    """Passes of a door in a quarter of an hour: out in the morning, home in the evening, little at night."""
    hour = (quarter / 4 + 8) % 24
    peaks = ((7.8, 1.1, 11), (12.3, 1.2, 5), (18.4, 2.0, 12))
    return int(sum(high * exp(-(((hour - at) / wide) ** 2)) for at, wide, high in peaks) + (quarter * door) % 7 / 6)


def calm() -> Any:
    return scene().state


def troubled() -> Any:
    """One alarm of most systems, in the evening."""
    told = scene("21:14:36")
    told.alarm("SOS", "SOS-021", "P1", 42 * SECOND)
    told.alarm("EBIKE_LIFT", "C-098", "P2", 138 * SECOND, "ack", event="ebike")
    told.device("L-04", status="fault").alarm("LIFT_STOP", "L-04", "P2", 300 * SECOND, "ack", status="fault")
    told.alarm("FALL", "subject-00000011", "P1", 400 * SECOND, "ack")
    told.alarm("DOOR_HELD", "G-1", "P3", 80 * SECOND)
    told.alarm("BIN_FULL", "B-07", "P4", 700 * SECOND, fill_percent=86.0)
    told.alarm("LEAK_HOME", "W-050", "P3", 3 * HOUR, "ack")
    told.alarm("BCAST_FAIL", "S-05", "P3", 2 * HOUR, "ack", result="busy")
    told.alarm("GARAGE_WATER", "GW-1", "P2", 5 * MINUTE, level_cm=12.0)
    told.alarm("CP_FAULT", "EV-03-1", "P4", 700 * SECOND)
    told.device("C-010", age_ms=390 * SECOND, silent=True, status="online")
    told.alarm("CAM_OFFLINE", "C-010", "P3", 390 * SECOND, "ack")
    told.state.devices["desk"].memory["desk"]["late"] = ["o1", "o2"]
    told.alarm("TICKET_SLA", "desk", "P4", 900 * SECOND, late=2)
    return told.state


def aged() -> Any:
    """One feed late, one gone, one never heard; strangers among the cameras."""
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
