"""/r/sos: 一键求助 from a resident's phone: two steps, against a press in a pocket; then what became of it."""

from __future__ import annotations

import time
from html import escape

from fastapi import APIRouter, Request
from starlette.responses import Response

from community.alarms import standing_told
from community.phones import PRESS
from community.resident.spots import chosen, spot_name
from community.state import Alarm
from store.log import LogUnavailable

from ..sending import NotCertain
from ..signin.routes import came_from, read_form
from ..view import House
from .asking import SPOT, Asking, Kept, answer, clock, remembered
from .html import Sheet
from .icons import icon
from .limits import Limit, Limits
from .report_page import place_choice

LIMITS = {"sos": Limit(6, 60, 600)}
"""Whoever is in need presses again and again, and neighbours stand behind one address; more than these are no help to
anybody, and the page says whom to call."""

EMERGENCY = (("120", "call_120"), ("119", "call_119"), ("110", "call_110"))


def make_sos(asking: Asking, house: House) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    limits = Limits(LIMITS)

    @router.get("/r/sos")
    async def ask(request: Request) -> Response:
        sheet = asking.sheet(request)
        asked = sheet.at.asked.get("place", "") or remembered(request, SPOT)
        place = chosen(sheet.at.site, asked)
        if "sent" in sheet.at.asked and place:
            return answer(request, sheet.document(sheet.say("sos"), "report", _sent(sheet, place), follows=True))
        return answer(request, sheet.document(sheet.say("sos"), "report", _form(sheet, place)))

    @router.post("/r/sos")
    async def press(request: Request) -> Response:
        sheet = asking.sheet(request)
        form = await read_form(request)
        place = chosen(sheet.at.site, form.get("place", ""), form.get("room", "").strip())
        if not place:
            return again(request, sheet, "", "needs_place", 400)
        if not limits.allows("sos", came_from(request), time.monotonic()):
            return again(request, sheet, place, "sos_often", 429)
        try:
            await house.commands.write(sheet.at.site.id, "sos.press", place, {"press": PRESS})
        except NotCertain:
            return again(request, sheet, place, "sos_not_sure", 503)
        except LogUnavailable:
            return again(request, sheet, place, "sos_not_sent", 503)
        sent = answer(request, "", 303, [Kept(SPOT, place)] if place.isascii() else [])
        sent.headers["location"] = sheet.link("/r/sos", place=place, sent="1").replace("&amp;", "&")
        return sent

    def again(request: Request, sheet: Sheet, place: str, key: str, status: int) -> Response:
        said = f'<p class="band bad" role="alert"><b>{sheet.say(key)}</b></p>{_calls(sheet)}'
        return answer(request, sheet.document(sheet.say("sos"), "report", said + _form(sheet, place)), status)

    def _sent(sheet: Sheet, place: str) -> str:
        """Sent is what the log has; confirmed is what the desk has done."""
        seen = asking.seen()
        alarm = seen.state.alarms.get(f"SOS/{place}") if seen is not None and not seen.lost else None
        where = escape(spot_name(sheet.at.site, place, sheet.lang))
        if alarm is not None and standing_told(alarm):
            at, said = clock(sheet.at, alarm.activated_ms), _now(sheet, alarm)
            line = sheet.say("sos_sent_at", at, "{}").replace("{}", where)
        else:
            line, said = where, sheet.say("sos_unseen" if alarm is None and not _over(place) else "sos_over")
        again_ = sheet.link("/r/sos", place=place)
        return (
            f'<section class="help sent" role="status" id="state" data-look="sos"><h2>{sheet.say("sos_sent")}</h2>'
            f"<p>{line}</p><p><b>{said}</b></p></section><p>{sheet.say('sos_stay')}</p>{_calls(sheet)}"
            f'<p><a class="button plain" href="{again_}">{sheet.say("sos_again")}</a></p>'
        )

    def _over(place: str) -> bool:
        seen = asking.seen()
        return seen is not None and any(closed.key == f"SOS/{place}" for closed in seen.state.recent)

    return router


def _now(sheet: Sheet, alarm: Alarm) -> str:
    if not alarm.acknowledged:
        return sheet.say("sos_unseen")
    return sheet.say("sos_seen", sheet.say(f"work_{alarm.work}" if alarm.work else "work_working"))


def _form(sheet: Sheet, place: str) -> str:
    """The second step: another page, another place for the finger."""
    device = sheet.at.site.by_id.get(place)
    room = device.room if device is not None and device.kind == "phone" else ""
    listed = chosen(sheet.at.site, place)
    if device is not None and device.room and device.kind == "phone":
        listed = place.rpartition("-")[0]
    return (
        f'<form class="help" method="post" action="{sheet.link("/r/sos")}"><h2>{sheet.say("sos_where")}</h2>'
        f'<div class="row">{icon("pin")}{place_choice(sheet, listed)}'
        f'<input name="room" inputmode="numeric" maxlength="8" value="{escape(room)}" '
        f'placeholder="{sheet.say("room")}" aria-label="{sheet.say("sos_room")}"></div>'
        f'<p class="line">{sheet.say("sos_two")}</p>'
        f'<button class="danger wide huge">{icon("sos")} {sheet.say("sos_press")}</button></form>{_calls(sheet)}'
    )


def _calls(sheet: Sheet) -> str:
    """Whom to call by phone: the house's posts that have a number, and everybody's."""
    posts = [post for post in sheet.at.site.posts if post.contact.isdigit()]
    numbers = [(post.contact, escape(post.name.get(sheet.lang))) for post in posts[:1]]
    numbers += [(number, sheet.say(word)) for number, word in EMERGENCY]
    links = "".join(f'<a class="button plain" href="tel:{number}">{name} {number}</a>' for number, name in numbers)
    return f'<div class="calls"><p>{sheet.say("urgent_call")}</p>{links}</div>'
