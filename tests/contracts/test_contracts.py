"""The contracts say what the code does, and records of months before are read as they were."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

from community.fold import COMMANDS
from community.model import Position, decode
from community.systems import REDUCERS
from ingest import contracts

ROOT = Path(__file__).resolve().parents[2]
MONTHS = sorted(path for path in Path(__file__).parent.iterdir() if path.is_dir() and path.name[:2] == "20")


def test_the_files_are_what_the_code_says() -> None:
    for name, text in contracts.files().items():
        assert (ROOT / "docs" / "contracts" / name).read_text("utf-8") == text, "python -m ingest contracts --write"


def test_every_type_has_its_shape() -> None:
    shapes = contracts.shapes()
    assert shapes.keys() == REDUCERS.keys() | COMMANDS.keys()
    assert [type_ for type_, shape in shapes.items() if shape is None] == ["device.heartbeat"]
    jsonschema.Draft202012Validator.check_schema(contracts.records())


@pytest.mark.parametrize("month", MONTHS, ids=lambda path: path.name)
def test_records_of_a_month_are_read_as_they_were(month: Path) -> None:
    """Decoded, reduced to what stood then and more, and true to the schema of now."""
    validator = jsonschema.Draft202012Validator(contracts.records())
    seen = set()
    for place, line in enumerate((month / "records.jsonl").read_bytes().splitlines()):
        told = msgspec.json.decode(line)
        record = decode(msgspec.json.encode(told["record"]), position=Position(1, 0, place), appended_ms=1)
        validator.validate(told["record"])
        _, reducer = REDUCERS[record.type]
        values = msgspec.json.decode(msgspec.json.encode(reducer.reduce(record).values))
        assert told["values"].items() <= values.items(), record.type
        seen.add(record.type)
    assert seen == {
        type_ for type_ in json.loads((month / "records.schema.json").read_text())["$defs"] if type_ in REDUCERS
    }


@pytest.mark.parametrize("month", MONTHS, ids=lambda path: path.name)
def test_nothing_that_could_be_said_then_is_refused_now(month: Path) -> None:
    assert contracts.breaches(json.loads((month / "records.schema.json").read_text()), contracts.records()) == []


def test_a_breach_is_named() -> None:
    before = contracts.records()
    after: dict[str, Any] = copy.deepcopy(before)
    del after["$defs"]["sos.press"]
    event = after["$defs"]["camera.event"]
    event["required"].append("score")
    del event["properties"]["region"]
    event["properties"]["active"] = {"type": "string"}
    event["properties"]["new"] = {"type": "string"}
    assert contracts.breaches(before, after) == [
        "camera.event.active may not be boolean any more",
        "camera.event.region is gone",
        "camera.event.score has to be said now",
        "sos.press is gone",
    ]
