"""What the pages of reports look like: the form, an order's steps, this phone's reports."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from community.resident.reports import STEPS, Told, steps_done
from community.resident.spots import Spot, areas, chosen, spot_name, unit_of, units
from community.resident.words import CATEGORIES
from community.site import Site
from community.words import post
from store.residents.reports import Report

from .asking import moment
from .html import Sheet
from .icons import icon
from .photos import MOST


class Draft(NamedTuple):
    """A report that is being written. `place`: a spot of the list, or the port that was scanned."""

    id: str
    category: str = ""
    place: str = ""
    room: str = ""
    text: str = ""
    photos: tuple[str, ...] = ()

    def spot(self, site: Site) -> str:
        return chosen(site, self.place, self.room)


def place_choice(sheet: Sheet, place: str) -> str:
    """`place`: what is chosen already; a device stands above the list by its own name."""
    site, lang = sheet.at.site, sheet.lang

    def options(found: Sequence[Spot]) -> str:
        return "".join(
            f'<option value="{escape(s.id)}"{" selected" if s.id == place else ""}>{escape(s.name)}</option>'
            for s in found
        )

    listed = [*units(site, lang), *areas(site, lang)]
    own = ""
    if place and place not in {spot.id for spot in listed}:
        own = options([Spot(place, spot_name(site, place, lang))])
    return (
        f'<select name="place" required aria-label="{sheet.say("place")}">'
        f'<option value="">{sheet.say("place_choose")}</option>{own}'
        f'<optgroup label="{sheet.say("units")}">{options(units(site, lang))}</optgroup>'
        f'<optgroup label="{sheet.say("areas")}">{options(areas(site, lang))}</optgroup></select>'
    )


def report_form(sheet: Sheet, draft: Draft, notice: str, due_ms: int, now_ms: int) -> str:
    sos = sheet.link("/r/sos", **({"place": unit_of(sheet.at.site, draft.place)} if draft.place else {}))
    parts = [
        f'<section class="help"><b>{sheet.say("hurt")}</b>'
        f'<a class="button danger" href="{sos}">{icon("sos")} {sheet.say("sos")}</a></section>'
    ]
    if notice:
        parts.append(f'<p class="band bad" role="alert">{notice}</p>')
    boxes = "".join(
        f'<label><input type="radio" name="category" value="{c}" required{" checked" if c == draft.category else ""}>'
        f"<span>{icon(c)}{sheet.say(f'cat_{c}')}</span></label>"
        for c in CATEGORIES
    )
    kept = "".join(f'<input type="hidden" name="kept" value="{escape(h)}">' for h in draft.photos)
    if draft.photos:
        kept += f"<p class='line'>{sheet.say('photos_kept', len(draft.photos))}</p>"
    left = MOST - len(draft.photos)
    choose = (
        f'<label class="photo"><span>{icon("camera")} {sheet.say("photos", MOST)}</span>'
        f'<input type="file" name="photo" accept="image/jpeg,image/png,image/webp" multiple data-most="{left}" '
        f'data-many="{sheet.say("many_photos", MOST)}"></label>'
        if left
        else ""
    )
    parts.append(
        f'<form class="report" method="post" action="{sheet.link("/r/report")}" enctype="multipart/form-data">'
        f'<input type="hidden" name="draft" value="{escape(draft.id)}">'
        f'<fieldset class="cats"><legend>{sheet.say("category")}</legend>{boxes}</fieldset>'
        f'<div class="row">{icon("pin")}{place_choice(sheet, draft.place)}'
        f'<input name="room" inputmode="numeric" maxlength="8" value="{escape(draft.room)}" '
        f'placeholder="{sheet.say("room")}" aria-label="{sheet.say("sos_room")}"></div>'
        f'<textarea name="text" rows="3" maxlength="500" aria-label="{sheet.say("text")}" '
        f'placeholder="{sheet.say("text")}">{escape(draft.text)}</textarea>'
        f"{kept}{choose}<p class='line'>{sheet.say('photos_note')}</p>"
        f'<button class="wide">{sheet.say("send")}</button>'
        f'<p class="line middle">{sheet.say("promise", moment(sheet.at, due_ms, now_ms))}</p></form>'
    )
    return "".join(parts)


def order_card(sheet: Sheet, report: Report, told: Told | None, now_ms: int) -> str:
    """Its steps with what is known of each."""
    at = sheet.at
    phase = told.phase if told is not None else "published"
    done = steps_done(told) if told is not None else 1
    cells = []
    for number, step in enumerate(STEPS):
        came_ms = told.at.get(step) if told is not None and number < done else None
        if number == 0:
            came_ms = came_ms or report.made_ms
        about = moment(at, came_ms, now_ms) if came_ms else ""
        if step == "taken" and told is not None and number < done and told.post:
            about = f"{post(told.post, sheet.lang, at.site.posts)} {about}"
        if number == done and number == 1 and told is not None and told.due_ms is not None:
            about = f"≤ {moment(at, told.due_ms, now_ms)}"
        look = "past" if number < done - 1 else "now" if number == done - 1 else ""
        cells.append(f'<li class="{look}">{sheet.say(f"step_{step}")}<small>{escape(about)}</small></li>')
    place = spot_name(at.site, report.place, sheet.lang)
    parts = [
        f"<h2>{sheet.say(f'cat_{report.category}')} · {escape(place)}</h2>"
        f"<small class='made'>{sheet.say('made', moment(at, report.made_ms, now_ms))}</small>"
    ]
    parts.append(f'<ol class="steps">{"".join(cells)}</ol>')
    if phase in ("cancelled", "duplicate"):
        parts.append(f"<p><b>{sheet.say(f'ended_{phase}')}</b></p>")
    if phase == "reopened":
        parts.append(f"<p>{sheet.say('reopened')}</p>")
    if told is not None and told.late:
        parts.append(f"<p><b>{sheet.say('waits_late')}</b></p>")
    if phase == "rated" and told is not None and told.rating:
        parts.append(f"<p>{sheet.say('rated', told.rating)}</p>")
    return "".join(parts)


def order_page(sheet: Sheet, report: Report, told: Told | None, code: str, now_ms: int) -> str:
    parts = [f'<section class="card" id="state" data-look="{told.phase if told is not None else "published"}">']
    parts.append(order_card(sheet, report, told, now_ms))
    if report.text:
        parts.append(f"<p>{escape(report.text)}</p>")
    if report.photos:
        pictures = "".join(
            f'<img src="{sheet.link(f"/r/order/{code}/photo/{n}")}" alt="" loading="lazy">'
            for n in range(len(report.photos))
        )
        parts.append(f'<div class="photos">{pictures}</div>')
    parts.append("</section>")
    if told is not None and told.phase == "done":
        stars = "".join(
            f'<button class="plain" name="rating" value="{n}" aria-label="{sheet.say("stars", n)}">{n}</button>'
            for n in range(1, 6)
        )
        parts.append(
            f'<form class="card rate" method="post" action="{sheet.link(f"/r/order/{code}")}">'
            f"<h2>{sheet.say('rate')}</h2><div>{stars}</div></form>"
        )
    split = f"{code[:5]} {code[5:]}"
    parts.append(
        f'<section class="card"><h2>{sheet.say("code")}</h2><p class="code num">{split}</p>'
        f'<p class="line">{sheet.say("code_keep")}</p></section>'
    )
    return "".join(parts)


def mine_page(sheet: Sheet, listed: Sequence[tuple[str, Report, Told | None]], notice: str) -> str:
    parts = [f'<p class="band bad" role="alert">{notice}</p>'] if notice else []
    for code, report, told in listed:
        address = sheet.link(f"/r/order/{code}")
        newest_ms = max([report.made_ms, *(told.at.values() if told is not None else ())])
        parts.append(f'<a class="card" href="{address}">{order_card(sheet, report, told, newest_ms)}</a>')
    if not listed and not notice:
        parts.append(f"<p class='band'>{sheet.say('mine_none')}</p>")
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{escape(sheet.at.asked[name])}">'
        for name in ("community", "lang")
        if name in sheet.at.asked
    )
    parts.append(
        f'<form class="card" action="/r/mine">{hidden}<label>{sheet.say("code_find")}'
        f'<input name="code" autocomplete="off" autocapitalize="characters" maxlength="14"></label>'
        f'<button class="plain wide">{sheet.say("find")}</button></form>'
    )
    parts.append(f"<p class='line'>{sheet.say('mine_note')}</p>")
    return "".join(parts)
