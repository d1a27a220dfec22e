"""Rows of a CSV file as payloads: `{"column": "cell", ..}`, each with its line."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from .found import Found

ENCODINGS = ("utf-8-sig", "gb18030")
"""What spreadsheets write: UTF-8 with or without its mark, and in China GBK."""


def rows_of(path: Path, file: BinaryIO) -> Iterator[Found]:
    """The first row names the columns. A row of another width is refused, never shifted."""
    encoding = next((name for name in ENCODINGS if _is(file, name)), None)
    file.seek(0)
    if encoding is None:
        yield Found(path, 1, refused="neither UTF-8 nor GB18030 text")
        return
    lines = io.TextIOWrapper(file, encoding, newline="")
    reader = csv.reader(lines)
    try:
        header = [name.strip() for name in next(reader, [])]
        if len(set(header)) < len(header) or not all(header):
            yield Found(path, 1, refused="the first row does not name each column once")
            return
        start = reader.line_num + 1
        for row in reader:
            if not any(cell.strip() for cell in row):
                pass
            elif len(row) != len(header):
                yield Found(path, start, refused=f"a row of {len(row)} cells, the first row has {len(header)}")
            else:
                yield Found(path, start, {"payload": dict(zip(header, row, strict=True))})
            start = reader.line_num + 1
    except csv.Error as error:
        yield Found(path, reader.line_num, refused=f"not CSV: {error}")
    finally:
        lines.detach()


def _is(file: BinaryIO, encoding: str) -> bool:
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while chunk := file.read(1 << 20):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
