"""A charging session as a function of time: so many watts, so many watt-hours after so long. Pure.

Constant power until the battery is nearly full, then a straight decline to a trickle, then nothing.
"""

from __future__ import annotations

import random

import msgspec


class Session(msgspec.Struct, frozen=True):
    start_ms: int
    peak_w: float
    steady_s: float
    """At full power."""
    decline_s: float
    """From full power down to the trickle."""
    trickle_w: float
    stay_s: float
    """How long it stays plugged in after it is full."""
    meter_start_wh: float
    transaction: int = 0
    """Of a car: the central system's id. 0: not told yet."""

    def full_at_s(self) -> float:
        return self.steady_s + self.decline_s

    def is_full(self, now_ms: int) -> bool:
        return (now_ms - self.start_ms) / 1000 >= self.full_at_s()

    def is_over(self, now_ms: int) -> bool:
        return (now_ms - self.start_ms) / 1000 >= self.full_at_s() + self.stay_s

    def power_w(self, now_ms: int) -> float:
        elapsed_s = (now_ms - self.start_ms) / 1000
        if elapsed_s < self.steady_s:
            return self.peak_w
        if elapsed_s >= self.full_at_s():
            return 0.0
        share = (elapsed_s - self.steady_s) / self.decline_s
        return self.peak_w + (self.trickle_w - self.peak_w) * share

    def energy_wh(self, now_ms: int) -> float:
        """Taken since the start: the integral of `power_w`."""
        elapsed_s = min((now_ms - self.start_ms) / 1000, self.full_at_s())
        steady_s, declining_s = min(elapsed_s, self.steady_s), max(0.0, elapsed_s - self.steady_s)
        mean_w = (self.peak_w + self.power_w(self.start_ms + int(1000 * (self.steady_s + declining_s)) - 1)) / 2
        return (self.peak_w * steady_s + (mean_w * declining_s if declining_s else 0.0)) / 3600

    def meter_wh(self, now_ms: int) -> float:
        return self.meter_start_wh + self.energy_wh(now_ms)


def car(chance: random.Random, start_ms: int, meter_start_wh: float) -> Session:
    """7 kW and 11 kW wall boxes; one to five hours, and half of the drivers come late for their car."""
    peak_w = chance.choice((6_900.0, 7_000.0, 10_800.0))
    hours = chance.uniform(0.8, 4.0)
    stay_s = chance.choice((120.0, chance.uniform(600, 5400)))
    return Session(start_ms, peak_w, 3600 * hours, chance.uniform(1200, 2400), 400.0, stay_s, meter_start_wh)


def ebike(chance: random.Random, start_ms: int) -> Session:
    """48 to 72 V chargers of 120 to 240 W, two to five hours, the last one declining to 15 W."""
    peak_w = chance.uniform(120, 240)
    return Session(start_ms, peak_w, chance.uniform(5400, 14_400), 3600.0, 15.0, chance.uniform(300, 5400), 0.0)


def begun(session: Session, ago_s: float) -> Session:
    """The same session, under way for so long already: what a demo finds when it starts."""
    return msgspec.structs.replace(session, start_ms=session.start_ms - int(1000 * ago_s))
