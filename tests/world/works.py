"""An estate with the devices of a place's works, several of each kind, for tests that live whole days."""

from __future__ import annotations

from collections.abc import Collection

from msgspec.structs import replace

from community.site import Building, Device, Site, Source, Text
from community.world.base import Plot
from community.world.day import Sort
from tests.world.small import small

FEEDS = ("bins", "lifts", "fire", "plant", "parking", "broadcast", "isapi", "meters")
CAMERA_TAGS = ("falling", "lift", "bike_shed", "fire_lane")


def works(only: Collection[str] = ()) -> Site:
    """`only`: devices of these systems, and their feeds."""
    homes = [(b, u, f"{f}0{r}") for b in "12" for u in "12" for f in range(1, 4) for r in (1, 2)]
    devices = [
        *(Device(f"BIN-{n}", "bins", "bin", "bins", area=f"G{n}") for n in range(8)),
        *(
            Device(f"L-{b}-{u}-{n}", "lifts", "lift", "lifts", building=b, unit=u)
            for b in "12"
            for u in "12"
            for n in "12"
        ),
        *(Device(f"FP-{n}", "fire", "fire_panel", "fire", area="B1") for n in range(4)),
        *(Device(f"SD-{n}", "fire", "smoke_detector", "fire", building="1", unit="1") for n in range(6)),
        *(Device(f"MCP-{n}", "fire", "call_point", "fire", building="2", unit="1") for n in range(6)),
        *(Device(f"GAS-{n}", "fire", "gas_detector", "fire", building="2", unit="2", room=f"{n}01") for n in range(6)),
        *(Device(f"F-{n}", "plant", "feeder", "plant", area="B1") for n in range(4)),
        *(Device(f"SW-{n}", "plant", "switch", "plant", parent=f"F-{n % 3}") for n in range(6)),
        *(Device(f"GW-{n}", "plant", "gateway", "plant") for n in range(2)),
        *(Device(f"PU-{n}", "plant", "pump", "plant", area="B1") for n in range(2)),
        *(Device(f"WL-{n}", "plant", "water_level", "plant", area="B1") for n in range(4)),
        *(Device(f"PB-{n}", "parking", "barrier", "parking", area=f"G{n}") for n in range(6)),
        *(Device(f"SP-{n}", "broadcast", "speaker", "broadcast", area=f"G{n}") for n in range(8)),
        *(
            Device(f"C-{tag}-{n}", "cameras", "camera", "isapi", area=f"{tag} {n}", tags=(tag,))
            for tag in CAMERA_TAGS
            for n in range(6)
        ),
        *(Device(f"NVR-{n}", "cameras", "recorder", "isapi", area="B1") for n in range(4)),
    ]
    devices += [
        Device(f"{letter}-{b}-{u}-{room}", "meters", kind, "meters", building=b, unit=u, room=room, parent="GW-0")
        for letter, kind in (("W", "water_meter"), ("E", "power_meter"))
        for b, u, room in homes
    ]
    devices += [Device(f"WM-{b}", "meters", "bulk_meter", "meters", building=b, period_s=3600) for b in "12"]
    if only:
        devices = [device for device in devices if device.system in only]
    heard = {device.source for device in devices}
    sources = tuple(Source(id_, Text(id_, id_)) for id_ in FEEDS if id_ in heard)
    buildings = (Building("1", 2, 3, 2), Building("2", 2, 3, 2))
    return Site(
        "works", Text("设备", "Works"), clock="log", sources=sources, buildings=buildings, devices=tuple(devices)
    )


def whole() -> Site:
    """The small estate and its works: every kind of device that something can befall."""
    homes, these = small(), works()
    sources = {source.id: source for source in (*homes.sources, *these.sources)}
    return replace(homes, sources=tuple(sources.values()), devices=(*homes.devices, *these.devices))


def sort(plots: tuple[Plot, ...], seed: int = 1, only: Collection[str] = (), **more: object) -> Sort:
    return Sort(works(only), seed, plots, **more)  # type: ignore[arg-type]
