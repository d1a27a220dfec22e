"""Makes a paper from history, and its files. Works on the database alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import sqlalchemy as sa

from community.reports.kinds import TREND_FIGURES, paper
from community.reports.model import Edition, Kind, Paper, Statement
from community.reports.periods import SPANS, period
from community.site import Site
from community.words import Lang
from store.history.dossier import dossier

from .csv import csv
from .pdf import pdf
from .xlsx import xlsx

WRITERS: Mapping[str, Callable[[Paper], bytes]] = {"pdf": pdf, "xlsx": xlsx, "csv": csv}

Progress = Callable[[str], None]
"""Told what is being done: a year on a slow database takes a while."""


class CannotMake(ValueError):
    """The report cannot be made as it was asked for; the sentence says why."""


class Asked(msgspec.Struct, frozen=True):
    """Which report: enough to make it again."""

    kind: Kind
    day: str
    edition: Edition = "internal"
    lang: Lang = "zh"
    subject: str = ""
    """Of a 报警处置单 the occurrence, of a 交接班 the hour of the change, of a comparison the span."""


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
) -> Paper:
    """Raises CannotMake, NoRange, HistoryUnavailable."""
    try:
        days = period(SPANS[asked.kind], asked.day)
    except ValueError as error:
        raise CannotMake(f"a day is written 2026-03-12: {error}") from error
    tell(f"reading {days.days[0]} to {days.days[1]}")
    facts = dossier(engine, site, days.days, days.compared, days.trend, TREND_FIGURES)
    tell("writing sentences")
    return paper(asked.kind, facts, days, asked.edition, asked.lang, made_ms, own=own)


def own_words(kept: Any) -> dict[str, list[Statement]] | None:
    """As they are kept -> as a paper takes them."""
    return msgspec.convert(kept, type=dict[str, list[Statement]]) if kept else None


def files(made: Paper, tell: Progress = silent) -> dict[str, bytes]:
    found = {}
    for format_, write in WRITERS.items():
        tell(f"setting {format_}")
        found[format_] = write(made)
    return found
