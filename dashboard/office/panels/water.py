"""Water: the flow of the night."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from community.history.days import bounds
from community.office import findings
from community.office.nights import line_of
from community.office.periods import shifted, short_day
from community.office.words import OFFICE
from community.systems.bulkwater import Numbers as Bulk
from community.words import UNKNOWN, say
from layouts.office import charts
from layouts.office.charts import Flow
from layouts.office.parts import nothing, titled
from store.history import looks

from ..ask import Ask, drill
from .along import Drawn


def night(ask: Ask) -> Drawn:
    """The last night of the period, each meter beside the median of the fourteen before it."""
    numbers = ask.site.numbers_of(Bulk)
    last = ask.period.to_day
    told, rows = looks.nights(ask.engine, ask.site, shifted(last, -numbers.night_median_nights - LATE_NIGHTS), last)
    read = Counter(d for one in told for d in one.by_day)
    day = told_last(read, last)
    from_ms, to_ms = bounds(day, ask.zone)
    flows = []
    for one in told:
        flow = one.by_day.get(day)
        earlier = [one.by_day[d] for d in sorted(one.by_day) if d < day][-numbers.night_median_nights :]
        line = line_of(earlier, numbers)
        name = _meter_name(ask, one.device)
        shown = f"{flow:.2f}" if flow is not None else UNKNOWN
        of = f" / {line:.2f}" if line is not None else ""
        read_there = drill(of="half_hours", from_ms=from_ms, to_ms=to_ms, devices=(one.device,))
        flows.append(Flow(name, flow, line, f"{name} {shown}{of} m³/h", read_there))
    over = [flow.name for flow in flows if flow.over]
    title = findings.night_flow({f.name: f.flow for f in flows}, {f.name: f.line for f in flows}, over).get(ask.lang)
    measure = f"{OFFICE['night'].get(ask.lang)} · {say(OFFICE['night_of'], ask.lang, short_day(day, ask.lang))}"
    how = {"name": {"zh": "夜间流量", "en": "Night flow"}, "rows": rows, "how": {"definition": NIGHT_RULE, "query": ""}}
    body = (
        charts.flows("night", flows, OFFICE["night_line"].get(ask.lang), ask.lang, title) if read else nothing(ask.lang)
    )
    return titled(title, measure, [body], [how], ask.lang)


LATE_NIGHTS = 7
"""How far back the panel looks for a night that the meters have told: some tell a day in the next morning."""


def told_last(read: Mapping[str, int], last: str) -> str:
    """The last night that as many meters have told as any of these; without one the last."""
    recent = {day: n for day, n in read.items() if day > shifted(last, -LATE_NIGHTS)}
    return max((day for day, n in recent.items() if 2 * n > max(recent.values())), default=last)


NIGHT_RULE = {
    "zh": "总表当晚 2–4 点全部半小时读数的平均；缺一个半小时就不算一晚。"
    "提醒线与 DMA_NIGHT 告警同一规则：前 14 晚中位数的 1.5 倍，且至少高出 0.3 m³/h。",
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
