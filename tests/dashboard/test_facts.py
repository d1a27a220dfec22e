"""Facts for the audit outlive the process that could not write them, since the log was away."""

from __future__ import annotations

import asyncio
import contextlib
from functools import partial
from pathlib import Path

import msgspec
import pytest
import redis

from community.audit import FACT
from dashboard.facts import Facts
from dashboard.sending import Commands
from store import keys
from store.log.open import open_writer
from store.settings import Settings, read_settings
from tests.engines.ports import free_port
from tests.engines.wait import wait_until_async


def _settings(tmp_path: Path, url: str) -> Settings:
    return read_settings({"REDIS_URL": url, "SHOUWANG_VAR": str(tmp_path)})


def test_what_nobody_could_be_told_is_told_by_the_next_process(redis_url: str, tmp_path: Path) -> None:
    kept = tmp_path / "facts.json"

    async def go() -> None:
        away = Commands(partial(open_writer, _settings(tmp_path, f"redis://127.0.0.1:{free_port()}")))
        first = Facts(away, lambda: "lanting", kept)
        first.tell("GET /people", "denied", "p-7f3a91c2aa", "lanting")
        first.tell("GET /people", "denied", "p-7f3a91c2aa", "lanting")
        first.tell("login", "denied", "", detail="wrong")
        flushing = asyncio.create_task(first.flush())
        await wait_until_async(kept.exists, 20, "the facts are in a file")
        assert kept.stat().st_mode & 0o077 == 0
        flushing.cancel()  # the process is killed here
        with contextlib.suppress(asyncio.CancelledError):
            await flushing

        there = Commands(partial(open_writer, _settings(tmp_path, redis_url)))
        second = Facts(there, lambda: "lanting", kept)
        running = asyncio.create_task(second.run())
        await wait_until_async(lambda: not kept.exists(), 20, "the log has them")
        running.cancel()
        there.close()

    asyncio.run(go())
    with redis.Redis.from_url(redis_url) as client:
        events = [msgspec.json.decode(fields[b"v"]) for _, fields in client.xrange(keys.LOG)]
    said = [event["data"] for event in events if event["type"] == FACT]
    assert [(fact["action"], fact.get("times", 1)) for fact in said] == [("GET /people", 2), ("login", 1)]


def test_a_file_that_cannot_be_read_is_left_where_it_is(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    kept = tmp_path / "facts.json"
    kept.write_bytes(b"[[")
    Facts(Commands(partial(open_writer, _settings(tmp_path, "redis://127.0.0.1:1"))), lambda: "lanting", kept)
    assert kept.read_bytes() == b"[[" and str(kept) in caplog.text
