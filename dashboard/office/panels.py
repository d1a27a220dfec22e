"""The daily page, panel by panel: ask history, find the sentence, draw. Each runs in a thread and may fail alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dash import html

from community.board.naming import area_en
from community.clock import local
from community.figures import CATALOGUE, Figure
from community.figures.words import CATEGORIES, METHODS
from community.history.days import MINUTE_MS, bounds
from community.office import findings, said
from community.office.bins import Bin, on_bins
from community.office.nights import line_of
from community.office.periods import Period, before, compared, shifted, short_day
from community.office.words import METHOD_GROUPS, OFFICE, named
from community.site import Text
from community.systems.bulkwater import Numbers as Bulk
from community.words import PRIORITIES, UNKNOWN, post, say
from layouts.office import charts
from layouts.office.cards import Beside, Card, cards
from layouts.office.charts import Column, Delay, Flow, Span, Stack, flat, priority_marker
from layouts.office.parts import Row, legend, nothing, plainly, ranked, table, titled
from store.history import looks
from store.history.figures import Answer, Report

from .ask import Ask, alarm_name, by_id, counted, drill, shown_alarm, total
from .columns import columns, gaps

Drawn = list[Any]

CARDS = (
    "alarms",
    "acknowledge_p50",
    "recover_p50",
    "passes",
    "charging_energy",
    "cameras_online",
    "orders_taken_in_time",
)
POINTS = 7
TYPES = 10
OCCUPANCY_DAYS = 31
"""A month of sessions by port and hour is what a page can wait for."""


def kpis(ask: Ask) -> Drawn:
    others = compared(ask.period)
    reports = {before(ask.period, n): None for n in range(POINTS)} | {other.period: None for other in others}
    asked = {period: by_id(ask.report(*CARDS, of=period)) for period in reports}
    report = ask.report(*CARDS)
    running = report.as_of_ms < report.to_ms
    shown = []
    for id_ in CARDS:
        figure, found = CATALOGUE[id_], asked[ask.period][id_]
        value = said.value(figure, found.value, ask.lang)
        points = [asked[before(ask.period, n)][id_].value for n in range(POINTS)][::-1]
        beside = [_beside(ask, figure, found, asked[other.period][id_], other.name, running) for other in others]
        if figure.target is not None:
            judged = said.judged(figure, found.value, ask.lang)
            words = f"{OFFICE['target'].get(ask.lang)} {said.plain(figure, figure.target.at, ask.lang)}"
            beside.append(Beside(words, judged.words, judged.miss))
        note = OFFICE["not_recorded"].get(ask.lang) if found.why in ("not_recorded", "no_devices") else ""
        if found.left_out and not figure.systems == ("cameras",):
            note = say(OFFICE["left_out"], ask.lang, f"{found.left_out:,}")
        shown.append(Card(figure.name.get(ask.lang), value.number, value.unit, points, beside, note))
    return [cards(shown), *titled_how(counted(report), ask)]


def titled_how(figures: Sequence[Mapping[str, Any]], ask: Ask) -> Drawn:
    return titled("", "", [], figures, ask.lang)[1:]


def _beside(ask: Ask, figure: Figure, found: Answer, other: Answer, name: Text, running: bool) -> Beside:
    words = UNKNOWN if running else said.difference(figure, found.value, other.value, ask.lang)
    return Beside(f"{name.get(ask.lang)} {said.plain(figure, other.value, ask.lang)}", words)


def alarm_hours(ask: Ask) -> Drawn:
    by_day = ask.period.kind != "day"
    id_ = f"alarms_by_{'day' if by_day else 'hour'}_and_priority"
    other = compared(ask.period)[-1]
    report, beside = ask.report(id_), ask.report(id_, of=other.period)
    bins, other_bins = ask.bins(report), ask.bins(beside, other.period)
    lines = report.figures[0].lines or []
    series = {
        p: on_bins(bins, [(_key(line.keys), line.value) for line in lines if line.keys["priority"] == p])
        for p in PRIORITIES
    }
    totals = on_bins(bins, [(_key(line.keys), line.value) for line in lines])
    dotted = on_bins(other_bins, [(_key(line.keys), line.value) for line in beside.figures[0].lines or []])
    shown = columns(bins, ask.zone, ask.lang)
    if by_day:
        finding = findings.days_peak(totals, _day_names(bins), Text("报警", "alarms"))
    else:
        finding = findings.alarm_hours(totals, _clock_hours(ask, bins))
    stacks = [
        Stack(
            PRIORITIES[p].get(ask.lang),
            series[p],
            priority_marker(p),
            [drill(of="alarms", from_ms=b.from_ms, to_ms=b.to_ms, priority=p) for b in bins],
        )
        for p in reversed(PRIORITIES)
    ]
    items = [(p.lower(), f"{name.get(ask.lang)} {total(series[p]):.0f}") for p, name in PRIORITIES.items()]
    items.append(("dotted", other.name.get(ask.lang)))
    title = finding.get(ask.lang)
    chart = charts.stacked("alarm_hours", shown, stacks, ask.lang, title, beside=dotted, gaps=_gaps(ask, bins, report))
    measure = OFFICE["alarm_days" if by_day else "alarm_hours"].get(ask.lang)
    return titled(title, measure, [legend(items), chart], counted(report), ask.lang)


def _key(keys: Mapping[str, Any]) -> Any:
    return keys.get("hour_ms", keys.get("day"))


def _day_names(bins: Sequence[Bin]) -> list[Text]:
    return [Text(short_day(b.key, "zh"), short_day(b.key, "en")) for b in bins]


def _clock_hours(ask: Ask, bins: Sequence[Bin]) -> list[int]:
    return [local(bin_.from_ms, ask.zone).hour for bin_ in bins]


def _gaps(ask: Ask, bins: Sequence[Bin], report: Report) -> list[charts.Gap]:
    lost = [(gap.from_ms, gap.to_ms) for gap in report.coverage.gaps]
    return gaps(bins, lost, report.as_of_ms, ask.lang)


def alarm_types(ask: Ask) -> Drawn:
    other = compared(ask.period)[0]
    report = ask.report("alarms_by_type")
    now = _by_alarm(report)
    then = _by_alarm(ask.report("alarms_by_type", of=other.period))
    names = {kind: alarm_name(kind) for kind in now}
    if report.figures[0].lines is None:
        title = findings.NOTHING_RECORDED
    else:
        title = findings.alarm_types(now, {} if report.as_of_ms < report.to_ms else then, names)
    most = max(now.values(), default=1)
    rows = [
        Row(
            names[kind].get(ask.lang),
            n / most,
            f"{n:,.0f}",
            _arrow(n, then.get(kind, 0), report.as_of_ms < report.to_ms),
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


def _arrow(now: float, then: float, running: bool) -> str:
    """What runs is not compared with a whole."""
    if running:
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
    title = findings.delays({kind: acknowledged[kind] for kind in kinds if kind in acknowledged}, names).get(ask.lang)
    rows = []
    for kind in kinds[:8]:
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


def occupancy(ask: Ask) -> Drawn:
    measure = OFFICE["occupancy" if ask.period.kind == "day" else "occupancy_mean"].get(ask.lang)
    if ask.period.days > OCCUPANCY_DAYS:
        return titled(OFFICE["occupancy_long"].get(ask.lang), measure, [], [], ask.lang)
    report = ask.report("charging_busy")
    ports = _ports(ask)
    hours = _hours(ask, report)
    busy: dict[str, list[float]] = {area: [0.0] * 24 for area in ports}
    area_of = {id_: area for area, ids in ports.items() for id_ in ids}
    hour_of = {bin_.from_ms: local(bin_.from_ms, ask.zone).hour for bin_ in _hourly(ask, report)}
    for line in report.figures[0].lines or []:
        area = area_of.get(line.keys["device"])
        if area is not None:
            busy[area][hour_of[line.keys["hour_ms"]]] += line.value or 0
    known = report.figures[0].lines is not None
    percent = {
        area: [100 * busy[area][h] / (hours[h] * len(ids)) if known and hours[h] else None for h in range(24)]
        for area, ids in ports.items()
    }
    names = {area: Text(area, area_en(area, ask.site) or area) for area in ports}
    title = findings.occupancy(percent, names).get(ask.lang)
    if not ports:
        return titled(title, measure, [nothing(ask.lang)], counted(report), ask.lang)
    shown = [
        Column(
            say(OFFICE["hour"], ask.lang, h) if h == 0 else str(h) if h % 3 == 0 else "",
            say(OFFICE["hour"], ask.lang, h),
        )
        for h in range(24)
    ]
    from_ms = report.from_ms
    drills = [
        [
            drill(
                of="sessions", from_ms=from_ms + h * 3_600_000, to_ms=from_ms + (h + 1) * 3_600_000, devices=tuple(ids)
            )
            if ask.period.kind == "day"
            else drill(of="sessions", from_ms=from_ms, to_ms=report.to_ms, devices=tuple(ids))
            for h in range(24)
        ]
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
        gaps=_gaps(ask, ask.bins(report), report) if ask.period.kind == "day" else (),
    )
    return titled(title, measure, [chart], counted(report), ask.lang)


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
    report = ask.report("charging_energy")
    found = [by_id(ask.report("charging_energy", of=step))["charging_energy"] for step in steps]
    values = [answer.value for answer in found]
    title = findings.energy(values, Text("度", "kWh"), report.as_of_ms < report.to_ms).get(ask.lang)
    shown = [Column(_step_name(step, ask), _step_name(step, ask)) for step in steps]
    drills = [
        drill(of="sessions", from_ms=bounds(s.from_day, ask.zone)[0], to_ms=bounds(s.to_day, ask.zone)[1])
        for s in steps
    ]
    chart = charts.bars("energy", shown, values, drills, ask.lang, title)
    unit = OFFICE[ask.period.kind if ask.period.kind != "range" else "range"].get(ask.lang)
    return titled(title, say(OFFICE["energy"], ask.lang, unit), [chart], counted(report), ask.lang)


def _step_name(step: Period, ask: Ask) -> str:
    if step.kind == "month":
        month = int(step.from_day[5:7])
        return f"{month}月" if ask.lang == "zh" else short_day(step.from_day, "en")[2:]
    return short_day(step.from_day, ask.lang)


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
            on_bins(bins, [(_key(line.keys), line.value) for line in lines or [] if line.keys["method"] in methods]),
        )
        for _, methods in groups
    ]
    totals = _known(lines, on_bins(bins, [(_key(line.keys), line.value) for line in lines or []]))
    if by_day:
        finding = findings.days_peak(totals, _day_names(bins), Text("通行", "passes"))
    else:
        finding = findings.pass_hours(totals, _clock_hours(ask, bins))
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
        "pass_hours", columns(bins, ask.zone, ask.lang), stacks, ask.lang, title, gaps=_gaps(ask, bins, report)
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
    body = ranked(rows, ask.lang, "methods") if rows else nothing(ask.lang)
    return titled(title, OFFICE["pass_methods"].get(ask.lang), [body], counted(report), ask.lang)


def cameras(ask: Ask) -> Drawn:
    if ask.period.kind != "day":
        return _worst_cameras(ask)
    report = ask.report("cameras_by_minutes")
    told = looks.cameras(ask.engine, ask.site, ask.period.from_day, report.as_of_ms)
    broken = [camera for camera in told if any(s.what != "unknown" for s in camera.stretches)]
    unknown = sum(1 for camera in told if not camera.known_min and camera not in broken)
    title = findings.cameras(len(broken), len(told) - len(broken) - unknown, unknown).get(ask.lang)
    broken.sort(
        key=lambda camera: (-sum(s.to_ms - s.from_ms for s in camera.stretches if s.what != "unknown"), camera.device)
    )
    rows = {camera.device: _camera_name(ask, camera.device) for camera in broken[:8]}
    spans = []
    for camera in broken[:8]:
        for stretch in camera.stretches:
            begin, end = ((ms - report.from_ms) / 3_600_000 for ms in (stretch.from_ms, stretch.to_ms))
            what, when = (
                OFFICE[stretch.what].get(ask.lang),
                f"{_clock(ask, stretch.from_ms)}–{_clock(ask, stretch.to_ms)}",
            )
            words = f"{rows[camera.device]} {what} {when}"
            spans.append(Span(rows[camera.device], begin, end, stretch.what, words))
    hours = (report.to_ms - report.from_ms) / 3_600_000
    ticks = [(h, say(OFFICE["hour"], ask.lang, 0) if not h else str(h)) for h in range(0, 25, 6)]
    items = [(f"span-{what}", OFFICE[what].get(ask.lang)) for what in ("offline", "blind", "unknown")]
    body: Drawn
    if rows:
        body = [legend(items), charts.spans("cameras", list(rows.values()), hours, spans, ticks, ask.lang, title)]
    else:
        body = [plainly(OFFICE["no_cameras"].get(ask.lang)) if told and unknown < len(told) else nothing(ask.lang)]
    return titled(title, say(OFFICE["cameras"], ask.lang, len(told)), body, counted(report), ask.lang)


def _worst_cameras(ask: Ask) -> Drawn:
    report = ask.report("cameras_by_minutes")
    lines = report.figures[0].lines or []
    broken = [line for line in lines if line.value]
    cameras = sum(1 for device in ask.site.devices if device.system == "cameras" and device.kind == "camera")
    title = findings.cameras(len(broken), len(lines) - len(broken), max(0, cameras - len(lines))).get(ask.lang)
    most = max((line.value or 0 for line in broken), default=1)
    rows = [
        Row(
            _camera_name(ask, line.keys["device"]),
            (line.value or 0) / most,
            f"{line.value:,.0f}",
            "",
            drill(of="alarms", from_ms=report.from_ms, to_ms=report.to_ms, devices=(line.keys["device"],)),
        )
        for line in broken[:10]
    ]
    body = (
        ranked(rows, ask.lang) if rows else plainly(OFFICE["no_cameras"].get(ask.lang)) if lines else nothing(ask.lang)
    )
    return titled(title, OFFICE["cameras_minutes"].get(ask.lang), [body], counted(report), ask.lang)


def _camera_name(ask: Ask, id_: str) -> str:
    device = ask.site.by_id.get(id_)
    return device.name.get(ask.lang) or id_ if device is not None else id_


def _clock(ask: Ask, at_ms: int) -> str:
    return local(at_ms, ask.zone).strftime("%H:%M")


def night(ask: Ask) -> Drawn:
    """The last night of the period, each meter beside the median of the fourteen before it."""
    numbers = ask.site.numbers_of(Bulk)
    day = ask.period.to_day
    told, rows = looks.nights(ask.engine, ask.site, shifted(day, -numbers.night_median_nights), day)
    read = [d for one in told for d in one.by_day]
    if day not in read and read:
        day = max(read)
    flows = []
    for one in told:
        flow = one.by_day.get(day)
        earlier = [one.by_day[d] for d in sorted(one.by_day) if d < day][-numbers.night_median_nights :]
        line = line_of(earlier, numbers)
        name = _meter_name(ask, one.device)
        shown = f"{flow:.2f}" if flow is not None else UNKNOWN
        of = f" / {line:.2f}" if line is not None else ""
        flows.append(Flow(name, flow, line, f"{name} {shown}{of} m³/h"))
    over = [flow.name for flow in flows if flow.over]
    title = findings.night_flow({f.name: f.flow for f in flows}, {f.name: f.line for f in flows}, over).get(ask.lang)
    measure = f"{OFFICE['night'].get(ask.lang)} · {say(OFFICE['night_of'], ask.lang, short_day(day, ask.lang))}"
    how = {"name": {"zh": "夜间流量", "en": "Night flow"}, "rows": rows, "how": {"definition": NIGHT_RULE, "query": ""}}
    body = (
        charts.flows("night", flows, OFFICE["night_line"].get(ask.lang), ask.lang, title) if read else nothing(ask.lang)
    )
    return titled(title, measure, [body], [how], ask.lang)


NIGHT_RULE = {
    "zh": "总表当晚 2–4 点全部半小时读数的平均；缺一个半小时就不算一晚。"
    "提醒线与 DMA_NIGHT 报警同一规则：前 14 晚中位数的 1.5 倍，且至少高出 0.3 m³/h。",
    "en": "Mean of all half-hours of a bulk meter from 02 to 04 h; with one missing it is no night. The line is "
    "DMA_NIGHT's: 1.5 times the median of the 14 nights before, and at least 0.3 m³/h above it.",
}


def _meter_name(ask: Ask, id_: str) -> str:
    """A building by its number, a district by its area, the main by its name."""
    device = ask.site.by_id.get(id_)
    if device is None:
        return id_
    if device.building:
        return device.building
    if ask.lang == "zh":
        return device.name.zh.removesuffix("表").removesuffix("分区") or id_
    return (device.name.en or id_).split()[0]


def orders(ask: Ask) -> Drawn:
    ids = ("orders_by_category", "orders_done_by_category", "orders_take_p50_by_category", "orders_in_time_by_category")
    report = ask.report(*ids)
    found = by_id(report)
    new, done, take, in_time = ({line.keys["category"]: line for line in found[id_].lines or []} for id_ in ids)
    late = sum(round(line.rows * (100 - (line.value or 0)) / 100) for line in in_time.values())
    known = found["orders_by_category"].lines is not None
    count = round(total([line.value for line in new.values()]))
    title = (findings.orders(count, late) if known else findings.NOTHING_RECORDED).get(ask.lang)
    longest = looks.waiting(ask.engine, ask.site, min(report.to_ms, report.as_of_ms or report.to_ms))
    rows = []
    for category in sorted({*new, *longest}, key=lambda c: (-(new[c].value or 0) if c in new else 0, c)):
        waits = longest.get(category)
        rate = in_time[category].value if category in in_time else None
        share = said.plain(CATALOGUE[ids[3]], rate, ask.lang)
        missed = rate is not None and said.judged(CATALOGUE[ids[3]], rate, ask.lang).miss
        rows.append(
            [
                html.Button(
                    named(CATEGORIES, category).get(ask.lang),
                    type="button",
                    className="link",
                    **{"data-drill": drill(of="orders", from_ms=report.from_ms, to_ms=report.to_ms, category=category)},
                ),
                f"{new[category].value:,.0f}" if category in new else "0",
                f"{done[category].value:,.0f}" if category in done else "0",
                said.plain(CATALOGUE[ids[2]], take[category].value if category in take else None, ask.lang),
                html.Span(share, className="miss" if missed else ""),
                _waits(ask, report, waits),
                post(waits["post"], ask.lang, ask.site.posts) if waits and waits["post"] else UNKNOWN,
            ]
        )
    head = [OFFICE[key].get(ask.lang) for key in ("category", "new", "done", "take", "in_time", "waiting", "who")]
    body = table(head, rows, frozenset((1, 2, 3, 4))) if rows else nothing(ask.lang) if not known else html.Div()
    return titled(title, OFFICE["orders"].get(ask.lang), [body], counted(report), ask.lang)


def _waits(ask: Ask, report: Report, waits: Mapping[str, Any] | None) -> str:
    if waits is None:
        return UNKNOWN
    at_ms = min(report.to_ms, report.as_of_ms or report.to_ms)
    return f"{waits['work_order']} · {said.clock((at_ms - waits['published_ms']) / 1000, ask.lang)}"


GAINED = (
    "orders_take_p50",
    "orders_done_p50",
    "orders_rating",
    "orders_reopened",
    "calls_answer_p50",
    "broadcast_heard",
)


def gained(ask: Ask) -> Drawn:
    """What residents had of it, beside what was safe: with n wherever a number is a mean."""
    other = compared(ask.period)[0]
    report, then = ask.report(*GAINED), by_id(ask.report(*GAINED, of=other.period))
    found = by_id(report)
    take, rating = found["orders_take_p50"].value, found["orders_rating"]
    title = findings.gained(60 * take if take is not None else None, rating.value, rating.rows).get(ask.lang)
    rows = [
        [
            CATALOGUE[id_].name.get(ask.lang),
            said.plain(CATALOGUE[id_], found[id_].value, ask.lang),
            f"n = {found[id_].rows:,}",
            said.plain(CATALOGUE[id_], then[id_].value, ask.lang),
            said.difference(CATALOGUE[id_], found[id_].value, then[id_].value, ask.lang),
        ]
        for id_ in GAINED
    ]
    head = ["", "", "n", other.name.get(ask.lang), ""]
    body = table(head, rows, frozenset((1, 2, 3, 4)))
    return titled(title, OFFICE["gained"].get(ask.lang), [body], counted(report), ask.lang)


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
    shown: Drawn = [html.Span(" · ".join(words), title=_named_gaps(ask, report))]
    if report.as_of_ms < report.to_ms:
        shown.append(html.Span(OFFICE["running"].get(lang), className="running"))
    if report.demo_until_ms is not None:
        shown.append(html.Span(OFFICE["demo"].get(lang), className="demo"))
    return shown


def _named_gaps(ask: Ask, report: Report) -> str:
    """Each gap by its times, for whoever points at the line."""
    return "\n".join(
        f"{local(gap.from_ms, ask.zone):%m-%d %H:%M} – {local(gap.to_ms, ask.zone):%m-%d %H:%M}"
        for gap in report.coverage.gaps
    )


PANELS: Mapping[str, Callable[[Ask], Drawn]] = {
    "completeness": completeness,
    "kpis": kpis,
    "alarm_hours": alarm_hours,
    "alarm_types": alarm_types,
    "delays": delays,
    "occupancy": occupancy,
    "energy": energy,
    "pass_hours": pass_hours,
    "pass_methods": pass_methods,
    "cameras": cameras,
    "night": night,
    "orders": orders,
    "gained": gained,
}
"""In the order of the page; the first stands in the top bar."""
