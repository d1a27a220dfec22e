"""Replay: every line checked first, paced by the recorded time, resumable."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import redis

from community.model import TICK, encode_event
from community.site import SITES
from ingest import replay
from store import keys
from store.children import Children
from store.log import LogUnavailable
from store.settings import read_settings
from tests.engines.wait import wait_until

ROOT = Path(__file__).resolve().parents[2]
T0_MS = 1_773_321_276_000

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def line(number: int, at_ms: int = T0_MS, **more: Any) -> str:
    facts: dict[str, Any] = {"id": f"r/{number}", "source": "test", "type": "sos.press", "community": "lanting"}
    return encode_event(**{**facts, "subject": "SOS-001", "time_ms": at_ms, **more}).decode() + "\n"


@pytest.fixture
def environment(redis_url: str, tmp_path: Path) -> dict[str, str]:
    environment = {**os.environ, "REDIS_URL": redis_url, "SHOUWANG_VAR": str(tmp_path / "var")}
    for name in ("KAFKA_BOOTSTRAP_SERVERS", "SITE"):
        environment.pop(name, None)
    return environment


@pytest.fixture
def run(environment: dict[str, str]) -> Run:
    def run(*arguments: str, text: str | None = None, **more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "ingest", "replay", *arguments]
        options: dict[str, Any] = {"capture_output": True, "text": True, "cwd": ROOT, "timeout": 30}
        return subprocess.run(command, input=text, env={**environment, **more}, check=False, **options)

    return run


def log(url: str, topic: str = keys.LOG) -> list[dict[str, Any]]:
    with redis.Redis.from_url(url) as client:
        return [json.loads(fields[b"v"]) for _, fields in client.xrange(topic)]


def test_lines_go_into_the_log_as_they_are(run: Run, redis_url: str, tmp_path: Path) -> None:
    file = tmp_path / "day.jsonl"
    file.write_text("".join(line(n) for n in range(1200)))
    done = run(str(file), "--speed", "max")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("1200 records sent in ") and done.stdout.endswith("0 refused\n")
    assert log(redis_url) == [json.loads(line(n)) for n in range(1200)]


def test_bad_lines_are_named_and_set_aside_and_the_rest_is_sent(run: Run, redis_url: str) -> None:
    lines = [line(1), "{broken\n", "\n", line(2, community=""), "x" * 600_000 + "\n", "\ufeff" + line(3), line(4)[:-1]]
    done = run("-", "--speed", "max", text="".join(lines))
    assert done.returncode == 1
    assert [said.split(":")[:2] for said in done.stderr.splitlines()] == [["-", "2"], ["-", "4"], ["-", "5"]]
    assert "no community" in done.stderr and "larger than" in done.stderr
    assert "3 records sent" in done.stdout and "3 refused" in done.stdout
    assert [record["id"] for record in log(redis_url)] == ["r/1", "r/3", "r/4"]
    letters = log(redis_url, keys.DEADLETTER)
    assert [letter["origin"]["offset"] for letter in letters] == [2, 4, 5]


def test_the_pace_is_that_of_the_recording(run: Run, redis_url: str) -> None:
    lines = [line(n, received_ms=T0_MS + 400 * n) for n in range(5)] + [line(9, received_ms=T0_MS - 99_000)]
    began_s = time.monotonic()
    assert run("-", "--speed", "4", text="".join(lines)).returncode == 0
    assert 0.4 <= time.monotonic() - began_s < 10
    with redis.Redis.from_url(redis_url) as client:
        at_ms = [int(entry_id.split(b"-")[0]) for entry_id, _ in client.xrange(keys.LOG)]
    assert 300 <= at_ms[4] - at_ms[0] < 3000  # the first of them may be written late


def test_ticks_go_along_for_a_site_on_the_logs_clock(run: Run, redis_url: str, tmp_path: Path) -> None:
    site = tmp_path / "site.json"
    site.write_text((SITES / "lanting.json").read_text().replace('"clock": "live"', '"clock": "log"'))
    times = [T0_MS + 200, T0_MS + 900, T0_MS + 3100, T0_MS + 1000]
    done = run("-", "--speed", "max", text="".join(line(n, at_ms=at) for n, at in enumerate(times)), SITE=str(site))
    assert "4 records and 4 ticks sent" in done.stdout
    said = [(r["type"] == TICK, r.get("received") or r["time"]) for r in log(redis_url)]
    assert said == [
        (True, "2026-03-12T13:14:36.000Z"),
        (False, "2026-03-12T13:14:36.200Z"),
        (False, "2026-03-12T13:14:36.900Z"),
        (True, "2026-03-12T13:14:37.000Z"),
        (True, "2026-03-12T13:14:38.000Z"),
        (True, "2026-03-12T13:14:39.000Z"),
        (False, "2026-03-12T13:14:39.100Z"),
        (False, "2026-03-12T13:14:37.000Z"),
    ]


def test_one_line_of_a_wrong_clock_is_refused_and_makes_no_ticks(run: Run, redis_url: str, tmp_path: Path) -> None:
    site = tmp_path / "site.json"
    site.write_text((SITES / "lanting.json").read_text().replace('"clock": "live"', '"clock": "log"'))
    day_ms = 86_400_000
    lines = [
        line(1),
        line(2, at_ms=T0_MS + 20_000 * day_ms),
        line(3, at_ms=T0_MS + 20_000 * day_ms, received_ms=T0_MS + 2000),
        line(4, at_ms=T0_MS + day_ms + 2001),
    ]
    done = run("-", "--speed", "max", text="".join(lines), SITE=str(site))
    assert done.returncode == 1
    assert done.stderr.startswith("-:2: 20000.0 days after the lines before it") and "-:4" not in done.stderr
    assert "3 records and 86403 ticks sent" in done.stdout
    assert [record["id"] for record in log(redis_url) if record["type"] != TICK] == ["r/1", "r/3", "r/4"]
    assert [letter["origin"]["offset"] for letter in log(redis_url, keys.DEADLETTER)] == [2]


def test_told_to_end_while_the_log_is_away(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    class Gone:
        def result(self, timeout_s: float | None = None) -> None:
            raise LogUnavailable("no answer")

    class Writer:
        def append(self, *_: object, **__: object) -> Gone:
            os.kill(os.getpid(), signal.SIGINT)
            return Gone()

        def close(self) -> None:
            return

    kept = [(signum, signal.getsignal(signum)) for signum in (signal.SIGTERM, signal.SIGINT)]
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(replay, "open_writer", lambda settings: Writer())
            settings = read_settings({"SHOUWANG_VAR": str(tmp_path)})
            assert replay.replay(settings, "day", io.BytesIO((line(1) + line(2)).encode()), None, 1) == 1
    finally:
        for signum, handler in kept:
            signal.signal(signum, handler)
    said = capsys.readouterr()
    assert "the log went away: no answer" in said.err and "--from 1" in said.err


def test_ctrl_c_says_how_to_go_on(
    environment: dict[str, str], run: Run, redis_url: str, tmp_path: Path, children: Children
) -> None:
    file = tmp_path / "day.jsonl"
    file.write_text(line(1) + line(2) + line(3, at_ms=T0_MS + 3_600_000) + line(4, at_ms=T0_MS + 3_600_000))
    with (tmp_path / "said").open("wb") as said:
        command = [sys.executable, "-m", "ingest", "replay", str(file)]
        process = children.start(command, cwd=ROOT, env=environment, stdout=said, stderr=said)
    wait_until(lambda: len(log(redis_url)) == 2, 10, "two records")
    process.send_signal(signal.SIGINT)
    assert process.wait(5) == 130
    children.forget(process)
    said_text = (tmp_path / "said").read_text()
    assert f"go on with: python -m ingest replay {file} --from 3" in said_text and "2 records sent" in said_text
    assert run(str(file), "--from", "3").returncode == 0
    assert [record["id"] for record in log(redis_url)] == ["r/1", "r/2", "r/3", "r/4"]


@pytest.mark.parametrize("speed", ["0", "-1", "fast", "inf", "nan"])
def test_a_speed_that_is_none(run: Run, speed: str) -> None:
    assert run("-", f"--speed={speed}", text="").returncode == 2


def test_no_file_and_no_log(run: Run, tmp_path: Path) -> None:
    assert run(str(tmp_path / "nothing.jsonl")).returncode == 2
    away = run("-", text=line(1), REDIS_URL="redis://127.0.0.1:1/0")
    assert away.returncode == 1 and "the log went away" in away.stderr
