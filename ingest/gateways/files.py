"""Files dropped in a folder: each payload is durable before the file is moved to `done`.

A file is read when it has not changed for one look; write it under another name (`.part`) and rename it, or let it lie.
How far a file has been taken is remembered, so that a restart goes on in the middle of it. One of which a line cannot
be read is moved to `failed`, with all that could be read taken; the gateway's own log names those lines.
"""

from __future__ import annotations

import hashlib
import logging
import os
import threading
from itertools import islice
from pathlib import Path

import msgspec

from ingest.adapters.files import files_of, payloads_of
from ingest.copies import marked
from ingest.gateways.inlet import Inlet, again, threaded, told
from ingest.ways import Files, Way

log = logging.getLogger("shouwang.files")

LOOK_S = 1.0
CHUNK = 200
"""Payloads that share a flush; as many are read again after a kill, and known again by their place."""


class Progress(msgspec.Struct):
    """How many payloads of which file are durable."""

    name: str = ""
    mark: tuple[int, int] = (0, 0)
    taken: int = 0


class FilesGate:
    def __init__(self, way: Files, inlet: Inlet, var: Path) -> None:
        self._way = way
        self._inlet = inlet
        self._folder = Path(way.folder)
        self._done = Path(way.done) if way.done else self._folder / "done"
        self._progress = var / "files" / f"{way.id}.json"
        self._looks = False

    @property
    def ways(self) -> list[Way]:
        return [self._way]

    def is_up(self, way: Way) -> bool:
        return self._looks

    async def run(self) -> None:
        await again(lambda: threaded(self._work), self._way.id, (OSError,))

    def _work(self, stop: threading.Event) -> None:
        """Until told to stop. Raises OSError: the folder is not there, or not ours to write."""
        self._progress.parent.mkdir(parents=True, exist_ok=True)
        self._done.mkdir(exist_ok=True)
        seen: dict[Path, tuple[int, int]] = {}
        try:
            while not stop.is_set():
                now = {path: _mark(path) for path in files_of(self._folder)[0]}
                self._looks = True
                for path in [path for path, mark in now.items() if seen.get(path) == mark]:
                    self._read(path, now[path], stop)
                    if stop.is_set():
                        return
                seen = now
                stop.wait(LOOK_S)
        finally:
            self._looks = False

    def _read(self, path: Path, mark: tuple[int, int], stop: threading.Event) -> None:
        progress = self._load()
        if (progress.name, progress.mark) != (path.name, mark):
            progress = Progress(path.name, mark)
        whole = True
        payloads = payloads_of(path, frames=self._way.source.startswith("ocpp"))
        for _ in islice(payloads, progress.taken):
            continue
        while found := list(islice(payloads, CHUNK)):
            for one in found:
                if one.refused:
                    whole = False
                    log.error("%s: %s: %s", self._way.id, one.place, one.refused)
            readable = [
                told(one.value)._replace(key=path.name, mark=_place(progress, number))
                for number, one in enumerate(found, progress.taken)
                if not one.refused
            ]
            if not self._inlet.keep_all(readable, stop):
                return
            progress.taken += len(found)
            self._store(progress)
        to = self._done if whole else self._folder / "failed"
        to.mkdir(exist_ok=True)
        os.replace(path, _free(to / path.name))
        log.info(
            "%s: %s: %d payloads%s", self._way.id, path.name, progress.taken, "" if whole else ", not all readable"
        )

    def _load(self) -> Progress:
        try:
            return msgspec.json.decode(self._progress.read_bytes(), type=Progress)
        except (FileNotFoundError, msgspec.MsgspecError):
            return Progress()

    def _store(self, progress: Progress) -> None:
        temporary = self._progress.with_suffix(".part")
        temporary.write_bytes(msgspec.json.encode(progress))
        os.replace(temporary, self._progress)


def _mark(path: Path) -> tuple[int, int]:
    stat = path.stat()
    return stat.st_size, stat.st_mtime_ns


def _place(progress: Progress, number: int) -> str:
    place = f"{progress.name}\0{progress.mark}\0{number}".encode()
    return marked(hashlib.blake2b(place, digest_size=16).digest(), again=True)


def _free(path: Path) -> Path:
    """A name that nobody has: the same file name comes every day."""
    found, number = path, 0
    while found.exists():
        number += 1
        found = path.with_name(f"{path.stem}.{number}{path.suffix}")
    return found
