"""Running several things at once until told to stop, or until one of them breaks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

from ingest.process import Stop


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
        for task in tasks:
            task.cancel()
        await asyncio.gather(told, *tasks, return_exceptions=True)
