"""`python -m ingest simulate --days`: files that replay takes, the truth, and clear words where it cannot be."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from community.model import Position, decode
from community.site import parse_site
from community.world.base import Truth
from tests.world.small import small

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def site_file(tmp_path: Path) -> Path:
    path = tmp_path / "small.json"
    path.write_bytes(msgspec.json.encode(small()))
    return path


def run(site_file: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "ingest", "simulate", "--days", "1", "--site", str(site_file), *arguments]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, "SITE": str(site_file)}, capture_output=True)


def test_a_day_is_written_with_its_truth_and_its_site(tmp_path: Path, site_file: Path) -> None:
    out, truth, site_out = tmp_path / "day.jsonl", tmp_path / "truth.jsonl", tmp_path / "site.json"
    files = ("--out", str(out), "--truth", str(truth), "--site-out", str(site_out))
    done = run(site_file, "--seed", "5", "--plots", "1", *files)
    assert done.returncode == 0, done.stderr.decode()
    records = [decode(line, position=Position(0, 0, 0), appended_ms=0) for line in out.read_bytes().splitlines()]
    assert len(records) > 1000 and {record.community for record in records} == {"small"}
    truths = [msgspec.json.decode(line, type=Truth) for line in truth.read_bytes().splitlines()]
    assert [t.from_ms for t in truths] == sorted(t.from_ms for t in truths)
    assert any(t.is_incident for t in truths)
    assert parse_site(site_out.read_bytes()).clock == "log"
    assert f"{len(records)} records of 1 days" in done.stderr.decode()


def test_what_is_left_out_of_a_coarse_day_is_said(tmp_path: Path, site_file: Path) -> None:
    done = run(site_file, "--coarse", "--out", "-", "--plots", "none")
    types = {json.loads(line)["type"] for line in done.stdout.splitlines()}
    assert types >= {"access.pass", "charging.session", "order.phase", "intercom.call", "source.heartbeat"}
    assert not types & {"access.contact", "access.crossing", "charging.meter", "charging.status", "care.vitals"}
    assert "left out are heartbeats" in done.stderr.decode()
    beats = sum(b'"device.heartbeat"' in line for line in done.stdout.splitlines())
    assert beats == sum(device.kind in ("ebike_pile", "car_charger", "camera") for device in small().devices)


def test_days_do_not_go_into_a_community_that_lives_now(tmp_path: Path, site_file: Path) -> None:
    site_file.write_bytes(msgspec.json.encode(msgspec.structs.replace(small(), clock="live")))
    done = run(site_file)
    assert done.returncode == 2
    assert "clock: log" in done.stderr.decode() and "--out FILE" in done.stderr.decode()


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("--days", "0"), "1 to 3660 days"),
        (("--plots", "often"), "life, none"),
        (("--site", "nowhere"), "cannot read"),
        (("--from", "yesterday"), "--from"),
    ],
)
def test_a_wrong_word_is_named(site_file: Path, arguments: tuple[str, str], word: str) -> None:
    done = run(site_file, "--out", "-", *arguments)
    assert done.returncode == 2 and word in done.stderr.decode()


def test_a_file_that_cannot_be_written_is_named(site_file: Path, tmp_path: Path) -> None:
    done = run(site_file, "--out", str(tmp_path / "no" / "such" / "dir.jsonl"))
    assert done.returncode == 2 and "dir.jsonl" in done.stderr.decode()
