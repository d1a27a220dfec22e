"""python -m dashboard.office.refold: how many alarms another number would have given, in a process of its own.

Tens of thousands of readings are folded: beside the event loop they would hold up every wall's frames. Question and
answer are a line of JSON each; whoever asks gives it a deadline and ends it then.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys

import msgspec

from community.office.what_if import TRIALS, activations, number_of, with_number
from community.site import Site
from store.children import end_with
from store.history import HistoryUnavailable
from store.history.database import open_engine
from store.history.readings import readings, silences

DEADLINE_S = 300
"""Thirty days of 2,000 water meters take 16 s of a processor; the machine may have other things to do."""
_ONE = asyncio.Semaphore(1)
"""The machine has other things to do than to try numbers."""


class Question(msgspec.Struct):
    url: str
    site: Site
    alarm: str
    from_ms: int
    to_ms: int
    value: float


class Counted(msgspec.Struct):
    """Alarms with the number that was asked for, and with the one in force, counted in the same way."""

    alarms: int
    now: int
    readings: int


class NotCounted(RuntimeError):
    """The sentence says why."""


async def tried(question: Question) -> Counted:
    """Raises NotCounted."""
    async with _ONE:
        return await asyncio.to_thread(ask, question)


def ask(question: Question) -> Counted:
    command = [sys.executable, "-m", "dashboard.office.refold", str(os.getpid())]
    try:
        done = subprocess.run(command, input=msgspec.json.encode(question), capture_output=True, timeout=DEADLINE_S)
    except subprocess.TimeoutExpired:
        raise NotCounted(f"not counted within {DEADLINE_S} s") from None
    if done.returncode:
        raise NotCounted(done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2])
    return msgspec.json.decode(done.stdout, type=Counted)


def count(question: Question) -> Counted:
    """Raises HistoryUnavailable, ValueError for an impossible number."""
    trial = TRIALS[question.alarm]
    engine = open_engine(question.url)
    now = number_of(question.site, trial)
    sites = {value: with_number(question.site, trial, value) for value in (question.value, now)}
    stretch = question.from_ms, question.to_ms
    if trial.table == "presence":
        silent = {value: silences(engine, site, *stretch) for value, site in sites.items()}
        return Counted(silent[question.value].times, silent[now].times, silent[now].hours)
    told = readings(engine, sites[now], trial, *stretch)
    found = {value: activations(site, trial, told, *stretch) for value, site in sites.items()}
    return Counted(found[question.value], found[now], len(told))


def main() -> int:
    question = msgspec.json.decode(sys.stdin.buffer.read(), type=Question)
    try:
        sys.stdout.buffer.write(msgspec.json.encode(count(question)))
    except (HistoryUnavailable, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    end_with(int(sys.argv[1]))
    sys.exit(main())
