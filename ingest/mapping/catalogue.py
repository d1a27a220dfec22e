"""The mappings there are, compiled once in a process."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from community.site import Site

from .adapter import Mapped
from .document import Mapping, load
from .folder import FILE, FOLDER
from .places import MappingError


@cache
def mapping(source: str, folder: Path = FOLDER) -> Mapping:
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


def _short(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
