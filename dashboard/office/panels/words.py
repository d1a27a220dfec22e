"""小结 and 需要决定 of these days: the sentences of their report, and the way to edit them before it is signed."""

from __future__ import annotations

from urllib.parse import urlencode

from dash import html

from community.reports.model import Edition, Kind
from community.reports.words import DESK, moment_words
from dashboard.reports.keep import HOUSE, Spoken, spoken
from dashboard.reports.make import Asked
from layouts.office import words as drawn
from layouts.office.frame import REPORT_OF
from layouts.office.parts import titled

from ..ask import Ask
from .along import Drawn


def words(ask: Ask) -> Drawn:
    """Raises HistoryUnavailable."""
    asked = asked_of(ask)
    found = spoken(ask.engine, ask.site, asked, ask.now_ms)
    paper = found.paper
    shown = [drawn.sentences(paper), html.Div([drawn.rules(paper), *_acts(ask, asked, found)], className="foot")]
    return titled(paper.verdict.title or paper.completeness.text, _state(ask, found), shown, [], ask.lang)


def asked_of(ask: Ask) -> Asked:
    """Who may not read reports is told no more than an owners' committee."""
    period = ask.period
    kind: Kind = REPORT_OF[period.kind]
    edition: Edition = "internal" if "report.read" in ask.acts else "owners"
    return Asked(kind, period.to_day, edition, ask.lang, period.from_day if kind == "range" else "")


def _state(ask: Ask, found: Spoken) -> str:
    if found.report is None:
        return DESK["as_now"].get(ask.lang)
    if found.report.issued_ms is None:
        return f"{DESK['draft'].get(ask.lang)} {found.report.number}"
    issued = DESK["issued"].get(ask.lang).format(moment_words(found.report.issued_ms, ask.zone, ask.lang))
    return f"{issued} · {DESK['unsigned'].get(ask.lang)}" if found.report.issued_by == HOUSE else issued


def _acts(ask: Ask, asked: Asked, found: Spoken) -> Drawn:
    """What /reports does with it: a draft is made, its words are edited; there it is signed."""
    if "report.read" not in ask.acts:
        return []
    to = f"/reports?{urlencode({'community': ask.site.id, 'lang': ask.lang})}"
    acts: Drawn = []
    if found.report is None:
        if "report.make" in ask.acts:
            fields = {"kind": asked.kind, "day": asked.day, "lang": asked.lang, "subject": asked.subject}
            acts.append(drawn.form(to, "make", fields, [], DESK["make"].get(ask.lang)))
        return acts
    if found.report.issued_ms is None and "report.words" in ask.acts:
        acts.append(drawn.editor(to, found.report.number, found.paper))
    acts.append(drawn.way(f"{to}&{urlencode({'number': found.report.number})}", DESK["open"].get(ask.lang)))
    return acts
