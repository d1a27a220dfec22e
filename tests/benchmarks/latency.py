"""(b) From the record acknowledged by the log to painted DOM in Chromium, at 200 records a second over the fleet.

Marks are records whose effect is a visible change: a plug of a car charger taken or freed (the tile's number), an SOS
press (a row in the alarm list, the verdict, a plate on the map) and its reset. One mark at a time, at a random moment,
so that each paint belongs to one record. The clocks of producer and page are one machine's.
"""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NamedTuple

import redis
from ocpp.v16 import call
from ocpp.v16.enums import ChargePointErrorCode, ChargePointStatus
from playwright.async_api import Page, async_playwright

from store import keys
from store.log import LogWriter
from store.log.open import open_writer
from tests.benchmarks.figures import Figure, quantile
from tests.benchmarks.load import BUTTONS, CONNECTORS, Load, event, wake
from tests.benchmarks.programs import Programs, installed
from tests.engines.browser import find_chromium
from tests.gateways.client import charge_point

RATE_PER_S = 200
LIMITS_MS = {"kafka": (60.0, 150.0), "embedded": (30.0, 80.0)}
PROGRAMS = ("live", "relay", "tick", "web", "gateway", "normalise")
PROBE = (Path(__file__).parent / "probe.js").read_text("utf-8")
PATIENCE_S = 10.0
KINDS = ("text", "row", "gone")
"""Of marks, as the probe knows them: a number of a tile, an alarm that came, an alarm that went."""
STAGES = ("ack_to_redis", "redis_to_page", "page_to_dom", "dom_to_painted")


class Told(NamedTuple):
    """When (ms since 1970) a mark was sent and when its receipt came."""

    sent_ms: float
    acknowledged_ms: float


class Deltas(threading.Thread):
    """Notes when Redis published a delta that touches a device: the end of the fold, the start of the screen's way."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self._subscription = redis.Redis.from_url(url).pubsub()
        self._subscription.subscribe(keys.delta("lanting"))
        self._device = b"-"
        self._at_ms = 0.0
        self._done = threading.Event()

    def watch(self, device: str) -> None:
        self._at_ms, self._device = 0.0, f'"{device}"'.encode()

    @property
    def at_ms(self) -> float:
        return self._at_ms

    def run(self) -> None:
        while not self._done.is_set():
            message = self._subscription.get_message(ignore_subscribe_messages=True, timeout=0.5)
            if message and not self._at_ms and self._device in message["data"]:
                self._at_ms = _now_ms()

    def __enter__(self) -> Deltas:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self.join(5)
        self._subscription.close()


def measure(engine: str, marks: int) -> Figure:
    median_ms, p95_ms = LIMITS_MS[engine]
    with installed(engine, PROGRAMS) as programs:
        took = asyncio.run(_measure(programs, marks))
    found = {name: quantile(took["painted"], q) for name, q in (("median", 0.5), ("p95", 0.95))}
    met = found["median"] < median_ms and found["p95"] < p95_ms
    stages = {name: round(quantile(took[name], 0.5), 1) for name in STAGES}
    payload = took["payload"]
    return Figure(
        key=f"b_{engine}",
        what=f"(b) record acknowledged -> painted, {engine}, {RATE_PER_S} records/s",
        value=f"median {found['median']:.0f} ms, p95 {found['p95']:.0f} ms",
        limit=f"median < {median_ms:.0f} ms, p95 < {p95_ms:.0f} ms",
        met=met,
        note=(
            f"device payload to pixel: median {quantile(payload, 0.5):.0f}, p95 {quantile(payload, 0.95):.0f} ms; "
            + "medians of the stages: "
            + ", ".join(f"{name.replace('_', ' ')} {ms:.1f}" for name, ms in stages.items())
            + " ms"
        ),
        details={
            "marks": len(took["painted"]),
            "painted_ms": _spread(took["painted"]),
            "painted_since_sent_ms": _spread(took["since_sent"]),
            "end_of_frame_ms": _spread(took["framed"]),
            "payload_to_painted_ms": _spread(payload),
            "painted_ms_by_effect": {
                what: _spread(took[kind])
                for kind, what in zip(KINDS, ("tile", "alarm_came", "alarm_went"), strict=True)
            },
            "stages_median_ms": stages,
            "stages_p95_ms": {name: round(quantile(took[name], 0.95), 1) for name in STAGES},
            "cpu_percent_of_a_core": took["cpu"],
            "records_per_s": took["rate"],
        },
    )


def _spread(values: list[float]) -> dict[str, float]:
    return {name: round(quantile(values, q), 1) for name, q in (("p50", 0.5), ("p95", 0.95), ("max", 1.0))}


async def _measure(programs: Programs, marks: int) -> dict[str, Any]:
    writer = await asyncio.to_thread(open_writer, programs.settings)
    own = await asyncio.to_thread(open_writer, programs.settings)
    await asyncio.to_thread(wake, writer)
    with Deltas(programs.redis.url) as deltas:
        async with async_playwright() as driver:
            browser = await driver.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
            page = await browser.new_page(viewport={"width": 1920, "height": 1080})
            await page.add_init_script(PROBE)
            await page.goto(programs.url)
            await page.wait_for_selector("body[data-state=live]", state="attached")
            await all_free(page, len(CONNECTORS))
            with Load(writer, RATE_PER_S) as load:
                found = await _watched(page, programs, Marker(page, own, deltas), load, marks)
            await browser.close()
    own.close()
    writer.close()
    return found


async def _watched(page: Page, programs: Programs, marker: Marker, load: Load, marks: int) -> dict[str, Any]:
    """The marks under load, what the programs cost meanwhile, and the charge point's payloads."""
    await marker.status_round(6)  # warm: the page's code, the programs' caches
    marker.forget()
    began_s, before, sent = time.monotonic(), programs.cpu_s(), load.sent
    while len(marker.took["painted"]) < marks:
        await marker.status_round(10)
        await marker.sos_round(3)
    seconds = time.monotonic() - began_s
    spent = {name: round(100 * (s - before[name]) / seconds, 1) for name, s in programs.cpu_s().items()}
    rate = round((load.sent - sent) / seconds)
    payload = await _payloads(page, programs, marker, max(10, marks // 4))
    return {**marker.took, "cpu": spent, "rate": rate, "payload": payload}


class Marker:
    """Sends marks and keeps what each took, stage by stage, in milliseconds."""

    def __init__(self, page: Page, writer: LogWriter, deltas: Deltas, patience_s: float = PATIENCE_S) -> None:
        self._patience_s = patience_s
        self._page, self._writer, self._deltas = page, writer, deltas
        self._rng = random.Random(2)
        self.free = len(CONNECTORS)
        self.forget()

    def forget(self) -> None:
        self.took: dict[str, list[float]] = {name: [] for name in ("painted", "framed", "since_sent", *KINDS, *STAGES)}

    async def status_round(self, n: int) -> None:
        """n plugs taken and freed again."""
        for status, step in (("Charging", -1), ("Available", 1)):
            for plug in CONNECTORS[-n:]:
                self.free += step
                wanted = {"kind": "text", "id": "tile-ev-value", "value": str(self.free)}
                await self._mark(wanted, plug, event("charging.status", plug, {"status": status}))

    async def sos_round(self, n: int) -> None:
        """n calls for help from different homes, then each is ended by the control room."""
        for button in BUTTONS[:n]:
            wanted = {"kind": "row", "key": f"SOS/{button}"}
            await self._mark(wanted, button, event("sos.press", button, {"press": "short"}))
        for button in BUTTONS[:n]:
            ended = event("command.alarm.reset", f"SOS/{button}", {"by": "post:control", "reason": "bench"})
            acknowledged = event("command.alarm.acknowledge", f"SOS/{button}", {"by": "post:control"})
            await asyncio.to_thread(self._writer.append(keys.LOG, "lanting", acknowledged).result)
            await self._mark({"kind": "gone", "key": f"SOS/{button}"}, f"SOS/{button}", ended)

    async def _mark(self, wanted: dict[str, str], device: str, value: bytes) -> None:
        def send() -> Told:
            sent_ms = _now_ms()
            self._writer.append(keys.LOG, "lanting", value).result()
            return Told(sent_ms, _now_ms())

        told, stamps = await self.watched(wanted, device, lambda: asyncio.to_thread(send))
        redis_ms = self._deltas.at_ms
        for name, ms in (
            ("painted", stamps["painted"] - told.acknowledged_ms),
            (wanted["kind"], stamps["painted"] - told.acknowledged_ms),
            ("framed", stamps["framed"] - told.acknowledged_ms),
            ("since_sent", stamps["painted"] - told.sent_ms),
            ("ack_to_redis", redis_ms - told.acknowledged_ms),
            ("redis_to_page", stamps["heard"] - redis_ms),
            ("page_to_dom", stamps["dom"] - stamps["heard"]),
            ("dom_to_painted", stamps["painted"] - stamps["dom"]),
        ):
            self.took[name].append(ms)

    async def watched(
        self, wanted: dict[str, str], device: str, send: Callable[[], Awaitable[Told]]
    ) -> tuple[Told, dict[str, float]]:
        """Raises TimeoutError naming the mark when the wall does not show it."""
        await asyncio.sleep(self._rng.uniform(0.05, 0.3))  # any moment of a frame, of a second, of a poll
        self._deltas.watch(device)
        await self._page.evaluate("mark => window.bench.expect(mark)", wanted)
        told = await send()
        try:
            stamps = await asyncio.wait_for(self._page.evaluate("() => window.bench.painted()"), self._patience_s)
        except TimeoutError:
            shown = await self._page.evaluate("() => document.getElementById('wall').innerText")
            raise TimeoutError(
                f"{wanted} was not shown within {self._patience_s:.0f} s; the wall says {shown!r}"
            ) from None
        return told, stamps


async def _payloads(page: Page, programs: Programs, marker: Marker, n: int) -> list[float]:
    """StatusNotification of a real charge point client, from the moment it sends to the pixel."""
    fine = ChargePointErrorCode.no_error
    took: list[float] = []
    async with charge_point(f"ws://127.0.0.1:{programs.ocpp_port}", "EV-01") as point:
        await point.call(call.BootNotification(charge_point_model="Bench", charge_point_vendor="Bench"))
        for turn in range(n + n % 2):
            taken = turn % 2 == 0
            status = ChargePointStatus.charging if taken else ChargePointStatus.available
            marker.free += -1 if taken else 1
            notification = call.StatusNotification(connector_id=1, error_code=fine, status=status)

            async def send(what: Any = notification) -> Told:
                sent_ms = _now_ms()
                await point.call(what)
                return Told(sent_ms, _now_ms())

            wanted = {"kind": "text", "id": "tile-ev-value", "value": str(marker.free)}
            told, stamps = await marker.watched(wanted, "EV-01-1", send)
            took.append(stamps["painted"] - told.sent_ms)
    return took


async def all_free(page: Page, n: int) -> None:
    """Until the wall counts n free plugs: everything that was woken is on it."""
    await page.wait_for_function("n => document.getElementById('tile-ev-value').textContent === n", arg=str(n))


def _now_ms() -> float:
    return time.time_ns() / 1e6
