"""The web application on a real port, in the test's own event loop."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import uvicorn

from dashboard.app import create_app
from dashboard.hub import Hub
from dashboard.view import View
from dashboard.views import VIEWS
from store.settings import read_settings
from tests.engines.http import PLAIN
from tests.engines.ports import free_port
from tests.engines.wait import wait_until_async


class Event(NamedTuple):
    name: str
    id: str
    data: dict[str, Any]


class Web(NamedTuple):
    url: str
    hub: Hub
    client: httpx.AsyncClient

    async def act_as(self, role: str) -> None:
        """From now on the client is the demo's person of that role: the button of the sign-in page."""
        deadline_s = time.monotonic() + 20
        while (answer := await self.client.post("/login/demo", data={"role": role})).status_code == 503:
            assert time.monotonic() < deadline_s, answer.text  # the tables of people are made beside the wall
            await asyncio.sleep(0.05)
        assert answer.status_code == 303, answer.text
        self.client.headers["origin"] = self.url  # a browser says so by itself

    @contextlib.asynccontextmanager
    async def stream(self, query: str = "", path: str = "/live") -> AsyncIterator[AsyncIterator[Event]]:
        async with self.client.stream("GET", f"{path}{query}", timeout=20) as answer:
            assert answer.status_code == 200
            yield _events(answer)


async def _events(answer: httpx.Response) -> AsyncIterator[Event]:
    name, id_, data = "", "", ""
    async for line in answer.aiter_lines():
        field, _, value = line.partition(": ")
        if field == "event":
            name = value
        elif field == "id":
            id_ = value
        elif field == "data":
            data = value
        elif not line and data:
            yield Event(name, id_, json.loads(data))
            name, id_, data = "", "", ""


async def until(events: AsyncIterator[Event], name: str) -> Event:
    async for event in events:
        if event.name == name:
            return event
    raise AssertionError(f"the stream ended before {name!r}")


_cut: list[Path] = []


def _lend_fonts(var: Path) -> None:
    """Fonts need not be cut for every test: the first folder's serve all."""
    fonts = var / "fonts"
    if not _cut:
        _cut.append(fonts)
        fonts.mkdir(exist_ok=True)
    elif not fonts.exists():
        fonts.symlink_to(_cut[0])


@contextlib.asynccontextmanager
async def serving(redis_url: str, var: Path, views: Sequence[View] = VIEWS, **environ: str) -> AsyncIterator[Web]:
    _lend_fonts(var)
    port = free_port()
    env = {"REDIS_URL": redis_url, "SHOUWANG_VAR": str(var), "PORT": str(port), **environ}
    app = create_app(read_settings(env), views)
    config = uvicorn.Config(app, port=port, log_level="warning", ws="none", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    app.hub.die = partial(setattr, server, "should_exit", True)  # the process is pytest's
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign]  # Ctrl-C belongs to pytest
    async with contextlib.AsyncExitStack() as stack:
        serve = await stack.enter_async_context(_task(server))
        await wait_until_async(lambda: server.started or serve.done(), 10, "the server listens")
        url = f"http://127.0.0.1:{port}"
        client = await stack.enter_async_context(httpx.AsyncClient(base_url=url, timeout=10, verify=PLAIN))
        yield Web(url, app.hub, client)


@contextlib.asynccontextmanager
async def _task(server: uvicorn.Server) -> AsyncIterator[Any]:
    task = asyncio.create_task(server.serve())
    try:
        yield task
    finally:
        server.should_exit = True
        await task


def visit(redis_url: str, var: Path, what: Callable[[Web], Awaitable[None]]) -> None:
    """Asks it once it has read the state; in a loop of its own."""

    async def run() -> None:
        async with serving(redis_url, var) as web:
            await wait_until_async(lambda: web.hub.connected, 10, "the hub has read the state")
            await what(web)

    asyncio.run(run())
