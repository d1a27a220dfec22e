"""Raw records of the log as they came, in gzip files with their positions: what time travel and a recount start from.

A file holds an hour of one partition, a line each record: {"position", "appended_ms", "value"}. It grows by a gzip
member a batch; its length is a column of its row, written in the batch's own transaction. What a killed writer left
behind that length is cut off before the next batch, so a file says neither more nor less than the database.
"""

from __future__ import annotations

import base64
import gzip
import logging
import os
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa

from community.history.days import HOUR_MS
from community.model import Position
from store import keys
from store.log import Entry

from . import HistoryUnavailable, tables
from .database import reaching, reading

_LEVEL, _QUICK = 6, 2
"""Of gzip: what a month keeps is as small as it gets; what has to be there in two minutes is a sixth larger."""

log = logging.getLogger("shouwang.history")


class SegmentDamaged(RuntimeError):
    """A file is missing, or shorter than its row says. Permanent; names the file."""


class Run(NamedTuple):
    """Records of one partition and hour, packed."""

    partition: int
    hour: int
    first: Entry
    last: Entry
    from_ms: int
    until_ms: int
    """Of the log's stamps the least and the greatest: a log whose clock was set back does not hide its records."""
    records: int
    packed: bytes


class Segments:
    def __init__(self, folder: Path, *, sync: bool = True, quick: bool = False) -> None:
        """`sync`: what is written is on the disk before its row is; without it a power cut may leave a damaged file.
        `quick`: in less time rather than in less room."""
        self.folder, self._sync, self._level = folder, sync, _QUICK if quick else _LEVEL
        folder.mkdir(parents=True, exist_ok=True)

    def packed(self, entries: Iterable[Entry]) -> list[Run]:
        """Before the transaction: other writers wait while that runs. Only of the log: the journal has rows; and not of
        what was made without its bytes."""
        runs: dict[tuple[int, int], list[Entry]] = {}
        hours: dict[int, int] = {}
        for entry in entries:
            if entry.topic == keys.LOG and (entry.value or entry.record is None):
                partition = entry.position.partition
                hours[partition] = max(hours.get(partition, 0), entry.appended_ms // HOUR_MS)
                runs.setdefault((partition, hours[partition]), []).append(entry)
        return [_run(partition, hour, run, self._level) for (partition, hour), run in runs.items()]

    def append(self, connection: sa.Connection, runs: Iterable[Run]) -> None:
        """In the caller's transaction."""
        try:
            for run in runs:
                self._append(connection, run)
        except OSError as error:  # no room, or a disk that has gone: as with the database, wait
            raise HistoryUnavailable(f"raw records cannot be written to {self.folder}: {error.strerror}") from error

    def _append(self, connection: sa.Connection, run: Run) -> None:
        table, partition = tables.segment, run.partition
        first, last = run.first.position.token(), run.last.position.token()
        mine = (table.c.partition == partition) & table.c.first.startswith(first.partition(".")[0])
        held = connection.execute(sa.select(table).where(mine).order_by(table.c.first.desc()).limit(1)).first()
        if held is not None and held.last_ms // HOUR_MS < run.hour:
            held = None
        if held is not None and _size(self.folder / held.file) < held.bytes:
            log.error("%s is not as long as it was written; a new file is begun", self.folder / held.file)
            held = None
        name = held.file if held is not None else f"{partition:04d}-{first}.jsonl.gz"
        size = held.bytes if held is not None else 0
        path = self.folder / name
        with path.open("r+b" if path.exists() else "w+b") as file:
            file.truncate(size)
            file.seek(size)
            file.write(run.packed)
            file.flush()
            if self._sync:
                os.fsync(file.fileno())
        values = {"last": last, "last_ms": run.until_ms, "bytes": size + len(run.packed)}
        if held is not None:
            here = (table.c.partition == partition) & (table.c.first == held.first)
            values |= {"first_ms": min(held.first_ms, run.from_ms), "last_ms": max(held.last_ms, run.until_ms)}
            connection.execute(table.update().where(here).values(records=held.records + run.records, **values))
            return
        values |= {"partition": partition, "first": first, "first_ms": run.from_ms, "file": name}
        connection.execute(table.insert().values(records=run.records, **values))

    def sweep(self, engine: sa.Engine, before_ms: int) -> int:
        """Drops segments whose last record the log had before that moment. Returns how many."""
        table = tables.segment
        with reaching(), engine.begin() as connection:
            old = connection.execute(sa.select(table.c.file).where(table.c.last_ms < before_ms)).scalars().all()
            connection.execute(table.delete().where(table.c.last_ms < before_ms))
        for name in old:  # after the commit: a row without its file would be damage, a file without a row is rubbish
            (self.folder / name).unlink(missing_ok=True)
        return len(old)

    def tidy(self, engine: sa.Engine) -> None:
        """At the start: removes files that no row names (killed between the two steps above, or before a commit)."""
        with reaching(), reading(engine).connect() as connection:
            named = set(connection.execute(sa.select(tables.segment.c.file)).scalars())
        for path in self.folder.glob("*.jsonl.gz"):
            if path.name not in named:
                path.unlink()


def _run(partition: int, hour: int, entries: list[Entry], level: int) -> Run:
    packed = gzip.compress(b"".join(map(_line, entries)), level, mtime=0)
    stamps = [entry.appended_ms for entry in entries]
    return Run(partition, hour, entries[0], entries[-1], min(stamps), max(stamps), len(entries), packed)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


class Raw(msgspec.Struct):
    position: str
    appended_ms: int
    key: str = ""
    value: str = ""
    value_base64: str = ""
    headers: list[tuple[str, str]] = []

    def entry(self) -> Entry:
        value = base64.b64decode(self.value_base64) if self.value_base64 else self.value.encode()
        headers = [(name, base64.b64decode(text)) for name, text in self.headers]
        return Entry(keys.LOG, Position.parse(self.position), self.appended_ms, self.key.encode(), value, headers)


def _line(entry: Entry) -> bytes:
    said: dict[str, Any] = {"position": entry.position.token(), "appended_ms": entry.appended_ms}
    if entry.key:
        said["key"] = entry.key.decode("utf-8", "replace")
    try:
        said["value"] = entry.value.decode()
    except UnicodeDecodeError:
        said["value_base64"] = base64.b64encode(entry.value).decode()
    if entry.headers:
        said["headers"] = [(name, base64.b64encode(text).decode()) for name, text in entry.headers]
    return msgspec.json.encode(said) + b"\n"


_decode = msgspec.json.Decoder(Raw).decode


def read_raw(engine: sa.Engine, folder: Path, partition: int, after: str = "", until: str = "~") -> Iterator[Entry]:
    """The records of a partition whose position is above `after` and not above `until`, in order.

    Raises HistoryUnavailable, SegmentDamaged.
    """
    table = tables.segment
    asked = (table.c.partition == partition) & (table.c.last > after) & (table.c.first <= until)
    with reaching(), engine.connect() as connection:
        rows = connection.execute(sa.select(table.c.file, table.c.bytes).where(asked).order_by(table.c.first)).all()
    for row in rows:
        path = folder / row.file
        try:
            with path.open("rb") as file:
                packed = file.read(row.bytes)
        except OSError as error:
            raise SegmentDamaged(f"{path} cannot be read: {error.strerror}") from error
        if len(packed) < row.bytes:
            raise SegmentDamaged(f"{path} is shorter than the {row.bytes} bytes that were written")
        try:
            lines = gzip.decompress(packed).splitlines()
        except (OSError, EOFError, zlib.error) as error:
            raise SegmentDamaged(f"{path} cannot be unpacked: {error}") from error
        for line in lines:
            raw = _decode(line)
            if after < raw.position <= until:
                yield raw.entry()
