"""A recorded multipart stream (a camera's event channel): each part is a payload."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from .base import MAX_PAYLOAD_BYTES, Refused
from .found import Found
from .markup import decoded

_BOUNDARY = re.compile(rb"--[\w'()+,./:=?-]{1,70}")
_HEADER = re.compile(rb"[A-Za-z][A-Za-z0-9-]*\s*:")
_REMARK = b"#"
"""A line by which somebody commented the recording; no payload of a camera begins so."""


def is_stream(head: bytes) -> bool:
    """A boundary with a header below it, not the only dashes of a text."""
    lines = [line.strip() for line in head.splitlines()]
    return any(
        _BOUNDARY.fullmatch(line) and _HEADER.match(below) for line, below in zip(lines, lines[1:], strict=False)
    )


def parts_of(path: Path, file: BinaryIO) -> Iterator[Found]:
    """Parts between boundaries, without their headers. One that the recording cuts off is like the others: the adapter
    judges it."""
    begun, line, headers, size = 0, 0, True, 0
    body: list[bytes] = []
    while chunk := file.readline(MAX_PAYLOAD_BYTES + 1):
        line += 1
        stripped = chunk.strip()
        if _BOUNDARY.fullmatch(stripped):
            yield from _part(path, begun, body, size)
            begun, headers, body, size = line, True, [], 0
        elif not begun or stripped.startswith(_REMARK):
            continue
        elif headers and (_HEADER.match(chunk) or (not stripped and not body)):
            headers = bool(stripped)
        else:
            headers = False
            size += len(chunk)
            if size <= MAX_PAYLOAD_BYTES:
                body.append(chunk)
    yield from _part(path, begun, body, size)


def _part(path: Path, line: int, body: list[bytes], size: int) -> Iterator[Found]:
    content = b"".join(body).strip()
    if not content:
        return
    if size > MAX_PAYLOAD_BYTES:
        yield Found(path, line, refused=f"a part larger than {MAX_PAYLOAD_BYTES} bytes")
        return
    try:
        yield Found(path, line, decoded(content))
    except Refused as error:
        yield Found(path, line, refused=str(error))
