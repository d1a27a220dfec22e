"""Keeps the processes of the Procfile alive, and ends them all together.

honcho reads the Procfile and prints the lines. Its Manager is not used because it ends everything when one process
ends: here a process that dies is back within a second, one that keeps dying is named and tried ever more slowly, and
one that returns 0 is done. One that returns 2 has said that a setting, a site or the log is wrong: another start would
not mend that, and the others live on the same settings, so everything ends with it. Everything happens in the main
thread, on which the children's lives hang.
"""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import TextIO

from honcho.colour import get_colours
from honcho.printer import Message, Printer

from store.children import Children, end

FIRST_DELAY_S = 0.2
LONGEST_DELAY_S = 10.0
SETTLED_S = 30.0
"""A process that lived so long starts with a clean slate."""
MISCONFIGURED = 2
"""What a program returns when a person has to change a setting, a site or the log first (`ingest/process.py`)."""

LOOP_DEATHS = 4
"""So many deaths in a row (they take some 3 s) are a fault to be told, not an accident."""

GRACE_S = 3.0
"""From SIGTERM to SIGKILL. With the database's end this stays within the promised 5 s."""
_TICK_S = 0.1


class Backoff:
    """When to start again what has died."""

    def __init__(self) -> None:
        self.deaths = 0

    def died(self, lived_s: float) -> float:
        """Seconds to wait."""
        self.deaths = 1 if lived_s >= SETTLED_S else self.deaths + 1
        return float(min(FIRST_DELAY_S * 2 ** (self.deaths - 1), LONGEST_DELAY_S))

    @property
    def looping(self) -> bool:
        return self.deaths >= LOOP_DEATHS


class Output:
    """Where the lines are printed, without Python's buffer: as of 3.13 that one loses the rest of a long write in which
    a signal came, and here every child's end is one."""

    def __init__(self, file: TextIO) -> None:
        self._fd, self.isatty, self._unwritten = file.fileno(), file.isatty, ""

    def write(self, text: str) -> None:
        self._unwritten += text

    def flush(self) -> None:
        data, self._unwritten = self._unwritten.encode("utf-8", "replace"), ""
        while data:
            data = data[os.write(self._fd, data) :]


class Kept:
    """One line of the Procfile with the process that runs it now."""

    def __init__(self, name: str, command: str, colour: str | None = None) -> None:
        self.name = name
        self.command = command
        self.colour = colour
        self.process: subprocess.Popen[bytes] | None = None
        self.backoff = Backoff()
        self.start_at_s: float | None = 0.0
        """When it is due to start (monotonic); None: it runs, or it is done."""
        self.started_s = 0.0
        self.last_line = ""
        self.unfinished = b""


class Supervisor:
    """`watch` is called about ten times a second with what the owner wants looked after (database, readiness)."""

    def __init__(
        self,
        commands: Mapping[str, str],
        *,
        cwd: Path,
        env: Mapping[str, str],
        children: Children,
        printer: Printer,
        watch: Callable[[], None] = lambda: None,
        later: Collection[str] = (),
    ) -> None:
        """`later`: names of commands that wait for `start_rest`."""
        colours = get_colours()
        self.kept = [Kept(name, command, next(colours)) for name, command in commands.items()]
        self._waiting = [kept for kept in self.kept if kept.name in later]
        for kept in self._waiting:
            kept.start_at_s = None
        self.stopping = 0
        """How often we were asked to stop: the second time nobody is waited for."""
        self._misconfigured = False
        self._cwd, self._env, self._children, self._printer, self._watch = cwd, env, children, printer, watch
        self._selector = selectors.DefaultSelector()
        printer.width = max(map(len, [*commands, "system"]))

    def say(self, text: str, kept: Kept | None = None) -> None:
        name, colour = (kept.name, kept.colour) if kept else ("system", None)
        self._printer.write(Message("line", text, datetime.now().astimezone(), name, colour))

    def run(self) -> int:
        """Returns when all have ended: 0 after SIGINT, SIGTERM or SIGHUP, 2 when one of them was misconfigured."""
        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(signum, self._asked)
        # a signal or a child's end wakes the loop at once
        wake_read, wake_write = os.pipe()
        os.set_blocking(wake_write, False)
        os.set_blocking(wake_read, False)
        signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self._selector.register(wake_read, selectors.EVENT_READ, None)
        while not self.stopping and not self._misconfigured:
            self._start_due(time.monotonic())
            self._turn()
            self._watch()
        self._end_all()
        return MISCONFIGURED if self._misconfigured else 0

    def start_rest(self) -> None:
        """Whatever waited may start now."""
        while self._waiting:
            self._waiting.pop().start_at_s = 0.0

    def _asked(self, signum: int, frame: FrameType | None) -> None:
        self.stopping += 1

    def _start_due(self, now_s: float) -> None:
        for kept in self.kept:
            if kept.start_at_s is not None and kept.start_at_s <= now_s:
                self._start(kept)

    def _start(self, kept: Kept) -> None:
        kept.start_at_s = None
        kept.started_s = time.monotonic()
        kept.process = self._children.start(
            # a shell as honcho has it, that becomes the program: one process, and signals reach it
            ["/bin/sh", "-c", f"exec {kept.command}"],
            cwd=self._cwd,
            env={**self._env, "HONCHO_PROCESS_NAME": kept.name},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        pipe = kept.process.stdout
        assert pipe is not None
        os.set_blocking(pipe.fileno(), False)
        self._selector.register(pipe, selectors.EVENT_READ, kept)

    def _turn(self) -> None:
        """Prints what came, takes in who ended."""
        for key, _ in self._selector.select(_TICK_S):
            if key.data is None:
                _drain(key.fd)
            else:
                self._read(key.data)
        for kept in self.kept:
            if kept.process is not None and kept.process.poll() is not None:
                self._ended(kept)

    def _read(self, kept: Kept) -> bool:
        """False when there is nothing (more) to read."""
        assert kept.process is not None
        pipe = kept.process.stdout
        assert pipe is not None
        if pipe.closed:
            return False
        try:
            data = os.read(pipe.fileno(), 65536)
        except BlockingIOError:
            return False
        if not data:
            self._selector.unregister(pipe)
            pipe.close()
            return False
        *lines, kept.unfinished = (kept.unfinished + data).split(b"\n")
        if len(kept.unfinished) > 65536:
            lines.append(kept.unfinished)
            kept.unfinished = b""
        for line in lines:
            self._line(kept, line)
        return True

    def _line(self, kept: Kept, line: bytes) -> None:
        text = line.decode("utf-8", "replace").rstrip()
        if text:
            kept.last_line = text
            self.say(text, kept)

    def _ended(self, kept: Kept) -> None:
        process = kept.process
        assert process is not None and process.stdout is not None
        while self._read(kept):
            pass
        if kept.unfinished:
            self._line(kept, kept.unfinished)
            kept.unfinished = b""
        if not process.stdout.closed:  # a grandchild holds it; the group ends with its leader
            self._selector.unregister(process.stdout)
            process.stdout.close()
        _end_group(process.pid)
        self._children.forget(process)
        kept.process = None
        if self.stopping or self._misconfigured:
            return
        if process.returncode == MISCONFIGURED:
            self._misconfigured = True
            self.say(
                f"{kept.name} cannot run as it is set up (exit code {MISCONFIGURED}), another start would not help: "
                f"everything ends; it said: {kept.last_line or 'nothing'}"
            )
            return
        if process.returncode == 0:
            self.say(f"{kept.name} is done")
            return
        now_s = time.monotonic()
        delay_s = kept.backoff.died(now_s - kept.started_s)
        kept.start_at_s = now_s + delay_s
        how = _how_it_ended(process.returncode)
        if kept.backoff.looping:
            self.say(
                f"{kept.name} keeps dying ({kept.backoff.deaths} times in a row, {how}); again in {delay_s:.0f} s; "
                f"it last said: {kept.last_line or 'nothing'}"
            )
        else:
            self.say(f"{kept.name} ended ({how}); again in {delay_s:.1f} s")

    def _end_all(self) -> None:
        asked = self.stopping
        self._signal_all(signal.SIGTERM)
        deadline = time.monotonic() + GRACE_S
        while any(self._running()):
            if self.stopping > asked or time.monotonic() > deadline:
                self._signal_all(signal.SIGKILL)
            self._turn()

    def _signal_all(self, sig: signal.Signals) -> None:
        for process in self._running():
            end(process, sig)

    def _running(self) -> Iterable[subprocess.Popen[bytes]]:
        return (kept.process for kept in self.kept if kept.process is not None)


def _how_it_ended(returncode: int) -> str:
    return f"exit code {returncode}" if returncode > 0 else signal.Signals(-returncode).name


def _end_group(pgid: int) -> None:
    """What a dead leader has left behind."""
    try:
        os.killpg(pgid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass  # the usual case: the group is empty (macOS says EPERM)


def _drain(fd: int) -> None:
    try:
        while os.read(fd, 4096):
            pass
    except BlockingIOError:
        pass
