"""A screenshot in 256 colours instead of 16 million: a wall is flat colour and text, a third of the bytes will do.

Only what Chromium writes is read: 8 bits a channel, RGB or RGBA, not interlaced.
"""

from __future__ import annotations

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def with_palette(png: bytes, colours: int = 256) -> bytes:
    """The same picture, each pixel in the nearest of at most `colours`. Raises ValueError for another kind of PNG."""
    pixels = read(png)
    height, width, _ = pixels.shape
    packed = pixels.astype(np.uint32) @ np.array([65536, 256, 1], np.uint32)
    unique, place, count = np.unique(packed, return_inverse=True, return_counts=True)
    table = np.stack([unique >> 16, unique >> 8 & 255, unique & 255], axis=1).astype(np.int64)
    boxes = _cut(table, count, colours)
    index = np.empty(len(unique), np.uint8)
    palette = np.empty((len(boxes), 3), np.uint8)
    for number, box in enumerate(boxes):
        index[box] = number
        palette[number] = np.rint(np.average(table[box], axis=0, weights=count[box]))
    rows = np.zeros((height, width + 1), np.uint8)  # a leading 0 on each row: unfiltered
    rows[:, 1:] = index[place.reshape(height, width)]
    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    body = zlib.compress(rows.tobytes(), 9)
    return _SIGNATURE + b"".join(
        _chunk(name, data)
        for name, data in ((b"IHDR", head), (b"PLTE", palette.tobytes()), (b"IDAT", body), (b"IEND", b""))
    )


def _cut(table: NDArray[np.int64], count: NDArray[np.int64], colours: int) -> list[NDArray[np.int64]]:
    """Median cut: the box that spreads widest, its colours weighed by the root of their pixels, is halved next.

    The root keeps the few red pixels of one alarm from drowning in a screen of greys.
    """
    weight = np.sqrt(count)
    boxes = [np.arange(len(table))]
    spread = [_spread(table, weight, boxes[0])]
    while len(boxes) < colours and max(spread) > 0:
        widest = int(np.argmax(spread))
        box = boxes.pop(widest)
        spread.pop(widest)
        axis = int(np.argmax(np.ptp(table[box], axis=0)))
        box = box[np.argsort(table[box, axis], kind="stable")]
        half = int(np.searchsorted(np.cumsum(weight[box]), weight[box].sum() / 2))
        half = min(max(half, 1), len(box) - 1)
        for part in (box[:half], box[half:]):
            boxes.append(part)
            spread.append(_spread(table, weight, part))
    return boxes


def _spread(table: NDArray[np.int64], weight: NDArray[np.float64], box: NDArray[np.int64]) -> float:
    if len(box) < 2:
        return 0.0
    mean = np.average(table[box], axis=0, weights=weight[box])
    return float((weight[box][:, None] * (table[box] - mean) ** 2).sum())


def read(png: bytes) -> Pixels:
    """Height x width x RGB; what is transparent is taken as it is. Raises ValueError."""
    if not png.startswith(_SIGNATURE):
        raise ValueError("not a PNG")
    parts: dict[bytes, bytes] = {}
    at = len(_SIGNATURE)
    while at < len(png):
        length, name = struct.unpack_from(">I4s", png, at)
        parts[name] = parts.get(name, b"") + png[at + 8 : at + 8 + length]
        at += 12 + length
    width, height, depth, kind, _, _, interlaced = struct.unpack(">IIBBBBB", parts[b"IHDR"])
    if depth != 8 or kind not in (2, 6) or interlaced:
        raise ValueError(f"a PNG of {depth} bits, kind {kind}, interlaced {interlaced} is not read here")
    channels = 3 if kind == 2 else 4
    raw = np.frombuffer(zlib.decompress(parts[b"IDAT"]), np.uint8).reshape(height, 1 + width * channels)
    above = np.zeros(width * channels, np.uint8)
    rows = []
    for line in raw:
        above = _unfiltered(int(line[0]), line[1:], above, channels)
        rows.append(above)
    return np.stack(rows).reshape(height, width, channels)[:, :, :3]


def _unfiltered(filter_: int, line: Pixels, above: Pixels, step: int) -> Pixels:
    if filter_ == 0:
        return line
    if filter_ == 1:
        pixels = line.reshape(-1, step)
        return np.cumsum(pixels, axis=0, dtype=np.uint8).reshape(-1)
    if filter_ == 2:
        return line + above
    out = bytearray(line.tobytes())
    over = above.tobytes()
    for at in range(len(out)):
        left = out[at - step] if at >= step else 0
        if filter_ == 3:
            guess = (left + over[at]) // 2
        else:
            guess = _paeth(left, over[at], over[at - step] if at >= step else 0)
        out[at] = (out[at] + guess) & 255
    return np.frombuffer(bytes(out), np.uint8)


def _paeth(left: int, up: int, corner: int) -> int:
    by_left, by_up, by_corner = abs(up - corner), abs(left - corner), abs(left + up - 2 * corner)
    if by_left <= by_up and by_left <= by_corner:
        return left
    return up if by_up <= by_corner else corner


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
