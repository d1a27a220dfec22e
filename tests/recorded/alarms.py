"""What each recorded file raises: its payloads through the adapter into the fold, as if they were said now.

Each payload is a device of its own, so that no alarm is taken back by the next example, but where the payloads of a
file are the life of devices (`LIVES`). Devices are described as what their folder says they are, cameras as ones that
look at every place for which there is a rule.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from community.site import Device, Site, Source, Text
from community.state import State
from community.systems import REDUCERS
from ingest.adapters import ADAPTERS
from ingest.adapters.base import Canonical, Refused
from tests.community.story import Story
from tests.recorded.table import payloads

LIVES = ("ocpp16", "frigate", "dahua", "unifi_access", "ev_sessions_desmarais")
LONGEST_S = 1200
"""A gap in a life is told in at most so long: no alarm of these devices needs more."""
AFTER_S = 1830
"""So long it is waited for alarms in the end: a work order is late after half an hour."""
CAMERA_TAGS = ("perimeter", "gate", "lift", "bike_shed", "fire_lane", "falling")
FOLDERS = {
    "lorawan/water_leak": "leak_sensor",
    "lorawan/water_meter": "water_meter",
    "lorawan/electric_meter": "power_meter",
    "lorawan/elderly_fall_presence": "resident_alone",
    "wmbus": "water_meter",
}
"""Folder -> kind of its devices, where the type of a record does not say it."""


def adapted(name: str, source: str, folder: Path) -> list[list[Canonical]]:
    """The records of each payload that has some."""
    adapter = ADAPTERS[source](None)
    found = []
    for payload in payloads(source, folder / name):
        try:
            outcome = adapter.adapt(payload)
        except Refused:
            continue
        if isinstance(outcome, list) and outcome:
            found.append(outcome)
    return found


def carries(record: Canonical) -> bool:
    """Whether a device says by it that something is wrong, or wanted."""
    data = record.data
    match record.type:
        case "camera.event" | "meter.flag":
            return bool(data["active"])
        case "fire.detector" | "gas.detector":
            return data.get("event", "normal") != "normal"
        case "charging.status":
            return data.get("error_code", "NoError") != "NoError"
        case "bin.status":
            return bool(data.get("tilted"))
        case "access.contact":
            return data["state"] != "closed"
        case "intercom.call":
            return data["phase"] == "ringing"
        case "order.phase":
            return data["phase"] == "published"
        case "device.battery":
            return data["battery_percent"] <= 15
    return record.type == "sos.press" or bool(data.get("fallen") or data.get("duress") or data.get("fault"))


def _described(subjects: dict[str, list[Canonical]], name: str) -> tuple[Device, ...]:
    """Of each device by the first record that belongs to a system of its own."""
    kind = next((kind for folder, kind in FOLDERS.items() if name.startswith(folder)), "")
    made = []
    for id_, records in subjects.items():
        known = [REDUCERS[record.type] for record in records if record.type in REDUCERS]
        system, reducer = next(((s, r) for s, r in known if s.id != "common"), (None, None))
        if system is None or reducer is None:
            made.append(Device(id_, "meters" if "meter" in kind else "access", kind or "door", "feed"))
            continue
        tags = CAMERA_TAGS if system.id == "cameras" else ()
        own = kind if system.id in ("meters", "care") else ""
        made.append(Device(id_, system.id, own or reducer.kind, "feed", tags=tags, building="1", unit="1", room=id_))
    return tuple(made)


def raised(name: str, source: str, folder: Path) -> Counter[str]:
    """Catalogue id -> how many devices raised it."""
    told: list[tuple[float, Canonical]] = []
    now_s, before_ms = 2.0, None
    for number, records in enumerate(adapted(name, source, folder)):
        if source in LIVES and (at_ms := records[0].time_ms) is not None:
            now_s += min(LONGEST_S, max(0.0, (at_ms - (before_ms if before_ms is not None else at_ms)) / 1000))
            before_ms = at_ms
        for n, record in enumerate(sorted(records, key=lambda r: r.time_ms or 0)):
            subject = record.subject if source in LIVES else f"device-{number:04}"
            told.append((now_s + n / 100, Canonical(record.type, subject, None, record.data)))
    return Counter(key.partition("/")[0] for key in _folded(told, name))


def _folded(told: list[tuple[float, Canonical]], name: str) -> set[str]:
    """Keys of the alarms that were raised."""
    subjects: dict[str, list[Canonical]] = {}
    for _, record in told:
        subjects.setdefault(record.subject, []).append(record)
    site = Site("recorded", Text("录", "Recorded"), sources=(Source("feed", Text("源", "Feed")),))
    story = Story(site)
    story.state = State(Site(site.id, site.name, sources=site.sources, devices=_described(subjects, name)))
    clock_s = 0

    def until(at_s: float) -> None:
        nonlocal clock_s
        while clock_s + 1 <= at_s:
            clock_s += 1
            story.ticks(clock_s, clock_s, "feed")
            if clock_s % 60 == 0:
                for device in subjects:
                    story.tell("device.heartbeat", device, {}, at_s=clock_s)

    for at_s, record in told:
        until(at_s)
        story.tell(record.type, record.subject, record.data, at_s=at_s)
    until((told[-1][0] if told else 0) + AFTER_S)
    return {subject for _, subject, _ in story.journal("alarm.activated")}
