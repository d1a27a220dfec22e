"""告警绩效: load, floods, worst actors, verdicts, and what another number would have given."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from dash import MATCH, Dash, Input, Output, State, html
from dash.exceptions import PreventUpdate

from community.board.naming import place_of_key
from community.clock import local_day
from community.figures.words import REASONS
from community.history.days import DAY_MS, MINUTE_MS, bounds
from community.kpi import EDITION
from community.office import findings, said
from community.office import performance as found_of
from community.office.bins import on_bins
from community.office.periods import period_asked, shifted
from community.office.what_if import TRIALS, Trial, longer_delay, number_of, with_number
from community.office.words import OFFICE
from community.words import PRIORITIES, UNKNOWN, Lang, say
from dashboard.view import House, asking
from layouts.office import charts
from layouts.office.cards import Beside, Card, cards
from layouts.office.charts import Stack, flat
from layouts.office.parts import Row, nothing, opening, plainly, ranked, table, titled
from store.history import HistoryMisconfigured
from store.history.figures import Report
from store.history.performance import judged as read_judged
from store.history.performance import kpis as read_kpis
from store.history.performance import stood as read_stood
from store.history.records import Of

from .ask import CARED, Ask, alarm_name, counted, drill, shown_alarm
from .columns import columns, gaps
from .page import HEAD, Draw, office
from .panels.head import completeness
from .recorded import recorded
from .refold import Counted, NotCounted, Question, tried

Drawn = list[Any]
PATH, NAME = "/alarms", "performance"
DAYS = 30
LONGER_S = (30, 60, 120, 300)
SPOKEN_S = 60
"""The longer delay that the title speaks of."""
ROWS = 12


def isa(ask: Ask) -> Drawn:
    """The standard's figures with their targets, the edition named; times by priority beneath."""
    report = ask.report("alarms")
    to_ms = min(report.to_ms, report.as_of_ms)
    if to_ms <= report.from_ms or not report.coverage.recorded:
        return [nothing(ask.lang)]
    unrecorded_ms = (report.coverage.minutes - report.coverage.recorded) * MINUTE_MS
    found, _, rows = read_kpis(ask.engine, ask.site, report.from_ms, to_ms, unrecorded_ms)
    lang = ask.lang
    shown = [
        _card("per_day", found.alarms_per_day, 1, "", found_of.PER_DAY, lang, "≤"),
        _card("flood", _percent(found.flood_share), 2, "%", 100 * found_of.FLOOD_SHARE, lang, "<"),
        _card("stale", found.stale, 0, "", found_of.STALE, lang, "<"),
        _card("chattered", found.chattering, 0, "", 1, lang, "<"),
        _card("top_share", _percent(found.top_10_share), 0, "%", 100 * found_of.TOP_SHARE, lang, "<"),
        _time("mtta", found.mtta_s, lang),
        _time("mttr", found.mttr_s, lang),
    ]
    head = [OFFICE[key].get(lang) for key in ("priority", "told", "share", "mtta", "mttr")]
    lines = [
        [
            name.get(lang),
            f"{found.priorities.get(p, 0):,}",
            f"{100 * found.priority_shares.get(p, 0):.0f}%",
            _clock(found.mtta_s_by_priority.get(p), lang),
            _clock(found.mttr_s_by_priority.get(p), lang),
        ]
        for p, name in PRIORITIES.items()
    ]
    indicative = [html.Span(OFFICE["indicative"].get(lang), className="running")] if found.indicative else []
    note = html.P(
        [EDITION, " · ", say(OFFICE["positions"], lang, found.positions), " ", *indicative], className="edition"
    )
    how = _rule(rows)
    return [cards(shown), note, table(head, lines, frozenset((1, 2, 3, 4))), *titled("", "", [], [how], lang)[1:]]


def _rule(rows: int) -> dict[str, Any]:
    return {"name": _both("isa"), "rows": rows, "how": {"definition": {"zh": found_of.RULE.zh, "en": found_of.RULE.en}}}


def _both(key: str) -> dict[str, str]:
    return {"zh": OFFICE[key].zh, "en": OFFICE[key].en}


def _percent(part: float | None) -> float | None:
    return 100 * part if part is not None else None


def _clock(seconds: float | None, lang: Lang) -> str:
    return said.clock(seconds, lang) if seconds is not None else UNKNOWN


def _card(key: str, amount: float | None, decimals: int, unit: str, limit: float, lang: Lang, sign: str) -> Card:
    target = f"{OFFICE['target'].get(lang)} {sign} {said.number(limit, 0)}{unit}"
    if amount is None:
        return Card(OFFICE[key].get(lang), UNKNOWN, "", (), [Beside(target, UNKNOWN)])
    met = amount <= limit if sign == "≤" else amount < limit
    words = (said.MET if met else said.MISSED).get(lang)
    return Card(OFFICE[key].get(lang), said.number(amount, decimals), unit, (), [Beside(target, words, not met)])


def _time(key: str, seconds: float | None, lang: Lang) -> Card:
    return Card(OFFICE[key].get(lang), _clock(seconds, lang), "", (), [])


def load(ask: Ask) -> Drawn:
    report = ask.report("alarms_told_by_day")
    days = report.figures[0]
    of_days = ask.period._replace(kind="range")
    bins = ask.bins(report, of_days)
    totals = on_bins(bins, [(line.keys["day"], line.value) for line in days.lines or []])
    to_ms = min(report.to_ms, report.as_of_ms)
    unrecorded_ms = (report.coverage.minutes - report.coverage.recorded) * MINUTE_MS
    finding = found_of.load(None)
    if to_ms > report.from_ms and report.coverage.recorded:  # the same days as the standard's figure above it
        finding = found_of.load(read_kpis(ask.engine, ask.site, report.from_ms, to_ms, unrecorded_ms)[0].alarms_per_day)
    title = (finding if report.coverage.recorded else findings.NOTHING_RECORDED).get(ask.lang)
    stack = Stack(
        OFFICE["told"].get(ask.lang),
        totals,
        flat(charts.D2),
        [drill(of="annunciated", from_ms=b.from_ms, to_ms=b.to_ms) for b in bins],
    )
    lost = [(gap.from_ms, gap.to_ms) for gap in report.coverage.gaps]
    hatched = gaps(bins, lost, report.as_of_ms, ask.lang)
    chart = charts.stacked("load", columns(bins, ask.zone, ask.lang), [stack], ask.lang, title, gaps=hatched)
    return titled(title, OFFICE["load"].get(ask.lang), [chart], counted(report), ask.lang)


def actors(ask: Ask) -> Drawn:
    report = ask.report("top_alarms")
    found, _, _ = read_kpis(ask.engine, ask.site, report.from_ms, min(report.to_ms, report.as_of_ms) or report.to_ms)
    title = found_of.actors(found).get(ask.lang)
    body = _alarms(ask, report, "annunciated", {rank.alarm: rank.alarms for rank in found.top_10})
    return titled(title, OFFICE["actors"].get(ask.lang), [body], counted(report), ask.lang)


def _alarms(ask: Ask, report: Report, of: Of, counts: Mapping[str, int]) -> Any:
    """Alarms of a device, most first; those of care in one row, without saying whose."""
    shown: dict[str, int] = {}
    for key, n in counts.items():
        alarm = key.partition("/")[0]
        name = CARED if shown_alarm(alarm) == CARED else key
        shown[name] = shown.get(name, 0) + n
    most = max(shown.values(), default=1)
    rows = []
    for key, n in sorted(shown.items(), key=lambda pair: (-pair[1], pair[0])):
        alarm, _, device = key.partition("/")
        words = alarm_name(alarm).get(ask.lang)
        if device:
            words += f" · {place_of_key(ask.site, key, ask.lang)}"
        asked = drill(
            of=of,
            from_ms=report.from_ms,
            to_ms=report.to_ms,
            alarms=(alarm,),
            devices=(device,) if device else (),
        )
        rows.append(Row(words, n / most, f"{n:,}", "", asked))
    return ranked(rows, ask.lang, "wide") if rows else html.Div()


def chattering(ask: Ask) -> Drawn:
    report = ask.report("alarms")
    to_ms = min(report.to_ms, report.as_of_ms) or report.to_ms
    _, found, rows = read_kpis(ask.engine, ask.site, report.from_ms, to_ms)
    title = found_of.chattering(found).get(ask.lang)
    body = _alarms(ask, report, "chattering", found) if found else plainly(OFFICE["no_chatter"].get(ask.lang))
    how = {"name": _both("chattering"), "rows": rows, "how": {"definition": _both("chattering_rule")}}
    return titled(title, OFFICE["chattering"].get(ask.lang), [body], [how], ask.lang)


def priorities(ask: Ask) -> Drawn:
    """Of the same annunciations as the standard's figures above it."""
    report = ask.report("alarms")
    to_ms = min(report.to_ms, report.as_of_ms) or report.to_ms
    found, _, rows_read = read_kpis(ask.engine, ask.site, report.from_ms, to_ms)
    shares = found.priority_shares if found.alarms else {}
    title = found_of.priorities(shares).get(ask.lang)
    rows = []
    for grade, target in found_of.SHARES.items():
        part = sum(n for priority, n in shares.items() if found_of.GRADES.get(priority) == grade)
        words = f"{OFFICE['target'].get(ask.lang)} {target:.0%}"
        name = found_of.GRADE_NAMES[grade].get(ask.lang)
        graded = tuple(p for p, of in found_of.GRADES.items() if of == grade)
        asked = drill(of="annunciated", from_ms=report.from_ms, to_ms=report.to_ms, priorities=graded)
        rows.append(Row(name, part, f"{part:.0%}", words, asked))
    body = ranked(rows, ask.lang, "wide") if shares else html.Div()
    how = _rule(rows_read)
    return titled(title, OFFICE["shares"].get(ask.lang), [body], [how], ask.lang)


def verdicts(ask: Ask) -> Drawn:
    """Of each rule how its alarms were judged. What nobody judged is no true alarm and no false one."""
    report = ask.report("alarms")
    found: dict[str, tuple[int, dict[str, int], int]] = {}
    for one in read_judged(ask.engine, ask.site, report.from_ms, report.to_ms):
        kind = shown_alarm(one.alarm)
        came, by, false = found.get(kind, (0, {}, 0))
        by = {reason: by.get(reason, 0) + one.verdicts.get(reason, 0) for reason in REASONS}
        found[kind] = came + one.came, by, false + one.false
    judged = sum(sum(by.values()) for _, by, _ in found.values())
    came, false = sum(n for n, _, _ in found.values()), sum(n for _, _, n in found.values())
    title = found_of.verdicts(came, judged, false).get(ask.lang)
    behind = partial(drill, from_ms=report.from_ms, to_ms=report.to_ms)
    head = [OFFICE[key].get(ask.lang) for key in ("what", "alarms", "judged", "false_rate")]
    head += [words.get(ask.lang) for words in REASONS.values()]
    rows = [
        [
            alarm_name(kind).get(ask.lang),
            opening(f"{came:,}", behind(of="alarms", alarms=(kind,)), ask.lang) if came else "0",
            opening(f"{sum(by.values()):,}", behind(of="verdicts", alarms=(kind,)), ask.lang)
            if any(by.values())
            else "0",
            f"{100 * false / sum(by.values()):.0f}%" if sum(by.values()) else UNKNOWN,
            *(
                opening(f"{n:,}", behind(of="verdicts", alarms=(kind,), verdicts=(reason,)), ask.lang) if n else ""
                for reason, n in by.items()
            ),
        ]
        for kind, (came, by, false) in list(found.items())[:ROWS]
    ]
    body = table(head, rows, frozenset(range(1, len(head)))) if rows else html.Div()
    how = {"name": _both("verdicts"), "rows": judged, "how": {"definition": _both("verdicts_rule")}}
    return titled(title, OFFICE["verdicts"].get(ask.lang), [body], [how], ask.lang)


def longer(ask: Ask) -> Drawn:
    """What-if for every rule that ends by itself: a longer on-delay, from how long its conditions lasted."""
    report = ask.report("alarms")
    found = [
        one for one in read_stood(ask.engine, ask.site, report.from_ms, report.to_ms) if shown_alarm(one.alarm) != CARED
    ]
    now = sum(len(one.lasted_ms) + one.still for one in found)
    later = sum(longer_delay(one.lasted_ms, one.still, one.on_delay_ms + 1000 * SPOKEN_S) for one in found)
    title = found_of.delays(now, later, SPOKEN_S).get(ask.lang)
    head = [OFFICE["what"].get(ask.lang), OFFICE["on_delay"].get(ask.lang), OFFICE["now"].get(ask.lang)]
    head += [f"+{said.clock(s, ask.lang)}" for s in LONGER_S]
    rows = [
        [
            alarm_name(one.alarm).get(ask.lang),
            said.clock(one.on_delay_ms / 1000, ask.lang),
            f"{len(one.lasted_ms) + one.still:,}",
            *(f"≤ {longer_delay(one.lasted_ms, one.still, one.on_delay_ms + 1000 * s):,}" for s in LONGER_S),
        ]
        for one in found[:ROWS]
    ]
    body = table(head, rows, frozenset(range(1, len(head)))) if rows else html.Div()
    how = {"name": _both("longer"), "rows": now, "how": {"definition": _both("longer_rule")}}
    return titled(title, OFFICE["longer"].get(ask.lang), [body], [how], ask.lang)


def trials(ask: Ask) -> Drawn:
    """What-if on a threshold: the readings of the last thirty days folded again. A button a number, counted when it is
    pressed."""
    rows = [
        [
            html.Span(
                [html.B(alarm_name(trial.alarm).get(ask.lang)), html.Small(trial.name.get(ask.lang))], className="trial"
            ),
            _amount(number_of(ask.site, trial), trial, ask.lang),
            html.Div([_try(trial, value, ask) for value in trial.choices], className="tries"),
        ]
        for trial in TRIALS.values()
        if any(device.kind in trial.kinds for device in ask.site.devices)
    ]
    head = [OFFICE["what"].get(ask.lang), OFFICE["now_number"].get(ask.lang), OFFICE["try"].get(ask.lang)]
    how = {"name": _both("trials"), "rows": 0, "how": {"definition": _both("trials_rule")}}
    body = table(head, rows) if rows else plainly(OFFICE["no_trials"].get(ask.lang))
    return titled(OFFICE["trials"].get(ask.lang), OFFICE["trials_what"].get(ask.lang), [body], [how], ask.lang)


def _amount(value: float, trial: Trial, lang: Lang) -> str:
    if trial.unit.zh == "秒" and value:
        return said.clock(value, lang)
    unit = trial.unit.en if lang == "en" else trial.unit.zh
    return f"{value:g} {unit}".strip()


def _try(trial: Trial, value: float, ask: Ask) -> html.Span:
    here = {"alarm": trial.alarm, "value": f"{value:g}"}
    words = _amount(value, trial, ask.lang)
    return html.Span(
        [
            html.Button(words, id=here | {"part": "try"}, type="button", className="press"),
            html.Span(id=here | {"part": "tried"}, className="tried", **{"aria-live": "polite"}),
        ]
    )


def more(app: Dash, house: House) -> None:
    here = {"alarm": MATCH, "value": MATCH}

    @app.callback(
        Output(here | {"part": "tried"}, "children"),
        Input(here | {"part": "try"}, "n_clicks"),
        State(here | {"part": "try"}, "id"),
        prevent_initial_call=True,
        running=[(Output(here | {"part": "try"}, "disabled"), True, False)],
    )
    async def count(clicks: int | None, id_: dict[str, str]) -> str:
        page = asking(PATH)
        trial = TRIALS.get(id_["alarm"])
        if not clicks or trial is None or id_["value"] not in {f"{value:g}" for value in trial.choices}:
            raise PreventUpdate
        value = float(id_["value"])
        period = period_asked(page.asked, local_day(page.now_ms, page.site.timezone), DAYS)
        to_ms = bounds(period.to_day, page.site.timezone)[1]
        from_ms = bounds(shifted(period.to_day, 1 - DAYS), page.site.timezone)[0]
        site = with_number(page.site, trial, number_of(page.site, trial))
        try:
            url = house.history.url
            found = await tried(Question(url, site, trial.alarm, from_ms, min(to_ms, page.now_ms + DAY_MS), value))
        except (NotCounted, HistoryMisconfigured) as error:
            return f"{OFFICE['failed'].get(page.lang)}: {error}"
        return told(found, page.lang)


def told(found: Counted, lang: Lang) -> str:
    """`12 条（现值 9 条）`; without a reading nothing can be said."""
    if not found.readings:
        return OFFICE["no_readings"].get(lang)
    return say(OFFICE["tried"], lang, f"{found.alarms:,}", f"{found.now:,}")


PANELS: Mapping[str, Draw] = {
    HEAD: completeness,
    "isa": isa,
    "load": load,
    "actors": recorded("actors", actors),
    "shares": recorded("shares", priorities),
    "chattering": recorded("chattering", chattering),
    "verdicts": recorded("verdicts", verdicts),
    "longer": recorded("longer", longer),
    "trials": trials,
}

VIEW = office(PATH, NAME, PANELS, DAYS, more, compares=False)
