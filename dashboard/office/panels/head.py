"""The line in the top bar."""

from __future__ import annotations

from dash import html

from community.clock import local
from community.history.days import MINUTE_MS
from community.office import said
from community.office.words import OFFICE
from community.words import say
from store.history.figures import Report

from ..ask import Ask
from .along import Drawn


def completeness(ask: Ask) -> Drawn:
    """The line in the top bar: how much was recorded, what is missing, until when, and whether it is invented."""
    report = ask.report("log_coverage")
    coverage, lang = report.coverage, ask.lang
    if not coverage.minutes or not coverage.recorded:
        return [html.Span(OFFICE["not_recorded"].get(lang), className="miss")]
    part = min(1.0, coverage.recorded / coverage.minutes)
    words = [say(OFFICE["complete"], lang, f"{100 * part:.1f}%")]
    if coverage.gaps_total:
        lost = (coverage.minutes - coverage.recorded) * 60
        words.append(say(OFFICE["gaps"], lang, coverage.gaps_total, said.clock(lost, lang)))
    else:
        words.append(OFFICE["no_gap"].get(lang))
    end = local(min(report.as_of_ms, report.to_ms - MINUTE_MS), ask.zone)
    words.append(say(OFFICE["as_of"], lang, end.strftime("%H:%M" if ask.period.kind == "day" else "%m-%d %H:%M")))
    shown: Drawn = [html.Span(" · ".join(words), title=_namedhatched(ask, report))]
    if report.as_of_ms < report.to_ms:
        shown.append(html.Span(OFFICE["running"].get(lang), className="running"))
    if report.demo_until_ms is not None:
        shown.append(html.Span(OFFICE["demo"].get(lang), className="demo"))
    return shown


def _namedhatched(ask: Ask, report: Report) -> str:
    """Each gap by its times, for whoever points at the line."""
    return "\n".join(
        f"{local(gap.from_ms, ask.zone):%m-%d %H:%M} – {local(gap.to_ms, ask.zone):%m-%d %H:%M}"
        for gap in report.coverage.gaps
    )
