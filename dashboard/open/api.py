"""/api/open/v1: figures, records and issued reports of the outside editions, JSON and CSV, by a reader's token.

The OpenAPI document is of these addresses and of nothing else.
"""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Callable, Coroutine, Mapping
from typing import Annotated, Any, Literal

import sqlalchemy as sa
from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.responses import JSONResponse, Response

from community.board.alarm_words import CARE
from community.figures import CATALOGUE
from community.figures.answers import Answer, Report
from community.figures.known import MOST_LINES, too_many
from community.history.days import days_between
from community.reports.editions import Eyes
from community.site import Site
from store.history import HistoryMisconfigured, HistoryUnavailable
from store.history import reports as kept
from store.history.figures import NoRange, figures
from store.history.marks import NoMark
from store.history.open_records import MOST, VIEWS, records
from store.history.report_pages import page_of
from store.history.reports import NoReport

from ..figures import figure_document
from ..reports.csv import FORMULA
from ..reports.desk import MEDIA
from . import readers
from .readers import Reader

DAYS = 400
"""A year by day in one answer; what is longer is asked in pieces."""

MOST_REPORTS = 500

Day = Annotated[str, Query(pattern=r"^\d{4}-\d{2}-\d{2}$", examples=["2026-03-12"])]
Format = Annotated[Literal["json", "csv"], Query(description="csv: UTF-8 with a mark, so that Excel opens it")]
Community = Annotated[str, Query(max_length=100, description="one of the communities that the token is for")]

ROOT = "/api/open/v1/"

After = Annotated[str, Query(max_length=300, description="`x-after` of the page before")]

_SENTENCE = {"content": {"application/json": {"schema": {"properties": {"detail": {"type": "string"}}}}}}


def _refusals(**said: str) -> dict[int | str, dict[str, Any]]:
    """Answers that are a sentence, for the OpenAPI document: `s404="there is no such figure"`."""
    return {int(status[1:]): {"description": what} | _SENTENCE for status, what in said.items()}


COMMON = _refusals(s401="no token of a reader, or one that was revoked", s503="the history does not answer")
OF_COMMUNITY = COMMON | _refusals(s403="the token is not for this community, or there is none of this id")
OF_DAYS = OF_COMMUNITY | _refusals(s400="days or a mark that cannot be read, or too much at once")
TEXT = {"type": "string"}
AFTER = {"x-after": {"description": "`after` of the next page; empty: that was all", "schema": TEXT}}
"""Where the answer's body has no room for it: CSV, and the list of reports."""


def _answered(*media: str, headers: Mapping[str, Any] | None = None) -> dict[int | str, dict[str, Any]]:
    """`media`: JSON beside which, or files instead of which, an address answers."""
    files = {one: {"schema": TEXT if one.startswith("text/") else TEXT | {"format": "binary"}} for one in media}
    return {200: {"content": files, "headers": dict(headers or {})}}


BEARER = HTTPBearer(auto_error=False, description="a reader's token: `python -m dashboard reader add NAME`")


def make_open(
    engine: Callable[[], sa.Engine],
    sites: Callable[[], Mapping[str, Site]],
    told: Callable[[str, Reader | None, str, str], None],
) -> APIRouter:
    """`told`: (allowed or denied, who, community, what) of each answer, for the audit."""
    router = APIRouter(route_class=Saying)

    @router.get("/api/open/v1/openapi.json", include_in_schema=False)
    async def document() -> Any:
        about = "Figures and records to read: the building at most, no person, no home, no alarm of care."
        return get_openapi(title="守望 Shouwang open data", version="1", description=about, routes=router.routes)

    async def reader(
        request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)]
    ) -> Reader:
        found = await asyncio.to_thread(readers.who, engine(), given.credentials) if given is not None else None
        if found is None:
            told("denied", None, "", request.url.path.removeprefix(ROOT))
            raise HTTPException(401, "a reader's token is needed", {"www-authenticate": "Bearer"})
        return found

    known = Depends(reader)

    def site_of(who: Reader, community: str, what: str) -> Site:
        if community not in who.communities or community not in sites():
            told("denied", who, community if community in sites() else "", what)
            raise HTTPException(403, f"this token is not for {community!r}")
        told("allowed", who, community, what)
        return sites()[community]

    @router.get("/api/open/v1/catalogue", responses=COMMON)
    async def catalogue(who: Reader = known) -> Any:
        """Every figure: names, definition, unit, direction that is good, target, by what it is told apart."""
        return [
            {
                "id": figure.id,
                "name": {"zh": figure.name.zh, "en": figure.name.en},
                "definition": {"zh": figure.definition.zh, "en": figure.definition.en},
                "unit": {"zh": figure.unit.zh, "en": figure.unit.en},
                "section": figure.section,
                "better": figure.better,
                "target": figure.target.at if figure.target is not None else None,
                "by": list(figure.by),
            }
            for figure in CATALOGUE.values()
        ]

    @router.get(
        "/api/open/v1/figures/{figure}",
        responses=OF_DAYS | _refusals(s404="there is no such figure") | _answered("text/csv"),
    )
    async def figure_of(
        figure: str,
        community: Community,
        begin: Annotated[Day, Query(alias="from")],
        end: Annotated[Day, Query(alias="to")],
        who: Reader = known,
        step: Literal["whole", "day"] = "whole",
        format: Format = "json",
    ) -> Any:
        """One figure of days, both included, as a whole or day by day. Unknown is null, never 0."""
        site = site_of(who, community, f"figures/{figure}")
        if figure not in CATALOGUE:
            raise HTTPException(404, f"there is no figure {figure!r}")
        days = _days(begin, end) if step == "day" else []
        stretches = [(day, day) for day in days] or [(begin, end)]
        long = NoRange(f"{figure} has more than {MOST_LINES:,} lines in these days: ask for fewer at once")
        if too_many(CATALOGUE[figure], site, len(days)):
            raise long
        reports = await asyncio.to_thread(_asked, engine(), site, stretches, figure)
        if reports[0].figures[0].why == "too_many":
            raise long
        lines = [line for report in reports for line in _lines(site, report)]
        if format == "csv":
            return _csv(lines)
        how = figure_document(reports[0].figures[0], reports[0])["how"] if reports else {}
        return JSONResponse(
            {"figure": figure, "community": site.id, "timezone": site.timezone, "lines": lines, "how": how}
        )

    @router.get(
        "/api/open/v1/records/{kind}",
        responses=OF_DAYS | _refusals(s404="there is no such kind") | _answered("text/csv", headers=AFTER),
    )
    async def records_of(
        kind: str,
        community: Community,
        begin: Annotated[Day, Query(alias="from")],
        end: Annotated[Day, Query(alias="to")],
        who: Reader = known,
        after: After = "",
        limit: Annotated[int, Query(ge=1, le=MOST)] = 1000,
        format: Format = "json",
    ) -> Any:
        """Records by the page: ask again with `after` until it is empty. Kinds: alarms, charging_sessions, orders, days
        (sums by day), presence (minutes online by system)."""
        site = site_of(who, community, f"records/{kind}")
        if kind not in VIEWS:
            raise HTTPException(404, f"there are {', '.join(VIEWS)}")
        _days(begin, end)
        page = await asyncio.to_thread(records, engine(), site.id, kind, begin, end, after, limit)
        rows = [{name: _plain(value) for name, value in row.items()} for row in page.rows]
        if format == "csv":
            return _csv(rows, {"x-after": page.after})
        return JSONResponse({"kind": kind, "community": site.id, "after": page.after, "records": rows})

    @router.get(
        "/api/open/v1/reports",
        responses=OF_COMMUNITY | _refusals(s400="a mark that cannot be read") | _answered(headers=AFTER),
    )
    async def reports_of(
        community: Community,
        response: Response,
        who: Reader = known,
        after: After = "",
        limit: Annotated[int, Query(ge=1, le=MOST_REPORTS)] = 200,
    ) -> Any:
        """Issued reports of the outside editions, the newest first, by the page: ask again with `after`, which the
        header `x-after` has, until it is empty."""
        site = site_of(who, community, "reports")
        page = await asyncio.to_thread(page_of, engine(), site.id, limit, after=after, outside=True)
        response.headers["x-after"] = page.older
        return [
            {
                "number": one.number,
                "kind": one.kind,
                "edition": one.edition,
                "from": one.from_day,
                "to": one.to_day,
                "sha256": one.sha256,
                "corrects": one.corrects,
            }
            for one in page.reports
        ]

    @router.get(
        "/api/open/v1/reports/{number}.{format}",
        response_class=Response,
        responses=OF_COMMUNITY
        | _refusals(s404="there is no such file to read from outside")
        | _answered(*(MEDIA[name].partition(";")[0] for name in ("pdf", "xlsx", "csv"))),
    )
    async def file_of(
        number: str, format: Literal["pdf", "xlsx", "csv"], community: Community, who: Reader = known
    ) -> Response:
        """The issued file, byte for byte."""
        site = site_of(who, community, f"reports/{number}.{format}")
        report = await asyncio.to_thread(kept.one, engine(), site.id, number)
        content = await asyncio.to_thread(kept.file_of, engine(), site.id, number, format) if _outside(report) else None
        if content is None:
            raise HTTPException(404, f"there is no {number}.{format} to read from outside")
        return Response(content, media_type=MEDIA[format])

    return router


class Saying(APIRoute):
    """What cannot be answered is a sentence and a status."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()

        async def said(request: Request) -> Response:
            try:
                return await answer(request)
            except NoReport as error:
                return JSONResponse({"detail": str(error)}, 404)
            except (HistoryUnavailable, HistoryMisconfigured) as error:
                return JSONResponse({"detail": str(error)}, 503)
            except (NoRange, NoMark) as error:
                return JSONResponse({"detail": str(error)}, 400)

        return said


def _outside(report: kept.Kept) -> bool:
    return report.issued_ms is not None and report.edition != "internal"


def _days(begin: str, end: str) -> list[str]:
    """Raises NoRange."""
    try:
        days = days_between(begin, end)
    except ValueError as error:
        raise NoRange(f"days are written 2026-03-12: {error}") from error
    if not 1 <= len(days) <= DAYS:
        raise NoRange(f"from {begin} to {end}: 1 to {DAYS} days can be asked for at once")
    return days


def _asked(engine: sa.Engine, site: Site, stretches: list[tuple[str, str]], figure: str) -> list[Report]:
    return [figures(engine, site, begin, end, [figure]) for begin, end in stretches]


def _lines(site: Site, report: Report) -> list[dict[str, Any]]:
    """As an outside edition says it: of a device the building, of care nothing by its name."""
    answer: Answer = report.figures[0]
    figure, eyes = CATALOGUE[answer.id], Eyes(site, "street", "zh")
    head = {"from": report.from_day, "to": report.to_day}
    if not figure.by:
        said = {"value": answer.value, "rows": answer.rows, "left_out": answer.left_out, "heard": answer.heard}
        return [head | said | {"why": answer.why}]
    found = []
    for line in answer.lines or []:
        keys = {by: value if by not in PRIVATE else _seen(eyes, by, value) for by, value in line.keys.items()}
        found.append(head | keys | {"value": line.value, "rows": line.rows})
    return found


PRIVATE = ("device", "subject", "alarm")
"""Keys that may name a home or a resident."""


def _seen(eyes: Eyes, by: str, value: Any) -> Any:
    if by == "alarm":
        return "OTHER" if value in CARE else value
    return eyes.key(by, value)


def _plain(value: Any) -> Any:
    """A view divides, and its database leaves `38.11199998855591` of 38,112 ms."""
    return round(value, 6) if isinstance(value, float) else value


def _csv(rows: list[dict[str, Any]], headers: Mapping[str, str] | None = None) -> Response:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    if rows:
        writer.writerow(rows[0])
        writer.writerows([_safe(cell) for cell in row.values()] for row in rows)
    content = b"\xef\xbb\xbf" + out.getvalue().encode()
    return Response(content, media_type="text/csv; charset=utf-8", headers=dict(headers or {}))


def _safe(cell: Any) -> Any:
    """Empty where nothing is known: a program reads it. A text is no formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else "" if cell is None else cell
