"""The web process, wired in one place: hub, stream, API, fonts, Dash. Connects to nothing until it is started."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from functools import partial

from fastapi import FastAPI
from starlette.responses import Response

from store.blobs import Blobs
from store.log.open import open_writer
from store.settings import Settings

from .api import Commands
from .assets import build_id
from .compress import Compress
from .dash_app import make_dash
from .figures import History
from .fonts import Fonts, FontUnavailable
from .guard import Guard, page_policy
from .hub import Hub
from .routes import make_router, not_found
from .views import VIEWS, House, View


def create_app(settings: Settings, views: Sequence[View] = VIEWS) -> Guard:
    """Raises SettingsError when a site cannot be read."""
    sites = settings.load_sites()
    build = build_id()
    hub = Hub(settings.redis_url, sites, build)
    fonts = Fonts(settings.var / "fonts", list(sites.values()), settings.plan_folders)
    hub.on_described = lambda: fonts.describe(hub.sites.values())
    commands = Commands(partial(open_writer, settings))
    history = History(settings.database_url)
    house = House(hub, history, commands, Blobs(settings.var / "blobs"))

    @contextlib.asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        await hub.start()
        first = asyncio.create_task(_cut_latin(fonts))
        yield
        first.cancel()
        await asyncio.gather(first, fonts.close(), hub.stop(), return_exceptions=True)
        commands.close()
        history.close()

    server = FastAPI(lifespan=life, docs_url=None, redoc_url=None, openapi_url=None)
    server.include_router(make_router(house, fonts, settings.plan_folders))
    dash = make_dash(server, views, house)

    @server.get("/{path:path}", include_in_schema=False)
    async def anything_else(path: str) -> Response:
        """Dash would answer every unknown address with its page."""
        return not_found()

    hashes: list[str] = []

    def policy() -> str:
        if not hashes:
            hashes.extend(dash.csp_hashes())
        return page_policy(hashes)

    return Guard(Compress(server), hub, policy, [view.path for view in views])


async def _cut_latin(fonts: Fonts) -> None:
    """The figures' font is needed by the first page that opens."""
    for name in ("latin-700", "latin-400"):
        with contextlib.suppress(FontUnavailable):
            await fonts.file(name)
