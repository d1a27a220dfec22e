"""E-bikes at their piles: bikes come in the evening, charge, are full, are fetched in the morning.

The charging day runs from 10 to 10: in between hardly anybody comes or goes, and no charge reaches over it. A pile's
firmware ends a full session by itself after a while, unless the house does it (`Sort.obeyed`).
"""

from __future__ import annotations

from collections.abc import Iterator
from math import exp
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from ..model import to_rfc3339
from ..site import Device
from .base import Observation
from .battery import Load, battery
from .day import HOUR_MS

if TYPE_CHECKING:
    from .day import Day

METER, STATUS, SESSION = "charging.meter", "charging.status", "charging.session"
SAMPLE_S = 60
MAINS_V = 220.0
FIRST_H, LAST_H = 10.0, 34.0

HOURS = ((10, 14, 0.16), (14, 17.5, 0.17), (17.5, 21.5, 0.52), (21.5, 24, 0.15))
"""When bikes come: from, to, share."""

BIKES = 1.05
"""That come to a port in a charging day, if it is free."""

FIRMWARE_S = (900.0, 2400.0)
"""So long after the float was reached the pile's firmware ends a session."""


class Charge(NamedTuple):
    port: Device
    start_ms: int
    load: Load
    stop_s: float
    """When the current ends: the firmware's doing, or somebody pulls the plug."""
    leave_s: float
    """When the bike is gone."""
    celsius: float
    """Of the shed."""

    @property
    def session(self) -> str:
        return f"{self.port.id}@{to_rfc3339(self.start_ms)}"

    @property
    def reason(self) -> str:
        return "Local" if self.stop_s < self.leave_s else "EVDisconnected"


def charges(day: Day) -> Iterator[Charge]:
    """All that begin in this charging day, on ports that no scene has."""
    for port in day.of_kind("ebike_port"):
        dice = day.dice("port", port.id)
        ready_h = FIRST_H
        for _ in range(2):
            if dice.random() > BIKES / 2:
                continue
            low, high, _share = dice.choices(HOURS, [share for _, _, share in HOURS])[0]
            begin_h = max(ready_h, dice.uniform(low, high))
            charge = _charge(day, port, begin_h, dice)
            end_ms = charge.start_ms + int(1000 * charge.leave_s)
            if day.free(port.id, charge.start_ms - 60_000, end_ms + 60_000):
                yield charge
            ready_h = day.hour_of(end_ms) + 0.2
            if ready_h > 24:
                break


def _charge(day: Day, port: Device, begin_h: float, dice: Random) -> Charge:
    celsius = day.weather.outdoors_c(begin_h)
    load = Load(((0.0, battery(dice, celsius)),))
    if begin_h >= 17 or dice.random() < 0.3:
        leave_h = dice.uniform(30.5, 32.8)  # in the morning, on the way to work
    else:
        leave_h = begin_h + dice.uniform(1.2, 6.0)
    leave_s = 3600 * (min(leave_h, LAST_H - 0.2, begin_h + 11.8) - begin_h)
    full_s = load.full_s + dice.uniform(*FIRMWARE_S)
    stop_s = leave_s if day.sort.obeyed else min(leave_s, full_s)
    return Charge(port, day.start_ms + int(HOUR_MS * begin_h), load, stop_s, leave_s, celsius)


def said_free(day: Day, *kinds: str) -> Iterator[Observation]:
    """In the quiet hour before the charging day begins every free port says that it is free."""
    for port in day.of_kind(*kinds):
        at_ms = day.at(FIRST_H - 0.1) + day.dice("free", port.id).randrange(60_000)
        if day.free(port.id, at_ms - 60_000, at_ms + 60_000):
            yield Observation(at_ms, STATUS, port.id, {"status": "Available", "error_code": "NoError"})


def simulate(day: Day) -> Iterator[Observation]:
    if day.fine:
        yield from said_free(day, "ebike_port", "car_connector")
    for charge in charges(day):
        dice = day.dice("meter", charge.port.id, charge.start_ms)
        yield from begins(charge, day.fine)
        wh = charge.load.energy_wh(charge.stop_s)
        if day.fine:
            unheard_s = max(0.0, (day.sort.since_ms - charge.start_ms) / 1000 - SAMPLE_S)
            if unheard_s < charge.stop_s:
                yield from samples(charge, unheard_s, charge.stop_s, dice)
        yield from ends(charge, wh, day.fine)


def begins(charge: Charge, fine: bool = True) -> Iterator[Observation]:
    port, at_ms = charge.port.id, charge.start_ms
    yield Observation(at_ms, SESSION, port, {"session": charge.session, "phase": "started"})
    if fine:
        yield Observation(at_ms + 1000, STATUS, port, {"status": "Charging", "error_code": "NoError"})


def samples(
    charge: Charge, from_s: float, until_s: float, dice: Random, step_s: float = SAMPLE_S
) -> Iterator[Observation]:
    """What the port meters, once a minute."""
    at_s, wh = from_s + dice.uniform(2, step_s), 0.0
    if from_s:
        wh = charge.load.energy_wh(from_s)
    while at_s < until_s:
        power_w = charge.load.power_w(at_s) * dice.uniform(0.992, 1.008)
        wh += power_w * step_s / 3600
        warm_c = 16 * (1 - exp(-power_w / 250))  # the box, by its relay and contacts
        yield meter(charge, at_s, power_w, wh, charge.celsius + 4 + warm_c + dice.gauss(0, 0.15))
        at_s += step_s


def meter(charge: Charge, at_s: float, power_w: float, wh: float, celsius: float) -> Observation:
    said = {
        "power_w": round(power_w, 1),
        "energy_wh": round(wh, 1),
        "current_a": round(power_w / MAINS_V, 2),
        "voltage_v": MAINS_V,
        "temperature_c": round(celsius, 1),
    }
    return Observation(charge.start_ms + int(1000 * at_s), METER, charge.port.id, said)


def ends(charge: Charge, wh: float, fine: bool = True) -> Iterator[Observation]:
    port, stop_ms = charge.port.id, charge.start_ms + int(1000 * charge.stop_s)
    ended = {"session": charge.session, "phase": "ended", "energy_wh": round(wh), "reason": charge.reason}
    yield Observation(stop_ms, SESSION, port, ended)
    if not fine:
        return
    yield meter(charge, charge.stop_s + 0.5, 0.0, wh, charge.celsius + 5)
    if charge.stop_s < charge.leave_s:
        yield Observation(stop_ms + 1000, STATUS, port, {"status": "Finishing", "error_code": "NoError"})
    leave_ms = charge.start_ms + int(1000 * charge.leave_s) + 2000
    yield Observation(leave_ms, STATUS, port, {"status": "Available", "error_code": "NoError"})
