"""The page frame of the manager's pages: top bar, and panels that keep their places whatever stands in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from dash import dcc, html

from community.office.periods import Period, around, before, compared, title
from community.office.words import OFFICE
from community.reports.model import Kind
from community.words import Lang, say

from ..tongue import switch

PAGES = (("/daily", "daily"), ("/alarms", "performance"), ("/", "wall"))
KEPT = ("community", "lang")
"""What of a page's address goes along to the next."""


def address(path: str, asked: Mapping[str, str], **more: str) -> str:
    query = {name: asked[name] for name in KEPT if name in asked} | more
    return f"{path}?{urlencode(query)}" if query else path


def of_period(path: str, asked: Mapping[str, str], period: Period) -> str:
    if period.kind == "range":
        return address(path, asked, **{"from": period.from_day, "to": period.to_day})
    return address(path, asked, span=period.kind, day=period.from_day)


def page(
    path: str,
    name: str,
    site: str,
    asked: Mapping[str, str],
    lang: Lang,
    controls: Sequence[Any],
    panels: Sequence[Any],
) -> html.Main:
    links = [
        html.A(OFFICE[key].get(lang), href=address(to, asked), className="page-link", **_current(to == path))
        for to, key in PAGES
    ]
    head = [
        html.H1(OFFICE[name].get(lang)),
        html.Span(site, className="site"),
        *controls,
        html.Nav(links, className="pages"),
        switch(lang, "page-link"),
    ]
    return html.Main(
        [
            html.Header(head, className="bar"),
            html.Div(panels, className="grid"),
            html.Aside(id=f"records-{name}", className="records", **{"aria-live": "polite"}),
            dcc.Store(id=f"drill-{name}"),
        ],
        className=f"office {name}",
    )


REPORT_OF: Mapping[str, Kind] = {"day": "daily", "week": "weekly", "month": "monthly", "range": "range"}


def exports(asked: Mapping[str, str], period: Period, lang: Lang) -> list[Any]:
    """The report of these days as files."""
    days = f"{period.from_day}..{period.to_day}" if period.kind == "range" else period.to_day
    path = f"/api/v1/reports/{REPORT_OF[period.kind]}/{days}"
    files = [
        html.A(format_.upper(), href=address(f"{path}.{format_}", asked, lang=lang))
        for format_ in ("pdf", "xlsx", "csv")
    ]
    return [html.Nav([OFFICE["export"].get(lang), *files], className="exports")]


def _current(here: bool) -> dict[str, str]:
    return {"aria-current": "page"} if here else {}


def period_controls(path: str, asked: Mapping[str, str], period: Period, lang: Lang) -> list[Any]:
    """Earlier, what is shown, later; day, week, month; any two dates, which a script draws."""

    def link(words: str, to: Period, look: str, name: str) -> html.A:
        return html.A(words, href=of_period(path, asked, to), className=look, title=name, **{"aria-label": name})

    spans = [
        html.A(
            OFFICE[kind].get(lang),
            href=of_period(path, asked, around(period.to_day, kind)),
            className="on" if period.kind == kind else "",
            **_current(period.kind == kind),
        )
        for kind in ("day", "week", "month")
    ]
    names = OFFICE["and"].get(lang).join(other.name.get(lang) for other in compared(period))
    return [
        link("‹", before(period), "press", OFFICE["earlier"].get(lang)),
        html.Span(title(period, lang), className="press shown"),
        link("›", before(period, -1), "press", OFFICE["later"].get(lang)),
        html.Nav(spans, className="spans"),
        html.Details([html.Summary(OFFICE["any"].get(lang), className="press"), _range(period, lang)], className="any"),
        html.Span(say(OFFICE["compared"], lang, names), className="compared"),
        html.Button(OFFICE["print"].get(lang), className="press", type="button", **{"data-print": "1"}),
    ]


def _range(period: Period, lang: Lang) -> html.Span:
    return html.Span(
        id="range",
        className="range",
        **{
            "data-from": period.from_day,
            "data-to": period.to_day,
            "data-label": OFFICE["range"].get(lang),
            "data-show": OFFICE["show"].get(lang),
        },
    )


def panel(page: str, name: str, lang: Lang) -> html.Section:
    """Its place, before it has anything to show. The button stands by for a failure."""
    waiting = html.P(OFFICE["loading"].get(lang), className="waiting")
    return html.Section(
        [
            html.Div(waiting, id={"page": page, "part": "body", "panel": name}, className="body"),
            html.Button(
                OFFICE["retry"].get(lang),
                id={"page": page, "part": "retry", "panel": name},
                className="press retry",
                type="button",
                hidden=True,
            ),
        ],
        className=f"panel {name}",
    )
