"""A Hikvision alert as a plain tree, whether it came as XML of any version or as JSON.

Keys are local names in lower case; a name that repeats becomes a list. DTDs and entities are refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element

from .base import MAX_PAYLOAD_BYTES, Refused, decode_json
from .lenient import flag, text
from .markup import local, root_of

ROOT = "eventnotificationalert"
_OPEN, _CLOSE = "<EventNotificationAlert", "</EventNotificationAlert>"

_DEPTH = 24
"""Nesting of an alert; real ones have up to 7."""

Tree = dict[str, Any]


def alert_tree(body: Any) -> Tree:
    """Raises Refused when it is no EventNotificationAlert."""
    if isinstance(body, str):
        stripped = body.lstrip("\ufeff \t\r\n")
        if stripped.startswith(("{", "[")):
            body = decode_json(stripped)
        else:
            return _from_xml(stripped)
    if not isinstance(body, dict):
        raise Refused(f"no alert: neither XML nor a JSON object, but {type(body).__name__}")
    tree = _lowered(body, 0)
    inner = tree.get(ROOT)
    tree = inner if isinstance(inner, dict) else tree
    if "eventtype" not in tree:
        raise Refused("no alert: the object has no eventType")
    return dict(tree)


CHANNELS = "inputproxychannelstatus"
_CHANNELS_LIMIT = 256


def channel_states(body: Any) -> dict[str, bool] | None:
    """Channel -> is it online, of InputProxyChannelStatusList; a channel that does not say is left out, unknown is not
    offline. None: it is something else. Raises Refused."""
    if not isinstance(body, str) or "InputProxyChannelStatusList" not in body[:400]:
        return None
    found: dict[str, bool] = {}
    for element in root_of(body).iter():
        if _local(element.tag) == CHANNELS and len(found) < _CHANNELS_LIMIT:
            told = {_local(child.tag): (child.text or "").strip() for child in element}
            online = flag(told.get("online"))
            if told.get("id") and online is not None:
                found[told["id"]] = online
    return found


def _from_xml(markup: str) -> Tree:
    if len(markup) > MAX_PAYLOAD_BYTES:
        raise Refused(f"payload of {len(markup)} characters is larger than {MAX_PAYLOAD_BYTES}")
    if not markup.startswith("<"):  # a multipart part with its headers and picture around the XML
        start, end = markup.find(_OPEN), markup.rfind(_CLOSE)
        if start < 0 or end < start:
            raise Refused("no alert: neither XML nor JSON")
        markup = markup[start : end + len(_CLOSE)]
    root = root_of(markup)
    if _local(root.tag) != ROOT:
        raise Refused(f"no alert: the XML is a {text(_local(root.tag))!r}")
    tree = _branch(root, 0)
    if not isinstance(tree, dict) or "eventtype" not in tree:
        raise Refused("no alert: the XML has no eventType")
    return tree


def _branch(element: Element, depth: int) -> Tree | str:
    if depth > _DEPTH:
        raise Refused(f"XML nested deeper than {_DEPTH}")
    if len(element) == 0:
        return (element.text or "").strip()
    tree: Tree = {}
    for child in element:
        name, value = _local(child.tag), _branch(child, depth + 1)
        if name not in tree:
            tree[name] = value
        elif isinstance(tree[name], list):
            tree[name].append(value)
        else:
            tree[name] = [tree[name], value]
    return tree


def _local(tag: Any) -> str:
    return local(tag).lower()


def _lowered(value: Any, depth: int) -> Any:
    if depth > _DEPTH:
        raise Refused(f"JSON nested deeper than {_DEPTH}")
    if isinstance(value, dict):
        return {str(key).lower(): _lowered(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [_lowered(item, depth + 1) for item in value]
    return value


def every(tree: Any, name: str) -> Iterator[Any]:
    """All values under that name, at any depth, in document order; lists are opened."""
    if isinstance(tree, list):
        for item in tree:
            yield from every(item, name)
    elif isinstance(tree, dict):
        for key, value in tree.items():
            if key == name:
                yield from value if isinstance(value, list) else [value]
            else:
                yield from every(value, name)


def said(tree: Any, name: str) -> str:
    """The first text under that name, empty when there is none."""
    return next((word for value in every(tree, name) if (word := text(value))), "")
