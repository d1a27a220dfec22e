"""(e) Memory of `make run`, every process of it: the proportional set size, in which shared pages count once."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from ingest.run import ask_ready
from store.children import Children
from tests.benchmarks.figures import Figure
from tests.benchmarks.programs import OUTSIDE, ROOT
from tests.engines.ports import free_port
from tests.engines.wait import wait_until

LIMIT_MB = 900
FULL_MINUTES = 10


def measure(minutes: float) -> Figure:
    if not Path("/proc/self/smaps_rollup").exists():
        return Figure("e", *_words(minutes), met=None, note="PSS is read from /proc, which is Linux' own")
    children = Children()
    with tempfile.TemporaryDirectory(prefix="shouwang-bench-") as var:
        port = free_port()
        env = {name: value for name, value in os.environ.items() if name not in OUTSIDE}
        env |= {"PORT": str(port), "OCPP_PORT": str(free_port()), "SHOUWANG_VAR": var}
        with (Path(var) / "run.log").open("wb") as log:
            run = children.start([sys.executable, "-m", "ingest.run"], cwd=ROOT, env=env, stdout=log, stderr=log)
        try:
            wait_until(lambda: ask_ready(port)[0] == 200, 60, "the wall of make run")
            at_start = pss_mb(run.pid)
            time.sleep(60 * minutes)
            found = pss_mb(run.pid)
        finally:
            run.terminate()
            try:
                run.wait(10)
            except subprocess.TimeoutExpired:
                run.kill()
                run.wait()
    total = sum(found.values())
    what, _, limit = _words(minutes)
    return Figure(
        key="e",
        what=what,
        value=f"{total:.0f} MB",
        limit=limit,
        met=total < LIMIT_MB,
        note=", ".join(f"{name} {mb:.0f}" for name, mb in sorted(found.items(), key=lambda item: -item[1]))
        + f"; {sum(at_start.values()):.0f} MB when it was ready",
        details={"minutes": minutes, "pss_mb": found, "pss_mb_when_ready": at_start},
    )


def _words(minutes: float) -> tuple[str, str, str]:
    return f"(e) memory of make run after {minutes:g} minutes (PSS, all processes)", "", f"< {LIMIT_MB} MB"


def pss_mb(pid: int) -> dict[str, float]:
    """Megabytes by program, for a process and all below it."""
    parent = psutil.Process(pid)
    found: dict[str, float] = {}
    for process in (parent, *parent.children(recursive=True)):
        text = Path(f"/proc/{process.pid}/smaps_rollup").read_text("ascii")
        kb = next(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))
        name = _name(process.cmdline())
        found[name] = round(found.get(name, 0) + kb / 1024, 1)
    return found


def _name(command: list[str]) -> str:
    if "-m" in command:
        module, *rest = command[command.index("-m") + 1 :]
        return {"dashboard": "web", "ingest.run": "supervisor"}.get(module) or (rest[0] if rest else module)
    return Path(command[0]).name.split()[0]
