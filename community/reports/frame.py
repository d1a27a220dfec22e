"""What every paper has, whatever its kind: number and title, the verdict, how complete its data is, who signs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..clock import local
from ..figures.known import deaf_feeds
from ..words import PRIORITIES, Lang
from .editions import EDITION_NAMES, Eyes
from .facts import Facts
from .model import Completeness, Gap, Kind, Paper, Signature, Statement, Verdict
from .periods import number
from .rules import notes
from .words import PAPER, ROLES, TITLES, length_words, moment_words

MOST_GAPS = 4
"""Gaps that a footer names."""

METERS = frozenset(("water_meter", "bulk_meter", "power_meter"))
FEW_METERS = 0.1
"""Of the meters a tenth may be silent, as each does now and then; more, and the totals are not what was used."""


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
        completeness=completeness(facts, lang, made_ms),
        demo=PAPER["demo"].get(lang) if now.demo_until_ms is not None else "",
        signatures=[Signature(ROLES[role].get(lang)) for role in signs],
        rules=notes((*said["summary"], *said["decisions"]), lang),
    )


def unknown_lists(found: Paper, facts: Facts) -> Paper:
    """Where nobody listened no list says that there was none."""
    if not facts.now.coverage.recorded:
        for section in found.sections:
            for table in section.tables:
                if not table.rows:
                    table.note, table.nothing = "", PAPER["unrecorded"].get(found.lang)
    return found


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


def completeness(facts: Facts, lang: Lang, made_ms: int | None = None) -> Completeness:
    now, zone = facts.now, facts.site.timezone
    coverage, comma = now.coverage, "、" if lang == "zh" else ", "
    percent = None
    text = PAPER["unrecorded"].get(lang)
    if coverage.recorded:
        percent = 100 * coverage.recorded / coverage.minutes
        digits = 1 if coverage.recorded == coverage.minutes or percent < 99.95 else 2
        shown = min(percent, 100 if coverage.recorded == coverage.minutes else 99.99)
        text = PAPER["complete"].get(lang).format(f"{shown:.{digits}f}%")
        many = PAPER["gaps_n" if coverage.gaps_total > 1 else "gap_n"]
        missing = many.get(lang).format(coverage.gaps_total) if coverage.gaps_total else None
        text += ("，" if lang == "zh" else ", ") + (missing or PAPER["gaps_none"].get(lang))
    said = []
    if coverage.recorded and now.as_of_ms < now.to_ms:
        until_ms = now.as_of_ms if made_ms is None else min(now.as_of_ms, made_ms)  # the minute that runs is not over
        said.append(PAPER["until"].get(lang).format(moment_words(until_ms, zone, lang)))
    if coverage.gaps:
        longest = sorted(coverage.gaps, key=lambda gap: gap.from_ms - gap.to_ms)[:MOST_GAPS]
        in_order = sorted(longest, key=lambda gap: gap.from_ms)
        named = comma.join(_gap(gap.from_ms, gap.to_ms, zone, now.days > 1) for gap in in_order)
        if coverage.gaps_total > MOST_GAPS:
            named += PAPER["gaps_more"].get(lang).format(coverage.gaps_total)
        said.append(PAPER["gaps"].get(lang).format(named))
    if deaf := deaf_feeds(facts.site, coverage):
        named = comma.join(
            f"{one.name.get(lang)} {length_words(60 * one.missing_min, lang)}" for one in deaf[:MOST_GAPS]
        )
        said.append(PAPER["deaf"].get(lang).format(named))
    told, meters = facts.value("meters_reporting"), sum(device.kind in METERS for device in facts.site.devices)
    if told and meters - told > FEW_METERS * meters:
        said.append(PAPER["meters"].get(lang).format(f"{meters:,}", f"{told:,}"))
    note = "".join(f"{one}。" for one in said) if lang == "zh" else " ".join(f"{one}." for one in said)
    return Completeness(percent, text, [Gap(gap.from_ms, gap.to_ms) for gap in coverage.gaps], note)


def _gap(from_ms: int, to_ms: int, zone: str, dated: bool) -> str:
    begin, end = local(from_ms, zone), local(to_ms, zone)
    if dated:
        return f"{begin:%m-%d %H:%M}–{end:%m-%d %H:%M}"
    return (
        f"{begin:%H:%M}–{'24:00' if end.date() != begin.date() and not end.hour and not end.minute else f'{end:%H:%M}'}"
    )
