"""Alarms: when, of which type, how soon seen and over."""

from __future__ import annotations

from dash import html

from community.figures.answers import comparable
from community.office import findings, said
from community.office.bins import on_bins
from community.office.periods import compared
from community.office.words import OFFICE
from community.site import Text
from community.words import PRIORITIES, UNKNOWN, say
from layouts.office import charts
from layouts.office.charts import Delay, Stack, priority_marker
from layouts.office.parts import Row, legend, nothing, ranked, titled
from store.history.figures import Answer, Report

from ..ask import Ask, alarm_name, by_id, counted, counted_words, drill, shown_alarm
from ..columns import columns
from .along import Drawn, clock_hours, day_names, hatched, key_of

TYPES, DELAYS = 10, 6
"""Lines that the panels have room for."""


def alarm_hours(ask: Ask) -> Drawn:
    by_day = ask.period.kind != "day"
    id_ = f"alarms_by_{'day' if by_day else 'hour'}_and_priority"
    other = compared(ask.period)[-1]
    report, beside = ask.reports((ask.period, other.period), id_)
    bins, other_bins = ask.bins(report), ask.bins(beside, other.period)
    lines = report.figures[0].lines or []
    series = {
        p: on_bins(bins, [(key_of(line.keys), line.value) for line in lines if line.keys["priority"] == p])
        for p in PRIORITIES
    }
    totals = on_bins(bins, [(key_of(line.keys), line.value) for line in lines])
    dotted = on_bins(other_bins, [(key_of(line.keys), line.value) for line in beside.figures[0].lines or []])
    shown = columns(bins, ask.zone, ask.lang)
    if by_day:
        finding = findings.days_peak(totals, day_names(bins), Text("告警", "alarms"))
    else:
        finding = findings.alarm_hours(totals, clock_hours(ask, bins), report.as_of_ms < report.to_ms)
    stacks = [
        Stack(
            PRIORITIES[p].get(ask.lang),
            series[p],
            priority_marker(p),
            [drill(of="alarms", from_ms=b.from_ms, to_ms=b.to_ms, priorities=(p,)) for b in bins],
        )
        for p in reversed(PRIORITIES)
    ]
    items = [(p.lower(), f"{name.get(ask.lang)} {counted_words(series[p])}") for p, name in PRIORITIES.items()]
    items.append(("dotted", other.name.get(ask.lang)))
    title = finding.get(ask.lang)
    chart = charts.stacked(
        "alarm_hours", shown, stacks, ask.lang, title, beside=dotted, gaps=hatched(ask, bins, report)
    )
    measure = OFFICE["alarm_days" if by_day else "alarm_hours"].get(ask.lang)
    return titled(title, measure, [legend(items), chart], counted(report), ask.lang)


def alarm_types(ask: Ask) -> Drawn:
    other = compared(ask.period)[0]
    report, beside = ask.reports((ask.period, other.period), "alarms_by_type")
    alike = comparable(report, beside)
    now, then = _by_alarm(report), _by_alarm(beside)
    names = {kind: alarm_name(kind) for kind in now}
    if report.figures[0].lines is None:
        title = findings.NOTHING_RECORDED
    else:
        title = findings.alarm_types(now, then if alike else {}, names)
    most = max(now.values(), default=1)
    rows = [
        Row(
            names[kind].get(ask.lang),
            n / most,
            f"{n:,.0f}",
            _arrow(n, then.get(kind, 0), alike) if beside.figures[0].lines is not None else UNKNOWN,
            drill(of="alarms", from_ms=report.from_ms, to_ms=report.to_ms, alarms=(kind,)),
        )
        for kind, n in sorted(now.items(), key=lambda pair: (-pair[1], pair[0]))[:TYPES]
    ]
    measure = say(OFFICE["alarm_types"], ask.lang, other.name.get(ask.lang))
    body = ranked(rows, ask.lang) if rows else nothing(ask.lang) if report.figures[0].lines is None else html.Div()
    return titled(title.get(ask.lang), measure, [body], counted(report), ask.lang)


def _by_alarm(report: Report) -> dict[str, float]:
    found: dict[str, float] = {}
    for line in report.figures[0].lines or []:
        kind = shown_alarm(line.keys["alarm"])
        found[kind] = found.get(kind, 0) + (line.value or 0)
    return found


def _arrow(now: float, then: float, alike: bool) -> str:
    """What runs is not compared with a whole."""
    if not alike:
        return f"{then:,.0f}"
    return f"{then:,.0f} {'▲' if now > then else '▼' if now < then else '='}"


def delays(ask: Ask) -> Drawn:
    report = ask.report("acknowledge_p50_by_alarm", "recover_p50_by_alarm", "alarms_by_type")
    found = by_id(report)
    acknowledged, recovered = _seconds(found["acknowledge_p50_by_alarm"]), _seconds(found["recover_p50_by_alarm"])
    counts = {line.keys["alarm"]: line.value or 0 for line in found["alarms_by_type"].lines or []}
    # a median of several alarms of care is none of theirs: they are left out here
    kinds = [kind for kind in {**acknowledged, **recovered} if shown_alarm(kind) == kind]
    kinds.sort(key=lambda kind: (-counts.get(kind, 0), kind))
    names = {kind: alarm_name(kind) for kind in kinds}
    confirmed = {kind: acknowledged[kind] for kind in kinds if kind in acknowledged}
    title = findings.delays(confirmed, names).get(ask.lang)
    named = findings.slowest(confirmed)[: findings.NAMED_SLOW]  # what the title names is drawn, however rare it is
    drawn = [kind for kind in kinds if kind not in named][: DELAYS - len(named)]
    rows = []
    for kind in [kind for kind in kinds if kind in {*drawn, *named}]:
        name = names[kind].get(ask.lang)
        words = [
            f"{name} {said.clock(s, ask.lang)}" if s is not None else ""
            for s in (acknowledged.get(kind), recovered.get(kind))
        ]
        asked = [
            drill(of=of, from_ms=report.from_ms, to_ms=report.to_ms, alarms=(kind,))
            for of in ("acknowledged", "returned")
        ]
        rows.append(
            Delay(name, acknowledged.get(kind), recovered.get(kind), (words[0], words[1]), (asked[0], asked[1]))
        )
    ticks = [said.clock(s, ask.lang) for s in charts.LOG_TICKS_S]
    body = (
        charts.delays("delays", rows, ticks, findings.SLOW_S, OFFICE["delay_target"].get(ask.lang), ask.lang, title)
        if rows
        else nothing(ask.lang)
    )
    shown = counted(report, "acknowledge_p50_by_alarm", "recover_p50_by_alarm")
    return titled(title, OFFICE["delays"].get(ask.lang), [body], shown, ask.lang)


def _seconds(found: Answer) -> dict[str, float]:
    return {line.keys["alarm"]: line.value for line in found.lines or [] if line.value is not None}
