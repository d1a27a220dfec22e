"""Pictures and oversized payloads, kept by their hash: `var/blobs/ab/cdef...`.

A blob is written once and never changed, so the name is also the proof of the content. Retention is by age.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import time
from pathlib import Path

from .disk import sync_folder

_NAME = re.compile(r"sha256:([0-9a-f]{64})")


class BlobMissing(LookupError):
    """No such blob: never stored, past its retention, or its bytes no longer match its name. Permanent."""


class Blobs:
    """A content-addressed folder; any number of processes may share it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, content: bytes) -> str:
        """Stores the bytes and returns `sha256:<hex>`; durable when it returns. Raises OSError (disk full, ..)."""
        digest = hashlib.sha256(content).hexdigest()
        target = self._path(digest)
        try:
            # Retention counts from the last time somebody meant to keep it.
            os.utime(target)
            if target.stat().st_size == len(content):
                return f"sha256:{digest}"
        except FileNotFoundError:
            target.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(prefix=".", suffix=".part", dir=target.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, target)
        except OSError:
            Path(temporary).unlink(missing_ok=True)
            raise
        for folder in (target.parent, self._folder):
            sync_folder(folder)
        return f"sha256:{digest}"

    def get(self, name: str) -> bytes:
        """The bytes of `sha256:<hex>`, checked against the name. Raises BlobMissing."""
        match = _NAME.fullmatch(name)
        if match is None:
            raise BlobMissing(f"{name!r} is not the name of a blob (sha256:<64 hex digits>)")
        try:
            content = self._path(match[1]).read_bytes()
        except FileNotFoundError as error:
            raise BlobMissing(f"{name} is not stored") from error
        if hashlib.sha256(content).hexdigest() != match[1]:
            raise BlobMissing(f"{name} is damaged on disk")
        return content

    def retain(self, keep_s: float, now_s: float | None = None) -> int:
        """Deletes what was last stored more than `keep_s` seconds ago, left-over parts included. Returns how many."""
        horizon_s = (time.time() if now_s is None else now_s) - keep_s
        dropped = 0
        for path in self._folder.glob("??/*"):
            try:
                if path.stat().st_mtime < horizon_s:
                    path.unlink()
                    dropped += 1
            except FileNotFoundError:
                continue  # another process was quicker
        return dropped

    def _path(self, digest: str) -> Path:
        return self._folder / digest[:2] / digest[2:]
