"""Bytes in Redis that nobody can read: one clear sentence, and how the state is had again."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
import redis.asyncio

from community.model import Position
from community.state import State
from store import keys
from store.live import Batch, LiveCorrupt, LiveWriter, OtherFold, apply_delta, load
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


def run_worker(redis_url: str, var: Path) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "REDIS_URL": redis_url, "KAFKA_BOOTSTRAP_SERVERS": "", "SHOUWANG_VAR": str(var)}
    command = [sys.executable, "-m", "ingest", "live"]
    return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60)


def test_the_worker_ends_and_says_how_to_rebuild(redis_url: str, tmp_path: Path) -> None:
    client = connect(redis_url)
    client.hset(keys.devices("lanting"), "C-001", b"{")
    ended = run_worker(redis_url, tmp_path)
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert "DEL '{lanting}:meta' '{lanting}:devices' '{lanting}:alarms'" in ended.stderr
    client.close()


@pytest.mark.parametrize("fold", ["0", "999", None])
def test_a_state_of_another_fold_is_shown_but_not_continued(redis_url: str, tmp_path: Path, fold: str | None) -> None:
    client = connect(redis_url)
    live, batch = LiveWriter(client), Batch(State(LANTING))
    batch.state.position = Position(1, 0, 5).token()
    live.flush(batch)
    assert live.load(LANTING).position == batch.state.position, "our own is continued"

    meta = keys.meta("lanting")
    client.hset(meta, "fold", fold) if fold else client.hdel(meta, "fold")
    with pytest.raises(OtherFold, match=f"version {fold or 'unknown'} "):
        live.load(LANTING)
    before = client.hgetall(meta)
    ended = run_worker(redis_url, tmp_path)
    assert ended.returncode == 1 and "Traceback" not in ended.stderr
    assert "of the fold" in ended.stderr and "redis-cli DEL '{lanting}:meta'" in ended.stderr
    assert client.hgetall(meta) == before

    async def read() -> State:
        async with redis.asyncio.Redis.from_url(redis_url) as reader:
            return await load(reader, LANTING)

    assert asyncio.run(read()).position == batch.state.position, "a screen still shows it"
    client.delete(meta, keys.devices("lanting"), keys.alarms("lanting"))  # what the sentence says
    assert live.load(LANTING).position == ""
    client.close()
