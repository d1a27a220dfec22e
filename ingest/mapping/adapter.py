"""A compiled mapping at work: the adapter of a vendor that is data."""

from __future__ import annotations

from typing import Any

from community.site import Site
from ingest.adapters.base import Canonical, Ignored, Names, Payload, Refused, numbered, when, zone_of
from ingest.adapters.lenient import text

from .document import ANY, Mapping, RecordSpec
from .expressions import truthy

ITEMS_LIMIT = 1000
"""Entries of one payload that become records; a gateway's list of its devices has some hundred."""


def body_and_topic(body: Any) -> tuple[Any, str]:
    """An MQTT line `{"topic", "payload"}` -> what was published, and where."""
    if isinstance(body, dict) and body.keys() == {"topic", "payload"}:
        return body["payload"], text(body["topic"])
    return body, ""


class Mapped:
    """The adapter of a vendor that is data. Pure: what comes out depends on the payload and the site alone."""

    def __init__(self, mapping: Mapping, site: Site | None = None) -> None:
        self.name = mapping.source
        self.mapping = mapping
        self._names = Names(mapping.source, site, mapping.key)
        self._zone = zone_of(site)

    def adapt(self, payload: Payload) -> list[Canonical] | Ignored:
        body, topic = body_and_topic(payload.body)
        return self.adapt_tree(self.mapping.read(body), payload, topic)

    def adapt_tree(self, tree: Any, payload: Payload, topic: str = "") -> list[Canonical] | Ignored:
        """The part behind the reading: `tree` is what expressions call `body`."""
        mapping = self.mapping
        scope = {"body": tree, "device": payload.device, "file": payload.fallback, "topic": topic}
        noted: list[str] = []
        for name, let in mapping.lets:
            scope[name] = let(scope, noted)
        for condition in mapping.ignore:
            if truthy(condition.when(scope)):
                return Ignored(condition.name, text(condition.detail(scope)) if condition.detail is not None else "")
        mapping.columns.ask(tree)
        for condition in mapping.refuse:
            if truthy(condition.when(scope)):
                said = text(condition.detail(scope)) if condition.detail is not None else ""
                raise Refused(f"{condition.name}: {said}" if said else condition.name)
        records = self._records(mapping.records, scope, payload, noted)
        if not records:
            records = self._records(mapping.otherwise, scope, payload, noted)
        if not records:
            if mapping.otherwise_ignored:
                return Ignored(mapping.otherwise_ignored)
            raise Refused("no record of the mapping fits this payload")
        return numbered(records)

    def _records(
        self, specs: tuple[RecordSpec, ...], scope: dict[str, Any], payload: Payload, noted: list[str]
    ) -> list[Canonical]:
        records: list[Canonical] = []
        for spec in specs:
            if spec.each is None:
                self._one(spec, scope, payload, noted, records)
                continue
            items = spec.each(scope)
            items = items if isinstance(items, list) else [] if items is None else [items]
            if len(items) > ITEMS_LIMIT:
                raise Refused(f"{len(items)} entries in one payload, more than {ITEMS_LIMIT}")
            for place, item in enumerate(items):
                self._one(spec, {**scope, "item": item, "place": place}, payload, noted, records)
        return records

    def _one(
        self, spec: RecordSpec, scope: dict[str, Any], payload: Payload, noted: list[str], records: list[Canonical]
    ) -> None:
        notes = list(noted)
        if spec.lets:
            scope = dict(scope)
            for name, let in spec.lets:
                scope[name] = let(scope, notes)
        if spec.when is not None and not truthy(spec.when(scope)):
            return
        data: dict[str, Any] = {}
        for name, field in spec.data:
            value = field(scope, notes)
            if value is not None:
                data[name] = value
        if any(need not in data and (need != ANY or not data) for need in spec.needs):
            return
        subject = self._names.subject(*[candidate(scope) for candidate in spec.subjects])
        if not subject:
            raise Refused("the payload names no device")
        moment = spec.time(scope, notes) if spec.time is not None else None
        time_ms = when(moment, payload, self._zone, notes, due=spec.time is not None)
        if notes:
            data["notes"] = list(dict.fromkeys(notes))
        records.append(Canonical(spec.type, subject, time_ms, data))
