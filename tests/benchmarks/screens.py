"""(c) What a hundred screens cost the web process: its processor time while five visible changes a second go out."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from store import keys
from store.log import LogWriter
from store.log.open import open_writer
from tests.benchmarks.figures import Figure
from tests.benchmarks.load import CONNECTORS, event, wake
from tests.benchmarks.programs import Programs, installed

SCREENS = 100
PER_S = 5
LIMIT_PERCENT = 5.0


class Screen(asyncio.Protocol):
    """One open stream, counting the frames that carry a change. No client library: it would share the machine."""

    def __init__(self, port: int) -> None:
        self.deltas = 0
        self.snapshots = 0
        self.bytes = 0
        headers = f"Host: 127.0.0.1:{port}\r\nAccept: text/event-stream\r\nAccept-Encoding: gzip, deflate, br\r\n"
        self._request = f"GET /live HTTP/1.1\r\n{headers}\r\n".encode()
        self._tail = b""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self.bytes += len(data)
        lines = self._tail + data
        self.deltas += lines.count(b"event: delta\n")
        self.snapshots += lines.count(b"event: snap\n")
        # what could be the beginning of such a line; never a whole one, or it would count twice
        self._tail = lines[-12:] if b"event: " in lines[-12:] and not lines.endswith(b"\n") else b""


def measure(seconds: float = 30.0) -> Figure:
    with installed("embedded", ("live", "tick", "web")) as programs:
        found = asyncio.run(_measure(programs, seconds))
    screens = found[f"{SCREENS}_screens"]
    percent = screens["cpu_percent"]
    return Figure(
        key="c",
        what=f"(c) web process, {SCREENS} screens, {PER_S} visible changes a second",
        value=f"{percent:.1f} % of a core",
        limit=f"< {LIMIT_PERCENT:.0f} %",
        met=percent < LIMIT_PERCENT,
        note=(
            f"without a screen {found['0_screens']['cpu_percent']:.1f} %; each screen got "
            f"{screens['frames_per_screen_per_s']:.1f} frames/s, {screens['kb_per_screen_per_s']:.1f} kB/s; "
            f"{screens['us_per_frame']:.0f} us a frame and screen"
        ),
        details=found,
    )


async def _measure(programs: Programs, seconds: float) -> dict[str, Any]:
    writer = await asyncio.to_thread(open_writer, programs.settings)
    await asyncio.to_thread(wake, writer)
    changes = asyncio.create_task(_changes(writer))
    loop = asyncio.get_running_loop()
    found: dict[str, Any] = {}
    screens: list[Screen] = []
    for n in (0, SCREENS):
        for _ in range(n - len(screens)):
            _, screen = await loop.create_connection(lambda: Screen(programs.port), "127.0.0.1", programs.port)
            screens.append(screen)
        await asyncio.sleep(2)  # the snapshots are sent, the meter starts in the steady state
        found[f"{n}_screens"] = await _watch(programs, screens, seconds)
    changes.cancel()
    for screen in screens:
        screen.transport.close()
    writer.close()
    return found


async def _watch(programs: Programs, screens: list[Screen], seconds: float) -> dict[str, float]:
    deltas, sent = sum(s.deltas for s in screens), sum(s.bytes for s in screens)
    before, began_s = programs.cpu_s()["web"], time.monotonic()
    await asyncio.sleep(seconds)
    spent_s, took_s = programs.cpu_s()["web"] - before, time.monotonic() - began_s
    found = {"cpu_percent": round(100 * spent_s / took_s, 2), "seconds": round(took_s, 1)}
    if screens:
        frames = sum(s.deltas for s in screens) - deltas
        slowest = min(s.deltas for s in screens)
        if not slowest or any(s.snapshots != 1 for s in screens):
            raise RuntimeError(f"not every screen was served: {slowest} frames, {[s.snapshots for s in screens]}")
        found |= {
            "frames_per_screen_per_s": round(frames / len(screens) / took_s, 2),
            "kb_per_screen_per_s": round((sum(s.bytes for s in screens) - sent) / 1000 / len(screens) / took_s, 2),
            "us_per_frame": round(1e6 * spent_s / frames, 1),
        }
    return found


async def _changes(writer: LogWriter) -> None:
    """A plug taken or freed every 200 ms: the number of a tile, its bar and its words change each time."""
    period_s = 1 / PER_S
    next_s, turn = time.monotonic(), 0
    while True:
        plug = CONNECTORS[turn % len(CONNECTORS)]
        status = "Charging" if turn // len(CONNECTORS) % 2 == 0 else "Available"
        value = event("charging.status", plug, {"status": status})
        await asyncio.to_thread(writer.append(keys.LOG, "lanting", value).result)
        turn += 1
        next_s += period_s
        await asyncio.sleep(max(0.0, next_s - time.monotonic()))
