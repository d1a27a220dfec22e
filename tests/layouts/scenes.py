"""Communities in a known condition, for tests and screenshots: the demo site with states made by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

from community.model import to_ms
from community.site import SITES, Site, parse_site
from community.state import Activation, Alarm, Closed, DeviceState, SourceState, State, Today

SECOND, MINUTE, HOUR = 1000, 60_000, 3_600_000


@cache
def lanting() -> Site:
    return parse_site((SITES / "lanting.json").read_bytes(), "lanting.json")


def at(text: str) -> int:
    """`14:32:07` on 12 March 2026 in Shanghai, as milliseconds."""
    return to_ms(datetime.fromisoformat(f"2026-03-12T{text}").replace(tzinfo=ZoneInfo("Asia/Shanghai")))


SAYS: dict[str, dict[str, object]] = {
    "access": {"state": "closed"},
    "lifts": {"status": "running", "floor": "3"},
    "bins": {"fill_percent": 35.0},
    "broadcast": {},
    "fire": {"detector": "normal"},
    "parking": {"barrier": "closed"},
    "plant": {"reachable": True},
}
"""What a device of the system says on a calm day."""


@dataclass
class Scene:
    """A state under construction. Ages are given in milliseconds before the community's clock."""

    clock: str = "14:32:07"
    site: Site = field(default_factory=lanting)

    def __post_init__(self) -> None:
        self.state = State(self.site)
        self.state.clock_ms = at(self.clock)
        self.state.started_ms = self.state.clock_ms - 6 * 24 * HOUR
        self.state.position = "0001.0000.00000000000000000001"

    @property
    def clock_ms(self) -> int:
        return self.state.clock_ms

    def feed(self, source: str, age_ms: int = 2 * SECOND) -> Scene:
        seen_ms = self.clock_ms - age_ms
        self.state.sources[source] = SourceState(source, seen_ms, since_ms=self.clock_ms - 12 * HOUR)
        return self

    def device(self, device_id: str, age_ms: int = 5 * SECOND, silent: bool = False, **values: object) -> Scene:
        d = self.site.by_id[device_id]
        seen_ms = self.clock_ms - age_ms
        self.state.devices[device_id] = DeviceState(
            d.id,
            d.system,
            d.kind,
            d.source,
            parent=d.parent,
            seen_ms=seen_ms,
            memory=self.state.devices[device_id].memory if device_id in self.state.devices else {},
            silent_ms=seen_ms + 180 * SECOND if silent else None,
            values=dict(values),
        )
        return self

    def alarm(self, alarm_id: str, device: str, priority: str, age_ms: int, now: str = "un", **detail: object) -> Scene:
        """now: un(acknowledged), ack, rtn."""
        started = self.clock_ms - age_ms
        alarm = Alarm(
            alarm_id,
            device,
            priority,
            detail=dict(detail),
            condition=now != "rtn",
            active=now != "rtn",
            acknowledged=now == "ack",
            activated_ms=started,
            acknowledged_ms=started + 30 * SECOND if now == "ack" else None,
            acknowledged_by="post:control" if now == "ack" else "",
            cleared_ms=started + 6 * MINUTE if now == "rtn" else None,
            count=1,
            occurrence=f"{alarm_id}/{device}@{started}",
        )
        self.state.alarms[alarm.key] = alarm
        marks = [*self.state.activations, Activation(started, priority, alarm.key)]
        self.state.activations = tuple(sorted(marks, key=lambda a: a.at_ms))
        return self

    def everything(self) -> Scene:
        """Every feed live, every device heard from a moment ago, most ports in use."""
        for source in self.site.sources:
            self.feed(source.id)
        taken = 0
        for d in self.site.devices:
            if d.system == "cameras":
                self.device(d.id, status="online", fps=25.0)
            elif d.system == "charging":
                taken += 1
                status = ("Charging", "Available", "Charging", "Finishing", "Available")[taken % 5]
                self.device(d.id, status=status if d.kind in ("car_connector", "ebike_port") else "Available")
            elif d.system in SAYS:
                self.device(d.id, **SAYS[d.system])
            elif d.system == "sos":
                self.device(d.id, age_ms=3 * HOUR, battery_percent=88)
            else:
                self.device(d.id)
        return self

    def history(self) -> Scene:
        """A day as the pictures have it: markers, closed alarms, figures."""
        ago = (20.1, 17.4, 13.2, 10.6, 9.3, 7.9, 6.9, 6.1, 5.4, 4.2, 3.9)
        priorities = ("P3", "P4", "P3", "P2", "P4", "P4", "P2", "P4", "P3", "P3", "P4")
        self.state.activations = tuple(
            Activation(self.clock_ms - int(h * HOUR), p, f"CAM_BLIND/C-0{i:02}")
            for i, (h, p) in enumerate(zip(ago, priorities, strict=True), 1)
        )
        closed = (
            ("CAM_BLIND/C-017", "P2", 45, 110),
            ("CP_OVERTEMP/EB-03-03", "P1", 147, 24),
            ("CP_FAULT/EV-03-1", "P4", 241, 188),
            ("CAM_OFFLINE/C-022", "P3", 320, 720),
        )
        self.state.recent = tuple(
            Closed(key, p, self.clock_ms - m * MINUTE - s * SECOND, self.clock_ms - m * MINUTE)
            for key, p, m, s in closed
        )
        self.state.today = Today("2026-03-12", 15, 10, 380_000, 10, 2_520_000)
        self.state.critical_ms = self.clock_ms - 6 * 24 * HOUR
        return self


SAFETY, OTHER = "lorawan", "isapi"
"""A feed without which nobody may say that all is well, and one of the others."""


def calm() -> Scene:
    return Scene().everything()


def rush(scene: Scene, count: int, age_ms: int) -> Scene:
    """That many P3 in one burst."""
    for n in range(1, count + 1):
        scene.alarm("CAM_OFFLINE", f"C-{n:03}", "P3", age_ms - n)
    return scene


def normal() -> State:
    return Scene().everything().history().state


def incident() -> State:
    scene = Scene("21:14:36").everything().history()
    scene.device("EB-05-07", status="Faulted", temperature_c=68.0)
    scene.device("C-010", age_ms=390 * SECOND, silent=True, status="online")
    scene.alarm("SOS", "SOS-021", "P1", 42 * SECOND)
    scene.alarm("CP_OVERTEMP", "EB-05-07", "P2", 65 * SECOND, temperature_c=68.0)
    scene.alarm("CAM_BLIND", "C-004", "P2", 138 * SECOND, "ack")
    scene.alarm("CAM_OFFLINE", "C-010", "P3", 390 * SECOND, "ack")
    scene.alarm("CP_FAULT", "EV-03-1", "P4", 700 * SECOND, "rtn")
    return scene.state


def empty() -> State:
    scene = Scene("09:03:12")
    scene.state.started_ms = scene.clock_ms - 68 * SECOND
    return scene.state


def partial() -> State:
    """Three cameras never heard from, a charger silent, one feed late, one stale."""
    scene = Scene().everything().history()
    for camera in ("C-005", "C-006", "C-007"):
        del scene.state.devices[camera]
    scene.device("EV-02", age_ms=600 * SECOND, silent=True, status="Available")
    scene.feed("ocpp16", 24 * SECOND)
    scene.feed("ebike_pile", 6 * MINUTE)
    for device in scene.site.devices:
        if device.source == "ebike_pile":
            scene.device(device.id, 6 * MINUTE, **scene.state.devices[device.id].values)
    scene.alarm("SOURCE_STALE", "ebike_pile", "P2", 5 * MINUTE)
    return scene.state


def flood() -> State:
    scene = Scene("21:31:20").everything().history()
    scene.alarm("SOS", "SOS-021", "P1", 17 * MINUTE, "ack")
    for n in range(1, 16):
        scene.device(f"C-{n:03}", age_ms=560 * SECOND, silent=True, status="online")
        scene.alarm("CAM_OFFLINE", f"C-{n:03}", "P3", 560 * SECOND - n * SECOND)
    for n in range(1, 9):
        scene.alarm("CP_OFFLINE", f"EV-{n:02}", "P3", 500 * SECOND, "ack")
    scene.alarm("CAM_BLIND", "C-033", "P2", 300 * SECOND)
    return scene.state


SCENES = {"normal": normal, "incident": incident, "empty": empty, "partial": partial, "flood": flood}
