"""Vendor topic -> log: the same payload at the same place is the same record, whatever is killed in between."""

from __future__ import annotations

import base64
import json
import os
import random
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from community.description import pack
from community.site import SITES, Site, Text, parse_site
from community.state import Described
from ingest.adapt import main as adapt
from ingest.adapters.ocpp16 import Ocpp16
from ingest.envelope import Envelopes
from ingest.following import followed
from ingest.mapping.folder import FOLDER
from ingest.mapping.trial import recorded
from ingest.normalise import Normaliser, work
from store import keys
from store.blobs import Blobs
from store.children import Children
from store.log.open import open_reader, open_writer
from store.log.streams import StreamsReader, StreamsWriter, connect, to_offset
from store.settings import read_settings
from tests.engines.kafka import Broker
from tests.engines.redis import RedisServer
from tests.engines.wait import wait_until

ROOT = Path(__file__).resolve().parents[2]
TOPIC = keys.vendor("ocpp16")
LANTING = parse_site((SITES / "lanting.json").read_bytes())
SITES_BY_ID: dict[str, Site] = {"lanting": LANTING}


class Bench:
    def __init__(self, server: RedisServer, var: Path) -> None:
        self.server = server
        self.client = connect(server.url)
        self.envelopes = Envelopes(var)
        self.blobs = Blobs(var / "blobs")
        self.var = var

    def normaliser(self, source: str = "ocpp16", sites: dict[str, Site] = SITES_BY_ID) -> Normaliser:
        reader, writer = (
            StreamsReader(self.server.url, keys.vendor(source), "normalise"),
            StreamsWriter(self.server.url),
        )
        return Normaliser(source, sites, reader, writer, self.client, self.blobs)

    def say(
        self, device: str, frame: Any, *, message_id: str = "", at_ms: int = 1_773_321_276_000, **facts: Any
    ) -> str:
        payload = frame if isinstance(frame, bytes) else json.dumps(frame).encode()
        fields: dict[Any, Any] = {"k": device, "v": self.envelopes.wrap(device, at_ms, payload, **facts)}
        if message_id:
            fields["h:id"] = message_id
        return self.client.xadd(TOPIC, fields).decode()  # type: ignore[union-attr]

    def values(self, topic: str = keys.LOG) -> list[dict[str, Any]]:
        return [json.loads(fields[b"v"]) for _, fields in self.client.xrange(topic)]  # type: ignore[union-attr]


@pytest.fixture
def bench(redis_server: RedisServer, tmp_path: Path) -> Iterator[Bench]:
    redis_server.wipe()
    bench = Bench(redis_server, tmp_path)
    yield bench
    bench.client.close()


def drain(normaliser: Normaliser) -> None:
    while normaliser.step(timeout_ms=50):
        continue


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


def test_the_log_fails_in_the_middle_of_a_batch(bench: Bench) -> None:
    """Also before anything was ever stored: then it is read from the beginning."""
    for number in range(20):
        bench.say("EV-01", [2, str(number), "Heartbeat", {}])
    normaliser = bench.normaliser()
    entries = normaliser._reader.poll(100)
    assert len(entries) == 20
    normaliser._take(frozenset((0,)))
    bench.server.kill()
    with pytest.raises(ConnectionError):
        normaliser._pass_on(entries)
    normaliser.reload()
    bench.server.restart()
    drain(normaliser)
    assert [record["data"]["message_id"] for record in bench.values()] == [str(n) for n in range(20)]


def life(bench: Bench, chance: random.Random, count: int) -> None:
    """Ten chargers that start, meter and stop; every stop names only its transaction."""
    running: dict[str, int] = {}
    for number in range(count):
        device = f"EV-{chance.randrange(1, 11):02d}"
        at_ms = 1_773_321_276_000 + 1000 * number
        if device in running and chance.random() < 0.3:
            stop = {"transactionId": running.pop(device), "meterStop": number}
            bench.say(device, [2, str(number), "StopTransaction", stop], at_ms=at_ms)
        elif device in running:
            values = [{"sampledValue": [{"value": str(number)}]}]
            said = {"connectorId": 1, "transactionId": running[device], "meterValue": values}
            bench.say(device, [2, str(number), "MeterValues", said], at_ms=at_ms)
        else:
            running[device] = 1000 + number
            start = {"connectorId": 1, "idTag": "c", "meterStart": number}
            answer = {"transactionId": running[device]}
            bench.say(device, [2, str(number), "StartTransaction", start], at_ms=at_ms, response=answer)


def test_kill_9_at_random_moments_gives_the_records_of_an_undisturbed_run(bench: Bench, children: Children) -> None:
    chance = random.Random(5)
    env = {**os.environ, "REDIS_URL": bench.server.url, "SHOUWANG_VAR": str(bench.var)}
    env.pop("KAFKA_BOOTSTRAP_SERVERS", None)
    command = [sys.executable, "-m", "ingest", "normalise"]
    total = 0

    def seen() -> int:
        return len({record["id"] for record in bench.values()})

    for _ in range(4):
        process = children.start(command, cwd=ROOT, env=env)
        enough = total + chance.randrange(600)
        life(bench, chance, 600)
        total += 600
        wait_until(lambda enough=enough: seen() > enough, 20, "some are normalised")  # type: ignore[misc]
        process.send_signal(signal.SIGKILL)
        process.wait()
        children.forget(process)
    process = children.start(command, cwd=ROOT, env=env)
    wait_until(lambda: seen() == total, 20, "all are normalised")
    process.kill()
    process.wait()
    children.forget(process)
    disturbed: dict[str, dict[str, Any]] = {}
    for record in bench.values():
        assert disturbed.setdefault(record["id"], record) == record, "read again is the same record"
    bench.client.delete(keys.LOG, keys.NORMALISE, keys.READERS)
    drain(bench.normaliser())
    undisturbed = bench.values()
    assert len(undisturbed) == total
    assert list(disturbed.values()) == undisturbed, "the same records in the same order"


def test_redis_flushed_under_a_running_normaliser_costs_no_session(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.normalise.STORE_EVERY_S", 0.0)
    start = {"connectorId": 1, "idTag": "c", "meterStart": 5}
    bench.say("EV-01", [2, "1", "StartTransaction", start], response={"transactionId": 7})
    running = bench.normaliser()
    drain(running)
    [started] = bench.values()
    bench.client.delete(keys.NORMALISE)
    bench.say("EV-02", [2, "2", "Heartbeat", {}])
    drain(running)
    bench.say("EV-01", [2, "3", "StopTransaction", {"transactionId": 7, "meterStop": 9}])
    drain(bench.normaliser())
    ended = bench.values()[-1]["data"]
    assert (ended["session"], ended["energy_wh"]) == (started["data"]["session"], 4)


def test_two_members_share_the_partitions_of_a_real_broker(kraft: Broker, bench: Bench) -> None:
    """The second joins half-way: each charger's session is carried over with the position it belongs to."""
    kraft.wipe()
    settings = read_settings({"REDIS_URL": bench.server.url, "KAFKA_BOOTSTRAP_SERVERS": kraft.bootstrap})
    writer = open_writer(settings)
    sent = 0

    def start() -> Normaliser:
        reader = open_reader(settings, TOPIC, "normalise")
        return Normaliser("ocpp16", SITES_BY_ID, reader, writer, bench.client, bench.blobs)

    def say(kind: Callable[[str, int], tuple[list[Any], dict[str, Any]]]) -> None:
        nonlocal sent
        for number in range(1, 11):
            device = f"EV-{number:02d}"
            frame, facts = kind(device, number)
            value = bench.envelopes.wrap(device, 1_773_321_276_000, json.dumps(frame).encode(), **facts)
            writer.append(TOPIC, device, value).result()
            sent += 1

    def all_records() -> dict[str, dict[str, Any]]:
        while found := log.poll(200):
            for entry in found:
                record = json.loads(entry.value)
                records[record["id"]] = record
        return records

    records: dict[str, dict[str, Any]] = {}
    log = open_reader(settings, keys.LOG, "test")
    members = [start()]

    def step() -> int:
        for member in members:
            member.step(timeout_ms=50)
        return len(all_records())

    def began(device: str, number: int) -> tuple[list[Any], dict[str, Any]]:
        start = {"connectorId": 1, "meterStart": number, "timestamp": "2026-03-12T13:14:36Z"}
        return [2, "s", "StartTransaction", start], {"response": {"transactionId": number}}

    def ended(device: str, number: int) -> tuple[list[Any], dict[str, Any]]:
        return [2, "e", "StopTransaction", {"transactionId": number, "meterStop": number + 5}], {}

    say(began)
    wait_until(lambda: step() == sent, 30, "the first member has all starts")
    members.append(start())
    wait_until(lambda: step() and members[1]._reader.assigned(), 30, "the second member has partitions")
    say(ended)
    wait_until(lambda: step() == sent, 30, "both have all stops")
    assert all(member._reader.assigned() for member in members)
    stops = [record for record in records.values() if record["data"].get("phase") == "ended"]
    assert sorted(stop["data"]["session"] for stop in stops) == [
        f"EV-{number:02d}/1@2026-03-12T13:14:36.000Z" for number in range(1, 11)
    ]
    for member in members:
        member.close()
    log.close()
    writer.close()


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


@pytest.mark.parametrize("killed_too", [False, True])
def test_what_a_broker_says_again_after_a_kill_is_one_record(bench: Bench, killed_too: bool) -> None:
    """The gateway was killed between the log and its acknowledgement; another one is told the message again."""
    frame = [2, "1", "StatusNotification", {"connectorId": 1, "status": "Available"}]
    normaliser = bench.normaliser()
    bench.say("EV-01", frame, message_id="gateway-1-7~ab12")
    drain(normaliser)
    if killed_too:
        normaliser.close()
        normaliser = bench.normaliser()
    bench.say("EV-01", frame, message_id="gateway-2-1~ab12!")
    bench.say("EV-01", frame, message_id="gateway-2-2~ab12")  # not called a repetition: said once more
    drain(normaliser)
    assert len({record["id"] for record in bench.values()}) == len(bench.values()) == 2


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
