"""The faults, and how each is tried: blow, see what the wall says, mend, see that it is right again."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from itertools import cycle
from typing import Any

import msgspec
from playwright.sync_api import Browser

from tests.faults.chain import Chain
from tests.faults.screen import Screen, doubted, freeze_browser, thaw_browser, well, words

LIMIT_S = 10.0
PATIENCE_S = 20.0
MENDED_S = 120.0
SEEN_S = 10.0
HOLD_S = 4.0
"""So long what is broken stays so after the wall has said it: what it says has to last."""

LINKS = {
    "gateway": "device gateway (OCPP)",
    "normalise": "normaliser",
    "log": "log (Apache Kafka)",
    "live": "live worker",
    "redis": "Redis (Valkey)",
    "web": "web process",
    "net": "network between web process and screen",
}
"""A screen that goes on as if nothing were would be wrong: the wall has to say so."""

UNSEEN = {"tick": "ticker", "relay": "relay", "history": "history", "kpis": "KPIs"}
"""Nothing that a wall shows depends on them: it has to go on being right, which an SOS proves."""


class Row(msgspec.Struct):
    link: str
    fault: str
    shown: str
    """What the wall said, in its own words."""
    shown_after_s: float | None
    """From the fault on; None: it had nothing to say."""
    seen_after_s: float | None = None
    """Where it went on: from a press of an SOS button to its row."""
    recovered_after_s: float | None = None
    """From the mending to a wall that is live with every feed heard."""
    met: bool = False


class Proof:
    def __init__(self, chain: Chain, browser: Browser) -> None:
        self.chain, self.screen = chain, Screen(browser, chain.url)
        self._buttons = cycle(f"SOS-{n:03}" for n in range(1, 61))
        self._pause = threading.Event()
        took, seen = self.screen.until(well, MENDED_S)
        assert took is not None, f"the house never came up: {seen}"

    def rows(self) -> Iterator[Row]:
        for link in LINKS:
            yield self.freeze(link)
            yield self.kill(link)
        for link in UNSEEN:
            yield self.unseen(link, "frozen", self.chain.freeze, self.chain.thaw)
            yield self.unseen(link, "killed", self.chain.kill, self.chain.start)
        yield self.deaf()
        yield self.lost_delta()
        yield self.wrong_clock()
        yield self.asleep()
        yield self.power()

    def freeze(self, link: str) -> Row:
        return self._seen(LINKS[link], "frozen", lambda: self.chain.freeze(link), lambda: self.chain.thaw(link))

    def kill(self, link: str) -> Row:
        return self._seen(LINKS[link], "killed", lambda: self.chain.kill(link), lambda: self.chain.start(link))

    def _seen(self, link: str, fault: str, blow: Callable[[], None], mend: Callable[[], None]) -> Row:
        blow()
        took, seen = self.screen.until(doubted, PATIENCE_S)
        said = words(seen)
        self._pause.wait(HOLD_S)
        held = doubted(self.screen.look())
        mend()
        recovered, last = self.screen.until(well, MENDED_S)
        met = took is not None and took <= LIMIT_S and held and recovered is not None
        return Row(
            link, fault, said if recovered is not None else f"{said}; then {words(last)}", took, None, recovered, met
        )

    def unseen(self, link: str, fault: str, blow: Callable[[str], None], mend: Callable[[str], None]) -> Row:
        blow(link)
        self._pause.wait(HOLD_S)
        seen_s, seen = self._press()
        said = "" if not doubted(seen) else words(seen)
        mend(link)
        recovered, _ = self.screen.until(well, MENDED_S)
        return Row(UNSEEN[link], fault, said or "goes on", None, seen_s, recovered, seen_s is not None and not said)

    def _press(self) -> tuple[float | None, dict[str, Any]]:
        """An SOS and the time until its row; ended again by an operator."""
        button = next(self._buttons)
        key = f"SOS/{button}"
        self.chain.say("sos.press", button, press="long")
        seen_s, seen = self.screen.until(lambda now: key in now["rows"], SEEN_S)
        for order in ("acknowledge", "reset"):
            self.chain.say(f"command.alarm.{order}", key, by="post:control", reason="test")
        self.screen.until(lambda now: key not in now["rows"], SEEN_S)
        return seen_s, seen

    def deaf(self) -> Row:
        """The web process' subscription is dead and nobody told it."""
        self.chain.tell("redis_wire", signal.SIGUSR1)
        self._pause.wait(HOLD_S)
        seen_s, seen = self._press()
        self.chain.tell("redis_wire", signal.SIGUSR1)
        recovered, _ = self.screen.until(well, MENDED_S)
        said = words(seen) if doubted(seen) else "goes on"
        return Row("subscription to Redis", "silently dead", said, None, seen_s, recovered, seen_s is not None)

    def lost_delta(self) -> Row:
        """The frame that carries the press is lost, and those of the next ticks: as on a night without any."""
        self.screen.page.evaluate("() => { window.lose = 3; }")
        seen_s, _ = self._press()
        self.screen.page.evaluate("() => { window.lose = 0; }")
        recovered, _ = self.screen.until(well, MENDED_S)
        return Row("last deltas", "lost on the way to the page", "goes on", None, seen_s, recovered, seen_s is not None)

    def wrong_clock(self) -> Row:
        """The screen's clock is three hours fast all the while; now it is set back by five."""
        self.screen.page.evaluate("() => { window.wrongBy -= 5 * 3600e3; }")
        seen_s, seen = self._press()
        same = abs(seen["clock_ms"] - _now_ms()) < 3000
        said = "goes on, shows the community's time" if same else f"shows {seen['shown']}"
        return Row(
            "the screen's clock",
            "3 h fast, then set back by 5 h",
            said,
            None,
            seen_s,
            None,
            same and seen_s is not None,
        )

    def asleep(self) -> Row:
        """Dark, so it can say nothing wrong; what counts is what it shows when it wakes."""
        button = next(self._buttons)
        freeze_browser()
        self._pause.wait(30)
        self.chain.say("sos.press", button, press="long")
        self._pause.wait(1)
        thaw_browser()
        seen_s, _ = self.screen.until(lambda now: f"SOS/{button}" in now["rows"], SEEN_S)
        for order in ("acknowledge", "reset"):
            self.chain.say(f"command.alarm.{order}", f"SOS/{button}", by="post:control", reason="test")
        recovered, _ = self.screen.until(well, MENDED_S)
        return Row(
            "the screen", "asleep for 30 s", "the press of meanwhile", None, seen_s, recovered, seen_s is not None
        )

    def power(self) -> Row:
        self.chain.kill_all()
        took, seen = self.screen.until(doubted, PATIENCE_S)
        self.chain.start_all()
        recovered, _ = self.screen.until(well, MENDED_S)
        met = took is not None and took <= LIMIT_S and recovered is not None
        return Row("everything at once", "power cut", words(seen), took, None, recovered, met)


def _now_ms() -> int:

    return time.time_ns() // 1_000_000


def document(rows: list[Row], at: str, load: float) -> str:
    """`load`: the machine's load average meanwhile; a second more on a busy one says little."""

    def cell(seconds: float | None) -> str:
        return "" if seconds is None else f"{seconds:.1f}"

    lines = [
        "# What the wall says when a link breaks",
        "",
        f"Written by `python -m tests.faults --write docs/faults.md` ({at}): the house of `make run` on Apache Kafka,",
        "every link a process, Chromium as the screen. Frozen is SIGSTOP, killed is SIGKILL; what is broken stays so",
        "for four seconds after the wall has said it. Seconds; the promise is ten. Live again: every feed was heard.",
        f"Load average of the machine meanwhile: {load:.0f}, on {os.cpu_count()} cores.",
        "",
        "| link | fault | the wall says | after | an SOS is seen after | live again after | promise kept |",
        "|---|---|---|---|---|---|---|",
    ]
    for r in rows:
        numbers = (cell(r.shown_after_s), cell(r.seen_after_s), cell(r.recovered_after_s))
        lines.append(f"| {r.link} | {r.fault} | {r.shown} | {' | '.join(numbers)} | {'yes' if r.met else '**no**'} |")
    return "\n".join(lines) + "\n"


def try_all(proof: Proof, tell: Callable[[Row], None]) -> list[Row]:
    found = []
    for row in proof.rows():
        tell(row)
        found.append(row)
    return found
