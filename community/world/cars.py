"""Cars at their chargers: 7 and 11 kW wall boxes, one to five hours, and half of the drivers come late for their car.

Like the bikes' the charging day of cars runs from 10 to 10. Live, real OCPP clients drive what is planned here.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import TYPE_CHECKING

import msgspec

from ..model import to_rfc3339
from ..site import Device
from .base import Observation, Plot, Scene, Truth
from .bikes import FIRST_H, HOURS, LAST_H, METER, SESSION, STATUS
from .chance import between
from .day import HOUR_MS

if TYPE_CHECKING:
    from .day import Day

SAMPLE_S = 60
CARS = 1.3
TAPER_S = 1800.0
STANDBY_W = 400.0
"""What a car takes at the end of its taper, before it is full."""


class CarCharge(msgspec.Struct, frozen=True):
    connector: Device
    start_ms: int
    peak_w: float
    full_s: float
    """The car takes nothing more."""
    leave_s: float
    meter_start_wh: float

    @property
    def session(self) -> str:
        """As the pile's own words make it (ingest/adapters/ocpp16.py), so that one that runs on is one."""
        station = self.connector.parent
        number = self.connector.id.removeprefix(f"{station}-")
        return f"{station}/{number}@{to_rfc3339(self.start_ms)}"

    @property
    def leave_ms(self) -> int:
        return self.start_ms + int(1000 * self.leave_s)

    def power_w(self, after_s: float) -> float:
        if not 0 <= after_s < min(self.full_s, self.leave_s):
            return 0.0
        left_s = self.full_s - after_s
        return self.peak_w if left_s > TAPER_S else STANDBY_W + (self.peak_w - STANDBY_W) * left_s / TAPER_S

    def meter_wh(self, after_s: float) -> float:
        """The connector's register: the integral of `power_w`."""
        until_s = max(0.0, min(after_s, self.full_s, self.leave_s))
        steady_s = min(until_s, max(0.0, self.full_s - TAPER_S))
        taken = self.peak_w * steady_s
        taper_s = until_s - steady_s
        if taper_s > 0:
            taken += taper_s * (self.power_w(steady_s + 0.001) + self.power_w(until_s - 0.001)) / 2
        return self.meter_start_wh + taken / 3600


def charges(day: Day) -> Iterator[CarCharge]:
    for connector in day.of_kind("car_connector"):
        dice = day.dice("car", connector.id)
        register_wh = 150_000.0 + 21_000.0 * (day.number % 1000)
        ready_h = FIRST_H
        for _ in range(2):
            if dice.random() > CARS / 2:
                continue
            low, high, _share = dice.choices(HOURS, [share for _, _, share in HOURS])[0]
            charge = _charge(day, connector, max(ready_h, dice.uniform(low, high)), register_wh, dice)
            if day.free(connector.id, charge.start_ms - 60_000, charge.leave_ms + 60_000):
                yield charge
            register_wh = charge.meter_wh(charge.leave_s)
            ready_h = day.hour_of(charge.leave_ms) + 0.2
            if ready_h > 24:
                break


def _charge(day: Day, connector: Device, begin_h: float, register_wh: float, dice: Random) -> CarCharge:
    full_s = 3600 * dice.uniform(0.8, 4.5)
    late_s = dice.choice((120.0, dice.uniform(600, 5400)))
    if begin_h > 19.5:
        late_s = max(late_s, 3600 * (dice.uniform(31, 32.8) - begin_h) - full_s)
    leave_s = min(full_s + late_s, 3600 * (LAST_H - 0.2 - begin_h))
    peak_w = dice.choice((6900.0, 7000.0, 10_800.0))
    return CarCharge(connector, day.start_ms + int(HOUR_MS * begin_h), peak_w, full_s, leave_s, round(register_wh))


def simulate(day: Day) -> Iterator[Observation]:
    for charge in charges(day):
        plug, start_ms = charge.connector.id, charge.start_ms
        if day.fine:
            yield _status(plug, start_ms - 20_000, "Preparing")
            yield _status(plug, start_ms + 1000, "Charging")
        began = {"session": charge.session, "phase": "started", "meter_start_wh": charge.meter_start_wh}
        yield Observation(start_ms, SESSION, plug, began)
        if day.fine:
            dice = day.dice("plug", plug, start_ms)
            yield from _samples(charge, day, dice)
            if charge.full_s < charge.leave_s:
                yield _status(plug, start_ms + int(1000 * charge.full_s), "SuspendedEV")
            yield _status(plug, charge.leave_ms + 1000, "Finishing")
            yield _status(plug, charge.leave_ms + 40_000, "Available")
        wh = round(charge.meter_wh(charge.leave_s))
        ended = {"session": charge.session, "phase": "ended", "meter_stop_wh": wh, "reason": "EVDisconnected"}
        ended["energy_wh"] = wh - charge.meter_start_wh
        yield Observation(charge.leave_ms, SESSION, plug, ended)


def _status(plug: str, at_ms: int, status: str, error: str = "NoError") -> Observation:
    return Observation(at_ms, STATUS, plug, {"status": status, "error_code": error})


def _samples(charge: CarCharge, day: Day, dice: Random) -> Iterator[Observation]:
    at_s = dice.uniform(5, SAMPLE_S)
    at_s += SAMPLE_S * max(0, int((day.sort.since_ms - charge.start_ms) / 1000 / SAMPLE_S) - 1)
    while at_s < charge.leave_s:
        power_w = charge.power_w(at_s) * dice.uniform(0.99, 1.01)
        said = {
            "power_w": round(power_w, 1),
            "energy_wh": round(charge.meter_wh(at_s)),
            "current_a": round(power_w / 220 / (3 if charge.peak_w > 8000 else 1), 1),
            "voltage_v": 220.0,
            "temperature_c": round(28 + power_w / 800, 1),
        }
        yield Observation(charge.start_ms + int(1000 * at_s), METER, charge.connector.id, said)
        at_s += SAMPLE_S


# ---- what can go wrong
def plug_on_fire(scene: Scene, day: Day) -> Iterator[Observation | Truth]:
    """The charger itself measures its plug, and stops."""
    plug, mended_ms = scene.device.id, scene.until_ms - 60_000
    yield _status(plug, scene.from_ms, "Faulted", "HighTemperature")
    yield _status(plug, mended_ms, "Available")
    yield scene.truth("CP_OVERTEMP", 60, until_ms=mended_ms)
    yield from scene.nothing("CP_FAULT")


def locked_plug(scene: Scene, day: Day) -> Iterator[Observation | Truth]:
    """The plug does not come out of its lock; the driver telephones, the caretaker comes."""
    plug, mended_ms = scene.device.id, scene.until_ms - 60_000
    yield _status(plug, scene.from_ms, "Faulted", "ConnectorLockFailure")
    yield _status(plug, mended_ms, "Available")
    yield scene.truth("CP_FAULT", 150, until_ms=mended_ms)


def emergency_stop_tried(scene: Scene, day: Day) -> Iterator[Observation | Truth]:
    """A child presses the red button; the driver turns it back."""
    plug = scene.device.id
    yield _status(plug, scene.from_ms, "Faulted", "OtherError")
    yield _status(plug, scene.from_ms + between(scene.dice, 10, 40), "Available")
    yield from scene.nothing("CP_FAULT")


def charger_dead(scene: Scene, day: Day) -> Iterator[Observation | Truth]:
    """Its SIM card is blocked: not a word until it has a new one."""
    back_ms = scene.until_ms
    yield Observation(back_ms, "charging.boot", scene.device.id, {"vendor": "wallbox", "firmware": "1.4.2"})
    for n in range(1, 4):
        yield Observation(back_ms + 20_000 * n, "device.heartbeat", scene.device.id, {})
    yield scene.truth("CP_OFFLINE", 420)


PLUG, CHARGER = ("car_connector",), ("car_charger",)

PLOTS: tuple[Plot, ...] = (
    Plot("plug_on_fire", PLUG, 1, (900, 3600), plug_on_fire),
    Plot("locked_plug", PLUG, 12, (900, 3600), locked_plug),
    Plot("emergency_stop_tried", PLUG, 40, (100, 200), emergency_stop_tried),
    Plot("charger_dead", CHARGER, 10, (900, 5400), charger_dead, mutes=True),
)
