"""`python -m ingest replay FILE [--speed N|max] [--from LINE]`: canonical JSON lines into the log; `-` is stdin.

Pace: the differences of `received` (else `time`) divided by N; `max` is as fast as the log acknowledges. For a site
with `clock: log` the ticks are sent along, one for each recorded second; a line more than a day after those before it
is refused there (a wrong clock; after a true pause go on with `--from`). Every line is read as the worker would read
it first: a bad one goes to the dead letter and to stderr with its line. Exit code 0: all sent; 1: some were bad, or
the log went away; 2: called wrongly; 130: interrupted. Sending a line twice changes nothing (same id, same time).
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, NamedTuple

from community.model import MAX_RECORD_BYTES, TICK, BadRecord, Position, Record, decode, encode_event
from community.site import Site
from ingest.process import Stop
from store import deadletter, keys
from store.blobs import Blobs
from store.deadletter import DeadLetters
from store.log import Appended, Entry, LogMisconfigured, LogUnavailable, LogWriter
from store.log.open import open_writer
from store.log.streams import connect
from store.settings import Settings, SettingsError, read_settings

WINDOW = 500
"""Records on their way to the log at full speed; they share round trips and fsyncs."""

GAP_S = 86_400
"""A day without a line makes 86 400 ticks; the one line of a charger that believes in 2099 would make billions."""

_NOWHERE = Position(0, 0, 0)


class Line(NamedTuple):
    number: int
    value: bytes
    record: Record | None
    reason: str = ""


class Told(Exception):
    """Stopped by a signal."""


class Interrupt:
    """A signal ends waiting at once; while a line is read it breaks the reading off (stdin may never end)."""

    def __init__(self) -> None:
        self.stop = Stop()
        self._reading = False

    def listen(self) -> Interrupt:
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, self._told)
        return self

    def next_of(self, lines: Iterator[Line]) -> Line | None:
        self._reading = True
        try:
            return None if self.stop.is_set() else next(lines, None)
        finally:
            self._reading = False

    def _told(self, *_: object) -> None:
        self.stop.set()
        if self._reading:
            raise Told


class Replay:
    def __init__(self, writer: LogWriter, sites: Mapping[str, Site], speed: float | None, stop: Stop) -> None:
        """`speed` None: as fast as acknowledged."""
        self._writer = writer
        self._by_log = {id for id, site in sites.items() if site.clock == "log"}
        self._speed = speed
        self._stop = stop
        self._pending: list[Appended] = []
        self._first: tuple[int, float] | None = None
        self._ticked: dict[str, int] = {}
        self.done_line = 0
        """Everything up to this line is in the log."""
        self._last_line = 0
        self.records = 0
        self.ticks = 0

    def send(self, line: Line) -> str:
        """Why the line is not sent, empty when it is. Raises LogUnavailable, Told."""
        assert line.record is not None
        record = line.record
        at_ms = record.received_ms if record.received_ms is not None else record.time_ms
        if at_ms and record.community in self._by_log and record.type != TICK:
            if reason := self._too_far(record.community, at_ms // 1000):
                return reason
            self._tick(record.community, at_ms // 1000)
        self._wait_for(at_ms)
        self._append(record.community, line.value)
        self.records += 1
        self._last_line = line.number
        if self._speed is not None or len(self._pending) >= WINDOW:
            self.settle()
        return ""

    def settle(self) -> None:
        """Waits until the log has all that was sent. Raises LogUnavailable."""
        pending, self._pending = self._pending, []
        for appended in pending:
            appended.result()
        self.done_line = max(self.done_line, self._last_line)

    def _append(self, community: str, value: bytes) -> None:
        self._pending.append(self._writer.append(keys.LOG, community, value))

    def _too_far(self, community: str, second: int) -> str:
        gap_s = second - self._ticked.get(community, second)
        return f"{gap_s / 86_400:.1f} days after the lines before it: a wrong clock or a pause" if gap_s > GAP_S else ""

    def _tick(self, community: str, second: int) -> None:
        """Every full second between the community's last record and this one."""
        before = self._ticked.get(community, second - 1)
        for at in range(before + 1, second + 1):
            self._wait_for(at * 1000)
            id, source = f"replay/{community}/{at}", "shouwang/replay"
            value = encode_event(id=id, source=source, type=TICK, community=community, received_ms=at * 1000)
            self._append(community, value)
            self.ticks += 1
            if len(self._pending) >= WINDOW:
                self.settle()
        self._ticked[community] = max(second, before)

    def _wait_for(self, at_ms: int) -> None:
        if self._stop.is_set():
            raise Told
        if self._speed is None or not at_ms:
            return
        if self._first is None:
            self._first = (at_ms, time.monotonic())
        due_s = self._first[1] + (at_ms - self._first[0]) / 1000 / self._speed
        pause_s = due_s - time.monotonic()
        if pause_s > 0:
            self.settle()
            if self._stop.wait(pause_s):
                raise Told


def lines_of(file: BinaryIO) -> Iterator[Line]:
    """Every line that is not blank, read as the worker would; one too long is skipped to its end."""
    number = 0
    while raw := file.readline(2 * MAX_RECORD_BYTES):
        number += 1
        whole = raw.endswith(b"\n")
        while not whole and (rest := file.readline(2 * MAX_RECORD_BYTES)):
            whole = rest.endswith(b"\n")
        value = raw.strip().removeprefix(b"\xef\xbb\xbf")
        if not value:
            continue
        try:
            yield Line(number, value, decode(value, position=_NOWHERE, appended_ms=0))
        except BadRecord as error:
            yield Line(number, value, None, str(error))


def replay(settings: Settings, name: str, file: BinaryIO, speed: float | None, first_line: int) -> int:
    started_s = time.monotonic()
    bad = 0
    try:
        writer = open_writer(settings)
    except LogUnavailable as error:
        print(f"the log is not to be had: {error}", file=sys.stderr)
        return 1
    except LogMisconfigured as error:
        print(error, file=sys.stderr)
        return 2
    dead = DeadLetters(writer, connect(settings.redis_url), Blobs(settings.var / "blobs"))
    interrupt = Interrupt().listen()
    work = Replay(writer, settings.load_sites(), speed, interrupt.stop)
    lines = lines_of(file)
    code = 0
    try:
        try:
            while line := interrupt.next_of(lines):
                if line.number < first_line:
                    continue
                reason = line.reason if line.record is None else work.send(line)
                if reason:
                    bad += 1
                    print(f"{name}:{line.number}: {reason}", file=sys.stderr)
                    origin = Entry(f"replay:{name}", Position(0, 0, line.number), 0, b"", line.value, ())
                    dead.put(origin, deadletter.UNDECODABLE, reason)
                    dead.settle()
        except Told:
            pass  # what was sent before is waited for all the same
        work.settle()
        code = 130 if interrupt.stop.is_set() else 0
    except LogUnavailable as error:
        print(f"the log went away: {error}", file=sys.stderr)
        code = 1
    if code and name != "-":
        print(f"go on with: python -m ingest replay {name} --from {work.done_line + 1}", file=sys.stderr)
    took_s = time.monotonic() - started_s
    ticks = f" and {work.ticks} ticks" if work.ticks else ""
    print(f"{work.records} records{ticks} sent in {took_s:.1f} s, {bad} refused")
    writer.close()
    return code or (1 if bad else 0)


def speed_of(text: str) -> float | None:
    """`max` is None: as fast as the log acknowledges."""
    if text == "max":
        return None
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is neither a number above 0 nor 'max'")
    return speed


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m ingest replay", description="canonical JSON lines into the log")
    parser.add_argument("file", metavar="FILE", help="JSON lines; - reads stdin")
    parser.add_argument("--speed", type=speed_of, default=1.0, metavar="N|max", help="times real time (1), or max")
    parser.add_argument("--from", type=int, default=1, dest="first_line", metavar="LINE", help="begin at this line")
    options = parser.parse_args(argv)
    try:
        settings = read_settings()
        settings.load_sites()
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    if options.file == "-":
        return replay(settings, "-", sys.stdin.buffer, options.speed, options.first_line)
    try:
        with Path(options.file).open("rb") as file:
            return replay(settings, options.file, file, options.speed, options.first_line)
    except OSError as error:
        print(f"{options.file}: {os.strerror(error.errno) if error.errno else error}", file=sys.stderr)
        return 2
