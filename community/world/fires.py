"""Fire and gas: what smokes and what only looks like it, gas that leaks, panels that lose their mains or their mind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .base import Plot, Scene
from .chance import between
from .said import Story, Told, blinks, lasts, said

if TYPE_CHECKING:
    from .day import Day

DETECTOR, CALL_POINT, PANEL, GAS = "fire.detector", "fire.call_point", "fire.panel", "gas.detector"
WELL = {"fault": False, "mains_lost": False, "backup_fault": False}
NORMAL, ALARM = {"event": "normal"}, {"event": "alarm"}
GAS_MS = 20_000


# ---- fire
def burns(type_: str, alarm: str, what: str) -> Story:
    """From the detector's word until it is normal again and its panel has been reset."""
    return lasts(alarm, 5, what, type_, dict(ALARM), dict(NORMAL), left_s=120)


def words(type_: str, alarm: str, what: str, *events: str) -> Story:
    """What a detector or a call point says that is no fire, and after it that all is normal."""

    def play(scene: Scene, day: Day) -> Told:
        at_ms = scene.from_ms
        for event in events:
            yield said(scene, at_ms, type_, event=event)
            at_ms += between(scene.dice, 5, 40)
        yield said(scene, at_ms, type_, **NORMAL)
        yield from scene.nothing(alarm)

    play.__doc__ = what
    return play


# ---- gas
def hob_blown_out(scene: Scene, day: Day) -> Told:
    """Soup boils over and puts out an old hob: gas collects until somebody closes the tap and opens the window."""
    per_min = scene.dice.uniform(1.5, 5)
    top = scene.dice.uniform(24, 45)
    closed_ms = scene.from_ms + int(60_000 * (top / per_min + scene.dice.uniform(2, 10)))
    for at_ms in range(scene.from_ms, scene.until_ms, GAS_MS):
        if at_ms <= closed_ms:
            percent = min(top, per_min * (at_ms - scene.from_ms) / 60_000)
        else:
            percent = top * 0.7 ** ((at_ms - closed_ms) / 60_000)
        yield said(scene, at_ms, GAS, lel_percent=round(percent, 1))
    # A fifth of what can explode: nobody should be in that kitchen any more without knowing.
    yield scene.truth("GAS_LEAK", 60 * 20 / per_min, until_ms=closed_ms + 180_000)


def detector_itself_alarms(scene: Scene, day: Day) -> Told:
    """A detector that gives no figures: its own siren sounds, until the kitchen is aired."""
    over_ms = scene.until_ms - 120_000
    yield said(scene, scene.from_ms, GAS, event="alarm")
    yield said(scene, over_ms, GAS, event="normal")
    yield scene.truth("GAS_LEAK", 10, until_ms=over_ms)


def whiff(low: float, high: float, lasts_s: tuple[float, float], what: str) -> Story:
    """A few percent that go away by themselves."""

    def play(scene: Scene, day: Day) -> Told:
        top, gone_ms = scene.dice.uniform(low, high), scene.from_ms + between(scene.dice, *lasts_s)
        for at_ms in range(scene.from_ms, gone_ms + 120_000, GAS_MS):
            percent = top if at_ms < gone_ms else top * 0.5 ** ((at_ms - gone_ms) / 30_000)
            yield said(scene, at_ms, GAS, lel_percent=round(percent * scene.dice.uniform(0.92, 1.0), 1))
        yield from scene.nothing("GAS_LEAK")

    play.__doc__ = what
    return play


def test_gas(scene: Scene, day: Day) -> Told:
    """The yearly check with a bottle of test gas, and the detector told of it."""
    for n in range(4):
        yield said(scene, scene.from_ms + 15_000 * n, GAS, event="test", lel_percent=25.0)
    yield said(scene, scene.from_ms + 90_000, GAS, event="normal", lel_percent=0.3)
    yield from scene.nothing("GAS_LEAK")


# ---- panels
def panel(word: str, what: str) -> Story:
    return lasts("FIRE_PANEL_FAULT", 75, what, PANEL, {word: True}, {word: False}, left_s=180)


def panel_blink(word: str, low_s: float, high_s: float, what: str) -> Story:
    return blinks("FIRE_PANEL_FAULT", low_s, high_s, what, PANEL, {word: True}, {word: False})


def panel_dead(scene: Scene, day: Day) -> Told:
    """Its board has died: not a word until it is changed, and of what hangs on it nobody hears either."""
    yield said(scene, scene.until_ms, PANEL, **WELL)
    yield scene.truth("FIRE_PANEL_FAULT", 300)


def panel_restarts(scene: Scene, day: Day) -> Told:
    """Started anew after a visit of its maker."""
    yield said(scene, scene.until_ms, PANEL, **WELL)
    yield from scene.nothing("FIRE_PANEL_FAULT")


SMOKE, MCP, KITCHEN, CABINET = ("smoke_detector",), ("call_point",), ("gas_detector",), ("fire_panel",)
SHORT, LONG = (240, 300), (900, 5400)
PLOTS: tuple[Plot, ...] = (
    Plot("kitchen_burns", SMOKE, 10, LONG, burns(DETECTOR, "FIRE_SMOKE", "Oil in a pan: smoke fills the corridor.")),
    Plot("battery_burns", SMOKE, 2, LONG, burns(DETECTOR, "FIRE_SMOKE", "An e-bike's battery burns upstairs.")),
    Plot("smoke_test", SMOKE, 400, SHORT, words(DETECTOR, "FIRE_SMOKE", "Tested with a spray.", "test")),
    Plot("sounder_hushed", SMOKE, 20, SHORT, words(DETECTOR, "FIRE_SMOKE", "Its sounder hushed.", "silent")),
    Plot("detector_dusty", SMOKE, 100, SHORT, words(DETECTOR, "FIRE_SMOKE", "Full of dust.", "fault", "prealarm")),
    Plot("steam_below_alarm", SMOKE, 100, SHORT, words(DETECTOR, "FIRE_SMOKE", "Steam, not enough.", "prealarm")),
    Plot("glass_broken", MCP, 4, LONG, burns(CALL_POINT, "FIRE_MCP", "Somebody sees flames and breaks the glass.")),
    Plot("call_point_test", MCP, 80, SHORT, words(CALL_POINT, "FIRE_MCP", "Tested with the key.", "test")),
    Plot("cover_lifted", MCP, 60, SHORT, words(CALL_POINT, "FIRE_MCP", "A child lifts its cover.", "cover_open")),
    Plot("call_point_wire", MCP, 20, SHORT, words(CALL_POINT, "FIRE_MCP", "Its wire is loose.", "fault", "fault")),
    Plot("hob_blown_out", KITCHEN, 8, (3600, 4800), hob_blown_out, (6, 22)),
    Plot("detector_itself_alarms", KITCHEN, 8, (600, 1800), detector_itself_alarms, (6, 23)),
    Plot("hob_lit_late", KITCHEN, 400, (300, 400), whiff(2, 6, (5, 40), "The hob is lit at the third try."), (6, 21)),
    Plot("hair_spray", KITCHEN, 200, (420, 500), whiff(3, 8, (20, 120), "Hair spray and wine to cook with."), (6, 23)),
    Plot("valve_seeps", KITCHEN, 30, (1500, 1800), whiff(0.5, 3, (900, 1200), "A valve seeps a little.")),
    Plot("test_gas", KITCHEN, 250, (240, 300), test_gas, (9, 17)),
    Plot("fuse_blown", CABINET, 4, LONG, panel("mains_lost", "Its fuse has blown: it lives on its battery.")),
    Plot("loop_cut", CABINET, 8, LONG, panel("fault", "A fitter has cut its loop.")),
    Plot("backup_worn", CABINET, 4, LONG, panel("backup_fault", "Its battery does not hold any more.")),
    Plot("panel_dead", CABINET, 2, (900, 5400), panel_dead, mutes=True),
    Plot("panel_restarts", CABINET, 12, (50, 110), panel_restarts, mutes=True),
    Plot("mains_dip", CABINET, 40, SHORT, panel_blink("mains_lost", 2, 20, "A dip of the mains.")),
    Plot("loop_glitch", CABINET, 60, SHORT, panel_blink("fault", 2, 22, "Damp in the loop.")),
    Plot("battery_self_test", CABINET, 52, SHORT, panel_blink("backup_fault", 5, 20, "It tests its battery.")),
)
