"""Which columns of a table a mapping names: what a row lacks of them is said, never taken for an empty cell."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

from ingest.adapters.base import Refused

from .expressions import members
from .picking import slots
from .places import At

Group = tuple[str, ...]
"""Columns of which any one will do."""

_SECTIONS = ("let", "subject", "time", "refuse", "records", "otherwise")
"""Not `ignore`: what it asks for tells another table apart."""
_EXPRESSIONS = frozenset(("pick", "when", "each", "detail", "unit_from", "time"))
_TEMPLATES = frozenset(("subject", "template"))
_NO_PLACES = frozenset(("words", "replace", "value", "default"))
"""Tables and texts of the vendor's, no places."""


HEADING = 1000
"""Characters of a heading that are said; a city's table has 52 columns and 790."""


class NoColumn(Refused):
    """The table has no such column; every row of it says the same."""

    def __init__(self, group: Group, row: Collection[object]) -> None:
        self.group, self.missing = group, _words(group)
        super().__init__(f"no column {self.missing}, there are {', '.join(map(str, row))[:HEADING]}")


class Columns(NamedTuple):
    needed: tuple[Group, ...] = ()
    optional: tuple[Group, ...] = ()

    def ask(self, row: object) -> None:
        """Raises NoColumn for the first needed one that the row lacks."""
        if isinstance(row, dict) and (lacking := _lacking(self.needed, row)):
            raise NoColumn(lacking[0], row)

    def noted(self, row: object) -> list[str]:
        """The optional ones that the row lacks."""
        return list(map(_words, _lacking(self.optional, row))) if isinstance(row, dict) else []

    def instead_of(self, given: Collection[str]) -> set[str]:
        """Columns that one of the given stands for: who says where the kWh are does not mean the Wh beside them."""
        return {name for group in self.needed if set(group) & set(given) for name in group} - set(given)


def renamed(row: object, columns: Mapping[str, str], known: Columns) -> dict[str, object]:
    """A row of a table under our names (ours -> its own); what nobody renamed stays. Raises Refused, NoColumn."""
    if not isinstance(row, dict):
        raise Refused("--columns is for tables, this is none")
    if missing := [name for name in columns.values() if name not in row]:
        raise NoColumn((missing[0],), row)
    gone = {*columns.values(), *known.instead_of(columns)}
    kept = {name: cell for name, cell in row.items() if name not in gone}
    return kept | {ours: row[theirs] for ours, theirs in columns.items()}


def _lacking(groups: tuple[Group, ...], row: Mapping[Any, Any]) -> list[Group]:
    return [group for group in groups if not any(name in row for name in group)]


def _words(group: Group) -> str:
    return " or ".join(map(repr, group))


def columns_of(top: At, at: At | None) -> Columns:
    """Each column that the records are made of is needed, unless `columns` says otherwise. Raises MappingError."""
    sections = top.table("a mapping")
    found = dict.fromkeys(name for key in _SECTIONS if key in sections for name in _named(sections[key], key))
    said = at.table("columns", allowed=("needed", "optional")) if at is not None else {}
    groups = {kind: tuple(_groups(said[kind], kind, found)) if kind in said else () for kind in ("needed", "optional")}
    told = {name for kind in groups.values() for group in kind for name in group}
    return Columns((*((name,) for name in found if name not in told), *groups["needed"]), groups["optional"])


def _groups(at: At, kind: str, named: Collection[str]) -> Iterator[Group]:
    for item in at.items(kind):
        group = tuple(inner.text("a column") for inner in item.texts("a column"))
        for name in group:
            if name not in named:
                item.fail(f"{name!r} is no column that the mapping uses")
        yield group


def _named(at: At, key: str) -> Iterator[str]:
    value = at.value
    if isinstance(value, list):
        for inner in value:
            yield from _named(inner, key)
    elif isinstance(value, dict):
        for name, inner in value.items():
            if name not in _NO_PLACES or key in ("let", "data"):
                plain = key in ("let", "data") and isinstance(inner.value, str)
                yield from _named(inner, "pick" if plain else name)
    elif isinstance(value, str):
        for written in [value] if key in _EXPRESSIONS else slots(value) if key in _TEMPLATES else ():
            yield from members(written, "body")
