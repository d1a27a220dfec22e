"""Makes a paper from history, and its files. Works on the database alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa

from community.clock import local_day
from community.history.days import bounds, days_before, days_between
from community.place import moment_ms
from community.reports.comparison import comparison
from community.reports.decisions import OF_DAYS, in_question
from community.reports.editions import Eyes
from community.reports.facts import Facts
from community.reports.handover import handover
from community.reports.incident import Evidence, incident
from community.reports.kinds import paper
from community.reports.model import Edition, Kind, Paper, Statement
from community.reports.needed import (
    COMPARED_FIGURES,
    PEAKS,
    SPOKEN_COMPARED,
    SPOKEN_FIGURES,
    TARGETED,
    TREND_FIGURES,
    reported_figures,
)
from community.reports.numbers import Schedule
from community.reports.periods import SPANS, NoPeriod, Period, number, period, stretch
from community.site import Site, Text
from community.words import Lang
from store.history.database import reading
from store.history.dossier import Found, dossier, occurrence, shift

from .csv import csv
from .evidence import gather
from .pdf import pdf
from .pictures import printable
from .xlsx import xlsx

WRITERS: Mapping[str, Callable[[Paper], bytes]] = {"pdf": pdf, "xlsx": xlsx, "csv": csv}

Progress = Callable[[str], None]
"""Told what is being done: a year on a slow database takes a while."""


class CannotMake(ValueError):
    """The report cannot be made as it was asked for; `said` tells why."""

    def __init__(self, said: Text) -> None:
        super().__init__(said.en)
        self.said = said


class Asked(msgspec.Struct, frozen=True):
    """Which report: enough to make it again."""

    kind: Kind
    day: str
    edition: Edition = "internal"
    lang: Lang = "zh"
    subject: str = ""
    """Of a 报警处置单 the occurrence, of a 交接班 the hour of the change, of a comparison the span, of a 时段报 the
    first day, for `day` is its last."""


def silent(_: str) -> None:
    """Nobody watches."""


def make(
    engine: sa.Engine,
    site: Site,
    asked: Asked,
    made_ms: int,
    *,
    own: Mapping[str, list[Statement]] | None = None,
    tell: Progress = silent,
    var: Path = Path("var"),
    sites: Iterable[Site] = (),
    spoken: bool = False,
) -> Paper:
    """`var`: where raw records and pictures lie; `sites`: those of a comparison, which is of `site` alone without them;
    `spoken`: of days the sentences alone.

    Raises CannotMake, NoRange, HistoryUnavailable.
    """
    engine = reading(engine)
    if asked.kind == "incident":
        return incident_of(engine, site, asked, made_ms, own=own, var=var)[0]
    if asked.kind == "handover":
        return _handover(engine, site, asked, made_ms, own)
    days = _period(asked)
    if days.days[0] > local_day(made_ms, site.timezone):
        raise _to_come(Text(days.days[0], days.days[0]))
    tell(f"reading {days.days[0]} to {days.days[1]}")
    reported = reported_figures(len(days_between(*days.days)))
    if asked.kind == "comparison":
        all_facts = []
        for one in sites or (site,):
            tell(f"reading {one.id}")
            all_facts.append(dossier(engine, one, days.days, (), (), (), of_now=reported))
        return comparison(*(all_facts, days, asked.lang, made_ms), edition=asked.edition, own=own, kept_by=site.id)
    if spoken:
        facts = _spoken(engine, site, days)
    else:
        facts = dossier(
            *(engine, site, days.days, days.compared, days.trend, TREND_FIGURES),
            of_now=reported,
            of_compared=COMPARED_FIGURES,
            daily=asked.kind == "daily" and asked.edition == "internal",
            monthly=asked.kind == "monthly",
        )
    tell("writing sentences")
    return paper(asked.kind, facts, days, asked.edition, asked.lang, made_ms, own=own, spoken=spoken)


def _spoken(engine: sa.Engine, site: Site, days: Period) -> Facts:
    """What sentences rest on: a year is asked for those targets alone that its last days missed."""
    peaks = PEAKS if days.days[0] == days.days[1] else ()
    return dossier(
        *(engine, site, days.days, days.compared, days.trend[-OF_DAYS:], (*TARGETED, *peaks)),
        of_now=lambda trend: list(dict.fromkeys((*SPOKEN_FIGURES, *peaks, *in_question(trend)))),
        of_compared=SPOKEN_COMPARED,
        spoken=True,
    )


def settled(engine: sa.Engine, site: Site, asked: Asked) -> Asked:
    """The same with the very occurrence, hour, span or days that are meant: what is kept is made again from it.

    Raises CannotMake."""
    if asked.kind == "incident":
        return msgspec.structs.replace(asked, subject=_found(engine, site, asked).name)
    if asked.kind == "handover" and not asked.subject:
        return msgspec.structs.replace(asked, subject=min(site.numbers_of(Schedule).handover_at, default=""))
    if asked.kind == "comparison" and not asked.subject:
        return msgspec.structs.replace(asked, subject="day")
    if asked.kind == "range":
        first, last = _period(asked).days
        return msgspec.structs.replace(asked, day=last, subject=first)
    return asked


def number_of(site: Site, asked: Asked) -> str:
    """Of a report of days, before it is made. Raises CannotMake."""
    return number(site, asked.kind, asked.edition, _period(asked).code, asked.lang)


def _period(asked: Asked) -> Period:
    """Raises CannotMake."""
    span = asked.subject if asked.kind == "comparison" and asked.subject else SPANS.get(asked.kind, "day")
    try:
        return stretch(asked.subject, asked.day) if asked.kind == "range" else period(span, asked.day)
    except NoPeriod as error:
        raise CannotMake(error.said) from error


def _to_come(words: Text) -> CannotMake:
    return CannotMake(Text(f"{words.zh} 还没有到", f"{words.en} has not come yet"))


def _handover(
    engine: sa.Engine, site: Site, asked: Asked, made_ms: int, own: Mapping[str, list[Statement]] | None
) -> Paper:
    """Of the shift that ends at the hour `asked.subject` of the day, the site's first change of shifts where it is not
    said; it began at the change before."""
    changes = sorted(site.numbers_of(Schedule).handover_at)
    day, ends = _period(asked).days[0], asked.subject or next(iter(changes), "")
    if ends not in changes:
        hours = ", ".join(changes)
        raise CannotMake(Text(f"没有 {ends!r} 结束的班，只有 {hours}", f"no shift ends at {ends!r}: {hours}"))
    to_ms = moment_ms(f"{day}T{ends}", site.timezone)
    before = max((clock for clock in changes if clock < ends), default="")
    begun = f"{day}T{before}" if before else f"{days_before(day, 1)}T{changes[-1]}"
    from_ms = moment_ms(begun, site.timezone)
    if from_ms > made_ms:
        raise _to_come(Text(f"{day} {ends} 结束的班", f"the shift that ends on {day} at {ends}"))
    facts = shift(engine, site, day, from_ms, to_ms)
    return handover(facts, asked.lang, made_ms, own=own, edition=asked.edition)


def incident_of(
    engine: sa.Engine,
    site: Site,
    asked: Asked,
    made_ms: int,
    *,
    own: Mapping[str, list[Statement]] | None = None,
    var: Path,
) -> tuple[Paper, Evidence]:
    """The paper, and the evidence that its hashes are of. Raises CannotMake."""
    engine = reading(engine)
    found = _found(engine, site, asked)
    if asked.edition != "internal" and Eyes(site, asked.edition, asked.lang).personal(
        found.life.alarm, found.life.device
    ):
        raise CannotMake(
            Text("特殊关怀住户的告警没有对外版本", "an alarm of a resident in care has no outside edition")
        )
    day = local_day(found.life.began_ms, site.timezone)
    facts = shift(engine, site, day, *bounds(day, site.timezone))
    evidence = gather(engine, site, found, var, asked.lang)
    made = incident(
        *(facts, found.life, found.rows, evidence, asked.lang, made_ms), edition=asked.edition, own=own, nth=found.nth
    )
    return made, evidence


def _found(engine: sa.Engine, site: Site, asked: Asked) -> Found:
    """Raises CannotMake."""
    found = occurrence(reading(engine), site, asked.subject)
    if found is None:
        how = "SOS/SOS-035@1773..", "SOS/SOS-035"
        raise CannotMake(
            Text(
                f"没有告警 {asked.subject!r}：写成 {how[0]}，{how[1]} 是最近一次",
                f"there is no alarm {asked.subject!r}: it is written {how[0]}, or {how[1]} for its last",
            )
        )
    return found


def own_words(kept: Any) -> dict[str, list[Statement]] | None:
    """As they are kept -> as a paper takes them."""
    return msgspec.convert(kept, type=dict[str, list[Statement]]) if kept else None


def written(made: Paper, format_: str, var: Path) -> bytes:
    """`var`: where the pictures of an incident lie."""
    return pdf(made, printable(made, var)) if format_ == "pdf" else WRITERS[format_](made)


def files(made: Paper, tell: Progress = silent, *, var: Path = Path("var")) -> dict[str, bytes]:
    found = {}
    for format_ in WRITERS:
        tell(f"setting {format_}")
        found[format_] = written(made, format_, var)
    return found
