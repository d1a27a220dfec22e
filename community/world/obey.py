"""Piles that do what the house tells them: a session that is ordered to stop ends, unless its relay has welded.

The world plans a charge as if nobody interfered. Where the house orders a stop, what was planned for that session after
it is not said, and the end is.
"""

from __future__ import annotations

from typing import Any

from .bikes import METER, SESSION, STATUS
from .stream import PLOTS, SOURCE, Wire

RELAY_MS = 1500
"""From the order to the word that it is done."""

OF_A_CHARGE = frozenset(("Preparing", "Charging", "SuspendedEV", "SuspendedEVSE", "Finishing"))
"""What a session says of its port; that a port breaks nobody has ordered away."""

DISOBEDIENT = tuple(f"{plot.name}-" for plot in PLOTS if plot.disobeys)
"""How the ids of records begin whose device does not do what it is told."""


class Obedience:
    def __init__(self) -> None:
        self._sessions: dict[str, tuple[str, bool, dict[str, Any]]] = {}
        """Port -> (session, it obeys, the last meter sample)."""
        self._stopped: dict[str, str] = {}
        """Port -> session that was stopped here and is still planned."""

    def heard(self, wire: Wire) -> bool:
        """False: with the order that was given this is not said any more."""
        if wire.type == SESSION:
            session = wire.data["session"]
            if wire.data["phase"] == "started":
                self._sessions[wire.subject] = session, not wire.id.startswith(DISOBEDIENT), {}
                self._stopped.pop(wire.subject, None)
            elif self._sessions.pop(wire.subject, None) is None:
                return bool(self._stopped.get(wire.subject) != session)
        elif wire.type == METER:
            if wire.subject in self._stopped:
                return "power_w" not in wire.data
            if wire.subject in self._sessions:
                self._sessions[wire.subject][2].update(wire.data)
        elif wire.type == STATUS and wire.subject in self._stopped:
            if wire.data["status"] in OF_A_CHARGE:
                return False
            if wire.data["status"] == "Available":
                del self._stopped[wire.subject]  # the bike is gone
        return True

    def stop(self, port: str, session: str, at_ms: int) -> list[Wire]:
        """What the port says to an order; nothing where it has no such session, or cannot."""
        held = self._sessions.get(port)
        if held is None or held[0] != session or not held[1]:
            return []
        del self._sessions[port]
        self._stopped[port] = session
        wh = float(held[2].get("energy_wh", 0.0))
        done_ms = at_ms + RELAY_MS
        said: tuple[tuple[str, dict[str, Any]], ...] = (
            (SESSION, {"session": session, "phase": "ended", "energy_wh": round(wh), "reason": "Remote"}),
            (METER, {"power_w": 0.0, "current_a": 0.0, "energy_wh": wh}),
            (STATUS, {"status": "Finishing", "error_code": "NoError"}),
        )
        return [
            Wire(
                done_ms + 10 * n, f"{SOURCE}-obeys-{port}-{at_ms}-{n}", done_ms + n, done_ms + 10 * n, type_, port, data
            )
            for n, (type_, data) in enumerate(said)
        ]
