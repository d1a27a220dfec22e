"""A vendor that nobody knew: it speaks, somebody writes a mapping while everything runs, betters it, and breaks it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from ingest.envelope import Envelopes
from store import keys
from store.children import Children
from store.log import LogUnavailable
from store.log.open import open_reader, open_writer
from store.settings import read_settings
from tests.engines.kafka import Broker
from tests.engines.ports import free_port
from tests.engines.redis import RedisServer
from tests.engines.wait import wait_until
from tests.gateways.rig import Rig

ROOT = Path(__file__).resolve().parents[2]
AT_MS = 1_773_321_276_000
FIRST = """\
source: radio
title: Radio of some vendor
subject: "{body.id}"
records:
  - type: device.battery
    needs: battery_percent
    data: {battery_percent: body.percent}
"""
BETTER = FIRST + "  - type: access.contact\n    needs: state\n    data: {state: body.door}\n"
BROKEN = BETTER.replace("access.contact", "access.contract")


class Estate:
    """A normaliser as `make run` starts it, and the log beside it."""

    def __init__(self, children: Children, var: Path, environ: dict[str, str]) -> None:
        self._children, self._var = children, var
        self._environ = {**os.environ, "SHOUWANG_VAR": str(var), "KAFKA_BOOTSTRAP_SERVERS": "", **environ}
        self.settings = read_settings(self._environ)
        self.file = self.settings.mappings / "radio" / "mapping.yaml"
        self._program: subprocess.Popen[bytes] | None = None
        self._envelopes = Envelopes(var)

    def start(self) -> None:
        command = [sys.executable, "-m", "ingest", "normalise"]
        with (self._var / "said.txt").open("ab") as said:
            self._program = self._children.start(command, cwd=ROOT, env=self._environ, stderr=said)

    def kill(self) -> None:
        if self._program is not None:
            self._program.kill()
            self._program.wait()
            self._children.forget(self._program)
            self._program = None

    def said(self) -> str:
        return (self._var / "said.txt").read_text("utf-8")

    def write(self, text: str) -> None:
        """As an editor does that truncates the file and writes it bit by bit."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        with self.file.open("w", encoding="utf-8") as file:
            for line in text.splitlines(keepends=True):
                file.write(line)
                file.flush()

    def say(self, *payloads: dict[str, Any]) -> None:
        writer = open_writer(self.settings)
        for payload in payloads:
            value = self._envelopes.wrap("gw-1", AT_MS, json.dumps(payload).encode(), community="lanting")
            writer.append(keys.vendor("radio"), "gw-1", value).result()
        writer.close()

    def records(self) -> list[dict[str, Any]]:
        reader = open_reader(self.settings, keys.LOG, uuid.uuid4().hex)
        try:
            found = list(reader.poll(200))
            wait_until(lambda: bool(found.extend(reader.poll(50)) or reader.assigned()), 20, "the log's partitions")
            while more := reader.poll(300):
                found += more
        finally:
            reader.close()
        records = [json.loads(entry.value) for entry in found]
        return [record for record in records if record["source"] == "radio"]

    def command(self, *argv: str, said: bytes = b"") -> bytes:
        command = [sys.executable, "-m", "ingest", *argv]
        done = subprocess.run(command, input=said, capture_output=True, env=self._environ, cwd=ROOT, timeout=60)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    def listing(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.command("mapping", "list"))
        return found

    def source(self) -> dict[str, Any]:
        return next(one for one in self.listing()["sources"] if one["source"] == "radio")


@pytest.fixture(params=["streams", "kraft"])
def estate(
    request: pytest.FixtureRequest, redis_server: RedisServer, tmp_path: Path, children: Children
) -> Iterator[Estate]:
    redis_server.wipe()
    environ = {"REDIS_URL": redis_server.url}
    if request.param == "kraft":
        kraft: Broker = request.getfixturevalue("kraft")
        kraft.wipe()
        environ["KAFKA_BOOTSTRAP_SERVERS"] = kraft.bootstrap
    estate = Estate(children, tmp_path, environ)
    yield estate
    estate.kill()


def count(estate: Estate, type_: str) -> int:
    try:
        return sum(record["type"] == type_ for record in estate.records())
    except LogUnavailable:
        return 0


def test_what_speaks_is_listed_mapped_bettered_and_broken_while_everything_runs(estate: Estate) -> None:
    estate.start()
    estate.say({"id": "d-7", "percent": 71, "door": "open"}, {"id": "d-8", "percent": 64})
    (waiting,) = estate.listing()["waiting"]
    assert (waiting["source"], waiting["payloads"], waiting["sender"]) == ("radio", 2, "gw-1")
    assert waiting["payload"]["payload"] == {"id": "d-8", "percent": 64}

    estate.write(FIRST)
    wait_until(lambda: count(estate, "device.battery") == 2, 40, "what waited is read")
    listed = estate.listing()
    assert listed["waiting"] == []
    wait_until(lambda: "the mapping radio has changed and is in force" in estate.said(), 10, "it says so")

    estate.write(BETTER)
    wait_until(lambda: estate.said().count("is in force") == 2, 40, "the better one is in force")
    estate.say({"id": "d-9", "door": "closed"})
    wait_until(lambda: count(estate, "access.contact") == 1, 40, "and reads what comes")

    estate.write(BROKEN)
    fault = "mapping.yaml:8: 'access.contract' is no type of a record"
    wait_until(lambda: fault in estate.said(), 40, "the log says the line")
    assert "the one before goes on" in estate.said()
    told = estate.source()
    assert fault in told["refused"] and told["since_ms"] > 0, "the page knows both"
    assert estate.listing()["waiting"] == [], "somebody reads it"
    estate.say({"id": "d-7", "door": "open"})
    wait_until(lambda: count(estate, "access.contact") == 2, 40, "the one before goes on")

    # the light goes out while the file is broken: the copy of what was in force is read
    estate.kill()
    estate.say({"id": "d-7", "door": "closed"})
    estate.start()
    wait_until(lambda: count(estate, "access.contact") == 3, 40, "also after a start")
    estate.write(BETTER)
    wait_until(lambda: not estate.source()["refused"], 40, "mended")
    ids = [record["id"] for record in estate.records()]
    assert len(ids) == len(set(ids)) == 5

    # the past by the better mapping: what came out before is the same record, and the door of then is there too
    past = estate.command("mapping", "recorded", "radio")
    recording, better = estate.settings.var / "past.jsonl", estate.settings.var / "past.records"
    recording.write_bytes(past)
    better.write_bytes(estate.command("adapt", "radio", str(recording), "--community", "lanting"))
    for _ in range(2):
        estate.command("replay", str(better), "--speed", "max")
    after = {record["id"]: record for record in estate.records()}
    assert set(ids) < after.keys() and len(after) == 6, "as often as it is done"
    (door,) = after.keys() - set(ids)
    assert (after[door]["subject"], after[door]["data"]["state"]) == ("d-7", "open")


def test_no_mapping_takes_a_programs_place_and_a_file_that_goes_costs_nothing(
    redis_server: RedisServer, tmp_path: Path, children: Children
) -> None:
    redis_server.wipe()
    estate = Estate(children, tmp_path, {"REDIS_URL": redis_server.url})
    estate.write(FIRST)
    for name in ("ocpp16", "Radio-9"):
        folder = estate.settings.mappings / name
        folder.mkdir()
        (folder / "mapping.yaml").write_text(FIRST.replace("radio", name))
    estate.start()
    try:
        estate.say({"id": "d-7", "percent": 71})
        wait_until(lambda: count(estate, "device.battery") == 1, 40, "it is read")
        estate.file.unlink()
        wait_until(lambda: "it is not there any more" in estate.said(), 40, "said")
        estate.say({"id": "d-7", "percent": 70})
        wait_until(lambda: count(estate, "device.battery") == 2, 40, "what it said goes on")
        refused = {one["source"]: one["refused"] for one in estate.listing()["sources"] if one["refused"]}
        assert "is read by a program" in refused["ocpp16"] and "small letters" in refused["Radio-9"]
    finally:
        estate.kill()


def test_what_a_new_mapping_calls_personal_does_not_leave_the_gateway_from_then_on(
    redis_server: RedisServer, tmp_path: Path, children: Children
) -> None:
    redis_server.wipe()
    rig, port = Rig(redis_server, tmp_path, children), free_port()
    connections = tmp_path / "connections.yaml"
    connections.write_text(
        f'- {{way: http, id: radio, source: radio, feed: ocpp16, unmapped: true, listen: "127.0.0.1:{port}", '
        "token: {env: TOKEN}}\n"
    )
    rig.env |= {"CONNECTIONS": str(connections), "TOKEN": "t-1"}
    rig.start()

    def listens() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    def posted() -> dict[str, Any]:
        url, headers = f"http://127.0.0.1:{port}/intake/radio", {"Authorization": "Bearer t-1"}
        said = {"id": "d-7", "percent": 71, "owner": "刘洋"}
        assert requests.post(url, json=said, headers=headers, timeout=20).status_code == 200
        return rig.entries(keys.vendor("radio"))[-1]

    try:
        wait_until(listens, 20, "the intake listens")
        assert posted()["payload"]["owner"] == "刘洋", "nobody has said yet that it is a name"
        folder = tmp_path / "mappings" / "radio"
        folder.mkdir(parents=True)
        (folder / "mapping.yaml").write_text(FIRST + "personal: {drop: [owner]}\n")
        wait_until(lambda: "刘洋" not in json.dumps(posted(), ensure_ascii=False), 30, "it is left out")
    finally:
        rig.kill()
