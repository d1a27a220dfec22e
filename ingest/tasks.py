"""Running several things at once until told to stop, or until one of them breaks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Any

from ingest.process import Stop

AGAIN_S = 1.0
"""As long as a task may take to end before it is told again. Whatever must not be broken off shields itself."""


async def until(stop: Stop, *works: Awaitable[Any]) -> None:
    """Ends when `stop` is set, or raises what the first broken work raised: a bug ends the process loudly."""
    tasks = [asyncio.ensure_future(work) for work in works]
    told = asyncio.ensure_future(asyncio.to_thread(stop.wait))
    try:
        await asyncio.wait([told, *tasks], return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            if task.done():
                await task
    finally:
        stop.set()
        await ended(tasks)
        await asyncio.gather(told, *tasks, return_exceptions=True)


async def ended(tasks: Sequence[asyncio.Future[Any]]) -> None:
    """Cancels all of them until each has ended.

    Once is not enough: up to Python 3.11 `asyncio.wait_for` loses a cancellation that meets the very result it waited
    for (bpo-37658), and the `ocpp` package waits with it for every answer: the task would go on for ever.
    """
    while running := [task for task in tasks if not task.done()]:
        for task in running:
            task.cancel()
        await asyncio.wait(running, timeout=AGAIN_S)
