"""A small estate with every kind of device that the world knows, for tests that live whole days."""

from __future__ import annotations

from community.site import Building, Device, Site, Source, Text
from community.world.day import Sort
from community.world.stream import PLOTS

DAY = 20_515
"""2026-03-03, a Tuesday."""


def small() -> Site:
    sources = [Source(id_, Text(id_, id_)) for id_ in ("doors", "piles", "cars", "lorawan", "office")]
    devices = [
        *(Device(f"D-{b}-{u}", "access", "door", "doors", building=b, unit=u) for b in "12" for u in "12"),
        *(Device(f"G-{n}", "access", "door", "doors", area=f"G{n}", xy=(0.0, 90.0 * n)) for n in range(2)),
        *(Device(f"T-{n}", "access", "plant_door", "doors", area="B1") for n in range(2)),
        *(Device(f"P-{p}", "charging", "ebike_pile", "piles") for p in range(4)),
        *(Device(f"P-{p}-{n}", "charging", "ebike_port", "piles", parent=f"P-{p}") for p in range(4) for n in range(8)),
        *(Device(f"C-{n}", "cameras", "camera", "doors", area="wall", tags=("perimeter",)) for n in range(6)),
        *(Device(f"I-{b}-{u}", "intercom", "panel", "doors", building=b, unit=u) for b in "12" for u in "12"),
        *(Device(f"SOS-{n}", "sos", "button", "lorawan", building="1", unit="1", room=f"{n}01") for n in range(1, 7)),
        *(Device(f"SOS-{n}", "sos", "pillar", "lorawan", area="garden") for n in range(7, 9)),
        Device("DESK", "orders", "desk", "office"),
        *(Device(f"CP-{n}", "patrol", "checkpoint", "office", area="garden") for n in range(6)),
        *(Device(f"p-alone-{n}", "care", "resident_alone", "lorawan", building="1") for n in range(1000, 1012)),
        *(Device(f"p-dementia-{n}", "care", "resident_dementia", "lorawan", building="2") for n in range(4)),
        *(Device(f"p-child-{n}00", "care", "child", "lorawan", building="2") for n in range(1, 5)),
        *(Device(f"E-{p}", "charging", "car_charger", "cars") for p in range(2)),
        *(Device(f"E-{p}-{n}", "charging", "car_connector", "cars", parent=f"E-{p}") for p in range(2) for n in "12"),
    ]
    buildings = (Building("1", 2, 10, 2), Building("2", 2, 10, households=40))
    return Site(
        "small", Text("小院", "Small"), clock="log", sources=tuple(sources), buildings=buildings, devices=tuple(devices)
    )


def sort(seed: int = 1, **more: object) -> Sort:
    return Sort(small(), seed, PLOTS, **more)  # type: ignore[arg-type]
