"""The contracts say what the code does, and records of months before are read as they were."""

from __future__ import annotations

import copy
import json
from collections import Counter
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

from community.draft import ACTIONS, JOURNAL
from community.fold import HANDLERS, fold
from community.model import SOURCE_HEARTBEAT, TICK, Position, decode
from community.state import State
from community.systems import REDUCERS
from community.world.stream import stream
from ingest import contracts
from store.live import encode_entry
from tests.world.small import DAY, sort

ROOT = Path(__file__).resolve().parents[2]
MONTHS = sorted(path for path in Path(__file__).parent.iterdir() if path.is_dir() and path.name[:2] == "20")


def test_the_files_are_what_the_code_says() -> None:
    for name, text in contracts.files().items():
        assert (ROOT / "docs" / "contracts" / name).read_text("utf-8") == text, "python -m ingest contracts --write"


def test_every_type_has_its_shape() -> None:
    shapes = contracts.shapes()
    assert shapes.keys() == REDUCERS.keys() | HANDLERS.keys() | {TICK, SOURCE_HEARTBEAT}
    assert [type_ for type_, shape in shapes.items() if shape is None] == [TICK, "device.heartbeat"]
    for schema in (contracts.records(), contracts.journal(), contracts.actions()):
        jsonschema.Draft202012Validator.check_schema(schema)


def test_a_simulated_day_and_its_journal_are_as_published() -> None:
    """Every record, every entry; of entries every field is named. Commands, masks and orders: tests/community."""
    log, journal, orders = (
        jsonschema.Draft202012Validator(schema)
        for schema in (contracts.records(), strictly(contracts.journal()), strictly(contracts.actions()))
    )
    by_topic = {JOURNAL: journal, ACTIONS: orders}
    world = sort(each=1)
    state, seen = State(world.site), Counter[str]()
    for place, wire in enumerate(stream(world, DAY, 1)):
        value = wire.encode(world.site.id)
        if not seen[wire.type] or place % 50 == 0:
            log.validate(msgspec.json.decode(value))
        seen[wire.type] += 1
        changes = fold(state, wire.record(world.site.id, place))
        state.apply(changes)
        for entry in changes.entries:
            by_topic[entry.topic].validate(msgspec.json.decode(encode_entry(world.site.id, entry)))
            seen[entry.type] += 1
    assert min(seen["alarm.activated"], seen["alarm.returned"], seen["alarm.escalated"], seen["action.ordered"]), seen


def strictly(schema: dict[str, Any]) -> dict[str, Any]:
    """Nothing that is not named may stand in the data."""
    strict = copy.deepcopy(schema)
    for data in strict["$defs"].values():
        data["additionalProperties"] = False
    return strict


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
