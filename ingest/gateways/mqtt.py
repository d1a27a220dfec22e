"""MQTT: one client for each connection. A message is acknowledged (QoS 1) only when it is durable.

The session is the broker's (`clean_session` off): what is published while the gateway is away waits there. Neither log
nor spool takes a message: the connection is broken off, and the broker tells it and all behind it again, in order.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import ssl
import threading
from collections import OrderedDict
from concurrent.futures import Future
from typing import Any
from urllib.parse import urlsplit

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from ingest.copies import marked
from ingest.gateways.inlet import Inlet, again, threaded
from ingest.gateways.outlet import ByMqtt, Outlet
from ingest.ways import Mqtt, Way

log = logging.getLogger("shouwang.mqtt")

KEEPALIVE_S = 30
"""Half of it after the last word the broker has to answer a ping: a dead link is found within a minute."""

TURN_S = 0.5
"""How often the reading thread looks whether it is to end."""

REMEMBERED = 1000
"""Durable messages whose acknowledgement the broker may not have seen: it keeps some 20 to 1000 in flight."""


class MqttGate:
    def __init__(self, way: Mqtt, inlet: Inlet) -> None:
        self._way = way
        self._inlet = inlet
        self._session: _Session | None = None
        self._durable: OrderedDict[bytes, None] = OrderedDict()

    @property
    def ways(self) -> list[Way]:
        return [self._way]

    def is_up(self, way: Way) -> bool:
        return self._session is not None and self._session.subscribed

    def outlets(self) -> list[Outlet]:
        by_mqtt = ByMqtt(lambda: self.is_up(self._way), self.publish)
        return [Outlet(self._way, self._inlet, by_mqtt)] if self._way.orders else []

    async def publish(self, topic: str, payload: bytes, within_s: float) -> None:
        """The broker has it when it returns. Raises OSError."""
        session = self._session
        if session is None:
            raise OSError("the broker is not connected")
        await asyncio.to_thread(session.publish, topic, payload, within_s)

    async def run(self) -> None:
        await again(self._once, self._way.id, (OSError,))

    async def _once(self) -> None:
        """One connection. Raises OSError: the broker is not there, refused us, or the link broke."""
        self._session = session = _Session(self._way, self._inlet, self._durable)
        try:
            await threaded(session.read)
        finally:
            self._session = None


class _Session:
    """One connection, read in a thread of its own."""

    def __init__(self, way: Mqtt, inlet: Inlet, durable: OrderedDict[bytes, None]) -> None:
        self._way = way
        self._inlet = inlet
        self._durable = durable
        self.subscribed = False
        self._broken: str = ""
        """Why nothing more of this connection is taken: the broker will say it again."""
        self._client = Client(
            CallbackAPIVersion.VERSION2, client_id=f"shouwang-{way.id}", clean_session=False, manual_ack=True
        )
        if way.user:
            self._client.username_pw_set(way.user, way.password.value if way.password is not None else None)
        if way.url.startswith("mqtts:"):
            self._client.tls_set_context(ssl.create_default_context(cafile=way.ca or None))
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_disconnect = self._on_disconnect
        self._client.on_message = self._on_message

    def read(self, stop: threading.Event) -> None:
        """Until told to stop. Raises OSError when the connection ends."""
        url = urlsplit(self._way.url)
        self._client.connect(url.hostname or "", url.port or (8883 if url.scheme == "mqtts" else 1883), KEEPALIVE_S)
        try:
            while not stop.is_set():
                code = self._client.loop(TURN_S)
                if self._broken:
                    raise OSError(self._broken)
                if code != MQTTErrorCode.MQTT_ERR_SUCCESS:
                    raise OSError(f"the connection to {url.hostname} ended: {code.name}")
        finally:
            self.subscribed = False
            self._client.disconnect()
            self._client.loop_misc()

    def publish(self, topic: str, payload: bytes, within_s: float) -> None:
        """Raises OSError."""
        try:
            told = self._client.publish(topic, payload, qos=1)
            told.wait_for_publish(within_s)
        except (ValueError, RuntimeError) as error:
            raise OSError(f"not published: {error}") from error
        if not told.is_published():
            raise OSError(f"the broker has not confirmed it within {within_s:.0f} s")

    def _on_connect(
        self, client: Client, _: Any, flags: ConnectFlags, reason: ReasonCode, properties: Properties | None
    ) -> None:
        if reason.is_failure:
            self._broken = f"the broker refuses us: {reason}"
            return
        client.subscribe([(topic, 1) for topic in self._way.topics])

    def _on_subscribe(
        self, client: Client, _: Any, mid: int, reasons: list[ReasonCode], properties: Properties | None
    ) -> None:
        refused = [topic for topic, said in zip(self._way.topics, reasons, strict=False) if said.is_failure]
        if refused:
            self._broken = f"the broker refuses to tell us {', '.join(refused)}"
            return
        self.subscribed = True
        log.info("%s: subscribed to %s", self._way.id, ", ".join(self._way.topics))

    def _on_disconnect(
        self, client: Client, _: Any, flags: DisconnectFlags, reason: ReasonCode, properties: Properties | None
    ) -> None:
        self.subscribed = False

    def _on_message(self, client: Client, _: Any, message: MQTTMessage) -> None:
        if self._broken:
            return
        mark = _mark(message)
        if message.dup and mark in self._durable:  # it has not seen our acknowledgement
            client.ack(message.mid, message.qos)
            return
        try:
            taken = self._inlet.submit(
                message.payload,
                key=message.topic,
                topic=message.topic,
                mark=marked(mark, again=message.dup) if message.qos else "",
                **({"retained": True} if message.retain else {}),
            )
        except OSError as error:
            self._broken = str(error)
            return
        taken.add_done_callback(lambda done: self._settled(done, message, mark))

    def _settled(self, done: Future[None], message: MQTTMessage, mark: bytes) -> None:
        """In the intake's thread, in the order in which the messages came."""
        if done.exception() is not None:
            self._broken = self._broken or str(done.exception())
        if self._broken:
            return
        if message.qos:
            self._durable[mark] = None
            while len(self._durable) > REMEMBERED:
                self._durable.popitem(last=False)
        self._client.ack(message.mid, message.qos)


def _mark(message: MQTTMessage) -> bytes:
    said = b"%d\0%b\0%b" % (message.mid, message.topic.encode(), message.payload)
    return hashlib.blake2b(said, digest_size=16).digest()
