"""What must not leave the gateway as it came: a mapping's `personal` fields, before the payload is written down.

`pseudonym` puts a keyed pseudonym in the place of a value (the same card stays the same, nobody can compute it back),
`drop` an empty text. Fields are told by their names, at any depth, in JSON, in XML elements and in attributes; in JSON
also by the name above, `actor.display_name`. The payload keeps its form, so that it can be mapped again.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec


class Personal(NamedTuple):
    """Names of fields, at any depth, that must not leave the gateway as they came."""

    pseudonym: frozenset[str] = frozenset()
    drop: frozenset[str] = frozenset()


Pseudonym = Callable[[bytes], bytes]
"""A value -> what stands in its place (`ingest.envelope.Pseudonyms.of`)."""

_DEPTH = 100


def redacted(payload: bytes, personal: Personal, pseudonym: Pseudonym) -> tuple[bytes, tuple[str, ...]]:
    """The payload's text without what is personal, and the names of the fields that were replaced, sorted.

    JSON is written anew only where something was replaced. In other text elements, attributes, `name=value` and members
    of JSON that stands in it (`Code=..;data={..}`) are told, also where that is cut off.
    """
    if not (personal.pseudonym or personal.drop):
        return payload, ()
    names: set[str] = set()
    try:
        tree = msgspec.json.decode(payload)
        changed = _tree(tree, personal, pseudonym, names, "")
        return (msgspec.json.encode(changed) if names else payload), tuple(sorted(names))
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return _markup(payload, personal, pseudonym, names), tuple(sorted(names))


def _tree(value: Any, personal: Personal, pseudonym: Pseudonym, names: set[str], above: str, depth: int = 0) -> Any:
    if depth > _DEPTH:
        raise RecursionError("nested too deep")
    if isinstance(value, list):
        return [_tree(item, personal, pseudonym, names, above, depth + 1) for item in value]
    if isinstance(value, str):  # a payload within the payload, or the whole of one that is text
        inner, found = redacted(value.encode(), personal, pseudonym) if _has_fields(value) else (b"", ())
        names.update(found)
        return inner.decode() if found else value
    if not isinstance(value, dict):
        return value
    made = {}
    for key, item in value.items():
        called = {key, f"{above}.{key}"}
        if item is None or item == "" or not (called & personal.drop or called & personal.pseudonym):
            made[key] = _tree(item, personal, pseudonym, names, key, depth + 1)
        elif called & personal.drop:
            names.add(key)
            made[key] = ""
        elif isinstance(item, dict | list):
            made[key] = _tree(item, personal, pseudonym, names, key, depth + 1)
        else:
            names.add(key)
            made[key] = pseudonym(str(item).encode()).decode()
    return made


def _has_fields(text: str) -> bool:
    return text.lstrip()[:1] in ("{", "[", "<") or "=" in text or '":' in text


def _markup(payload: bytes, personal: Personal, pseudonym: Pseudonym, names: set[str]) -> bytes:
    words = "|".join(sorted(map(re.escape, personal.pseudonym | personal.drop), key=len, reverse=True)).encode()
    element = rb"(?P<open><(?:[\w.-]+:)?(?P<element>" + words + rb")(?:\s[^<>]*)?>)(?P<text>[^<]*)(?=<)"
    attribute = (
        rb"(?P<head>\s(?:[\w.-]+:)?(?P<attribute>" + words + rb")\s*=\s*)(?P<quote>[\"'])(?P<said>.*?)(?P=quote)"
    )

    def in_element(match: re.Match[bytes]) -> bytes:
        return match["open"] + _said(match["element"], match["text"], personal, pseudonym, names)

    def in_attribute(match: re.Match[bytes]) -> bytes:
        said = _said(match["attribute"], match["said"], personal, pseudonym, names)
        return match["head"] + match["quote"] + said + match["quote"]

    def in_member(match: re.Match[bytes]) -> bytes:
        said = match["text"] if match["text"] is not None else match["number"]
        told = _said(match["member"], said, personal, pseudonym, names)
        if told == said:
            return match[0]
        quote = match["open"] or match["quote"]
        return match["name"] + quote + told + (quote if match["close"] is None else match["close"])

    def in_pair(match: re.Match[bytes]) -> bytes:
        return match["head"] + _said(match["pair"], match["said"], personal, pseudonym, names)

    member = (
        rb'(?P<name>(?P<quote>\\?")(?P<member>' + words + rb')(?P=quote)\s*:\s*)(?:(?P<open>\\?")'
        rb'(?P<text>(?:[^"\\]|\\[^"])*)(?P<close>\\?"|$)|(?P<number>-?\d[\d.]*))'
    )
    pair = rb"(?P<head>(?:^|[;&.\s\]])(?P<pair>" + words + rb")=)(?P<said>[^;&\r\n<\"']+)"
    payload = re.sub(attribute, in_attribute, re.sub(element, in_element, payload))
    return re.sub(pair, in_pair, re.sub(member, in_member, payload))


def _said(name: bytes, said: bytes, personal: Personal, pseudonym: Pseudonym, names: set[str]) -> bytes:
    if not said.strip():
        return said
    names.add(name.decode())
    return b"" if name.decode() in personal.drop else pseudonym(said)
