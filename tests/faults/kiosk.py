"""A page that hangs cannot take its picture back: its keeper (docs/kiosk/kiosk.py) does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

from tests.engines.wait import wait_until
from tests.faults.table import LIMIT_S, Row

KEEPER = Path(__file__).resolve().parents[2] / "docs" / "kiosk" / "kiosk.py"
PATIENCE_S = 60.0


def frozen_page(url: str, folder: Path) -> Row:
    """The renderer is stopped as a whole: until the browser that shows its last picture has gone, and live again."""
    profile = folder / "kiosk-profile"
    said = folder / "kiosk.log"
    with said.open("wb") as log:
        keeper = subprocess.Popen(
            [sys.executable, "-u", KEEPER, url, "--headless", "--no-sandbox"],
            env={**os.environ, "KIOSK_PROFILE": str(profile)},
            stdout=log,
            start_new_session=True,
        )
    try:
        wait_until(lambda: "the wall is live" in said.read_text(), PATIENCE_S, "the kiosk shows the wall")
        browser = next(p for p in psutil.Process(keeper.pid).children() if "chrom" in p.name())
        began = time.monotonic()
        for process in browser.children(recursive=True):
            if "--type=renderer" in process.cmdline():
                process.send_signal(signal.SIGSTOP)
        wait_until(lambda: not browser.is_running() or browser.status() == psutil.STATUS_ZOMBIE, PATIENCE_S, "dark")
        dark_s = time.monotonic() - began
        wait_until(lambda: said.read_text().count("the wall is live") == 2, PATIENCE_S, "live again")
        live_s = time.monotonic() - began
    finally:
        keeper.send_signal(signal.SIGTERM)
        keeper.wait(10)
    return Row("the page", "frozen", "dark: kiosk.py has ended the browser", dark_s, None, live_s, dark_s <= LIMIT_S)
