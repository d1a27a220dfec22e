"""(d) The wall's first load with an empty cache: bytes as transferred, and the time until it is live."""

from __future__ import annotations

import asyncio
from collections import Counter
from statistics import median
from typing import Any

from playwright.async_api import Browser, async_playwright

from store.log.open import open_writer
from tests.benchmarks.figures import Figure
from tests.benchmarks.latency import PROBE
from tests.benchmarks.load import wake
from tests.benchmarks.programs import installed
from tests.engines.browser import find_chromium

LIMIT_KB = 450
LIMIT_MS = 2000


def measure(rounds: int = 5) -> Figure:
    with installed("embedded", ("live", "tick", "web")) as programs:
        writer = open_writer(programs.settings)
        wake(writer)
        writer.close()
        loads = asyncio.run(_loads(programs.url, rounds))
    kb = max(load["kb"] for load in loads)
    live_ms = median(load["live_ms"] for load in loads)
    kinds: dict[str, float] = loads[-1]["kb_by_kind"]
    return Figure(
        key="d",
        what="(d) first load of the wall, empty cache, fonts apart",
        value=f"{kb:.0f} kB, live after {live_ms:.0f} ms",
        limit=f"< {LIMIT_KB} kB, < {LIMIT_MS} ms",
        met=kb < LIMIT_KB and live_ms < LIMIT_MS,
        note=", ".join(f"{kind} {kb:.0f}" for kind, kb in sorted(kinds.items(), key=lambda item: -item[1]))
        + f" kB; the very first load after the web process' start {loads[0]['live_ms']:.0f} ms",
        details={"rounds": loads, "requests": loads[-1]["requests"]},
    )


async def _loads(url: str, rounds: int) -> list[dict[str, Any]]:
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        found = [await _load(browser, url) for _ in range(rounds)]
        await browser.close()
    return found


async def _load(browser: Browser, url: str) -> dict[str, Any]:
    """Transferred bytes with headers, by kind, as the browser's own network layer counts them."""
    context = await browser.new_context(viewport={"width": 1920, "height": 1080})
    page = await context.new_page()
    await page.add_init_script(PROBE)
    kinds: dict[str, str] = {}
    size: Counter[str] = Counter()

    def finished(told: dict[str, Any]) -> None:
        size[told["requestId"]] = int(told["encodedDataLength"])

    def received(told: dict[str, Any]) -> None:
        size[told["requestId"]] += int(told["encodedDataLength"])  # the stream never finishes

    wire = await context.new_cdp_session(page)
    wire.on("Network.requestWillBeSent", lambda told: kinds.setdefault(told["requestId"], told.get("type", "Other")))
    wire.on("Network.responseReceived", lambda told: kinds.__setitem__(told["requestId"], told["type"]))
    wire.on("Network.dataReceived", received)
    wire.on("Network.loadingFinished", finished)
    await wire.send("Network.enable")
    await page.goto(url)
    await page.wait_for_selector("body[data-state=live]", state="attached")
    live_ms = float(await page.evaluate("() => window.bench.liveMs"))
    await page.frame_locator("#plan").locator("path.plan-building").first.wait_for(state="attached")
    await page.evaluate("() => document.fonts.ready.then(() => null)")
    by_kind: Counter[str] = Counter()
    for request, kind in kinds.items():
        by_kind[kind] += size[request]
    await context.close()
    fonts = by_kind.pop("Font", 0)
    return {
        "kb": round(sum(by_kind.values()) / 1000, 1),
        "live_ms": round(live_ms),
        "requests": len(kinds),
        "fonts_kb": round(fonts / 1000, 1),
        "kb_by_kind": {kind: round(size / 1000, 1) for kind, size in by_kind.items()},
    }
