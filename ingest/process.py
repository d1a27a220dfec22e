"""What every long-running program of the intake side shares: settings, logging, a clean stop on SIGTERM and SIGINT."""

from __future__ import annotations

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
