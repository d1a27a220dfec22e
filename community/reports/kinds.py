"""Which report says what: 日报, 周报, 月报 from the same parts, in their own order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from ..clock import local, local_day
from ..figures import CATALOGUE
from ..figures.known import deaf_feeds
from ..history.days import days_before
from ..site import Site, Text
from ..words import PRIORITIES, Lang
from . import sections as parts
from .editions import EDITION_NAMES, Eyes
from .facts import Facts
from .model import Column as Col
from .model import (
    Completeness,
    Edition,
    Gap,
    Kind,
    Paper,
    Section,
    Signature,
    Statement,
    Table,
    Verdict,
)  # fmt: skip
from .periods import Period, number
from .rules import DECISIONS, SUMMARY, drafted, notes
from .words import PAPER, ROLES, TITLES, length_words, moment_words

HEADLINE = (
    "alarms",
    "acknowledge_p50",
    "acknowledge_p95",
    "recover_p50",
    "acknowledged_in_time",
    "online_rate",
    "orders_taken_in_time",
    "patrol_completion",
    "passes",
    "charging_energy",
)
"""A page's table has room for ten."""

TRENDED = ("alarms", "acknowledge_p50", "online_rate", "passes", "charging_energy", "orders")

TARGETED = tuple(f.id for f in CATALOGUE.values() if f.target is not None and not f.by)

TREND_FIGURES = tuple(dict.fromkeys((*TRENDED, "alarms_by_type", *TARGETED)))
"""Of single days: what charts draw, and what rules look for."""

COMPARED_FIGURES = (*(f.id for f in CATALOGUE.values() if not f.by), "alarms_by_type", "alarms_by_hour")
"""Of the stretches beside: single values, what the chart dots, what a rule holds against them."""

SPOKEN_FIGURES = tuple(
    dict.fromkeys(
        ("alarms", "alarms_by_hour", "alarms_by_type", "alarms_by_priority", "passes", "charging_energy")
        + ("orders", "orders_taken_in_time", "orders_take_p50", "orders_rating", "orders_open", *TARGETED)
    )
)
SPOKEN_COMPARED = ("alarms", "alarms_by_type")
SPOKEN_TREND = ("passes", "charging_energy", *TARGETED)
"""What the sentences rest on (rules.py): of the days themselves, of those beside them, of single days."""


def reported_figures(days: int) -> list[str]:
    """What a report of so many days has sections of. Of a day each port hour by hour; of more, which nobody would read,
    the hours of each kind: a port's own are in the days' reports and in /api/v1/figures."""
    left_out = {"charging_busy_by_clock", "charging_busy_by_hour" if days == 1 else "charging_busy"}
    return [id_ for id_ in CATALOGUE if id_ not in left_out]


MOST_GAPS = 4
"""Gaps that a footer names."""

SECTIONS = ("alarms", "devices", "charging", "access", "calls", "meters", "orders", "patrol", "broadcast")


class Made(NamedTuple):
    """What a report of some kind consists of, beside what all have."""

    sections: Callable[[Facts, list[str], Eyes], list[Section]]
    signs: tuple[str, ...] = ("guard", "supervisor", "manager")


def _daily(facts: Facts, compared: list[str], eyes: Eyes) -> list[Section]:
    found = [parts.of_catalogue(name, facts, compared, eyes) for name in SECTIONS]
    by_name = {section.id: section for section in found}
    by_name["alarms"].tables[:0] = [parts.incidents(facts, eyes), parts.standing(facts, eyes)]
    by_name["devices"].tables.append(parts.silent(facts, eyes))
    by_name["orders"].tables.append(parts.open_orders(facts, eyes))
    return _with_something([_shifts(facts, eyes), *found])


def _weekly(facts: Facts, compared: list[str], eyes: Eyes) -> list[Section]:
    found = [parts.of_catalogue(name, facts, compared, eyes) for name in SECTIONS]
    by_name = {section.id: section for section in found}
    alarms = by_name["alarms"]
    heat, field = parts.week_heat(facts, eyes)
    alarms.tables[:0] = [parts.incidents(facts, eyes, ("P1",)), heat]
    alarms.tables += [parts.false_rates(facts, eyes), parts.standing(facts, eyes)]
    alarms.charts.append(field)
    by_name["orders"].tables.append(parts.open_orders(facts, eyes))
    return _with_something([_trend(facts, eyes), gained(facts, compared, eyes), *found])


def _monthly(facts: Facts, compared: list[str], eyes: Eyes) -> list[Section]:
    found = [parts.of_catalogue(name, facts, compared, eyes) for name in SECTIONS]
    by_name = {section.id: section for section in found}
    alarms = by_name["alarms"]
    alarms.note = _indicative(facts, eyes)
    heat, field = parts.week_heat(facts, eyes)
    alarms.tables += [heat, parts.false_rates(facts, eyes), parts.standing(facts, eyes)]
    alarms.charts.append(field)
    by_name["meters"].tables.append(_balance(facts, eyes))
    by_name["orders"].tables.append(parts.open_orders(facts, eyes))
    kept = Section("retention", Text("留存检查", "Retention").get(eyes.lang), tables=[parts.retention(facts, eyes)])
    return _with_something([_trend(facts, eyes), gained(facts, compared, eyes), *found, kept, _plan(facts, eyes)])


MADE: Mapping[Kind, Made] = {
    "daily": Made(_daily),
    "weekly": Made(_weekly, ("supervisor", "manager")),
    "monthly": Made(_monthly, ("supervisor", "manager")),
    "range": Made(_weekly, ("supervisor", "manager")),
}


def paper(
    kind: Kind,
    facts: Facts,
    period: Period,
    edition: Edition,
    lang: Lang,
    made_ms: int,
    *,
    own: Mapping[str, list[Statement]] | None = None,
    spoken: bool = False,
) -> Paper:
    """`own`: `summary` and `decisions` as a person left them, in the place of what the rules draft. `spoken`: the
    sentences alone, for which SPOKEN_FIGURES are enough."""
    eyes = Eyes(facts.site, edition, lang)
    compared = [name.get(lang) for name in period.names]
    said = own or {
        "summary": drafted(SUMMARY, facts, eyes, compared),
        "decisions": drafted(DECISIONS, facts, eyes, compared),
    }
    made = MADE[kind]
    found = framed(kind, facts, eyes, period.code, period.words.get(lang), made_ms, said, made.signs)
    found.compared = compared
    found.verdict = verdict(facts, eyes)
    if spoken:
        return found
    found.headline = parts.headline(_known(HEADLINE, facts), facts, compared, eyes)
    found.chart = parts.hours_chart(facts, compared, eyes) if kind == "daily" else None
    found.sections = made.sections(facts, compared, eyes)
    found.figures = parts.plain_figures(facts, eyes)
    return unknown_lists(found, facts)


def unknown_lists(found: Paper, facts: Facts) -> Paper:
    """Where nobody listened no list says that there was none."""
    if not facts.now.coverage.recorded:
        for section in found.sections:
            for table in section.tables:
                if not table.rows:
                    table.note, table.nothing = "", PAPER["unrecorded"].get(found.lang)
    return found


def framed(
    kind: Kind,
    facts: Facts,
    eyes: Eyes,
    code: str,
    words: str,
    made_ms: int,
    said: Mapping[str, list[Statement]],
    signs: Iterable[str],
) -> Paper:
    """A paper with what every kind has; `code`: of its number, `words`: its period."""
    site, now, lang = facts.site, facts.now, eyes.lang
    return Paper(
        kind=kind,
        edition=eyes.edition,
        lang=lang,
        community=site.id,
        community_name=site.name.get(lang),
        number=number(site, kind, eyes.edition, code, lang),
        title=f"{site.name.get(lang)} {TITLES[kind].get(lang)}",
        period=words,
        from_day=now.from_day,
        to_day=now.to_day,
        from_ms=now.from_ms,
        to_ms=now.to_ms,
        timezone=site.timezone,
        made_ms=made_ms,
        as_of_ms=now.as_of_ms,
        subject="",
        edition_name=EDITION_NAMES[eyes.edition].get(lang),
        compared=[],
        verdict=Verdict("", "", ""),
        summary=said["summary"],
        decisions=said["decisions"],
        headline=[],
        chart=None,
        sections=[],
        completeness=completeness(facts, lang),
        demo=PAPER["demo"].get(lang) if now.demo_until_ms is not None else "",
        signatures=[Signature(ROLES[role].get(lang)) for role in signs],
        rules=notes((*said["summary"], *said["decisions"]), lang),
    )


def _known(ids: Iterable[str], facts: Facts) -> list[str]:
    """Without figures of what the site has not."""
    return [id_ for id_ in ids if (found := facts.answer(id_)) is not None and found.why != "no_devices"]


def _with_something(found: list[Section]) -> list[Section]:
    return [one for one in found if one.figures or one.tables or one.charts]


# ---- what all have
def verdict(facts: Facts, eyes: Eyes) -> Verdict:
    """What happened in one sentence, and what of it stands."""
    lang = eyes.lang
    total = facts.value("alarms")
    if total is None:
        return Verdict("", PAPER["unrecorded"].get(lang), "")
    counts = {priority: int(value or 0) for (priority,), value in facts.by("alarms_by_priority").items()}
    worst = next((priority for priority in PRIORITIES if counts.get(priority)), "")
    standing = facts.standing
    critical = [life for life in standing if life.priority == "P1"]
    said = [f"{PRIORITIES[p].get(lang)} {counts.get(p, 0)}" for p in PRIORITIES]
    if lang == "en":
        note = f"{total:,} alarms: {', '.join(said)}."
        if standing:
            note += f" {len(standing)} open at the end" + ("." if _in_hand(standing) else ", not all acknowledged.")
        else:
            note += " None open at the end."
        n = counts.get("P1", 0)
        title = (
            f"{n} critical, {'all closed' if not critical else f'{len(critical)} open'}" if n else "No critical alarm"
        )
        return Verdict(worst, title, note)
    note = f"告警 {total:,} 条：{'、'.join(said)}。"
    if standing:
        end = "均有人在办。" if _in_hand(standing) else "有的尚无人确认。"
        note += f"期末仍未了结 {len(standing)} 条，{end}"
    else:
        note += "期末没有未了结的。"
    n = counts.get("P1", 0)
    title = f"{n} 起紧急，{'已处置完毕' if not critical else f'{len(critical)} 起未了结'}" if n else "没有紧急告警"
    return Verdict(worst, title, note)


def _in_hand(standing: Iterable[object]) -> bool:
    return all(getattr(life, "acknowledged_ms", None) is not None for life in standing)


def completeness(facts: Facts, lang: Lang) -> Completeness:
    now, zone = facts.now, facts.site.timezone
    coverage = now.coverage
    percent = None
    text = PAPER["unrecorded"].get(lang)
    if coverage.recorded:
        percent = 100 * coverage.recorded / coverage.minutes
        digits = 1 if coverage.recorded == coverage.minutes or percent < 99.95 else 2
        shown = min(percent, 100 if coverage.recorded == coverage.minutes else 99.99)
        text = PAPER["complete"].get(lang).format(f"{shown:.{digits}f}%")
        missing = PAPER["gaps_n"].get(lang).format(coverage.gaps_total) if coverage.gaps_total else None
        text += ("，" if lang == "zh" else ", ") + (missing or PAPER["gaps_none"].get(lang))
    said = []
    if coverage.recorded and now.as_of_ms < now.to_ms:
        said.append(PAPER["until"].get(lang).format(moment_words(now.as_of_ms, zone, lang)))
    if coverage.gaps:
        longest = sorted(coverage.gaps, key=lambda gap: gap.from_ms - gap.to_ms)[:MOST_GAPS]
        in_order = sorted(longest, key=lambda gap: gap.from_ms)
        named = "、".join(_gap(gap.from_ms, gap.to_ms, zone, now.days > 1) for gap in in_order)
        if coverage.gaps_total > MOST_GAPS:
            named += PAPER["gaps_more"].get(lang).format(coverage.gaps_total)
        said.append(PAPER["gaps"].get(lang).format(named))
    if deaf := deaf_feeds(facts.site, coverage):
        named = "、".join(
            f"{one.name.get(lang)} {length_words(60 * one.missing_min, lang)}" for one in deaf[:MOST_GAPS]
        )
        said.append(PAPER["deaf"].get(lang).format(named))
    note = "".join(f"{one}。" for one in said) if lang == "zh" else " ".join(f"{one}." for one in said)
    return Completeness(percent, text, [Gap(gap.from_ms, gap.to_ms) for gap in coverage.gaps], note)


def _gap(from_ms: int, to_ms: int, zone: str, dated: bool) -> str:
    begin, end = local(from_ms, zone), local(to_ms, zone)
    if dated:
        return f"{begin:%m-%d %H:%M}–{end:%m-%d %H:%M}"
    return (
        f"{begin:%H:%M}–{'24:00' if end.date() != begin.date() and not end.hour and not end.minute else f'{end:%H:%M}'}"
    )


# ---- what only some have
def _shifts(facts: Facts, eyes: Eyes) -> Section:
    """Who was on duty, by post: staff appear by their post, never by name."""
    name = eyes.say
    rows: list[list[str | int | float | None]] = []
    for post in facts.site.posts:
        hours = "、".join(f"{h.begins}–{h.ends}" for h in post.shifts) or name("全天", "all day")
        rows.append([post.name.get(eyes.lang), hours, post.people])
    columns = [
        Col("post", name("岗位", "Post"), width=1.4),
        Col("hours", name("班次", "Shift"), width=1.4),
        Col("people", name("人数", "People"), "number"),
    ]
    said = [name(f"{who} {hours} {people} 人", f"{who} {hours}, {people}") for who, hours, people in rows]
    tables = [Table("shifts", name("当日班次", "Shifts"), columns, rows, unprinted=True)] if rows else []
    return Section("shifts", name("班次", "Shifts"), tables=tables, note=name("；", "; ").join(said))


def _trend(facts: Facts, eyes: Eyes) -> Section:
    table, charts = parts.trend(facts, _known(TRENDED, facts), eyes)
    table.unprinted = len(table.rows) > 7  # the charts show it
    return Section("trend", Text("逐日走势", "By day").get(eyes.lang), tables=[table], charts=charts)


GAINED = ("orders_take_p50", "orders_rating", "orders_reopened", "charging_peak", "calls_answer_p50", "passes_denied")


def gained(facts: Facts, compared: list[str], eyes: Eyes) -> Section:
    """What residents gained."""
    return Section(
        "gained",
        Text("居民所得", "What residents gained").get(eyes.lang),
        figures=parts.headline(_known(GAINED, facts), facts, compared, eyes),
    )


def _balance(facts: Facts, eyes: Eyes) -> Table:
    """What the district's meters counted against the sum of the homes': the difference is common use and loss."""
    name = eyes.say
    homes, district, energy, charged = (
        facts.value(id_) for id_ in ("water", "water_district", "electricity", "charging_energy")
    )
    lost = district - homes if homes is not None and district is not None else None
    share = 100 * lost / district if lost is not None and district else None
    return Table(
        "balance",
        name("水电平衡", "Water and energy balance"),
        [
            Col("what", name("项目", "Item"), width=2),
            Col("value", name("数量", "Amount"), "number", "", 2),
            Col("unit", name("单位", "Unit")),
        ],
        [
            [name("总表水量", "Water, district meters"), district, "m³"],
            [name("户表水量", "Water, homes"), homes, "m³"],
            [name("差额（公共用水与漏损）", "Difference (common use, loss)"), lost, "m³"],
            [name("差额占比", "Difference, share"), share, "%"],
            [name("电表电量", "Electricity metered"), energy, "kWh"],
            [name("其中充电", "Of it charging"), charged, "kWh"],
        ],
        note=name("没读到的半小时不计入", "half-hours not read are left out"),
    )  # fmt: skip


def _plan(facts: Facts, eyes: Eyes) -> Section:
    """Works that were announced for the month that follows."""
    name = eyes.say
    site: Site = facts.site
    first = local_day(facts.now.to_ms, site.timezone)
    last = days_before(first, -31)
    rows: list[list[str | int | float | None]] = [
        [
            works.begins.replace("T", " "),
            works.ends.replace("T", " "),
            "、".join(map(eyes.device, works.devices)),
            works.reason,
        ]
        for works in site.maintenance
        if first <= works.begins[:10] < last
    ]
    columns = [
        Col("from", name("开始", "From"), width=1.2),
        Col("until", name("结束", "Until"), width=1.2),
        Col("devices", name("设备", "Devices"), width=2),
        Col("reason", name("事由", "Reason"), width=2),
    ]
    table = Table("plan", name("下月已公告的检修", "Works announced for the next month"), columns, rows)
    table.nothing = name("没有公告。", "None announced.")
    return Section("plan", name("下月安排", "Next month"), tables=[table])


def _indicative(facts: Facts, eyes: Eyes) -> str:
    """ISA-18.2:2009 wants thirty days of data."""
    if facts.now.coverage.recorded >= 30 * 1440 * 0.9:
        return ""
    return Text(
        "数据不足 30 天，标准（ANSI/ISA-18.2-2009、EEMUA 191）的指标仅供参考。",
        "Under 30 days of data the standard's figures (ANSI/ISA-18.2-2009, EEMUA 191) are indicative.",
    ).get(eyes.lang)
