"""60 SOS buttons: a sign of life a day, and seldom a press: 90 s after a fresh start, then every 20 minutes."""

from __future__ import annotations

from ingest.simulation.agenda import Agenda
from ingest.simulation.scene import Scene

DAY_S = 86_400.0
FIRST_S = 90.0
EVERY_S = 20 * 60.0
PRESSED = 4
"""So many buttons are ever pressed: faces that the demo's visitors come to know."""


class Buttons:
    def __init__(self, scene: Scene, agenda: Agenda) -> None:
        self._scene = scene
        self._buttons = [*scene.of_kind("button"), *scene.of_kind("pillar")]
        chance = scene.chance("sos")
        homes = scene.of_kind("button")
        self._pressed = chance.sample(homes, min(PRESSED, len(homes)))
        for index, button in enumerate(self._buttons):
            percent = round(scene.chance(button.id).uniform(40, 100))

            def alive(now_ms: int, button=button, percent=percent) -> float:  # type: ignore[no-untyped-def]
                scene.say(button, "device.battery", now_ms, battery_percent=percent)
                return DAY_S

            agenda.add(1.0 + 4.0 * index / len(self._buttons), alive)
        if self._pressed:
            agenda.add(1.0, self._look)

    def _look(self, now_ms: int) -> float:
        """Looks at its own memory, so that a restart neither repeats nor hurries a press."""
        memory = self._scene.memory
        if not memory.next_sos_ms:
            memory.next_sos_ms = now_ms + int(1000 * FIRST_S / self._scene.rate)
            self._scene.remember()
        if now_ms >= memory.next_sos_ms:
            button = self._pressed[memory.presses % len(self._pressed)]
            self._scene.say(button, "sos.press", now_ms, press="short")
            memory.presses += 1
            memory.next_sos_ms = now_ms + int(1000 * EVERY_S / self._scene.rate)
            self._scene.remember()
        return 1.0
