"""/r: free ports by place. /r/<port>: one session, which the phone that scanned the port follows."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from html import escape
from math import dist

from fastapi import APIRouter, Request
from starlette.responses import Response

from community.board.naming import area_en, where
from community.resident.charging import (
    Kind,
    Place,
    Point,
    Port,
    beside,
    by_distance,
    full_since_ms,
    is_port,
    located,
    places,
    port,
)
from community.state import DeviceState, State
from community.words import duration, span

from .asking import HOME, PORT, Asking, Kept, Seen, answer, clock, moment, remembered
from .html import Sheet
from .icons import icon

SHOWN = ("free", "use", "full", "fault", "unknown")
NAMED = 3
"""Places that are named one by one in a sentence."""
NEAR_STEP_M = 10
"""A distance as the crow flies to the metre would promise what no path keeps."""


def make_charging(asking: Asking) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/r")
    async def free_ports(request: Request) -> Response:
        sheet, seen = asking.sheet(request), asking.seen()
        at = sheet.at
        car = at.asked.get("kind") == "car"
        if seen is None:
            body = f"{_tabs(sheet, car=car)}<p class='band'>{sheet.say('lost_never')}</p>"
            return answer(request, sheet.document(sheet.say("charging"), "charging", body, follows=True), 503)
        kind: Kind = "car_connector" if car else "ebike_port"
        buildings = await asking.buildings(at.site)
        home = at.asked.get("home", remembered(request, HOME))
        home = home if home in buildings else ""
        lasted = await asking.lasted(at.site, kind, seen.state.clock_ms)
        found = located(await asyncio.to_thread(places, seen.state, kind, lasted, lost=seen.lost), buildings)
        found = by_distance(found, buildings.get(home))
        mine = _mine(sheet, seen, remembered(request, PORT), lasted)
        body = _overview(sheet, seen, found, buildings, home, mine, car=car)
        keep = [Kept(HOME, home)] if "home" in at.asked else []
        return answer(request, sheet.document(sheet.say("charging"), "charging", body, follows=True), keep=keep)

    return router


def make_port(asking: Asking) -> APIRouter:
    """Its address is what is left of `/r/`: it comes after all others."""
    router = APIRouter(include_in_schema=False)

    @router.get("/r/{port_id}")
    async def one_port(request: Request, port_id: str) -> Response:
        sheet, seen = asking.sheet(request), asking.seen()
        at = sheet.at
        if not is_port(at.site, port_id):
            said = f"<p class='band'>{sheet.say('no_port')}</p><p><a class='button' href='{sheet.link('/r')}'>"
            said += f"{sheet.say('back_places')}</a></p>"
            return answer(request, sheet.document(sheet.say("charging"), "charging", said), 404)
        name = escape(where(at.site, port_id, at.lang))
        if seen is None:
            body = f"<p class='band'>{sheet.say('lost_never')}</p>"
            return answer(request, sheet.document(name, "charging", body, follows=True), 503)
        device = at.site.by_id[port_id]
        kind: Kind = "car_connector" if device.kind == "car_connector" else "ebike_port"
        lasted = await asking.lasted(at.site, kind, seen.state.clock_ms)
        now = port(seen.state, device, lasted, lost=seen.lost)
        body = _session(sheet, seen, now, seen.state.devices.get(port_id))
        running = seen.state.devices.get(port_id)
        session = str(running.values.get("session", "")) if running is not None else ""
        keep = [Kept(PORT, f"{port_id}~{session}")] if now.look in ("use", "full") and session.isascii() else []
        return answer(request, sheet.document(name, "charging", body, follows=True), keep=keep)

    return router


def _tabs(sheet: Sheet, *, car: bool) -> str:
    parts = []
    for own, word, mark in ((False, "ebike", "ebike"), (True, "car", "car")):
        here = ' aria-current="page"' if own is car else ""
        address = sheet.link("/r", kind="car") if own else sheet.link("/r")
        parts.append(f'<a href="{address}"{here}>{icon(mark)}{sheet.say(word)}</a>')
    return f'<div class="tabs">{"".join(parts)}</div>'


def _overview(
    sheet: Sheet,
    seen: Seen,
    found: list[Place],
    buildings: Mapping[str, Point],
    home: str,
    mine: str,
    *,
    car: bool,
) -> str:
    state, lang = seen.state, sheet.lang
    parts = [_tabs(sheet, car=car)]
    if seen.lost:
        parts.append(f"<p class='band' role='alert'>{sheet.say('lost', clock(sheet.at, state.clock_ms))}</p>")
    parts.append(mine)
    if not found:
        return "".join(parts) + f"<p class='band'>{sheet.say('no_places')}</p>"
    sure, old = [p for p in found if not p.stale], [p for p in found if p.stale]
    total = str(sum(p.free for p in sure)) if sure else "—"
    newest_ms = max((p.seen_ms for p in sure), default=0)
    age = sheet.say("updated", duration(state.clock_ms - newest_ms, lang)) if newest_ms else ""
    beside_it = sheet.say("not_counted", "{}").replace("{}", _names(sheet, old)) if old else ""
    parts.append(
        f'<div class="sum"><b class="num">{total}</b><p>{sheet.say("free_ports")}<small>{beside_it}</small></p>'
        f"<small>{age}</small></div>"
    )
    parts += [_place(sheet, state, p, buildings, home) for p in found]
    legend = "".join(f'<span><i class="port {look}"></i>{sheet.say(f"legend_{look}")}</span>' for look in SHOWN)
    parts += [f'<p class="legend">{legend}</p>', _choose_home(sheet, buildings, home, car=car)]
    return "".join(parts)


def _name(sheet: Sheet, place: Place) -> str:
    """Escaped."""
    area = place.area if sheet.lang == "zh" else area_en(place.area, sheet.at.site) or place.area
    if place.building:
        return sheet.say("garage_of", place.building, area)
    return escape(area) or sheet.say("unnamed")


def _names(sheet: Sheet, found: list[Place]) -> str:
    named = sheet.say("and").join(_name(sheet, place) for place in found[:NAMED])
    return named if len(found) <= NAMED else sheet.say("and_more", "{}", len(found)).replace("{}", named)


def _place(sheet: Sheet, state: State, place: Place, buildings: Mapping[str, Point], home: str) -> str:
    lang, at = sheet.lang, sheet.at
    about = []
    found = beside(place, buildings)
    if found is not None:
        about.append(sheet.say("beside", found[0], found[1].get(lang)))
    if home and place.building == home:
        about.append(sheet.say("own_building"))
    elif home and place.xy is not None:
        metres = round(dist(buildings[home], place.xy) / NEAR_STEP_M) * NEAR_STEP_M
        about.append(sheet.say("away", metres))
    if place.stale:
        ago = span(state.clock_ms - place.seen_ms, lang)
        line = f"<b>{sheet.say('silent_for', ago) if place.seen_ms else sheet.say('never_said')}</b>"
        count, word = (str(place.free_once), "free_maybe") if place.seen_ms else ("—", "free_maybe")
    else:
        said = [sheet.say("total", len(place.ports))]
        upcoming = place.next_free(state.clock_ms)
        if place.nearly_full:
            said.append(sheet.say("nearly_full", place.nearly_full))
        if upcoming is not None:
            said.append(sheet.say("next_free", clock(at, upcoming[0]), upcoming[1]))
        if unknown := place.count("unknown"):
            said.append(sheet.say("unknown_some", unknown))
        line, count, word = "，".join(said) if lang == "zh" else ", ".join(said), str(place.free), "free"
    dots = "".join(f'<i class="port {one.look}"></i>' for one in place.ports)
    links = "".join(_link(sheet, one) for one in place.ports)
    commas = "，".join(about) if lang == "zh" else ", ".join(about)
    return (
        f'<section class="place{" stale" if place.stale else ""}"><h2>{_name(sheet, place)}<small>{commas}</small></h2>'
        f'<p class="count"><b class="num">{count}</b> {sheet.say(word)}</p><p class="line">{line}</p>'
        f'<div class="ports" aria-hidden="true">{dots}</div>'
        f"<details><summary>{sheet.say('each_port')}</summary><div class='each'>{links}</div></details></section>"
    )


def _link(sheet: Sheet, one: Port) -> str:
    """By the port's own name: that of its place stands above it."""
    name = sheet.at.site.by_id[one.id].name.get(sheet.lang) or one.id
    look = f'<i class="port {one.look}"></i> {sheet.say(f"legend_{one.look}")}'
    return f'<a href="{sheet.link(f"/r/{one.id}")}">{escape(name)} <small>{look}</small></a>'


def _choose_home(sheet: Sheet, buildings: Mapping[str, Point], home: str, *, car: bool) -> str:
    if not buildings:
        return ""
    options = "".join(
        f'<option value="{escape(id_)}"{" selected" if id_ == home else ""}>{sheet.say("building", id_)}</option>'
        for id_ in buildings
    )
    kept = {name: sheet.at.asked[name] for name in ("community", "lang") if name in sheet.at.asked}
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{escape(value)}">'
        for name, value in (kept | ({"kind": "car"} if car else {})).items()
    )
    return (
        f'<form class="home" action="/r">{hidden}<label>{sheet.say("where_live")} '
        f'<select name="home"><option value="">—</option>{options}</select></label>'
        f"<button>{sheet.say('choose')}</button></form>"
    )


def _mine(sheet: Sheet, seen: Seen, followed: str, lasted: list[int]) -> str:
    """The card of the port that this phone has scanned, as long as it is the same session."""
    port_id, _, session = followed.partition("~")
    device = seen.state.devices.get(port_id)
    if device is None or not is_port(sheet.at.site, port_id):
        return ""
    one = port(seen.state, sheet.at.site.by_id[port_id], lasted, lost=seen.lost)
    same = str(device.values.get("session", "")) == session
    name = where(sheet.at.site, port_id, sheet.lang)
    if not same or one.look == "free":
        head, line = "mine_ended", escape(name)
    elif one.look == "full":
        since = clock(sheet.at, full_since_ms(device))
        head, line = "mine_full", sheet.say("mine_full_where", name, since)
    elif one.look == "use":
        head, line = "mine_charging", f"{escape(name)} {_expected(sheet, one)}"
    else:
        return ""
    return (
        f'<a class="mine" href="{sheet.link(f"/r/{port_id}")}"><b>{icon("bolt")}{sheet.say(head)}</b>'
        f"<span>{line}</span></a>"
    )


def _expected(sheet: Sheet, one: Port) -> str:
    if one.ends is None:
        return sheet.say("ends_unknown")
    return sheet.say(f"ends_{one.ends.by}", clock(sheet.at, one.ends.at_ms))


def _session(sheet: Sheet, seen: Seen, one: Port, device: DeviceState | None) -> str:
    state, lang = seen.state, sheet.lang
    parts = [
        f'<p class="state {one.look}" role="status" id="state" data-look="{one.look}"><i class="port {one.look}"></i>'
    ]
    parts.append(f"<b>{sheet.say(f'port_{one.look}')}</b></p>")
    if one.look == "unknown" and one.seen_ms:
        ago = span(state.clock_ms - one.seen_ms, lang)
        word = sheet.say(f"legend_{one.said}")
        parts.append(f"<p>{sheet.say('port_last_said', ago, '{}').replace('{}', word)}</p>")
    if device is not None and one.look in ("use", "full"):
        parts.append(_facts(sheet, state, one, device))
    if one.look == "use":
        parts.append(f"<p class='line'>{_expected(sheet, one)}</p>")
    if one.seen_ms:
        parts.append(f"<p class='line'>{sheet.say('updated', duration(state.clock_ms - one.seen_ms, lang))}</p>")
    if one.look in ("use", "full"):
        parts.append(f"<p class='line'>{sheet.say('following')}</p>")
    parts.append(f'<p><a class="button" href="{sheet.link("/r")}">{sheet.say("back_places")}</a></p>')
    report = sheet.link("/r/report", port=one.id, category="parking")
    parts.append(f'<p><a class="button plain" href="{report}">{sheet.say("report_port")}</a></p>')
    return f'<section class="place">{"".join(parts)}</section>'


def _facts(sheet: Sheet, state: State, one: Port, device: DeviceState) -> str:
    at, values = sheet.at, device.values
    started_ms = values.get("session_start_ms")
    rows = []
    if one.look == "full":
        since = moment(at, full_since_ms(device), state.clock_ms)
        rows.append(f"<p><b>{sheet.say('full_since', since)}</b></p>")
    elif isinstance(started_ms, int):
        lasts = duration((state.clock_ms - started_ms) // 60_000 * 60_000, sheet.lang)
        rows.append(f"<p>{sheet.say('since', moment(at, started_ms, state.clock_ms), lasts)}</p>")
    figures = []
    power_w, energy_wh = values.get("power_w"), values.get("session_energy_wh")
    if one.look == "use" and power_w is not None:
        figures.append(("power", f"{power_w:.0f} W" if power_w < 1000 else f"{power_w / 1000:.1f} kW"))
    if energy_wh is None and "meter_start_wh" in values and "energy_wh" in values:
        energy_wh = values["energy_wh"] - values["meter_start_wh"]
    if energy_wh is not None and energy_wh >= 0:
        figures.append(("energy", f"{energy_wh / 1000:.2f} kWh"))
    drawn = "".join(f"<div><dt>{sheet.say(word)}</dt><dd class='num'>{value}</dd></div>" for word, value in figures)
    return "".join(rows) + (f"<dl>{drawn}</dl>" if drawn else "")
