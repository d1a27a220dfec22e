"""/reports and /api/v1/reports: the list, a preview, drafts, words, signatures, corrections, files. Every download is a
fact of the audit."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, cast

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from community.reports.model import Kind
from community.site import Text
from store.history import HistoryMisconfigured, HistoryUnavailable
from store.history.figures import NoRange
from store.history.marks import NoMark
from store.history.reports import AlreadyIssued, Kept, NoReport
from store.log import LogUnavailable

from ..access import ACTIONS, Denied, require
from ..facts import Facts
from ..pages import Page, current
from ..signin.routes import read_form
from ..signin.who import Who, post_of
from .desk import (
    ACTION,
    MEDIA,
    PAGE,
    Asking,
    Correct,
    Make,
    NothingChanged,
    Reports,
    Reword,
    Sign,
    Wish,
    decode_wish,
    head,
)
from .keep import NotAllowed
from .make import WRITERS, Asked, CannotMake
from .page import away_page, list_page, report_page

log = logging.getLogger("shouwang.web")

EXPORTED: tuple[Kind, ...] = ("daily", "weekly", "monthly", "range")
WISH_BYTES = 32_768
MOST_LISTED = 500
REFUSED_ZH: dict[type[Exception], str] = {
    NoReport: "没有这份报告",
    AlreadyIssued: "已经签发，要改请出更正版",
    NothingChanged: "数字没有变，不用更正",
    NoRange: "做不出来：日期不对，或天数太多",
    HistoryUnavailable: "历史数据库没有应答，稍后再试",
    HistoryMisconfigured: "历史数据库用不了，请找系统管理员",
}
BAD = Text("内容填得不对", "it is not filled in rightly")
UNRECORDED = Text("没有记下，所以没有给出", "not recorded, so not handed out")
REFUSED = (CannotMake, NoRange, NotAllowed, AlreadyIssued, NothingChanged)


class Json(Response):
    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return msgspec.json.encode(content)


def make_reports(reports: Reports, facts: Facts) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/reports")
    async def page(request: Request) -> Response:
        return await _shown(reports, request, request.query_params.get("number", ""), "")

    @router.post("/reports")
    async def change(request: Request) -> Response:
        at, form = current.get(), await read_form(request)
        try:
            wish = _of_form(form)
        except (msgspec.ValidationError, KeyError) as error:
            return await _shown(reports, request, form.get("number", ""), f"{BAD.get(at.lang)}: {error}", 400)
        number, status, said = await _carry_out(reports, facts, wish)
        if status >= 400:
            return await _shown(reports, request, form.get("number", ""), said.get(at.lang), status)
        return RedirectResponse(f"/reports?community={at.site.id}&lang={at.lang}&number={number}", 303)

    @router.get("/api/v1/reports")
    async def listed(request: Request) -> Response:
        """The newest first, by the page: `limit` of them (60, at most 500), those after the header `x-after` of the
        answer before; empty: that was all. `kind`: of one kind."""
        at = current.get()
        try:
            page, signed = await asyncio.to_thread(reports.listed, at.site, _asking(reports, request))
            later = await asyncio.to_thread(reports.superseded, at.site)
        except NoMark as error:
            return Json({"error": f"{BAD.get(at.lang)}: {error}"}, 400)
        except (HistoryUnavailable, HistoryMisconfigured) as error:
            return Json({"error": _of(error).get(at.lang)}, 503)
        found = [head(one, signed.get(one.number, []), later.get(one.number, "")) for one in page.reports]
        return Json(found, headers={"cache-control": "no-store", "x-after": page.older})

    @router.post("/api/v1/reports")
    async def wanted(request: Request) -> Response:
        body = await request.body()
        if len(body) > WISH_BYTES:
            return Json({"error": f"at most {WISH_BYTES} bytes"}, 413)
        try:
            wish = decode_wish(body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            return Json({"error": f"{BAD.get(current.get().lang)}: {error}"}, 400)
        number, status, said = await _carry_out(reports, facts, wish)
        return Json({"error": said.get(current.get().lang)} if status >= 400 else {"number": number}, status)

    @router.get("/api/v1/reports/{name}")
    async def one(name: str) -> Response:
        """`LT-20260312`: the paper as data; `LT-20260312.pdf`: its file."""
        at = current.get()
        number, _, format_ = name.rpartition(".") if name.rpartition(".")[2] in MEDIA else (name, "", "")
        try:
            report, paper = await asyncio.to_thread(reports.paper, at.site, number)
            _must_read(reports, at, report)
            later = (await asyncio.to_thread(reports.superseded, at.site)).get(number, "")
            if not format_:
                said = {"report": head(report, [], later), "paper": paper}
                return Json(said, headers={"cache-control": "no-store"})
            content = await asyncio.to_thread(reports.file, at.site, number, format_)
        except NoReport as error:
            return Json({"error": _of(error).get(at.lang)}, 404)
        except (HistoryUnavailable, HistoryMisconfigured) as error:
            return Json({"error": _of(error).get(at.lang)}, 503)
        if content is None:
            return Json({"error": f"{number} has no {format_}"}, 404)
        try:
            await facts.surely("report.download", _who(at).id, at.site.id, name)
        except LogUnavailable:
            return Json({"error": UNRECORDED.get(at.lang)}, 503)
        headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
        headers |= {"x-corrected-by": later} if later else {}
        return Response(content, media_type=MEDIA[format_], headers=headers)

    @router.get("/api/v1/reports/{kind}/{name}")
    async def export(kind: str, name: str) -> Response:
        """`daily/2026-03-12.xlsx`, `weekly`, `monthly`: the report of that day, or of its week or month;
        `range/2026-03-01..2026-03-12.xlsx`: of these days. As of now: it has not been kept and nobody has signed it."""
        at, (days, _, format_) = current.get(), name.rpartition(".")
        first, _, day = days.rpartition("..")
        if kind not in EXPORTED or format_ not in WRITERS or bool(first) != (kind == "range"):
            return Json({"error": f"{' '.join(EXPORTED)}, each as {' '.join(WRITERS)}"}, 404)
        file = f"{at.site.id}-{kind}-{name}"
        try:
            content = await asyncio.to_thread(
                reports.export, at.site, Asked(cast(Kind, kind), day, lang=at.lang, subject=first), format_
            )
            await facts.surely("report.export", _who(at).id, at.site.id, file)
        except (CannotMake, NoRange) as error:
            return Json({"error": _of(error).get(at.lang)}, 404)
        except (HistoryUnavailable, HistoryMisconfigured) as error:
            return Json({"error": _of(error).get(at.lang)}, 503)
        except LogUnavailable:
            return Json({"error": UNRECORDED.get(at.lang)}, 503)
        headers = {"content-disposition": f'attachment; filename="{file}"', "cache-control": "no-store"}
        return Response(content, media_type=MEDIA[format_], headers=headers)

    return router


def _who(at: Page) -> Who:
    assert at.who is not None  # the guard lets nobody else in
    return at.who


def _may_compare(reports: Reports, at: Page) -> bool:
    """A comparison says something of each community: it is for those who may read of each."""
    return all(_who(at).may(ACTIONS["report.read"], community) for community in reports.communities())


def _must_read(reports: Reports, at: Page, report: Kept) -> None:
    """Raises Denied."""
    if report.kind == "comparison" and not _may_compare(reports, at):
        raise Denied(at.who, "report.read", at.site.id)


def _asking(reports: Reports, request: Request) -> Asking:
    """Raises NoMark."""
    limit = request.query_params.get("limit", str(PAGE))
    if not (limit.isascii() and limit.isdigit() and 1 <= int(limit[:4]) <= MOST_LISTED):
        raise NoMark(f"limit={limit[:9]}: 1 to {MOST_LISTED}")
    return Asking(
        request.query_params.get("kind", ""),
        request.query_params.get("after", ""),
        request.query_params.get("before", ""),
        int(limit[:4]),
        _may_compare(reports, current.get()),
    )


async def _carry_out(reports: Reports, facts: Facts, wish: Wish) -> tuple[str, int, Text]:
    """(number, status, what is said). Raises Denied."""
    at = current.get()
    action = ACTION[type(wish)]
    who = require(at.who, action, at.site.id)
    if isinstance(wish, Make) and wish.kind == "comparison":  # it says something of each of them
        for community in reports.communities():
            require(at.who, action, community)
    if isinstance(wish, Sign) and wish.role == "manager":
        who = require(at.who, "report.issue", at.site.id)
    if not isinstance(wish, Make):
        try:
            _must_read(reports, at, (await asyncio.to_thread(reports.paper, at.site, wish.number))[0])
        except NoReport as error:
            return "", 404, _of(error)
        except (HistoryUnavailable, HistoryMisconfigured) as error:
            return "", 503, _of(error)
    about = wish.number if not isinstance(wish, Make) else f"{wish.kind} {wish.day} {wish.edition}"
    try:
        await facts.surely(action, who.id, at.site.id, about)
        number = await asyncio.to_thread(reports.carry_out, at.site, wish, post_of(who, at.site, at.now_ms))
    except LogUnavailable as error:
        return "", 503, Text(f"没有记下，所以没有做：{error}", f"not recorded, so not done: {error}")
    except NoReport as error:
        return "", 404, _of(error)
    except REFUSED as error:
        return "", 409, _of(error)
    except (HistoryUnavailable, HistoryMisconfigured) as error:
        return "", 503, _of(error)
    return number, 200, Text()


def _of(error: Exception) -> Text:
    """In the reader's language; the English says which."""
    if isinstance(error, NotAllowed):
        return error.said
    if isinstance(error, CannotMake):
        return Text(f"做不出来：{error.said.zh}", error.said.en)
    zh = next((said for kind, said in REFUSED_ZH.items() if isinstance(error, kind)), None)
    return Text(zh or str(error), str(error))


def _of_form(form: Any) -> Wish:
    """Raises KeyError, msgspec.ValidationError."""
    match form.get("do", ""):
        case "make":
            fields = {name: form[name] for name in ("kind", "day", "edition", "lang", "subject") if form.get(name)}
            return msgspec.convert(fields, type=Make)
        case "words":
            return Reword(form["number"], form.get("summary", "").splitlines(), form.get("decisions", "").splitlines())
        case "sign":
            return msgspec.convert({"number": form["number"], "role": form.get("role", "manager")}, type=Sign)
        case "correct":
            return Correct(form["number"])
        case other:
            raise KeyError(f"do={other!r}: make, words, sign, correct")


async def _shown(reports: Reports, request: Request, number: str, notice: str, status: int = 200) -> Response:
    at = current.get()
    headers = {"cache-control": "no-store"}
    try:
        if number:
            report, paper = await asyncio.to_thread(reports.paper, at.site, number)
            _must_read(reports, at, report)
            signed = await asyncio.to_thread(reports.signatures, at.site, number)
            later = (await asyncio.to_thread(reports.superseded, at.site)).get(number, "")
            page = report_page(at, report, paper, signed, notice, later)
            return Response(page, status, media_type="text/html", headers=headers)
    except NoReport as error:
        notice, status = _of(error).get(at.lang), 404
    except (HistoryUnavailable, HistoryMisconfigured) as error:
        log.warning("%s", error)
        return Response(away_page(at), 503, media_type="text/html", headers=headers)
    try:
        asked = _asking(reports, request)
        listed, signatures = await asyncio.to_thread(reports.listed, at.site, asked)
        corrected = await asyncio.to_thread(reports.superseded, at.site)
    except NoMark as error:
        return Response(away_page(at, f"{BAD.get(at.lang)}: {error}"), 400, media_type="text/html", headers=headers)
    except (HistoryUnavailable, HistoryMisconfigured) as error:
        log.warning("%s", error)
        return Response(away_page(at), 503, media_type="text/html", headers=headers)
    page = list_page(at, listed, signatures, asked.kind, notice, corrected)
    return Response(page, status, media_type="text/html", headers=headers)
