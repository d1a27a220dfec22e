"""Everything recorded, in one reviewed table: payloads = mapped + ignored by rule + refused, and the fields that decide
nothing. `UPDATE_GOLDEN=1` writes it anew; a field that appears in it has been lost, one that goes has been won."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from textwrap import wrap
from typing import Any

from ingest.adapters import ADAPTERS, CODE
from ingest.adapters.base import Ignored, Payload, Refused, unwrap, zone_of
from ingest.adapters.files import payloads_of
from ingest.adapters.isapi_tree import alert_tree
from ingest.mapping.adapter import Mapped, body_and_topic
from ingest.mapping.catalogue import mapping
from ingest.mapping.usage import deciding

GOLDEN = Path(__file__).parent / "samples" / "fixtures.golden"
ZONE = zone_of(None)

FILES = {
    "dahua": "cameras/dahua/*.txt",
    "ev_sessions_desmarais": "ev_sessions/*.csv",
    "frigate": "cameras/frigate/*.json",
    "isapi": "isapi/*.xml",
    "lorawan": "lorawan/*/*.json",
    "ocpp16": "ocpp/*.log",
    "onvif": "cameras/onvif/axis_metadata_stream.json",
    "unifi_access": "access/*.jsonl",
    "wmbus": "wmbus/wmbus_vectors.json",
    "work_orders": "workorders/nyc311_200.csv",
}

BESIDE = {"lorawan": ("body.BACnet", "body.points", "body.input", "body.description")}
"""What a codec's example has beside what the device says."""

OFTEN = 5
"""A field of fewer payloads stands on no list where there are many payloads."""

COUNTED = {"wmbus"}
"""Fields that are counted and not named: too many for a person to review."""

TRIED = 400
"""Payloads of a source of which every field is tried: a table of thousands of rows says the same in each."""


def payloads(source: str, folder: Path) -> Iterator[Payload]:
    for path in sorted(folder.glob(FILES[source])):
        if source == "onvif":  # a table of messages by their names
            values = iter(json.loads(path.read_text()).values())
        elif source == "wmbus":
            values = iter(json.loads(path.read_text())["vectors"])
        else:
            found = list(payloads_of(path, frames=source.startswith("ocpp")))
            assert not [item for item in found if item.refused]
            values = (item.value for item in found)
        for value in values:
            yield unwrap(value, ZONE, fallback=path.stem, received_ms=0)


def outcome_of(source: str, tree: Any, payload: Payload) -> Any:
    """A new adapter each time: what it remembers must not make the second look differ from the first."""
    try:
        if source in CODE:
            about = {name: getattr(payload, name) for name in ("device", "received_ms", "action", "fallback")}
            return CODE[source](None).adapt(Payload(tree, **about))
        return Mapped(mapping(source)).adapt_tree(tree, payload, body_and_topic(payload.body)[1])
    except Refused as refused:
        return str(refused)


def tree_of(source: str, payload: Payload) -> Any:
    if source == "isapi":
        return alert_tree(payload.body)
    return payload.body if source in CODE else mapping(source).read(body_and_topic(payload.body)[0])


def entry(source: str, folder: Path) -> str:
    adapter = ADAPTERS[source](None)
    counts: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    fields: dict[str, bool] = {}
    seen: Counter[str] = Counter()
    for payload in payloads(source, folder):
        counts["payloads"] += 1
        try:
            outcome = adapter.adapt(payload)
        except Refused as refused:
            reasons[f"refused: {str(refused).partition(':')[0]}"] += 1
            continue
        if isinstance(outcome, Ignored):
            reasons[f"ignored: {outcome.rule}"] += 1
            continue
        counts["mapped"] += 1
        counts["records"] += len(outcome)
    assert counts["payloads"] == counts["mapped"] + reasons.total()
    for payload in islice(payloads(source, folder), TRIED):
        tree = tree_of(source, payload)
        if isinstance(outcome_of(source, tree, payload), list):
            own: dict[str, bool] = {path: True for path, decides in fields.items() if decides}
            deciding(tree, lambda t, p=payload: outcome_of(source, t, p), own)
            seen.update(own.keys() - {path for path, decides in fields.items() if decides})
            fields |= {path: decides or fields.get(path, False) for path, decides in own.items()}
    lines = [f"{source}: {counts['payloads']} payloads, {counts['mapped']} mapped to {counts['records']} records"]
    lines += [f"  {count} {reason}" for reason, count in sorted(reasons.items())]
    least = OFTEN if counts["payloads"] > 100 else 1
    unused = [path for path, decides in sorted(fields.items()) if not decides and seen[path] >= least]
    unused = [path.removeprefix("body.") for path in unused if not path.startswith(BESIDE.get(source, ("-",)))]
    said = " ".join(unused) if source not in COUNTED else f"{len(unused)} fields of a hundred makes"
    lines += wrap(f"not used: {said}", 118, initial_indent="  ", subsequent_indent="    ")
    return "\n".join(lines) + "\n"


def test_the_table_of_all_that_was_recorded(fixtures_dir: Path) -> None:
    table = "".join(entry(source, fixtures_dir) for source in FILES)
    if os.environ.get("UPDATE_GOLDEN") == "1":
        GOLDEN.write_text(table, "utf-8")
    assert table == GOLDEN.read_text("utf-8")
