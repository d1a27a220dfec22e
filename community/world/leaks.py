"""What befalls meters and pipes: valves that leak day and night, mains that burst, radios that fall silent.

How much runs out is said once (`FLOWS`) and counted by the meters of `taps.py`; here are the truth and what a meter
says beside its half-hours.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .base import Observation, Plot, Scene
from .chance import between
from .elders import KINDS as WATCHED
from .said import Story, Told, said
from .taps import FLOWS, READING, TOLD_S, home_key, is_behind, runs

if TYPE_CHECKING:
    from .day import Day

FLAG = "meter.flag"
HOUR_S = 3600.0
DAY_MS = 86_400_000
FIRMWARE_S = (60, 240)
"""So long a meter looks at a great flow before it calls it a burst."""
SAMPLE_MS = 60_000


# ---- day and night
def leaks(what: str, *, by_itself: bool = False) -> Story:
    """Said when a whole day without a dry half-hour has been told, in the night after it; `by_itself`: when the meter
    has seen such a day, without waiting for the night."""

    def play(scene: Scene, day: Day) -> Told:
        if home_key(scene.device) in {home_key(subject) for subject in day.of_kind(*WATCHED) if subject.room}:
            return
        told_ms = day.end_ms + 24 * 3_600_000 + 1000 * TOLD_S[1]
        if by_itself:
            told_ms = scene.from_ms + DAY_MS
            yield said(scene, told_ms, FLAG, flag="leak", active=True)
            yield said(scene, scene.until_ms + 60_000, FLAG, flag="leak", active=False)
        # That it is over nobody knows before the day in which it ended is told.
        days = -(-(scene.until_ms - day.end_ms) // DAY_MS)
        over_ms = day.end_ms + days * DAY_MS + 1000 * TOLD_S[1]
        yield scene.truth("LEAK_HOME", (told_ms - scene.from_ms) / 1000 + 600, until_ms=over_ms)

    play.__doc__ = what
    return play


def only(alarm: str, what: str) -> Story:
    """Water runs, and it is nothing."""

    def play(scene: Scene, day: Day) -> Told:
        yield from scene.nothing(alarm)

    play.__doc__ = what
    return play


# ---- bursts
def hose_bursts(scene: Scene, day: Day) -> Told:
    """The washing machine's hose: the kitchen floods until somebody shuts the valve. The meter calls it a burst."""
    shut_ms = scene.until_ms - int(1000 * FLOWS[scene.plot.name][2])
    yield said(scene, scene.from_ms + between(scene.dice, *FIRMWARE_S), FLAG, flag="burst", active=True)
    yield said(scene, shut_ms + 60_000, FLAG, flag="burst", active=False)
    yield scene.truth("WATER_BURST", 1200, until_ms=shut_ms)


def main_bursts(scene: Scene, day: Day) -> Told:
    """A main under the road: a fountain until both valves are shut."""
    shut_ms = scene.until_ms - int(1000 * FLOWS[scene.plot.name][2])
    yield from _sampled(scene, shut_ms)
    yield said(scene, scene.from_ms + between(scene.dice, *FIRMWARE_S), FLAG, flag="burst", active=True)
    yield said(scene, shut_ms + 90_000, FLAG, flag="burst", active=False)
    yield scene.truth("WATER_BURST", 1200, until_ms=shut_ms)
    for meter in day.of_kind("bulk_meter"):
        if meter.id != scene.device.id and is_behind(day, scene.device, meter):
            yield scene.truth("WATER_BURST", 7200, device=meter.id, symptom_of=f"WATER_BURST/{scene.device.id}")


def _sampled(scene: Scene, shut_ms: int) -> Iterator[Observation]:
    """Flow each minute while it is great, as such meters do, and for a while after it."""
    usual_m3h = 0.008 * scene.dice.uniform(0.8, 1.2)
    for at_ms in range(scene.from_ms, shut_ms + 600_000, SAMPLE_MS):
        flow_m3h = usual_m3h + runs(scene, at_ms) / 1000 * scene.dice.uniform(0.95, 1.05)
        yield said(scene, at_ms, READING, flow_m3h=round(flow_m3h, 3))


def flushed(scene: Scene, day: Day) -> Told:
    """The firemen try a hydrant for some minutes."""
    yield from _sampled(scene, scene.until_ms - int(1000 * FLOWS[scene.plot.name][2]))
    yield from scene.nothing("WATER_BURST")


def bath_fills(scene: Scene, day: Day) -> Told:
    """A bath and the washing machine at once: the meter calls it a burst for some minutes."""
    yield said(scene, scene.from_ms, FLAG, flag="burst", active=True)
    yield said(scene, scene.from_ms + between(scene.dice, 120, 480), FLAG, flag="burst", active=False)
    yield from scene.nothing("WATER_BURST")


# ---- at night, under the ground
def pipe_cracks(scene: Scene, day: Day) -> Told:
    """A crack in the main that nobody sees: it runs day and night for a week. Two nights must be told before it is
    more than one night's accident."""
    nights = 2 if scene.from_ms < day.end_ms + 3_600_000 else 3  # what begins at two or three is half a night
    second_night_told_s = (day.end_ms - scene.from_ms) / 1000 + nights * 24 * HOUR_S + TOLD_S[1] + 600
    yield scene.truth("DMA_NIGHT", second_night_told_s)
    for meter in day.of_kind("bulk_meter"):
        if meter.id != scene.device.id and is_behind(day, scene.device, meter):
            cause = f"DMA_NIGHT/{scene.device.id}"
            yield scene.truth("DMA_NIGHT", second_night_told_s, device=meter.id, symptom_of=cause)


# ---- silence
def meter_silent(scene: Scene, day: Day) -> Told:
    """Its battery is empty after nine years: no report and no sign of life until it is changed."""
    yield Observation(scene.until_ms, "device.heartbeat", scene.device.id, {})
    yield scene.truth("METER_LOST", 76 * HOUR_S)


def read_by_hand(scene: Scene, day: Day) -> Told:
    """Its radio is broken, and the caretaker reads it every day."""
    for at_ms in range(scene.from_ms, scene.until_ms, 20 * 3_600_000):
        yield said(scene, at_ms, READING, volume_m3=round(80 + (at_ms - scene.from_ms) / 2e8, 3))
    yield from scene.nothing("METER_LOST")


TAP, HOMES, MAIN = ("water_meter",), ("water_meter", "power_meter"), ("bulk_meter",)
FLOWS.update(
    toilet_runs=(8, 40, 0),
    joint_drips=(4, 9, 0),
    leak_word=(4, 9, 0),
    hose_left_on=(200, 600, 0),
    drips_seldom=(0.3, 0.7, 0),
    valve_leaks_a_night=(6, 30, 3600),
    hose_bursts=(1200, 2500, 900),
    main_bursts=(25_000, 60_000, 1800),
    hydrant_tried=(15_000, 40_000, 1200),
    tank_refills=(900, 1800, 600),
    pipe_cracks=(4500, 9000, 0),
    pool_filled=(1500, 4000, 0),
    hydrant_at_night=(15_000, 25_000, 0),
    tap_in_garden=(60, 180, 0),
)
DAYS_3, DAY_1 = (208_000, 230_000), (64_000, 74_000)
PLOTS: tuple[Plot, ...] = (
    Plot("toilet_runs", TAP, 60, DAYS_3, leaks("A cistern's valve does not close any more."), (4, 22), days=4),
    Plot("joint_drips", TAP, 30, DAYS_3, leaks("A joint under the sink drips fast."), (4, 22), days=4),
    Plot("leak_word", TAP, 30, DAYS_3, leaks("A tap drips, and the meter says so.", by_itself=True), (4, 22), days=4),
    Plot("hose_left_on", TAP, 60, (14_000, 36_000), only("LEAK_HOME", "A hose runs all afternoon."), (8, 16)),
    Plot("drips_seldom", TAP, 60, DAYS_3, only("LEAK_HOME", "A tap drips, a litre every other hour."), (4, 22), days=4),
    Plot("valve_leaks_a_night", TAP, 60, DAY_1, only("LEAK_HOME", "It leaks until the plumber comes."), (4, 6)),
    Plot("hose_bursts", TAP, 12, (3000, 5400), hose_bursts, (5, 25)),
    Plot("bath_fills", TAP, 100, (900, 1000), bath_fills, (6, 24)),
    Plot("main_bursts", MAIN, 1, (5400, 9000), main_bursts),
    Plot("hydrant_tried", MAIN, 12, (1500, 1700), flushed, (9, 17)),
    Plot("tank_refills", MAIN, 12, (1800, 3600), only("WATER_BURST", "Tanks fill after works in the street."), (9, 21)),
    # From the tenth day on, so that whoever listens since its stretch began knows what its nights are like.
    Plot("pipe_cracks", MAIN, 1, (450_000, 600_000), pipe_cracks, (244, 330), days=28),
    Plot("pool_filled", MAIN, 2, (18_000, 22_000), only("DMA_NIGHT", "The pool is filled in one night."), (20, 21)),
    Plot("hydrant_at_night", MAIN, 4, (500, 900), only("DMA_NIGHT", "A hydrant is tried at night."), (25.5, 26.5)),
    Plot("tap_in_garden", MAIN, 8, DAYS_3, only("DMA_NIGHT", "A tap in the garden left open."), (4, 22), days=4),
    Plot("meter_battery_empty", HOMES, 60, (275_000, 290_000), meter_silent, (5, 9), mutes=True, days=4),
    Plot(
        "told_by_spool",
        HOMES,
        30,
        (100_000, 150_000),
        only("METER_LOST", "Its gateway keeps it."),
        (5, 22),
        mutes=True,
        spools=True,
        days=4,
    ),
    Plot("one_report_lost", HOMES, 100, DAY_1, only("METER_LOST", "A van before its antenna."), (4, 6), mutes=True),
    Plot("read_by_hand", HOMES, 20, (240_000, 280_000), read_by_hand, (5, 12), mutes=True, days=4),
)
