"""The system's Chromium: Playwright's own build would be a download of another kind."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
_MAC = Path("/Applications")


def find_chromium() -> str | None:
    for name in _NAMES:
        if found := shutil.which(name):
            return found
    for app in ("Chromium", "Google Chrome"):
        binary = _MAC / f"{app}.app" / "Contents" / "MacOS" / app
        if os.access(binary, os.X_OK):
            return str(binary)
    return None
