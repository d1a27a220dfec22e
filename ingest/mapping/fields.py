"""One field of a record: picked, read as what it is, in our unit and our words.

A value that is not said gives no field. One that is said and cannot be read gives no field and the note
`<field>_unreadable`; outside `min` and `max` the note `<field>_out_of_range`. Notes go out with the record.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from ingest.adapters.base import Refused
from ingest.adapters.lenient import flag, free_text, integer, plain, pseudonym, quantity, text, tidy

from .expressions import Pick
from .picking import Scope, expression, replaced, template
from .places import At
from .units import change, own_unit, written_units

Field = Callable[[Scope, list[str]], Any]
"""Scope -> value, or None; adds to the notes. Raises Refused only where a word is not known and `other: refuse`."""

KINDS = ("text", "free_text", "number", "integer", "flag", "numbers", "list", "pseudonym")

_KEYS = (  # in order
    "pick value template as words other unit unit_from scale min max digits replace note formats default".split()
)
_NUMERIC = {"unit", "unit_from", "scale", "min", "max", "digits"}
LIST_LIMIT = 512
"""Numbers of one list; a meter's day in quarter-hours has 96."""


def field(at: At, name: str, names: Iterable[str]) -> Field:
    """Raises MappingError."""
    if not isinstance(at.value, dict):
        picked = expression(at, names, name)
        return _number(name, picked, {}) if own_unit(name) else _simple(name, picked, _text_or_number)
    spec = at.table(name, allowed=tuple(_KEYS))
    origins = [key for key in ("pick", "value", "template") if key in spec]
    if len(origins) != 1:
        at.fail(f"{name} needs one of pick, value, template")
    if "value" in spec:
        constant = spec["value"].plain()
        return lambda scope, notes: constant
    origin = expression(spec["pick"], names, name) if "pick" in spec else template(spec["template"], names, name)
    written = origin
    if "replace" in spec:
        origin = replaced(origin, spec["replace"], name)
    made = _read(at, name, spec, origin, names)
    if "note" in spec:
        made = _noted(made, written, origin, spec)
    if "default" not in spec:
        return made
    default = spec["default"].plain()

    def or_default(scope: Scope, notes: list[str]) -> Any:
        value = made(scope, notes)
        return default if value is None else value

    return or_default


def _noted(made: Field, written: Pick, origin: Pick, spec: dict[str, At]) -> Field:
    """Says in the record's notes that `replace` changed what was written."""
    if "replace" not in spec:
        spec["note"].fail("note stands with replace only")
    note = spec["note"].text("note")

    def told(scope: Scope, notes: list[str]) -> Any:
        if text(written(scope)) != text(origin(scope)):
            notes.append(note)
        return made(scope, notes)

    return told


def _read(at: At, name: str, spec: dict[str, At], origin: Pick, names: Iterable[str]) -> Field:
    kind = spec["as"].text("as") if "as" in spec else ""
    if kind and kind not in KINDS:
        spec["as"].fail(f"as: {kind!r} is none of {', '.join(KINDS)}")
    if "words" in spec:
        return _words(name, origin, spec)
    if "other" in spec:
        spec["other"].fail("other stands with words only")
    if "formats" in spec:
        return _formatted(name, origin, spec["formats"])
    numeric = _NUMERIC & spec.keys()
    if kind in ("number", "numbers") or (not kind and (numeric or own_unit(name))):
        options: dict[str, Any] = {
            key: spec[key].number(key) for key in ("scale", "min", "max", "digits") if key in spec
        }
        if "unit" in spec:
            unit = spec["unit"].text("unit")
            options["change"] = change(name, unit)
            if options["change"] is None:
                allowed = ", ".join(written_units(name)) or "nothing: its name ends in no unit"
                spec["unit"].fail(f"{unit!r} does not become {name}; there is {allowed}")
        if "unit_from" in spec:
            options["unit_from"] = expression(spec["unit_from"], names, "unit_from")
        return _numbers(name, origin, options) if kind == "numbers" else _number(name, origin, options)
    if numeric:
        spec[sorted(numeric)[0]].fail(f"{sorted(numeric)[0]} stands with numbers only, not with as: {kind}")
    return _simple(name, origin, _READERS.get(kind, _text_or_number))


def _text_or_number(value: Any) -> Any:
    if isinstance(value, int | float) and not isinstance(value, bool):
        number = quantity(value)[0]
        return tidy(number, 6) if number is not None else None
    return text(value) or None


def _list(value: Any) -> list[str] | None:
    items = value if isinstance(value, list) else [value]
    return [word for item in items[:LIST_LIMIT] if (word := text(item))] or None


_READERS: dict[str, Callable[[Any], Any]] = {
    "text": lambda value: text(value) or None,
    "free_text": lambda value: free_text(value) or None,
    "integer": integer,
    "flag": flag,
    "list": _list,
    "pseudonym": pseudonym,
}


def _simple(name: str, origin: Pick, read: Callable[[Any], Any]) -> Field:
    note = f"{name}_unreadable"
    quiet = read is pseudonym

    def made(scope: Scope, notes: list[str]) -> Any:
        value = origin(scope)
        if value is None or value == "":
            return None
        found = read(value)
        if found is None and not quiet:
            notes.append(note)
        return found

    return made


def _number(name: str, origin: Pick, options: dict[str, Any]) -> Field:
    unreadable, outside = f"{name}_unreadable", f"{name}_out_of_range"
    convert = _converter(name, options)
    unit_from: Pick | None = options.get("unit_from")
    least, most = options.get("min"), options.get("max")

    def made(scope: Scope, notes: list[str]) -> Any:
        value = origin(scope)
        if value is None or value == "":
            return None
        number = convert(value, text(unit_from(scope)) if unit_from is not None else "")
        if number is None:
            notes.append(unreadable)
        elif (least is not None and number < least) or (most is not None and number > most):
            notes.append(outside)
            return None
        return number

    return made


def _numbers(name: str, origin: Pick, options: dict[str, Any]) -> Field:
    """A list as long as the vendor's; what cannot be read in it is None, as if it had not been measured."""
    convert = _converter(name, options)
    note = f"{name}_unreadable"

    def made(scope: Scope, notes: list[str]) -> Any:
        value = origin(scope)
        if value is None or value == []:
            return None
        if not isinstance(value, list) or len(value) > LIST_LIMIT:
            notes.append(note)
            return None
        return [None if item is None else convert(item, "") for item in value]

    return made


def _converter(name: str, options: dict[str, Any]) -> Callable[[Any, str], float | int | None]:
    scale, offset = options.get("change", (1.0, 0.0))
    scale *= options.get("scale", 1)
    fixed = "change" in options or "scale" in options
    digits = int(options.get("digits", 3 if own_unit(name) not in ("m3", "m3h", "kwh") else 6))

    def convert(value: Any, unit: str) -> float | int | None:
        number, written = quantity(value)
        if number is None:
            return None
        if not fixed and (unit or written):
            other = change(name, unit or written)
            if other is None:
                return None  # a number in a unit that is not ours is no number of ours
            return tidy(number * other[0] + other[1], digits)
        return tidy(number * scale + offset, digits)

    return convert


def _words(name: str, origin: Pick, spec: dict[str, At]) -> Field:
    words = {plain(word): inner.plain() for word, inner in spec["words"].table("words").items()}
    if len(words) < len(spec["words"].value):
        spec["words"].fail("two of the words differ in case, blanks or dashes only")
    other = spec["other"].value if "other" in spec else "keep"

    def made(scope: Scope, notes: list[str]) -> Any:
        value = origin(scope)
        if value is None or value == "":
            return None
        said = ("true" if value else "false") if isinstance(value, bool) else text(value)
        found = words.get(plain(said), words)
        if found is not words:
            return found
        if other == "keep":
            return said or None
        if other == "refuse":
            raise Refused(f"{name}: {said!r} is a word that the mapping does not know")
        return None if other == "drop" else other

    return made


def _formatted(name: str, origin: Pick, at: At) -> Field:
    """A time written in the vendor's own way -> ISO 8601; what fits no format stays for the reader of times."""
    formats = [inner.text("a format") for inner in at.texts("formats")]
    for written in formats:
        if "%" not in written:
            at.fail(f"{name}: {written!r} is no format of a time: %Y-%m-%d %H:%M:%S")

    def made(scope: Scope, notes: list[str]) -> Any:
        value = origin(scope)
        if not isinstance(value, str):
            return value
        for format in formats:
            try:
                return datetime.strptime(value.strip()[:64], format).isoformat()  # noqa: DTZ007  the zone is the site's
            except (ValueError, re.error):
                continue
        return value

    return made
