"""Water and electricity of homes: who is at home draws; meters count, and tell each half-hour of the day at night.

A register counts whole litres. What runs out of a broken pipe is counted as if somebody drew it (`Plot` names in
`leaks.py`); bulk meters count what the homes behind them draw, and the pipes between.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from operator import add
from random import Random
from typing import TYPE_CHECKING

from ..model import DEVICE_HEARTBEAT
from ..site import Device
from .base import Observation, Scene
from .chance import chance
from .elders import KINDS as WATCHED
from .place import Home

if TYPE_CHECKING:
    from .day import Day

INTERVALS, READING = "meter.intervals", "meter.reading"
HALF_MS = 1_800_000
TOLD_S = (1200, 16_800)
"""After midnight, as its gateway gets round to it: by a quarter to five all have told."""

FLUSH_L, WASH_L, SHOWER_L, LAUNDRY_L = 5, 7, 42, 55
COOKED = ((6.9, 6), (11.8, 14), (18.3, 18))
"""(hour, litres) of the kitchen."""

PIPES_LPH = 0.4
"""What seeps out of old joints between a bulk meter and its homes, for each of them."""

SEEPS_LPH = 30
"""The same of the pipes below lawns and paths."""

SHARED_LPH = (
    *(0,) * 11,  # to half past 5
    *(6000,) * 4,  # lawns, while the sun is low
    *(0,) * 3,
    *(1000,) * 4,  # from 9 to 11 stairs and bins are washed
    *(0,) * 6,
    *(1000,) * 4,  # from 14 to 16 as well
    *(0,) * 16,
)
"""Litres an hour of what is nobody's, each half-hour of the day: three in a hundred of what the homes of a large estate
draw."""

PROFILE_W = (
    *(55,) * 12,  # to 6
    *(110, 150, 170, 150, 120, 110, 100, 100, 110, 120, 170, 190),  # to 12
    *(150, 110, 100, 100, 100, 110, 120, 140, 180, 230, 280, 310),  # to 18
    *(330, 330, 310, 290, 260, 230, 190, 150, 110, 80, 65, 55),
)
"""Mean of a person at home, each half-hour of the day."""

FRIDGE_W = 45
COMFORT_C = (12.0, 27.0)
"""Below, homes are heated, above cooled."""

Draw = list[float]
"""Litres of each half-hour of the day."""


def home_key(device: Device) -> str:
    return f"{device.building}-{device.unit}-{device.room}"


def runs(scene: Scene, at_ms: int) -> float:
    """Litres an hour out of what the scene has broken or opened; its dice are left alone, so that each day agrees."""
    low, high, tail_s = FLOWS[scene.plot.name]
    if not scene.from_ms <= at_ms < scene.until_ms - int(1000 * tail_s):
        return 0.0
    return _flow_lph(scene.plot.name, scene.device.id, scene.from_ms, low, high)


@lru_cache(maxsize=1024)  # each of its scenes is asked ten times a half-hour
def _flow_lph(plot: str, device: str, from_ms: int, low: float, high: float) -> float:
    return chance(plot, device, from_ms).uniform(low, high)


FLOWS: dict[str, tuple[float, float, float]] = {}
"""Plot -> (least, most litres an hour, seconds before the scene's end at which it is shut)."""


def broken(day: Day) -> Mapping[str, list[Scene]]:
    """Device -> the scenes that let water run at it today."""
    found: dict[str, list[Scene]] = {}
    for scene in day.scenes:
        if scene.plot.name in FLOWS and scene.from_ms < day.end_ms and scene.until_ms > day.start_ms:
            found.setdefault(scene.device.id, []).append(scene)
    return found


def poured(day: Day, scenes: Sequence[Scene], slots: int) -> Draw:
    """What ran out in each half-hour: sampled each three minutes."""
    return [
        sum(runs(scene, day.start_ms + n * HALF_MS + part * 180_000) for scene in scenes for part in range(10)) / 20
        for n in range(slots)
    ]


def drawn(home: Home, away: Mapping[str, list[tuple[float, float]]], dice: Random, slots: int) -> Draw:
    """What its residents draw in a day. `away`: resident -> [(from hour, to hour)]."""
    litres = [0.0] * slots
    roll = dice.random
    at_home: list[list[tuple[float, float]]] = []
    for resident in home.residents:
        spans = away.get(resident.id, [])
        at_home.append(spans)
        up_h, bed_h = 6.6 - resident.early_s / 3600 + roll() * 0.6, 22.2 + roll() * 1.2
        uses = [(up_h, FLUSH_L), (up_h + 0.2, WASH_L), (bed_h, FLUSH_L + WASH_L)]
        uses += [(up_h + 3.0 * n + 2.0 * roll(), FLUSH_L) for n in range(1, 5)]
        if roll() < 0.75:
            uses.append((bed_h - 0.6, int(SHOWER_L * (0.6 + 0.8 * roll()))))
        if roll() < 0.25:
            uses.append((0.3 + 5 * roll(), FLUSH_L))
        for hour, amount in uses:
            if _at_home(spans, hour):
                litres[int(2 * hour) % slots] += amount
    kitchen: list[tuple[float, int]] = [(hour + roll(), amount) for hour, amount in COOKED]
    if roll() < 0.3:
        kitchen.append((9 + 11 * roll(), LAUNDRY_L))
    for hour, amount in kitchen:
        if any(_at_home(spans, hour) for spans in at_home):
            litres[int(2 * hour) % slots] += amount
    return litres


def _at_home(away: Sequence[tuple[float, float]], hour: float) -> bool:
    for first, last in away:  # asked sixty thousand times a day: `any` over a generator takes three times as long
        if first <= hour < last:
            return False
    return True


def climate_w(celsius: float) -> float:
    """What a person heats or cools with."""
    cold_c, warm_c = COMFORT_C
    return 25 * (cold_c - celsius) if celsius < cold_c else 45 * (celsius - warm_c) if celsius > warm_c else 0.0


def consumed(home: Home | None, dice: Random, wanted_w: Sequence[float]) -> list[int]:
    """Watt-hours of each half-hour. `wanted_w`: of a person in it, the fridge apart."""
    persons = len(home.residents) if home is not None else 2
    scale, roll = 0.25 * persons * (0.7 + 0.6 * dice.random()), dice.random
    return [int((FRIDGE_W + watts * scale * (0.6 + 0.8 * roll())) / 2) for watts in wanted_w]


def counted(litres: Draw) -> list[int]:
    """Whole litres, as a register has them: what is left over comes with the next."""
    total, before, found = 0.0, 0, []
    for amount in litres:
        total += amount
        now = int(total + 1e-9)
        found.append(now - before)
        before = now
    return found


def reach(day: Day, meter: Device) -> frozenset[tuple[str, str]] | None:
    """Of a bulk meter: its building, or buildings and areas of the zone that its area names; None: the community."""
    if meter.building:
        return frozenset((("building", meter.building),))
    zone = next((z for z in day.site.zones if meter.area and meter.area in (z.id, z.name.zh, z.name.en)), None)
    if zone is None:
        return None
    return frozenset((*(("building", id_) for id_ in zone.buildings), *(("area", name) for name in zone.areas)))


def homes_behind(day: Day, meter: Device) -> frozenset[str]:
    """None behind one of lawns and paths alone."""
    reached = reach(day, meter)
    return frozenset(home.id for home in day.place.homes if reached is None or ("building", home.building) in reached)


def is_behind(day: Day, other: Device, meter: Device) -> bool:
    """Whether all that the one counts, the bulk meter counts as well; each is behind itself."""
    reached, others = reach(day, meter), reach(day, other)
    return reached is None or (others is not None and others <= reached)


def shared(day: Day, meter: Device, slots: int) -> Draw:
    """What gardeners and cleaners draw behind a bulk meter without homes."""
    much = day.dice("shared", meter.id).uniform(0.8, 1.2)
    return [(SEEPS_LPH + much * lph) / 2 for lph in SHARED_LPH[:slots]]


def simulate(day: Day) -> Iterator[Observation]:
    """A record for each meter of a home and each bulk meter; on a fine day the bulk meters' flow each hour, too."""
    water, power, bulk = (day.of_kind(kind) for kind in ("water_meter", "power_meter", "bulk_meter"))
    if not (water or power or bulk):
        return
    slots = min(48, (day.end_ms - day.start_ms) // HALF_MS)
    homes = {home.id: home for home in day.place.homes}
    wanted_w = [PROFILE_W[n % 48] + climate_w(day.weather.outdoors_c(n / 2)) for n in range(slots)]
    for meter in power:
        dice = day.dice("power", meter.id)
        energy = consumed(homes.get(home_key(meter)), dice, wanted_w)
        yield _told(day, meter, "energy_wh", energy)
    if not (water or bulk):
        return
    away: dict[str, list[tuple[float, float]]] = {}
    for outing in day.outings:
        span = day.hour_of(outing.out_ms), day.hour_of(outing.back_ms)
        away.setdefault(outing.resident.id, []).append(span)
    litres = {id_: drawn(home, away, day.dice("taps", id_), slots) for id_, home in homes.items()}
    open_ = broken(day)
    watched = {home_key(subject) for subject in day.of_kind(*WATCHED) if subject.room}
    for meter in water:
        home = home_key(meter)
        used = litres.get(home) or drawn(_nobodys(meter), {}, day.dice("taps", meter.id), slots)
        if meter.id in open_:
            used = [a + b for a, b in zip(used, poured(day, open_[meter.id], slots), strict=True)]
            litres[home] = used
        if home in watched:  # who watches over a resident reads that meter hourly: `elders.py`
            yield Observation(_told_ms(day, meter), DEVICE_HEARTBEAT, meter.id, {})
        else:
            yield _told(day, meter, "volume_l", counted(used))
    yield from _bulk(day, bulk, litres, open_, slots)


def _bulk(
    day: Day,
    bulk: Sequence[Device],
    litres: Mapping[str, Draw],
    open_: Mapping[str, list[Scene]],
    slots: int,
) -> Iterator[Observation]:
    behind = {meter.id: homes_behind(day, meter) for meter in bulk}
    grounds = [meter for meter in bulk if not (behind[meter.id] or meter.building)]
    for meter in bulk:
        mine = behind[meter.id]
        pipes = PIPES_LPH * len(mine) / 2
        total = [pipes] * slots
        for home in sorted(mine):
            total = list(map(add, total, litres[home]))
        for other in grounds:
            if is_behind(day, other, meter):
                total = list(map(add, total, shared(day, other, slots)))
        leaks = [scene for other in bulk if is_behind(day, other, meter) for scene in open_.get(other.id, ())]
        if leaks:
            total = [a + b for a, b in zip(total, poured(day, leaks, slots), strict=True)]
        yield _told(day, meter, "volume_l", counted(total))
        if day.fine:
            dice = day.dice("flow", meter.id)
            for n in range(0, slots, 2):
                at_ms = day.start_ms + n * HALF_MS + 60_000 + dice.randrange(1_500_000)
                if day.free(meter.id, at_ms, at_ms + 1):
                    flow = total[n] * 2 / 1000 * dice.uniform(0.9, 1.1)
                    yield Observation(at_ms, READING, meter.id, {"flow_m3h": round(flow, 3)})


def _nobodys(meter: Device) -> Home:
    """A meter of which nobody has said whose it is: the shop on the corner."""
    return Home(meter.id, meter.building, meter.unit, 1, meter.room, ())


def _told_ms(day: Day, meter: Device) -> int:
    return day.end_ms + _told_after_ms(meter.id)


@cache
def _told_after_ms(meter: str) -> int:
    """The same each day: its gateway goes round in one order."""
    return 1000 * chance("told", meter).randrange(*TOLD_S)


def _told(day: Day, meter: Device, name: str, series: list[int]) -> Observation:
    return Observation(_told_ms(day, meter), INTERVALS, meter.id, {"start_ms": day.start_ms, name: series})
