"""A bounded, fsynced queue on disk: where a gateway puts what the log cannot take just now.

Append-only segments `<first sequence>.seg` of frames `length | crc32c | body` (two little-endian u32, then msgpack),
a cursor file with the place of the oldest frame not yet moved, and a lock: one process owns a spool.
What `append` has returned for survives kill -9 and power loss. A torn tail (one frame that was being written and is
not all there) is cut on open. Any other damage ends its segment, in the last one too, and may hide messages that were
acknowledged: what is cut is first kept, fsynced, as `<first sequence>.damaged` (`.damaged.1`, ..) for a person.
"""

from __future__ import annotations

import fcntl
import logging
import os
import struct
import threading
from collections.abc import Sequence
from pathlib import Path

import msgspec
from crc32c import crc32c

from store.disk import sync_folder

log = logging.getLogger(__name__)

LIMIT_BYTES = 256 * 1024 * 1024
"""A busy community makes 50 messages a second of 0.5 kB: this holds about three hours of a missing log."""

SEGMENT_BYTES = 4 * 1024 * 1024
"""Disk space comes back a segment at a time; 64 files at most."""

MAX_BODY_BYTES = 1024 * 1024

_FRAME = struct.Struct("<II")
_CURSOR = struct.Struct("<QQI")  # segment, byte of its oldest frame not yet moved, frames before it
_CRC = struct.Struct("<I")


class SpoolFull(OSError):
    """The spool is at its limit or the disk does not take more. Temporary: refuse the device, it will come back."""


class SpoolInUse(OSError):
    """Another process owns this spool."""


class Spooled(msgspec.Struct, frozen=True, array_like=True):
    """One message on its way to the log. `id` lets a consumer recognise the second copy of one in flight."""

    topic: str
    key: str
    id: str
    value: bytes


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Spooled).decode


class _Segment:
    """One file, its good bytes and its frames. `sealed`: not to be written any more."""

    __slots__ = ("file", "frames", "number", "path", "sealed", "size")

    def __init__(self, folder: Path, number: int) -> None:
        self.number = number
        self.path = folder / f"{number:016d}.seg"
        fresh = not self.path.exists()
        self.file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        self.size, self.frames, self.sealed = 0, 0, False
        if fresh:
            sync_folder(folder)

    def read(self, at: int) -> tuple[Spooled, int] | None:
        """The frame at a byte and where the next one begins; None where no whole and sound frame stands."""
        head = os.pread(self.file, _FRAME.size, at)
        if len(head) < _FRAME.size:
            return None
        length, checksum = _FRAME.unpack(head)
        if not 0 < length <= MAX_BODY_BYTES:
            return None
        body = os.pread(self.file, length, at + _FRAME.size)
        if len(body) < length or crc32c(body) != checksum:
            return None
        try:
            return _decode(body), at + _FRAME.size + length
        except msgspec.DecodeError:
            return None

    def cut(self) -> None:
        """Forgets what stands behind the good bytes."""
        os.ftruncate(self.file, self.size)
        os.fsync(self.file)

    def is_torn(self) -> bool:
        """Is what stands behind the good bytes no more than the beginning of one frame, cut short by a kill?"""
        rest = os.fstat(self.file).st_size - self.size
        if rest < _FRAME.size:
            return True
        length, _ = _FRAME.unpack(os.pread(self.file, _FRAME.size, self.size))
        if not (0 < length <= MAX_BODY_BYTES and rest < _FRAME.size + length):
            return False
        # A damaged length reaches beyond the end too: then there are sound frames behind it.
        return not _holds_frame(os.pread(self.file, rest, self.size))

    def keep_copy(self) -> Path:
        """Of the whole file, durable when it returns; an earlier copy stays. Raises OSError."""
        first = self.path.with_suffix(".damaged")
        copy, number = first, 0
        while copy.exists():
            number += 1
            copy = first.with_name(f"{first.name}.{number}")
        with copy.open("xb") as file:
            file.write(self.path.read_bytes())
            file.flush()
            os.fsync(file.fileno())
        sync_folder(copy.parent)
        return copy

    def remove(self) -> None:
        os.close(self.file)
        self.path.unlink()


class Spool:
    """First in, first out. `append` by one thread, `peek` and `advance` by another; counts may be read by any."""

    def __init__(self, folder: Path, limit_bytes: int = LIMIT_BYTES, segment_bytes: int = SEGMENT_BYTES) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = folder
        self._limit = limit_bytes
        self._segment_bytes = segment_bytes
        self._lock = threading.Lock()
        self._owner = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._owner, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._owner)
            raise SpoolInUse(f"{folder} belongs to another running process") from error
        self._cursor = os.open(folder / "cursor", os.O_RDWR | os.O_CREAT, 0o600)
        self._segments: list[_Segment] = []
        self._at, self._moved = 0, 0
        """In the oldest segment: the byte where the oldest waiting frame begins, and the frames before it."""
        self._ends: list[int] = []
        """Where each frame of the last `peek` ends."""
        self._load()

    def __len__(self) -> int:
        """Messages waiting."""
        with self._lock:
            return sum(segment.frames for segment in self._segments) - self._moved

    @property
    def size_bytes(self) -> int:
        with self._lock:
            return sum(segment.size for segment in self._segments)

    def append(self, messages: Sequence[Spooled]) -> None:
        """All or none; durable when it returns (one fsync for all). Raises SpoolFull."""
        frames = bytearray()
        for message in messages:
            body = _encode(message)
            if len(body) > MAX_BODY_BYTES:
                raise ValueError(f"a message of {len(body)} bytes belongs in the blob store")
            frames += _FRAME.pack(len(body), crc32c(body)) + body
        with self._lock:
            if sum(segment.size for segment in self._segments) + len(frames) > self._limit:
                raise SpoolFull(f"the spool {self._folder} has reached its {self._limit} bytes")
            try:
                segment = self._tail()
                _write_all(segment.file, frames)
                os.fdatasync(segment.file)
            except OSError as error:
                self._undo()
                raise SpoolFull(f"cannot write the spool {self._folder}: {error.strerror}") from error
            segment.size += len(frames)
            segment.frames += len(messages)

    def peek(self, limit: int) -> list[Spooled]:
        """The oldest messages, without taking them."""
        found: list[Spooled] = []
        with self._lock:
            self._ends = []
            while self._segments and not found:
                segment, at = self._segments[0], self._at
                while len(found) < max(1, limit) and at < segment.size:
                    frame = segment.read(at)
                    if frame is None:
                        self._cut_damage(segment, at, self._moved + len(found))
                        break
                    found.append(frame[0])
                    at = frame[1]
                    self._ends.append(at)
                if not found:
                    self._drop_oldest()
        return found

    def advance(self, count: int) -> None:
        """The log has the oldest `count` messages (all from the last `peek`): forget them."""
        if not count:
            return
        with self._lock:
            self._at = self._ends[count - 1]
            self._moved += count
            del self._ends[:count]
            if self._at >= self._segments[0].size:
                self._drop_oldest()
            else:
                self._store_cursor(self._segments[0].number, self._at, self._moved)

    def close(self) -> None:
        with self._lock:
            for segment in self._segments:
                os.close(segment.file)
            self._segments.clear()
            os.close(self._cursor)
            os.close(self._owner)

    # ---- below: the caller holds the lock
    def _load(self) -> None:
        numbers = sorted(int(path.stem) for path in self._folder.glob("*.seg"))
        for number in numbers:
            segment = _Segment(self._folder, number)
            while (frame := segment.read(segment.size)) is not None:
                segment.size, segment.frames = frame[1], segment.frames + 1
            surplus = os.fstat(segment.file).st_size - segment.size
            if surplus:
                if number == numbers[-1] and segment.is_torn():
                    log.warning("spool %s: %d torn bytes cut from segment %d", self._folder, surplus, number)
                    segment.cut()
                else:
                    self._cut_damage(segment, segment.size, segment.frames)
            if segment.size:
                self._segments.append(segment)
            else:
                segment.remove()
        place = self._read_cursor()
        if place and self._segments and place[0] == self._segments[0].number:
            self._at, self._moved = place[1], place[2]
            if self._at >= self._segments[0].size:
                self._drop_oldest()

    def _read_cursor(self) -> tuple[int, int, int] | None:
        """Segment, byte, frames before it. None when torn by a power cut: then a few messages come twice."""
        raw = os.pread(self._cursor, _CURSOR.size + _CRC.size, 0)
        if len(raw) < _CURSOR.size + _CRC.size or _CRC.unpack(raw[_CURSOR.size :])[0] != crc32c(raw[: _CURSOR.size]):
            return None
        number, at, moved = _CURSOR.unpack(raw[: _CURSOR.size])
        return number, at, moved

    def _store_cursor(self, number: int, at: int, moved: int) -> None:
        raw = _CURSOR.pack(number, at, moved)
        os.pwrite(self._cursor, raw + _CRC.pack(crc32c(raw)), 0)
        os.fdatasync(self._cursor)

    def _tail(self) -> _Segment:
        if not self._segments:
            # Above the cursor's number, so that an old cursor never fits a new segment.
            place = self._read_cursor()
            self._segments.append(_Segment(self._folder, place[0] + 1 if place else 1))
        elif self._segments[-1].sealed or self._segments[-1].size >= self._segment_bytes:
            self._segments.append(_Segment(self._folder, self._segments[-1].number + 1))
        return self._segments[-1]

    def _drop_oldest(self) -> None:
        segment = self._segments.pop(0)
        self._at = self._moved = 0
        # The cursor first: a kill between the two leaves a segment that the next start knows to be moved.
        self._store_cursor(segment.number, segment.size, segment.frames)
        segment.remove()

    def _undo(self) -> None:
        """A write that failed half-way must not stand before the next one."""
        if not self._segments:
            return
        segment = self._segments[-1]
        if not segment.size:
            self._segments.pop().remove()
            return
        segment.sealed = True
        try:
            segment.cut()
        except OSError as error:
            log.warning("spool %s: cannot cut segment %d: %s", self._folder, segment.number, error)

    def _cut_damage(self, segment: _Segment, at: int, frames: int) -> None:
        """Bytes that were sound once are not any more (the disk): keep a copy for a person, go on after them."""
        copy = segment.keep_copy()
        log.error("spool %s: segment %d is damaged at byte %d, kept as %s", self._folder, segment.number, at, copy.name)
        segment.size, segment.frames = at, frames
        segment.cut()


def _holds_frame(data: bytes) -> bool:
    """At any byte behind the first; at most 1 MiB, a fraction of a second."""
    for at in range(1, len(data) - _FRAME.size):
        length, checksum = _FRAME.unpack_from(data, at)
        end = at + _FRAME.size + length
        if length and end <= len(data) and crc32c(data[at + _FRAME.size : end]) == checksum:
            return True
    return False


def _write_all(file: int, data: bytearray) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(file, view) :]
