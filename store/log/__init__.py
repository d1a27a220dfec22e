"""Source and sink of records: one small interface, two logs (kafka.py, streams.py).

    writer = open_writer(settings);  writer.append(topic, key, value).result()     # durable when it returns
    reader = open_reader(settings, topic, group)
    for entry in reader.poll(timeout_ms): ...

Order holds per key (a community is a key of `community.log`). `poll` returns what follows the reader's position;
the reader never acknowledges by itself: whoever has made the effect durable calls `commit`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import msgspec

from community.model import Position, Record


class LogUnavailable(ConnectionError):
    """The log cannot be reached or did not answer in time. Temporary: wait with backoff, commit nothing."""


class LogMisconfigured(RuntimeError):
    """The log is there but set up so that what it says would be wrong. Permanent; the sentence says how to mend it."""


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One record as the log has it."""

    topic: str
    position: Position
    appended_ms: int
    key: bytes
    value: bytes
    headers: Sequence[tuple[str, bytes]]
    record: Record | None = None
    """Where this process has made it itself. Then nobody has to read `value`, which may be empty where nobody keeps
    it."""
    values: Mapping[str, Any] | None = None
    """What the reducer read from the data of `record`; None: nobody has asked."""


class Appended(Protocol):
    """A pending append."""

    def result(self, timeout_s: float = 10.0) -> Position:
        """Blocks until the log has the record (acks=all / AOF fsync). Raises LogUnavailable."""
        ...


class LogWriter(Protocol):
    def append(
        self,
        topic: str,
        key: str,
        value: bytes,
        *,
        headers: Sequence[tuple[str, bytes]] = (),
        partition: int | None = None,
    ) -> Appended: ...

    def partitions(self, topic: str) -> int:
        """How many partitions the topic has (1 on Streams). Creates the topic where it is missing."""
        ...

    def flush(self, timeout_s: float = 10.0) -> None: ...

    def close(self) -> None: ...


class LogReader(Protocol):
    def poll(self, timeout_ms: int, limit: int = 500) -> Sequence[Entry]: ...

    @property
    def epoch(self) -> int:
        """Of every position this reader gives; see store/log/open.py."""
        ...

    def assigned(self) -> frozenset[int]:
        """Partitions this reader holds now; read it after each poll."""
        ...

    def seek(self, partition: int, after: Position | None, back: int = 0) -> None:
        """Next poll of the partition returns what follows `after` (None: from the oldest kept record), and before that
        the `back` records up to it, as far as they are kept."""
        ...

    def commit(self, positions: Mapping[int, Position]) -> None:
        """The effects up to and including these positions are durable. Cheap to call often (kept back to 0.5 s)."""
        ...

    def lag(self) -> Mapping[int, int]:
        """Records behind the end per partition."""
        ...

    def close(self) -> None: ...
