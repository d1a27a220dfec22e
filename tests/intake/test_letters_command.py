"""Dead letters by the command: listed, shown whole, replayed once; mended by a new mapping, a new site, or by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ingest import letters
from store import keys
from tests.engines.kafka import Broker
from tests.engines.redis import RedisServer
from tests.intake.bench import Bench, drain

BAD = [2, "1", "StatusNotification", {"connectorId": "first", "status": "Available"}]


@pytest.fixture
def bench(redis_server: RedisServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    redis_server.wipe()
    monkeypatch.setenv("REDIS_URL", redis_server.url)
    monkeypatch.setenv("SHOUWANG_VAR", str(tmp_path))
    monkeypatch.delenv("KAFKA_BOOTSTRAP_SERVERS", raising=False)
    return Bench(redis_server, tmp_path)


def command(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str, str]:
    code = letters.main(list(argv))
    said = capsys.readouterr()
    return code, said.out, said.err


def ids(bench: Bench) -> list[str]:
    return [letter["id"] for letter in bench.values(keys.DEADLETTER)]


def test_list_show_replay(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    bench.say("EV-01", BAD)
    bench.client.xadd(keys.vendor("ocpp16"), {"k": "EV-02", "v": b"\xff\x00"})
    drain(bench.normaliser())
    first, second = ids(bench)
    code, out, err = command(capsys, "list")
    assert code == 0 and err == "2 letters\n"
    assert [line.split()[0] for line in out.splitlines()] == [first, second]
    assert command(capsys, "list", "--code", "bug")[1] == ""
    code, out, err = command(capsys, "show", first)
    assert code == 0 and json.loads(out)["payload"] == BAD
    assert "code: unmapped" in err and "key: EV-01" in err
    assert command(capsys, "replay", first)[1] == "1 replayed, 0 had been before\n"
    assert command(capsys, "replay", "--topic", "vendor.ocpp16")[1] == "1 replayed, 1 had been before\n"
    assert "replayed" in command(capsys, "list")[1]
    drain(bench.normaliser())
    assert len(ids(bench)) == 4, "what still cannot be read comes back"


def test_mended_by_hand(bench: Bench, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    bench.say("EV-01", BAD)
    drain(bench.normaliser())
    (letter,) = ids(bench)
    envelope = json.loads(command(capsys, "show", letter)[1])
    envelope["payload"][3]["connectorId"] = 1
    mended = tmp_path / "mended.json"
    mended.write_text(json.dumps(envelope))
    assert command(capsys, "replay", letter, "--with", str(mended))[0] == 0
    normaliser = bench.normaliser()
    drain(normaliser)
    [record] = bench.values()
    assert (record["type"], record["subject"]) == ("charging.status", "EV-01-1")


def test_a_large_one_comes_back_whole_and_one_cut_short_is_refused(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    large: Any = {"device": "EV-01", "payload": "x" * 100_000}
    bench.client.xadd(keys.vendor("ocpp16"), {"k": "EV-01", "v": json.dumps(large)})
    drain(bench.normaliser())
    (letter,) = ids(bench)
    assert json.loads(command(capsys, "show", letter)[1]) == large
    for blob in (bench.var / "blobs").rglob("*"):
        if blob.is_file():
            blob.unlink()
    code, _, err = command(capsys, "replay", letter)
    assert code == 1 and letter in err


def test_what_is_not_there_is_said(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(capsys, "show", "vendor.x/1") == (1, "", "there is no letter vendor.x/1\n")
    assert command(capsys, "replay")[0] == 2
    assert command(capsys, "list") == (0, "", "0 letters\n")


def test_letters_of_a_kafka(
    bench: Bench, kraft: Broker, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from store.deadletter import UNMAPPED, DeadLetters
    from store.log.kafka import KafkaReader, KafkaWriter

    kraft.wipe()
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", kraft.bootstrap)
    writer, topic = KafkaWriter(kraft.bootstrap), keys.vendor("ocpp16")
    writer.append(topic, "EV-01", b"odd").result()
    reader = KafkaReader(kraft.bootstrap, topic, "letters-test")
    while not (entries := reader.poll(500)):
        continue
    dead = DeadLetters(writer, bench.client)
    dead.put(entries[0], UNMAPPED, "why not")
    dead.settle()
    (line,) = command(capsys, "list")[1].splitlines()
    assert line.endswith("why not")
    assert command(capsys, "replay", "--code", "unmapped")[1] == "1 replayed, 0 had been before\n"
    while not (again := reader.poll(500)):
        continue
    assert again[0].value == b"odd"
    reader.close()
    writer.close()
