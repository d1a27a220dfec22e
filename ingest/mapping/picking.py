"""What a field begins with: a place, a text with places in it, a text with something replaced."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from ingest.adapters.lenient import text

from .expressions import BadExpression, Pick, pick
from .places import At

Scope = dict[str, Any]

_SLOT = re.compile(r"\{([^{}]*)\}")


def expression(at: At, names: Iterable[str], what: str) -> Pick:
    written = at.value if isinstance(at.value, str) else None
    if written is None:
        at.fail(f"{what} is not an expression")
    try:
        return pick(written, names)
    except BadExpression as error:
        at.fail(f"{what}: {error}")


def slots(written: str) -> list[str]:
    """The expressions of a template."""
    return _SLOT.findall(written)


def template(at: At, names: Iterable[str], what: str) -> Pick:
    """`"{body.mac}/{body.channel}"`. Empty when a place in it has nothing to say."""
    written = at.text(what)
    pieces: list[str | Pick] = []
    end = 0
    for slot in _SLOT.finditer(written):
        pieces += [written[end : slot.start()], expression(At(at.file, at.line, slot[1]), names, what)]
        end = slot.end()
    rest = written[end:]
    if "{" in _SLOT.sub("", written) or "}" in _SLOT.sub("", written):
        at.fail(f"{what}: a brace without its other half")
    pieces.append(rest)

    def filled(scope: Scope) -> str:
        said = ""
        for piece in pieces:
            if isinstance(piece, str):
                said += piece
            elif word := text(piece(scope)):
                said += word
            else:
                return ""
        return text(said)

    return filled


def replaced(origin: Pick, at: At, name: str) -> Pick:
    """What is picked, with regular expressions replaced one after the other. Raises MappingError."""
    changes = []
    for pattern, inner in at.table("replace").items():
        try:
            changes.append((re.compile(pattern), str(inner.value if inner.value is not None else "")))
            changes[-1][0].sub(changes[-1][1], "")
        except (re.error, IndexError) as error:
            inner.fail(f"{name}: no regular expression: {error}")

    def changed(scope: Scope) -> Any:
        value = origin(scope)
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = text(value)
        if not isinstance(value, str):
            return value
        value = value[:1000]
        for pattern, by in changes:
            value = pattern.sub(by, value)
        return value

    return changed
