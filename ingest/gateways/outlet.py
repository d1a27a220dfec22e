"""Orders to devices through a connection: what is sent is recorded first, and so is what was said to it.

That an order was taken (the broker's PUBACK, a 2xx) is not its effect: done is what the device itself reports.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol, runtime_checkable
from urllib.parse import quote, urlencode
from xml.sax.saxutils import escape

import msgspec

from ingest.actions import Handler, Order
from ingest.gateways.inlet import Inlet
from ingest.gateways.templates import filled, values_of
from ingest.ways import Http, HttpOrder, Mqtt, MqttOrder
from store.blobs import BlobMissing

log = logging.getLogger("shouwang.orders")

ANSWER_S = 25.0
"""An order lives 30 s."""


class NotSent(OSError):
    """The order did not reach the vendor; the message says why. It is not sent again."""


class Said(NamedTuple):
    """`words`: what was said to the order, as it is recorded. `answer`: the device's own, where its vendor answers for
    it at once; it takes the way of everything that the device says."""

    words: str
    answer: bytes = b""


class Sends(Protocol):
    """How one kind of connection sends."""

    def is_ready(self) -> bool: ...

    async def send(self, template: Any, values: Mapping[str, str], within_s: float) -> Said:
        """Raises OSError."""
        ...


class Outlet:
    """The orders of one connection."""

    def __init__(self, way: Mqtt | Http, inlet: Inlet, sends: Sends) -> None:
        self._way = way
        self._inlet = inlet
        self._sends = sends

    def concerns(self, order: Order) -> bool:
        return (
            order.type in self._way.orders
            and order.community == self._way.community
            and values_of(order, self._way.source) is not None
        )

    def ready(self, order: Order) -> bool:
        return self._sends.is_ready()

    async def carry_out(self, order: Order) -> None:
        values = values_of(order, self._way.source)
        assert values is not None
        template = self._way.orders[order.type]
        within_s = min(ANSWER_S, order.expires_ms / 1000 - time.time())
        about = {"device": values["device"], "direction": "out", "order": order.id}
        try:
            # recorded with the hash of a broadcast's words, told with the words
            await self._inlet.take(msgspec.json.encode(filled(template.body, values)), **about)
            if values["text"]:
                values["text"] = await asyncio.to_thread(self._inlet.words, values["text"])
            said = await self._sends.send(template, values, max(1.0, within_s))
        except (OSError, ValueError, BlobMissing) as error:
            said = Said(f"not sent: {error}")
        log.info("order %s by %s: %s", order.id, self._way.id, said.words)
        try:
            await self._inlet.take(msgspec.json.encode({"said": said.words}), **about)
            if said.answer:
                await self._inlet.take(said.answer, device=values["device"])
        except OSError as error:
            log.warning("order %s: what was said to it is not recorded: %s", order.id, error)


@runtime_checkable
class Sending(Protocol):
    """A gate through which orders go out as well."""

    def outlets(self) -> Sequence[Handler]: ...


class Outlets:
    """Whoever concerns himself with an order first has it: a device hangs on one connection."""

    def __init__(self, handlers: Sequence[Handler]) -> None:
        self._handlers = handlers

    def _of(self, order: Order) -> Handler | None:
        return next((handler for handler in self._handlers if handler.concerns(order)), None)

    def concerns(self, order: Order) -> bool:
        return self._of(order) is not None

    def ready(self, order: Order) -> bool:
        handler = self._of(order)
        return handler is not None and handler.ready(order)

    async def carry_out(self, order: Order) -> None:
        handler = self._of(order)
        if handler is not None:
            await handler.carry_out(order)


class ByMqtt:
    def __init__(self, is_ready: Callable[[], bool], publish: Callable[[str, bytes, float], Awaitable[None]]) -> None:
        self.is_ready = is_ready
        self._publish = publish

    async def send(self, template: MqttOrder, values: Mapping[str, str], within_s: float) -> Said:
        topic = filled(template.topic, values, _level)
        await self._publish(topic, msgspec.json.encode(filled(template.payload, values)), within_s)
        return Said(f"the broker has it on {topic}")


def _level(value: str) -> str:
    """Part of a topic; what would make it another one is refused."""
    if any(sign in value for sign in "+#\0") or not value:
        raise ValueError(f"{value!r} cannot stand in a topic")
    return value


def body_of(template: HttpOrder, values: Mapping[str, str]) -> tuple[bytes | None, str]:
    """The body and its content type; a value stays one value in each of them. Raises ValueError."""
    if template.xml:
        return filled(template.xml, values, _in_xml).encode(), "application/xml; charset=utf-8"
    if template.form is not None:
        return urlencode(filled(template.form, values)).encode(), "application/x-www-form-urlencoded"
    if template.payload is not None:
        return msgspec.json.encode(filled(template.payload, values)), "application/json"
    return None, ""


def _in_xml(value: str) -> str:
    """As text or within quotes; what no XML can hold is refused."""
    if any(char < " " and char not in "\t\n\r" for char in value):
        raise ValueError(f"{value!r} cannot stand in XML")
    return escape(value, {'"': "&quot;", "'": "&apos;"})


class ByHttp:
    def is_ready(self) -> bool:
        return True

    async def send(self, template: HttpOrder, values: Mapping[str, str], within_s: float) -> Said:
        import httpx  # only an installation that orders by HTTP pays for the client

        from ingest.gateways.caller import Login

        url = filled(template.url, values, lambda value: quote(value, safe=""))
        content, kind = body_of(template, values)
        headers = {"Content-Type": kind} if kind else {}
        if template.token is not None:
            headers["Authorization"] = f"Bearer {template.token.value}"
        login = Login(template.user, template.password.value) if template.password is not None else None
        verify = ssl.create_default_context(cafile=template.ca or None) if url.startswith("https") else True
        try:
            async with asyncio.timeout(within_s), httpx.AsyncClient(trust_env=False, verify=verify) as client:
                answer = await client.request(template.method, url, content=content, headers=headers, auth=login)
        except (httpx.HTTPError, TimeoutError) as error:
            raise NotSent(str(error) or type(error).__name__) from error
        if not answer.is_success:
            raise NotSent(f"answered {answer.status_code}")
        return Said(f"answered {answer.status_code}", answer.content if template.answers else b"")
