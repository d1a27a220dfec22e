"""Secrets at rest: sealed with a key that lies in var/, never in the database. A copy of the database opens nothing.

Fernet (AES-128-CBC, HMAC-SHA256) by `cryptography`. Who restores a database without its `seal.key` has people's second
factors and the register of persons to enter anew.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

MARK = "sealed:"


class Unsealable(ValueError):
    """The key in var/ is not the one with which it was sealed."""


class Seal:
    def __init__(self, var: Path) -> None:
        self._path = var / "seal.key"

    @cached_property
    def _fernet(self) -> Fernet:
        from cryptography.fernet import Fernet  # late: most processes never seal anything

        return Fernet(kept_key(self._path, Fernet.generate_key))

    def seal(self, text: str) -> str:
        return MARK + self._fernet.encrypt(text.encode()).decode() if text else ""

    def open(self, sealed: str) -> str:
        """What bears no mark is as an earlier version wrote it. Raises Unsealable."""
        from cryptography.fernet import InvalidToken

        if not is_sealed(sealed):
            return sealed
        try:
            return self._fernet.decrypt(sealed.removeprefix(MARK).encode()).decode()
        except (InvalidToken, ValueError) as error:
            raise Unsealable(f"{self._path} is not the key with which this was sealed") from error


def is_sealed(text: str) -> bool:
    return text.startswith(MARK)


def kept_key(path: Path, make: Callable[[], bytes] = lambda: secrets.token_bytes(32)) -> bytes:
    """Made once, for its owner alone; of two processes that make it at once the first has it, and whole."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        with open(part, "wb", opener=lambda name, flags: os.open(name, flags | os.O_EXCL, 0o600)) as file:
            file.write(make())
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(part, path)
        except FileExistsError:
            pass
        finally:
            part.unlink()
        return path.read_bytes()
