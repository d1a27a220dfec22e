"""Which fields of a payload decide nothing: found by trying, so that it holds for every mapping.

A field is used when the outcome differs without it, or with another value in its place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

Outcome = Callable[[Any], Any]
"""A tree -> what becomes of it, in a form that can be compared."""

LEAVES_LIMIT = 2000
"""Fields of one payload that are tried; a sample is small."""

_MISSING = object()
_OPPOSITE = {"true": "false", "false": "true", "on": "off", "off": "on"}


def deciding(tree: Any, outcome: Outcome, known: dict[str, bool]) -> None:
    """Adds to `known` whether the fields of one payload decide something, by their paths: `body.rxInfo.rssi`, places in
    lists left out. What is known to decide is not tried again."""
    before = outcome(tree)
    for count, (keys, value) in enumerate(_leaves(tree, ())):
        if count >= LEAVES_LIMIT:
            break
        path = ".".join(["body", *(key for key in keys if isinstance(key, str))])
        if not known.get(path):
            others = (_MISSING, _another(value))
            known[path] = any(outcome(_changed(tree, keys, other)) != before for other in others)


def undecided(paths: Iterable[str], not_used: Iterable[tuple[str, str]]) -> list[str]:
    """Those of the paths that `not_used` does not name: by the path, a part of it from the left, or `*.name`."""
    named = [path for path, _ in not_used]
    return [path for path in paths if not any(_covers(pattern, path) for pattern in named)]


def _covers(pattern: str, path: str) -> bool:
    if pattern.startswith("*."):
        return f".{pattern[2:]}." in f".{path}."
    return path == pattern or path.startswith(f"{pattern}.")


def _leaves(tree: Any, keys: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    if isinstance(tree, dict) and tree:
        for key, value in tree.items():
            yield from _leaves(value, (*keys, str(key)))
    elif isinstance(tree, list) and tree:
        for place, value in enumerate(tree):
            yield from _leaves(value, (*keys, place))
    elif keys and tree is not None and tree != "":
        yield keys, tree


def _another(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    return _OPPOSITE.get(value, f"{value}9") if isinstance(value, str) else "another"


def _changed(tree: Any, keys: tuple[str | int, ...], value: Any) -> Any:
    """A copy with another value at one place, or without the place; shares all that does not change."""
    key, rest = keys[0], keys[1:]
    copy: Any = dict(tree) if isinstance(tree, dict) else list(tree)
    if rest:
        copy[key] = _changed(tree[key], rest, value)
    elif value is _MISSING:
        del copy[key]
    else:
        copy[key] = value
    return copy
