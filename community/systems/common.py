"""What every device may say, whatever system it belongs to: that it lives, and its battery."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from ..alarms import Seen
from ..model import DEVICE_HEARTBEAT, Record
from ..numbers import SystemNumbers
from ..site import Text
from .base import Look, Patch, Reducer, Rule, System, present, typed

BATTERY_LOW_PERCENT, BATTERY_OK_PERCENT = 15.0, 25.0
"""alarms.csv BATTERY_LOW, with its deadband."""


class Numbers(SystemNumbers, frozen=True):
    """`heartbeat_s`: DOMAIN.md."""

    section: ClassVar[str] = "common"


class Battery(msgspec.Struct):
    battery_percent: float


def reduce_heartbeat(record: Record) -> Patch:
    return Patch("heartbeat", {})


def reduce_battery(record: Record) -> Patch:
    battery: Battery = typed(Battery, record.data)
    return Patch("battery", present(battery))


def battery_low(look: Look) -> Seen | None:
    percent = look.device.values["battery_percent"]
    low = percent < BATTERY_OK_PERCENT if look.active else percent <= BATTERY_LOW_PERCENT
    return Seen(low, {"battery_percent": percent})


def clock_skew(look: Look) -> Seen | None:
    skew_ms = look.device.skew_ms
    return Seen(skew_ms is not None, {} if skew_ms is None else {"skew_s": round(skew_ms / 1000)})


SYSTEM = System(
    id="common",
    name=Text("设备", "Devices"),
    numbers=Numbers,
    reducers={
        DEVICE_HEARTBEAT: Reducer(reduce_heartbeat, "unknown"),
        "device.battery": Reducer(reduce_battery, "unknown"),
    },
    rules=(
        Rule("BATTERY_LOW", frozenset(("battery",)), battery_low),
        Rule("CLOCK_SKEW", frozenset(("clock",)), clock_skew),
    ),
)
