"""充电过温 CP_OVERTEMP: hot for some time *and* rising, as far as at least two samples say so.

One vendor withdrew a bare 65 deg C cut-off for misreadings (DOMAIN.md): one sample of 127 deg C among samples of 40 is
a bad joint, and a box in the sun is hot without rising. So the first hot sample begins the time that the on-delay asks
for, and a second one that is still hot has to show the rise, since the last cool sample or the one before. What was
once found rising stays so until it is cool again.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from ..alarms import CLEAR, Seen
from ..catalogue import definition
from ..numbers import Amount, below
from ..state import DeviceState
from . import cutoff
from .base import NOTHING, Look, Moment, Rule, Step, Tracker

NAME = "heat"


class Numbers(cutoff.Numbers, frozen=True):
    """alarms.csv CP_OVERTEMP: on at 65 deg C (site data, 50 to 100) and rising at 1 C/min or more, off at 55."""

    overtemp_on_c: Annotated[float, msgspec.Meta(ge=50, le=100)] = 65
    overtemp_off_c: Amount = 55
    overtemp_rise_c_per_min: Amount = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        below(self, "overtemp_off_c", "overtemp_on_c")


SMOKE = frozenset(("FIRE_SMOKE", "CP_FIRE"))
"""What makes a hot port in the same shed a fire, whatever its temperature does."""


def step(moment: Moment) -> Step:
    """Memory: `cool` [ms, deg C] of the last sample before it was hot, if there was one; `hot_ms` of the first hot one;
    `rising_ms`: that it rises is known since then."""
    device, before = moment.look.device, moment.look.before
    celsius, held = device.values.get("temperature_c"), moment.memory
    numbers = moment.look.site.numbers_of(Numbers)
    if celsius is None or celsius < numbers.overtemp_on_c:
        return NOTHING
    at_ms = device.stamps["temperature_c"][0]
    last = _sample(before)
    if not held:
        return Step({"hot_ms": at_ms, **({"cool": last} if last else {})})
    if "rising_ms" in held or last is None or last[0] >= at_ms:
        return Step(dict(held))
    rising = any(_rise(since, at_ms, celsius) >= numbers.overtemp_rise_c_per_min for since in (held.get("cool"), last))
    return Step({**held, "rising_ms": at_ms} if rising else dict(held))


def _sample(device: DeviceState | None) -> list[Any] | None:
    if device is None or "temperature_c" not in device.stamps:
        return None
    return [device.stamps["temperature_c"][0], device.values["temperature_c"]]


def _rise(since: list[Any] | None, at_ms: int, celsius: float) -> float:
    """deg C a minute."""
    return float(celsius - since[1]) * 60_000 / (at_ms - since[0]) if since and at_ms > since[0] else 0.0


def over_temperature(look: Look) -> Seen | None:
    values = look.device.values
    if values.get("error_code") == "HighTemperature" and values.get("status") == "Faulted":
        return Seen(True, {"error_code": "HighTemperature"})
    celsius = values.get("temperature_c")
    if celsius is None:
        return CLEAR
    if look.active:
        return Seen(celsius > look.site.numbers_of(Numbers).overtemp_off_c, {"temperature_c": celsius} | beside(look))
    memory = look.device.memory.get(NAME, {})
    if not memory:
        return CLEAR
    if "rising_ms" not in memory:
        # A sensor that reads high and does not rise may misread; beside smoke in the same shed it does not.
        smoke = beside(look)
        return Seen(True, {"temperature_c": celsius} | smoke) if smoke else CLEAR
    # Hot for long enough when the rise is found: then it is an alarm now, and was none before.
    since_ms = max(memory["hot_ms"], memory["rising_ms"] - definition(look.site, "CP_OVERTEMP").on_delay_ms)
    return Seen(True, {"temperature_c": celsius} | beside(look), since_ms=since_ms)


def beside(look: Look) -> dict[str, Any]:
    keys = look.door.standing_near(look.device.id, SMOKE)
    return {"beside": keys} if keys else {}


TRACKER = Tracker(NAME, frozenset(("meter",)), step)
RULE = Rule("CP_OVERTEMP", frozenset(("status", "meter")), over_temperature, heeds=SMOKE)
