"""Credentials of connections and channels: a file of ours names where one is, and never has it in itself."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any


class Secret:
    """A credential: it is never printed."""

    __slots__ = ("value",)

    def __init__(self, value: str) -> None:
        self.value = value

    def __repr__(self) -> str:
        return "Secret(..)"


def secret_of(told: Any, folder: Path, environ: Mapping[str, str]) -> Secret:
    """Raises ValueError."""
    match told:
        case {"env": str(name), **rest} if not rest:
            if not environ.get(name):
                raise ValueError(f"the environment has no {name}")
            return Secret(environ[name])
        case {"file": str(name), **rest} if not rest:
            try:
                value = (folder / name).read_text("utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                raise ValueError(f"the file {name} cannot be read: {error}") from error
            if not value:
                raise ValueError(f"the file {name} is empty")
            return Secret(value)
    raise ValueError("a credential does not stand here: {env: NAME} or {file: NAME} says where it is")
