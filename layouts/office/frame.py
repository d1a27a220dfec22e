"""The page frame of the manager's pages: top bar, and panels that keep their places whatever stands in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from dash import dcc, html

from community.office.periods import Period, around, before, compared, title
from community.office.words import OFFICE
from community.reports.model import Kind
from community.reports.words import KIND_NAMES
from community.words import Lang, say

from ..tongue import switch

PAGES = (("/daily", "daily"), ("/alarms", "performance"), ("/reports", "reports"), ("/", "wall"))
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
    beside: Sequence[Any],
    panels: Sequence[Any],
    closed: Sequence[str] = (),
) -> html.Main:
    """`controls`: what the page is of. `beside`: what is said of it and done with it, at the right. `closed`: pages
    that are not open to whoever looks."""
    links = [
        html.A(OFFICE[key].get(lang), href=address(to, asked), className="page-link", **_current(to == path))
        for to, key in PAGES
        if to not in closed
    ]
    above = [html.B(site, className="site"), html.Nav(links, className="pages"), switch(lang, "page-link")]
    head = [html.H1(OFFICE[name].get(lang)), *controls, html.Div(beside, className="beside")]
    return html.Main(
        [
            html.Div(above, className="above"),
            html.Header(head, className="bar"),
            html.Div(panels, className="grid"),
            html.Aside(id=f"records-{name}", className="records", **{"aria-live": "polite"}),
            dcc.Store(id=f"drill-{name}"),
        ],
        className=f"office {name}",
    )


REPORT_OF: Mapping[str, Kind] = {"day": "daily", "week": "weekly", "month": "monthly", "range": "range"}


def exports(asked: Mapping[str, str], period: Period, lang: Lang) -> list[Any]:
    """The report of these days as files; the one that is signed stands out."""
    days = f"{period.from_day}..{period.to_day}" if period.kind == "range" else period.to_day
    kind = REPORT_OF[period.kind]
    paper = say(OFFICE["export_report"], lang, KIND_NAMES[kind].get(lang))
    files = {"csv": "CSV", "xlsx": "XLSX", "pdf": paper}
    links = [
        html.A(
            [_icon("file"), words],
            href=address(f"/api/v1/reports/{kind}/{days}.{format_}", asked, lang=lang),
            className="press primary" if format_ == "pdf" else "press",
        )
        for format_, words in files.items()
    ]
    return [html.Nav(links, className="exports", **{"aria-label": OFFICE["export"].get(lang)})]


def print_button(lang: Lang) -> html.Button:
    words = [_icon("printer"), OFFICE["print"].get(lang)]
    return html.Button(words, className="press", type="button", **{"data-print": "1"})


def _icon(name: str) -> html.Span:
    """assets/shared/icons.js draws it."""
    return html.Span(className="icon", **{"data-icon": name})


def _current(here: bool) -> dict[str, str]:
    return {"aria-current": "page"} if here else {}


def period_controls(
    path: str, asked: Mapping[str, str], period: Period, lang: Lang, today: str, *, compares: bool = True
) -> list[Any]:
    """Earlier, what is shown, later as far as it has begun; day, week, month; any two dates, which a script draws; with
    what the page compares them, if it does."""

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
    steps = [
        link("‹", before(period), "press", OFFICE["earlier"].get(lang)),
        html.Span(title(period, lang), className="press shown"),
        link("›", before(period, -1), "press", OFFICE["later"].get(lang))
        if before(period, -1).from_day <= today
        else html.Span("›", className="press off", **{"aria-hidden": "true"}),
    ]
    return [
        html.Div(steps, className="steps"),
        html.Nav(spans, className="spans"),
        html.Details([html.Summary(OFFICE["any"].get(lang), className="press"), _range(period, lang)], className="any"),
        *([_compared(period, lang)] if compares else []),
    ]


def _compared(period: Period, lang: Lang) -> html.Span:
    names = OFFICE["and"].get(lang).join(other.name.get(lang) for other in compared(period))
    return html.Span(say(OFFICE["compared"], lang, names), className="compared")


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


def not_yet(path: str, asked: Mapping[str, str], lang: Lang) -> html.Section:
    """Of days to come nothing is told, and no panel asks for it."""
    back = html.A(OFFICE["back"].get(lang), href=address(path, asked), className="press")
    return html.Section([html.H2(OFFICE["not_yet"].get(lang)), html.P(back)], className="panel words")


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
