"""A busy community: records at a steady rate over the whole fleet, as its gateways would write them.

The connectors of the car chargers and the SOS buttons only say that they live: what they show is the marks' affair.
"""

from __future__ import annotations

import random
import threading
import time
from typing import Any

from community.model import encode_event
from store import keys
from store.log import LogWriter
from tests.ingest.yard import LANTING

SOURCES = ("isapi", "ocpp16", "ebike_pile", "lorawan")
CONNECTORS = [d.id for d in LANTING.devices if d.kind == "car_connector"]
BUTTONS = [d.id for d in LANTING.devices if d.kind == "button"]
_CAMERAS = [d.id for d in LANTING.devices if d.system == "cameras"]
_PORTS = [d.id for d in LANTING.devices if d.kind == "ebike_port"]
_QUIET = [d.id for d in LANTING.devices if d.system == "sos" or d.kind in ("car_charger", "ebike_pile")]


def event(type_: str, subject: str, data: dict[str, Any], *, source: str = "bench") -> bytes:
    now_ns = time.time_ns()
    return encode_event(
        id=f"bench-{now_ns}",
        source=source,
        type=type_,
        community="lanting",
        subject=subject,
        time_ms=now_ns // 1_000_000,
        data=data,
    )


def wake(writer: LogWriter) -> None:
    """Everything has spoken once: feeds fresh, every plug free."""
    for source in SOURCES:
        writer.append(keys.LOG, "lanting", event("source.heartbeat", source, {}, source=source))
    for camera in _CAMERAS:
        writer.append(keys.LOG, "lanting", event("camera.status", camera, {"status": "online", "fps": 25}))
    for quiet in _QUIET:
        writer.append(keys.LOG, "lanting", event("device.heartbeat", quiet, {}))
    for plug in (*_PORTS, *CONNECTORS):
        writer.append(keys.LOG, "lanting", event("charging.status", plug, {"status": "Available"}))
    writer.flush(30)


def record(rng: random.Random) -> bytes:
    """One of the mix: meters and statuses above all."""
    kind = rng.choices(range(4), (50, 35, 10, 5))[0]
    if kind == 0:
        meter = {"power_w": rng.uniform(100, 900), "current_a": rng.uniform(0.5, 4), "temperature_c": 30.0}
        return event("charging.meter", rng.choice(_PORTS), meter)
    if kind == 1:
        return event("camera.status", rng.choice(_CAMERAS), {"status": "online", "fps": rng.choice((24, 25))})
    if kind == 2:
        status = rng.choice(("Available", "Charging"))
        return event("charging.status", rng.choice(_PORTS), {"status": status})
    return event("device.heartbeat", rng.choice(_QUIET), {})


class Load(threading.Thread):
    """`rate` records a second until told to stop; `sent` counts them. Leaving it raises what broke it off."""

    def __init__(self, writer: LogWriter, rate: int, seed: int = 1) -> None:
        super().__init__(daemon=True)
        self._writer = writer
        self._rate = rate
        self._rng = random.Random(seed)
        self._done = threading.Event()
        self.sent = 0
        self._failed: BaseException | None = None

    def __enter__(self) -> Load:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self.join(15)
        if self._failed is not None:
            raise RuntimeError("the load broke off") from self._failed

    def run(self) -> None:
        start_s, beat_s = time.monotonic(), 0.0
        try:
            while not self._done.is_set():
                now_s = time.monotonic()
                if now_s - beat_s > 5:
                    beat_s = now_s
                    for source in SOURCES:
                        self._append(event("source.heartbeat", source, {}, source=source))
                while self.sent < int((now_s - start_s) * self._rate):
                    self._append(record(self._rng))
                    self.sent += 1
                self._writer.flush(10)
                # one record at a time, evenly: a burst every 20 ms would be folded as one batch and flatter the figure
                self._done.wait(max(0.0, start_s + (self.sent + 1) / self._rate - time.monotonic()))
        except ConnectionError as error:
            self._failed = error

    def _append(self, value: bytes) -> None:
        self._writer.append(keys.LOG, "lanting", value)
