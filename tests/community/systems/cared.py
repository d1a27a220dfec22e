"""Residents who are cared for, and what stories say of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from community.site import Device, Site, Source, Text
from tests.community.story import T0_MS, Story

ALONE, DEMENTIA, CHILD = "subject:a001", "subject:d001", "subject:c001"
SITE = Site(
    id="garden",
    name=Text("花园", "Garden"),
    sources=(Source("doors", Text("门禁", "Doors")),),
    devices=(
        Device(ALONE, "care", "resident_alone", "doors_less", building="7", unit="2", room="1203"),
        Device(DEMENTIA, "care", "resident_dementia", "doors_less"),
        Device(CHILD, "care", "child", "doors_less"),
        Device("subject:f001", "care", "resident_alone", "doors"),
    ),
)
HOUR = 3600
Steps = list[tuple[float, str, dict[str, Any]]]


def at(clock: str, day: int = 13) -> float:
    """Seconds after T0 of this time in March 2026 in Shanghai."""
    moment = datetime.fromisoformat(f"2026-03-{day:02}T{clock}").replace(tzinfo=ZoneInfo("Asia/Shanghai"))
    return moment.timestamp() - T0_MS / 1000


def run(subject: str, steps: Steps, until_s: float) -> Story:
    """What is said, and then the clock, which goes on every ten minutes."""
    story = Story(SITE)
    waiting = sorted(steps, key=lambda step: step[0])
    tick_s = waiting[0][0]
    while tick_s <= until_s or waiting:
        if waiting and waiting[0][0] <= tick_s:
            at_s, type_, data = waiting.pop(0)
            story.tell(f"care.{type_}", subject, data, at_s=at_s)
        else:
            story.tell("clock.tick", community="", at_s=tick_s)
            tick_s += 600
    return story


def enter(at_s: float) -> tuple[float, str, dict[str, Any]]:
    return at_s, "passage", {"direction": "in", "method": "card"}


def leave(at_s: float) -> tuple[float, str, dict[str, Any]]:
    return at_s, "passage", {"direction": "out"}


def sign(at_s: float, evidence: str, **more: Any) -> tuple[float, str, dict[str, Any]]:
    return at_s, "evidence", {"evidence": evidence, **more}


def raised(story: Story) -> list[tuple[str, str, float]]:
    """(alarm, priority, second) of everything that was raised, or raised again as graver."""
    kinds = ("alarm.activated", "alarm.reactivated")
    entries = [e for e in story.entries if e.type in kinds]
    return [(e.subject.split("/")[0], e.data["priority"], (e.at_ms - T0_MS) / 1000) for e in entries]


def memory(story: Story, subject: str) -> dict[str, Any]:
    return story.state.devices[subject].memory["whereabouts"]
