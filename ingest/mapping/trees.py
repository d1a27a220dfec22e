"""What a mapping looks into: JSON as it is, XML as a tree, a line of text as its named parts."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any
from xml.etree.ElementTree import Element

from ingest.adapters.base import MAX_PAYLOAD_BYTES, Refused, decode_json
from ingest.adapters.lenient import text
from ingest.adapters.markup import XML_DEPTH, local, root_of

from .places import At

Read = Callable[[Any], Any]
"""Body of a payload -> what expressions call `body`. Raises Refused."""

FORMATS = ("json", "xml", "csv", "text")

_OBJECT = json.JSONDecoder()


def reader(format: str, options: At | None) -> Read:
    """Raises MappingError for options that the format has not."""
    if format == "xml":
        named = options.table("xml", allowed=("lists", "pairs")) if options is not None else {}
        lists = (
            frozenset(at.text("a name of lists") for at in named["lists"].items("lists")) if "lists" in named else ()
        )
        pairs: dict[str, tuple[str, str]] = {}
        for name, at in named["pairs"].table("pairs").items() if "pairs" in named else ():
            both = [inner.text("a name of pairs") for inner in at.items("the names of a pair")]
            if len(both) != 2:
                at.fail("a pair is [name of the key, name of the value]")
            pairs[name] = (both[0], both[1])
        return lambda body: _xml(body, frozenset(lists), pairs)
    if format == "text":
        return _text_reader(options)
    return _json


def _json(body: Any) -> Any:
    if isinstance(body, str):
        stripped = body.lstrip("\ufeff \t\r\n")
        return decode_json(stripped) if stripped.startswith(("{", "[")) else text(body)
    return body


def _text_reader(options: At | None) -> Read:
    if options is None:
        raise AssertionError("the document asks for it")
    named = options.table("text", required=("pattern",), allowed=("json",))
    written = named["pattern"].text("pattern")
    try:
        pattern = re.compile(written)
    except (re.error, RecursionError) as error:
        named["pattern"].fail(f"no regular expression: {error}")
    if not pattern.groupindex:
        named["pattern"].fail("no part of the pattern has a name: (?P<name>..)")
    decoded = [at.text("a part") for at in named["json"].items("json")] if "json" in named else []
    for part in decoded:
        if part not in pattern.groupindex:
            named["json"].fail(f"{part!r} is no part of the pattern")

    def read(body: Any) -> Any:
        if isinstance(body, dict):  # the same vendor's answer to a question
            return body
        if not isinstance(body, str):
            raise Refused(f"not a text: {type(body).__name__}")
        if len(body) > MAX_PAYLOAD_BYTES:
            raise Refused(f"payload of {len(body)} characters is larger than {MAX_PAYLOAD_BYTES}")
        match = pattern.search(body)
        if match is None:
            raise Refused(f"not the text that is due: {text(body, 60)!r}")
        parts: dict[str, Any] = match.groupdict()
        for part in decoded:
            parts[part] = _leading_json(parts[part])
        return parts

    return read


def _leading_json(written: str | None) -> Any:
    """The JSON at the beginning of a part; devices write blanks and half a line behind it. None: there is none."""
    try:
        return _OBJECT.raw_decode((written or "").strip())[0]
    except (ValueError, RecursionError):
        return None


def _xml(body: Any, lists: frozenset[str], pairs: Mapping[str, tuple[str, str]]) -> Any:
    if not isinstance(body, str):
        raise Refused(f"not XML: {type(body).__name__}")
    root = root_of(body)
    return {local(root.tag): _branch(root, lists, pairs, 0)}


def _branch(element: Element, lists: frozenset[str], pairs: Mapping[str, tuple[str, str]], depth: int) -> Any:
    """A leaf without attributes is its text; else a table of attributes, children by local name, and `text`.

    A child that repeats, or is named in `lists`, is a list. A child named in `pairs` is a table: `pairs: {SimpleItem:
    [Name, Value]}` makes `<SimpleItem Name="a" Value="1"/>` to `SimpleItem: {a: "1"}`.
    """
    if depth > XML_DEPTH:
        raise Refused(f"XML nested deeper than {XML_DEPTH}")
    written = (element.text or "").strip()
    if not len(element) and not element.attrib:
        return written
    tree: dict[str, Any] = {local(name): value for name, value in element.attrib.items()}
    if written:
        tree["text"] = written
    for child in element:
        name, value = local(child.tag), _branch(child, lists, pairs, depth + 1)
        if name in pairs:
            key, said = pairs[name]
            table = tree.setdefault(name, {})
            if isinstance(table, dict) and isinstance(value, dict):
                table[text(value.get(key))] = value.get(said)
        elif name not in tree:
            tree[name] = [value] if name in lists else value
        elif isinstance(tree[name], list):
            tree[name].append(value)
        else:
            tree[name] = [tree[name], value]
    return tree
