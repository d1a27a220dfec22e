"""How an installation is connected: the YAML file that CONNECTIONS names, a list of ways in, each fault with its line.

    - way: mqtt
      id: house
      source: zigbee2mqtt
      url: mqtts://broker.example:8883
      user: shouwang
      password: {env: HOUSE_MQTT_PASSWORD}
      topics: ["zigbee2mqtt/#"]

A credential never stands in the file itself: it names a variable of the environment or a file of its own.
"""

from __future__ import annotations

import os
import re
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from community.actions import ACTIONS
from community.site import Site
from ingest.adapters import ADAPTERS
from ingest.gateways.templates import NAMES, PLACED, unknown
from ingest.mapping.catalogue import CATALOGUE
from ingest.mapping.places import At, MappingError, parse

Id = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}\Z")]
Some = Annotated[str, msgspec.Meta(min_length=1)]
Listen = Annotated[str, msgspec.Meta(pattern=r"^(\[[0-9a-fA-F:]+\]|[\w.-]+):[0-9]{1,5}\Z")]
HttpUrl = Annotated[str, msgspec.Meta(pattern=r"^https?://[^/@\s]+\Z")]
Seconds = Annotated[float, msgspec.Meta(ge=0, le=86400)]
Word = Annotated[str, msgspec.Meta(pattern=r"^\w{1,60}\Z")]
MqttUrl = Annotated[str, msgspec.Meta(pattern=r"^mqtts?://[^/@\s]+\Z")]


NEW_SOURCE = re.compile(r"^[a-z][a-z0-9_]{0,39}\Z")
"""It becomes a topic, a folder and the name of a mapping."""


class ConnectionsError(ValueError):
    """The file cannot be used. Permanent; the message names file, line and what is wrong."""


class Secret:
    """A credential: it is never printed."""

    __slots__ = ("value",)

    def __init__(self, value: str) -> None:
        self.value = value

    def __repr__(self) -> str:
        return "Secret(..)"


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


def load(path: Path, sites: Mapping[str, Site], environ: Mapping[str, str] = os.environ) -> list[Connection]:
    """The connections, `feed` and `community` filled in. Raises ConnectionsError: the first fault there is."""
    found, faults = read(path, sites, environ)
    if faults:
        raise ConnectionsError(faults[0])
    return found


def read(
    path: Path, sites: Mapping[str, Site], environ: Mapping[str, str] = os.environ
) -> tuple[list[Connection], list[str]]:
    """The connections that can be used, and what is wrong with the others, each with its line."""
    found: list[Connection] = []
    faults: list[str] = []
    try:
        items = parse(path.read_text("utf-8"), str(path)).items("the file")
    except (OSError, UnicodeDecodeError) as error:
        return [], [f"{path}: cannot be read: {error}"]
    except MappingError as error:
        return [], [str(error)]
    for item in items:
        try:
            connection = _complete(_read(item, path.parent, environ), item, sites)
            _unlike(connection, found, item)
        except MappingError as error:
            faults.append(str(error))
        else:
            found.append(connection)
    return found, faults


def sources_of(path: Path) -> list[str]:
    """The sources that the file names, for those who read what they say: no credential is asked for, and what else is
    wrong in it the gateway says."""
    try:
        items = parse(path.read_text("utf-8"), str(path)).plain()
    except (OSError, UnicodeDecodeError, MappingError):
        return []
    named = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    own = {"isapi", "dahua", "onvif", "gb28181", "modbus"}  # ways that are their source's
    found = (item.get("source") or (item.get("way") if item.get("way") in own else "") for item in named)
    return sorted({source for source in found if source in ADAPTERS})


def _read(item: At, folder: Path, environ: Mapping[str, str]) -> Connection:
    def hook(wanted: type, told: Any) -> Any:
        if wanted is Secret:
            return secret_of(told, folder, environ)
        raise NotImplementedError(wanted)

    try:
        connection: Connection = msgspec.convert(item.plain(), type=Connection, dec_hook=hook)
    except msgspec.ValidationError as error:
        _place(item, str(error)).fail(str(error).partition(" - at `")[0])
    told = {name: getattr(connection, name, "") for name in ("ca", "certificate", "key", "folder", "done")}
    beside: dict[str, Any] = {name: str(folder / path) for name, path in told.items() if path}
    if isinstance(connection, Http):
        beside["orders"] = {
            type_: msgspec.structs.replace(order, ca=str(folder / order.ca)) if order.ca else order
            for type_, order in connection.orders.items()
        }
    return msgspec.structs.replace(connection, **beside)


def secret_of(told: Any, folder: Path, environ: Mapping[str, str]) -> Secret:
    """Raises ValueError."""
    match told:
        case {"env": str(name), **rest} if not rest:
            if not environ.get(name):
                raise ValueError(f"the environment has no {name}")
            return Secret(environ[name])
        case {"file": str(name), **rest} if not rest:
            try:
                value = (folder / name).read_text("utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                raise ValueError(f"the file {name} cannot be read: {error}") from error
            if not value:
                raise ValueError(f"the file {name} is empty")
            return Secret(value)
    raise ValueError("a credential does not stand here: {env: NAME} or {file: NAME} says where it is")


_AT = re.compile(r" - at `\$(?P<path>[^`]*)`")
_UNKNOWN = re.compile(r"unknown field `(?P<name>[^`]+)`")
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")


def _place(item: At, said: str) -> At:
    """Where in the file the fault is that msgspec names by its path."""
    at = _AT.search(said)
    steps: list[str | int] = [name or int(index) for name, index in _STEP.findall(at["path"] if at else "")]
    if unknown := _UNKNOWN.search(said):
        steps.append(unknown["name"])
    for step in steps:
        inner = item.value
        if isinstance(inner, dict) and step in inner:
            item = inner[step]
        elif isinstance(inner, list) and isinstance(step, int) and step < len(inner):
            item = inner[step]
    return item


def _complete(connection: Connection, item: At, sites: Mapping[str, Site]) -> Connection:
    named = item.value
    if isinstance(connection, Ocpp):
        try:
            connection.table  # noqa: B018  read, so that a fault is told now
        except ValueError as error:
            named["passwords"].fail(str(error))
        try:
            connection.tls  # noqa: B018  the same
        except OSError as error:
            named["certificate"].fail(f"certificate and key cannot be used: {error.strerror or error}")
        return connection
    if isinstance(connection, Called) and (name := unknown(connection.pictures)) is not None:
        named["pictures"].fail(f"an order has no {name!r}; it has {', '.join(NAMES)}")
    if isinstance(connection, Called) and (name := unknown(connection.video, PLACED)) is not None:
        named["video"].fail(f"a camera has no {name!r}; it has {', '.join(PLACED)}")
    for type_, order in getattr(connection, "orders", {}).items():
        if type_ not in ACTIONS:
            named["orders"].value[type_].fail(f"nobody orders {type_!r}; there are {', '.join(ACTIONS)}")
        if (name := unknown(msgspec.structs.asdict(order))) is not None:
            named["orders"].value[type_].fail(f"an order has no {name!r}; it has {', '.join(NAMES)}")
        if isinstance(order, HttpOrder) and order.ca:
            try:
                ssl.create_default_context(cafile=order.ca)
            except OSError as error:
                named["orders"].value[type_].fail(f"the certificates of ca cannot be used: {error.strerror or error}")
    if connection.source not in ADAPTERS:
        if why := CATALOGUE.refused.get(connection.source):
            named["source"].fail(f"its mapping is refused: {why}")
        if not connection.unmapped:
            named["source"].fail(
                f"nothing reads {connection.source!r}; there are {', '.join(ADAPTERS)}. "
                "To record what a new vendor says before it has a mapping: `unmapped: true`"
            )
        if not NEW_SOURCE.match(connection.source):
            named["source"].fail("a new source is named in small letters, digits and _")
    if not connection.community and len(sites) > 1:
        item.fail(f"it does not say whose it is; there are {', '.join(sites)}")
    community = connection.community or next(iter(sites))
    if community not in sites:
        named["community"].fail(f"there is no community {community!r}, only {', '.join(sites)}")
    feed = connection.feed or connection.source
    if feed not in sites[community].source_by_id:
        there = ", ".join(sites[community].source_by_id)
        named.get("feed", named.get("source", item)).fail(f"{community} has no source {feed!r}; it has {there}")
    return msgspec.structs.replace(connection, community=community, feed=feed)


def _unlike(connection: Connection, others: list[Connection], item: At) -> None:
    """No two of one name, no two of one token: it would not say whose a payload is."""
    if any(connection.id == other.id for other in others):
        item.value["id"].fail(f"there are two connections {connection.id!r}")
    if isinstance(connection, Http):
        tokens = [(o.listen, o.source, o.token.value) for o in others if isinstance(o, Http)]
        if (connection.listen, connection.source, connection.token.value) in tokens:
            item.value["token"].fail("another connection of this source has the same token")


def address(listen: str) -> tuple[str, int]:
    host, _, port = listen.rpartition(":")
    return host.strip("[]"), int(port)
