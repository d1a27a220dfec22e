"""OCPP 2.0.1: transactions keep their place, and messages that the standard's own client makes go through."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

from ingest.adapters.base import Canonical, Ignored, Payload
from ingest.adapters.ocpp201 import ENDED_KEPT, PLACES_KEPT, Context, Ocpp201

AT = "2026-03-12T01:00:00Z"
SAMPLE = Path(__file__).parent / "samples" / "ocpp201_life.jsonl"


def event(kind: str, transaction: str, evse: int | None = None, **said: Any) -> Payload:
    body = {"eventType": kind, "timestamp": AT, "triggerReason": "Trigger", "seqNo": 0}
    body |= {
        "transactionInfo": {"transactionId": transaction},
        **({"evse": {"id": evse}} if evse is not None else {}),
        **said,
    }
    return Payload([2, "1", "TransactionEvent", body], device="CS-9")


def records(adapter: Ocpp201, payload: Payload) -> list[Canonical]:
    outcome = adapter.adapt(payload)
    assert isinstance(outcome, list), outcome
    return outcome


READING = [{"timestamp": AT, "sampledValue": [{"value": 7}]}]


def test_a_place_that_is_said_once_is_remembered_over_a_restart() -> None:
    first = Ocpp201()
    records(first, event("Started", "a", 2))
    kept = msgspec.json.decode(msgspec.json.encode(first.context), type=Context)
    second = Ocpp201(context=kept)
    assert records(second, event("Updated", "a", meterValue=READING))[0].subject == "CS-9/2"
    assert records(second, event("Ended", "a"))[-1].subject == "CS-9/2"
    assert second.context.places == {}
    late = records(second, event("Updated", "a", meterValue=READING))[0]
    assert (late.subject, records(second, event("Ended", "a"))[0].subject) == ("CS-9/2", "CS-9/2"), "said once more"
    assert second.context.places == {}
    stranger = records(second, event("Updated", "b", meterValue=READING))[0]
    assert (stranger.subject, records(second, event("Ended", "b"))[0].data["notes"]) == ("CS-9/0", ["evse_unknown"])


def test_what_is_remembered_is_bounded() -> None:
    adapter = Ocpp201()
    for number in range(PLACES_KEPT + 50):
        records(adapter, event("Started", str(number), 1))
    assert len(adapter.context.places) == PLACES_KEPT
    assert "CS-9#0" not in adapter.context.places
    for number in range(ENDED_KEPT + 50):
        records(adapter, event("Ended", str(number), 1))
    assert len(adapter.context.ended) == ENDED_KEPT


def test_an_event_without_news() -> None:
    assert Ocpp201().adapt(event("Updated", "a", 1)) == Ignored("ocpp201.TransactionEvent without news")


def test_the_sample_is_written_as_the_standard_has_it(fixtures_dir: Path) -> None:
    """The requests of our own sample against the schemas of OCPP 2.0.1, but for three that are broken on purpose."""
    schemas = fixtures_dir / "ocpp" / "schemas" / "v201" / "schemas"
    broken = []
    for line in SAMPLE.read_text().splitlines():
        frame = json.loads(line)["payload"]
        if frame[0] != 2 or len(frame) < 4:
            continue
        schema = json.loads((schemas / f"{frame[2]}Request.json").read_text("utf-8-sig"))
        try:
            jsonschema.validate(frame[3], schema)
        except jsonschema.ValidationError:
            broken.append(frame[1])
    assert broken == ["10", "13", "14"]


@pytest.mark.parametrize("evse", [-1, 1000, "x", 1.5])
def test_no_number_of_an_evse(evse: Any) -> None:
    with pytest.raises(ValueError, match="is not the number of an EVSE"):
        Ocpp201().adapt(event("Started", "a", evse))
