"""/r/report, /r/order/<code>, /r/mine: a report with photos, what becomes of it, how it was."""

from __future__ import annotations

import asyncio
import secrets
import time
from typing import NamedTuple

from fastapi import APIRouter, Request
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException
from starlette.responses import Response

from community.order_book import desk_of, standing
from community.resident.reports import DRAFT, PHASE, Told, code_of, desk_at, from_standing, joined, order_of, read_code
from community.resident.spots import chosen, home_of
from community.resident.words import CATEGORIES
from community.site import Site
from community.systems.orders import Numbers, counted_due_ms
from store.blobs import BlobMissing
from store.history import HistoryMisconfigured, HistoryUnavailable
from store.history.order_looks import order_told
from store.log import LogUnavailable
from store.residents.reports import Report, Reports

from ..sending import NotCertain
from ..signin.routes import came_from
from ..view import House
from . import photos
from .asking import MINE, Asking, Kept, answer, remembered
from .html import Sheet
from .limits import Limit, Limits
from .report_page import Draft, mine_page, order_page, report_form

TEXT_MOST = 500
CODES_MOST = 20
LIMITS = {"report": Limit(10, 100, 3600), "code": Limit(30, 600, 600), "rate": Limit(20, 300, 3600)}
"""From one address; behind one there may be a building. Who guesses codes has 2^50 of them before him."""


class Wrong(ValueError):
    """The key of a sentence, and its blanks."""

    def __init__(self, key: str, *blanks: object) -> None:
        super().__init__(key)
        self.key, self.blanks = key, blanks


class Found(NamedTuple):
    report: Report
    told: Told | None


def make_reporting(asking: Asking, house: House, reports: Reports) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    limits = Limits(LIMITS)

    def told_of(site: Site, order: str) -> Told | None:
        """Raises HistoryUnavailable where the live state does not know it either."""
        seen = asking.seen()
        live = None
        if seen is not None and (desk := desk_of(seen.state, order)):
            one = standing(seen.state.devices[desk], order, site)
            live = from_standing(one) if one is not None else None
        try:
            history = order_told(house.history.engine(), site, order)
        except (HistoryUnavailable, HistoryMisconfigured):
            if live is None:
                raise
            history = None
        return joined(live, history)

    def found(site: Site, code: str) -> Found | None:
        report = reports.by_code(site.id, code)
        return Found(report, told_of(site, report.work_order)) if report is not None else None

    def form_again(
        request: Request, sheet: Sheet, draft: Draft, wrong: Wrong | None = None, status: int = 200
    ) -> Response:
        notice = sheet.say(wrong.key, *wrong.blanks) if wrong is not None else ""
        due_ms = counted_due_ms(_now_ms(), sheet.at.site.timezone, sheet.at.site.numbers_of(Numbers))
        body = report_form(sheet, draft, notice, due_ms, _now_ms())
        return answer(request, sheet.document(sheet.say("report"), "report", body), status)

    @router.get("/r/report")
    async def ask(request: Request) -> Response:
        sheet = asking.sheet(request)
        asked = sheet.at.asked
        category = asked.get("category", "")
        place = chosen(sheet.at.site, asked.get("port", ""))
        draft = Draft(secrets.token_urlsafe(18), category if category in CATEGORIES else "", place)
        return form_again(request, sheet, draft)

    @router.post("/r/report")
    async def send(request: Request) -> Response:
        sheet = asking.sheet(request)
        site = sheet.at.site
        if not limits.allows("report", came_from(request), time.monotonic()):
            return answer(request, sheet.document(sheet.say("report"), "report", _band(sheet, "too_often")), 429)
        try:
            async with request.form(max_files=photos.MOST + 2, max_fields=20, max_part_size=64 * 1024) as form:
                draft, files = _draft(form), [one for one in form.getlist("photo") if isinstance(one, UploadFile)]
                try:
                    draft, wrong = await _with_photos(house, draft, [one for one in files if one.size])
                    if wrong is not None:
                        raise wrong
                    _check(site, draft)
                except Wrong as wrong:
                    return form_again(request, sheet, draft, wrong, 400)
        except MultiPartException:
            return form_again(request, sheet, Draft(secrets.token_urlsafe(18)), Wrong("bad_photo"), 400)
        order, code = order_of(draft.id), code_of(draft.id)
        report = Report(site.id, order, draft.category, draft.spot(site), draft.text, draft.photos, _now_ms())
        try:
            await asyncio.to_thread(reports.put, report, code)
            data = {"order": order, "phase": "published", "category": draft.category}
            data |= {"home": home} if (home := home_of(site, draft.spot(site))) else {}
            await house.commands.write(site.id, PHASE, desk_at(site), data)
        except NotCertain:
            return form_again(request, sheet, draft, Wrong("not_sure_sent"), 503)
        except (LogUnavailable, HistoryUnavailable, HistoryMisconfigured, OSError):
            return form_again(request, sheet, draft, Wrong("not_sent"), 503)
        codes = [code, *(c for c in _codes(request) if c != code)][:CODES_MOST]
        moved = answer(request, "", 303, [Kept(MINE, "~".join(codes))])
        moved.headers["location"] = _plain(sheet, f"/r/order/{code}")
        return moved

    @router.get("/r/order/{code}")
    async def follow(request: Request, code: str) -> Response:
        return await shown(request, asking.sheet(request), read_code(code))

    async def shown(request: Request, sheet: Sheet, code: str, status: int = 200) -> Response:
        title = sheet.say("order")
        if limits.spent("code", came_from(request), time.monotonic()):
            return answer(request, sheet.document(title, "mine", _band(sheet, "too_often")), 429)
        try:
            one = await asyncio.to_thread(found, sheet.at.site, code) if code else None
        except (HistoryUnavailable, HistoryMisconfigured):
            return answer(request, sheet.document(title, "mine", _band(sheet, "unread"), follows=True), 503)
        if one is None:
            limits.allows("code", came_from(request), time.monotonic())
            return answer(request, sheet.document(title, "mine", mine_page(sheet, [], sheet.say("no_code"))), 404)
        body = order_page(sheet, one.report, one.told, code, _now_ms())
        return answer(request, sheet.document(title, "mine", body, follows=True), status)

    @router.get("/r/order/{code}/photo/{number}")
    async def photo(request: Request, code: str, number: int) -> Response:
        """To whoever has the code, and to nobody else."""
        try:
            one = await asyncio.to_thread(reports.by_code, asking.sheet(request).at.site.id, read_code(code))
            if one is None or not 0 <= number < len(one.photos):
                return Response(status_code=404)
            content = await asyncio.to_thread(house.blobs.get, one.photos[number])
        except (HistoryUnavailable, HistoryMisconfigured):
            return Response(status_code=503)
        except BlobMissing:
            return Response(status_code=404)
        return Response(content, media_type="image/jpeg", headers={"cache-control": "private, max-age=3600"})

    @router.post("/r/order/{code}")
    async def rate(request: Request, code: str) -> Response:
        sheet = asking.sheet(request)
        site = sheet.at.site
        async with request.form(max_files=0, max_fields=5) as form:
            rating = str(form.get("rating", ""))
        if not limits.allows("rate", came_from(request), time.monotonic()):
            return answer(request, sheet.document(sheet.say("order"), "mine", _band(sheet, "too_often")), 429)
        try:
            one = await asyncio.to_thread(found, site, read_code(code))
        except (HistoryUnavailable, HistoryMisconfigured):
            return answer(request, sheet.document(sheet.say("order"), "mine", _band(sheet, "unread")), 503)
        if one is None or one.told is None:
            return await shown(request, sheet, read_code(code))
        if one.told.phase == "done" and rating in ("1", "2", "3", "4", "5"):
            data = {"order": one.report.work_order, "phase": "rated", "rating": int(rating)}
            try:
                await house.commands.write(site.id, PHASE, desk_at(site), data)
            except LogUnavailable:
                return answer(request, sheet.document(sheet.say("order"), "mine", _band(sheet, "not_sent")), 503)
            told = one.told._replace(phase="rated", rating=int(rating))
            body = order_page(sheet, one.report, told, read_code(code), _now_ms())
            return answer(request, sheet.document(sheet.say("order"), "mine", body, follows=True))
        return await shown(request, sheet, read_code(code))

    @router.get("/r/mine")
    async def mine(request: Request) -> Response:
        sheet = asking.sheet(request)
        typed = sheet.at.asked.get("code", "")
        if typed:
            return await shown(request, sheet, read_code(typed))
        listed, notice = [], ""
        for code in _codes(request):
            try:
                one = await asyncio.to_thread(found, sheet.at.site, code)
            except (HistoryUnavailable, HistoryMisconfigured):
                notice = sheet.say("unread")
                break
            if one is not None:
                listed.append((code, one.report, one.told))
        return answer(request, sheet.document(sheet.say("mine"), "mine", mine_page(sheet, listed, notice)))

    return router


def _draft(form: FormData) -> Draft:
    def said(name: str) -> str:
        value = form.get(name, "")
        return value if isinstance(value, str) else ""

    id_ = said("draft")
    kept = tuple(h for h in form.getlist("kept") if isinstance(h, str) and len(h) == 71)[: photos.MOST]
    return Draft(
        id_ if DRAFT.fullmatch(id_) else secrets.token_urlsafe(18),
        said("category"),
        said("place"),
        said("room").strip()[:8],
        said("text").strip()[:TEXT_MOST],
        kept,
    )


async def _with_photos(house: House, draft: Draft, files: list[UploadFile]) -> tuple[Draft, Wrong | None]:
    """With those that can be taken, and what is wrong with another. What is in the blob store already stays with the
    form, so that nobody chooses it again. Raises Wrong: none was taken."""
    if len(files) + len(draft.photos) > photos.MOST:
        raise Wrong("many_photos", photos.MOST)
    hashes, wrong = list(draft.photos), None
    for file in files:
        try:
            drawn = await asyncio.to_thread(photos.redrawn, await file.read())
        except photos.NotAPhoto:
            wrong = Wrong("bad_photo")
            continue
        except photos.TooLarge:
            wrong = Wrong("big_photo")
            continue
        hashes.append(await asyncio.to_thread(house.blobs.put, drawn))
    for hash_ in draft.photos:
        try:
            await asyncio.to_thread(house.blobs.get, hash_)
        except BlobMissing as error:
            raise Wrong("bad_photo") from error
    return draft._replace(photos=tuple(dict.fromkeys(hashes))), wrong


def _check(site: Site, draft: Draft) -> None:
    """Raises Wrong."""
    if draft.category not in CATEGORIES:
        raise Wrong("needs_category")
    if not draft.spot(site):
        raise Wrong("needs_place")


def _codes(request: Request) -> list[str]:
    return [code for part in remembered(request, MINE).split("~") if (code := read_code(part))]


def _plain(sheet: Sheet, path: str) -> str:
    return sheet.link(path).replace("&amp;", "&")


def _band(sheet: Sheet, key: str) -> str:
    return f'<p class="band bad" role="alert">{sheet.say(key)}</p>'


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
