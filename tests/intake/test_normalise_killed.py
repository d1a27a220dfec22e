"""The normaliser killed, its Redis flushed, its partitions shared: each payload is one record all the same."""

from __future__ import annotations

import json
import os
import random
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ingest.normalise import Normaliser
from store import keys
from store.children import Children
from store.log.open import open_reader, open_writer
from store.settings import read_settings
from tests.engines.kafka import Broker
from tests.engines.wait import wait_until
from tests.intake.bench import SITES_BY_ID, TOPIC, Bench, drain

ROOT = Path(__file__).resolve().parents[2]


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
