"""Every file of the recorded material: which source reads it, what became of its payloads, which fields decide nothing.

payloads = mapped + ignored by a named rule + refused, for each file. A file that is no device's words says what it is
and what reads it; one that nobody has decided about is an error.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from fnmatch import fnmatch
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from ingest.adapters import ADAPTERS, CODE
from ingest.adapters.base import Ignored, Payload, Refused, unwrap, zone_of
from ingest.adapters.files import payloads_of
from ingest.adapters.isapi_tree import alert_tree
from ingest.mapping.adapter import Mapped, body_and_topic
from ingest.mapping.catalogue import mapping
from ingest.mapping.usage import deciding

ZONE = zone_of(None)

SOURCES = {
    "access/*.jsonl": "unifi_access",
    "cameras/dahua/*.txt": "dahua",
    "cameras/frigate/*.json": "frigate",
    "cameras/onvif/axis_metadata_stream.json": "onvif",
    "ev_sessions/*.csv": "ev_sessions_desmarais",
    "isapi/*.xml": "isapi",
    "lorawan/*/*.json": "lorawan",
    "ocpp/*.log": "ocpp16",
    "wmbus/wmbus_vectors.json": "wmbus",
    "workorders/*.csv": "work_orders",
}

ELSEWHERE = {
    "SOURCES.md": "says where all of it comes from",
    "*LICENSE*": "a licence",
    "*README.md": "a description",
    "alarms/*.csv": "lists of alarms, no device's words: `python -m ingest kpi`, `tests/intake/test_kpi.py`",
    "cameras/frigate/mqtt.md": "the manual: its examples are among our own samples",
    "geo/*": "footprints of buildings, a plan",
    "meters/*.csv": "flow and power by the minute: `tests/history/test_recorded_meters.py`",
    "ocpp/schemas/*": "the standard's schemas: our samples and answers are held against them",
}

BESIDE = {"lorawan": ("body.BACnet", "body.points", "body.input", "body.description")}
"""What a codec's example has beside what the device says."""

OFTEN = 5
"""A field of fewer payloads stands on no list where there are many payloads."""

SEVERAL = {"wmbus"}
"""Each payload is another make's: every one is tried, and a field of a single one is named."""

TRIED = 200
"""Payloads of a file of which every field is tried: a table of thousands of rows says the same in each."""


class Row(NamedTuple):
    file: str
    source: str
    payloads: int
    mapped: int
    records: int
    ignored: Counter[str]
    refused: Counter[str]
    unused: list[str]


class Undecided(ValueError):
    """Files that neither SOURCES nor ELSEWHERE names."""


def files(folder: Path) -> tuple[dict[str, str], dict[str, list[str]]]:
    """(file -> source; what else there is -> its files). Raises Undecided."""
    read: dict[str, str] = {}
    beside: dict[str, list[str]] = {}
    lost: list[str] = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = str(path.relative_to(folder))
        what = next((said for pattern, said in ELSEWHERE.items() if fnmatch(name, pattern)), "")
        source = next((source for pattern, source in SOURCES.items() if fnmatch(name, pattern)), "")
        if what:
            beside.setdefault(what, []).append(name)
        elif source:
            read[name] = source
        else:
            lost.append(name)
    if lost:
        raise Undecided(", ".join(lost))
    return read, beside


def payloads(source: str, path: Path) -> Iterator[Payload]:
    if source == "onvif":  # a table of messages by their names
        values = iter(json.loads(path.read_text("utf-8")).values())
    elif source == "wmbus":
        values = iter(json.loads(path.read_text("utf-8"))["vectors"])
    else:
        found = list(payloads_of(path, frames=source.startswith("ocpp")))
        assert not [item for item in found if item.refused]
        values = (item.value for item in found)
    for value in values:
        yield unwrap(value, ZONE, fallback=path.stem, received_ms=0)


def row(name: str, source: str, path: Path) -> Row:
    adapter = ADAPTERS[source](None)
    count = mapped = records = 0
    ignored: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    for payload in payloads(source, path):
        count += 1
        try:
            outcome = adapter.adapt(payload)
        except Refused as error:
            refused[str(error).partition(":")[0]] += 1
            continue
        if isinstance(outcome, Ignored):
            ignored[outcome.rule] += 1
            continue
        mapped += 1
        records += len(outcome)
    assert count == mapped + ignored.total() + refused.total()
    return Row(name, source, count, mapped, records, ignored, refused, unused(source, path, count))


def unused(source: str, path: Path, count: int) -> list[str]:
    fields: dict[str, bool] = {}
    seen: Counter[str] = Counter()
    for payload in islice(payloads(source, path), None if source in SEVERAL else TRIED):
        tree = _tree(source, payload)
        if isinstance(_outcome(source, tree, payload), list):
            known = {name for name, decides in fields.items() if decides}
            own = dict.fromkeys(known, True)
            deciding(tree, lambda t, p=payload: _outcome(source, t, p), own)
            seen.update(own.keys() - known)
            fields |= {name: decides or fields.get(name, False) for name, decides in own.items()}
    least = OFTEN if count > 100 and source not in SEVERAL else 1
    found = [name for name, decides in sorted(fields.items()) if not decides and seen[name] >= least]
    return [name.removeprefix("body.") for name in found if not name.startswith(BESIDE.get(source, ("-",)))]


def _outcome(source: str, tree: Any, payload: Payload) -> Any:
    """A new adapter each time: what it remembers must not make the second look differ from the first."""
    try:
        if source in CODE:
            about = {name: getattr(payload, name) for name in ("device", "received_ms", "action", "fallback")}
            return CODE[source](None).adapt(Payload(tree, **about))
        return Mapped(mapping(source)).adapt_tree(tree, payload, body_and_topic(payload.body)[1])
    except Refused as refused:
        return str(refused)


def _tree(source: str, payload: Payload) -> Any:
    if source == "isapi":
        return alert_tree(payload.body)
    return payload.body if source in CODE else mapping(source).read(body_and_topic(payload.body)[0])


def rows(folder: Path) -> list[Row]:
    """Raises Undecided."""
    return [row(name, source, folder / name) for name, source in files(folder)[0].items()]


HEAD = """# What became of everything recorded

Written by `python -m tests.recorded --write docs/recorded.md`, checked by `tests/adapters/test_fixtures_table.py`. The
files are not ours and not in the repository; each was read by its source. Payloads = mapped + ignored by a named rule +
refused. A field that decides nothing was tried: the outcome is the same without it and with another value.

"""


def page(folder: Path) -> str:
    """The document. Raises Undecided."""
    made, (_, beside) = rows(folder), files(folder)
    heads = ("file", "source", "payloads", "records of mapped", "ignored, refused", "fields that decide nothing")
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for one in made:
        aside = [f"{n} ignored: {rule}" for rule, n in sorted(one.ignored.items())]
        aside += [f"{n} refused: {why}" for why, n in sorted(one.refused.items())]
        told = " ".join(one.unused) if one.source not in SEVERAL else f"{len(one.unused)}, see below"
        counts = (one.payloads, f"{one.records} of {one.mapped}")
        cells = (one.file, one.source, *counts, "; ".join(aside) or "-", told or "-")
        lines.append("| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |")
    ignored, refused = (sum(one.ignored.total() for one in made), sum(one.refused.total() for one in made))
    payloads_, mapped, records = (sum(one[n] for one in made) for n in (2, 3, 4))
    sums = f"{mapped} mapped to {records} records + {ignored} ignored + {refused} refused"
    lines += ["", f"{len(made)} files, {payloads_} payloads = {sums}."]
    lines += ["", "## Fields of a hundred makes that decide nothing", ""]
    lines += [f"{one.file}, a number in a name as #: {' '.join(_numbered(one.unused))}" for one in several(made)]
    lines += ["", "## What is no payload of a device", "", "| what | files |", "|---|---|"]
    lines += [f"| {what} | {_named(names)} |" for what, names in sorted(beside.items())]
    return HEAD + "\n".join(lines) + "\n"


def several(made: list[Row]) -> list[Row]:
    return [one for one in made if one.source in SEVERAL]


def _numbered(names: list[str]) -> list[str]:
    """Each once, where only their numbers differ: a register of each month, a value of each phase."""
    return list(dict.fromkeys(re.sub(r"(?<!m)\d+(?=_|$)", "#", name.rpartition(".")[2]) for name in names))


def _named(names: list[str]) -> str:
    return ", ".join(names) if len(names) < 6 else f"{len(names)} files below {names[0].split('/')[0]}"
