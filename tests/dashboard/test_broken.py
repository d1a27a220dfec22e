"""What cannot be shown is silent and said aloud, the rest goes on; a job that ends takes the process with it."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

import msgspec
import pytest
import redis

from community.site import SITES
from community.state import Changes, State
from store import keys
from store.children import Children
from store.live import Batch, LiveWriter
from tests.dashboard.serve import Web, serving, until
from tests.engines.ports import free_port
from tests.engines.wait import wait_until, wait_until_async
from tests.layouts.scenes import Scene, normal
from tests.layouts.stage import Stage

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def two(tmp_path: Path) -> str:
    """SITE of two communities: Lanting, and one beside it with the same devices."""
    other = json.loads((SITES / "lanting.json").read_text("utf-8")) | {"id": "beside"}
    for picture in SITES.glob("*.geojson"):
        (tmp_path / picture.name).write_bytes(picture.read_bytes())
    (tmp_path / "beside.json").write_text(json.dumps(other), "utf-8")
    return os.pathsep.join([str(SITES / "lanting.json"), str(tmp_path / "beside.json")])


def alarm(stage: Stage, priority: str) -> None:
    made = Scene("21:14:36").alarm("SOS", "SOS-021", "P1", 0).state.alarms["SOS/SOS-021"]
    made = msgspec.structs.replace(made, priority=priority)
    stage.change(Changes(stage.state.clock_ms + 100, stage.next_position(), alarms={made.key: made}))


def put_beside(web: Web, redis_url: str) -> None:
    """The other community gets the same state without touching the first."""
    state = normal()
    beside = State(web.hub.channels["beside"].site)
    beside.clock_ms, beside.devices, beside.sources = state.clock_ms, state.devices, state.sources
    batch = Batch(beside)
    beside.position = "0001.0000.00000000000000000001"
    batch.devices.update(beside.devices)
    batch.meta.update(("sources", "today", "recent", "activations"))
    with redis.Redis.from_url(redis_url) as client:
        LiveWriter(client).flush(batch)


async def connected(web: Web) -> None:
    await wait_until_async(lambda: web.hub.connected, 10, "the hub has read the state")


def test_a_board_that_cannot_be_drawn_is_silent_and_the_others_go_on(
    redis_url: str, tmp_path: Path, two: str, caplog: pytest.LogCaptureFixture
) -> None:
    stage = Stage(redis_url, normal())

    async def run() -> None:
        async with serving(redis_url, tmp_path, SITE=two, WALL_TOKEN="t") as web:
            web.client.headers["authorization"] = "Bearer t"
            await connected(web)
            await asyncio.to_thread(put_beside, web, redis_url)
            async with web.stream("?community=lanting") as bad, web.stream("?community=beside") as good:
                await until(bad, "snap")
                await until(good, "snap")
                await asyncio.to_thread(alarm, stage, "urgent")  # no priority that a board knows
                channel = web.hub.channels["lanting"]
                await wait_until_async(lambda: bool(channel.broken), 5, "the community is known to be broken")
                frames = channel.frames
                await until(good, "hb")
                await until(good, "hb")
                assert channel.frames == frames, "no heartbeat of what cannot be drawn"
                assert "lanting: its board cannot be drawn" in (await web.client.get("/readyz")).text
                assert (await web.client.get("/api/v1/state?community=lanting")).status_code == 503
                assert (await web.client.get("/api/v1/state?community=beside")).status_code == 200
                await asyncio.to_thread(alarm, stage, "P1")
                whole = await until(bad, "snap")
                assert whole.data["parts"]["verdict"]["look"] == "p1"
                assert channel.broken == ""
            said = [r for r in caplog.records if "its board cannot be drawn" in r.message]
            assert len(said) == 1 and said[0].exc_info

    asyncio.run(run())


def test_a_screen_that_comes_to_a_broken_board_gets_nothing(redis_url: str, tmp_path: Path) -> None:
    stage = Stage(redis_url, normal())
    alarm(stage, "urgent")

    async def run() -> None:
        async with serving(redis_url, tmp_path) as web:
            await connected(web)
            async with web.stream() as events:
                await wait_until_async(lambda: bool(web.hub.channels["lanting"].broken), 5, "the board was tried")
                await asyncio.to_thread(alarm, stage, "P1")
                assert (await anext(aiter(events))).name == "snap"

    asyncio.run(run())


def test_a_delta_that_cannot_be_read_is_a_gap(redis_url: str, tmp_path: Path) -> None:
    stage = Stage(redis_url, normal())

    async def run() -> None:
        async with serving(redis_url, tmp_path) as web:
            await connected(web)
            async with web.stream() as events:
                await until(events, "snap")
                with redis.Redis.from_url(redis_url) as client:
                    client.publish(keys.delta("lanting"), b'{"from": 1}')
                    client.publish(keys.delta("lanting"), b"\xff not json")
                await asyncio.to_thread(alarm, stage, "P1")
                async for event in events:  # as a change, or with the whole when that was read first
                    if event.data.get("parts", {}).get("verdict", {}).get("look") == "p1":
                        break
                assert not web.hub.channels["lanting"].broken

    asyncio.run(run())


@pytest.mark.parametrize(
    ("key", "field", "value"),
    [
        (keys.devices("lanting"), "C-001", b'{"id": 5}'),
        (keys.meta("lanting"), "position", b"somewhere"),
        (keys.meta("lanting"), "clock_ms", b"noon"),
        (keys.meta("lanting"), "sources", b"\xff"),
    ],
)
def test_a_state_that_cannot_be_read_is_read_again_until_it_can(
    redis_url: str, tmp_path: Path, key: str, field: str, value: bytes
) -> None:
    stage = Stage(redis_url, normal())

    async def run() -> None:
        async with serving(redis_url, tmp_path) as web:
            await connected(web)
            async with web.stream() as events:
                await until(events, "snap")
                with redis.Redis.from_url(redis_url) as client:
                    client.hset(key, field, value)
                    client.publish(keys.delta("lanting"), b"what")  # somebody wrote something
                    client.hset(
                        keys.meta("lanting"), "position", value if field == "position" else stage.next_position()
                    )
                channel = web.hub.channels["lanting"]
                await wait_until_async(lambda: bool(channel.broken), 10, "the community is known to be broken")
                await asyncio.to_thread(stage.put, normal())
                whole = await until(events, "snap")
                while not whole.data["revision"]:  # read between the emptying of Redis and the new state
                    whole = await until(events, "snap")
                assert whole.data["revision"] == stage.state.position

    asyncio.run(run())


BROKEN = """
import sys
from dashboard.hub import Hub

async def broken(self):
    {what}

Hub.{job} = broken
from dashboard.__main__ import main
sys.exit(main([]))
"""


@pytest.mark.parametrize(
    ("job", "what"), [("_follow", "return None"), ("_frames", "raise KeyError('a bug')"), ("_beats", "return None")]
)
def test_a_job_that_ends_takes_the_process_with_it(
    job: str, what: str, redis_url: str, tmp_path: Path, children: Children
) -> None:
    env = {**os.environ, "REDIS_URL": redis_url, "PORT": str(free_port()), "SHOUWANG_VAR": str(tmp_path)}
    said = tmp_path / "said"
    with said.open("wb") as stderr:
        web = children.start(
            [sys.executable, "-c", BROKEN.format(job=job, what=what)], cwd=ROOT, env=env, stderr=stderr
        )
    wait_until(lambda: web.poll() is not None, 30, "the process has ended")
    assert web.returncode == 1
    assert "so does the process" in said.read_text()
    assert "a bug" in said.read_text() or "raise" not in what
