"""What may be said of each way in: a struct for each `way` of the file CONNECTIONS (connections.py reads it)."""

from __future__ import annotations

import ssl
from typing import Annotated, Any, Literal

import msgspec

from ingest.credentials import Secret
from ingest.mapping.places import parse

Id = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}\Z")]
Some = Annotated[str, msgspec.Meta(min_length=1)]
Listen = Annotated[str, msgspec.Meta(pattern=r"^(\[[0-9a-fA-F:]+\]|[\w.-]+):[0-9]{1,5}\Z")]
HttpUrl = Annotated[str, msgspec.Meta(pattern=r"^https?://[^/@\s]+\Z")]
Seconds = Annotated[float, msgspec.Meta(ge=0, le=86400)]
Word = Annotated[str, msgspec.Meta(pattern=r"^\w{1,60}\Z")]
MqttUrl = Annotated[str, msgspec.Meta(pattern=r"^mqtts?://[^/@\s]+\Z")]


def address(listen: str) -> tuple[str, int]:
    host, _, port = listen.rpartition(":")
    return host.strip("[]"), int(port)


class Way(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="way"):
    """`source` is the adapter that reads the payloads, `feed` the site's source whose heartbeat the way keeps alive
    (the same name where nothing is said), `community` whose it is (where there is only one: that one)."""

    id: Id
    source: Some
    feed: str = ""
    community: str = ""
    unmapped: bool = False
    """Nothing reads the source yet: its payloads wait in their topic for a mapping."""


class MqttOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`{names}` of templates.py are filled in; the payload is written as JSON."""

    topic: Some
    payload: Any

    @property
    def body(self) -> Any:
        return self.payload


class HttpOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """At most one of `payload` (JSON), `form` and `xml`; either a token or a user."""

    url: Annotated[str, msgspec.Meta(pattern=r"^https?://[^/@\s{}]+/")]
    payload: Any = None
    form: dict[str, str] | None = None
    """Fields of a form, as a page sends them."""
    xml: str = ""
    """A document, in which what is filled in stays text."""
    method: Literal["POST", "PUT", "GET"] = "POST"
    token: Secret | None = None
    """Sent as `Authorization: Bearer`."""
    user: str = ""
    """By digest, or by Basic where nothing else is offered."""
    password: Secret | None = None
    ca: str = ""
    """A file of certificates, where the server's is not signed by one that the system knows."""
    answers: bool = False
    """What the 2xx says is the device's own word: the connection's mapping reads it like all that the device sends."""

    def __post_init__(self) -> None:
        if sum(said is not None for said in (self.payload, self.form, self.xml or None)) > 1:
            raise ValueError("an order has one body: payload, form or xml")
        if self.token is not None and self.user:
            raise ValueError("an order has a token or a user, not both")
        if (self.password is None) != (not self.user):
            raise ValueError("a user has a password")

    @property
    def body(self) -> Any:
        """Of which kind it is `ByHttp` knows."""
        return self.xml or self.form or self.payload


class Mqtt(Way, frozen=True, tag="mqtt"):
    url: MqttUrl
    topics: Annotated[tuple[Some, ...], msgspec.Meta(min_length=1)]
    user: str = ""
    password: Secret | None = None
    ca: str = ""
    """A file of certificates, where the broker's is not signed by one that the system knows."""
    orders: dict[str, MqttOrder] = {}
    """Type of an order (community/actions.py) -> how this vendor is told."""


class Http(Way, frozen=True, tag="http"):
    """`POST /intake/<source>` with the token; entries with the same `listen` share a server."""

    token: Secret
    listen: Listen = "127.0.0.1:8052"
    device: str = ""
    """The sender, where its payloads do not name it."""
    per_minute: Annotated[int, msgspec.Meta(ge=1)] = 1200
    largest_bytes: Annotated[int, msgspec.Meta(ge=1, le=16 * 1024 * 1024)] = 4 * 1024 * 1024
    orders: dict[str, HttpOrder] = {}


class Called(Way, frozen=True):
    """A device that waits to be asked. `device` is the sender's name in the site's vendor ids."""

    url: HttpUrl
    device: Some
    user: str = ""
    password: Secret | None = None
    ca: str = ""
    pictures: str = ""
    """Where a channel shows a picture now, from the root of `url`; `{place}` is the channel. Empty: nowhere."""
    video: str = ""
    """Where it shows them without an end, as MJPEG (multipart/x-mixed-replace). No default: a channel has to be set to
    it first, and a button that leads nowhere is worse than none."""


class Isapi(Called, frozen=True, tag="isapi"):
    source: Some = "isapi"
    pictures: str = "/ISAPI/Streaming/channels/{place}01/picture"
    poll_s: Seconds = 60
    """How often the state of every channel is asked for; 0: never."""


class Dahua(Called, frozen=True, tag="dahua"):
    source: Some = "dahua"
    pictures: str = "/cgi-bin/snapshot.cgi?channel={place}"
    poll_s: Seconds = 60
    codes: tuple[Word, ...] = ("All",)


class Onvif(Called, frozen=True, tag="onvif"):
    source: Some = "onvif"
    path: str = "/onvif/event_service"


class Gb28181(Way, frozen=True, kw_only=True, tag="gb28181"):
    """Devices register here: `server` is our 20-digit id, `realm` our domain, `password` what devices are given."""

    source: Some = "gb28181"
    listen: Listen = "127.0.0.1:5060"
    server: Annotated[str, msgspec.Meta(pattern=r"^\d{20}\Z")]
    realm: Annotated[str, msgspec.Meta(pattern=r"^[\w.-]{1,60}\Z")]
    password: Secret
    poll_s: Seconds = 60
    """How often each is asked for its channels; 0: never."""
    arm: bool = False
    """Some devices tell alarms only when they were armed (SetGuard)."""
    subscribe: tuple[Literal["Catalog", "Alarm"], ...] = ()
    """What a device is to tell by itself as soon as it changes (SUBSCRIBE); without it channels are polled."""


class Ocpp(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="way", tag="ocpp"):
    """Another address of the charge points' central system, beside the one of this machine (OCPP_PORT): with passwords,
    and with TLS where a certificate is named (OCPP's security profiles 1 and 2)."""

    id: Id
    listen: Listen
    passwords: Secret
    """A table in YAML or JSON: charge point -> password."""
    certificate: str = ""
    key: str = ""

    @property
    def table(self) -> dict[str, str]:
        """Raises ValueError."""
        told = parse(self.passwords.value, "passwords").plain()
        if not isinstance(told, dict) or not all(isinstance(value, str) and value for value in told.values()):
            raise ValueError("passwords are no table of charge points and quoted passwords")
        return told

    @property
    def tls(self) -> ssl.SSLContext | None:
        """Raises OSError (ssl.SSLError) when certificate or key cannot be used."""
        if not self.certificate:
            return None
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.certificate, self.key or None)
        return context


class Files(Way, frozen=True, tag="files"):
    """A folder into which somebody drops files: CSV, JSON, JSON lines, XML. What was read is moved to `done`."""

    folder: Some
    done: str = ""
    """Else `done` within the folder."""


class Kafka(Way, frozen=True, tag="kafka"):
    """Topics of a Kafka that is not our log's: each record is a payload, or an envelope `{"device", "payload"}`."""

    servers: Some
    topics: Annotated[tuple[Some, ...], msgspec.Meta(min_length=1)]
    group: Some = "shouwang"
    user: str = ""
    password: Secret | None = None
    ca: str = ""
    tls: bool = False


class Point(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One value: which table, at which address (from 0), how it is written, times `scale`. `inverted`: a contact that
    is closed while all is well."""

    table: Literal["coil", "discrete", "holding", "input"]
    address: Annotated[int, msgspec.Meta(ge=0, le=65535)]
    kind: Literal["bit", "int16", "uint16", "int32", "uint32", "float32"] = msgspec.field(name="as", default="bit")
    scale: float = 1.0
    inverted: bool = False


class Slave(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    device: Some
    points: Annotated[dict[str, Point], msgspec.Meta(min_length=1)]
    unit: Annotated[int, msgspec.Meta(ge=0, le=255)] = 1


class Modbus(Way, frozen=True, kw_only=True, tag="modbus"):
    """Modbus TCP: dry contacts and registers, read every `every_s`, told when one changes and every `beat_s`."""

    source: Some = "modbus"
    host: Some
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 502
    devices: Annotated[tuple[Slave, ...], msgspec.Meta(min_length=1)]
    every_s: Annotated[float, msgspec.Meta(ge=0.1, le=3600)] = 1.0
    beat_s: Annotated[float, msgspec.Meta(ge=1, le=3600)] = 60.0


Connection = Files | Kafka | Modbus | Ocpp | Mqtt | Http | Isapi | Dahua | Onvif | Gb28181
"""Every way there is, told by `way`."""
