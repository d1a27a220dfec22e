"""The web process, wired in one place: hub, stream, API, fonts, Dash. Connects to nothing until it is started."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import AsyncIterator, Mapping, Sequence
from functools import partial

from fastapi import FastAPI, Request
from starlette.responses import Response

from community.demo import is_demo
from community.site import Site
from store.blobs import Blobs
from store.history import HistoryMisconfigured, HistoryUnavailable
from store.log.open import open_writer
from store.people import open_engines
from store.residents.notices import Notices
from store.residents.persons import Persons
from store.residents.reports import Reports as ResidentReports
from store.seal import Seal
from store.settings import Settings

from .access import DESK, WALL, Denied
from .assets import build_id
from .audit_page import make_audit
from .bulletin import make_bulletin
from .callbacks import Callbacks
from .compress import Compress
from .dash_app import make_dash
from .desk import make_desk
from .device_records import make_device
from .devices import make_devices
from .ended import make_ended
from .facts import Facts
from .figures import History
from .fonts import Fonts, FontUnavailable
from .guard import Guard, page_policy
from .handover import make_handover
from .hub import Hub
from .letters import make_letters
from .mappings import make_mappings
from .notices import Channels, make_notices
from .open.api import make_open
from .open.readers import Reader
from .operate import make_operate
from .pages import current
from .past.asked import Setup
from .past.pool import Travellers
from .past.routes import make_past
from .patrol import make_patrol
from .persons.acts import Acts
from .persons.demo import invent
from .persons.page import make_care
from .persons.register import make_privacy
from .qr import make_qr
from .reports.desk import Ledger, Reports
from .reports.routes import make_reports
from .reports.schedule import run as run_schedule
from .resident.routes import make_resident
from .rooms import make_room
from .routes import Json, make_router, not_found
from .sending import Commands
from .signin.door import Door
from .signin.people import make_people
from .signin.routes import Fact, make_door
from .signin.service import Service
from .site_page import make_site
from .stream import Welcome
from .video import Watched, make_video
from .view import House, View
from .views import VIEWS
from .work_orders import make_work_orders

logger = logging.getLogger("shouwang.web")
RETRY_S = 2.0
LAST_FACTS_S = 1.0
"""An end waits so long for what the audit has not heard yet."""


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
    facts = Facts(commands, lambda: next(iter(hub.sites)), settings.var / "facts.json")
    ledger = Ledger(settings.database_url)
    reports = Reports(ledger, lambda: hub.sites, settings.var)
    travellers = Travellers(lambda: Setup(settings.database_url, str(settings.segments), hub.sites))
    engines = open_engines(settings.database_url)
    seal = Seal(settings.var)
    service = Service(engines, seal, sites=lambda: hub.sites)
    door = Door(service, settings)
    channels = Channels(settings.redis_url)
    watched = Watched(settings.video)
    persons, resident_reports = Persons(engines, seal), ResidentReports(engines)
    acts = Acts(house, history.engine, persons, resident_reports, facts)

    @contextlib.asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        await hub.start()
        first = asyncio.create_task(_cut_latin(fonts))
        writing = asyncio.create_task(facts.run())
        hours = asyncio.create_task(run_schedule(history.engine, lambda: hub.sites))
        threading.Thread(target=_open_door, args=(service, persons, sites), name="door", daemon=True).start()
        yield
        first.cancel()
        writing.cancel()
        hours.cancel()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(facts.flush(), LAST_FACTS_S)
        await asyncio.gather(
            first, writing, hours, fonts.close(), travellers.close(), hub.stop(), return_exceptions=True
        )
        commands.close()
        history.close()
        ledger.close()
        service.close()

    server = FastAPI(lifespan=life, docs_url=None, redoc_url=None, openapi_url=None)

    def watch(request: Request) -> Welcome:
        return door.watch(request.scope, request.headers, lambda: hub.sites, current.get().site.id, WALL)

    def watching(request: Request) -> Welcome:
        return door.watch(request.scope, request.headers, lambda: hub.sites, current.get().site.id, DESK)

    def tell(fact: Fact) -> None:
        facts.tell(fact.what, fact.outcome, fact.by, fact.community, detail=fact.detail)

    def read(outcome: str, who: Reader | None, community: str, what: str) -> None:
        facts.tell("open.read", outcome, f"reader:{who.name}" if who is not None else "", community, what)

    def tell_denied(denied: Denied) -> None:
        who = denied.who.id if denied.who is not None else ""
        community = denied.community if denied.community in hub.sites else ""
        facts.tell(denied.what, "denied", who, community, detail=str(denied) if denied.explained else "")

    server.include_router(make_router(house, fonts, settings.plan_folders, watch, facts))
    server.include_router(make_door(door, lambda: hub.sites, settings.plan_folders, tell))
    server.include_router(make_device(history.engine, service))
    server.include_router(make_ended(history.engine, service))
    server.include_router(make_desk(hub, history.engine, service, facts, house.blobs, channels, watched))
    server.include_router(make_video(watched, watching, facts))
    server.include_router(make_notices(settings, hub, commands, facts, channels))
    server.include_router(make_operate(hub, watched))
    server.include_router(make_handover(ledger, service, facts, settings.var))
    server.include_router(make_past(house, travellers, facts))
    server.include_router(make_audit(history.engine, service, facts))
    server.include_router(make_room(lambda: hub.channels[current.get().site.id], facts))
    server.include_router(make_letters(settings, lambda: hub.sites, facts))
    server.include_router(make_devices(settings, facts))
    server.include_router(make_mappings(settings, facts))
    server.include_router(make_site(settings, house, facts))
    server.include_router(make_open(ledger.reading, lambda: hub.sites, read))
    server.include_router(make_reports(reports, facts))
    server.include_router(make_people(service, lambda: hub.sites, tell))
    server.include_router(make_qr())
    server.include_router(make_patrol(house, facts))
    server.include_router(make_care(house, acts, persons, facts))
    server.include_router(make_privacy(persons, facts))
    server.include_router(make_work_orders(house, resident_reports, facts))
    server.include_router(make_bulletin(Notices(engines), facts))
    server.include_router(make_resident(house, engines, settings.plan_folders))
    dash = make_dash(server, views, house)

    @server.exception_handler(Denied)
    async def denied(_: Request, error: Denied) -> Response:
        guard.denied(error)
        return Json({"error": str(error)}, 403)

    @server.get("/{path:path}", include_in_schema=False)
    async def anything_else(path: str) -> Response:
        """Dash would answer every unknown address with its page."""
        return not_found()

    hashes: list[str] = []

    def policy() -> str:
        if not hashes:
            hashes.extend(dash.csp_hashes())
        return page_policy(hashes)

    guard = Guard(Compress(Callbacks(server, dash)), hub, door, policy, [view.path for view in views])
    guard.denied = tell_denied
    return guard


def _open_door(service: Service, persons: Persons, sites: Mapping[str, Site]) -> None:
    """Beside the wall, which needs no database: until it answers nobody can sign in. A daemon: it holds up no end."""
    while not service.closed.is_set():
        try:
            password = service.begin()
            for site in filter(is_demo, sites.values()):
                invent(persons, site, service.now_ms())
        except HistoryUnavailable as error:
            logger.warning("nobody can sign in yet: %s", error)
            service.closed.wait(RETRY_S)
            continue
        except HistoryMisconfigured as error:
            logger.error("nobody can sign in: %s", error)
            return
        if password:
            # to the terminal and nowhere else: a log file may be read by others
            print(f"首个安全管理员 first security administrator: admin / {password} (一次性 one-time)", flush=True)
        return


async def _cut_latin(fonts: Fonts) -> None:
    """The figures' font is needed by the first page that opens."""
    for name in ("latin-700", "latin-400"):
        with contextlib.suppress(FontUnavailable):
            await fonts.file(name)
