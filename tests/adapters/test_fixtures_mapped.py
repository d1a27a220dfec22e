"""Recorded files that a mapping reads, against what their vendors and publishers say is in them."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from community.model import Position, decode
from community.systems import REDUCERS
from ingest.adapters import ADAPTERS
from ingest.adapters.base import Canonical, Ignored, Payload, Refused, content_id, encode
from tests.adapters.test_fixtures import convert

NOT_DECODED = "has decoded nothing"


def adapted(source: str, body: Any, **about: Any) -> list[Canonical] | str:
    """The records, each of which the fold takes; else why there are none."""
    try:
        outcome = ADAPTERS[source](None).adapt(Payload(body, received_ms=1_773_273_600_000, **about))
    except Refused as refused:
        return str(refused)
    if isinstance(outcome, Ignored):
        return outcome.rule
    for canonical in outcome:
        line = encode(canonical, id=content_id(source, canonical), source=source, community="probe", received_ms=0)
        record = decode(line, position=Position(0, 0, 0), appended_ms=0)
        if record.type in REDUCERS:
            REDUCERS[record.type][1].reduce(record)
    return outcome


def said(records: list[Canonical] | str) -> dict[str, Any]:
    assert isinstance(records, list), records
    return {name: value for record in records for name, value in record.data.items()}


def examples(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """(name of the codec's file, example) of every decoded uplink that vendors test their codecs with."""
    for path in sorted(folder.glob("*/*.json")):
        for example in json.loads(path.read_text()):
            if example["type"] == "uplink":
                yield path.stem, example


def test_every_codec_s_own_examples(fixtures_dir: Path) -> None:
    outcomes: Counter[str] = Counter()
    types: dict[str, set[str]] = {}
    for codec, example in examples(fixtures_dir / "lorawan"):
        outcome = adapted("lorawan", example, fallback=codec)
        if isinstance(outcome, str):
            assert NOT_DECODED in outcome, f"{codec}: {outcome}"
            assert not example["output"].get("data"), f"{codec}: {example}"
            outcomes["refused"] += 1
            continue
        outcomes["mapped"] += 1
        types.setdefault(codec, set()).update(record.type for record in outcome)
    assert outcomes == {"mapped": 95, "refused": 14}
    assert {codec for codec, found in types.items() if found == {"device.heartbeat"}} == {
        "fludia--fm432e",  # counts pulses; what one is worth stands on the meter
        "mclimate--open-close-sensor",  # its example is a keepalive
        "milesight-iot--ct101-v2",  # ampere, for which a meter has no field
        "milesight-iot--gs101",  # its example says only that it is on
        "milesight-iot--gs601",  # smells and vapour
    }


EQUAL = {
    "battery": "battery_percent",
    "batteryLevelInPercentage": "battery_percent",
    "distance": "distance_mm",
    "voltage": "voltage_v",
    "active_power": "power_w",
    "Vrms": "voltage_v",
    "ZS": "volume_m3",
    "total_volume": "volume_m3",
}
"""Fields of codecs that a record type has, in the same unit."""

SCALED = {
    "power_consumption": ("energy_kwh", 1000),
    "active_energy": ("energy_kwh", 1000),
    "lastVolume": ("volume_m3", 1000),
}


def test_what_a_codec_says_is_what_the_records_say(fixtures_dir: Path) -> None:
    compared = 0
    for codec, example in examples(fixtures_dir / "lorawan"):
        data = example["output"].get("data") or {}
        if not data or codec.startswith("milesight-iot--vs330"):  # its distance is not a bin's
            continue
        records = said(adapted("lorawan", example, fallback=codec))
        for field, ours in EQUAL.items():
            if field in data:
                assert records[ours] == data[field], (codec, field)
                compared += 1
        for field, (ours, per) in SCALED.items():
            if field in data:
                assert records[ours] == pytest.approx(data[field] / per), (codec, field)
                compared += 1
        for event, words in {"press": records.get("press"), "leakage_status": records.get("active")}.items():
            if event in data:
                assert words in (data[event].split()[0], data[event] == "leak"), (codec, event)
                compared += 1
    assert compared > 60


def test_volumes_of_meters_by_their_own_times(fixtures_dir: Path) -> None:
    for codec, example in examples(fixtures_dir / "lorawan"):
        values = [
            v for v in (example["output"].get("data") or {}).get("values", []) if isinstance(v, dict) and "Type" in v
        ]
        wanted = [(v["Timestamp"], v["Value"]) for v in values if v["Type"] == "Volume" and v["Value"] is not None]
        if not wanted or any(at is None for at, _ in wanted):
            continue
        found = [
            (r.time_ms, r.data["volume_m3"])
            for r in adapted("lorawan", example, fallback=codec)
            if "volume_m3" in r.data
        ]  # type: ignore[union-attr]
        times = [int(datetime.fromisoformat(at).timestamp() * 1000) for at, _ in wanted]
        assert found == list(zip(times, [value for _, value in wanted], strict=True))


WMBUS = {
    "total_m3": "volume_m3",
    "total_volume_m3": "volume_m3",
    "volume_flow_m3h": "flow_m3h",
    "total_energy_consumption_kwh": "energy_kwh",
    "total_kwh": "energy_kwh",
    "flow_temperature_c": "temperature_c",
}


def test_telegrams_of_wireless_m_bus(fixtures_dir: Path) -> None:
    vectors = json.loads((fixtures_dir / "wmbus" / "wmbus_vectors.json").read_text())["vectors"]
    outcomes: Counter[str] = Counter()
    flags: Counter[str] = Counter()
    for vector in vectors:
        expected = vector["expected"]
        outcome = adapted("wmbus", vector)
        if isinstance(outcome, str):
            assert "decrypted or decoded" in outcome
            outcomes["refused"] += 1
            continue
        outcomes["mapped"] += 1
        assert {record.subject for record in outcome} == {expected["id"]}
        flags.update(r.data["flag"] for r in outcome if r.type == "meter.flag" and r.data["active"])
        flags.update(r.data["event"] for r in outcome if r.type == "fire.detector")
        reading = next((r.data for r in outcome if r.type == "meter.reading"), {})
        for field, ours in WMBUS.items():
            value = expected.get(field)
            if isinstance(value, int | float) and reading and (ours == "temperature_c" or value >= 0):
                either = {expected.get(other) for other, same in WMBUS.items() if same == ours}
                assert any(other is not None and reading[ours] == pytest.approx(other, abs=1e-3) for other in either)
    assert outcomes == {"mapped": 331, "refused": 2}
    wanted = {"alarm": 2, "leak": 4, "empty_pipe": 3, "reverse_flow": 2, "burst": 0}
    assert {flag: flags[flag] for flag in wanted} == wanted


def test_onvif_by_the_names_of_its_messages(fixtures_dir: Path) -> None:
    messages = json.loads((fixtures_dir / "cameras" / "onvif" / "axis_metadata_stream.json").read_text())
    active = set()
    for name, message in messages.items():
        outcome = adapted("onvif", message, device="192.0.2.7")
        if isinstance(outcome, str):
            assert name == "FIRST_MESSAGE" or name.startswith("EVENT_INSTANCE"), f"{name}: {outcome}"
        elif any(record.data.get("active") for record in outcome):
            active.add(name)
    assert active == {
        "OBJECT_ANALYTICS_ANY_CHANGE",
        "PIR_CHANGE",
        "VMD4_ANY_CHANGE",
        "VMD4_C1P1_CHANGE",
        "VMD4_C1P2_CHANGE",
    }


def test_sessions_add_up_to_what_was_published(fixtures_dir: Path) -> None:
    _, records, _ = convert("ev_sessions_desmarais", fixtures_dir / "ev_sessions" / "desmarais_workplace.csv")
    ended = [record for record in records if record.data["phase"] == "ended"]
    assert len(ended) == 3395
    assert len({record.subject for record in ended}) == 105
    assert sum(record.data["energy_wh"] for record in ended) / 1000 == pytest.approx(19_723.69, abs=0.01)
    assert sum(record.data["energy_wh"] == 0 for record in ended) == 55
    years = {datetime.fromtimestamp(record.time_ms / 1000, UTC).year for record in records}
    assert years == {2014, 2015}


def test_requests_of_a_city(fixtures_dir: Path) -> None:
    path = fixtures_dir / "workorders" / "nyc311_200.csv"
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    _, records, _ = convert("work_orders", path)
    phases = Counter(record.data["phase"] for record in records)
    status = Counter(row["Status"] for row in rows)
    assert phases == {
        "published": len(rows),
        "done": status["Closed"],
        "taken": status["Assigned"],
        "in_progress": status["Pending"],
    }
    assert status["Open"] == 91
    for record in records:
        REDUCERS[record.type][1].reduce(record)
