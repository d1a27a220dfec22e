"""Three meters, and what stories say of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from community.site import Device, Site, Source, Text
from community.systems.bulkwater import HALF_HOUR_MS
from tests.community.story import T0_MS, Story

SITE = Site(
    id="garden",
    name=Text("花园", "Garden"),
    sources=(Source("lora", Text("抄表", "Meters")),),
    devices=(
        Device("W-1", "meters", "water_meter", "lora", building="7", unit="2", room="1203"),
        Device("B-1", "meters", "bulk_meter", "lora_less"),
        Device("E-1", "meters", "power_meter", "lora_less"),
    ),
)
DAY = 86_400
LEAK, NIGHT, BURST, LOST = "LEAK_HOME/W-1", "DMA_NIGHT/B-1", "WATER_BURST/B-1", "METER_LOST/W-1"
MIDNIGHT_MS = int(datetime(2026, 3, 13, tzinfo=ZoneInfo("Asia/Shanghai")).timestamp() * 1000)
"""The first midnight of the stories."""


def s(ms: int) -> float:
    return (ms - T0_MS) / 1000


def litres(story: Story, start_ms: int, volumes: list[Any], meter: str = "W-1", late_s: float = 0, **more: Any) -> None:
    """A delivery, at the end of its last half-hour unless it is late."""
    end_s = s(start_ms + len(volumes) * HALF_HOUR_MS)
    data = {"start_ms": start_ms, "volume_l": volumes}
    story.tell("meter.intervals", meter, data, at_s=end_s + late_s, **more)


def activated(story: Story) -> list[str]:
    return [subject for _, subject, _ in story.journal("alarm.activated")]
