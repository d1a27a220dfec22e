#!/usr/bin/env python3
"""Keeps a wall on a screen: python3 kiosk.py http://wall.example:8050/ [browser flags ...]

Waits until the wall answers, opens it full screen, and asks the page every two seconds whether it still paints. A page
that does not answer, or whose last paint is old, hangs with an old picture that nothing in it can take back: the
browser is killed, so that the picture is gone, and started again. Needs Python 3.9 and Chromium, nothing else.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

BROWSERS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
FLAGS = (
    "--kiosk",
    "--noerrdialogs",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-session-crashed-bubble",
    "--hide-crash-restore-bubble",
    "--disable-pinch",
    "--disable-features=Translate",
    "--password-store=basic",
    "--autoplay-policy=no-user-gesture-required",  # else 声音未开 until somebody touches the screen
    "--enable-speech-dispatcher",  # the voices of the machine, where speech-dispatcher has any
    "--remote-debugging-pipe",  # for this program alone: no port is opened
)
READS, WRITES = 3, 4
"""The descriptors on which a browser with --remote-debugging-pipe is asked and answers."""
AGAIN_S = 2.0
ASK_EVERY_S = 2.0
ANSWER_S = 4.0
"""With ASK_EVERY_S less than the ten seconds in which no screen may show an untruth."""
PAINT_S = 5.0
"""A paint is asked for every two seconds; only a window that is covered completely is not painted: a kiosk has one."""
EMPTY_S = 20.0
"""So long may a page be one of the browser's own, an error, or not drawn yet; then it is loaded anew."""
QUESTION = """(() => {
  const loaded = performance.getEntriesByType("navigation")[0] || {};
  const ours = location.protocol.startsWith("http") && (loaded.responseStatus || 200) < 400;
  const scripts = window.SW || !("build" in document.documentElement.dataset);
  const drawn = scripts && !document.querySelector("._dash-loading");
  if (!ours || !drawn) return null;
  const paint = (window.kioskPaint = window.kioskPaint || { at: performance.now() });
  requestAnimationFrame(() => (paint.at = performance.now()));
  return JSON.stringify({ state: document.body.dataset.state || "", painted_ms: performance.now() - paint.at });
})()"""
"""Of any page of the product, the sign-in and /city too: what a wall calls its state, and how long ago it painted; each
question asks for the next paint. Null: a page of the browser's own, an answer that is an error (a proxy's, while
the house starts), or one whose scripts have not come."""


class Gone(Exception):
    """The browser does not answer, or has ended."""


class Browser:
    def __init__(self, program: str, profile: str, url: str, flags: list[str]) -> None:
        while (low := os.open(os.devnull, os.O_RDONLY)) <= WRITES:
            pass  # the child's ends move to the two that the browser knows: nothing else may lie there
        os.close(low)
        ours_r, theirs_w = os.pipe()
        theirs_r, ours_w = os.pipe()
        self._in, self._out, self._buffer, self._id = ours_r, ours_w, b"", 0
        self.process = subprocess.Popen(
            [program, *FLAGS, f"--user-data-dir={profile}", *flags, url],
            pass_fds=(READS, WRITES),
            preexec_fn=lambda: (os.dup2(theirs_r, READS), os.dup2(theirs_w, WRITES)),
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs_r)
        os.close(theirs_w)
        self._session = ""

    def attach(self) -> None:
        """Raises Gone when there is no page within EMPTY_S."""
        until = time.monotonic() + EMPTY_S
        while time.monotonic() < until:
            targets = self.ask("Target.getTargets", {}, EMPTY_S)["targetInfos"]
            pages = [target["targetId"] for target in targets if target["type"] == "page"]
            if pages:
                told = self.ask("Target.attachToTarget", {"targetId": pages[0], "flatten": True}, ANSWER_S)
                self._session = told["sessionId"]
                return
            time.sleep(0.2)
        raise Gone("no page was opened")

    def alive(self) -> dict | None:
        """What the page says of itself; None: there is nothing of the product to see. Raises Gone."""
        return json.loads(self.tell(QUESTION) or "null")

    def tell(self, expression: str) -> object:
        """The value of a JavaScript expression in the page. Raises Gone."""
        told = self.ask("Runtime.evaluate", {"expression": expression, "returnByValue": True}, ANSWER_S)
        return told.get("result", {}).get("value")

    def load(self, url: str) -> None:
        self.ask("Page.navigate", {"url": url}, ANSWER_S)

    def ask(self, method: str, params: dict, timeout_s: float) -> dict:
        """Raises Gone."""
        self._id += 1
        question = {"id": self._id, "method": method, "params": params}
        if self._session:
            question["sessionId"] = self._session
        until = time.monotonic() + timeout_s
        try:
            os.write(self._out, json.dumps(question).encode() + b"\0")
            while True:
                message, separator, rest = self._buffer.partition(b"\0")
                if separator:
                    self._buffer = rest
                    said = json.loads(message)
                    if said.get("id") == self._id:
                        return said.get("result", {})
                    continue
                left_s = until - time.monotonic()
                if left_s <= 0 or not select.select([self._in], [], [], left_s)[0]:
                    raise Gone(f"no answer to {method} within {timeout_s:.0f} s")
                data = os.read(self._in, 1 << 16)
                if not data:
                    raise Gone("the browser has ended")
                self._buffer += data
        except OSError as error:
            raise Gone(f"the browser has ended: {error}") from error

    def kill(self) -> None:
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        os.close(self._in)
        os.close(self._out)


def judge(answer: dict | None, empty_s: float) -> str:
    """ "" all is well, `frozen` the picture stands still, `empty` there is no wall to see."""
    if answer is None:
        return "empty" if empty_s > EMPTY_S else ""
    return "frozen" if answer["painted_ms"] > 1000 * PAINT_S else ""


def watch(browser: Browser, url: str) -> str:
    """Until something is wrong; returns what."""
    browser.attach()
    well_at, was = time.monotonic(), None
    while True:
        answer = browser.alive()
        now = time.monotonic()
        if answer is not None:
            well_at = now
            if answer["state"] != was:
                was = answer["state"]
                say(f"the wall is {was}" if was else "a page without a wall, or one that waits")
        verdict = judge(answer, now - well_at)
        if verdict == "frozen":
            return f"the last paint was {answer['painted_ms'] / 1000:.1f} s ago"
        if verdict == "empty":
            wait_for(url)
            browser.load(url)
            well_at = time.monotonic()
        time.sleep(ASK_EVERY_S)


def wait_for(url: str) -> None:
    """Until anything answers there: after a power cut the screen is often up before the server."""
    while True:
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(1)


def say(words: str) -> None:
    print(f"kiosk: {words}", flush=True)


def main(argv: list[str]) -> int:
    if not argv or argv[0].startswith("-"):
        print(__doc__.strip(), file=sys.stderr)
        return 2
    url, flags = argv[0], argv[1:]
    program = next((found for name in BROWSERS if (found := shutil.which(name))), "")
    if not program:
        print(f"kiosk: no browser here: {', '.join(BROWSERS)}", file=sys.stderr)
        return 2
    profile = os.environ.get("KIOSK_PROFILE") or os.path.expanduser("~/.shouwang-kiosk")
    browser = None
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        while True:
            wait_for(url)
            browser = Browser(program, profile, url, flags)
            say("the browser is started")
            try:
                why = watch(browser, url)
            except Gone as gone:
                why = str(gone)
            browser.kill()
            browser = None
            say(f"killed: {why}")
            time.sleep(AGAIN_S)
    except KeyboardInterrupt:
        return 0
    finally:
        if browser is not None:
            browser.kill()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
