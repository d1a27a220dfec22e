"""Durable intake against a real server that goes away and comes back."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import wait
from pathlib import Path

import pytest
import redis

from ingest.intake import VALUE_BYTES, Intake, IntakeRefused
from ingest.spool import Spool
from store.log import LogUnavailable, LogWriter
from store.log.streams import StreamsWriter
from tests.engines.redis import RedisServer
from tests.engines.wait import wait_until

TOPIC = "vendor.test"


@pytest.fixture
def start(redis_server: RedisServer, tmp_path: Path) -> Iterator[Callable[..., Intake]]:
    redis_server.wipe()
    running: list[Intake] = []

    def begin(limit_bytes: int = 1_000_000, **options: object) -> Intake:
        spool = Spool(tmp_path / "spool", limit_bytes=limit_bytes, segment_bytes=2000)
        opener: Callable[[], LogWriter] = options.pop("open_writer", lambda: StreamsWriter(redis_server.url))  # type: ignore[assignment]
        intake = Intake(opener, spool, origin="test", **options).start(1.0)  # type: ignore[arg-type]
        running.append(intake)
        return intake

    yield begin
    for intake in running:
        intake.close()
    redis_server.wipe()


def in_log(server: RedisServer) -> list[tuple[str, int]]:
    """(message id, number) of every entry, in the order of the log."""
    with redis.Redis.from_url(server.url) as client:
        entries = client.xrange(TOPIC)
    return [(fields[b"h:id"].decode(), int(fields[b"v"])) for _, fields in entries]


def once_each(entries: list[tuple[str, int]]) -> list[int]:
    seen: dict[str, int] = {}
    for message_id, number in entries:
        assert seen.setdefault(message_id, number) == number
    return list(seen.values())


def put(intake: Intake, number: int) -> None:
    intake.submit(TOPIC, "EV-01", str(number).encode()).result(20)


def test_what_was_accepted_is_in_the_log(start: Callable[..., Intake], redis_server: RedisServer) -> None:
    intake = start()
    put(intake, 1)
    assert [n for _, n in in_log(redis_server)] == [1]
    assert intake.spooled == 0


def test_many_at_once_share_the_way(start: Callable[..., Intake], redis_server: RedisServer) -> None:
    intake = start()

    async def storm() -> None:
        await asyncio.gather(*(intake.accept(TOPIC, f"EV-{n}", str(n).encode()) for n in range(2000)))

    asyncio.run(storm())
    assert sorted(n for _, n in in_log(redis_server)) == list(range(2000))


def test_the_log_goes_away_and_comes_back(start: Callable[..., Intake], redis_server: RedisServer) -> None:
    changes: list[int] = []
    intake = start(on_change=changes.append)
    for number in range(10):
        put(intake, number)
    redis_server.kill()
    for number in range(10, 60):
        put(intake, number)
    assert intake.spooled == 50
    redis_server.restart()
    wait_until(lambda: intake.spooled == 0, 10, "the spool is drained")
    for number in range(60, 70):
        put(intake, number)
    assert once_each(in_log(redis_server)) == list(range(70))
    wait_until(lambda: changes[-1] == 0, 5, "the end of the spool is told")
    assert any(changes)


def test_messages_sent_while_it_drains_keep_order(start: Callable[..., Intake], redis_server: RedisServer) -> None:
    intake = start(limit_bytes=50_000_000)
    put(intake, 0)
    redis_server.kill()
    wait([intake.submit(TOPIC, "EV-01", str(n).encode()) for n in range(1, 5000)])
    stop = threading.Event()
    accepted = [5000]

    def device() -> None:
        while not stop.is_set():
            put(intake, accepted[0])
            accepted[0] += 1

    speaking = threading.Thread(target=device)
    speaking.start()
    redis_server.restart()
    wait_until(lambda: intake.spooled == 0 and accepted[0] > 5100, 30, "the spool is drained")
    stop.set()
    speaking.join()
    wait_until(lambda: intake.spooled == 0, 10, "what was taken while the last of it was drained is in the log too")
    assert once_each(in_log(redis_server)) == list(range(accepted[0]))


def test_a_restart_goes_on_draining(start: Callable[..., Intake], redis_server: RedisServer) -> None:
    intake = start()
    redis_server.kill()
    for number in range(20):
        put(intake, number)
    intake.close()
    again = start()
    assert again.spooled == 20
    put(again, 20)
    redis_server.restart()
    wait_until(lambda: again.spooled == 0, 10, "the spool is drained")
    assert once_each(in_log(redis_server)) == list(range(21))


def test_full_means_no_answer_and_the_next_is_taken_when_the_log_is_back(
    start: Callable[..., Intake], redis_server: RedisServer
) -> None:
    intake = start(limit_bytes=1000)
    redis_server.kill()
    taken = 0
    with pytest.raises(IntakeRefused, match="1000 bytes"):
        while True:
            put(intake, taken)
            taken += 1
    redis_server.restart()
    wait_until(lambda: intake.spooled == 0, 10, "the spool is drained")
    put(intake, taken)
    assert once_each(in_log(redis_server)) == list(range(taken + 1))


def test_a_log_that_cannot_be_opened_yet(start: Callable[..., Intake], redis_server: RedisServer) -> None:
    """A broker that comes after the gateway: the constructor of its client raises."""
    there = threading.Event()

    def opener() -> LogWriter:
        if not there.is_set():
            raise LogUnavailable("not yet")
        return StreamsWriter(redis_server.url)

    intake = start(open_writer=opener)
    put(intake, 1)
    assert intake.spooled == 1
    there.set()
    wait_until(lambda: intake.spooled == 0, 10, "the spool is drained")
    put(intake, 2)
    assert once_each(in_log(redis_server)) == [1, 2]


def test_a_log_that_hangs_costs_a_device_its_patience_once(
    start: Callable[..., Intake], redis_server: RedisServer
) -> None:
    intake = start(patience_s=0.3)
    put(intake, 0)
    assert redis_server.process is not None
    redis_server.process.send_signal(signal.SIGSTOP)
    try:
        put(intake, 1)
        put(intake, 2)
        assert intake.spooled == 2
    finally:
        redis_server.process.send_signal(signal.SIGCONT)
    wait_until(lambda: intake.spooled == 0, 20, "the spool is drained")
    assert once_each(in_log(redis_server)) == [0, 1, 2]


def test_what_no_log_would_ever_take_is_refused_at_once(start: Callable[..., Intake]) -> None:
    with pytest.raises(ValueError, match="blob store"):
        start().submit(TOPIC, "EV-01", b"x" * (VALUE_BYTES + 1))


def test_a_closed_intake_refuses(start: Callable[..., Intake]) -> None:
    intake = start()
    intake.close()
    with pytest.raises(IntakeRefused):
        intake.submit(TOPIC, "EV-01", b"1")
