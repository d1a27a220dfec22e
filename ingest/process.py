"""What every long-running program of the intake side shares: settings, logging, a clean stop on SIGTERM and SIGINT."""

from __future__ import annotations

import gc
import logging
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
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda *_: stop.set())
    try:
        return work(settings, stop)
    except (LogMisconfigured, SettingsError) as error:
        print(error, file=sys.stderr)
        return 2
