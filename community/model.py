"""The canonical record and the live state it folds into.

A record is a CloudEvents 1.0 event. `time` is the device's clock, `received` the log's. All instants inside the
program are integer milliseconds since the Unix epoch, UTC (`*_ms`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Annotated, Any

import msgspec

FOLD_VERSION = 14
"""Raise it when the same log would fold into different bytes; stored beside every state."""

MAX_RECORD_BYTES = 256 * 1024
"""A canonical record carries facts, pictures go to the blob store: 256 KiB is a hundred times the largest we know."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)

Aware = Annotated[datetime, msgspec.Meta(tz=True)]


MAX_SUBJECT = 300
"""Characters of a device id; real ones have 40."""

LAST_MS = 4_102_444_800_000
"""2100-01-01: a clock beyond it, or before 1970, is no clock."""


class BadRecord(ValueError):
    """Bytes that can never become a record. Permanent: set it aside with this reason and go on."""


class Position(msgspec.Struct, frozen=True, order=True, gc=False):
    """Where a record stands in the log. Ordered; `token()` sorts as text exactly as the position does.

    `offset` is Kafka's offset, or for a Redis stream entry `ms-seq` the integer `ms << 20 | seq`.
    """

    epoch: int
    partition: int
    offset: int

    def token(self) -> str:
        return f"{self.epoch:04d}.{self.partition:04d}.{self.offset:020d}"

    @classmethod
    def parse(cls, token: str) -> Position:
        epoch, partition, offset = token.split(".")
        return cls(int(epoch), int(partition), int(offset))


class CloudEvent(msgspec.Struct, omit_defaults=True, gc=False):
    """The wire form (CloudEvents 1.0, JSON format). Unknown attributes are allowed and ignored."""

    specversion: str
    id: str
    source: str
    type: str
    subject: str = ""
    time: Aware | None = None
    community: str = ""
    received: Aware | None = None
    datacontenttype: str = "application/json"
    data: dict[str, Any] = {}


class Record(msgspec.Struct, frozen=True, gc=False):
    """One decoded record with its place in the log.

    `appended_ms` is the log's own time stamp, the community's clock on a `clock: live` site. `received_ms` is what the
    record itself says of its arrival (stamped once, at the gateway), the clock on a `clock: log` site.
    """

    id: str
    source: str
    type: str
    community: str
    subject: str
    time_ms: int
    appended_ms: int
    received_ms: int | None
    position: str
    data: dict[str, Any]


_decode_event = msgspec.json.Decoder(CloudEvent).decode


def to_ms(moment: datetime) -> int:
    """Milliseconds since the epoch of an aware datetime, exact (no float on the way)."""
    return (moment - _EPOCH) // _MS


def to_rfc3339(ms: int) -> str:
    """`2026-03-12T13:14:36.000Z`."""
    second, rest_ms = divmod(ms, 1000)
    return f"{_second(second)}.{rest_ms:03d}Z"


@lru_cache(4096)
def _second(since_epoch: int) -> str:
    """What is told comes by the second, and twice: when it was so, and when it arrived."""
    return (_EPOCH + timedelta(seconds=since_epoch)).isoformat()[: len("2026-03-12T13:14:36")]


def decode(
    value: bytes,
    *,
    position: Position,
    appended_ms: int,
    headers: Iterable[tuple[str, bytes]] = (),
) -> Record:
    """Bytes from the log -> Record. Structured JSON, or Kafka's binary mode (`ce_*` headers, data as the value).

    Raises BadRecord with a reason a person can act on.
    """
    if len(value) > MAX_RECORD_BYTES:
        raise BadRecord(f"record of {len(value)} bytes is larger than {MAX_RECORD_BYTES}")
    try:
        event = _from_binary_mode(value, headers) if headers else None
        if event is None:
            event = _decode_event(value)
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise BadRecord(f"not a CloudEvents 1.0 JSON record: {error}") from error
    if event.specversion != "1.0":
        raise BadRecord(f"specversion {event.specversion!r} is not 1.0")
    if not event.id or not event.type or not event.source:
        raise BadRecord("id, type and source must not be empty")
    if event.type != TICK and not event.community:
        raise BadRecord("no community")
    if len(event.subject) > MAX_SUBJECT:
        raise BadRecord(f"a subject of {len(event.subject)} characters")
    received_ms = to_ms(event.received) if event.received is not None else None
    if received_ms is not None and not 0 <= received_ms <= LAST_MS:
        raise BadRecord(f"received {event.received} is no time at which a gateway can have had it")
    # A device's own clock may be absurd; what it says is kept all the same, and its clock is noticed.
    time_ms = min(LAST_MS, max(0, to_ms(event.time))) if event.time is not None else appended_ms
    return Record(
        event.id,
        event.source,
        event.type,
        event.community,
        event.subject,
        time_ms,
        appended_ms,
        received_ms,
        position.token(),
        event.data,
    )


def _from_binary_mode(value: bytes, headers: Iterable[tuple[str, bytes]]) -> CloudEvent | None:
    attributes: dict[str, Any] = {k[3:]: v.decode() for k, v in headers if k.startswith("ce_")}
    if "specversion" not in attributes:
        return None
    attributes["data"] = msgspec.json.decode(value) if value else {}
    return msgspec.convert(attributes, CloudEvent, strict=False)


def encode_event(
    *,
    id: str,
    source: str,
    type: str,
    community: str = "",
    subject: str = "",
    time_ms: int | None = None,
    received_ms: int | None = None,
    data: Mapping[str, Any] | None = None,
) -> bytes:
    """A canonical record as one line of JSON (no newline)."""
    event: dict[str, Any] = {"specversion": "1.0", "id": id, "source": source, "type": type}
    if subject:
        event["subject"] = subject
    if time_ms is not None:
        event["time"] = to_rfc3339(time_ms)
    if community:
        event["community"] = community
    if received_ms is not None:
        event["received"] = to_rfc3339(received_ms)
    event["datacontenttype"] = "application/json"
    event["data"] = dict(data or {})
    return msgspec.json.encode(event)


# The record types that do not belong to one system. A system's own types stand in its file.
TICK = "clock.tick"
SOURCE_HEARTBEAT = "source.heartbeat"
SOURCE_LETTERS = "source.letters"
DEVICE_HEARTBEAT = "device.heartbeat"
SITE_DESCRIBED = "site.described"
DEMO_PAST = "demo.past"
COMMAND = "command."
"""How the type of every record begins that is somebody's order."""

COMMAND_ACKNOWLEDGE = "command.alarm.acknowledge"
COMMAND_TAKE = "command.alarm.take"
COMMAND_ASSIGN = "command.alarm.assign"
COMMAND_COMMENT = "command.alarm.comment"
COMMAND_CLOSE = "command.alarm.close"
COMMAND_RESET = "command.alarm.reset"
COMMAND_SHELVE = "command.alarm.shelve"
COMMAND_UNSHELVE = "command.alarm.unshelve"
COMMAND_OUT_OF_SERVICE = "command.device.out_of_service"
COMMAND_RETURN_TO_SERVICE = "command.device.return_to_service"
COMMAND_REMOTE_STOP = "command.charging.remote_stop"
COMMAND_MOVE_ORDER = "command.order.move"
