"""The plant: feeders that trip, switches and gateways that die, pumps, and rain that finds the garage.

What hangs on a feeder is dark when it is, what stands behind a switch unheard: the plots mute it, and what an alarm
would say of it is the symptom of that cause.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .base import Observation, Plot, Scene, Truth
from .chance import between
from .said import Story, Told, said

if TYPE_CHECKING:
    from .day import Day

FEEDER, NETWORK, PUMP, WATER = "plant.feeder", "plant.network", "plant.pump", "plant.water"
MAINS_V = 230.0
MISSED_AS = {
    "camera": "CAM_OFFLINE",
    "ebike_pile": "CP_OFFLINE",
    "car_charger": "CP_OFFLINE",
    "fire_panel": "FIRE_PANEL_FAULT",
    "switch": "NET_DOWN",
    "gateway": "NET_DOWN",
}
"""What is missed of a device that has no power or no network. Meters are silent for days without being missed."""

ANKLE_CM = 12.0
"""So deep it runs into shoes and sockets: by then somebody must be on the way."""


def volts(day: Day, at_ms: int, jitter: float) -> float:
    """Of a phase: a little less in the evening, when all cook."""
    evening = 17.5 <= day.hour_of(at_ms) <= 21.5
    return round(MAINS_V - (5.0 if evening else 0.0) + jitter, 1)


def missed(scene: Scene, day: Day, cause: str) -> Iterator[Truth]:
    """What is behind the scene's device, and would be missed if nobody knew why."""
    for id_ in day.place.behind.get(scene.device.id, ()):
        described = day.site.by_id.get(id_)
        alarm = MISSED_AS.get(described.kind) if described is not None and id_ != scene.device.id else None
        if alarm:
            yield scene.truth(alarm, 600, device=id_, symptom_of=f"{cause}/{scene.device.id}")


# ---- power
def trips(scene: Scene, day: Day) -> Told:
    """A digger in the cable or a breaker that has tripped: everything on it is dark until an electrician has come."""
    yield said(scene, scene.from_ms, FEEDER, energised=False)
    for n, at_ms in enumerate(range(scene.from_ms + 60_000, scene.until_ms, 120_000)):
        # What the neighbouring cables induce reads like some volts.
        induced = {f"voltage_l{phase}_v": round(scene.dice.uniform(2, 30), 1) for phase in (1, 2, 3)}
        yield said(scene, at_ms, FEEDER, energised=False, **(induced if n % 2 else {}))
    yield said(scene, scene.until_ms, FEEDER, energised=True, voltage_v=MAINS_V)
    yield scene.truth("POWER_LOST", 20)
    yield from missed(scene, day, "POWER_LOST")


def switches_over(scene: Scene, day: Day) -> Told:
    """The utility switches over: dark for a second or three."""
    yield said(scene, scene.from_ms, FEEDER, energised=False)
    yield said(scene, scene.from_ms + between(scene.dice, 0.6, 3.5), FEEDER, energised=True, voltage_v=MAINS_V)
    yield from scene.nothing("POWER_LOST")


def one_phase(scene: Scene, day: Day) -> Told:
    """One phase of three is gone: a blown fuse in the street. Two go on."""
    for at_ms in range(scene.from_ms, scene.until_ms - 60_000, 60_000):
        left = {f"voltage_l{n}_v": volts(day, at_ms, scene.dice.uniform(-3, 3)) for n in (2, 3)}
        yield said(scene, at_ms, FEEDER, voltage_l1_v=round(scene.dice.uniform(0, 40), 1), **left)
    yield said(scene, scene.until_ms - 60_000, FEEDER, energised=True)
    yield from scene.nothing("POWER_LOST")


def brown_out(scene: Scene, day: Day) -> Told:
    """A hot evening, and all air conditioners run: the lights are yellow."""
    for at_ms in range(scene.from_ms, scene.until_ms - 60_000, 60_000):
        low = {f"voltage_l{n}_v": round(scene.dice.uniform(165, 195), 1) for n in (1, 2, 3)}
        yield said(scene, at_ms, FEEDER, **low)
    yield said(scene, scene.until_ms - 60_000, FEEDER, energised=True)
    yield from scene.nothing("POWER_LOST")


# ---- network
def dies(scene: Scene, day: Day) -> Told:
    """Its power supply has died: nobody hears it or what is behind it, until it has a new one."""
    yield from _back(scene, scene.until_ms)
    yield scene.truth("NET_DOWN", 330)
    yield from missed(scene, day, "NET_DOWN")


def asked_in_vain(scene: Scene, day: Day) -> Told:
    """Its fan has stopped and it hangs; who asks it each half-minute gets no answer, and says so."""
    for at_ms in range(scene.from_ms, scene.until_ms, 30_000):
        yield said(scene, at_ms, NETWORK, reachable=False)
    yield from _back(scene, scene.until_ms)
    yield scene.truth("NET_DOWN", 90)
    yield from missed(scene, day, "NET_DOWN")


def _back(scene: Scene, at_ms: int) -> Iterator[Observation]:
    for n in range(4):
        yield said(scene, at_ms + 10_000 * n, NETWORK, reachable=True)


def starts_anew(scene: Scene, day: Day) -> Told:
    """New firmware: a minute and a half without it and what is behind it."""
    yield from _back(scene, scene.until_ms)
    yield from scene.nothing("NET_DOWN")


def one_answer_lost(scene: Scene, day: Day) -> Told:
    """One question or its answer is lost; the next are answered."""
    yield said(scene, scene.from_ms, NETWORK, reachable=False)
    yield from _back(scene, scene.from_ms + between(scene.dice, 5, 20))
    yield from scene.nothing("NET_DOWN")


def beat_missing(scene: Scene, day: Day) -> Told:
    """One heartbeat is lost on the way."""
    yield from scene.nothing("NET_DOWN")


# ---- water
def rain_comes_in(scene: Scene, day: Day) -> Told:
    """A cloudburst, and the pump's float hangs: the ramp is a stream until somebody frees it."""
    per_min, top_cm = scene.dice.uniform(0.6, 2.5), scene.dice.uniform(14, 38)
    freed_ms = scene.until_ms - 2_700_000
    for at_ms in range(scene.from_ms, scene.until_ms, 30_000):
        if at_ms <= freed_ms:
            level_cm = min(top_cm, per_min * (at_ms - scene.from_ms) / 60_000)
        else:
            level_cm = top_cm * 0.85 ** ((at_ms - freed_ms) / 60_000)
        yield said(scene, at_ms, WATER, level_cm=round(level_cm, 1))
    yield scene.truth("GARAGE_WATER", 60 * ANKLE_CM / per_min, until_ms=freed_ms + 1_200_000)


def pipe_in_garage(scene: Scene, day: Day) -> Told:
    """A sprinkler's pipe has come off: fast, and shut off after some minutes."""
    shut_ms = scene.from_ms + between(scene.dice, 300, 600)
    for at_ms in range(scene.from_ms, scene.until_ms, 15_000):
        level_cm = 4.0 * (min(at_ms, shut_ms) - scene.from_ms) / 60_000 - max(0, at_ms - shut_ms) / 60_000
        yield said(scene, at_ms, WATER, level_cm=round(max(0.2, level_cm), 1))
    yield scene.truth("GARAGE_WATER", 60 * ANKLE_CM / 4, until_ms=shut_ms + 1_800_000)


def puddle(low_cm: float, high_cm: float, what: str) -> Story:
    """Some water that stays where it is, and dries or runs off."""

    def play(scene: Scene, day: Day) -> Told:
        top_cm = scene.dice.uniform(low_cm, high_cm)
        for at_ms in range(scene.from_ms, scene.until_ms - 60_000, 120_000):
            yield said(scene, at_ms, WATER, level_cm=round(top_cm * scene.dice.uniform(0.93, 1.0), 1))
        yield said(scene, scene.until_ms - 60_000, WATER, level_cm=0.3)
        yield from scene.nothing("GARAGE_WATER")

    play.__doc__ = what
    return play


def wave(scene: Scene, day: Day) -> Told:
    """A car drives through a puddle: a wave against the sensor, seconds long."""
    yield said(scene, scene.from_ms, WATER, level_cm=round(scene.dice.uniform(6, 14), 1))
    yield said(scene, scene.from_ms + between(scene.dice, 3, 20), WATER, level_cm=1.1)
    yield from scene.nothing("GARAGE_WATER")


CABLE, BOX, FLOAT = ("feeder",), ("switch", "gateway"), ("water_level",)
PLOTS: tuple[Plot, ...] = (
    Plot("feeder_trips", CABLE, 4, (1200, 7200), trips, mutes=True),
    Plot("utility_switches_over", CABLE, 12, (60, 90), switches_over),
    Plot("one_phase_gone", CABLE, 3, (900, 3600), one_phase),
    Plot("brown_out", CABLE, 8, (900, 3600), brown_out, (17, 22)),
    Plot("switch_dies", BOX, 6, (900, 5400), dies, mutes=True),
    Plot("switch_hangs", BOX, 6, (900, 3600), asked_in_vain, mutes=True),
    Plot("switch_restarts", BOX, 20, (60, 110), starts_anew, mutes=True, rest_s=300),
    Plot("one_answer_lost", BOX, 100, (90, 120), one_answer_lost, rest_s=300),
    Plot("switch_beat_missing", BOX, 100, (55, 65), beat_missing, mutes=True, rest_s=300),
    Plot("rain_comes_in", FLOAT, 2, (5400, 9000), rain_comes_in, rest_s=1800),
    Plot("pipe_in_garage", FLOAT, 1, (3600, 4800), pipe_in_garage, rest_s=1800),
    Plot("ramp_puddle", FLOAT, 60, (1800, 7200), puddle(2.2, 4.2, "Rain on the ramp, finger-deep.")),
    Plot("floor_hosed", FLOAT, 50, (900, 1800), puddle(1.5, 3.8, "The cleaners hose the floor."), (8, 16)),
    Plot("wave_of_a_car", FLOAT, 100, (120, 180), wave, (6, 24)),
)
