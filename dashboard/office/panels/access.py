"""Passes: when, and how the doors were opened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html

from community.figures.words import METHODS
from community.office import findings
from community.office.bins import on_bins
from community.office.words import METHOD_GROUPS, OFFICE, named
from community.site import Text
from layouts.office import charts
from layouts.office.charts import Stack, flat
from layouts.office.parts import Row, legend, nothing, ranked, titled

from ..ask import Ask, counted, drill
from ..columns import columns
from .along import Drawn, clock_hours, day_names, hatched, key_of


def pass_hours(ask: Ask) -> Drawn:
    by_day = ask.period.kind != "day"
    report = ask.report(f"passes_by_{'day' if by_day else 'hour'}_and_method")
    bins = ask.bins(report)
    lines = report.figures[0].lines
    grouped = {method: n for n, (_, methods) in enumerate(METHOD_GROUPS) for method in methods}
    groups = [(name, methods) for name, methods in METHOD_GROUPS]
    others = tuple(sorted({line.keys["method"] for line in lines or []} - grouped.keys()))
    if others:
        groups.append((OFFICE["other"], others))
    series = [
        _known(
            lines,
            on_bins(bins, [(key_of(line.keys), line.value) for line in lines or [] if line.keys["method"] in methods]),
        )
        for _, methods in groups
    ]
    totals = _known(lines, on_bins(bins, [(key_of(line.keys), line.value) for line in lines or []]))
    if by_day:
        finding = findings.days_peak(totals, day_names(bins), Text("通行", "passes"))
    else:
        finding = findings.pass_hours(totals, clock_hours(ask, bins))
    colours = ("#2F5D73", "#6B91A3", "#B9CDD6", "#C9BE9F", "#8C7F63")
    stacks = [
        Stack(
            name.get(ask.lang),
            values,
            flat(colours[n]),
            [drill(of="passes", from_ms=b.from_ms, to_ms=b.to_ms, methods=tuple(methods)) for b in bins],
        )
        for n, ((name, methods), values) in enumerate(zip(groups, series, strict=True))
    ]
    items = [(f"g{n}", name.get(ask.lang)) for n, (name, _) in enumerate(groups)]
    title = finding.get(ask.lang)
    chart = charts.stacked(
        "pass_hours", columns(bins, ask.zone, ask.lang), stacks, ask.lang, title, gaps=hatched(ask, bins, report)
    )
    measure = OFFICE["pass_days" if by_day else "pass_hours"].get(ask.lang)
    return titled(title, measure, [legend(items), chart], counted(report), ask.lang)


def _known(lines: Sequence[Any] | None, values: list[float | None]) -> list[float | None]:
    """Where the figure is unknown nothing of it is 0."""
    return values if lines is not None else [None] * len(values)


def pass_methods(ask: Ask) -> Drawn:
    report = ask.report("passes_by_method")
    lines = report.figures[0].lines
    counts = {line.keys["method"]: float(line.value or 0) for line in lines or []}
    names = {method: named(METHODS, method) for method in counts}
    title = (findings.methods(counts, names) if lines is not None else findings.NOTHING_RECORDED).get(ask.lang)
    whole, most = sum(counts.values()) or 1, max(counts.values(), default=1)
    rows = [
        Row(
            names[method].get(ask.lang),
            n / most,
            f"{n:,.0f}",
            f"{100 * n / whole:.0f}%",
            drill(of="passes", from_ms=report.from_ms, to_ms=report.to_ms, methods=(method,)),
        )
        for method, n in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    ]
    none = nothing(ask.lang) if lines is None else html.Div()
    body = ranked(rows, ask.lang, "methods") if rows else none
    return titled(title, OFFICE["pass_methods"].get(ask.lang), [body], counted(report), ask.lang)
