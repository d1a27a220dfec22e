"""The mappings there are, compiled once in a process: those that come with the program, and the installation's own.
What changes in either takes effect while the programs run.

A bad file takes nothing away: what was in force before goes on, in this process and, by a copy in `var/`, after the
next start; the reason is said with its line. An own mapping may take the place of one that comes with the program, but
not of an adapter that is a program.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection
from pathlib import Path

from community.site import Site

from .adapter import Mapped
from .document import Mapping, load
from .folder import FILE, FOLDER, sources
from .places import MappingError

NAME = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")
"""It becomes a topic."""

Stamp = tuple[int, int, int]
GONE = (0, 0, 0)


class Catalogue:
    def __init__(self, folder: Path = FOLDER) -> None:
        self._compiled: dict[str, Mapping] = {}
        self._folder = folder
        self._own: Path | None = None
        self._kept: Path | None = None
        self._taken: dict[str, Stamp] = {}
        """Own file -> as it was when it was read last."""
        self._ours: dict[str, Stamp] = {}
        """The same of a file that comes with the program, once it is in use."""
        self._moving: dict[Path, Stamp] = {}
        """File -> as it was at the last look: it is read when it lies still."""
        self._reserved: Collection[str] = ()
        self.refused: dict[str, str] = {}
        """Mapping -> why its file, as it is now, is not in force."""
        self.versions: dict[str, int] = {}
        """Own mapping -> how many of its files came into force in this process."""
        self._renewed: dict[str, int] = {}
        """The same of those that come with the program, beside the first."""

    def version(self, source: str) -> int:
        """Another number: the mapping of that source is another one."""
        return self.versions.get(source, 0) + self._renewed.get(source, 0)

    def mapping(self, source: str) -> Mapping:
        """The one in force. Raises MappingError."""
        if source not in self._compiled:
            self._ours[source] = stamp(self._folder / source / FILE) or GONE
            self._compiled[source] = read(source, self._folder)
        return self._compiled[source]

    def bring(self, own: Path, kept: Path | None, reserved: Collection[str]) -> list[str]:
        """Takes in the installation's own mappings at a start; their names as far as they are in force. `kept`: where
        copies lie of what was in force last; None: nothing is kept. `reserved`: names that are programs."""
        self._own, self._kept, self._reserved = own, kept, reserved
        for source in sources(own):
            self._taken[source] = stamp(own / source / FILE) or GONE
            if not self._take(source):
                self._recall(source)
        return list(self.versions)

    def look(self) -> tuple[set[str], dict[str, str]]:
        """(what has come into force, what was refused and why) since the last look."""
        came: set[str] = set()
        refused: dict[str, str] = {}
        changed = [(s, self._read_again) for s in list(self._ours) if self._changed(self._folder, s, self._ours)]
        if self._own is not None:
            there = sources(self._own)
            changed += [(source, self._take) for source in there if self._changed(self._own, source, self._taken)]
            for source in self._taken.keys() - set(there):
                del self._taken[source]
                self._moving.pop(self._own / source / FILE, None)
                refused[source] = self.refused[source] = f"{self._own / source / FILE}: it is not there any more"
        for source, take in changed:
            if take(source):
                came.add(source)
            else:
                refused[source] = self.refused[source]
        return came, refused

    def _changed(self, folder: Path, source: str, taken: dict[str, Stamp]) -> bool:
        """It is another file than the one that was read, and nobody is writing it any more."""
        path = folder / source / FILE
        now = stamp(path)
        if now is None or now == taken.get(source):
            return False
        if self._moving.get(path) != now:
            self._moving[path] = now
            return False
        taken[source] = now
        return True

    def _read_again(self, source: str) -> bool:
        try:
            self._compiled[source] = read(source, self._folder)
        except MappingError as error:
            self.refused[source] = str(error)
            return False
        self.refused.pop(source, None)
        self._renewed[source] = self._renewed.get(source, 0) + 1
        return True

    def _take(self, source: str) -> bool:
        assert self._own is not None
        path = self._own / source / FILE
        try:
            if not NAME.match(source):
                raise MappingError(f"{path}:1: a source is named in small letters, digits and _")
            if source in self._reserved:
                raise MappingError(f"{path}:1: {source} is read by a program, no mapping can take its place")
            self._compiled[source] = read(source, self._own)
        except MappingError as error:
            self.refused[source] = str(error)
            return False
        self.refused.pop(source, None)
        self._ours.pop(source, None)
        self.versions[source] = self.versions.get(source, 0) + 1
        if self._kept is not None:
            keep(path, self._kept / f"{source}.yaml")
        return True

    def _recall(self, source: str) -> None:
        """At a start: its file is bad, what was in force before the start goes on."""
        if self._kept is None or source in self._reserved:
            return
        path = self._kept / f"{source}.yaml"
        try:
            self._compiled[source] = load(path.read_text("utf-8"), source, str(path))
        except (OSError, UnicodeDecodeError, MappingError):
            return
        self.versions[source] = 1


CATALOGUE = Catalogue()


def mapping(source: str, folder: Path | None = None) -> Mapping:
    """The one in force, or the one in that folder. Raises MappingError."""
    return CATALOGUE.mapping(source) if folder is None else read(source, folder)


def folder_of(source: str, own: Path) -> Path:
    """Where the file and the samples of a mapping stand."""
    return own / source if (own / source / FILE).is_file() else FOLDER / source


def read(source: str, folder: Path) -> Mapping:
    """Raises MappingError."""
    path = folder / source / FILE
    try:
        written = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise MappingError(f"{path}:1: cannot be read: {error}") from error
    return load(written, source, _short(path))


def mapped(source: str, site: Site | None = None) -> Mapped:
    """The adapter of that source. Raises MappingError."""
    return Mapped(mapping(source), site)


def stamp(path: Path) -> Stamp | None:
    """Another one: the file was changed."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def keep(path: Path, copy: Path) -> None:
    """Gateway and normaliser both do it: each writes a file of its own and renames it. A full disk costs the copy."""
    try:
        copy.parent.mkdir(parents=True, exist_ok=True)
        mine = copy.with_name(f".{copy.name}.{os.getpid()}")
        mine.write_bytes(path.read_bytes())
        mine.replace(copy)
    except OSError:
        return


def _short(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
