"""What every device may say, whatever system it belongs to: that it lives, and its battery."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from ..alarms import Seen
from ..catalogue import Definition
from ..model import DEVICE_HEARTBEAT, Record
from ..numbers import Count, Percent, SystemNumbers, below
from ..site import Text
from ..world import common as anywhere
from .base import Look, Patch, Reducer, Rule, System, present, typed


class Numbers(SystemNumbers, frozen=True):
    """Of every device. alarms.csv BATTERY_LOW, with its deadband; `heartbeat_s`: of what no system knows.

    `letters_on`: so many dead letters of one feed within ten minutes are no chance: one broken payload is, and its
    device says the next one rightly."""

    section: ClassVar[str] = "common"

    letters_on: Count = 5
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
    alarms=(
        Definition(
            "DEAD_LETTERS",
            Text("报文无法识别", "Unread messages"),
            priority="P3",
            on_delay_ms=0,
            off_delay_ms=0,
            steps=(
                Text("通知系统管理员", "Tell the system administrator"),
                Text("期间以现场巡查代替该数据源的告警", "Until then rounds stand in for the alarms of this feed"),
                Text(
                    "管理员在死信页查看原因，修正后重放",
                    "They read the dead letters, mend the cause, resend",
                ),
            ),
        ),
    ),
    rules=(
        Rule("BATTERY_LOW", frozenset(("battery",)), battery_low),
        Rule("CLOCK_SKEW", frozenset(("clock",)), clock_skew),
    ),
    plots=anywhere.PLOTS,
)
