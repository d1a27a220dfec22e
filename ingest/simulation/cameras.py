"""128 cameras: a heartbeat a minute each, now and then one occluded, now and then one away for some minutes."""

from __future__ import annotations

from community.site import Device
from ingest.simulation.agenda import Agenda
from ingest.simulation.scene import Scene

HEARTBEAT_S = 60.0
OCCLUDED_EVERY_S = 15 * 60.0
OFFLINE_EVERY_S = 20 * 60.0
FPS = 25.0


class Cameras:
    def __init__(self, scene: Scene, agenda: Agenda) -> None:
        self._scene = scene
        self._agenda = agenda
        self._cameras = scene.of_kind("camera")
        self._away: set[str] = set()
        self._chance = scene.chance("cameras")
        for index, camera in enumerate(self._cameras):
            # All known within four seconds of the start, the heartbeats then spread over the minute.
            agenda.add(0.2 + 4.0 * index / len(self._cameras), self._hello(camera))
        if self._cameras:
            agenda.add(self._chance.expovariate(scene.rate / OCCLUDED_EVERY_S), self._occlude)
            agenda.add(self._chance.expovariate(scene.rate / OFFLINE_EVERY_S), self._lose)

    def _hello(self, camera: Device):  # type: ignore[no-untyped-def]
        phase_s = self._scene.chance(camera.id).uniform(0, HEARTBEAT_S)

        def beat(now_ms: int) -> float:
            if camera.id not in self._away:
                self._scene.say(camera, "device.heartbeat", now_ms)
            return HEARTBEAT_S

        def hello(now_ms: int) -> None:
            self._scene.say(camera, "camera.status", now_ms, status="online", fps=FPS)
            self._agenda.add(phase_s, beat)

        return hello

    def _occlude(self, now_ms: int) -> float:
        camera = self._chance.choice(self._cameras)
        if camera.id not in self._away:
            facts = {"event": "occluded", "vendor_event": "shelteralarm"}
            self._scene.say(camera, "camera.event", now_ms, active=True, **facts)

            def clear(later_ms: int) -> None:
                self._scene.say(camera, "camera.event", later_ms, active=False, **facts)

            self._agenda.add(self._chance.uniform(40, 180), clear)
        return self._chance.expovariate(self._scene.rate / OCCLUDED_EVERY_S)

    def _lose(self, now_ms: int) -> float:
        camera = self._chance.choice(self._cameras)
        if camera.id not in self._away:
            self._away.add(camera.id)
            self._scene.say(camera, "camera.status", now_ms, status="offline", reason="no keepalive")

            def back(later_ms: int) -> None:
                self._away.discard(camera.id)
                self._scene.say(camera, "camera.status", later_ms, status="online", fps=FPS)

            self._agenda.add(self._chance.uniform(180, 480), back)
        return self._chance.expovariate(self._scene.rate / OFFLINE_EVERY_S)
