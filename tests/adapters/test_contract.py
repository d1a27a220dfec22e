"""Every adapter, of now and to come: any payload is mapped, ignored by name or refused, and nothing else happens."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from community.model import MAX_RECORD_BYTES, Position, decode
from ingest.adapters import ADAPTERS
from ingest.adapters.base import (
    Adapter,
    Canonical,
    Ignored,
    Payload,
    Refused,
    content_id,
    encode,
    record_id,
    unwrap,
    zone_of,
)
from ingest.adapters.files import payloads_of
from ingest.adapters.ocpp16 import Ocpp16
from ingest.adapters.ocpp16_sessions import Context
from ingest.mapping.check import samples_of
from ingest.mapping.folder import FOLDER, sources

POSITION = Position(0, 0, 0)
ZONE = zone_of(None)

# The words that lead into the adapters' branches, so that the fuzz gets past the front door.
WORDS = st.sampled_from(
    """
    type new update end before after id camera label severity data objects zones topic payload start_time end_time
    frigate/events frigate/a/motion frigate/a/status/detect frigate/stats cameras service camera_fps frame_time
    connectorId status errorCode timestamp meterValue sampledValue value unit phase measurand transactionId meterStart
    meterStop transactionData StatusNotification MeterValues StartTransaction StopTransaction BootNotification
    Energy.Active.Import.Register Temperature kWh K L1 EventNotificationAlert eventType eventState dateTime macAddress
    TransactionEvent transactionInfo transactionId eventType Started Ended evse id multiplier unitOfMeasure
    connectorStatus
    AccessControllerEvent majorEventType subEventType object deviceInfo devEui specversion subject
    channelID DetectionRegionList DetectionRegionEntry relationEvent duration videoloss fielddetection active ON
    """.split()
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 5),
    st.integers(),
    st.floats(),
    st.text(max_size=12),
    WORDS,
    st.sampled_from(["1e400", "1,5", "-0", "9" * 30, "2026-03-12T01:00:00", "0001-01-01T00:00:00+23:59", "NaN"]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=5), st.dictionaries(st.one_of(WORDS, st.text(max_size=4)), inner)),
    max_leaves=25,
)
ALERTS = st.builds(
    "<EventNotificationAlert><eventType>{}</eventType>{}</EventNotificationAlert>".format, WORDS, st.text(max_size=30)
)
FRAMES = st.tuples(st.sampled_from([2, 3, 4, "2", None]), st.text(max_size=3), WORDS, VALUES).map(list)
EVENTS = st.fixed_dictionaries({"type": WORDS, "after": st.dictionaries(WORDS, VALUES)})
BODIES = st.one_of(VALUES, FRAMES, EVENTS, ALERTS, st.text(), st.dictionaries(WORDS, VALUES))


@settings(deadline=None)  # the first example compiles every mapping
@given(
    bodies=st.lists(BODIES, max_size=4),
    device=st.text(max_size=5),
    received=st.one_of(st.none(), st.integers(0, 2**41)),
)
def test_any_payload_is_mapped_ignored_or_refused(bodies: list, device: str, received: int | None) -> None:
    for source in ADAPTERS:
        adapter = ADAPTERS[source](None)
        for body in bodies:
            note(f"{source}: {body!r}")
            _judged(source, adapter, Payload(body, device=device, received_ms=received))


def _judged(source: str, adapter: Adapter, payload: Payload) -> None:
    try:
        outcome = adapter.adapt(payload)
        about = {"source": source, "community": "probe", "received_ms": payload.received_ms}
        lines = [encode(c, id=content_id(source, c), **about) for c in outcome] if isinstance(outcome, list) else []
    except Refused as refused:
        assert str(refused)
        assert len(str(refused)) < 1000
        return
    if isinstance(outcome, Ignored):
        assert outcome.rule.startswith(f"{source}.")
        return
    assert outcome, "mapped to nothing is neither mapped nor ignored"
    assert [canonical.n for canonical in outcome] == list(range(len(outcome)))
    for line in lines:
        assert len(line) < MAX_RECORD_BYTES
        record = decode(line, position=POSITION, appended_ms=0)
        assert record.subject


@settings(deadline=None)
@given(line=st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
def test_any_bytes_are_refused_or_understood(line: bytes) -> None:
    for source in ADAPTERS:
        note(source)
        try:
            ADAPTERS[source](None).adapt(unwrap(line, ZONE))
        except Refused as refused:
            assert str(refused)


SAMPLED = [(source, path) for source in sources() for path in samples_of(FOLDER / source)]


@pytest.mark.parametrize(("source", "path"), SAMPLED, ids=[f"{source}-{path.name}" for source, path in SAMPLED])
@given(data=st.data())
@settings(max_examples=30, deadline=None)
def test_a_sample_with_another_word_in_any_place(source: str, path: Path, data: st.DataObject) -> None:
    """Mutations of what really comes lead deeper into a mapping than anything made up."""
    found = data.draw(st.sampled_from([found for found in payloads_of(path) if not found.refused]))
    payload = unwrap(_mutated(found.value, data), ZONE, fallback=path.stem)
    _judged(source, ADAPTERS[source](None), payload)


def _mutated(value: Any, data: st.DataObject) -> Any:
    if isinstance(value, str) and len(value) > 40:
        start = data.draw(st.integers(0, len(value)))
        return (
            value[:start]
            + data.draw(st.one_of(st.just(""), st.text(max_size=5)))
            + value[start + data.draw(st.integers(0, 9)) :]
        )
    if isinstance(value, dict) and value and data.draw(st.integers(0, 9)):
        key = data.draw(st.sampled_from(sorted(value)))
        return {**value, key: _mutated(value[key], data)}
    if isinstance(value, list) and value and data.draw(st.integers(0, 9)):
        place = data.draw(st.integers(0, len(value) - 1))
        return [*value[:place], _mutated(value[place], data), *value[place + 1 :]]
    return data.draw(VALUES)


@pytest.mark.parametrize("source", sorted(ADAPTERS))
@pytest.mark.parametrize(
    "body",
    [
        "x" * 1_000_000,
        "[" * 1_000_000,
        '{"a":' * 200_000,
        "<a>" * 300_000,
        "<EventNotificationAlert>" + "<a>" * 100_000 + "</a>" * 100_000 + "</EventNotificationAlert>",
        '{"eventType":"VMD","channelID":"' + "9" * 1_000_000 + '"}',
        "[" + "0," * 400_000 + "0]",
    ],
    ids=["letters", "brackets", "objects", "open tags", "deep tags", "long channel", "numbers"],
)
def test_a_megabyte_is_bounded(source: str, body: str) -> None:
    try:
        outcome = ADAPTERS[source](None).adapt(Payload(body))
    except Refused as refused:
        assert len(str(refused)) < 1000
    else:
        assert isinstance(outcome, Ignored) or len(outcome[0].subject) < 500


def test_connections_that_open_and_close_are_no_unknown_action() -> None:
    link = Payload({"event": "closed", "code": 4000}, device="CP-7", action="Link")
    assert ADAPTERS["ocpp16"](None).adapt(link) == Ignored("ocpp16.link", "closed")


def test_a_record_id_is_its_place() -> None:
    assert record_id("isapi", "vendor.isapi", 3, 41, 0) == record_id("isapi", "vendor.isapi", 3, 41, 0)
    assert len({record_id("isapi", "vendor.isapi", p, o, n) for p in (0, 1) for o in (1, 2) for n in (0, 1)}) == 8


def test_record_ids_of_one_partition_stand_in_the_order_of_their_places() -> None:
    places = [(offset, n) for offset in (9, 10, 99, 2**40, 2**63 - 1) for n in (0, 2, 10, 500)]
    ids = [record_id("ocpp16", "vendor.ocpp16", 0, offset, n) for offset, n in places]
    assert ids == sorted(ids)


def test_a_content_id_is_its_facts_not_its_posting() -> None:
    first = Canonical("camera.event", "C-1", 5, {"event": "motion", "message_id": "1"})
    again = Canonical("camera.event", "C-1", 5, {"event": "motion", "message_id": "2", "retransmission": True})
    other = Canonical("camera.event", "C-1", 6, {"event": "motion"})
    assert content_id("isapi", first) == content_id("isapi", again) != content_id("isapi", other)


@pytest.mark.parametrize(
    ("value", "device", "received_ms", "body"),
    [
        ({"device": "CP-7", "received": "2026-03-12T00:00:00Z", "payload": [2]}, "CP-7", 1773273600000, [2]),
        ({"timestamp": "2026-03-12T08:00:00", "message": [2]}, "", 1773273600000, [2]),
        ({"device": 7, "received": 1773273600, "payload": "x"}, "7", 1773273600000, "x"),
        ({"device": None, "received": "soon", "payload": {}}, "", None, {}),
        ({"topic": "a/b", "payload": 1, "extra": 2}, "", None, {"topic": "a/b", "payload": 1}),
        ([2, "1"], "", None, [2, "1"]),
        ("<a/>", "", None, "<a/>"),
    ],
)
def test_envelopes(value: object, device: str, received_ms: int | None, body: object) -> None:
    payload = unwrap(value, ZONE)
    assert (payload.device, payload.received_ms, payload.body) == (device, received_ms, body)


@pytest.mark.parametrize(
    ("canonical", "says"),
    [
        (Canonical("sos.press", "s" * 301, 0, {}), "its device id has 301 characters"),
        (Canonical("sos.press", "s", 0, {"press": "\ud800"}), "cannot be written down"),
    ],
)
def test_what_no_log_would_take_is_refused(canonical: Canonical, says: str) -> None:
    with pytest.raises(Refused, match=says):
        encode(canonical, id="1", source="isapi", community="probe")


def test_a_record_too_large_is_refused() -> None:
    with pytest.raises(Refused, match="larger"):
        encode(Canonical("t", "s", 0, {"x": "y" * MAX_RECORD_BYTES}), id="1", source="isapi", community="probe")


def test_a_context_can_be_kept_and_loaded() -> None:
    first = Ocpp16()
    start = {"connectorId": 1, "idTag": "SECRET", "meterStart": 1000, "timestamp": "2026-03-12T00:00:00Z"}
    first.adapt(Payload([2, "1", "StartTransaction", start], device="CP-7"))
    first.adapt(Payload([3, "1", {"transactionId": 5}], device="CP-7"))
    first.adapt(Payload([2, "2", "Heartbeat", {}], device="CP-7"))
    kept = msgspec.json.encode(first.context.lasting())
    first.adapt(Payload([2, "3", "Heartbeat", {}], device="CP-7"))
    assert msgspec.json.encode(first.context.lasting()) == kept, "a beat leaves nothing to be written"
    assert b"SECRET" not in kept
    second = Ocpp16(context=msgspec.json.decode(kept, type=Context))
    stop = {"transactionId": 5, "meterStop": 1500, "timestamp": "2026-03-12T01:00:00Z"}
    (ended,) = second.adapt(Payload([2, "2", "StopTransaction", stop], device="CP-7"))
    assert ended.subject == "CP-7/1"
    assert ended.data["energy_wh"] == 500
