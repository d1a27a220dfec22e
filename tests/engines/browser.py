"""The system's Chromium: Playwright's own build would be a download of another kind.

Most tests drive Debian's headless shell, which draws the same pages with the same letters for three quarters of the
processor time (Chromium proper keeps a renderer for its own bars beside each page). What measures a kiosk drives the
browser that a kiosk has.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

SHELL = "chromium-headless-shell"
ARGS = ("--no-sandbox", "--font-render-hinting=none")
"""As root (as CI is) there is no sandbox. The shell would fit letters to pixels, which no screen's browser does."""

_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
_MAC = Path("/Applications")


def find_browser() -> str | None:
    """For tests and pictures: the shell where it is here."""
    return shutil.which(SHELL) or find_chromium()


def find_chromium() -> str | None:
    for name in _NAMES:
        if found := shutil.which(name):
            return found
    for app in ("Chromium", "Google Chrome"):
        binary = _MAC / f"{app}.app" / "Contents" / "MacOS" / app
        if os.access(binary, os.X_OK):
            return str(binary)
    return None
