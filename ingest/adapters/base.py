"""The contract of every adapter: a vendor payload in; canonical records, a named reason to ignore it, or a refusal out.

Payloads in = mapped + ignored by a named rule + refused; nothing vanishes. An adapter does no I/O and reads no clock:
what it makes depends on the payload and on the context it keeps from earlier payloads, nothing else.

    Refused     the payload can never be mapped (permanent): set it aside with the reason and go on
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import msgspec

from community.model import MAX_RECORD_BYTES, MAX_SUBJECT, encode_event
from community.site import Site

from .lenient import moment_ms, text

MAX_PAYLOAD_BYTES = 4 * 1024 * 1024
"""Alerts come with pictures around them; 4 MiB is twice the largest seen. What is larger is refused unread."""

DEFAULT_ZONE = "Asia/Shanghai"
"""The zone of a clock that names none, where no site says otherwise."""


class Refused(ValueError):
    """This payload can never become a record. Permanent; the message is the reason, for a person."""


class Ignored(msgspec.Struct, frozen=True):
    """No fact for the community's log. `rule` names why, out of a fixed set: `ocpp16.Authorize`.

    `detail` is the vendor's own word where the rule covers many.
    """

    rule: str
    detail: str = ""


class Payload(msgspec.Struct, frozen=True):
    """One message of a vendor, as it came."""

    body: Any
    """dict, list or str (JSON text, XML, plain MQTT text)."""
    device: str = ""
    """The gateway's own name for the sender; may be empty."""
    received_ms: int | None = None
    """When the gateway had it; None when nobody wrote it down."""
    action: str = ""
    """OCPP: the action of a bare request body."""
    message_id: str = ""
    """OCPP: the message id of a bare request body."""
    response: Any = None
    """OCPP: the answer to the request where the gateway already knows it ({"transactionId": 7})."""
    fallback: str = ""
    """Who to name when neither gateway nor payload says: the name of the file."""
    aside: str = ""
    """Why it is no word of a device: `retained` (MQTT: kept by the broker from before, not said now), `order` (what was
    said to the device, and the answer of whoever passed it on)."""


class Canonical(msgspec.Struct):
    """One canonical record before it has an id. `n` counts the records of one payload from 0."""

    type: str
    subject: str
    time_ms: int | None
    data: dict[str, Any]
    n: int = 0
    blob: bytes = b""
    """A picture that `data` names by its hash: whoever takes the record stores it first."""


class Adapter(Protocol):
    name: str

    def adapt(self, payload: Payload) -> list[Canonical] | Ignored:
        """Raises Refused, and nothing else whatever the payload holds."""


class Names:
    """Vendor ids -> device ids of one site. An id that the site does not know stays as it is."""

    def __init__(self, source: str, site: Site | None, key: Callable[[str], str] = str) -> None:
        self._key = key
        known = site.by_vendor.items() if site is not None else ()
        self._ids = {key(vendor_id): device.id for (adapter, vendor_id), device in known if adapter == source}
        self._own = site.by_id if site is not None else {}

    def subject(self, *candidates: str) -> str:
        """The device one of the vendor ids stands for, else the first vendor id that is not empty."""
        for candidate in candidates:
            if found := self._ids.get(self._key(candidate)):
                return found
        for candidate in candidates:
            if candidate in self._own:
                return candidate
        return next((candidate for candidate in candidates if candidate), "")


def zone_of(site: Site | None) -> ZoneInfo:
    """The site's zone. Raises ValueError naming a zone that does not exist."""
    name = site.timezone if site is not None else DEFAULT_ZONE
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"timezone {name!r} is not known here") from error


def numbered(records: list[Canonical]) -> list[Canonical]:
    """The records of one payload, counted."""
    for n, record in enumerate(records):
        record.n = n
    return records


def when(value: object, payload: Payload, zone: ZoneInfo, notes: list[str], *, due: bool = True) -> int | None:
    """The device's time; without one the gateway's; None when neither is known. `notes` says which it was.

    `due=False`: the vendor's message has no time by design, so that taking the gateway's needs no note.
    """
    if value is not None and value != "":
        at_ms, zoned = moment_ms(value, zone)
        if at_ms is not None:
            if not zoned:
                notes.append("time_without_zone")
            return at_ms
        notes.append("time_unreadable")
    if payload.received_ms is None:
        notes.append("time_unknown")
    elif due:
        notes.append("time_from_received")
    return payload.received_ms


_DEVICE_KEYS = ("device", "charge_point", "chargePointId", "charge_point_id", "cp_id", "chargeBoxId", "identity")
_BODY_KEYS = ("payload", "message")
_RECEIVED_KEYS = ("received", "timestamp")
_MESSAGE_ID_KEYS = ("message_id", "messageId", "uniqueId")


def unwrap(value: Any, zone: ZoneInfo, *, fallback: str = "", received_ms: int | None = None) -> Payload:
    """A bare payload or an envelope -> Payload.

    Envelopes: `{"device", "received", "payload"[, "action", "message_id", "response"]}`, a recorded log's
    `{"timestamp", "message"}`, an MQTT line `{"topic", "payload"}` (its body keeps the topic).
    """
    if isinstance(value, bytes):
        value = _text_of(value)
    if not isinstance(value, dict) or not any(key in value for key in _BODY_KEYS):
        return Payload(value, received_ms=received_ms, fallback=fallback)
    body = _first(value, _BODY_KEYS)
    if isinstance(topic := value.get("topic"), str):
        body = {"topic": topic, "payload": body}
    said_ms, _ = moment_ms(_first(value, _RECEIVED_KEYS), zone)
    return Payload(
        body,
        device=text(_first(value, _DEVICE_KEYS)),
        received_ms=said_ms if said_ms is not None else received_ms,
        action=text(value.get("action")),
        message_id=text(_first(value, _MESSAGE_ID_KEYS)),
        response=value.get("response"),
        fallback=fallback,
        aside="retained" if value.get("retained") is True else "order" if value.get("direction") == "out" else "",
    )


def _first(value: Mapping[str, Any], keys: tuple[str, ...]) -> Any:
    return next((value[key] for key in keys if value.get(key) is not None), None)


def _text_of(value: bytes) -> str:
    if len(value) > MAX_PAYLOAD_BYTES:
        raise Refused(f"payload of {len(value)} bytes is larger than {MAX_PAYLOAD_BYTES}")
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        raise Refused(f"not UTF-8 text: byte {error.start}") from error


def decode_json(value: str | bytes) -> Any:
    """JSON text -> value. Raises Refused."""
    if len(value) > MAX_PAYLOAD_BYTES:
        raise Refused(f"payload of {len(value)} bytes is larger than {MAX_PAYLOAD_BYTES}")
    try:
        return msgspec.json.decode(value)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise Refused(f"not JSON: {error}") from error


def record_id(source: str, topic: str, partition: int, offset: int, n: int) -> str:
    """The id from a vendor topic: the same place gives the same id, so a second run changes nothing.

    Where two records of a device have the same time the greater id, compared as text, is the newer: hence the zeros.
    """
    return f"{source}:{topic}:{partition}:{offset:020}:{n:04}"


_OF_THE_POST = ("message_id", "retransmission")
"""What belongs to the posting of a fact, not to the fact: a second posting may differ in it."""


def content_id(source: str, canonical: Canonical, occurrence: int = 0, ordinal: int = 0) -> str:
    """The id of a record made from a file: the same facts give the same id, wherever and whenever they are read.

    A retransmission (equal facts at an equal device time) therefore has the id of the first. `occurrence` tells apart
    equal records that carry no time at all, such as two bare heartbeats. `ordinal` counts the different records of one
    device at one time: it stands first, so that the later one has the greater id.
    """
    data = {name: value for name, value in canonical.data.items() if name not in _OF_THE_POST}
    facts = [canonical.type, canonical.subject, canonical.time_ms, data, occurrence]
    digest = hashlib.sha256(_stable(facts)).hexdigest()
    return f"{source}:{ordinal:06}:{digest[:32]}:{canonical.n:04}"


def _stable(value: Any) -> bytes:
    try:
        return msgspec.json.encode(value, order="deterministic")
    except (TypeError, OverflowError, UnicodeError, RecursionError) as error:
        raise Refused(f"cannot be written down: {error}") from error


def encode(canonical: Canonical, *, id: str, source: str, community: str, received_ms: int | None = None) -> bytes:
    """The record as one line of CloudEvents JSON (no newline). Raises Refused: too large, or no text."""
    try:
        line = encode_event(
            id=id,
            source=source,
            type=canonical.type,
            community=community,
            subject=canonical.subject,
            time_ms=canonical.time_ms,
            received_ms=received_ms,
            data=canonical.data,
        )
    except (TypeError, OverflowError, UnicodeError, RecursionError) as error:
        raise Refused(f"cannot be written down: {error}") from error
    if len(canonical.subject) > MAX_SUBJECT:
        raise Refused(f"its device id has {len(canonical.subject)} characters, more than {MAX_SUBJECT}")
    if len(line) > MAX_RECORD_BYTES:
        raise Refused(f"its record of {len(line)} bytes is larger than {MAX_RECORD_BYTES}")
    return line
