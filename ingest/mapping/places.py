"""YAML as plain values that know their lines: every mistake in a mapping is said with `file:line`.

YAML 1.2's core words only: `on`, `off`, `yes`, `no`, dates and `12:30` stay texts, for a vendor's words are keys here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NoReturn

import yaml

_DEPTH = 24
_INT = re.compile(r"[-+]?\d{1,15}")
_FLOAT = re.compile(r"[-+]?(\d+\.\d*|\.\d+|\d+)([eE][-+]?\d{1,3})?")
_WORDS: dict[str, Any] = {"": None, "~": None, "null": None, "true": True, "false": False}


class MappingError(ValueError):
    """A mapping that cannot be used; the message names its file and line."""


class At:
    """A value of the file with its place. Methods read it as what is wanted or raise MappingError."""

    __slots__ = ("file", "line", "value")

    def __init__(self, file: str, line: int, value: Any) -> None:
        self.file, self.line, self.value = file, line, value

    def fail(self, why: str) -> NoReturn:
        raise MappingError(f"{self.file}:{self.line}: {why}")

    def table(
        self, what: str, *, required: tuple[str, ...] = (), allowed: tuple[str, ...] | None = None
    ) -> dict[str, At]:
        """Names -> values. `allowed` None: any name."""
        if not isinstance(self.value, dict):
            self.fail(f"{what} is not a table of names and values")
        for name, inner in self.value.items():
            if allowed is not None and name not in allowed and name not in required:
                inner.fail(f"{what} has no {name!r}; it has {', '.join((*required, *allowed))}")
        for name in required:
            if name not in self.value:
                self.fail(f"{what} lacks {name!r}")
        return self.value

    def items(self, what: str) -> list[At]:
        if not isinstance(self.value, list):
            self.fail(f"{what} is not a list")
        return self.value

    def text(self, what: str) -> str:
        if not isinstance(self.value, str) or not self.value.strip():
            self.fail(f"{what} is not a text")
        return self.value

    def texts(self, what: str) -> list[At]:
        """A text, or a list of texts."""
        return self.items(what) if isinstance(self.value, list) else [self]

    def number(self, what: str) -> float:
        if isinstance(self.value, bool) or not isinstance(self.value, int | float):
            self.fail(f"{what} is not a number")
        return self.value

    def flag(self, what: str) -> bool:
        if not isinstance(self.value, bool):
            self.fail(f"{what} is neither true nor false")
        return self.value

    def plain(self) -> Any:
        """The value without its places."""
        if isinstance(self.value, dict):
            return {name: inner.plain() for name, inner in self.value.items()}
        if isinstance(self.value, list):
            return [inner.plain() for inner in self.value]
        return self.value


def parse(text: str, file: str) -> At:
    """Raises MappingError."""
    try:
        node = yaml.compose(text, Loader=yaml.BaseLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark is not None else 1
        raise MappingError(f"{file}:{line}: not YAML: {error.problem or error.context}") from error
    except (yaml.YAMLError, RecursionError) as error:
        raise MappingError(f"{file}:1: not YAML: {' '.join(str(error).split())[:200]}") from error
    if node is None:
        raise MappingError(f"{file}:1: the file is empty")
    return _placed(node, file, 0)


def _placed(node: yaml.Node, file: str, depth: int, line: int = 0) -> At:
    at = At(file, line or node.start_mark.line + 1, None)
    if depth > _DEPTH:
        at.fail(f"nested deeper than {_DEPTH}")
    if isinstance(node, yaml.MappingNode):
        at.value = dict(_entries(node, file, depth))
    elif isinstance(node, yaml.SequenceNode):
        at.value = [_placed(child, file, depth + 1) for child in node.value]
    else:
        at.value = _scalar(node)
    return at


def _entries(node: yaml.MappingNode, file: str, depth: int) -> Iterator[tuple[str, At]]:
    seen = set()
    for key, value in node.value:
        inner = _placed(value, file, depth + 1, key.start_mark.line + 1)
        if not isinstance(key, yaml.ScalarNode):
            inner.fail("a name is not a text")
        if key.value in seen:
            inner.fail(f"{key.value!r} stands here twice")
        seen.add(key.value)
        yield key.value, inner


def _scalar(node: yaml.Node) -> Any:
    written = str(node.value)
    if getattr(node, "style", None):  # quoted, or a block: a text in any case
        return written
    if written in _WORDS:
        return _WORDS[written]
    if _INT.fullmatch(written):
        return int(written)
    return float(written) if _FLOAT.fullmatch(written) else written
