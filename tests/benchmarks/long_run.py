"""A wall of the whole demo (6,000 devices) under 200 records a second for so many minutes: does it grow, what does an
update cost, how late is a paint? What a week would be is argued from this: memory after a collection, nodes and
listeners at begin and end, and the slope between them."""

from __future__ import annotations

import asyncio
import itertools
import threading
import time
from typing import Any

from playwright.async_api import CDPSession, Page, async_playwright

from store import keys
from store.log import LogWriter
from store.log.open import open_writer
from tests.benchmarks.figures import quantile
from tests.benchmarks.latency import PROBE, PROGRAMS, RATE_PER_S, Deltas, Marker, all_free
from tests.benchmarks.load import CONNECTORS, Load, event, wake
from tests.benchmarks.programs import Programs, installed
from tests.engines.browser import find_chromium
from tests.ingest.yard import LANTING

COUNT = """
  window.deltas = 0;
  const Source = window.EventSource;
  window.EventSource = class extends Source {
    constructor(...args) { super(...args); this.addEventListener('delta', () => window.deltas++); }
  };
"""
MARKS = """() => {
  const walk = document.createTreeWalker(document.getElementById("ribbon-chart"));
  let nodes = 0;
  while (walk.nextNode()) nodes++;
  return nodes;
}"""
KEPT = {"JSHeapUsedSize": "heap_mb", "Nodes": "nodes", "JSEventListeners": "listeners", "Documents": "documents"}
WORK = ("TaskDuration", "ScriptDuration", "LayoutDuration", "RecalcStyleDuration")
BEATS_PER_S = 120
"""Of the records: each of the 6,000 devices once in fifty seconds."""
PATIENCE_S = 60.0
"""A machine that does something else as well is no reason to break off."""
WARM_ROUNDS = 3
"""Begin is after the first rows, plates and sounds: what is made once is no growth."""


def run(minutes: float) -> dict[str, Any]:
    with installed("embedded", PROGRAMS) as programs:
        return asyncio.run(_run(programs, minutes))


class Beats(threading.Thread):
    """All feeds every three seconds, and every device at its turn: nobody goes silent."""

    def __init__(self, writer: LogWriter) -> None:
        super().__init__(daemon=True)
        self._writer, self._done = writer, threading.Event()
        self._devices = itertools.cycle(d.id for d in LANTING.devices if d.system != "care")

    def run(self) -> None:
        turn = 0
        while not self._done.wait(0.1):
            for device in itertools.islice(self._devices, BEATS_PER_S // 10):
                self._say("device.heartbeat", device)
            if turn % 30 == 0:
                for source in LANTING.sources:
                    self._say("source.heartbeat", source.id)
            turn += 1

    def _say(self, type_: str, subject: str) -> None:
        self._writer.append(keys.LOG, "lanting", event(type_, subject, {}))

    def __enter__(self) -> Beats:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self.join(10)


async def _run(programs: Programs, minutes: float) -> dict[str, Any]:
    writer = await asyncio.to_thread(open_writer, programs.settings)
    own = await asyncio.to_thread(open_writer, programs.settings)
    await asyncio.to_thread(wake_all, writer)
    with Deltas(programs.redis.url) as deltas:
        async with async_playwright() as driver:
            browser = await driver.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
            page = await browser.new_page(viewport={"width": 1920, "height": 1080})
            await page.add_init_script(COUNT + PROBE)
            await page.goto(programs.url)
            await page.wait_for_selector("body[data-state=live]", state="attached")
            await all_free(page, len(CONNECTORS))
            wire = await page.context.new_cdp_session(page)
            await wire.send("Performance.enable", {"timeDomain": "threadTicks"})  # processor time: others work too
            with Load(writer, RATE_PER_S - BEATS_PER_S) as load, Beats(own):
                marker = Marker(page, own, deltas, PATIENCE_S)
                for _ in range(WARM_ROUNDS):
                    await marker.status_round(6)
                    await marker.sos_round(3)
                marker.forget()
                found = await _watched(programs, wire, page, marker, load, minutes)
            await browser.close()
    own.close()
    writer.close()
    return found


async def _watched(
    programs: Programs, wire: CDPSession, page: Page, marker: Marker, load: Load, minutes: float
) -> dict[str, Any]:
    series = [await _state(wire, page)]
    began_s, sent, deltas = time.monotonic(), load.sent, await page.evaluate("window.deltas")
    cpu, memory = programs.cpu_s(), programs.memory_mb()
    while time.monotonic() - began_s < 60 * minutes:
        await marker.status_round(6)
        await marker.sos_round(3)
        if time.monotonic() - began_s > 60 * len(series):
            series.append(await _state(wire, page))
    took_s = time.monotonic() - began_s
    series.append(await _state(wire, page))
    first, last = series[0], series[-1]
    updates = await page.evaluate("window.deltas") - deltas
    painted = marker.took["painted"]
    return {
        "minutes": round(took_s / 60, 1),
        "devices": len(LANTING.devices),
        "records_per_s": round((load.sent - sent) / took_s) + BEATS_PER_S,
        "updates": updates,
        "marks": len(painted),
        "painted_ms": {"median": round(quantile(painted, 0.5), 1), "p95": round(quantile(painted, 0.95), 1)},
        "ms_per_update": {name: round(1000 * (last[name] - first[name]) / updates, 2) for name in WORK},
        "begin": {name: first[name] for name in (*KEPT.values(), "marks_nodes")},
        "end": {name: last[name] for name in (*KEPT.values(), "marks_nodes")},
        "heap_mb_each_minute": [state["heap_mb"] for state in series],
        "cpu_percent": {n: round(100 * (s - cpu[n]) / took_s, 1) for n, s in programs.cpu_s().items()},
        "web_mb": [memory["web"], programs.memory_mb()["web"]],
    }


async def _state(wire: CDPSession, page: Page) -> dict[str, float]:
    """After a collection: what is left is held. `marks_nodes`: of the ribbon, which has a mark for each of the day's
    alarms, 500 at most."""
    await wire.send("HeapProfiler.collectGarbage")
    told = {metric["name"]: metric["value"] for metric in (await wire.send("Performance.getMetrics"))["metrics"]}
    kept = {name: round(told[key] / 1e6, 2) if name == "heap_mb" else told[key] for key, name in KEPT.items()}
    kept["marks_nodes"] = await page.evaluate(MARKS)
    return kept | {name: told[name] for name in WORK}


def wake_all(writer: LogWriter) -> None:
    """Every device of the site has spoken, so that every one is drawn as it is."""
    wake(writer)
    for device in LANTING.devices:
        if device.system != "care":
            writer.append(keys.LOG, "lanting", event("device.heartbeat", device.id, {}))
    writer.flush(60)
