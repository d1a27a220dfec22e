"""Several works at once end when they are told to, whatever a cancellation meets."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from ingest.actions import _to_its_end
from ingest.process import Stop
from ingest.tasks import until

IN_TIME_S = 5.0


async def asking(answers: asyncio.Queue[int], rounds: list[int]) -> None:
    """Waits as the `ocpp` package waits for answers."""
    while True:
        rounds.append(await asyncio.wait_for(answers.get(), 30))


@pytest.mark.parametrize("turns", range(4))
def test_a_cancellation_that_meets_an_answer_is_not_lost(turns: int) -> None:
    async def run() -> None:
        answers: asyncio.Queue[int] = asyncio.Queue()
        rounds: list[int] = []

        async def breaks() -> None:
            await asyncio.sleep(0.05)
            answers.put_nowait(1)
            for _ in range(turns):
                await asyncio.sleep(0)
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await asyncio.wait_for(until(Stop(), asking(answers, rounds), breaks()), IN_TIME_S)

    asyncio.run(run())


def test_one_that_overhears_the_first_is_told_again() -> None:
    async def deaf() -> None:
        for _ in range(3):
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                continue

    stop = Stop()
    stop.set()
    began_s = time.monotonic()
    asyncio.run(until(stop, deaf()))
    assert time.monotonic() - began_s < IN_TIME_S


def test_a_call_in_a_thread_is_waited_for_however_often_it_is_cancelled() -> None:
    go = threading.Event()
    left: list[bool] = []

    def call() -> None:
        go.wait(10)
        left.append(True)

    async def run() -> None:
        task = asyncio.ensure_future(_to_its_end(call))
        for _ in range(3):
            await asyncio.sleep(0.02)
            task.cancel()
        assert not task.done()
        go.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert left

    asyncio.run(run())
