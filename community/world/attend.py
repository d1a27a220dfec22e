"""Doors, panels, lifts and loudspeakers that do what the desk tells them, while nothing ails them.

The world plans its day as if nobody interfered. Of a call that the desk has taken, and of a lift that it holds, what
was planned is not said; the device says instead what it was told.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..site import Device, Site
from .barriers import BARRIER
from .doors import CONTACT, LOCK, PASS
from .loudspeakers import ACK, OFFER
from .rides import CAR, STATUS
from .stream import SOURCE, Wire
from .visits import CALL

Said = tuple[int, str, str, dict[str, Any]]
"""Milliseconds after the order, type, device, data."""

SILENT = ("speaker_dead-", "amplifier_refuses-")
"""How the ids of what a speaker says begin that cannot play."""


class Attendance:
    def __init__(self, site: Site) -> None:
        self._doors = {
            (d.building, d.unit, d.area if not d.unit else ""): d.id for d in site.devices if d.kind == "door"
        }
        self._places = {d.id: (d.building, d.unit, d.area if not d.unit else "") for d in site.devices}
        self._open: set[str] = set()
        """Doors that stand open."""
        self._taken: dict[str, str] = {}
        """Panel -> the call that the desk has taken."""
        self._held: set[str] = set()
        self._broken: set[str] = set()

    def heard(self, wire: Wire) -> bool:
        """False: after what it was told to do this is not said any more."""
        if wire.type == CONTACT:
            (self._open.discard if wire.data["state"] == "closed" else self._open.add)(wire.subject)
        elif wire.type == CALL:
            return bool(self._taken.get(wire.subject) != wire.data["call"])
        elif wire.type in (CAR, STATUS):
            return wire.subject not in self._held
        elif wire.type == OFFER and wire.id.startswith(SILENT):
            self._broken.add(wire.subject)
        elif wire.type == ACK and wire.data.get("result", "ok") == "ok":
            self._broken.discard(wire.subject)
        return True

    def obey(self, type_: str, subject: str, data: Mapping[str, Any], at_ms: int) -> list[Wire]:
        """What is said to an order; nothing where it cannot be done."""
        said = self._said(type_, subject, data)
        return [
            Wire(at_ms + ms, f"{SOURCE}-obeys-{subject}-{at_ms}-{n}", at_ms + ms, at_ms + ms, about, device, dict(told))
            for n, (ms, about, device, told) in enumerate(said)
        ]

    def _said(self, type_: str, subject: str, data: Mapping[str, Any]) -> list[Said]:
        if type_ == "access.open":
            return self._door(subject, 400)
        if type_ == "parking.open":
            steps = ((600, "opening"), (2500, "open"), (14_000, "closing"), (16_000, "closed"))
            return [(ms, BARRIER, subject, {"barrier": word}) for ms, word in steps]
        if type_.startswith("intercom."):
            return self._call(type_, subject, str(data.get("call", "")))
        if type_ == "lift.hold":
            self._held.add(subject)
            return [(900, STATUS, subject, {"status": "held"}), (1000, CAR, subject, {"door": "open"})]
        if type_ == "lift.release":
            self._held.discard(subject)
            return [(900, STATUS, subject, {"status": "running"}), (1000, CAR, subject, {"door": "closed"})]
        if type_ == "broadcast.play" and subject not in self._broken:
            return [(700 + _turn_ms(subject), ACK, subject, {"message": str(data.get("message", ""))})]
        return []

    def _call(self, type_: str, panel: str, call: str) -> list[Said]:
        def phase(ms: int, word: str, **more: str) -> Said:
            return ms, CALL, panel, {"call": call, "phase": word, **more}

        self._taken[panel] = call
        if type_ == "intercom.answer":
            return [phase(400, "answered", answered_by="guard")]
        if type_ == "intercom.forward":
            return [phase(500, "ringing", rings="home"), phase(25_000, "missed")]
        if type_ == "intercom.end":
            return [phase(400, "ended")]
        door = self._doors.get(self._places.get(panel, ("", "", "")), "")
        opened = [phase(700, "opened", opened_by="guard"), *(self._door(door, 600) if door else ())]
        return [*opened, phase(4000, "ended")]

    def _door(self, door: str, from_ms: int) -> list[Said]:
        """Let go, opened, and shut again by its closer; one that stands open already is only let go."""
        let: list[Said] = [
            (from_ms, LOCK, door, {"lock": "unlocked", "cause": "remote"}),
            (from_ms + 1, PASS, door, {"method": "remote", "result": "granted"}),
        ]
        if door in self._open:
            return let
        return [
            *let,
            (from_ms + 1500, CONTACT, door, {"state": "open"}),
            (from_ms + 7500, CONTACT, door, {"state": "closed"}),
        ]


def _place(device: Device) -> tuple[str, str, str]:
    """A unit's panel opens its door, a gate's the one beside it."""
    return device.building, device.unit, "" if device.unit else device.area


def _turn_ms(device: str) -> int:
    """Loudspeakers answer one after the other, each always as quickly."""
    return sum(device.encode()) * 37 % 1500
