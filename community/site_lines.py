"""On which line of a JSON text a place like `$.devices[3].kind` stands: a person who edits a site looks for a line."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_SPACE = re.compile(r"[ \t\r\n]*")
_SCALAR = re.compile(r"[^,\]}\s]+")


def line_of(text: str, path: str) -> int:
    """Line (from 1) of the place, or of the nearest one around it that is there. `text` must be JSON."""
    place = at = _past_space(text, 0)
    for key, index in _STEP.findall(path):
        wanted = key or int(index)
        found = next(((start, value) for name, start, value in _children(text, at) if name == wanted), None)
        if found is None:
            break
        place, at = found
    return text.count("\n", 0, place) + 1


def line_at(text: bytes, offset: int) -> int:
    """Line of a byte of the text."""
    return text.count(b"\n", 0, offset) + 1


def _past_space(text: str, at: int) -> int:
    return _matched(_SPACE, text, at)


def _children(text: str, at: int) -> Iterator[tuple[str | int, int, int]]:
    """(key or index, where it begins, where its value begins) of the object or list at `at`; nothing of a scalar."""
    opening = text[at]
    if opening not in "{[":
        return
    at = _past_space(text, at + 1)
    index = 0
    while text[at] not in "}]":
        start = at
        name: str | int = index
        if opening == "{":
            at = _end(text, at)
            name = msgspec.json.decode(text[start:at], type=str)
            at = _past_space(text, _past_space(text, at) + 1)
        yield name, start, at
        index += 1
        at = _past_space(text, _end(text, at))
        if text[at] == ",":
            at = _past_space(text, at + 1)


def _end(text: str, at: int) -> int:
    """Where the value at `at` ends."""
    if text[at] == '"':
        return _matched(_STRING, text, at)
    if text[at] not in "{[":
        return _matched(_SCALAR, text, at)
    depth = 0
    while True:
        char = text[at]
        if char == '"':
            at = _matched(_STRING, text, at)
            continue
        depth += (char in "{[") - (char in "}]")
        at += 1
        if not depth:
            return at


def _matched(what: re.Pattern[str], text: str, at: int) -> int:
    match = what.match(text, at)
    assert match is not None  # the text is JSON
    return match.end()
