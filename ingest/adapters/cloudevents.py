"""Records that are canonical already: CloudEvents 1.0 JSON from a system that speaks our types.

A feed may say what devices say. What people decide (commands) and what the house itself writes (its clock, the journal)
never comes this way.
"""

from __future__ import annotations

from typing import Any

import msgspec

from community.model import DEVICE_HEARTBEAT, SOURCE_HEARTBEAT, BadRecord, Position, decode
from community.site import Site
from community.systems import REDUCERS

from .base import Canonical, Names, Payload, Refused, decode_json, when, zone_of

NAME = "cloudevents"

TYPES = frozenset((*REDUCERS, DEVICE_HEARTBEAT, SOURCE_HEARTBEAT))

_PLACE = Position(0, 0, 0)


class CloudEvents:
    name = NAME

    def __init__(self, site: Site | None = None) -> None:
        self._names = Names(NAME, site)
        self._zone = zone_of(site)

    def adapt(self, payload: Payload) -> list[Canonical]:
        body = decode_json(payload.body) if isinstance(payload.body, str) else payload.body
        if not isinstance(body, dict):
            raise Refused(f"no CloudEvents record: {type(body).__name__}")
        type_ = body.get("type")
        if not isinstance(type_, str) or type_ not in TYPES:
            raise Refused(f"type {str(type_)[:60]!r} is none that a feed may say")
        data = self._checked(body)
        subject = self._names.subject(str(body.get("subject") or "") or payload.device)
        if not subject:
            raise Refused("the record has no subject")
        notes: list[str] = []
        time_ms = when(body.get("time"), payload, self._zone, notes)
        return [Canonical(type_, subject, time_ms, data | ({"notes": notes} if notes else {}))]

    def _checked(self, body: dict[str, Any]) -> dict[str, Any]:
        """The data, once the log's own reader and the type's reducer have taken the record. Raises Refused."""
        try:
            line = msgspec.json.encode({**body, "community": body.get("community") or "-"})
            record = decode(line, position=_PLACE, appended_ms=0)
            if record.type in REDUCERS:
                REDUCERS[record.type][1].reduce(record)
        except (BadRecord, TypeError, OverflowError, UnicodeError, RecursionError) as error:
            raise Refused(str(error)[:300]) from error
        return record.data
