"""The line in the top bar."""

from __future__ import annotations

from dash import html

from community.clock import local
from community.figures.known import deaf_feeds
from community.history.days import MINUTE_MS
from community.office import said
from community.office.words import OFFICE
from community.words import say
from store.history.figures import Gap, Report

from ..ask import Ask
from .along import Drawn

NAMED = 2
"""Gaps, or feeds, that the line names: it stands above the cards."""


def completeness(ask: Ask) -> Drawn:
    """The line in the top bar: how much was recorded, what is missing, until when, and whether it is invented."""
    report = ask.report("log_coverage", every_feed=True)
    coverage, lang = report.coverage, ask.lang
    missing = gap_words(ask, report)
    if not coverage.minutes or not coverage.recorded:
        return [html.Span(" · ".join([OFFICE["not_recorded"].get(lang), *missing]), className="miss")]
    part = min(1.0, coverage.recorded / coverage.minutes)
    words = [say(OFFICE["complete"], lang, f"{100 * part:.1f}%"), *(missing or [OFFICE["no_gap"].get(lang)])]
    if deaf := deaf_feeds(ask.site, coverage):
        named = [f"{one.name.get(lang)} {said.clock(60 * one.missing_min, lang)}" for one in deaf[:NAMED]]
        more = say(OFFICE["more_feeds"], lang, len(deaf)) if len(deaf) > NAMED else ""
        words.append(say(OFFICE["left_out_of"], lang, OFFICE["and"].get(lang).join(named) + more))
    # the minute that runs has been heard, and is not over
    end = local(min(report.as_of_ms, report.to_ms - MINUTE_MS, ask.now_ms or report.as_of_ms), ask.zone)
    words.append(say(OFFICE["as_of"], lang, end.strftime("%H:%M" if ask.period.kind == "day" else "%m-%d %H:%M")))
    shown: Drawn = [html.Span(" · ".join(words), title=_named(ask, report))]
    if report.as_of_ms < report.to_ms:
        shown.append(html.Span(OFFICE["running"].get(lang), className="running"))
    if report.demo_until_ms is not None:
        shown.append(html.Span(OFFICE["demo"].get(lang), className="demo"))
    return shown


def gap_words(ask: Ask, report: Report) -> list[str]:
    """Few gaps by their hours, many by their number; the tooltip has them all."""
    coverage, lang = report.coverage, ask.lang
    if not coverage.gaps_total:
        return []
    lost = said.clock((coverage.minutes - coverage.recorded) * 60, lang)
    counted = say(OFFICE["gaps" if coverage.gaps_total > 1 else "gap"], lang, coverage.gaps_total, lost)
    if coverage.gaps_total > NAMED:
        return [counted]
    dated = ask.period.kind != "day"
    return [f"{counted} ({OFFICE['and'].get(lang).join(_span(gap, ask.zone, dated) for gap in coverage.gaps)})"]


def _span(gap: Gap, zone: str, dated: bool) -> str:
    """`09:12–24:00`, `03-12 09:12–03-13 24:00`: midnight is the end of a day."""
    begin, end = local(gap.from_ms, zone), local(gap.to_ms - MINUTE_MS, zone)
    last = local(gap.to_ms, zone)
    closing = "24:00" if not last.hour and not last.minute else f"{last:%H:%M}"
    if not dated:
        return f"{begin:%H:%M}–{closing}"
    return f"{begin:%m-%d %H:%M}–{end:%m-%d} {closing}"


def _named(ask: Ask, report: Report) -> str:
    """Each gap by its times, for whoever points at the line."""
    return "\n".join(
        f"{local(gap.from_ms, ask.zone):%m-%d %H:%M} – {local(gap.to_ms, ask.zone):%m-%d %H:%M}"
        for gap in report.coverage.gaps
    )
