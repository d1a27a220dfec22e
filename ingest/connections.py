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
from typing import Any

import msgspec

from community.actions import ACTIONS
from community.site import Site
from ingest.adapters import ADAPTERS
from ingest.credentials import Secret, secret_of
from ingest.gateways.templates import NAMES, PLACED, unknown
from ingest.mapping.catalogue import CATALOGUE
from ingest.mapping.places import At, MappingError, parse
from ingest.ways import Called, Connection, Http, HttpOrder, MqttOrder, Ocpp, Way

NEW_SOURCE = re.compile(r"^[a-z][a-z0-9_]{0,39}\Z")
"""It becomes a topic, a folder and the name of a mapping."""


class ConnectionsError(ValueError):
    """The file cannot be used. Permanent; the message names file, line and what is wrong."""


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


_AT = re.compile(r" - at `\$(?P<path>[^`]*)`")
_UNKNOWN = re.compile(r"unknown field `(?P<name>[^`]+)`")
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")


def _place(item: At, said: str) -> At:
    """Where in the file the fault is that msgspec names by its path."""
    at = _AT.search(said)
    steps: list[str | int] = [name or int(index) for name, index in _STEP.findall(at["path"] if at else "")]
    if added := _UNKNOWN.search(said):
        steps.append(added["name"])
    for step in steps:
        inner = item.value
        if isinstance(inner, dict) and step in inner:
            item = inner[step]
        elif isinstance(inner, list) and isinstance(step, int) and step < len(inner):
            item = inner[step]
    return item


def _complete(connection: Connection, item: At, sites: Mapping[str, Site]) -> Connection:
    """With what is not said filled in. Raises MappingError at whatever cannot be used."""
    if isinstance(connection, Ocpp):
        _certified(connection, item.value)
        return connection
    if isinstance(connection, Called):
        _templates(connection, item.value)
    for type_, order in getattr(connection, "orders", {}).items():
        _order(type_, order, item.value["orders"].value[type_])
    if connection.source not in ADAPTERS:
        _unread(connection, item.value["source"])
    community, feed = _whose(connection, item, sites)
    return msgspec.structs.replace(connection, community=community, feed=feed)


def _certified(connection: Ocpp, named: Mapping[str, At]) -> None:
    """Reads the files that it names, so that a fault is told now."""
    try:
        _ = connection.table
    except ValueError as error:
        named["passwords"].fail(str(error))
    try:
        _ = connection.tls
    except OSError as error:
        named["certificate"].fail(f"certificate and key cannot be used: {error.strerror or error}")


def _templates(connection: Called, named: Mapping[str, At]) -> None:
    if (name := unknown(connection.pictures)) is not None:
        named["pictures"].fail(f"an order has no {name!r}; it has {', '.join(NAMES)}")
    if (name := unknown(connection.video, PLACED)) is not None:
        named["video"].fail(f"a camera has no {name!r}; it has {', '.join(PLACED)}")


def _order(type_: str, order: MqttOrder | HttpOrder, at: At) -> None:
    if type_ not in ACTIONS:
        at.fail(f"nobody orders {type_!r}; there are {', '.join(ACTIONS)}")
    if (name := unknown(msgspec.structs.asdict(order))) is not None:
        at.fail(f"an order has no {name!r}; it has {', '.join(NAMES)}")
    if isinstance(order, HttpOrder) and order.ca:
        try:
            ssl.create_default_context(cafile=order.ca)
        except OSError as error:
            at.fail(f"the certificates of ca cannot be used: {error.strerror or error}")


def _unread(connection: Way, at: At) -> None:
    """Nothing reads its source, which is in order only where it is said."""
    if why := CATALOGUE.refused.get(connection.source):
        at.fail(f"its mapping is refused: {why}")
    if not connection.unmapped:
        at.fail(
            f"nothing reads {connection.source!r}; there are {', '.join(ADAPTERS)}. "
            "To record what a new vendor says before it has a mapping: `unmapped: true`"
        )
    if not NEW_SOURCE.match(connection.source):
        at.fail("a new source is named in small letters, digits and _")


def _whose(connection: Way, item: At, sites: Mapping[str, Site]) -> tuple[str, str]:
    """Community and feed."""
    named = item.value
    if not connection.community and len(sites) > 1:
        item.fail(f"it does not say whose it is; there are {', '.join(sites)}")
    community = connection.community or next(iter(sites))
    if community not in sites:
        named["community"].fail(f"there is no community {community!r}, only {', '.join(sites)}")
    feed = connection.feed or connection.source
    if feed not in sites[community].source_by_id:
        there = ", ".join(sites[community].source_by_id)
        named.get("feed", named.get("source", item)).fail(f"{community} has no source {feed!r}; it has {there}")
    return community, feed


def _unlike(connection: Connection, others: list[Connection], item: At) -> None:
    """No two of one name, no two of one token: it would not say whose a payload is."""
    if any(connection.id == other.id for other in others):
        item.value["id"].fail(f"there are two connections {connection.id!r}")
    if isinstance(connection, Http):
        tokens = [(o.listen, o.source, o.token.value) for o in others if isinstance(o, Http)]
        if (connection.listen, connection.source, connection.token.value) in tokens:
            item.value["token"].fail("another connection of this source has the same token")
