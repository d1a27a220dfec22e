"""A switch that does not answer while other scenes play: for a minute, before that is an alarm (alarms.csv), and no
newcomer waits so long for a row.

It is asked every few seconds, as who watches a network does: between two answers its own heartbeats prove that it
lives. Where the scene that shows it is not reached within the minute it answers again, and the minute begins anew.
"""

from __future__ import annotations

import asyncio
import time

from community.catalogue import definition
from community.site import Device
from ingest.tour.stage import Stage

ASKED_S, MARGIN_S = 5.0, 3.0
GOOD_ANSWERS = 2
"""So many end it, here as on any site (plant's `good_answers`)."""


class Outage:
    def __init__(self, stage: Stage, switch: Device) -> None:
        self._stage, self._switch = stage, switch
        self._delay_s = definition(stage.site, "NET_DOWN").on_delay_ms / 1000
        self.shown = False
        """Its scene has begun: now it may become an alarm."""

    async def run(self) -> None:
        """Until cancelled; then it answers."""
        began_s = time.monotonic()
        try:
            while True:
                self._say(False)
                await asyncio.sleep(ASKED_S)
                if not self.shown and time.monotonic() - began_s + ASKED_S > self._delay_s - MARGIN_S:
                    self._answers()
                    began_s = time.monotonic()
        finally:
            self._answers()

    def _answers(self) -> None:
        for _ in range(GOOD_ANSWERS):
            self._say(True)

    def _say(self, reachable: bool) -> None:
        self._stage.say(self._switch, "plant.network", reachable=reachable)
