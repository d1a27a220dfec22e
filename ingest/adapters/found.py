"""What a file holds: payloads with their places."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec


class Found(msgspec.Struct):
    """One payload with its place, or the reason why there is none (`refused`)."""

    path: Path
    line: int
    value: Any = None
    refused: str = ""

    @property
    def place(self) -> str:
        return f"{self.path}:{self.line}"
