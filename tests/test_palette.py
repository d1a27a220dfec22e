"""The pictures' palette: few colours stay as they are, many become few, every filter of a PNG is read."""

from __future__ import annotations

import random
import struct
import zlib

import numpy as np
import pytest

from tests.palette import Pixels, read, with_palette


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(pixels: Pixels, filters: list[int]) -> bytes:
    """A PNG whose rows use the given filters, by the definition and not by the reader's way."""
    height, width, step = pixels.shape
    rows = []
    for y in range(height):
        line, above = pixels[y].reshape(-1).astype(int), pixels[y - 1].reshape(-1).astype(int) if y else None
        out = bytearray([filters[y]])
        for x, value in enumerate(line):
            a = int(line[x - step]) if x >= step else 0
            b = int(above[x]) if above is not None else 0
            c = int(above[x - step]) if above is not None and x >= step else 0
            nearest = min((a, b, c), key=lambda guess, p=a + b - c: abs(p - guess))
            out.append((int(value) - (0, a, b, (a + b) // 2, nearest)[filters[y]]) & 255)
        rows.append(bytes(out))
    head = struct.pack(">IIBBBBB", width, height, 8, 2 if step == 3 else 6, 0, 0, 0)
    body = zlib.compress(b"".join(rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def shown(palette_png: bytes) -> Pixels:
    """The pixels of what with_palette writes."""
    at, parts = 8, {}
    while at < len(palette_png):
        length, name = struct.unpack_from(">I4s", palette_png, at)
        parts[name] = palette_png[at + 8 : at + 8 + length]
        at += 12 + length
    width, height = struct.unpack_from(">II", parts[b"IHDR"])
    rows = np.frombuffer(zlib.decompress(parts[b"IDAT"]), np.uint8).reshape(height, width + 1)
    return np.frombuffer(parts[b"PLTE"], np.uint8).reshape(-1, 3)[rows[:, 1:]]


@pytest.mark.parametrize("channels", [3, 4])
def test_every_filter_is_read(channels: int) -> None:
    pixels = np.frombuffer(random.Random(1).randbytes(10 * 7 * channels), np.uint8).reshape(10, 7, channels)
    assert np.array_equal(read(png(pixels, [0, 1, 2, 3, 4, 4, 3, 2, 1, 0])), pixels[:, :, :3])


def test_few_colours_stay_as_they_are() -> None:
    colours = np.frombuffer(random.Random(2).randbytes(200 * 3), np.uint8).reshape(200, 3)
    pixels = colours[np.frombuffer(random.Random(3).randbytes(60 * 40), np.uint8).reshape(60, 40) % 200]
    assert np.array_equal(shown(with_palette(png(pixels, [4] * 60))), pixels)


def test_many_colours_become_few_and_near() -> None:
    pixels = np.frombuffer(random.Random(4).randbytes(64 * 64 * 3), np.uint8).reshape(64, 64, 3)
    made = shown(with_palette(png(pixels, [0] * 64)))
    assert len(np.unique(made.reshape(-1, 3), axis=0)) <= 256
    assert np.abs(made.astype(int) - pixels).mean() < 24


def test_another_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="not a PNG"):
        read(b"GIF89a")
