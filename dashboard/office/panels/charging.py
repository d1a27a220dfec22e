"""Charging: which ports were in use when, and what they gave."""

from __future__ import annotations

from collections.abc import Sequence

from community.board.naming import area_en
from community.clock import local
from community.figures.answers import comparable
from community.history.days import DAY_MS, bounds
from community.office import findings
from community.office.bins import Bin
from community.office.periods import Period, before, shifted, short_day
from community.office.words import OFFICE
from community.site import Text
from community.words import say
from layouts.office import charts
from layouts.office.charts import Column
from layouts.office.parts import nothing, titled
from store.history.figures import Report

from ..ask import Ask, by_id, counted, drill
from ..columns import of_days
from .along import Drawn, hatched
from .cards import POINTS

HOUR_MIN = 60
OCCUPANCY_DAYS = 31
"""A month of sessions by port and hour is what a page can wait for."""


def occupancy(ask: Ask) -> Drawn:
    measure = OFFICE["occupancy" if ask.period.kind == "day" else "occupancy_mean"].get(ask.lang)
    if ask.period.days > OCCUPANCY_DAYS:
        return titled(OFFICE["occupancy_long"].get(ask.lang), measure, [], [], ask.lang)
    by_clock = ask.period.kind != "day" and _even(ask)
    report = ask.report("charging_busy_by_clock" if by_clock else "charging_busy")
    ports = _ports(ask)
    hours = _hours(ask, report)
    busy: dict[str, list[float]] = {area: [0.0] * 24 for area in ports}
    area_of = {id_: area for area, ids in ports.items() for id_ in ids}
    hour_of = {bin_.from_ms: local(bin_.from_ms, ask.zone).hour for bin_ in _hourly(ask, report)}
    for line in report.figures[0].lines or []:
        area = area_of.get(line.keys["device"])
        if area is not None:
            hour = line.keys["hour"] if by_clock else hour_of[line.keys["hour_ms"]]
            # two sessions at one port, as when the end of the first was lost, are one port in use
            busy[area][hour] += min(line.value or 0, hours[hour] if by_clock else HOUR_MIN)
    known = report.figures[0].lines is not None
    percent = {
        area: [100 * busy[area][h] / (hours[h] * len(ids)) if known and hours[h] else None for h in range(24)]
        for area, ids in ports.items()
    }
    names = {area: Text(area, area_en(area, ask.site) or area) for area in ports}
    title = findings.occupancy(percent, names, ask.period.days).get(ask.lang)
    if not ports:
        return titled(title, measure, [nothing(ask.lang)], counted(report), ask.lang)
    shown = [
        Column(
            say(OFFICE["hour"], ask.lang, h) if h == 0 else str(h) if h % 3 == 0 else "",
            say(OFFICE["hour"], ask.lang, h),
        )
        for h in range(24)
    ]
    until_ms = min(report.to_ms, max(report.from_ms, report.as_of_ms))
    drills = [
        [drill(of="running", from_ms=report.from_ms, to_ms=until_ms, devices=tuple(ids), hour=h) for h in range(24)]
        for ids in ports.values()
    ]
    chart = charts.heat(
        "occupancy",
        [names[area].get(ask.lang) for area in ports],
        shown,
        list(percent.values()),
        drills,
        findings.FULL_PERCENT,
        OFFICE["full"].get(ask.lang),
        ask.lang,
        title,
        gaps=hatched(ask, ask.bins(report), report) if ask.period.kind == "day" else (),
    )
    return titled(title, measure, [chart], counted(report), ask.lang)


def _even(ask: Ask) -> bool:
    """Whether every day has its 24 hours, so that each 24th is the same hour of the day."""
    days = (shifted(ask.period.from_day, n) for n in range(ask.period.days))
    return all(to_ms - from_ms == DAY_MS for from_ms, to_ms in (bounds(day, ask.zone) for day in days))


def _ports(ask: Ask) -> dict[str, list[str]]:
    """Area -> its ports and connectors, in the order of the description."""
    found: dict[str, list[str]] = {}
    for device in ask.site.devices:
        if device.kind in ("ebike_port", "car_connector"):
            found.setdefault(device.area, []).append(device.id)
    return found


def _hourly(ask: Ask, report: Report) -> list[Bin]:
    """The hours of every day of the period."""
    days = [shifted(ask.period.from_day, n) for n in range(ask.period.days)]
    return [bin_ for day in days for bin_ in ask.bins(report, Period("day", day, day))]


def _hours(ask: Ask, report: Report) -> list[float]:
    """Minutes of each hour of the day that have passed and were recorded, over all days of the period."""
    sums = [0.0] * 24
    for bin_ in _hourly(ask, report):
        if bin_.known:
            sums[local(bin_.from_ms, ask.zone).hour] += bin_.passed_min
    return sums


def energy(ask: Ask) -> Drawn:
    steps = [before(ask.period, n) for n in range(POINTS)][::-1]
    told = ask.reports(steps, "charging_energy")
    report = told[-1]  # of the period itself: no step before it
    values = [by_id(one)["charging_energy"].value for one in told]
    running = report.as_of_ms < report.to_ms
    partial = [not comparable(report, one) for one in told] if not running else [False] * len(told)
    whole = [None if part else value for part, value in zip(partial, values, strict=True)]
    title = findings.energy(whole, Text("度", "kWh"), running).get(ask.lang)
    shown = _step_columns(steps, ask)
    drills = [
        drill(of="ended", from_ms=bounds(s.from_day, ask.zone)[0], to_ms=bounds(s.to_day, ask.zone)[1]) for s in steps
    ]
    chart = charts.bars(
        "energy", shown, values, drills, ask.lang, title, partial=partial, uneven=OFFICE["partial"].get(ask.lang)
    )
    unit = OFFICE[ask.period.kind if ask.period.kind != "range" else "range"].get(ask.lang)
    return titled(title, say(OFFICE["energy"], ask.lang, unit), [chart], counted(report), ask.lang)


def _step_columns(steps: Sequence[Period], ask: Ask) -> list[Column]:
    if steps[0].kind != "month":
        return of_days([step.from_day for step in steps], ask.lang)
    zh = ask.lang == "zh"
    names = [f"{int(s.from_day[5:7])}月" if zh else short_day(s.from_day, "en")[2:] for s in steps]
    return [Column(name, name) for name in names]
