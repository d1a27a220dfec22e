"""What a simulated camera shows: a drawing in greys that nobody takes for a photograph, with its wall, ground and hour.

A PNG by hand: of this size a library would be more than it does.
"""

from __future__ import annotations

import struct
import zlib

WIDTH, HEIGHT, GROUND = 320, 180, 118

DIGITS = {
    "0": "757577",
    "1": "262227",
    "2": "717477",
    "3": "717177",
    "4": "557711",
    "5": "747177",
    "6": "747577",
    "7": "711111",
    "8": "757757",
    "9": "757177",
    ":": "020020",
}
"""Rows of three bits each: the camera prints its clock into the picture."""


def photograph(camera: str, clock: str, walking: int) -> bytes:
    """`clock` as 21:14:36. `walking`: where somebody walks by, 0 to 99; below 0 nobody does."""
    grain = zlib.crc32(camera.encode())
    rows = [bytearray(58 + y // 3 for _ in range(WIDTH)) for y in range(GROUND)]
    rows += [bytearray(34 + (y - GROUND) // 4 for _ in range(WIDTH)) for y in range(GROUND, HEIGHT)]
    for n in range(5):
        left = (grain >> (4 * n)) % 240 + 8
        _block(rows, left, 28 + (grain >> (3 * n)) % 40, 46, GROUND, 66 + 9 * n)
        for window in range(left + 6, left + 42, 12):
            _block(rows, window, 78, 6, 88, 118 + (grain >> n) % 60)
    if walking >= 0:
        x = 12 + walking * 2 + (grain >> 7) % 90
        _block(rows, x, 92, 12, 140, 176)
        _block(rows, x + 2, 80, 8, 91, 198)
    _print(rows, clock, WIDTH - 92, 20)
    raw = b"".join(b"\0" + bytes(row) for row in rows)
    head = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(raw, 9)) + _chunk(b"IEND", b"")


def _block(rows: list[bytearray], left: int, top: int, width: int, bottom: int, grey: int) -> None:
    right = min(WIDTH, left + width)
    for row in rows[top:bottom]:
        row[left:right] = bytes((grey,)) * max(0, right - left)


def _print(rows: list[bytearray], words: str, left: int, top: int) -> None:
    for n, sign in enumerate(words):
        for y, bits in enumerate(DIGITS.get(sign, "000000")):
            for x in range(3):
                if int(bits) >> (2 - x) & 1:
                    _block(rows, left + 10 * n + 2 * x, top + 2 * y, 2, top + 2 * y + 2, 236)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
