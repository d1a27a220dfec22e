"""Vendor payloads out of files: JSON lines, one JSON value, XML, CSV, logs and streams, or a folder of such files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec

from .base import MAX_PAYLOAD_BYTES, Refused, decode_json
from .found import Found
from .markup import decoded
from .parts import is_stream, parts_of
from .tables import rows_of

WHOLE_LIMIT = 64 * 1024 * 1024
"""A file that is one JSON value is read at once; larger recordings come as lines."""

_SUFFIXES = {".json", ".jsonl", ".ndjson", ".log", ".txt", ".xml", ".csv"}
_ELEMENT = re.compile(rb"<([\w:.-]+)[\s>].*</\1>")
_BOM = b"\xef\xbb\xbf"


def files_of(path: Path) -> tuple[list[Path], list[Path]]:
    """(files to read, entries left aside) of a file or a folder, sorted by name. Raises OSError."""
    if not path.is_dir():
        return [path], []
    entries = sorted(path.iterdir())
    taken = [entry for entry in entries if entry.is_file() and _is_payload_file(entry)]
    return taken, [entry for entry in entries if entry not in taken]


def _is_payload_file(path: Path) -> bool:
    stem = path.name.upper()
    return path.suffix.lower() in _SUFFIXES and not stem.startswith((".", "LICENSE", "LICENCE", "README", "NOTICE"))


def payloads_of(path: Path, *, frames: bool = False) -> Iterator[Found]:
    """Every payload of one file. `frames`: a JSON array that begins with a number is one payload (OCPP-J), not many.

    Raises OSError when the file cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(8192)
        if b"\0" in head:
            yield Found(path, 1, refused="a binary file")
            return
        start = head.removeprefix(_BOM).lstrip()
        file.seek(0)
        if not start:
            return
        if path.suffix.lower() == ".csv":
            yield from rows_of(path, file)
            return
        if is_stream(start):
            yield from parts_of(path, file)
            return
        first = start.split(b"\n", 1)[0].strip()
        if path.suffix.lower() == ".xml" or (first.startswith(b"<") and not _ELEMENT.fullmatch(first)):
            yield _raw(path, file)
            return
        if (whole := _whole(file)) is not None or first in (b"[", b"{"):  # no line of JSON lines looks like that
            file.seek(0)
            yield from _items(path, whole or file.read(WHOLE_LIMIT), 1, frames)
            return
        file.seek(0)
        yield from _lines(path, file, frames)


def _raw(path: Path, file: BinaryIO) -> Found:
    data = file.read(MAX_PAYLOAD_BYTES + 1)
    if len(data) > MAX_PAYLOAD_BYTES:
        return Found(path, 1, refused=f"larger than {MAX_PAYLOAD_BYTES} bytes")
    try:
        return Found(path, 1, decoded(data))
    except Refused as error:
        return Found(path, 1, refused=str(error))


def _whole(file: BinaryIO) -> bytes | None:
    """The file's bytes when all of it is one JSON value, else None. Lines are told by the first one being complete."""
    first = file.readline(MAX_PAYLOAD_BYTES)
    if _is_json(first.removeprefix(_BOM)):
        while chunk := file.read(8192):
            if chunk.strip():
                return None
        return first.removeprefix(_BOM)
    rest = file.read(WHOLE_LIMIT)
    data = (first + rest).removeprefix(_BOM)
    return data if len(data) <= WHOLE_LIMIT and _is_json(data) else None


def _is_json(data: bytes) -> bool:
    try:
        msgspec.json.decode(data, type=msgspec.Raw)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return False
    return True


def _items(path: Path, data: bytes, line: int, frames: bool) -> Iterator[Found]:
    """One JSON value: an array gives its items, each with the line where it stands."""
    try:
        items = msgspec.json.decode(data, type=list[msgspec.Raw]) if data.lstrip()[:1] == b"[" else None
        if items is None or (frames and items and bytes(items[0]).strip()[:1].isdigit()):
            yield Found(path, line, decode_json(data.strip()))
            return
    except (msgspec.DecodeError, UnicodeError, RecursionError, Refused) as error:
        yield Found(path, line, refused=_reason(error))
        return
    at = 0
    for item in items:
        raw = bytes(item)
        begin = data.index(raw, at)
        line, at = line + data.count(b"\n", at, begin), begin
        try:
            yield Found(path, line, decode_json(raw))
        except Refused as error:
            yield Found(path, line, refused=str(error))
        line, at = line + raw.count(b"\n"), begin + len(raw)


def _lines(path: Path, file: BinaryIO, frames: bool) -> Iterator[Found]:
    line = 0
    while chunk := file.readline(MAX_PAYLOAD_BYTES + 1):
        line += 1
        if len(chunk) > MAX_PAYLOAD_BYTES:
            while chunk and not chunk.endswith(b"\n"):
                chunk = file.readline(MAX_PAYLOAD_BYTES)
            yield Found(path, line, refused=f"a line larger than {MAX_PAYLOAD_BYTES} bytes")
            continue
        stripped = chunk.removeprefix(_BOM).strip() if line == 1 else chunk.strip()
        if not stripped:
            continue
        if stripped.startswith(b"<"):
            try:
                yield Found(path, line, stripped.decode())
            except UnicodeDecodeError as error:
                yield Found(path, line, refused=f"not UTF-8 text: byte {error.start}")
            continue
        yield from _items(path, stripped, line, frames)


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, Refused) else f"not JSON: {error}"
