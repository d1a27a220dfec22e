"""The scenes of the tour, in their order. Each plays with devices of the site; one whose devices it lacks is left out.

Nothing is shown that the house did not decide: a scene lets devices speak, then waits for what the fold makes of it.
Whatever a scene raised it puts right again at its end, also when the visitor skips the rest.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from community.catalogue import CATALOGUE
from community.model import COMMAND_ACKNOWLEDGE, COMMAND_RESET
from community.site import Device
from community.state import alarm_state
from ingest.tour.guide import Guide
from ingest.tour.outage import Outage
from ingest.tour.stage import Stage

PAST_S = 60.0
"""A first start makes it in some ten seconds (ingest/filling.py); on a machine that has much to do it takes longer."""

FULL_AGO_S, SESSION_AGO_S = 46 * 60.0, 3 * 3600.0
"""An e-bike that was plugged in three hours ago and has drawn little for 46 minutes: DOMAIN.md's rule asks for 45."""

SWITCH_S = 70.0
"""A switch that has not answered for a minute is an alarm; that has begun before (ingest/tour/outage.py)."""

CUT_S = 16.0
"""Longer than the 10 s within which every screen must say that it knows nothing more."""


class Play(NamedTuple):
    stage: Stage
    guide: Guide
    outage: Outage | None = None
    """Of the switch that a later scene shows."""


class Scene(NamedTuple):
    name: str
    fits: Callable[[Stage], bool]
    play: Callable[[Play], Awaitable[None]]


# ---- whom the scenes need
def _panel(stage: Stage) -> Device | None:
    return stage.find(lambda d: d.system == "intercom" and bool(d.building))


def _door(stage: Stage, panel: Device) -> Device | None:
    near = (panel.building, panel.unit)
    return stage.find(lambda d: d.system == "access" and (d.building, d.unit) == near)


PORTS_SPEAK_S = 30
"""Who opens the page as soon as it answers is faster than the ports of a house that has just begun."""


def _port(stage: Stage) -> Device | None:
    """A port that nobody uses."""
    for device in stage.site.devices:
        if device.kind == "ebike_port":
            state = stage.device(device.id)
            if state is not None and state.values.get("status") == "Available" and not state.values.get("charging"):
                return device
    return None


def _button(stage: Stage, skip: int = 0) -> Device | None:
    quiet = (d for d in stage.site.devices if d.kind == "button" and stage.alarm(f"SOS/{d.id}") is None)
    return next((d for n, d in enumerate(quiet) if n == skip), None)


def _lift_camera(stage: Stage) -> Device | None:
    return stage.find(lambda d: d.system == "cameras" and "lift" in d.tags)


def outage_switch(stage: Stage) -> Device | None:
    """The switch with the most cameras behind it."""
    switches = [d for d in stage.site.devices if d.system == "plant" and d.kind == "switch"]
    return max(switches, key=lambda d: sum(b.kind == "camera" for b in _behind(stage, d)), default=None)


def _behind(stage: Stage, switch: Device | None) -> list[Device]:
    if switch is None:
        return []
    near = stage.children(switch.id)
    behind = [*near, *(device for recorder in near for device in stage.children(recorder.id))]
    return [device for device in behind if device.system == "cameras"]


# ---- the scenes
async def calm(play: Play) -> None:
    """The day that the demo remembers is made while the house starts."""
    play.guide.say("calm")
    await play.guide.until(play.stage.remembers, PAST_S)
    await play.guide.pause(9)


async def courier(play: Play) -> None:
    stage, guide, _ = play
    panel = _panel(stage)
    assert panel is not None
    call = f"tour-{time.time_ns() // 1_000_000}"
    zh, en = stage.where(panel)
    guide.say("courier", (zh,), (en,))
    stage.say(panel, "intercom.call", call=call, phase="ringing", caller="courier", rings="home")
    await guide.pause(6)
    guide.say("speaker")
    stage.say(panel, "intercom.call", call=call, phase="opened", opened_by="speaker")
    door = _door(stage, panel)
    if door is not None:
        stage.say(door, "access.pass", method="speaker", result="granted", direction="in")
        stage.say(door, "access.contact", state="open")
    try:
        await guide.pause(6)
    finally:
        if door is not None:
            stage.say(door, "access.contact", state="closed")
        stage.say(panel, "intercom.call", call=call, phase="ended")


async def full_battery(play: Play) -> None:
    """The rule is the house's own; only the bike is the tour's."""
    stage, guide, _ = play
    await guide.until(lambda: _port(stage) is not None, PORTS_SPEAK_S)
    port = _port(stage)
    if port is None:
        return
    zh, en = stage.where(port)
    session = f"tour-{time.time_ns() // 1_000_000}"
    guide.say("full", (zh,), (en,))
    stage.say(port, "charging.session", SESSION_AGO_S, session=session, phase="started")
    stage.say(port, "charging.status", status="Charging", error_code="NoError")
    stage.say(port, "charging.meter", FULL_AGO_S, power_w=14.0, temperature_c=27.0)
    await guide.pause(4)
    stage.say(port, "charging.meter", power_w=13.0, temperature_c=26.0)

    def ordered() -> bool:
        state = stage.device(port.id)
        return state is not None and state.pending is not None

    try:
        if await guide.until(ordered, 10):
            guide.say("cut")
        await guide.pause(5)
    finally:  # the port does what it was told
        stage.say(port, "charging.meter", power_w=0.0)
        stage.say(port, "charging.session", session=session, phase="ended", reason="Remote", energy_wh=612)
        stage.say(port, "charging.status", status="Available", error_code="NoError")
    guide.say("free")
    await guide.pause(6)


async def sos(play: Play) -> None:
    stage, guide, _ = play
    button = _button(stage)
    assert button is not None
    key = f"SOS/{button.id}"
    zh, en = stage.where(button)
    guide.say("sos", (zh,), (en,))
    stage.say(button, "sos.press", press="short")

    def taken() -> bool:
        alarm = stage.alarm(key)
        return alarm is not None and alarm.active and alarm.acknowledged

    with _put_right(stage, [key]):
        if not await guide.until(taken, 45):
            guide.say("sos_kept")
            await guide.until(taken, 10)
            if not taken():
                stage.order(COMMAND_ACKNOWLEDGE, key)
                await guide.until(taken, 5)
        guide.say("sos_taken")
        await guide.pause(7)


async def bike_in_lift(play: Play) -> None:
    stage, guide, _ = play
    camera = _lift_camera(stage)
    assert camera is not None
    zh, en = stage.where(camera)
    guide.say("lift", (zh,), (en,))
    stage.say(camera, "camera.event", event="ebike", active=True, score=0.96)
    key = f"EBIKE_LIFT/{camera.id}"

    def seen() -> bool:
        alarm = stage.alarm(key)
        return alarm is not None and alarm.active

    with _put_right(stage, [key]):
        try:
            await guide.until(seen, 8)
            await guide.pause(7)
        finally:
            stage.say(camera, "camera.event", event="ebike", active=False)


async def switch_fails(play: Play) -> None:
    stage, guide, outage = play
    switch = outage_switch(stage)
    assert switch is not None and outage is not None
    outage.shown = True
    behind = _behind(stage, switch)
    zh, en = stage.where(switch)
    guide.say("switch", (zh, len(behind)), (en, len(behind)))
    cause = f"NET_DOWN/{switch.id}"
    for camera in behind:
        stage.say(camera, "camera.status", status="offline", reason="network")

    def symptoms() -> int:
        return sum(alarm_state(alarm) == "suppressed" and alarm.suppressed_by == cause for alarm in stage.alarms())

    def one_row() -> bool:
        alarm = stage.alarm(cause)
        return alarm is not None and alarm.active and symptoms() >= len(behind)

    with _put_right(stage, [cause]):
        try:
            if await guide.until(one_row, SWITCH_S):
                guide.say("switch_one", (1 + len(behind), symptoms()))
                await guide.pause(9)
        finally:
            for camera in behind:
                stage.say(camera, "camera.status", status="online", fps=25)
        guide.say("switch_back")
        await guide.pause(5)


async def data_cut(play: Play) -> None:
    """Nobody can write, the tour neither: its caption stands before, its button goes to the spool meanwhile."""
    stage, guide, _ = play
    button, witness = _button(stage), _button(stage, 1)
    assert button is not None and witness is not None
    guide.say("break")
    await guide.pause(4)
    stage.cut(CUT_S)
    await asyncio.sleep(5)
    zone = ZoneInfo(stage.site.timezone)
    pressed = datetime.now(zone).strftime("%H:%M:%S")
    said = {stage.say(witness, "device.battery", battery_percent=80.0 - n) for n in range(9)}
    said.add(stage.say(button, "sos.press", press="short"))
    await asyncio.sleep(CUT_S - 5)
    key = f"SOS/{button.id}"
    feeds = [f"SOURCE_STALE/{source.id}" for source in stage.site.sources]  # some lived from their spools just now
    with _put_right(stage, [key, *feeds]):
        await guide.until(lambda: stage.alarm(key) is not None, 20)
        missing = sum(not done.done() for done in stage.unsettled) + (stage.alarm(key) is None)
        if missing:
            guide.say("lossy", (missing,))
        else:
            guide.say("whole", (pressed, len(said)))
        await guide.pause(9)


async def end(play: Play) -> None:
    play.guide.say("end")
    await play.guide.pause(8)


@contextmanager
def _put_right(stage: Stage, alarms: list[str]) -> Iterator[None]:
    """The tour's own alarms are acknowledged and ended by the tour, whatever happens in between."""
    try:
        yield
    finally:
        for key in alarms:
            alarm = stage.alarm(key)
            if alarm is None:
                continue
            if not alarm.acknowledged:
                stage.order(COMMAND_ACKNOWLEDGE, key)
            if alarm.latched or CATALOGUE[alarm.id].operator_clears:
                stage.order(COMMAND_RESET, key, reason="test")


SCENES = (
    Scene("calm", lambda stage: True, calm),
    Scene("courier", lambda stage: _panel(stage) is not None, courier),
    Scene("full_battery", lambda stage: any(d.kind == "ebike_port" for d in stage.site.devices), full_battery),
    Scene("sos", lambda stage: _button(stage) is not None, sos),
    Scene("bike_in_lift", lambda stage: _lift_camera(stage) is not None, bike_in_lift),
    Scene("switch_fails", lambda stage: bool(_behind(stage, outage_switch(stage))), switch_fails),
    Scene("data_cut", lambda stage: _button(stage, 1) is not None, data_cut),
    Scene("end", lambda stage: True, end),
)
