"""Bytes in Redis that nobody can read: one clear sentence, and how the state is had again."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
import redis.asyncio

from community.state import State
from store import keys
from store.live import LiveCorrupt, LiveWriter, apply_delta, load
from store.log.streams import connect
from tests.ingest.yard import LANTING

BROKEN = [
    (keys.meta("lanting"), "position", b"not a position"),
    (keys.meta("lanting"), "clock_ms", b"noon"),
    (keys.meta("lanting"), "today", b"{"),
    (keys.meta("lanting"), "recent", b"7"),
    (keys.devices("lanting"), "C-001", b'{"online": []'),
    (keys.alarms("lanting"), "SOS/SOS-035", b"\xff"),
    (keys.alarms("lanting"), b"\xff", b"{}"),
]


@pytest.mark.parametrize("key, field, value", BROKEN)
def test_loading_names_community_and_key(redis_url: str, key: str, field: str, value: bytes) -> None:
    client = connect(redis_url)
    client.hset(key, field, value)
    with pytest.raises(LiveCorrupt) as told:
        LiveWriter(client).load(LANTING)
    assert key in str(told.value) and "lanting" in str(told.value)

    async def read() -> State:
        async with redis.asyncio.Redis.from_url(redis_url) as reader:
            return await load(reader, LANTING)

    with pytest.raises(LiveCorrupt):
        asyncio.run(read())
    client.close()


def test_a_delta_that_cannot_be_read(redis_url: str) -> None:
    state = State(LANTING)
    for message in (b"", b"\xff", b'{"from":1}'):
        with pytest.raises(LiveCorrupt, match="delta"):
            apply_delta(state, message)


def test_the_worker_ends_and_says_how_to_rebuild(redis_url: str, tmp_path: Path) -> None:
    client = connect(redis_url)
    client.hset(keys.devices("lanting"), "C-001", b"{")
    environ = {**os.environ, "REDIS_URL": redis_url, "KAFKA_BOOTSTRAP_SERVERS": "", "SHOUWANG_VAR": str(tmp_path)}
    command = [sys.executable, "-m", "ingest", "live"]
    ended = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert "DEL '{lanting}:meta' '{lanting}:devices' '{lanting}:alarms'" in ended.stderr
    client.close()
