"""What every long-running program of the intake side shares: settings, logging, a clean stop on SIGTERM and SIGINT."""

from __future__ import annotations

import gc
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable

from store.log import LogMisconfigured
from store.settings import Settings, SettingsError, read_settings

Stop = threading.Event


def log_to_stderr(name: str) -> None:
    """One line an event; libraries speak up only when something is wrong."""
    logging.basicConfig(format=f"%(asctime)s {name} %(levelname)s %(message)s", level=logging.INFO, stream=sys.stderr)
    for noisy in ("kafka", "websockets", "ocpp", "alembic"):
        logging.getLogger(noisy).setLevel(logging.ERROR)


def rarely_collect() -> None:
    """For a process that makes a whole past at once: what the fold makes is in no cycle, and to look for cycles in the
    homes and devices that stay takes a sixth of its time. What is there already is never looked at again."""
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


def heeded(stop: Callable[[], object]) -> list[int]:
    """SIGTERM and SIGINT call `stop`; the list is of those that came."""
    came: list[int] = []

    def heed(signum: int, _: object) -> None:
        came.append(signum)
        stop()

    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, heed)
    return came


def leave(code: int, came: list[int]) -> int:
    """The exit code of a program that has closed all it had. One that SIGTERM has ended says so by ending of it: 0
    would say that it has nothing more to do, and whoever keeps it alive would not start it again."""
    if code == 0 and signal.SIGTERM in came:
        logging.shutdown()
        sys.stdout.flush()
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTERM)
    return code


def run(name: str, work: Callable[[Settings, Stop], int], argv: list[str]) -> int:
    """Runs `work` until it ends or is told to stop. A bad setting or log is one sentence on stderr and exit code 2."""
    log_to_stderr(name)
    if argv:
        print(f"python -m ingest {name} takes no arguments, got: {' '.join(argv)}", file=sys.stderr)
        return 2
    try:
        settings = read_settings()
        settings.load_sites()
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    stop = Stop()
    came = heeded(stop.set)
    try:
        return leave(work(settings, stop), came)
    except (LogMisconfigured, SettingsError) as error:
        print(error, file=sys.stderr)
        return 2
