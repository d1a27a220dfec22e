"""What happens at e-bike ports and piles: relays that weld, plugs that heat, batteries that only look full."""

from __future__ import annotations

from collections.abc import Iterator
from math import exp
from typing import TYPE_CHECKING

from .base import Observation, Plot, Scene, Truth
from .battery import Battery, Load, battery
from .bikes import MAINS_V, METER, SAMPLE_S, SESSION, STATUS, Charge, begins, ends, meter, samples
from .chance import between

if TYPE_CHECKING:
    from .day import Day

Told = Iterator[Observation | Truth]
MELTS_C = 75.0
"""PVC is made for 70 deg C; a plug above this gives off fumes, and somebody must have been told."""

NO_ERROR = {"error_code": "NoError"}


def _charge(scene: Scene, day: Day, load: Load | None = None, stop_s: float = 0.0) -> Charge:
    """A charge on the scene's port, from its begin until shortly before its end."""
    celsius = day.weather.outdoors_c(day.hour_of(scene.from_ms))
    leave_s = (scene.until_ms - scene.from_ms) / 1000 - 120
    load = load or Load(((0.0, battery(scene.dice, celsius, empty=0.9)),))
    return Charge(scene.device, scene.from_ms, load, min(stop_s or leave_s, leave_s), leave_s, celsius)


def _whole(scene: Scene, charge: Charge) -> Iterator[Observation]:
    yield from begins(charge)
    yield from samples(charge, 0.0, charge.stop_s, scene.dice)
    yield from ends(charge, charge.load.energy_wh(charge.stop_s))


def _cells(scene: Scene, *, bulk_s: float, cold_s: float = 0.0, tau_s: float = 700.0, float_w: float = 8.0) -> Battery:
    return Battery(170.0, bulk_s, tau_s, float_w, cold_s, scene.dice.uniform(11, 18) if cold_s else 0.0)


# ---- full, or not
def relay_welded(scene: Scene, day: Day) -> Told:
    """The relay has welded: the battery is full, nothing that anybody orders ends the current, for hours."""
    charge = _charge(scene, day, Load(((0.0, _cells(scene, bulk_s=2400, float_w=scene.dice.uniform(7, 14))),)))
    full_ms = charge.start_ms + int(1000 * charge.load.full_s)
    yield from begins(charge)
    yield from samples(charge, 0.0, charge.stop_s, scene.dice)
    yield from ends(charge, charge.load.energy_wh(charge.stop_s))
    until_ms = charge.start_ms + int(1000 * charge.stop_s)
    yield scene.truth("CP_NO_CUTOFF", 90 * 60, from_ms=full_ms, until_ms=until_ms)


def cold_start(scene: Scene, day: Day) -> Told:
    """Frozen cells take a trickle until they are warm; half an hour of 15 W, and only then does the charge begin."""
    cold_s = scene.dice.uniform(1200, 2200)
    yield from _whole(scene, _charge(scene, day, Load(((0.0, _cells(scene, bulk_s=3600, cold_s=cold_s)),)), 9000))
    yield from scene.nothing("CP_NO_CUTOFF")


def second_battery(scene: Scene, day: Day) -> Told:
    """Two batteries on one socket: the first is full and floats at 8 W when the second is put beside it."""
    first, second = _cells(scene, bulk_s=1500), _cells(scene, bulk_s=4200)
    begins_s = first.full_s + scene.dice.uniform(600, 1800)
    yield from _whole(scene, _charge(scene, day, Load(((0.0, first), (begins_s, second))), begins_s + second.full_s))
    yield from scene.nothing("CP_NO_CUTOFF")


def long_taper(scene: Scene, day: Day) -> Told:
    """An old lead-acid battery comes down slowly: from 45 to 20 W takes it an hour and a half."""
    load = Load(((0.0, _cells(scene, bulk_s=1200, tau_s=4800, float_w=21.5)),))
    yield from _whole(scene, _charge(scene, day, load))
    yield from scene.nothing("CP_NO_CUTOFF")


def thin_charger(scene: Scene, day: Day) -> Told:
    """The 30 W charger of a child's scooter: little, and all of it needed."""
    load = Load(((0.0, Battery(31.0, 9000, 900, 22.0)),))
    yield from _whole(scene, _charge(scene, day, load))
    yield from scene.nothing("CP_NO_CUTOFF")


# ---- heat
def loose_contact(scene: Scene, day: Day) -> Told:
    """A loose contact heats the plug: towards 90 deg C within minutes. Somebody pulls it in the end."""
    charge = _charge(scene, day)
    begin_s, dice = 1500.0, scene.dice
    peak_c, tau_s = dice.uniform(78, 98), dice.uniform(260, 480)
    pulled_s = begin_s + dice.uniform(1100, 1500)
    yield from begins(charge)
    yield from samples(charge, 0.0, begin_s, dice)
    base_c, at_s, hot_s = charge.celsius + 14, begin_s + 5, 0.0
    while at_s < pulled_s:
        celsius = base_c + (peak_c - base_c) * (1 - exp(-(at_s - begin_s) / tau_s)) + dice.gauss(0, 0.1)
        hot_s = hot_s or (at_s if celsius > MELTS_C else 0.0)
        power_w = charge.load.power_w(at_s)
        yield meter(charge, at_s, power_w, power_w * at_s / 3600, celsius)
        at_s += 10
    stopped = charge._replace(stop_s=pulled_s, leave_s=pulled_s)
    yield from ends(stopped, charge.load.energy_wh(pulled_s))
    for minute in range(1, 12):  # cools down
        celsius = base_c - 10 + (peak_c - base_c) * exp(-minute / 4)
        yield meter(charge, pulled_s + 60 * minute, 0.0, 0.0, celsius)
    from_ms, until_ms = (charge.start_ms + int(1000 * s) for s in (begin_s, pulled_s))
    yield scene.truth("CP_OVERTEMP", hot_s + 60 - begin_s, from_ms=from_ms, until_ms=until_ms)


def afternoon_sun(scene: Scene, day: Day) -> Told:
    """The sun on a black box: 66 deg C in the end, but it takes the whole afternoon."""
    charge = _charge(scene, day)
    yield from begins(charge)
    at_s, rises_s = 30.0, min(10_000.0, charge.stop_s - 900)
    while at_s < charge.stop_s:
        celsius = 38 + 29 * min(1.0, at_s / rises_s)
        power_w = charge.load.power_w(at_s)
        yield meter(charge, at_s, power_w, power_w * at_s / 3600, celsius)
        at_s += SAMPLE_S
    yield from ends(charge, charge.load.energy_wh(charge.stop_s))
    yield from scene.nothing("CP_OVERTEMP")


def warm_charger(scene: Scene, day: Day) -> Told:
    """A big charger warms up at three degrees a minute to 55, as it should."""
    charge = _charge(scene, day)
    yield from begins(charge)
    at_s = 10.0
    while at_s < charge.stop_s:
        power_w = charge.load.power_w(at_s)
        celsius = charge.celsius + (57 - charge.celsius) * (1 - exp(-at_s / 420)) if power_w > 30 else 40.0
        yield meter(charge, at_s, power_w, power_w * at_s / 3600, celsius)
        at_s += SAMPLE_S
    yield from ends(charge, charge.load.energy_wh(charge.stop_s))
    yield from scene.nothing("CP_OVERTEMP")


def sensor_glitch(scene: Scene, day: Day) -> Told:
    """A bad solder joint: one sample of 127 deg C among samples of 40, and the next one says 40 again."""
    charge = _charge(scene, day)
    yield from begins(charge)
    yield from samples(charge, 0.0, 3000, scene.dice)
    yield meter(charge, 3003, charge.load.power_w(3003), 100.0, 127.0)
    yield from samples(charge, 3005, charge.stop_s, scene.dice, step_s=SAMPLE_S)
    yield from ends(charge, charge.load.energy_wh(charge.stop_s))
    yield from scene.nothing("CP_OVERTEMP")


# ---- too much
def heater_plugged(scene: Scene, day: Day) -> Told:
    """Somebody dries his shoes: a fan heater of 1.4 kW at a bike's socket, for a quarter of an hour and more."""
    charge = _charge(scene, day, Load((), scene.dice.uniform(1350, 1600)))
    yield from _whole(scene, charge)
    until_ms = charge.start_ms + int(1000 * charge.stop_s)
    yield scene.truth("CP_OVERLOAD", 120, until_ms=until_ms)


def inrush(scene: Scene, day: Day) -> Told:
    """The capacitors of a big charger, sampled just then: 8 A, and two seconds later 1 A."""
    charge = _charge(scene, day)
    yield from begins(charge)
    for at_s, power_w in ((1.5, 1800.0), (3.5, 240.0)):
        yield meter(charge, at_s, power_w, 0.1, charge.celsius + 5)
    yield from samples(charge, 5.0, charge.stop_s, scene.dice)
    yield from ends(charge, charge.load.energy_wh(charge.stop_s))
    yield from scene.nothing("CP_OVERLOAD")


def three_wheeler(scene: Scene, day: Day) -> Told:
    """The courier's three-wheeler: 900 W, much, and allowed."""
    yield from _whole(scene, _charge(scene, day, Load(((0.0, Battery(900.0, 5400, 900, 12.0)),)), 8400))
    yield from scene.nothing("CP_OVERLOAD")


def two_bikes(scene: Scene, day: Day) -> Told:
    """Two bikes on a power strip, 800 W together."""
    pair = ((0.0, Battery(400.0, 3600, 700, 9.0)), (200.0, Battery(400.0, 4000, 700, 9.0)))
    yield from _whole(scene, _charge(scene, day, Load(pair), 8000))
    yield from scene.nothing("CP_OVERLOAD")


# ---- piles that are silent
def pile_dead(scene: Scene, day: Day) -> Told:
    """Its fuse is gone: nothing of it is heard until the electrician has been."""
    back_ms = scene.until_ms
    yield Observation(back_ms, "charging.boot", scene.device.id, {"vendor": "pile", "firmware": "2.1.0"})
    for n in range(1, 4):
        yield Observation(back_ms + 20_000 * n, "device.heartbeat", scene.device.id, {})
    yield scene.truth("CP_OFFLINE", 420)


def radio_shadow(scene: Scene, day: Day) -> Told:
    """A lorry stands before its antenna: three minutes without a word."""
    yield from scene.nothing("CP_OFFLINE")
    yield Observation(scene.until_ms, "device.heartbeat", scene.device.id, {})


def pile_reboots(scene: Scene, day: Day) -> Told:
    """New firmware: it is away for two minutes, and says hello."""
    yield Observation(scene.until_ms, "charging.boot", scene.device.id, {"vendor": "pile", "firmware": "2.1.1"})
    yield from scene.nothing("CP_OFFLINE")


def heard_by_its_ports(scene: Scene, day: Day) -> Told:
    """Its own heartbeat is stuck, while its ports go on talking."""
    ports = [device for device in day.site.devices if device.parent == scene.device.id]
    for at_ms in range(scene.from_ms, scene.until_ms, 70_000):
        port = scene.dice.choice(ports or [scene.device])
        type_, said = (METER, {"voltage_v": MAINS_V}) if ports else ("device.heartbeat", {})
        yield Observation(at_ms, type_, port.id, dict(said))
    yield from scene.nothing("CP_OFFLINE")


# ---- faults
def port_breaks(scene: Scene, day: Day) -> Told:
    """A child's chewing gum in the socket: faulted until somebody has cleaned it."""
    port, mended_ms = scene.device.id, scene.until_ms - 120_000
    yield Observation(scene.from_ms, STATUS, port, {"status": "Faulted", "error_code": "GroundFailure"})
    yield Observation(mended_ms, STATUS, port, {"status": "Available", **NO_ERROR})
    yield scene.truth("CP_FAULT", 150, until_ms=mended_ms)


def trips_and_recovers(scene: Scene, day: Day) -> Told:
    """A spark at plugging in: faulted for half a minute."""
    port = scene.device.id
    yield Observation(scene.from_ms, STATUS, port, {"status": "Faulted", "error_code": "OverCurrentFailure"})
    cleared_ms = scene.from_ms + between(scene.dice, 12, 45)
    yield Observation(cleared_ms, STATUS, port, {"status": "Available", **NO_ERROR})
    yield from scene.nothing("CP_FAULT")


def under_repair(scene: Scene, day: Day) -> Told:
    """Taken out of use by the operator, and said so."""
    port = scene.device.id
    yield Observation(scene.from_ms, STATUS, port, {"status": "Unavailable", **NO_ERROR})
    yield Observation(scene.until_ms - 60_000, STATUS, port, {"status": "Available", **NO_ERROR})
    yield from scene.nothing("CP_FAULT")


def warns_only(scene: Scene, day: Day) -> Told:
    """An error code with a port that goes on working: its display is dark."""
    port = scene.device.id
    yield Observation(scene.from_ms, STATUS, port, {"status": "Available", "error_code": "OtherError", "info": "LCD"})
    yield Observation(scene.until_ms - 60_000, STATUS, port, {"status": "Available", **NO_ERROR})
    yield from scene.nothing("CP_FAULT")


# ---- orders without a port, ports without an order
def order_never_ends(scene: Scene, day: Day) -> Told:
    """The bike is gone and the port free, and nobody has told the order: the resident goes on paying."""
    charge = _charge(scene, day, stop_s=1800)
    freed_ms = charge.start_ms + 1_800_000
    yield from begins(charge)
    yield from samples(charge, 0.0, 1800, scene.dice)
    yield meter(charge, 1800, 0.0, 90.0, charge.celsius)
    yield Observation(freed_ms, STATUS, scene.device.id, {"status": "Available", **NO_ERROR})
    ended_ms = scene.until_ms - 60_000
    ended = {"session": charge.session, "phase": "ended", "energy_wh": 90, "reason": "Other"}
    yield Observation(ended_ms, SESSION, scene.device.id, ended)
    yield scene.truth("CP_ZOMBIE", 180, from_ms=freed_ms, until_ms=ended_ms)


def meter_dies(scene: Scene, day: Day) -> Told:
    """The meter's chip hangs: the port says that it charges, and no sample comes any more."""
    charge = _charge(scene, day)
    dead_s = scene.dice.uniform(1200, 2400)
    yield from begins(charge)
    yield from samples(charge, 0.0, dead_s, scene.dice)
    yield from ends(charge, charge.load.energy_wh(charge.stop_s))
    from_ms, until_ms = (charge.start_ms + int(1000 * s) for s in (dead_s, charge.stop_s))
    yield scene.truth("CP_ZOMBIE", 1200, from_ms=from_ms, until_ms=until_ms)


def end_told_late(scene: Scene, day: Day) -> Told:
    """The port is free, and half a minute later the end of the session is told, too."""
    charge = _charge(scene, day, stop_s=2400)
    yield from begins(charge)
    yield from samples(charge, 0.0, 2400, scene.dice)
    freed_ms = charge.start_ms + 2_400_000
    yield Observation(freed_ms, STATUS, scene.device.id, {"status": "Available", **NO_ERROR})
    ended = {"session": charge.session, "phase": "ended", "energy_wh": 90, "reason": "EVDisconnected"}
    yield Observation(freed_ms + between(scene.dice, 10, 40), SESSION, scene.device.id, ended)
    yield from scene.nothing("CP_ZOMBIE")


def meter_pauses(scene: Scene, day: Day) -> Told:
    """Ten minutes without a sample, and it goes on."""
    charge = _charge(scene, day)
    pause_s = scene.dice.uniform(1200, 2400)
    yield from begins(charge)
    yield from samples(charge, 0.0, pause_s, scene.dice)
    yield from samples(charge, pause_s + scene.dice.uniform(420, 700), charge.stop_s, scene.dice)
    yield from ends(charge, charge.load.energy_wh(charge.stop_s))
    yield from scene.nothing("CP_ZOMBIE")


def paused_by_the_bike(scene: Scene, day: Day) -> Told:
    """The bike's own management suspends the charge for an hour; the order runs on, and rightly so."""
    charge = _charge(scene, day)
    yield from begins(charge)
    yield from samples(charge, 0.0, 1800, scene.dice)
    port = scene.device.id
    yield Observation(charge.start_ms + 1_801_000, STATUS, port, {"status": "SuspendedEV", **NO_ERROR})
    yield Observation(charge.start_ms + 5_400_000, STATUS, port, {"status": "Charging", **NO_ERROR})
    yield from samples(charge, 5402, charge.stop_s, scene.dice)
    yield from ends(charge, charge.load.energy_wh(charge.stop_s))
    yield from scene.nothing("CP_ZOMBIE")


PORT, PILE = ("ebike_port",), ("ebike_pile",)
CHARGES = (11_000, 13_000)

PLOTS: tuple[Plot, ...] = (
    Plot("relay_welded", PORT, 12, (15_000, 18_000), relay_welded, (4, 21), disobeys=True),
    Plot("cold_start", PORT, 250, CHARGES, cold_start, (4, 22)),
    Plot("second_battery", PORT, 120, (14_000, 16_000), second_battery, (4, 21)),
    Plot("long_taper", PORT, 120, CHARGES, long_taper, (4, 22)),
    Plot("thin_charger", PORT, 60, CHARGES, thin_charger, (4, 22)),
    Plot("loose_contact", PORT, 6, (4500, 5000), loose_contact),
    Plot("afternoon_sun", PORT, 40, CHARGES, afternoon_sun, (11, 14)),
    Plot("warm_charger", PORT, 200, (5000, 7000), warm_charger),
    Plot("sensor_glitch", PORT, 20, (5000, 7000), sensor_glitch),
    Plot("heater_plugged", PORT, 25, (1200, 2400), heater_plugged, (7, 23)),
    Plot("inrush", PORT, 200, (4000, 6000), inrush),
    Plot("three_wheeler", PORT, 200, (9000, 10_000), three_wheeler),
    Plot("two_bikes", PORT, 80, (9000, 10_000), two_bikes),
    Plot("pile_dead", PILE, 30, (900, 5400), pile_dead, mutes=True),
    Plot("radio_shadow", PILE, 200, (100, 170), radio_shadow, mutes=True),
    Plot("pile_reboots", PILE, 100, (80, 150), pile_reboots, mutes=True),
    Plot("heard_by_its_ports", PILE, 30, (600, 1200), heard_by_its_ports, mutes=True),
    Plot("port_breaks", PORT, 60, (900, 7200), port_breaks),
    Plot("trips_and_recovers", PORT, 200, (120, 200), trips_and_recovers),
    Plot("under_repair", PORT, 40, (1200, 7200), under_repair),
    Plot("warns_only", PORT, 60, (900, 3600), warns_only),
    Plot("order_never_ends", PORT, 20, (3600, 7200), order_never_ends),
    Plot("meter_dies", PORT, 15, (6000, 9000), meter_dies),
    Plot("end_told_late", PORT, 300, (2700, 3000), end_told_late),
    Plot("meter_pauses", PORT, 100, (5000, 7000), meter_pauses),
    Plot("paused_by_the_bike", PORT, 100, (8000, 9000), paused_by_the_bike),
)
