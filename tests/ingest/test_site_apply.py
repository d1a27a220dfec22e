"""`python -m ingest site apply`: as a person types it, beside the live worker and the gateway as processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import redis

from community.description import description
from community.site import SITES
from store import keys
from store.children import Children
from store.described import described_now
from store.log.streams import StreamsWriter
from store.site_apply import append
from tests.engines.ports import free_port
from tests.engines.redis import RedisServer
from tests.engines.wait import wait_until

ROOT = Path(__file__).resolve().parents[2]
SOURCE = msgspec.json.decode((SITES / "lanting.json").read_bytes())


class House:
    """One installation: its SITE is a file that a person edits."""

    def __init__(self, server: RedisServer, folder: Path, children: Children) -> None:
        self.client = redis.Redis.from_url(server.url)
        self.file = folder / "site.json"
        self.write({})
        self.url, self.children, self.running = server.url, children, []
        own = {"REDIS_URL": server.url, "SHOUWANG_VAR": str(folder / "var"), "SITE": str(self.file)}
        self.env = {**os.environ, **own, "KAFKA_BOOTSTRAP_SERVERS": "", "OCPP_PORT": str(free_port())}

    def write(self, changed: dict[str, object], path: Path | None = None) -> str:
        """The hash of what the file says now."""
        text = json.dumps({**SOURCE, **changed}, ensure_ascii=False, indent=1)
        (path or self.file).write_text(text, "utf-8")
        return description(text.encode()).hash

    def start(self, name: str) -> None:
        self.running.append(self.children.start([sys.executable, "-m", "ingest", name], cwd=ROOT, env=self.env))

    def apply(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "ingest", "site", "apply", *arguments]
        return subprocess.run(command, cwd=ROOT, env=self.env, capture_output=True, text=True, timeout=60, check=False)

    def in_force(self) -> str:
        now = described_now(self.client, "lanting")
        return now.hash if now is not None else ""

    def stop(self) -> None:
        for process in self.running:
            process.terminate()
        for process in self.running:
            process.wait(20)
            self.children.forget(process)
        self.client.close()


@pytest.fixture
def house(redis_server: RedisServer, tmp_path: Path, children: Children) -> Iterator[House]:
    redis_server.wipe()
    house = House(redis_server, tmp_path, children)
    yield house
    house.stop()
    redis_server.wipe()


def fewer(*ids: str) -> dict[str, object]:
    return {"devices": [device for device in SOURCE["devices"] if device["id"] not in ids]}


def test_an_edited_file_is_applied_while_everything_runs(house: House, tmp_path: Path) -> None:
    early = house.apply(str(house.file))
    assert early.returncode == 1 and "no live worker has folded 'lanting'" in early.stderr
    house.start("live")
    first = house.write({})
    wait_until(lambda: house.in_force() == first, 30, "the worker has told what its file says")
    again = house.apply(str(house.file))
    assert again.returncode == 0 and "is in force already" in again.stdout

    second = house.write(fewer("SOS-035"))
    applied = house.apply(str(house.file), "--by", "post:office")
    assert applied.returncode == 0, applied.stderr
    assert "0 new, 1 gone" in applied.stdout and house.in_force() == second
    values = [json.loads(fields[b"value"]) for _, fields in house.client.xrange(keys.outbox("lanting"))]
    assert [(v["type"], v["data"]["by"]) for v in values] == [
        ("site.described", "house"),
        ("site.described", "post:office"),
    ]

    house.file.write_text(
        house.file.read_text("utf-8").replace('"timezone": "Asia/Shanghai"', '"timezone": "Mars"'), "utf-8"
    )
    faulty = house.apply(str(house.file))
    assert faulty.returncode == 1 and f"{house.file}:" in faulty.stderr and "'Mars' does not exist" in faulty.stderr
    assert house.in_force() == second

    house.write(fewer("SOS-035"))
    other = tmp_path / "other.json"
    house.write(fewer("SOS-036"), other)
    applied = house.apply(str(other))
    assert applied.returncode == 0 and "is not a file of SITE" in applied.stdout and "1 new, 1 gone" in applied.stdout

    for wrong, why in (("clock", "does not change"), ("id", "no live worker has folded")):
        house.write({wrong: "log" if wrong == "clock" else "elsewhere"}, other)
        refused = house.apply(str(other))
        assert refused.returncode == 1 and why in refused.stderr, refused
    assert house.apply(str(other), "--by", "Mr Wang").returncode == 1


def test_who_comes_second_is_told_so(house: House, tmp_path: Path) -> None:
    """Between reading what is in force and the record of this one another stands in the log."""
    house.start("live")
    first = house.write({})
    wait_until(lambda: house.in_force() == first, 30, "the worker has told what its file says")
    house.running[0].terminate()
    house.running.pop().wait(20)  # down: both read the same description
    writer = StreamsWriter(house.url)
    mine = description(json.dumps({**SOURCE, **fewer("SOS-001")}).encode())
    append(writer, mine, first, "post:other").result()
    writer.close()
    house.write(fewer("SOS-002"), tmp_path / "mine.json")
    command = [sys.executable, "-m", "ingest", "site", "apply", str(tmp_path / "mine.json")]
    late = subprocess.Popen(command, cwd=ROOT, env=house.env, stderr=subprocess.PIPE, text=True)
    wait_until(lambda: house.client.xlen(keys.LOG) >= 3, 30, "both stand in the log")
    house.write(fewer("SOS-001"))  # what the worker's file says too
    house.start("live")
    _, said = late.communicate(timeout=60)
    assert late.returncode == 1 and "another description came first" in said
    assert house.in_force() == mine.hash


def test_the_gateway_speaks_for_a_feed_as_soon_as_it_is_described(house: House) -> None:
    without = [source for source in SOURCE["sources"] if source["id"] != "ocpp16"]
    others = [device for device in SOURCE["devices"] if device["source"] != "ocpp16"]
    gone = {device.get("area") for device in SOURCE["devices"]} - {device.get("area") for device in others}
    areas = {area: text for area, text in SOURCE["areas"].items() if area not in gone}
    first = house.write({"sources": without, "devices": others, "areas": areas})
    house.start("live")
    wait_until(lambda: house.in_force() == first, 30, "the worker has told what its file says")
    house.start("gateway")
    house.write({})
    assert house.apply(str(house.file)).returncode == 0
    vendor = keys.vendor("ocpp16")
    wait_until(lambda: house.client.xlen(vendor) > 0, 30, "a heartbeat of the gateway")
    ((_, fields), *_) = house.client.xrange(vendor)
    assert json.loads(fields[b"v"])["type"] == "source.heartbeat"


def test_a_device_that_nobody_described_is_listed_and_adopted(house: House, tmp_path: Path) -> None:
    """It speaks through the normaliser; the list has its last payload; the filled table is in force at once."""
    first = house.write({})
    for name in ("live", "normalise"):
        house.start(name)
    wait_until(lambda: house.in_force() == first, 30, "the worker has told what its file says")
    envelope = {
        "device": "CP-NEW",
        "received": "2026-03-12T13:14:36Z",
        "payload": [2, "1", "StatusNotification", {"connectorId": 1, "status": "Available", "errorCode": "NoError"}],
    }
    house.client.xadd(keys.vendor("ocpp16"), {"k": "CP-NEW", "v": json.dumps(envelope)})

    def devices(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "ingest", "devices", *arguments]
        return subprocess.run(command, cwd=ROOT, env=house.env, capture_output=True, text=True, timeout=60, check=False)

    wait_until(lambda: house.client.hexists(keys.devices("lanting"), "CP-NEW/1"), 30, "it was heard")
    listed = devices("unknown")
    assert "ocpp16 CP-NEW/1  charging" in listed.stdout and '"StatusNotification"' in listed.stdout
    blank = devices("unknown", "--csv").stdout
    filled = tmp_path / "new.csv"
    head, row = blank.splitlines()
    filled.write_text(f"{head}\n{row.replace('CP-NEW-1,', 'EV-99-1,')}\n")
    adopted = devices("adopt", str(filled), "--by", "post:office")
    assert adopted.returncode == 0, adopted.stderr
    assert "1 adopted" in adopted.stdout and "1 new, 0 gone" in adopted.stdout
    assert devices("unknown").stderr == "0 unknown devices\n", "its old name is forgotten"
    assert house.file.with_name("site.json.before").exists()
