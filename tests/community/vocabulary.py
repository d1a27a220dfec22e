"""Everything that devices can say, a line for each record type, for properties that hold whatever is said.

`say(rng, type, at_s)` gives (subject, data): mostly what matters to a rule, about its limits, on few devices, so that
records meet. What refers to time refers to `at_s`, the device's own second after T0.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from community.site import Device, Site, Source, Text
from community.systems import REDUCERS
from tests.community.story import T0_MS

FEED = "feed"
"""The one feed of all devices but those without."""


def _device(id_: str, system: str, kind: str, *tags: str, parent: str = "", source: str = FEED) -> Device:
    return Device(id_, system, kind, source, tags=tags, parent=parent)


SITE = Site(
    id="garden",
    name=Text("花园", "Garden"),
    sources=(Source(FEED, Text("源", "Feed")),),
    devices=(
        *(_device("C-gate", "cameras", "camera", "gate", "perimeter"), _device("C-lift", "cameras", "camera", "lift")),
        *(_device("C-shed", "cameras", "camera", "bike_shed"), _device("C-lane", "cameras", "camera", "fire_lane")),
        *(_device("R-1", "cameras", "recorder"), _device("D-1", "access", "door"), _device("D-2", "access", "door")),
        *(_device("P-1", "charging", "ebike_pile"), _device("P-1-01", "charging", "ebike_port", parent="P-1")),
        *(_device("E-1", "charging", "car_charger"), _device("E-1-1", "charging", "car_connector", parent="E-1")),
        *(_device("SOS-1", "sos", "button", source="none"), _device("SOS-2", "sos", "pillar", source="none")),
        *(_device("F-1", "fire", "smoke_detector"), _device("F-2", "fire", "call_point")),
        *(_device("F-3", "fire", "fire_panel"), _device("F-4", "fire", "gas_detector")),
        *(_device("L-1", "lifts", "lift"), _device("L-2", "lifts", "lift"), _device("B-1", "bins", "bin")),
        *(_device("M-1", "meters", "water_meter"), _device("M-2", "meters", "bulk_meter")),
        *(_device("G-1", "parking", "barrier"), _device("PL-1", "plant", "feeder"), _device("PL-2", "plant", "pump")),
        *(_device("SW-1", "plant", "switch", parent="PL-1"), _device("W-1", "plant", "level_sensor")),
        *(_device("person-0001", "care", "resident_alone"), _device("person-0002", "care", "resident_dementia")),
        *(
            _device("H-1", "broadcast", "speaker"),
            _device("I-1", "intercom", "panel"),
            _device("O-1", "orders", "desk"),
        ),
        _device("K-1", "patrol", "checkpoint"),
    ),
)

SUBJECTS: dict[str, tuple[str, ...]] = {
    "camera": ("C-gate", "C-lift", "C-shed", "C-lane"),
    "recorder": ("R-1",),
    "door": ("D-1", "D-2"),
    "car_charger": ("P-1", "E-1"),
    "car_connector": ("P-1-01", "E-1-1"),
    "button": ("SOS-1", "SOS-2"),
    "smoke_detector": ("F-1",),
    "call_point": ("F-2",),
    "fire_panel": ("F-3",),
    "gas_detector": ("F-4",),
    "lift": ("L-1", "L-2"),
    "bin": ("B-1",),
    "meter": ("M-1", "M-2"),
    "barrier": ("G-1",),
    "feeder": ("PL-1",),
    "pump": ("PL-2",),
    "switch": ("SW-1",),
    "water_level": ("W-1",),
    "resident": ("person-0001", "person-0002"),
    "speaker": ("H-1",),
    "panel": ("I-1",),
    "desk": ("O-1",),
    "checkpoint": ("K-1",),
    "unknown": tuple(device.id for device in SITE.devices),
}

Say = Callable[[random.Random, int], dict[str, Any]]


def _some(rng: random.Random, **choices: Any) -> dict[str, Any]:
    """One or more of the fields."""
    names = rng.sample(sorted(choices), rng.randint(1, len(choices)))
    return {name: choices[name] for name in sorted(names)}


def _flag(rng: random.Random) -> bool:
    return rng.random() < 0.5


def _event(rng: random.Random, at_s: int) -> dict[str, Any]:
    words = ("occluded", "black", "moved", "intrusion", "line_crossing", "falling_object", "ebike", "parking")
    said = {"event": rng.choice((*words, "smoke", "flame", "vendor's own")), "active": _flag(rng)}
    more = _some(rng, target=rng.choice(("human", "vehicle", "bird")), score=rng.choice((0.5, 0.75, 0.9)), region="r")
    return said | (more if _flag(rng) else {})


def _intervals(rng: random.Random, at_s: int) -> dict[str, Any]:
    count = rng.choice((1, 4, 48))
    start_ms = ((T0_MS + 1000 * at_s) // 1_800_000 - count - rng.randrange(4)) * 1_800_000
    return {"start_ms": start_ms, "volume_l": [rng.choice((None, 0.0, 3.0, 200.0)) for _ in range(count)]}


def _window(rng: random.Random, at_s: int) -> dict[str, Any]:
    from_ms = T0_MS + 1000 * (at_s + rng.randrange(-900, 900))
    return {
        "round": rng.choice("ab"),
        "from_ms": from_ms,
        "until_ms": from_ms + 600_000,
        "cancelled": rng.random() < 0.1,
    }


def _order(rng: random.Random, at_s: int) -> dict[str, Any]:
    phases = ("published", "published", "taken", "in_progress", "done", "cancelled", "reopened")
    return {"order": rng.choice(("o-1", "o-2", "o-3")), "phase": rng.choice(phases)}


def _call(rng: random.Random, at_s: int) -> dict[str, Any]:
    said = {"call": rng.choice("ab"), "phase": rng.choice(("ringing", "ringing", "answered", "opened", "ended"))}
    return said | {"rings": rng.choice(("home", "guard"))}


SAYS: dict[str, Say] = {
    "device.heartbeat": lambda r, s: {},
    "device.battery": lambda r, s: {"battery_percent": r.choice((5, 20, 90))},
    "camera.status": lambda r, s: (
        {"status": r.choice(("online", "offline"))} | ({"fps": 0} if r.random() < 0.2 else {})
    ),
    "camera.event": _event,
    "camera.picture": lambda r, s: {"hash": f"sha256:{r.randrange(9)}"},
    "recorder.storage": lambda r, s: (
        {"fault": r.choice(("disk_full", "disk_error")), "active": _flag(r)}
        | ({"oldest_clip_days": r.choice((3.0, 40.0))} if _flag(r) else {})
    ),
    "charging.boot": lambda r, s: {"vendor": r.choice("ab")},
    "charging.status": lambda r, s: (
        {"status": r.choice(("Available", "Charging", "Faulted", "Finishing"))}
        | ({"error_code": "HighTemperature"} if r.random() < 0.2 else {})
    ),
    "charging.meter": lambda r, s: _some(
        r,
        power_w=r.choice((0.0, 10.0, 600.0, 1200.0)),
        current_a=r.choice((1.0, 6.0)),
        temperature_c=r.choice((30.0, 60.0, 80.0)),
    ),
    "charging.session": lambda r, s: {
        "session": r.choice("ST"),
        "phase": r.choice(("started", "ended")),
        "meter_start_wh": r.randrange(9),
    },
    "sos.press": lambda r, s: {"press": r.choice(("short", "long"))},
    "broadcast.offer": lambda r, s: {"message": r.choice("mno"), "withdrawn": r.random() < 0.1},
    "broadcast.ack": lambda r, s: {"message": r.choice("mno"), "result": r.choice(("ok", "failed"))},
    "order.phase": _order,
    "patrol.window": _window,
    "patrol.scan": lambda r, s: {"post": "post:guard"},
    "patrol.waiver": lambda r, s: {"round": r.choice("ab"), "by": "post:captain"},
    "lift.car": lambda r, s: _some(
        r, floor=r.choice(("B1", "3A")), door=r.choice(("open", "closed")), load_percent=r.randrange(99)
    ),
    "lift.status": lambda r, s: {"status": r.choice(("running", "fault", "maintenance"))},
    "lift.trap": lambda r, s: {"trapped": _flag(r)},
    "lift.occupancy": lambda r, s: {"occupied": _flag(r)},
    "lift.call": lambda r, s: {"phase": r.choice(("pressed", "answered", "ended"))},
    "access.contact": lambda r, s: {"state": r.choice(("open", "closed", "closed", "forced"))},
    "access.lock": lambda r, s: {"lock": r.choice(("unlocked", "free", "locked")), "cause": r.choice("ab")},
    "access.pass": lambda r, s: (
        {"method": "card", "result": r.choice(("granted", "denied")), "reader": "r"}
        | ({"duress": True} if r.random() < 0.2 else {})
    ),
    "access.crossing": lambda r, s: {"persons": r.randint(1, 3), "direction": r.choice(("in", "out"))},
    "fire.detector": lambda r, s: {"event": r.choice(("alarm", "normal", "test", "silent"))},
    "fire.call_point": lambda r, s: {"event": r.choice(("alarm", "normal", "test"))},
    "fire.panel": lambda r, s: _some(r, fault=_flag(r), mains_lost=_flag(r)),
    "gas.detector": lambda r, s: _some(
        r, lel_percent=r.choice((0.0, 7.0, 20.0)), event=r.choice(("alarm", "normal", "test"))
    ),
    "meter.intervals": _intervals,
    "meter.reading": lambda r, s: _some(r, flow_m3h=r.choice((0.0, 2.0, 50.0)), volume_m3=float(r.randrange(99))),
    "meter.flag": lambda r, s: {"flag": r.choice(("burst", "leak")), "active": _flag(r)},
    "bin.status": lambda r, s: _some(
        r, fill_percent=r.choice((10, 50, 85, 97)), temperature_c=r.choice((20.0, 50.0, 70.0)), tilted=r.random() < 0.1
    ),
    "intercom.call": _call,
    "parking.barrier": lambda r, s: {
        "barrier": r.choice(("open", "closed", "fault", "other")),
        "mode": r.choice(("automatic", "held_open")),
    },
    "parking.passage": lambda r, s: {"direction": r.choice(("in", "out"))},
    "plant.feeder": lambda r, s: _some(r, energised=_flag(r), voltage_v=r.choice((0.0, 90.0, 220.0))),
    "plant.network": lambda r, s: {"reachable": _flag(r)},
    "plant.pump": lambda r, s: {"status": r.choice(("running", "fault"))} | ({"current_a": 2.0} if _flag(r) else {}),
    "plant.water": lambda r, s: {"level_cm": r.choice((0.0, 3.0, 10.0, 40.0))},
    "care.passage": lambda r, s: {"direction": r.choice(("in", "out"))},
    "care.evidence": lambda r, s: {
        "evidence": r.choice(("lift", "charger", "water", "guardian")),
        "window_s": r.choice((0, 600)),
    },
    "care.water": lambda r, s: {"volume_l": r.choice((0.0, 5.0)), "window_s": 1800},
    "care.absence": lambda r, s: {"absent": _flag(r)},
    "care.reader": lambda r, s: {"stale": _flag(r)},
    "care.consent": lambda r, s: {"given": r.random() < 0.8, "category": r.choice(("care", "health"))},
    "care.fall": lambda r, s: {"fallen": _flag(r)},
    "care.vitals": lambda r, s: _some(
        r, heart_rate_bpm=r.choice((50, 70, 105, 130)), breathing_rate_bpm=r.choice((8, 15))
    ),
    "care.band": lambda r, s: _some(r, heart_low_bpm=50, heart_high_bpm=110),
}


def say(rng: random.Random, type_: str, at_s: int) -> tuple[str, dict[str, Any]]:
    return rng.choice(SUBJECTS[REDUCERS[type_][1].kind]), SAYS[type_](rng, at_s)
