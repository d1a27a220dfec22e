"""`mapping.yaml` -> a compiled mapping. Every mistake is said with `file:line` before anything runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from community.model import DEVICE_HEARTBEAT, SOURCE_HEARTBEAT
from community.systems import REDUCERS

from .columns import Columns, columns_of
from .expressions import Pick
from .fields import Field, field
from .personal import Personal
from .picking import expression, template
from .places import At, parse
from .trees import FORMATS, Read, reader

SCOPE = ("body", "device", "file", "topic")
"""What an expression begins with: the payload, the gateway's name for the sender, the name of the file, the topic."""

ANY = "any"
"""`needs: any`: one of the fields at least, whichever."""

_TYPES = frozenset((*REDUCERS, DEVICE_HEARTBEAT, SOURCE_HEARTBEAT))
_KEYS = "title format xml text columns let subject ids time refuse ignore records otherwise personal not_used".split()


class Condition(NamedTuple):
    name: str
    when: Pick
    detail: Pick | None = None


class RecordSpec(NamedTuple):
    type: str
    when: Pick | None
    each: Pick | None
    lets: tuple[tuple[str, Field], ...]
    subjects: tuple[Pick, ...]
    time: Field | None
    needs: tuple[str, ...]
    data: tuple[tuple[str, Field], ...]


class Mapping(NamedTuple):
    source: str
    file: str
    title: str
    format: str
    read: Read
    columns: Columns
    """Of a table."""
    lets: tuple[tuple[str, Field], ...]
    key: Callable[[str], str]
    refuse: tuple[Condition, ...]
    ignore: tuple[Condition, ...]
    records: tuple[RecordSpec, ...]
    otherwise: tuple[RecordSpec, ...]
    otherwise_ignored: str
    personal: Personal
    not_used: tuple[tuple[str, str], ...]
    """(path, why): fields that somebody has looked at and decided not to use."""


def load(text: str, source: str, file: str) -> Mapping:
    """Raises MappingError."""
    top = parse(text, file)
    named = top.table("a mapping", required=("source", "records"), allowed=tuple(_KEYS))
    if named["source"].text("source") != source:
        named["source"].fail(f"source is {named['source'].value!r}, its folder is called {source!r}")
    format_ = named["format"].text("format") if "format" in named else "json"
    if format_ not in FORMATS:
        named["format"].fail(f"format {format_!r} is none of {', '.join(FORMATS)}")
    for key in ("xml", "text"):
        if key in named and key != format_:
            named[key].fail(f"{key} stands in mappings with format: {key} only")
    if "columns" in named and format_ != "csv":
        named["columns"].fail("columns stands in mappings with format: csv only")
    if format_ == "text" and "text" not in named:
        top.fail("a mapping with format: text lacks 'text'")
    lets, names = _lets(named.get("let"), SCOPE)
    subjects = _subjects(named.get("subject"), names)
    time = field(named["time"], "time", names) if "time" in named else None
    compiled = _Records(names, subjects, time)
    ignored, otherwise = "", ()
    if "otherwise" in named:
        if isinstance(named["otherwise"].value, dict):
            rule = named["otherwise"].table("otherwise", required=("ignore",))["ignore"]
            ignored = f"{source}.{rule.text('ignore')}"
        else:
            otherwise = compiled.all(named["otherwise"], "otherwise")
    return Mapping(
        source=source,
        file=file,
        title=named["title"].text("title") if "title" in named else source,
        format=format_,
        read=reader(format_, named.get(format_)),
        lets=lets,
        key=_key(named.get("ids")),
        refuse=_conditions(named.get("refuse"), "reason", names),
        ignore=tuple(c._replace(name=f"{source}.{c.name}") for c in _conditions(named.get("ignore"), "rule", names)),
        records=compiled.all(named["records"], "records"),
        otherwise=otherwise,
        otherwise_ignored=ignored,
        personal=_personal(named.get("personal")),
        not_used=_not_used(named.get("not_used")),
        columns=columns_of(top, named.get("columns")) if format_ == "csv" else Columns(),  # of what is valid
    )


class _Records:
    def __init__(self, names: tuple[str, ...], subjects: tuple[Pick, ...], time: Field | None) -> None:
        self._names, self._subjects, self._time = names, subjects, time

    def all(self, at: At, what: str) -> tuple[RecordSpec, ...]:
        found = tuple(self._one(item) for item in at.items(what))
        if not found:
            at.fail(f"{what} is empty")
        return found

    def _one(self, at: At) -> RecordSpec:
        named = at.table(
            "a record", required=("type",), allowed=("when", "each", "let", "subject", "time", "needs", "data")
        )
        type_ = named["type"].text("type")
        if type_ not in _TYPES:
            named["type"].fail(f"{type_!r} is no type of a record; ARCHITECTURE.md has the table")
        names = self._names
        each = expression(named["each"], names, "each") if "each" in named else None
        if each is not None:
            names = (*names, "item", "place")
        lets, names = _lets(named.get("let"), names)
        subjects = _subjects(named["subject"], names) if "subject" in named else self._subjects
        if not subjects:
            at.fail("the record has no subject, nor has the mapping")
        data = named["data"].table("data") if "data" in named else {}
        needs = named["needs"].texts("needs") if "needs" in named else []
        for need in needs:
            if need.text("needs") not in (*data, ANY):
                need.fail(f"needs names {need.value!r}, which is not among the data")
        return RecordSpec(
            type=type_,
            when=expression(named["when"], names, "when") if "when" in named else None,
            each=each,
            lets=lets,
            subjects=subjects,
            time=field(named["time"], "time", names) if "time" in named else self._time,
            needs=tuple(need.value for need in needs),
            data=tuple((name, field(inner, name, names)) for name, inner in data.items()),
        )


def _lets(at: At | None, names: Iterable[str]) -> tuple[tuple[tuple[str, Field], ...], tuple[str, ...]]:
    """The fields, and all names that are known behind them: each may use those before it."""
    known, fields = tuple(names), []
    for name, inner in at.table("let").items() if at is not None else ():
        if name in known:
            inner.fail(f"{name!r} has a meaning already")
        if isinstance(inner.value, str):  # picked as it is: also an object or a list
            fields.append((name, _whole(expression(inner, known, name))))
        else:
            fields.append((name, field(inner, name, known)))
        known = (*known, name)
    return tuple(fields), known


def _whole(picked: Pick) -> Field:
    return lambda scope, notes: picked(scope)


def _subjects(at: At | None, names: Iterable[str]) -> tuple[Pick, ...]:
    return tuple(template(inner, names, "subject") for inner in at.texts("subject")) if at is not None else ()


def _conditions(at: At | None, called: str, names: Iterable[str]) -> tuple[Condition, ...]:
    found = []
    for item in at.items("the list") if at is not None else ():
        named = item.table("a condition", required=(called, "when"), allowed=("detail",))
        detail = expression(named["detail"], names, "detail") if "detail" in named else None
        found.append(Condition(named[called].text(called), expression(named["when"], names, "when"), detail))
    return tuple(found)


def _key(at: At | None) -> Callable[[str], str]:
    if at is None or at.value == "as_written":
        return str
    if at.value != "lower":
        at.fail("ids is lower (capital and small letters are one) or as_written")
    return str.lower


def _personal(at: At | None) -> Personal:
    named = at.table("personal", allowed=("pseudonym", "drop")) if at is not None else {}
    lists: dict[str, Any] = {}
    for kind in ("pseudonym", "drop"):
        lists[kind] = (
            frozenset(inner.text("a name") for inner in named[kind].items(kind)) if kind in named else frozenset()
        )
    return Personal(**lists)


def _not_used(at: At | None) -> tuple[tuple[str, str], ...]:
    """(path, why). A name of `let` is no path: it would name nothing, and nobody would see why."""
    found = []
    for why, paths in (at.table("not_used") if at is not None else {}).items():
        for at_path in paths.texts("the paths"):
            path = at_path.text("a path")
            if path.partition(".")[0] not in ("body", "*"):
                at_path.fail(f"{path!r} is no path of a payload: it begins with body, or is *.name")
            found.append((path, why))
    return tuple(found)
