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


def examples(folder: Path) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(what it is, name of the codec's file, example) of every decoded uplink that vendors test their codecs with."""
    for path in sorted(folder.glob("*/*.json")):
        for example in json.loads(path.read_text()):
            if example["type"] == "uplink":
                yield path.parent.name, path.stem, example


def test_every_codec_s_own_examples(fixtures_dir: Path) -> None:
    outcomes: Counter[str] = Counter()
    types: dict[str, set[str]] = {}
    for _, codec, example in examples(fixtures_dir / "lorawan"):
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


AXES = [f"{word}_{axis}" for word in ("threshold", "threhold") for axis in "xyz"]


def by_kind(kind: str, data: dict[str, Any]) -> dict[str, Any]:
    """What the records have to say of words and numbers that mean this in devices of that kind alone."""
    match kind:
        case "door" if word := data.get("door") or data.get("state") or data.get("magnet_status"):
            return {"state": {"open": "open", "close": "closed"}[word]}
        case "bin_level":
            tilted = {"tilted": {"tilt": True, "normal": False}[data["position"]]}
            return tilted | ({"temperature_c": data["temperature"]} if "temperature" in data else {})
        case "tilt_manhole":
            return {"tilted": "trigger" in [data.get(axis) for axis in AXES]}
        case "elderly_fall_presence" if word := data.get("detection_status"):
            return {"fallen": word == "fall"}
        case "water_leak" if word := data.get("leakage_status"):
            return {"flag": "leak", "active": word == "leak"}
        case "electric_meter" if "activeEnergyImportL1T1" in data:
            tariffs = [data[f"activeEnergyImportL1{tariff}"] for tariff in ("T1", "T2")]
            assert all(tariff["unit"] == "Wh" for tariff in tariffs)
            return {"energy_kwh": pytest.approx(sum(tariff["data"] for tariff in tariffs) / 1000)}
    return {}


def test_what_a_codec_says_is_what_the_records_say(fixtures_dir: Path) -> None:
    compared = 0
    kinds: Counter[str] = Counter()
    for kind, codec, example in examples(fixtures_dir / "lorawan"):
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
        if "press" in data:
            assert records["press"] == data["press"].split()[0], codec
            compared += 1
        for ours, wanted in by_kind(kind, data).items():
            assert records[ours] == wanted, (codec, ours)
            kinds[f"{kind} {ours}"] += 1
    assert compared > 60
    assert kinds == {
        "door state": 5,
        "bin_level tilted": 6,
        "bin_level temperature_c": 5,
        "tilt_manhole tilted": 2,
        "elderly_fall_presence fallen": 1,
        "water_leak flag": 4,
        "water_leak active": 4,
        "electric_meter energy_kwh": 1,
    }


REGISTERS = {
    ("Volume", "m3"): ("volume_m3", 1),
    ("Energy", "Wh"): ("energy_kwh", 1000),
    ("Volume flow", "m3/h"): ("flow_m3h", 1),
}


def test_registers_of_meters_by_their_own_times(fixtures_dir: Path) -> None:
    compared: Counter[str] = Counter()
    for _, codec, example in examples(fixtures_dir / "lorawan"):
        values = [
            v for v in (example["output"].get("data") or {}).get("values", []) if isinstance(v, dict) and "Type" in v
        ]
        outcome = adapted("lorawan", example, fallback=codec) if values else []
        assert isinstance(outcome, list)
        for (type_, unit), (ours, per) in REGISTERS.items():
            wanted = [v for v in values if (v["Type"], v["Unit"]) == (type_, unit)]
            found = [record for record in outcome if ours in record.data]
            assert [r.data[ours] for r in found] == [pytest.approx(v["Value"] / per) for v in wanted], codec
            for record, value in zip(found, wanted, strict=True):
                if value["Timestamp"] is not None:
                    assert record.time_ms == int(datetime.fromisoformat(value["Timestamp"]).timestamp() * 1000)
            compared[ours] += len(wanted)
    assert compared == {"volume_m3": 99, "energy_kwh": 1, "flow_m3h": 5}


WMBUS = {
    "volume_m3": (
        ["total_m3", "total_volume_m3", "total_forward_m3", "total_water_m3", "total_heating_m3", "volume_m3"],
        1,
    ),
    "flow_m3h": (["volume_flow_m3h", "flow_m3h", "flow_water_m3h", "current_volume_flow_m3h", "current_flow_m3h"], 1),
    "energy_kwh": (
        [
            *("total_energy_consumption_kwh", "total_kwh", "total_energy_kwh", "total_heating_kwh"),
            *("total_heat_energy_kwh", "heat_kwh"),
            *("positive_total_active_energy_kwh", "total_active_positive_3phase_kwh"),
        ],
        1,
    ),
    "power_w": (
        [
            *("current_power_consumption_kw", "power_kw", "current_power_kw", "active_consumption_kw"),
            *("active_power_overall_kw", "three_phase_total_active_power_kw", "active_positive_3phase_kw"),
        ],
        1000,
    ),
    "voltage_v": (["voltage_at_phase_1_v", "voltage_l1_n_v", "voltage_1_n_v", "voltage_v"], 1),
    "temperature_c": (
        ["flow_temperature_c", "forward_c", "flow_c", "supply_temperature_c", "t1_temperature_c", "temperature_c"],
        1,
    ),
    "return_temperature_c": (["return_temperature_c", "return_c", "t2_temperature_c"], 1),
}
"""Ours: the names that receivers write for it, the first that is there counts; how many of ours one of theirs is."""


def wanted_of(telegram: dict[str, Any]) -> dict[str, float]:
    """The whole reading that a telegram is."""
    found: dict[str, float] = {}
    for ours, (names, times) in WMBUS.items():
        value = next((telegram[name] for name in names if telegram.get(name) is not None), None)
        if ours == "voltage_v" and telegram["media"] != "electricity":
            continue  # of its cell
        least = {"temperature_c": -60, "return_temperature_c": -60, "power_w": float("-inf")}.get(ours, 0)
        if value is not None and value * times >= least:
            found[ours] = pytest.approx(value * times, abs=1e-3)
    return found


def test_telegrams_of_wireless_m_bus(fixtures_dir: Path) -> None:
    vectors = json.loads((fixtures_dir / "wmbus" / "wmbus_vectors.json").read_text())["vectors"]
    outcomes: Counter[str] = Counter()
    flags: Counter[str] = Counter()
    compared: Counter[str] = Counter()
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
        batteries = [r.data["battery_percent"] for r in outcome if r.type == "device.battery"]
        assert batteries == [expected[name] for name in ("battery_pct",) if name in expected]
        if expected["media"] != "smoke detector":
            reading = next((r.data for r in outcome if r.type == "meter.reading"), {})
            wanted = wanted_of(expected)
            assert {name: reading.get(name) for name in WMBUS} == {name: wanted.get(name) for name in WMBUS}, expected
            compared.update(wanted.keys())
    assert outcomes == {"mapped": 331, "refused": 2}
    assert compared == {
        "volume_m3": 212,
        "energy_kwh": 104,
        "flow_m3h": 69,
        "power_w": 64,
        "voltage_v": 19,
        "temperature_c": 64,
        "return_temperature_c": 46,
    }
    raised = {"alarm": 2, "leak": 4, "empty_pipe": 3, "reverse_flow": 2, "burst": 0}
    assert {flag: flags[flag] for flag in raised} == raised


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
