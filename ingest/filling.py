"""Who makes the demo's invented past (ingest/past.py): a process for each stretch, beside the history of what is live.

The newest days come first, alone: the wall waits for what they end in. Then two stretches at a time, more where the
machine has more cores; a month takes some minutes on two. Processes of their own, so that their memory goes with them
and what is live never waits.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from typing import NamedTuple

import sqlalchemy as sa

from community.clock import local_day
from community.history.days import bounds, days_before
from community.site import Site
from store.children import Children, end
from store.history import demo

log = logging.getLogger("shouwang.history")

NEWEST_DAYS, STRETCH_DAYS = 2, 7
"""What stands at the end of a stretch ends with it. Four of a week come out even on two cores and on four."""
AT_ONCE = max(2, min(4, (os.cpu_count() or 2) - 2))
AGAIN_S = 2.0


class Stretch(NamedTuple):
    number: int
    """A partition of the positions; 0 is the newest."""
    from_day: str
    until_ms: int


def stretches(site: Site, from_day: str, until_ms: int) -> list[Stretch]:
    """In the order in which they are made: yesterday and today, then backwards."""
    newest = max(from_day, days_before(local_day(until_ms - 1, site.timezone), NEWEST_DAYS - 1))
    found = [Stretch(0, newest, until_ms)]
    while (end_day := found[-1].from_day) > from_day:
        day = max(from_day, days_before(end_day, STRETCH_DAYS))
        found.append(Stretch(len(found), day, bounds(end_day, site.timezone)[0]))
    return found


class Filling:
    """`look` often, from the main thread: the children's lives hang on it."""

    def __init__(self, children: Children, engine: sa.Engine, site: Site, days: tuple[str, int]) -> None:
        self._children, self._engine, self._site = children, engine, site
        self._waiting = [stretch.number for stretch in stretches(site, *days)]
        self._running: dict[int, subprocess.Popen[bytes]] = {}
        self._not_before_s = 0.0
        log.info("演示数据: the days of %s from %s on are being filled", site.id, days[0])

    @property
    def over(self) -> bool:
        return not self._waiting and not self._running

    def look(self) -> None:
        """Raises HistoryUnavailable: look again."""
        if self.over:
            return
        for number, child in list(self._running.items()):
            if child.poll() is None:
                continue
            if child.returncode:
                log.warning("演示数据: stretch %d ended with %d; once more", number, child.returncode)
                self._waiting.insert(0, number)
                self._not_before_s = time.monotonic() + AGAIN_S
            elif not self._waiting and len(self._running) == 1:
                demo.fulfil(self._engine, self._site)
                log.info("演示数据: the days of %s are there", self._site.id)
            del self._running[number]
            self._children.forget(child)
        while self._waiting and self._may_begin():
            number = self._waiting.pop(0)
            self._running[number] = self._children.start([sys.executable, "-m", "ingest.past", str(number)])

    def _may_begin(self) -> bool:
        alone = self._waiting[0] == 0 or 0 in self._running
        return len(self._running) < (1 if alone else AT_ONCE) and time.monotonic() >= self._not_before_s

    def close(self) -> None:
        """Every row stands with its position: what is killed goes on from there at the next start."""
        for child in self._running.values():
            end(child, signal.SIGKILL)
            child.wait()
