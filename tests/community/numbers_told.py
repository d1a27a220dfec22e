"""A site of all kinds, and what is told to it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from community.site import Device, Site, Source, Text
from tests.community.story import T0_MS, Story

MINUTE, HOUR, DAY = 60, 3600, 86_400
SITE = Site(
    id="garden",
    name=Text("花园", "Garden"),
    sources=(Source("piles", Text("桩", "Piles")),),
    devices=(
        Device("C-1", "cameras", "camera", "nvr", tags=("perimeter",)),
        Device("C-2", "cameras", "camera", "nvr", tags=("lift", "bike_shed")),
        Device("R-1", "cameras", "recorder", "nvr"),
        Device("D-1", "access", "door", "doors"),
        Device("D-2", "access", "plant_door", "doors"),
        Device("I-1", "intercom", "panel", "doors"),
        Device("P-1", "charging", "ebike_pile", "piles"),
        Device("P-1-01", "charging", "ebike_port", "piles", parent="P-1"),
        Device("subject:a001", "care", "resident_alone", "none"),
        Device("subject:d001", "care", "resident_dementia", "none"),
        Device("subject:c001", "care", "child", "none"),
        Device("W-1", "meters", "water_meter", "none"),
        Device("B-1", "meters", "bulk_meter", "none"),
        Device("BIN", "bins", "bin", "none"),
        Device("GAS", "fire", "gas_detector", "none"),
        Device("F-1", "plant", "feeder", "none"),
        Device("SW-1", "plant", "switch", "none"),
        Device("WL-1", "plant", "water_level", "none"),
        Device("DESK", "orders", "desk", "none"),
        Device("SOS-1", "sos", "button", "none"),
    ),
)
Told = Callable[[Story], None]


def say(*told: tuple[float, str, str, dict[str, Any]], until_s: float = 0) -> Told:
    """Records (second, type, device, data), the clock every ten seconds between them."""

    def tell(story: Story) -> None:
        tick_s = 0.0
        waiting = sorted(told, key=lambda record: record[0])
        while waiting or tick_s <= until_s:
            if waiting and waiting[0][0] <= tick_s:
                at_s, type_, device, data = waiting.pop(0)
                story.tell(type_, device, data, at_s=at_s)
            else:
                story.tell("clock.tick", community="", at_s=tick_s)
                tick_s += 10

    return tell


def raised(story: Story) -> list[tuple[str, str, float]]:
    kinds = ("alarm.activated", "alarm.reactivated")
    entries = [entry for entry in story.entries if entry.type in kinds]
    return [(e.subject.split("/")[0], e.data["priority"], (e.at_ms - T0_MS) / 1000) for e in entries]


def clock(text: str) -> float:
    """Seconds after T0 (21:14:36 on the 12th) of a local time of the 12th, or of the day named before it."""
    day, _, at = text.rpartition(" ")
    moment = datetime.fromisoformat(f"2026-03-{day or 12}T{at}").replace(tzinfo=ZoneInfo("Asia/Shanghai"))
    return moment.timestamp() - T0_MS / 1000


def fails(count: int) -> list[tuple[float, str, str, dict[str, Any]]]:
    return [(n, "access.pass", "D-1", {"method": "card", "result": "denied", "reader": "r"}) for n in range(count)]


def open_door(door: str) -> Told:
    free = (0, "access.lock", door, {"lock": "unlocked"})
    return say((0, "access.contact", door, {"state": "closed"}), free, (1, "access.contact", door, {"state": "open"}))


def charge(power_w: float, samples: int, minutes: int) -> Told:
    """A sample a minute, and then none; pile and feed beat on."""
    session = {"session": "s", "phase": "started"}
    curve = [(MINUTE * n, "charging.meter", "P-1-01", {"power_w": power_w}) for n in range(samples)]
    beats = [(10 * n, "source.heartbeat", "piles", {}) for n in range(6 * minutes)]
    beats += [(MINUTE * n, "device.heartbeat", "P-1", {}) for n in range(minutes)]
    status = (0, "charging.status", "P-1-01", {"status": "Charging"})
    return say((0, "charging.session", "P-1-01", session), status, *curve, *beats, until_s=MINUTE * minutes)


def half_hours(meter: str, volumes: list[float]) -> Told:
    """From the midnight after T0."""
    start_ms = T0_MS + int(1000 * clock("13 00:00"))
    data = {"start_ms": start_ms, "volume_l": volumes}
    return lambda story: story.tell("meter.intervals", meter, data, at_s=clock("13 00:00") + len(volumes) * 1800)


def nights(*flows_m3h: float) -> Told:
    def tell(story: Story) -> None:
        for n, flow in enumerate(flows_m3h):
            start_s = clock("13 00:00") + n * DAY
            volumes = [1000 * flow / 2] * 48
            data = {"start_ms": T0_MS + int(1000 * start_s), "volume_l": volumes}
            story.tell("meter.intervals", "B-1", data, at_s=start_s + DAY)

    return tell


def bike(score: float) -> Told:
    return say((0, "camera.event", "C-2", {"event": "ebike", "active": True, "score": score}), until_s=60)


def entered(subject: str, direction: str, at_s: float = 0.0, until_s: float = 0.0) -> Told:
    return say((at_s, "care.passage", subject, {"direction": direction}), until_s=until_s)


def dry(hours: int) -> Told:
    """A measure each half-hour from six in the morning, and nothing ran."""
    inside = (clock("13 05:00"), "care.passage", "subject:a001", {"direction": "in"})
    measures = [
        (clock("13 06:00") + 1800 * (n + 1), "care.water", "subject:a001", {"volume_l": 0.4, "window_s": 1800})
        for n in range(2 * hours)
    ]
    return say(inside, *measures)


def intrusion(at: str) -> Told:
    return say((clock(at), "camera.event", "C-1", {"event": "intrusion", "active": True}), until_s=clock(at) + 20)


def published(at_s: float, until_s: float) -> Told:
    return say((at_s, "order.phase", "DESK", {"order": "o", "phase": "published"}), until_s=until_s)


def level(device: str, type_: str, **data: Any) -> Told:
    return say((0, type_, device, data), until_s=20 * MINUTE)
