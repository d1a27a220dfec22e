"""The processes of the Procfile: back after a death, named when they keep dying, gone when the supervisor goes."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import psutil
import pytest

from ingest.supervise import FIRST_DELAY_S, LONGEST_DELAY_S, SETTLED_S, Backoff
from tests.engines.wait import wait_until

ROOT = Path(__file__).resolve().parent.parent

DRIVER = """
import json, os, sys, time
from pathlib import Path
from honcho.printer import Printer
from ingest.supervise import Output, Supervisor
from store.children import Children
commands, env = json.loads(sys.argv[1]), dict(os.environ)
began = time.monotonic()
house = Supervisor(
    commands, cwd=Path.cwd(), env=env, children=Children(), printer=Printer(Output(sys.stdout)), later=("rest",),
    watch=lambda: time.monotonic() > began + 1.5 and house.start_rest(),
)
code = house.run()
print("all ended", flush=True)
sys.exit(code)
"""

FOREVER = f"{sys.executable} -c 'import time; print(\"up\", flush=True); time.sleep(600)'"
STUBBORN = (
    f"{sys.executable} -c 'import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    'print("up", flush=True); time.sleep(600)\''
)


class Run:
    """A supervisor in a process of its own, with what it printed so far."""

    def __init__(self, commands: Mapping[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", DRIVER, json.dumps(commands)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        self.said = ""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said += line

    def wait_for(self, pattern: str, timeout_s: float = 10.0) -> re.Match[str]:
        return wait_until(lambda: re.search(pattern, self.said), timeout_s, f"{pattern!r} in:\n{self.said}")

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self._reader.join()
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.fixture
def run() -> Iterator[Callable[[Mapping[str, str]], Run]]:
    running: list[Run] = []

    def begin(commands: Mapping[str, str]) -> Run:
        running.append(Run(commands))
        return running[-1]

    yield begin
    for one in running:
        one.close()


def gone(processes: list[psutil.Process]) -> bool:
    return not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in processes)


def test_backoff_doubles_to_a_limit_and_forgets_after_a_long_life() -> None:
    backoff = Backoff()
    assert [round(backoff.died(1.0), 1) for _ in range(8)] == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0, 10.0]
    assert backoff.looping
    assert backoff.died(SETTLED_S) == FIRST_DELAY_S
    assert not backoff.looping
    assert max(backoff.died(0.0) for _ in range(50)) == LONGEST_DELAY_S


def test_a_killed_process_is_back_within_a_second(run: Callable[[Mapping[str, str]], Run]) -> None:
    house = run({"worker": FOREVER})
    house.wait_for("worker .* up")
    (first,) = house.children()
    killed_s = time.monotonic()
    first.kill()
    house.wait_for("worker ended .SIGKILL.; again")
    house.wait_for("(?s)worker .* up.*worker .* up")
    assert time.monotonic() - killed_s < 1.0
    assert gone([first])


def test_what_keeps_dying_is_named_with_its_last_words_and_disturbs_nobody(
    run: Callable[[Mapping[str, str]], Run],
) -> None:
    house = run({"bad": "sh -c 'echo no such table; exit 3'", "good": FOREVER})
    house.wait_for(r"bad keeps dying \(4 times in a row, exit code 3\).*no such table")
    assert house.said.count(" up") == 1


def test_what_may_wait_starts_when_it_is_told_to_and_is_kept_alive_like_the_others(
    run: Callable[[Mapping[str, str]], Run],
) -> None:
    house = run({"rest": FOREVER, "good": FOREVER})
    house.wait_for("good .* up")
    assert "rest" not in house.said
    house.wait_for("rest .* up")
    assert len(house.children()) == 2
    next(child for child in reversed(house.children())).kill()
    house.wait_for("ended .*; again in")


def test_what_returns_zero_is_done(run: Callable[[Mapping[str, str]], Run]) -> None:
    house = run({"once": "true", "good": FOREVER})
    house.wait_for("once is done")
    house.wait_for("good .* up")
    assert len(house.children()) == 1


def test_what_is_misconfigured_is_not_tried_again_and_ends_everything(run: Callable[[Mapping[str, str]], Run]) -> None:
    house = run({"good": FOREVER, "bad": f"{sys.executable} -c 'print(\"SITE: no such file\"); raise SystemExit(2)'"})
    assert house.process.wait(10) == 2
    house.wait_for("all ended")
    assert re.search(r"bad cannot run as it is set up \(exit code 2\).*everything ends.*SITE: no such file", house.said)
    assert house.said.count("SITE: no such file") == 2  # its own words, and ours about them: it was started once
    assert "again in" not in house.said


@pytest.mark.parametrize("sig", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_everything(run: Callable[[Mapping[str, str]], Run], sig: signal.Signals) -> None:
    house = run({"one": FOREVER, "two": FOREVER})
    house.wait_for("(?s)up.*up")
    children = house.children()
    house.process.send_signal(sig)
    assert house.process.wait(2) == 0
    assert gone(children)
    house.wait_for("all ended")


def test_the_stubborn_is_killed_within_five_seconds(run: Callable[[Mapping[str, str]], Run]) -> None:
    house = run({"stubborn": STUBBORN})
    house.wait_for("up")
    children = house.children()
    house.process.send_signal(signal.SIGINT)
    assert house.process.wait(5) == 0
    assert gone(children)


def test_asked_twice_waits_for_nobody(run: Callable[[Mapping[str, str]], Run]) -> None:
    house = run({"stubborn": STUBBORN, "meek": FOREVER})
    house.wait_for("(?s)up.*up")
    meek = next(p for p in house.children() if "SIG_IGN" not in " ".join(p.cmdline()))
    house.process.send_signal(signal.SIGINT)
    wait_until(lambda: gone([meek]), 3, "the first signal's effect")
    house.process.send_signal(signal.SIGINT)
    assert house.process.wait(1) == 0


def test_nothing_outlives_a_killed_supervisor(run: Callable[[Mapping[str, str]], Run]) -> None:
    house = run({"one": FOREVER, "stubborn": STUBBORN})
    house.wait_for("(?s)up.*up")
    children = house.children()
    assert len(children) == 2
    os.kill(house.process.pid, signal.SIGKILL)
    wait_until(lambda: gone(children), 5, "the children's end")


def test_a_child_that_ends_while_its_last_words_are_printed_loses_none_of_them() -> None:
    """The reader is slow, so that the signal comes in the middle of a write."""
    times, letters = 8, 70_000
    printing = (
        "import signal, subprocess, sys\nfrom ingest.supervise import Output\n"
        "signal.signal(signal.SIGCHLD, lambda *_: None)\nout = Output(sys.stdout)\n"
        f"for _ in range({times}):\n    subprocess.Popen(['sleep', '0.02'])\n"
        f"    print('x' * {letters}, 'end', file=out, flush=True)\n"
    )
    with subprocess.Popen([sys.executable, "-c", printing], cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        said = b""
        while select.select([process.stdout], [], [], 10)[0]:
            threading.Event().wait(0.03)  # meanwhile it stands in its write, and its child ends
            if not (data := os.read(process.stdout.fileno(), 65536)):
                break
            said += data
    assert said == (b"x" * letters + b" end\n") * times


def test_long_lines_and_bytes_that_are_no_text_come_through(run: Callable[[Mapping[str, str]], Run]) -> None:
    house = run({"talker": f'{sys.executable} -c \'import os; os.write(1, b"x" * 200000 + b"\\xff end")\''})
    house.wait_for("talker is done")
    assert house.said.count("x") >= 200_000
    assert "\ufffd end" in house.said
