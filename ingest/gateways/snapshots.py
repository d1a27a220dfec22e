"""Pictures on demand from cameras and recorders that are called: one GET with the connection's login, the picture into
the blob store, its hash as `camera.picture` into the log. Who gave it, and how to log in, no page ever learns.
"""

from __future__ import annotations

import asyncio
import logging
import time
from urllib.parse import quote

from community.pictures import picture_type
from ingest.actions import Order
from ingest.gateways.caller import AWAY, client_of
from ingest.gateways.inlet import Inlet
from ingest.gateways.templates import filled, values_of
from ingest.ways import Called

log = logging.getLogger("shouwang.orders")

SNAPSHOT = "camera.snapshot"
PICTURE_BYTES = 8 * 1024 * 1024
"""A camera of 8 megapixels sends 2 to 4 MB."""


class NoPicture(OSError):
    """What came is none, or is too large."""


class Snapshots:
    """A handler of orders (ingest.actions.Handler): the pictures of one connection."""

    def __init__(self, way: Called, inlet: Inlet) -> None:
        self._way = way
        self._inlet = inlet

    def concerns(self, order: Order) -> bool:
        values = values_of(order, self._way.source) if order.type == SNAPSHOT else None
        ours = values is not None and values["device"] == self._way.device
        return ours and order.community == self._way.community and bool(self._way.pictures)

    def ready(self, order: Order) -> bool:
        return True

    async def carry_out(self, order: Order) -> None:
        try:
            content = await self._fetch(order)
            hash_ = await asyncio.to_thread(self._inlet.keep_blob, content)
            facts = {"hash": hash_, "content_type": picture_type(content), "size_bytes": len(content)}
            await self._inlet.tell("camera.picture", order.subject, facts, f"{self._way.id}/picture/{order.id}")
        except AWAY as error:
            log.warning("order %s: no picture of %s: %s", order.id, order.subject, str(error) or type(error).__name__)

    async def _fetch(self, order: Order) -> bytes:
        """Raises httpx.HTTPError, OSError."""
        values = values_of(order, self._way.source)
        assert values is not None
        path = filled(self._way.pictures, values, lambda value: quote(value, safe=""))
        within_s = max(1.0, order.expires_ms / 1000 - time.time())
        content = b""
        async with asyncio.timeout(within_s), client_of(self._way) as client, client.stream("GET", path) as answer:
            answer.raise_for_status()
            async for chunk in answer.aiter_bytes():
                content += chunk
                if len(content) > PICTURE_BYTES:
                    raise NoPicture(f"more than {PICTURE_BYTES} bytes")
        if picture_type(content) is None:
            raise NoPicture(f"{answer.headers.get('content-type')} is no picture")
        return content
