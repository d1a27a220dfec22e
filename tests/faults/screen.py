"""The wall in a real browser, as the proof watches it."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from typing import Any

import psutil
from playwright.sync_api import Browser, Error, Page

LOOK = """() => {
  const text = (id) => (document.getElementById(id) || {}).innerText || '';
  return {
    state: document.body.dataset.state || '', recovering: document.body.classList.contains('recovering'),
    title: text('verdict-title'), place: text('verdict-place'), line: text('verdict-line'), feeds: text('feed-words'),
    rows: [...document.querySelectorAll('.alarm-row')].map((row) => row.dataset.key),
    clock_ms: SW.clock.now(), shown: text('clock'),
  };
}"""

NOTHING = {
    "state": "",
    "recovering": False,
    "title": "",
    "place": "",
    "line": "",
    "feeds": "",
    "rows": [],
    "clock_ms": 0,
}

LOSE = """
  const Source = window.EventSource;
  window.lose = 0;
  window.EventSource = class extends Source {
    addEventListener(name, heard) {
      super.addEventListener(name, (event) => (name === 'delta' && window.lose-- > 0 ? null : heard(event)));
    }
  };
"""
"""`lose = n` lets the next n deltas get lost between the web process and the page."""

WRONG_CLOCK = """
  const own = Date.now.bind(Date);
  window.wrongBy = 3 * 3600e3;
  Date.now = () => own() + window.wrongBy;
"""

LOOK_EVERY_S = 0.2


class Screen:
    def __init__(self, browser: Browser, url: str) -> None:
        self._context = browser.new_context(viewport={"width": 1920, "height": 1080}, locale="zh-CN")
        self.page: Page = self._context.new_page()
        self.page.add_init_script(LOSE)
        self.page.add_init_script(WRONG_CLOCK)
        self.page.goto(f"{url}/?lang=zh")

    def look(self) -> dict[str, Any]:
        try:
            found: dict[str, Any] = self.page.evaluate(LOOK)
        except Error:  # it loads itself again
            return {**NOTHING}
        return found

    def until(self, like: Callable[[dict[str, Any]], bool], timeout_s: float) -> tuple[float | None, dict[str, Any]]:
        """Seconds until the screen was like that, None within the time; and what it showed last."""
        began = time.monotonic()
        while True:
            seen = self.look()
            took = time.monotonic() - began
            if like(seen):
                return took, seen
            if took > timeout_s:
                return None, seen
            self.page.wait_for_timeout(1000 * LOOK_EVERY_S)

    def close(self) -> None:
        self._context.close()


def well(seen: dict[str, Any]) -> bool:
    """Live, and every feed has been heard."""
    return seen["state"] == "live" and not seen["recovering"] and "数据正常" in seen["feeds"]


def doubted(seen: dict[str, Any]) -> bool:
    """The screen says by itself that not all of it is of now: cut off, or a feed named that is late."""
    return seen["state"] == "lost" or "迟到" in seen["feeds"] or "中断" in seen["feeds"]


def words(seen: dict[str, Any]) -> str:
    if seen["state"] == "lost":
        return seen["title"]
    return f"{seen['title']} · {seen['feeds']}" if doubted(seen) else seen["title"]


def browser_processes() -> list[psutil.Process]:
    """All of the browser that this process has started."""
    return [p for p in psutil.Process().children(recursive=True) if "chrom" in p.name()]


def freeze_browser() -> None:
    for process in browser_processes():
        process.send_signal(signal.SIGSTOP)


def thaw_browser() -> None:
    for process in browser_processes():
        process.send_signal(signal.SIGCONT)
