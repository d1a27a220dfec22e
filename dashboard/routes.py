"""Every route that is not Dash's own."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
from fastapi import APIRouter, Request
from redis.exceptions import RedisError
from starlette.responses import FileResponse, Response
from xstatic.pkg import leaflet

from community.kpi import Figures
from community.pictures import picture_type
from community.site import Site
from community.words import Lang
from store.blobs import BlobMissing, Blobs
from store.history import HistoryMisconfigured, HistoryUnavailable
from store.history.figures import NoRange
from store.kpis import Kept
from store.live import LiveCorrupt, LiveUnavailable
from store.log import LogUnavailable

from .access import WALL
from .assets import asset_url
from .cards import device_card, spot_card
from .command_words import NOT_SENT
from .commands import AlarmCommand, MoveOrder, decode_command, decode_wish
from .facts import Facts
from .figures import days_asked
from .figures import document as document_of_figures
from .fonts import Fonts, FontUnavailable
from .frames import Channel, Face
from .guard import page_policy
from .health import metrics, readiness
from .hub import Hub
from .kpis import document, figures_of
from .orders import Play
from .pages import current
from .sending import Commands, NotCertain
from .signing import signed
from .state_json import state_json
from .stream import LiveStream, Welcome
from .view import House

COMMAND_BYTES = 8192
MAPS = 64
"""Drawn maps that are kept: a language and a description of a community each."""
WEEK = "public, max-age=604800"
FONT = "public, max-age=31536000, immutable"


class Json(Response):
    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return msgspec.json.encode(content)


def make_router(
    house: House, fonts: Fonts, plans: Sequence[Path], watch: Callable[[Request], Welcome], facts: Facts
) -> APIRouter:
    """`plans`: folders where the GeoJSON of the communities lies. `watch`: whether who opened a stream may go on."""
    router = APIRouter(include_in_schema=False)
    hub, history = house.hub, house.history
    maps: dict[tuple[str, Lang, bool], tuple[str, str]] = {}

    def channel() -> Channel:
        return hub.channels[current.get().site.id]

    @router.get("/live")
    async def live(request: Request) -> Response:
        return LiveStream(channel(), Face(current.get().lang, current.get().visit), watch(request))

    @router.get("/city/live")
    async def city_live(request: Request) -> Response:
        who = current.get().who
        mine = frozenset(id_ for id_ in hub.channels if who is not None and who.may(WALL, id_))
        face = Face(current.get().lang, mine=None if len(mine) == len(hub.channels) else mine)
        return LiveStream(hub.city, face, watch(request))

    @router.get("/map")
    async def site_map(request: Request) -> Response:
        """The plan, as a wall has it; `?desk=1` the operator's, which pans, zooms and opens cards."""
        page, desk = current.get(), "desk" in request.query_params
        known = (channel().build, page.lang, desk)
        if known not in maps:
            while len(maps) >= MAPS:
                del maps[next(iter(maps))]
            maps[known] = await asyncio.to_thread(draw_map, page.site, page.lang, plans, desk)
        body, policy = maps[known]
        return Response(body, media_type="text/html", headers={"content-security-policy": policy})

    @router.get("/api/v1/card")
    async def card(request: Request) -> Response:
        """What a click on the operator's map opens: `?device=C-010`, or `?spot=7/2` for what stands there."""
        shown, lang = channel(), current.get().lang
        if shown.state is None:
            return Json({"error": "the live state has not been read: Redis does not answer"}, 503)
        device, spot = request.query_params.get("device"), request.query_params.get("spot", "")
        look, what = (device_card, device) if device else (spot_card, spot)
        found = await asyncio.to_thread(look, shown.state.glance(), what, lang)
        if found is None:
            return Json({"error": "nothing of that name is on the plan"}, 404)
        return Json(found, headers={"cache-control": "no-store"})

    @router.get("/api/v1/state")
    async def state(request: Request) -> Response:
        """Whoever asks often names the state that they have (`If-None-Match`) and is told only what is new."""
        shown = channel()
        if shown.broken:
            return Json({"error": shown.broken}, 503)
        if shown.state is None:
            return Json({"error": "the live state has not been read: Redis does not answer"}, 503)
        seen, lang = shown.state.glance(), current.get().lang
        tag = f'"{seen.position}-{lang}-{shown.build}"'
        headers = {"cache-control": "no-store", "etag": tag}
        if (asked := request.headers.get("if-none-match", "")) == "*" or tag in asked:
            return Response(status_code=304, headers=headers)
        # in a thread: of thousands of devices it takes longer than a frame may wait
        said = await asyncio.to_thread(state_json, seen, lang)
        return Response(said, media_type="application/json", headers=headers)

    @router.get("/api/v1/kpis")
    async def kpis() -> Response:
        """Alarm KPIs of the last 31 days, as of the moment up to which the whole journal is counted."""
        shown = channel()
        if shown.state is None:
            return Json({"error": "the live state has not been read: Redis does not answer"}, 503)
        try:
            kept = await hub.kpis(shown)
        except (LiveUnavailable, LiveCorrupt) as error:
            return Json({"error": str(error)}, 503)
        figures = await asyncio.to_thread(figures_of, kept, shown.state.glance()) if kept is not None else None
        if kept is None or figures is None:
            return Json({"error": "the journal has not been counted yet (python -m ingest kpis)"}, 503)
        return Json(document(kept, figures, shown.state), headers={"cache-control": "no-store"})

    @router.get("/api/v1/figures")
    async def figures(request: Request) -> Response:
        """The figures of days, `?from=2026-03-01&to=2026-03-31&figure=alarms`; without days those of today."""
        shown = channel()
        from_day, to_day = days_asked(request.query_params, shown.clock_ms, shown.site)
        asked = request.query_params.getlist("figure") or None
        try:
            report = await asyncio.to_thread(history.figures, shown.site, from_day, to_day, asked)
        except NoRange as error:
            return Json({"error": str(error)}, 400)
        except KeyError as error:
            return Json({"error": f"there is no figure {error}"}, 404)
        except (HistoryUnavailable, HistoryMisconfigured) as error:
            return Json({"error": str(error)}, 503)
        return Json(document_of_figures(report), headers={"cache-control": "no-store"})

    @router.get("/api/v1/pictures/{name}")
    async def picture(name: str) -> Response:
        """A camera's last picture by the hash that its device carries. It never changes, so it may be kept."""
        try:
            content = await asyncio.to_thread(house.blobs.get, name)
        except BlobMissing as error:
            return Json({"error": str(error)}, 404)
        content_type = picture_type(content)
        if content_type is None:
            return Json({"error": f"{name} is not a picture"}, 404)
        at = current.get()
        facts.tell("picture.view", "allowed", at.who.id if at.who is not None else "", at.site.id, name)
        return Response(content, media_type=content_type, headers={"cache-control": "private, max-age=86400"})

    @router.post("/api/v1/commands")
    async def command(request: Request) -> Response:
        return await _command(request, hub, house.commands, house.blobs)

    @router.post("/api/v1/tour")
    async def tour(request: Request) -> Response:
        """What a visitor wants of the demo's tour."""
        try:
            wish = decode_wish(await request.body()).do
            await hub.wish(current.get().site.id, wish)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            return Json({"error": f"not a wish: {error}"}, 400)
        except (RedisError, OSError) as error:
            return Json({"error": f"Redis does not answer: {error}"}, 503)
        return Json({"wish": wish}, 202)

    @router.get("/healthz")
    async def healthz() -> Response:
        return Json({"alive": True})

    @router.get("/readyz")
    async def readyz() -> Response:
        found = readiness(hub)
        return Json(found, 200 if found["ready"] else 503)

    @router.get("/metrics")
    async def prometheus() -> Response:
        try:
            counters = await hub.dead_letters()
        except (RedisError, OSError):
            counters = {}
        try:
            kept = await hub.history()
        except (RedisError, OSError, ValueError):
            kept = {}
        text = metrics(hub, counters, await _figures(hub), kept)
        return Response(text, media_type="text/plain; version=0.0.4")

    @router.get("/fonts/fonts.css")
    async def font_sheet() -> Response:
        return Response(fonts.sheet, media_type="text/css", headers={"cache-control": "no-cache"})

    @router.get("/fonts/{name}.woff2")
    async def font(name: str) -> Response:
        try:
            return FileResponse(await fonts.file(name), media_type="font/woff2", headers={"cache-control": FONT})
        except KeyError:
            return Json({"error": "no such font"}, 404)
        except FontUnavailable as error:
            return Json({"error": str(error)}, 503)

    @router.get("/vendor/leaflet/{name}")
    async def leaflet_file(name: str) -> Response:
        if name not in ("leaflet.js", "leaflet.css"):
            return Json({"error": "no such file"}, 404)
        return FileResponse(Path(leaflet.BASE_DIR) / name, headers={"cache-control": WEEK})

    return router


def draw_map(site: Site, lang: Lang, plans: Sequence[Path], desk: bool) -> tuple[str, str]:
    """The plan's page, and the policy under which it runs."""
    # late: folium brings pandas along, half a second and 45 MB that no start needs
    from layouts.map import inline_hashes, map_page

    drawn = map_page(site, lang, asset_url, plans, desk=desk)
    return drawn, page_policy(inline_hashes(drawn))


def not_found() -> Response:
    return Json({"error": "no such page"}, 404)


async def _figures(hub: Hub) -> dict[str, tuple[Kept, Figures]]:
    """The KPIs of each community that has them; of one that cannot be read the gauges are absent."""
    found = {}
    for id_, shown in hub.channels.items():
        with contextlib.suppress(LiveUnavailable, LiveCorrupt):
            kept = await hub.kpis(shown) if shown.state is not None else None
            figures = await asyncio.to_thread(figures_of, kept, shown.state.glance()) if kept is not None else None
            if figures is not None:
                found[id_] = (kept, figures)
    return found


async def _command(request: Request, hub: Hub, commands: Commands, blobs: Blobs) -> Response:
    """202 with the record's id once the log has it; what came of it arrives over the stream."""
    at = current.get()

    def not_sent(why: str, status: int, more: str = "", **beside: str) -> Response:
        said = NOT_SENT[why].get(at.lang)
        return Json({"error": f"{said}: {more}" if more else said, "why": why, **beside}, status)

    body = await request.body()
    if len(body) > COMMAND_BYTES:
        return not_sent("too_long", 413)
    if request.headers.get("content-type", "").split(";")[0] != "application/json":
        return not_sent("not_json", 415)
    try:
        order = decode_command(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return not_sent("unreadable", 400, str(error))
    community = order.community or at.site.id
    if community not in hub.channels:
        return not_sent("community", 404)
    state = hub.channels[community].state
    order = signed(order, at.who, hub.channels[community].site, hub.channels[community].clock_ms)
    missing = order.missing(state) if state is not None else ""
    if missing:
        return not_sent(missing, 404)
    if isinstance(order, AlarmCommand | MoveOrder) and state is not None:
        order = order.resolved(state)
    if isinstance(order, Play):
        try:
            order = await asyncio.to_thread(order.kept, blobs)
        except OSError:
            return not_sent("words_away", 503)
    try:
        record = await commands.send(community, order, at.who.id if at.who is not None else "")
    except NotCertain as error:
        return not_sent("unsure", 503, str(error), recorded="unknown")
    except LogUnavailable as error:
        return not_sent("log_away", 503, str(error))
    return Json({"id": record, "state": "pending"}, 202)
