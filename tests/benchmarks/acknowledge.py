"""(o) From a person's acknowledgement to the journal, while 10,000 records stand before it in the log.

A community's log is one order of events: a command is folded after what was written before it and overtakes nothing.
The worker is frozen while the records and the command are written, so that all 10,000 wait; the clock runs from the
moment in which the worker goes on to the one in which a reader of the journal holds the acknowledgement.
"""

from __future__ import annotations

import random
import time

from community.model import decode
from store import keys
from store.log import LogReader, LogWriter
from store.log.open import open_reader, open_writer
from tests.benchmarks.figures import Figure, quantile
from tests.benchmarks.load import BUTTONS, event, record, wake
from tests.benchmarks.programs import Programs, installed

QUEUED = 10_000
ROUNDS = 40
LIMIT_S = 1.0
PATIENCE_S = 60.0
PROGRAMS = ("live", "relay")


def measure(engine: str, rounds: int = ROUNDS) -> Figure:
    """Raises RuntimeError where Kafka cannot be had."""
    with installed(engine, PROGRAMS) as programs:
        writer = open_writer(programs.settings)
        journal = open_reader(programs.settings, keys.JOURNAL, "bench")
        try:
            wake(writer)
            alone = [_acknowledged(programs, writer, journal, button, 0) for button in BUTTONS[:rounds]]
            behind = [_acknowledged(programs, writer, journal, button, QUEUED) for button in BUTTONS[:rounds]]
        finally:
            journal.close()
            writer.close()
    p95_s = quantile(behind, 0.95)
    return Figure(
        key=f"o_{engine}",
        what=f"(o) acknowledged by a person -> journal, {engine}, {QUEUED:,} records before it",
        value=f"median {quantile(behind, 0.5):.2f} s, p95 {p95_s:.2f} s",
        limit=f"p95 < {LIMIT_S:.0f} s",
        met=p95_s < LIMIT_S,
        note=f"{rounds} alarms; with nothing before it median {1000 * quantile(alone, 0.5):.0f}, "
        f"p95 {1000 * quantile(alone, 0.95):.0f} ms; the longest wait {max(behind):.2f} s",
        details={"behind_s": [round(s, 4) for s in behind], "alone_s": [round(s, 4) for s in alone]},
    )


def _acknowledged(programs: Programs, writer: LogWriter, journal: LogReader, button: str, queued: int) -> float:
    """Seconds. The alarm is raised before and ended after."""
    alarm, rng = f"SOS/{button}", random.Random(button)
    _say(writer, "sos.press", button, press="short")
    _until(journal, alarm, "alarm.activated")
    with programs.frozen("live"):
        for _ in range(queued):
            writer.append(keys.LOG, "lanting", record(rng))
        writer.flush(PATIENCE_S)
        _say(writer, "command.alarm.acknowledge", alarm, by="post:control", person="staff:1")
    began_s = time.perf_counter()
    _until(journal, alarm, "alarm.acknowledged")
    took_s = time.perf_counter() - began_s
    _say(writer, "command.alarm.reset", alarm, by="post:control", reason="bench")
    _until(journal, alarm, "alarm.closed")
    return took_s


def _say(writer: LogWriter, type_: str, subject: str, **data: str) -> None:
    writer.append(keys.LOG, "lanting", event(type_, subject, data)).result()


def _until(journal: LogReader, alarm: str, type_: str) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline_s:
        for entry in journal.poll(100):
            told = decode(entry.value, position=entry.position, appended_ms=entry.appended_ms, headers=entry.headers)
            if (told.type, told.subject) == (type_, alarm):
                return
    raise RuntimeError(f"{type_} of {alarm} has not come into the journal within {PATIENCE_S:.0f} s")
