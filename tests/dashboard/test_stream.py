"""What screens receive: the whole once, then what changed; the whole again after every gap."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import redis

from community.board import board
from community.state import Activation, Changes
from dashboard.frames import QUEUE, Channel, Client
from dashboard.hub import FRAME_S
from store import keys
from tests.dashboard.serve import Web, serving, until
from tests.engines.redis import RedisServer
from tests.engines.wait import wait_until_async
from tests.layouts.scenes import Scene, incident, lanting, normal
from tests.layouts.stage import Stage

Visit = Callable[[Web], Awaitable[None]]


def watch(redis_url: str, var: Path, what: Visit) -> None:
    async def run() -> None:
        async with serving(redis_url, var) as web:
            await wait_until_async(lambda: web.hub.connected, 10, "the hub has read the state")
            await what(web)

    asyncio.run(run())


def marked(channel: Channel, n: int) -> Changes:
    """A change that every wall shows: one more mark on the ribbon."""
    now_ms = channel.clock_ms + 1000
    return Changes(now_ms, f"0001.0000.{n:020d}", activations=[Activation(now_ms, "P1", "SOS/SOS-021")])


def press(stage: Stage) -> None:
    """An SOS becomes active."""
    alarm = Scene("21:14:36").alarm("SOS", "SOS-021", "P1", 0).state.alarms["SOS/SOS-021"]
    stage.change(Changes(stage.state.clock_ms + 100, stage.next_position(), alarms={alarm.key: alarm}))


def test_first_the_whole_then_what_changed(redis_url: str, var: Path) -> None:
    stage = Stage(redis_url, normal())

    async def look(web: Web) -> None:
        async with web.stream("?lang=zh") as events:
            whole = await until(events, "snap")
            assert whole.id == whole.data["revision"] == stage.state.position
            assert whole.data["parts"]["verdict"]["title"] == "一切正常"
            assert len(whole.data["build"]) == 12
            started = time.perf_counter()
            await asyncio.to_thread(press, stage)
            change = await until(events, "delta")
            assert time.perf_counter() - started < 1
            assert change.data["revision"] == stage.state.position
            assert change.data["parts"]["verdict"]["look"] == "p1"
            assert "head" not in change.data["parts"]
            assert set(change.data["parts"]["tiles"]) == {"sos"}
            assert change.data["parts"]["areas"] == {"5/1": "alarm p1 unack"}

    watch(redis_url, var, look)


def test_heartbeats_say_what_redis_holds(redis_url: str, var: Path) -> None:
    stage = Stage(redis_url, normal())

    async def look(web: Web) -> None:
        async with web.stream() as events:
            beat = await until(events, "hb")
            assert beat.data["still_ms"] >= 0
            assert beat.data["revision"] == stage.state.position
            assert beat.data["clock_ms"] == stage.state.clock_ms
            client = redis.Redis.from_url(redis_url)
            client.hset(keys.meta("lanting"), "clock_ms", stage.state.clock_ms + 5000)
            client.close()
            beat = await until(events, "hb")
            assert beat.data["clock_ms"] == stage.state.clock_ms + 5000

    watch(redis_url, var, look)


def test_each_language_gets_its_own_words(redis_url: str, var: Path) -> None:
    Stage(redis_url, incident()).close()

    async def look(web: Web) -> None:
        async with web.stream("?lang=en") as english, web.stream("?lang=zh") as chinese:
            assert (await until(english, "snap")).data["parts"]["verdict"]["title"] == "SOS"
            assert (await until(chinese, "snap")).data["parts"]["verdict"]["title"] == "一键报警"

    watch(redis_url, var, look)


def test_a_lost_delta_is_noticed_and_the_whole_sent(redis_url: str, var: Path) -> None:
    stage = Stage(redis_url, normal())

    async def look(web: Web) -> None:
        async with web.stream() as events:
            await until(events, "snap")
            await asyncio.to_thread(stage.put, incident())  # no delta that continues ours
            again = await until(events, "snap")
            assert again.data["parts"]["verdict"]["look"] == "p1"
            assert web.hub.reloads >= 1

    watch(redis_url, var, look)


def test_a_change_without_a_message_is_found_by_the_heartbeat(redis_url: str, var: Path) -> None:
    """Pub/sub promises nothing: a stored position ahead of ours is read again within two heartbeats."""
    stage = Stage(redis_url, normal())

    async def look(web: Web) -> None:
        async with web.stream() as events:
            await until(events, "snap")
            client = redis.Redis.from_url(redis_url)
            client.hset(keys.meta("lanting"), "position", stage.next_position())
            client.close()
            assert (await until(events, "snap")).data["revision"] == stage.next_position()

    watch(redis_url, var, look)


def test_redis_may_restart(redis_server: RedisServer, var: Path) -> None:
    redis_server.wipe()
    stage = Stage(redis_server.url, normal())

    async def look(web: Web) -> None:
        async with web.stream() as events:
            await until(events, "snap")
            redis_server.kill()
            await wait_until_async(lambda: not web.hub.connected, 10, "the hub knows that Redis is away")
            assert (await web.client.get("/readyz")).status_code == 503
            redis_server.start()
            await until(events, "snap")
            await asyncio.to_thread(press, stage)
            assert (await until(events, "delta")).data["parts"]["verdict"]["look"] == "p1"

    watch(redis_server.url, var, look)


def test_a_slow_screen_gets_the_whole_instead_of_a_backlog() -> None:
    async def run() -> None:
        channel = Channel(lanting(), "build")
        channel.replace(normal())
        slow, quick = Client("zh"), Client("zh")
        channel.clients |= {slow, quick}
        channel.snapshot("zh")
        for n in range(QUEUE + 5):
            assert channel.state is not None
            channel.state.apply(marked(channel, n))
            channel.broadcast()
            assert (await channel.next_frame(quick)).startswith(b"event: delta")
        assert slow.queue.qsize() == QUEUE
        assert (await channel.next_frame(slow)).startswith(b"event: snap")
        assert slow.queue.empty()

    asyncio.run(run())


def test_a_frame_is_encoded_once_for_all_who_look() -> None:
    async def run() -> None:
        channel = Channel(lanting(), "build")
        channel.replace(normal())
        clients = [Client("zh") for _ in range(3)]
        channel.clients |= set(clients)
        channel.snapshot("zh")
        assert channel.state is not None
        channel.state.apply(marked(channel, 9))
        assert channel.broadcast()
        frames = [await channel.next_frame(client) for client in clients]
        assert frames[0] is frames[1] is frames[2]
        assert channel.board("zh") == board(channel.state, "zh")

    asyncio.run(run())


def test_what_shows_nothing_is_told_with_the_heartbeat() -> None:
    async def run() -> None:
        channel = Channel(lanting(), "build")
        channel.replace(normal())
        client = Client("zh")
        channel.clients.add(client)
        channel.snapshot("zh")
        assert channel.state is not None
        revision = "0001.0000.00000000000000000009"
        channel.state.apply(Changes(channel.clock_ms, revision))
        assert not channel.broadcast() and client.queue.empty()
        channel.beat(revision, channel.clock_ms)
        delta, beat = await channel.next_frame(client), await channel.next_frame(client)
        assert delta.startswith(b"event: delta") and revision.encode() in delta
        assert beat.startswith(b"event: hb")  # after it, or the page would believe that it is behind
        channel.beat(revision, channel.clock_ms)
        assert (await channel.next_frame(client)).startswith(b"event: hb") and client.queue.empty()

    asyncio.run(run())


def test_frames_are_at_most_sixty_a_second(redis_url: str, var: Path) -> None:
    stage = Stage(redis_url, normal())

    async def look(web: Web) -> None:
        channel = web.hub.channels["lanting"]
        async with web.stream() as events:
            await until(events, "snap")
            before, started = channel.frames, time.monotonic()

            def burst() -> None:
                for _ in range(200):
                    stage.tick(10)

            await asyncio.to_thread(burst)
            last = stage.state.position
            async for event in events:
                if event.data["revision"] == last:
                    break
            seconds = time.monotonic() - started
            assert channel.frames - before <= seconds / FRAME_S + 3

    watch(redis_url, var, look)
