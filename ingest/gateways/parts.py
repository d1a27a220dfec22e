"""Multipart as devices write it: an event stream that never ends, or one body; cut at any byte, given out part by part.

A part with a Content-Length is whole when so many bytes are there and nothing but a boundary follows, so that an alert
does not wait for the next heartbeat to be told. One without, or with a wrong one, is whole at the next boundary.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

HEADERS_BYTES = 8 * 1024

_BOUNDARY = re.compile(r"boundary=(?:\"([^\"]+)\"|([^;\s]+))", re.IGNORECASE)
_HEADERS_END = re.compile(rb"\r?\n\r?\n")


class PartTooLarge(ValueError):
    """A part beyond the limit; it is skipped up to the next boundary by whoever goes on feeding."""


class Part(NamedTuple):
    headers: dict[str, str]
    """Names in small letters."""
    body: bytes

    @property
    def kind(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def is_text(self) -> bool:
        """What is neither a picture nor sound nor anything that a device calls a stream of bytes."""
        return not self.kind.startswith(("image/", "audio/", "video/", "application/octet-stream"))


def boundary_of(content_type: str) -> bytes | None:
    """Devices write it with or without its two dashes, with or without quotes."""
    found = _BOUNDARY.search(content_type)
    return (found[1] or found[2]).strip("-").encode() or None if found else None


class Parts:
    def __init__(self, boundary: bytes, limit_bytes: int) -> None:
        self._delimiter = re.compile(rb"(?:\A|\r?\n)-{2,}" + re.escape(boundary) + rb"(?P<last>--)?-*[ \t]*(?=\r?\n)")
        self._boundary = boundary
        self._least = len(boundary) + 8
        """So many bytes at the end may be the beginning of a delimiter."""
        self._limit = limit_bytes
        self._buffer = bytearray()
        self._searched = 0
        """No delimiter begins before here: a picture that comes in a hundred pieces is read through once."""
        self._begun = False
        """A boundary has been passed: what follows is a part's."""
        self.too_large = 0
        """Parts that were skipped."""

    def feed(self, data: bytes) -> Iterator[Part]:
        self._buffer += data
        while (part := self._next()) is not None:
            if part is not _SKIPPED:
                yield part

    def end(self) -> Iterator[Part]:
        """The other side has ended it: what stands at the end without a boundary behind it is a part if it is whole."""
        yield from self.feed(b"\r\n")
        headers = _HEADERS_END.search(self._buffer) if self._begun else None
        if headers and self._buffer[headers.end() :].strip():
            part = self._made(headers.end(), len(self._buffer))
            if "content-length" not in part.headers:
                yield part
        self._buffer.clear()
        self._searched = 0

    def _next(self) -> Part | None:
        """A part, _SKIPPED when something was passed that is none, None when more bytes are needed."""
        buffer = self._buffer
        if not self._begun:
            found = self._delimiter.search(buffer)
            if found is None:
                del buffer[: max(0, len(buffer) - self._least)]
                return None
            self._cut(found.end())
            self._begun = not found["last"]
            return _SKIPPED
        headers = _HEADERS_END.search(buffer, 0, HEADERS_BYTES)
        begin = headers.end() if headers else 0
        if headers and (length := self._length(begin)) is not None and length <= self._limit:
            if len(buffer) >= begin + length and self._may_begin(bytes(buffer[begin + length :])):
                return self._taken(begin, begin + length, begin + length)
        found = self._find(max(0, begin - 2))
        if found is not None:
            if headers is None or found.start() < begin:
                self._cut(found.end())
                return _SKIPPED
            return self._taken(begin, found.start(), found.start())
        if len(buffer) > self._limit + HEADERS_BYTES:
            self.too_large += 1
            self._begun = False
            return _SKIPPED
        return None

    def _find(self, begin: int) -> re.Match[bytes] | None:
        buffer, begin = self._buffer, max(begin, self._searched)
        there = buffer.find(self._boundary, begin) >= 0  # a hundred times as fast as the expression
        found = self._delimiter.search(buffer, begin) if there else None
        if found is None:
            self._searched = max(0, len(buffer) - self._least - HEADERS_BYTES)
        return found

    def _cut(self, until: int) -> None:
        del self._buffer[:until]
        self._searched = 0

    def _may_begin(self, rest: bytes) -> bool:
        """Is this nothing, a boundary or the beginning of one?"""
        rest = rest.lstrip(b"\r\n")
        name = rest.lstrip(b"-")
        return not rest or (rest != name and (name.startswith(self._boundary) or self._boundary.startswith(name)))

    def _length(self, begin: int) -> int | None:
        said = _headers(bytes(self._buffer[:begin])).get("content-length", "")
        return int(said) if said.isdigit() and len(said) < 12 else None

    def _taken(self, begin: int, end: int, until: int) -> Part:
        part = self._made(begin, end)
        self._cut(until)
        self._begun = False
        return part if part.body.strip() else _SKIPPED

    def _made(self, begin: int, end: int) -> Part:
        return Part(_headers(bytes(self._buffer[:begin])), bytes(self._buffer[begin:end]))


_SKIPPED = Part({}, b"")


def _headers(head: bytes) -> dict[str, str]:
    lines = (line.partition(":") for line in head.decode("latin-1").splitlines())
    return {name.strip().lower(): value.strip() for name, colon, value in lines if colon}
