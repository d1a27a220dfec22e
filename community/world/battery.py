"""An e-bike's battery on its charger: watts at the socket as a function of time.

Constant current, whose power climbs a little with the voltage; then constant voltage, in which the current falls off
exponentially; then a float, and most chargers cut off in the end. In the cold the battery management first lets a
trickle in, until the cells are warm enough. Two on one socket add up.
"""

from __future__ import annotations

from math import exp, log
from random import Random

import msgspec

FLOAT_SHARE = 0.06
"""Where the taper ends, of full power: chargers of 60 to 240 W float at 4 to 14 W."""

EFFICIENCY = 0.88


class Battery(msgspec.Struct, frozen=True):
    """One battery and its charger. Seconds count from plugging in."""

    peak_w: float
    bulk_s: float
    tau_s: float
    """Of the taper: LiFePO4 10 minutes, NMC 20, lead-acid an hour."""
    float_w: float
    cold_s: float = 0.0
    cold_w: float = 0.0
    off_s: float = 0.0
    """After so long on float the charger cuts off by itself; 0: it never does."""

    @property
    def full_s(self) -> float:
        """The taper has come down to the float: the battery takes nothing more."""
        return self.cold_s + self.bulk_s + self.tau_s * log(self.peak_w / self.float_w)

    def power_w(self, after_s: float) -> float:
        if after_s < 0:
            return 0.0
        if after_s < self.cold_s:
            return self.cold_w
        after_s -= self.cold_s
        if after_s < self.bulk_s:
            return self.peak_w * (0.9 + 0.1 * after_s / self.bulk_s)
        tapered = self.peak_w * exp(-(after_s - self.bulk_s) / self.tau_s)
        if tapered > self.float_w:
            return tapered
        if self.off_s and after_s + self.cold_s > self.full_s + self.off_s:
            return 0.0
        return self.float_w

    def energy_ws(self, until_s: float) -> float:
        """The integral of `power_w` from plugging in: cold plateau, bulk, taper, float."""
        cold_s = min(max(until_s, 0.0), self.cold_s)
        bulk_s = min(max(until_s - self.cold_s, 0.0), self.bulk_s)
        taper_s = max(min(until_s, self.full_s) - self.cold_s - self.bulk_s, 0.0)
        float_s = max(until_s - self.full_s, 0.0)
        if self.off_s:
            float_s = min(float_s, self.off_s)
        bulk_ws = self.peak_w * bulk_s * (0.9 + 0.05 * bulk_s / self.bulk_s) if bulk_s else 0.0
        taper_ws = self.peak_w * self.tau_s * (1 - exp(-taper_s / self.tau_s))
        return cold_s * self.cold_w + bulk_ws + taper_ws + float_s * self.float_w


def battery(dice: Random, celsius: float, *, empty: float | None = None) -> Battery:
    """A battery as people have them. `celsius`: of the shed. Below 5 deg C many begin with a cold plateau."""
    lead = dice.random() < 0.3
    peak_w = dice.choice((84.0, 126.0, 150.0, 180.0)) if lead else dice.choice((110.0, 170.0, 240.0, 330.0))
    capacity_wh = dice.uniform(480, 1150) * (0.8 if celsius < 5 else 1.0)
    share = dice.uniform(0.25, 0.9) if empty is None else empty
    tau_s = dice.uniform(1500, 2700) if lead else dice.uniform(420, 1100)
    bulk_s = max(600.0, 3600 * capacity_wh * share / EFFICIENCY / peak_w - tau_s)
    cold = celsius < 5 and not lead and dice.random() < 0.6
    return Battery(
        peak_w,
        bulk_s,
        tau_s,
        peak_w * FLOAT_SHARE * dice.uniform(0.7, 1.1),
        dice.uniform(600, 1700) if cold else 0.0,
        dice.uniform(11, 19) if cold else 0.0,
        dice.uniform(1800, 7200) if dice.random() < 0.35 else 0.0,
    )


class Load(msgspec.Struct, frozen=True):
    """What hangs on one socket: batteries, each plugged in so many seconds after the first, and what else draws."""

    batteries: tuple[tuple[float, Battery], ...]
    constant_w: float = 0.0
    until_s: float = 1e9
    """When somebody pulls the plug."""

    def power_w(self, after_s: float) -> float:
        if not 0 <= after_s < self.until_s:
            return 0.0
        return self.constant_w + sum(battery.power_w(after_s - delay_s) for delay_s, battery in self.batteries)

    @property
    def full_s(self) -> float:
        return max((delay_s + battery.full_s for delay_s, battery in self.batteries), default=0.0)

    def energy_wh(self, until_s: float) -> float:
        """What a meter has added up by then."""
        until_s = min(max(until_s, 0.0), self.until_s)
        ws = self.constant_w * until_s
        return (ws + sum(battery.energy_ws(until_s - delay_s) for delay_s, battery in self.batteries)) / 3600
