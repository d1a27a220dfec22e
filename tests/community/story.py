"""A community told record by record: what tests of the fold are written in."""

from __future__ import annotations

from typing import Any

from community.fold import fold
from community.model import Position, Record, decode, encode_event
from community.site import Device, Site, Source, Text
from community.state import Changes, Entry, State

T0_MS = 1_773_321_276_000
"""2026-03-12 21:14:36 in Shanghai."""

SITE = Site(
    id="garden",
    name=Text("花园", "Garden"),
    sources=(Source("isapi", Text("摄像机", "Cameras")), Source("piles", Text("桩", "Piles"))),
    devices=(
        Device("C-1", "cameras", "camera", "isapi", tags=("gate",)),
        Device("C-2", "cameras", "camera", "isapi"),
        Device("C-3", "cameras", "camera", "isapi", tags=("perimeter",)),
        Device("P-1", "charging", "ebike_pile", "piles"),
        Device("P-1-01", "charging", "ebike_port", "piles", parent="P-1"),
        Device("EV-1", "charging", "car_charger", "piles"),
        Device("EV-1-1", "charging", "car_connector", "piles", parent="EV-1"),
        Device("SOS-1", "sos", "button", "lorawan_less", building="7", unit="2", room="1203"),
        Device("SOS-2", "sos", "pillar", "lorawan_less", area="北门"),
    ),
)


def record(
    type_: str,
    subject: str = "",
    data: dict[str, Any] | None = None,
    *,
    offset: int,
    at_s: float = 0.0,
    device_s: float | None = None,
    received_s: float | None = None,
    id_: str = "",
    community: str = "garden",
) -> Record:
    """A record appended `at_s` seconds after T0; the device's clock says `device_s` (the same unless given)."""
    value = encode_event(
        id=id_ or f"r{offset}",
        source="test",
        type=type_,
        community=community,
        subject=subject,
        time_ms=T0_MS + int(1000 * (at_s if device_s is None else device_s)),
        received_ms=None if received_s is None else T0_MS + int(1000 * received_s),
        data=data,
    )
    return decode(value, position=Position(1, 0, offset), appended_ms=T0_MS + int(1000 * at_s))


class Story:
    def __init__(self, site: Site = SITE) -> None:
        self.state = State(site)
        self.offset = 0
        self.records: list[Record] = []
        self.entries: list[Entry] = []

    def tell(self, type_: str, subject: str = "", data: dict[str, Any] | None = None, **more: Any) -> Changes:
        self.offset += 1
        return self.fold(record(type_, subject, data, offset=self.offset, **more))

    def fold(self, told: Record) -> Changes:
        self.records.append(told)
        changes = fold(self.state, told)
        self.state.apply(changes)
        self.entries += changes.entries
        return changes

    def ticks(self, from_s: int, to_s: int, *sources: str) -> None:
        """A second at a time; the named feeds beat every ten seconds."""
        for second in range(from_s, to_s + 1):
            self.tell("clock.tick", community="", at_s=second)
            if second % 10 == 0:
                for source in sources:
                    self.tell("source.heartbeat", source, {}, at_s=second)

    def journal(self, *types: str) -> list[tuple[str, str, float]]:
        """(type, subject, seconds after T0), of the named types; without any of all but who was called for a P1."""
        told = [e for e in self.entries if (e.type in types if types else e.type != "alarm.escalated")]
        return [(e.type, e.subject, (e.at_ms - T0_MS) / 1000) for e in told]
