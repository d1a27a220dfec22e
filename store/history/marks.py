"""Where the next page of an answer begins: a mark that the page before it gave."""

from __future__ import annotations

LONGEST = 18
"""Digits: what is longer no column has room for."""


class NoMark(ValueError):
    """It is not what an answer gave."""


def parts_of(mark: str, count: int) -> list[str]:
    """Its parts, of which the last may have any letters. Raises NoMark."""
    parts = mark.split("~", count - 1)
    if len(parts) != count or "\0" in mark:
        raise NoMark(f"{mark!r} is not what an answer gave")
    return parts


def moment_of(part: str, mark: str) -> int:
    """Raises NoMark."""
    if not (part.isascii() and part.isdigit() and len(part) <= LONGEST):
        raise NoMark(f"{mark!r} is not what an answer gave")
    return int(part)
