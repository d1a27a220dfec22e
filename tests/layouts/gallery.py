"""The states of the wall as the design shows them, told of the demo: what is reviewed as pictures and measured."""

from __future__ import annotations

from community.state import Closed, OutOfService, State, Today
from tests.layouts.estate import aged, pick, scene
from tests.layouts.scenes import HOUR, MINUTE, SECOND, Scene, empty


def normal() -> State:
    """Two low items in hand, a day of passes."""
    told = _day(scene())
    told.alarm("BIN_FULL", pick(told.site, "bin", 30), "P4", 12 * MINUTE, "ack", fill_percent=86.0)
    told.alarm("BATTERY_LOW", pick(told.site, "door", 14), "P4", 200 * MINUTE, "ack", battery_percent=12.0)
    return told.state


def incident() -> State:
    """A call for help nobody has taken, an overheated port, e-bike in lift, an old picture, a gate that works again."""
    told = _day(scene("21:14:36"))
    site = told.site
    help_ = next(d.id for d in site.devices if d.kind == "button" and (d.building, d.unit) == ("7", "2"))
    told.alarm("SOS", help_, "P1", 42 * SECOND)
    pressed = told.state.alarms[f"SOS/{help_}"]
    pressed.unseen_ms = pressed.activated_ms  # whom it calls next, and when, stands in the band
    told.device("EB-05-07", status="Faulted", temperature_c=68.0)
    told.alarm("CP_OVERTEMP", "EB-05-07", "P2", 65 * SECOND, temperature_c=68.0)
    lift = next(d.id for d in site.devices if "lift" in d.tags and d.building == "3")
    told.alarm("EBIKE_LIFT", lift, "P2", 138 * SECOND, "ack", event="ebike")
    told.device("C-010", age_ms=390 * SECOND, silent=True, status="online")
    told.alarm("CAM_OFFLINE", "C-010", "P3", 390 * SECOND, "ack")
    told.alarm("GATE_FAULT", "PB-N1", "P4", 700 * SECOND, "rtn", cause="not_closed")
    return told.state


def flood() -> State:
    """The supply of the weak-current rooms fails: of 62 alarms 51 have one cause, and a call for help is in hand."""
    told = _day(scene("21:31:20"))
    site = told.site
    help_ = next(d.id for d in site.devices if d.kind == "button" and (d.building, d.unit) == ("7", "2"))
    told.alarm("SOS", help_, "P1", 1046 * SECOND, "ack")
    told.alarm("POWER_LOST", "F-1", "P2", 560 * SECOND)
    for n in range(15):
        camera = f"C-{n + 5:03}"
        told.device(camera, age_ms=560 * SECOND, silent=True, status="online")
        told.alarm("CAM_OFFLINE", camera, "P3", (555 - n) * SECOND)
    for n in range(8):
        told.alarm("DOOR_HELD", pick(site, "door", 20 + n), "P3", (540 - n) * SECOND)
    for n in range(28):
        told.alarm("BCAST_FAIL", pick(site, "speaker", n), "P3", (530 - n) * SECOND, result="failed")
    for n in range(2):
        lift = [d.id for d in site.devices if d.kind == "lift" and d.building == "10"][n]
        told.device(lift, status="fault").alarm("LIFT_STOP", lift, "P2", 531 * SECOND, "ack", status="fault")
    for n in range(6):
        told.alarm("LONG_IN", pick(site, "resident_alone", 3 * n), "P3", (362 - n) * SECOND)
    for n, bin_ in enumerate((6, 30)):
        told.alarm("BIN_FULL", pick(site, "bin", bin_), "P4", (24 + n) * MINUTE, "ack", fill_percent=88.0)
    return told.state


def shelved() -> State:
    """Every state of ISA-18.2 that a wall shows: unacknowledged, acknowledged, returned, shelved, out of service."""
    told = _day(scene("21:14:36"))
    told.alarm("FALLING_OBJ", pick(told.site, "camera", 0, "falling"), "P2", 95 * SECOND)
    told.alarm("LIFT_STOP", pick(told.site, "lift", 3), "P2", 300 * SECOND, "ack", status="fault")
    told.alarm("DOOR_HELD", pick(told.site, "door", 4), "P3", 400 * SECOND, "rtn")
    for n, until in ((20, 14 * HOUR), (21, 40 * MINUTE)):
        told.alarm("CAM_BLIND", f"C-{n:03}", "P3", 6 * HOUR, "ack")
        alarm = told.state.alarms[f"CAM_BLIND/C-{n:03}"]
        alarm.shelved_until_ms, alarm.shelved_by = told.clock_ms + until, "post:control"
    told.state.out_of_service["L-2-1"] = OutOfService("post:supervisor", "", told.clock_ms - HOUR, told.clock_ms + HOUR)
    return told.state


def _day(told: Scene) -> Scene:
    """What was closed lately, and the day's figures."""
    lift, gate = pick(told.site, "camera", 8, "lift"), "PB-N1"
    closed = (
        (f"EBIKE_LIFT/{lift}", "P2", 45 * MINUTE, 110),
        (f"GATE_FAULT/{gate}", "P4", 147 * MINUTE, 24),
        ("CP_OVERTEMP/EB-03-03", "P2", 241 * MINUTE, 188),
        (f"LONG_OUT/{pick(told.site, 'resident_alone', 8)}", "P3", 320 * MINUTE, 720),
        (f"BIN_FULL/{pick(told.site, 'bin', 24)}", "P4", 352 * MINUTE, 1560),
        (f"CALL_UNANSWERED/{pick(told.site, 'panel', 2)}", "P4", 397 * MINUTE, 240),
    )
    ends = ((key, p, told.clock_ms - ago, lasted) for key, p, ago, lasted in closed)
    told.state.recent = tuple(Closed(key, p, end - lasted * SECOND, end) for key, p, end, lasted in ends)
    told.state.today = Today("2026-03-12", 36, 30, 1_230_000, 30, 8_280_000)
    return told


GALLERY = {
    "empty": empty,
    "aged": aged,
    "normal": normal,
    "incident": incident,
    "shelved": shelved,
    "flood": flood,
}
"""By the clock, so that it never goes back from one to the next."""
