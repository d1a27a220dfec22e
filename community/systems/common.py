"""What every device may say, whatever system it belongs to: that it lives, and its battery."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from ..alarms import Seen
from ..model import DEVICE_HEARTBEAT, Record
from ..numbers import Percent, SystemNumbers, below
from ..site import Text
from ..world import common as anywhere
from .base import Look, Patch, Reducer, Rule, System, present, typed


class Numbers(SystemNumbers, frozen=True):
    """Of every device. alarms.csv BATTERY_LOW, with its deadband; `heartbeat_s`: of what no system knows."""

    section: ClassVar[str] = "common"

    battery_low_percent: Percent = 15
    battery_ok_percent: Percent = 25

    def __post_init__(self) -> None:
        below(self, "battery_low_percent", "battery_ok_percent")


class Battery(msgspec.Struct):
    battery_percent: float


def reduce_heartbeat(record: Record) -> Patch:
    return Patch("heartbeat", {})


def reduce_battery(record: Record) -> Patch:
    battery: Battery = typed(Battery, record.data)
    return Patch("battery", present(battery))


def battery_low(look: Look) -> Seen | None:
    percent, numbers = look.device.values["battery_percent"], look.site.numbers_of(Numbers)
    low = percent < numbers.battery_ok_percent if look.active else percent <= numbers.battery_low_percent
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
    plots=anywhere.PLOTS,
)
