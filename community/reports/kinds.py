"""Which report says what: 日报, 周报, 月报 from the same parts, in their own order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from ..figures.answers import recorded_less
from ..site import Text
from ..words import Lang
from . import sections as parts
from .decisions import DECISIONS
from .editions import Eyes
from .facts import Facts
from .frame import framed, unknown_lists, verdict
from .model import Edition, Kind, Paper, Section, Statement
from .needed import HEADLINE, TRENDED
from .periods import Period
from .rules import SUMMARY, drafted
from .words import PAPER

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
    return _with_something([parts.shifts(facts, eyes), *found])


def _weekly(facts: Facts, compared: list[str], eyes: Eyes) -> list[Section]:
    found = [parts.of_catalogue(name, facts, compared, eyes) for name in SECTIONS]
    by_name = {section.id: section for section in found}
    alarms = by_name["alarms"]
    heat, field = parts.week_heat(facts, eyes)
    alarms.tables[:0] = [parts.incidents(facts, eyes, ("P1",)), heat]
    alarms.tables += [parts.false_rates(facts, eyes), parts.standing(facts, eyes)]
    alarms.charts.append(field)
    by_name["orders"].tables.append(parts.open_orders(facts, eyes))
    return _with_something([_trend(facts, eyes), _gained(facts, compared, eyes), *found])


def _monthly(facts: Facts, compared: list[str], eyes: Eyes) -> list[Section]:
    found = [parts.of_catalogue(name, facts, compared, eyes) for name in SECTIONS]
    by_name = {section.id: section for section in found}
    alarms = by_name["alarms"]
    alarms.note = _indicative(facts, eyes)
    heat, field = parts.week_heat(facts, eyes)
    alarms.tables += [heat, parts.false_rates(facts, eyes), parts.standing(facts, eyes)]
    alarms.charts.append(field)
    by_name["meters"].tables.append(parts.balance(facts, eyes))
    by_name["orders"].tables.append(parts.open_orders(facts, eyes))
    kept = Section("retention", Text("留存检查", "Retention").get(eyes.lang), tables=[parts.retention(facts, eyes)])
    return _with_something([_trend(facts, eyes), _gained(facts, compared, eyes), *found, kept, parts.plan(facts, eyes)])


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
    sentences alone, for which SPOKEN_FIGURES (needed.py) are enough."""
    eyes = Eyes(facts.site, edition, lang)
    compared = [name.get(lang) for name in period.names]
    said = own or {
        "summary": drafted(SUMMARY, facts, eyes, compared),
        "decisions": drafted(DECISIONS, facts, eyes, compared),
    }
    made = MADE[kind]
    found = framed(kind, facts, eyes, period.code, period.words.get(lang), made_ms, said, made.signs)
    less = [recorded_less(report, facts.now) for report in facts.compared] or [False] * len(compared)
    found.compared = [
        PAPER["in_part"].get(lang).format(name) if part else name for name, part in zip(compared, less, strict=True)
    ]
    found.verdict = verdict(facts, eyes)
    if spoken:
        return found
    found.headline = parts.headline(_known(HEADLINE, facts), facts, compared, eyes)
    found.pictures = parts.seen(facts, eyes)
    found.chart = parts.hours_chart(facts, compared, eyes) if kind == "daily" else None
    found.sections = made.sections(facts, compared, eyes)
    found.figures, found.names = parts.plain_figures(facts, eyes)
    return unknown_lists(found, facts)


def _known(ids: Iterable[str], facts: Facts) -> list[str]:
    """Without figures of what the site has not."""
    return [id_ for id_ in ids if (found := facts.answer(id_)) is not None and found.why != "no_devices"]


def _with_something(found: list[Section]) -> list[Section]:
    return [one for one in found if one.figures or one.tables or one.charts]


def _trend(facts: Facts, eyes: Eyes) -> Section:
    table, charts = parts.trend(facts, _known(TRENDED, facts), eyes)
    table.unprinted = len(table.rows) > 7  # the charts show it
    return Section("trend", Text("逐日走势", "By day").get(eyes.lang), tables=[table], charts=charts)


GAINED = ("orders_take_p50", "orders_rating", "orders_reopened", "charging_peak", "calls_answer_p50", "passes_denied")


def _gained(facts: Facts, compared: list[str], eyes: Eyes) -> Section:
    """What residents gained."""
    return Section(
        "gained",
        Text("居民所得", "What residents gained").get(eyes.lang),
        figures=parts.headline(_known(GAINED, facts), facts, compared, eyes),
    )


def _indicative(facts: Facts, eyes: Eyes) -> str:
    """ISA-18.2:2009 wants thirty days of data."""
    if facts.now.coverage.recorded >= 30 * 1440 * 0.9:
        return ""
    return Text(
        "数据不足 30 天，标准（ANSI/ISA-18.2-2009、EEMUA 191）的指标仅供参考。",
        "Under 30 days of data the standard's figures (ANSI/ISA-18.2-2009, EEMUA 191) are indicative.",
    ).get(eyes.lang)
