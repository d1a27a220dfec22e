"""Several communities side by side, on the same days and by the same figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..figures import CATALOGUE, unit_words
from ..words import Lang
from .editions import EDITION_NAMES, Eyes
from .facts import Facts
from .frame import completeness
from .model import (
    Chart,
    Column,
    Completeness,
    Edition,
    Paper,
    Section,
    Series,
    Signature,
    Statement,
    Table,
    Verdict,
)
from .needed import HEADLINE
from .periods import Period, marks
from .rules import notes
from .words import MIXED, PAPER, ROLES, TITLES

COMPARED = (*HEADLINE, "orders_take_p50", "orders_rating", "orders_open", "water", "electricity", "alarms_open")
DRAWN = ("acknowledge_p50", "acknowledged_in_time", "online_rate", "orders_taken_in_time")
"""What may be compared as it is: a large community has more of everything else."""

TABLE = "communities"

PER_HOME = ("alarms", "passes", "charging_energy")
"""Shown by 100 homes too, where the communities say how many they have."""


def comparison(
    all_facts: Sequence[Facts],
    period: Period,
    lang: Lang,
    made_ms: int,
    *,
    edition: Edition,
    own: Mapping[str, list[Statement]] | None = None,
    kept_by: str = "",
) -> Paper:
    """`all_facts`: one of each community, in the order in which they stand; `kept_by`: the community that asked.

    No sentence is drafted over communities: what is said a person wrote."""
    first = next((facts for facts in all_facts if facts.site.id == kept_by), all_facts[0])
    said = own or {"summary": [], "decisions": []}
    eyes = Eyes(first.site, edition, lang)
    names = [facts.site.name.get(lang) for facts in all_facts]
    table, charts = _side_by_side(all_facts, names, eyes)
    known = [completeness(facts, lang) for facts in all_facts]
    kept = Table(
        "completeness",
        eyes.say("数据完整", "Completeness"),
        [
            Column("community", eyes.say("小区", "Community"), width=1.4),
            Column("text", eyes.say("完整", "Data"), width=3),
        ],
        [[name, one.text] for name, one in zip(names, known, strict=True)],
    )
    title = TITLES["comparison"].get(lang)
    return Paper(
        kind="comparison",
        edition=edition,
        lang=lang,
        community=first.site.id,
        community_name=eyes.say("、", ", ").join(names),
        number=f"ALL-C{period.code}{marks(first.site, edition, lang)}",
        title=title,
        period=period.words.get(lang),
        from_day=first.now.from_day,
        to_day=first.now.to_day,
        from_ms=first.now.from_ms,
        to_ms=first.now.to_ms,
        timezone=first.site.timezone,
        made_ms=made_ms,
        as_of_ms=min(facts.now.as_of_ms for facts in all_facts),
        subject="",
        edition_name=EDITION_NAMES[edition].get(lang),
        compared=[],
        verdict=Verdict(
            "", eyes.say(f"{len(names)} 个小区", f"{len(names)} communities"), eyes.say("、", ", ").join(names)
        ),
        summary=said["summary"],
        decisions=said["decisions"],
        headline=[],
        chart=None,
        sections=[Section("comparison", title, tables=[table, kept], charts=charts)],
        completeness=_whole(known, eyes),
        demo=PAPER["demo"].get(lang) if any(facts.now.demo_until_ms is not None for facts in all_facts) else "",
        signatures=[Signature(ROLES["manager"].get(lang))],
        rules=notes((*said["summary"], *said["decisions"]), lang),
        figures={str(row[0]): dict(zip(names, row[2:], strict=True)) for row in table.rows},
    )


def compared(paper: Paper) -> list[str]:
    """The communities of a comparison that was made, in the order in which they stand."""
    table = next(table for table in paper.tables() if table.id == TABLE)
    return [column.id for column in table.columns[2:]]


def _whole(known: Sequence[Completeness], eyes: Eyes) -> Completeness:
    percents = [one.percent for one in known if one.percent is not None]
    if not percents:
        return Completeness(None, PAPER["unrecorded"].get(eyes.lang), [], "")
    least = min(percents)
    said = eyes.say(f"数据完整 最低 {least:.1f}%", f"Data at least {least:.1f}% complete")
    if without := len(known) - len(percents):
        said += eyes.say(f"，{without} 个小区没有记录", f", {without} without any")
    return Completeness(least, said, [], "")


def _side_by_side(all_facts: Sequence[Facts], names: list[str], eyes: Eyes) -> tuple[Table, list[Chart]]:
    columns = [
        Column("figure", PAPER["figure"].get(eyes.lang), width=2.5),  # over the page, also of two
        Column("unit", PAPER["unit"].get(eyes.lang)),
    ]
    columns += [Column(facts.site.id, name, "number", "", MIXED) for facts, name in zip(all_facts, names, strict=True)]
    rows: list[list[str | int | float | None]] = []
    charts = []
    homes = [sum(building.households or len(building.homes()) for building in f.site.buildings) for f in all_facts]
    for id_ in COMPARED:
        figure = CATALOGUE[id_]
        values = [facts.value(id_) for facts in all_facts]
        rows.append([figure.name.get(eyes.lang), unit_words(figure, eyes.lang), *values])
        if id_ in PER_HOME and all(homes):
            name = eyes.say(f"{figure.name.zh}，每百户", f"{figure.name.en} per 100 homes")
            shares = [
                None if value is None else round(100 * value / count, 2)
                for value, count in zip(values, homes, strict=True)
            ]
            rows.append([name, unit_words(figure, eyes.lang), *shares])
        if id_ in DRAWN:
            series = [Series(figure.name.get(eyes.lang), list(values))]
            unit = unit_words(figure, eyes.lang)
            charts.append(Chart(f"{id_}_chart", figure.name.get(eyes.lang), unit, names, series, unit, figure.decimals))
    title = eyes.say("各小区同一口径", "The same figures of each")
    return Table(TABLE, title, columns, rows, note=eyes.say("同样的日子", "on the same days")), charts
