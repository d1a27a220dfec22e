"""8 e-bike piles of 10 ports: bikes come, charge, are cut off when full, and go; once in a while one gets hot."""

from __future__ import annotations

from community.model import to_rfc3339
from community.site import Device
from ingest.simulation.agenda import Agenda
from ingest.simulation.scene import Scene
from ingest.simulation.sessions import Session, begun, ebike

HEARTBEAT_S = 90.0
METER_S = 60.0
EMPTY_S = 3 * 3600.0
"""A port waits so long for the next bike: with sessions of four hours a little more than half are taken."""

HOT_EVERY_S = 75 * 60.0
HOT_STEP_S = 10.0
MAINS_V = 220.0


class Piles:
    def __init__(self, scene: Scene, agenda: Agenda) -> None:
        self._scene = scene
        self._agenda = agenda
        self._chance = scene.chance("piles")
        self._ports = scene.of_kind("ebike_port")
        self._hot: set[str] = set()
        piles = scene.of_kind("ebike_pile")
        for index, pile in enumerate(piles):
            agenda.add(0.3 + index * HEARTBEAT_S / max(1, len(piles)) / 10, self._beat(pile))
        for index, port in enumerate(self._ports):
            agenda.add(0.5 + 4.0 * index / len(self._ports), self._hello(port))
        if self._ports:
            agenda.add(self._chance.expovariate(scene.rate / HOT_EVERY_S), self._overheat)

    def _beat(self, pile: Device):  # type: ignore[no-untyped-def]
        def beat(now_ms: int) -> float:
            self._scene.say(pile, "device.heartbeat", now_ms)
            return HEARTBEAT_S

        return beat

    def _hello(self, port: Device):  # type: ignore[no-untyped-def]
        """Says where the port stands, then lives on."""
        chance = self._scene.chance(port.id)
        memory = self._scene.memory
        announced = False

        def come(now_ms: int, ago_s: float = 0.0) -> None:
            session = begun(ebike(chance, now_ms), ago_s)
            memory.sessions[port.id] = session
            self._scene.remember()
            self._session(port, session, now_ms, "started")

        def live(now_ms: int) -> float:
            nonlocal announced
            if not announced:
                announced = True
                if self._scene.fresh and chance.random() < 0.55:
                    come(now_ms, chance.uniform(0, 12_000))
                elif port.id not in memory.sessions:
                    self._scene.say(port, "charging.status", now_ms, status="Available", error_code="NoError")
                    return chance.expovariate(self._scene.rate / EMPTY_S)
                self._status(port, memory.sessions[port.id], now_ms)
            session = memory.sessions.get(port.id)
            if session is None:
                come(now_ms)
                self._status(port, memory.sessions[port.id], now_ms)
                return chance.uniform(2, METER_S)
            if session.is_over(now_ms):
                del memory.sessions[port.id]
                self._scene.remember()
                self._session(port, session, now_ms, "ended")
                self._scene.say(port, "charging.status", now_ms, status="Available", error_code="NoError")
                return chance.expovariate(self._scene.rate / EMPTY_S)
            before_ms = now_ms - int(1000 * METER_S)
            if session.is_full(now_ms) and not session.is_full(before_ms):
                self._status(port, session, now_ms)
            if port.id not in self._hot and not session.is_full(before_ms):
                self._meter(port, session, now_ms, 26 + session.power_w(now_ms) / 20)
            return METER_S

        return live

    def _status(self, port: Device, session: Session, now_ms: int) -> None:
        status = "Finishing" if session.is_full(now_ms) else "Charging"
        self._scene.say(port, "charging.status", now_ms, status=status, error_code="NoError")

    def _session(self, port: Device, session: Session, now_ms: int, phase: str) -> None:
        facts: dict[str, object] = {"session": f"{port.id}@{to_rfc3339(session.start_ms)}", "phase": phase}
        if phase == "ended":
            facts |= {"energy_wh": round(session.energy_wh(now_ms)), "reason": "Local"}
        self._scene.say(port, "charging.session", now_ms if phase == "ended" else session.start_ms, **facts)

    def _meter(self, port: Device, session: Session, now_ms: int, celsius: float) -> None:
        power_w = session.power_w(now_ms)
        self._scene.say(
            port,
            "charging.meter",
            now_ms,
            power_w=round(power_w, 1),
            energy_wh=round(session.energy_wh(now_ms), 1),
            current_a=round(power_w / MAINS_V, 2),
            voltage_v=MAINS_V,
            temperature_c=round(celsius, 1),
        )

    def _overheat(self, now_ms: int) -> float:
        """38 to 69 degrees at 2 a minute... held, then cooling: what CP_OVERTEMP asks for, rate and persistence."""
        charging = [p for p in self._ports if (s := self._scene.memory.sessions.get(p.id)) and s.power_w(now_ms) > 60]
        if charging:
            port = self._chance.choice(charging)
            self._hot.add(port.id)
            began_ms = now_ms

            def step(at_ms: int) -> float | None:
                minutes = (at_ms - began_ms) / 60_000
                celsius = min(69.0, 38 + 10 * minutes) if minutes < 8 else max(36.0, 69 - 4 * (minutes - 8))
                session = self._scene.memory.sessions.get(port.id)
                if session is None or celsius <= 36.0:
                    self._hot.discard(port.id)
                    return None
                self._meter(port, session, at_ms, celsius)
                return HOT_STEP_S

            self._agenda.add(0.0, step)
        return self._chance.expovariate(self._scene.rate / HOT_EVERY_S)
