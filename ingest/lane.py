"""One partition of a vendor topic on its way to the log: its adapters, their contexts, and what was read last."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from community.model import Position
from community.site import Site
from ingest.adapters import ADAPTERS
from ingest.adapters.base import Adapter
from ingest.copies import Copies
from ingest.mapping.catalogue import CATALOGUE
from store.log import Entry


class Lane:
    """One partition of one vendor topic: its adapters and the message ids seen last."""

    def __init__(self, source: str, sites: Mapping[str, Site], position: str, contexts: dict[str, bytes]) -> None:
        self._source = source
        self._sites = sites
        self._adapters: dict[str, Adapter] = {}
        self._copies = Copies()
        self._begun_at = Position.parse(position).offset if position else -1
        self.contexts = contexts
        """Community -> the adapter's context as it is stored."""
        self.position = position
        self.stored = position
        """The position as it is stored, for all that is known here."""
        self._version: int | None = None

    def adapter(self, community: str) -> Adapter:
        now = CATALOGUE.version(self._source)
        if now != self._version:  # its mapping is another: none of those remembers anything
            self._version = now
            self._adapters.clear()
        if community not in self._adapters:
            adapter = ADAPTERS[self._source](self._sites[community])
            context = getattr(adapter, "context", None)
            if context is not None and community in self.contexts:
                kept = msgspec.json.decode(self.contexts[community], type=type(context))
                setattr(adapter, "context", kept)  # noqa: B010  not every adapter has one
            self._adapters[community] = adapter
        return self._adapters[community]

    def describe(self, community: str) -> None:
        """Another description of the community is in force: its adapter begins anew, with what it remembers."""
        before = self._adapters.pop(community, None)
        context = getattr(before, "context", None)
        if context is not None:
            setattr(self.adapter(community), "context", context)  # noqa: B010  not every adapter has one

    def forget_stored(self) -> None:
        """Every context counts as changed, also of a community that has not spoken since the start."""
        for community in self.contexts:
            self.adapter(community)
        self.contexts.clear()

    def changed_contexts(self) -> dict[str, bytes]:
        """Those that differ from what is stored: sessions change a few times an hour, meter values always come."""
        changed = {}
        for community, adapter in self._adapters.items():
            context = getattr(adapter, "context", None)
            if context is None:
                continue
            value = msgspec.json.encode(context.lasting() if hasattr(context, "lasting") else context)
            if value != self.contexts.get(community):
                changed[community] = value
        return changed

    def recalls(self, entry: Entry) -> bool:
        """Was it passed on before this lane began? It is read again for its id alone."""
        if entry.position.offset > self._begun_at:
            return False
        self.is_copy(entry)
        return True

    def is_copy(self, entry: Entry) -> bool:
        """Was this message read just before? Both copies carry its id, or their sender's mark."""
        message_id = next((value for name, value in entry.headers if name == "id"), None)
        return message_id is not None and self._copies.is_copy(message_id)
