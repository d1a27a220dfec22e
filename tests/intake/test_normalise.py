"""Vendor topic -> log: the same payload at the same place is the same record."""

from __future__ import annotations

import base64
import json
import threading
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from community.description import pack
from community.site import SITES, Site, Text, parse_site
from community.state import Described
from ingest.adapt import main as adapt
from ingest.adapters.ocpp16 import Ocpp16
from ingest.following import followed
from ingest.mapping.folder import FOLDER
from ingest.mapping.trial import recorded
from ingest.normalise import Normaliser, work
from store import keys
from store.log.streams import StreamsReader, StreamsWriter, to_offset
from store.settings import read_settings
from tests.engines.wait import wait_until
from tests.intake.bench import LANTING, SITES_BY_ID, TOPIC, Bench, drain


def test_a_frame_becomes_a_record_of_its_community_with_the_id_of_its_place(bench: Bench) -> None:
    place = bench.say(
        "EV-02", [2, "1", "StatusNotification", {"connectorId": 2, "status": "Faulted", "errorCode": "X"}]
    )
    drain(bench.normaliser())
    [record] = bench.values()
    assert record["id"] == f"ocpp16:{TOPIC}:0:{to_offset(place.encode()):020}:0000"
    assert (record["community"], record["subject"], record["type"]) == ("lanting", "EV-02-2", "charging.status")
    assert record["received"] == "2026-03-12T13:14:36.000Z"


def test_a_device_that_no_site_describes_is_kept_and_named(bench: Bench) -> None:
    bench.say("CP-NEW", [2, "1", "Heartbeat", {}])
    drain(bench.normaliser())
    [record] = bench.values()
    assert record["community"] == "lanting" and record["subject"].startswith("CP-NEW")


def test_a_connection_says_whose_it_is_and_what_a_broker_kept_is_no_news(bench: Bench) -> None:
    bench.say("CP-NEW", [2, "1", "Heartbeat", {}], community="park")
    bench.say("CP-NEW", [2, "2", "Heartbeat", {}], community="lanting", retained=True)
    bench.say("CP-NEW", [2, "3", "Heartbeat", {}], community=["nobody's"])
    bench.client.xadd(TOPIC, {"k": "x", "v": json.dumps({"device": "CP-NEW", "payload": [2, "4", "Heartbeat", {}]})})
    normaliser = bench.normaliser(sites={**SITES_BY_ID, "park": Site("park", Text("园"))})
    drain(normaliser)
    assert [record["community"] for record in bench.values()] == ["park", "lanting", "lanting"]
    assert normaliser.ignored == 1


def test_what_cannot_be_mapped_goes_to_the_dead_letter_with_reason_and_place(bench: Bench) -> None:
    place = bench.say("EV-01", json.dumps("{nonsense").encode())
    bench.client.xadd(TOPIC, {"k": "EV-01", "v": b"\xff\x00 no envelope"})
    bench.client.xadd(TOPIC, {"k": "EV-01", "v": b"[" * 5000})
    bench.say("EV-01", [2, "2", "Heartbeat", {}])
    drain(bench.normaliser())
    letters = bench.values(keys.DEADLETTER)
    assert len(letters) == 3 and len(bench.values()) == 1
    assert letters[0]["code"] == "unmapped" and "not JSON" in letters[0]["reason"]
    assert letters[0]["origin"]["offset"] == to_offset(place.encode())
    assert all("not an envelope" in letter["reason"] for letter in letters[1:])


def test_a_row_that_lacks_a_column_waits_among_the_letters(bench: Bench) -> None:
    source, row = "ev_sessions_generic", {"session": "1", "station": "9", "started": "2024-03-01 08:00:00", "ended": ""}
    for said in (row | {"kwh": "7.5"}, row | {"energy_wh": "7500"}):
        value = bench.envelopes.wrap("9", 1_773_321_276_000, json.dumps(said).encode())
        bench.client.xadd(keys.vendor(source), {"k": "9", "v": value})
    drain(bench.normaliser(source))
    [letter], [record] = bench.values(keys.DEADLETTER), bench.values()
    assert letter["code"] == "unmapped"
    assert letter["reason"].startswith("no column 'energy_kwh' or 'energy_wh', there are session, station")
    assert record["data"]["phase"] == "started"


def test_a_device_described_while_it_runs_gets_its_name_and_sessions_go_on(bench: Bench) -> None:
    """The running transaction is remembered; the connector's vendor id is looked up in the new description."""
    device = next(d for d in LANTING.devices if d.id == "EV-02-2")
    others = tuple(d for d in LANTING.devices if d.id != device.id)
    sites = dict(SITES_BY_ID, lanting=replace(LANTING, devices=others))
    normaliser = Normaliser(
        "ocpp16",
        sites,
        StreamsReader(bench.server.url, TOPIC, "normalise"),
        StreamsWriter(bench.server.url),
        bench.client,
        bench.blobs,
    )
    start = {"connectorId": 2, "idTag": "T", "meterStart": 100, "timestamp": "2026-03-12T13:14:36Z"}
    bench.say("EV-02", [2, "1", "StartTransaction", start], response={"transactionId": 77})
    drain(normaliser)
    assert {record["subject"] for record in bench.values()}.isdisjoint({"EV-02-2"})
    seen = len(bench.values())
    sites["lanting"] = LANTING
    normaliser.describe({"lanting"})
    stop = {"transactionId": 77, "meterStop": 900, "timestamp": "2026-03-12T13:44:36Z"}
    bench.say("EV-02", [2, "2", "StopTransaction", stop])
    bench.say("EV-02", [2, "3", "StatusNotification", {"connectorId": 2, "status": "Available", "errorCode": "X"}])
    drain(normaliser)
    said = {record["type"]: record for record in bench.values()[seen:]}
    assert said["charging.session"]["data"]["energy_wh"] == 800, "the transaction is remembered"
    assert said["charging.status"]["subject"] == "EV-02-2"


def test_a_second_copy_of_a_message_is_dropped(bench: Bench) -> None:
    for message_id in ("a", "b", "a", "b", "c"):
        bench.say("EV-01", [2, message_id, "Heartbeat", {}], message_id=message_id)
    drain(bench.normaliser())
    assert [record["data"]["message_id"] for record in bench.values()] == ["a", "b", "c"]


def test_a_large_payload_comes_back_out_of_the_blob_store(bench: Bench) -> None:
    info = "x" * 70_000
    bench.say("EV-01", [2, "1", "StatusNotification", {"connectorId": 1, "status": "Available", "vendorId": info}])
    bench.client.xadd(TOPIC, {"k": "EV-01", "v": json.dumps({"device": "EV-01", "payload": None, "blob": "sha256:0"})})
    drain(bench.normaliser())
    assert bench.values()[0]["data"]["status"] == "Available"
    [letter] = bench.values(keys.DEADLETTER)
    assert letter["code"] == "undecodable" and "sha256:0" in letter["reason"]


def test_a_bug_in_an_adapter_does_not_stop_the_feed(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: object, *_: object) -> None:
        raise KeyError("a mistake of ours")

    monkeypatch.setattr(Ocpp16, "_boot", broken)
    bench.say("EV-01", [2, "1", "BootNotification", {}])
    bench.say("EV-01", [2, "2", "Heartbeat", {}])
    drain(bench.normaliser())
    assert bench.values(keys.DEADLETTER)[0]["code"] == "bug"
    assert len(bench.values()) == 1


def test_a_cameras_snapshot_is_kept_and_its_record_names_it(bench: Bench) -> None:
    picture = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 400  # larger than an envelope holds: 102 kB
    line = {"topic": "frigate/c_010/person/snapshot", "payload": base64.b64encode(picture).decode()}
    envelope = bench.envelopes.wrap("frigate", 1_773_321_276_000, json.dumps(line).encode())
    bench.client.xadd(keys.vendor("frigate"), {"k": "frigate", "v": envelope})
    normaliser = bench.normaliser("frigate")
    drain(normaliser)
    normaliser.close()
    (record,) = bench.values()
    assert (record["type"], record["subject"]) == ("camera.picture", "C-010")
    assert record["data"]["content_type"] == "image/jpeg"
    assert bench.blobs.get(record["data"]["hash"]) == picture
    assert bench.values(keys.DEADLETTER) == []


def test_a_source_that_a_new_description_names_is_read_from_then_on(bench: Bench, tmp_path: Path) -> None:
    """What was said before waits in its topic; the mapping gives the device its name."""
    assert "zigbee2mqtt" not in followed({"lanting": LANTING})
    payload = b'{"topic": "zigbee2mqtt/help 7", "payload": {"action": "emergency", "battery": 88}}'
    envelope = bench.envelopes.wrap("bridge", 1_773_321_276_000, payload)
    bench.client.xadd(keys.vendor("zigbee2mqtt"), {"k": "bridge", "v": envelope})
    button = next(device for device in LANTING.devices if device.id == "SOS-035")
    text = (SITES / "lanting.json").read_bytes()
    described = json.loads(text)
    described["devices"].append(
        {
            "id": "SOS-NEW",
            "system": button.system,
            "kind": button.kind,
            "source": button.source,
            "vendor": {"zigbee2mqtt": "Help 7"},
        }
    )
    settings = read_settings({"REDIS_URL": bench.server.url, "SHOUWANG_VAR": str(tmp_path)})
    stop = threading.Event()
    program = threading.Thread(target=work, args=(settings, stop))
    program.start()
    try:
        new = Described("h", "0001.0000.1", pack(json.dumps(described).encode()))
        bench.client.hset(keys.meta("lanting"), "described", msgspec.json.encode(new))
        wait_until(lambda: len(bench.values()) >= 2, 30, "the press is in the log")
    finally:
        stop.set()
        program.join()
    assert [(r["type"], r["subject"]) for r in bench.values()] == [
        ("sos.press", "SOS-NEW"),
        ("device.battery", "SOS-NEW"),
    ]


def test_a_mapping_is_followed_when_a_site_names_its_source() -> None:
    sampled = parse_site((FOLDER / "lorawan" / "samples" / "site.json").read_bytes())
    programs = ["ocpp16", "isapi", "frigate"]
    assert followed({}) == programs
    assert followed({"s": sampled}) == [*programs, "lorawan"]
    assert followed({}, ["modbus"]) == [*programs, "modbus"], "a connection names it"


def test_the_past_adapted_anew_has_the_ids_that_it_has_in_the_log(
    bench: Bench, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """A better mapping over what was recorded: what comes out as before is the same record, not a second one."""
    for connector in (1, 2):
        bench.say("EV-01", [2, "1", "StatusNotification", {"connectorId": connector, "status": "Available"}])
    drain(bench.normaliser())
    settings = read_settings({"REDIS_URL": bench.server.url, "SHOUWANG_VAR": str(tmp_path)})
    assert recorded(settings, "ocpp16", 1000) == 0
    past = tmp_path / "past.jsonl"
    past.write_bytes(capfdbinary.readouterr().out)
    assert adapt(["ocpp16", str(past), "--site", str(SITES / "lanting.json")]) == 0
    again = [json.loads(line) for line in capfdbinary.readouterr().out.splitlines()]
    assert [record["id"] for record in again] == [record["id"] for record in bench.values()]
