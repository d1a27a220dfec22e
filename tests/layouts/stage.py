"""Puts a state made by hand into a real Redis and lets its clock run, as the live worker does."""

from __future__ import annotations

import threading
import time

import redis
from msgspec.structs import replace

from community.model import Position
from community.state import Alarm, Changes, SourceState, State
from store.live import Batch, LiveWriter


class Stage:
    """One community on stage. `tick` moves its clock; feeds and devices that are fresh stay so."""

    def __init__(self, url: str, state: State) -> None:
        self.state = state
        self._redis = redis.Redis.from_url(url)
        self._writer = LiveWriter(self._redis)
        self._ticks = 0
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self.put(state)

    def put(self, state: State) -> None:
        """Replaces the whole live state. Its position is beyond every state's before it and every log's (epoch 1)."""
        with self._lock:
            self.state = state
            state.position = Position(2, 0, time.time_ns()).token()
            self._redis.flushall()
            batch = Batch(state)
            batch.base = ""
            batch.devices.update(state.devices)
            batch.alarms.update(state.alarms)
            batch.meta.update(
                ("started_ms", "sources", "recent", "today", "activations", "critical_ms", "out_of_service")
            )
            self._writer.flush(batch)

    def change(self, changes: Changes) -> None:
        with self._lock:
            self._change(changes)

    def alarms(self, alarms: dict[str, Alarm]) -> None:
        """These stand from now on, and no other."""
        with self._lock:
            gone: dict[str, Alarm | None] = dict.fromkeys(self.state.alarms)
            self._change(Changes(self.state.clock_ms, self.next_position(), alarms=gone | alarms))

    def _change(self, changes: Changes) -> None:
        batch = Batch(self.state)
        batch.add(changes)
        self._writer.flush(batch)

    def tick(self, ms: int = 1000) -> None:
        with self._lock:
            clock_ms = self.state.clock_ms + ms
            live = {
                id_: SourceState(id_, clock_ms - 1000, source.since_ms)
                for id_, source in self.state.sources.items()
                if self.state.clock_ms - source.seen_ms < 10_000
            }
            self._ticks += 1
            heard = {}
            if self._ticks % 20 == 0:
                heard = {
                    id_: replace(device, seen_ms=clock_ms - 1000)
                    for id_, device in self.state.devices.items()
                    if device.silent_ms is None and device.source in live
                }
            self._change(Changes(clock_ms, self.next_position(), devices=heard, sources=live))

    def next_position(self) -> str:
        if not self.state.position:
            return Position(1, 0, 1).token()
        at = Position.parse(self.state.position)
        return Position(at.epoch, at.partition, at.offset + 1).token()

    def run(self) -> None:
        """Ticks once a second until `close`."""
        self._thread = threading.Thread(target=self._ticking, daemon=True)
        self._thread.start()

    def _ticking(self) -> None:
        while not self._stop.wait(1.0):
            self.tick()

    def close(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        self._redis.close()
