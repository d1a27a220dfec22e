"""A paper: what a report says, whole, in one language and one edition. PDF, XLSX and CSV are set from it alone.

Values are raw: moments in UTC milliseconds, amounts as the catalogue gives them. None is unknown and is set as a dash,
never as 0. The bytes of a paper (`encoded`) are what is signed.
"""

from __future__ import annotations

import hashlib
from typing import Any, Literal, get_args

import msgspec

from ..words import Lang

Kind = Literal["daily", "weekly", "monthly", "range", "handover", "incident", "comparison"]
Edition = Literal["internal", "owners", "street"]
KINDS: tuple[Kind, ...] = get_args(Kind)
EDITIONS: tuple[Edition, ...] = get_args(Edition)

JOINED = " · "
"""Between the keys of a line: no id has it. A place may have it in its own words."""

Form = Literal["text", "number", "seconds", "minutes", "moment", "day", "hour", "priority"]
"""How a cell is set: seconds and minutes are lengths, moment, day and hour (of the local day) are times. A day may
stand by its name, 2026-03-12."""

Cell = str | int | float | None


class Column(msgspec.Struct, frozen=True):
    id: str
    name: str
    form: Form = "text"
    unit: str = ""
    decimals: int = 0
    width: float = 1.0
    """Of the printed table, beside the other columns."""


class Table(msgspec.Struct):
    id: str
    title: str
    columns: list[Column]
    rows: list[list[Cell]]
    note: str = ""
    """What is counted; stands small beside the title."""
    nothing: str = ""
    """What is said where there are no rows."""
    figure: str = ""
    """The catalogue's id, where the rows are the lines of a figure."""
    left_out: int = 0
    total: bool = False
    """The last column adds up."""
    front: bool = False
    """Printed on the first page."""
    unprinted: bool = False
    """It stands in XLSX and CSV only: in print a chart, or a sentence, says the same."""


class Series(msgspec.Struct):
    name: str
    values: list[float | int | None]
    tone: str = "d1"
    """P1 to P4 for alarms, else a neutral of VISUAL.md."""


class Chart(msgspec.Struct):
    """Bars over categories, several series stacked, the first at the bottom; or a field of cells, a row each series."""

    id: str
    title: str
    """The finding."""
    note: str
    """The measure, small beside it."""
    categories: list[str]
    series: list[Series]
    unit: str = ""
    decimals: int = 0
    compared: Series | None = None
    """The comparison day, a dotted line."""
    table: str = ""
    """Id of the table that holds the same numbers."""
    mark: str = ""
    """A word over the highest bar."""
    form: Literal["bars", "cells"] = "bars"


class FigureRow(msgspec.Struct):
    """A figure with what a manager holds it against."""

    id: str
    name: str
    unit: str
    decimals: int
    value: float | int | None
    compared: list[float | int | None]
    """In the order of `Paper.compared`."""
    target: float | None
    better: str
    met: bool | None
    """None: there is no target, or no value."""
    said: str
    """The judgement in words."""
    definition: str
    rows: int
    left_out: int
    heard: float | None
    why: str = ""


class Statement(msgspec.Struct):
    """A sentence that a rule drafted from recorded facts, or that a person wrote."""

    text: str
    rule: str = ""
    """Id of the rule; empty: a person's own words."""
    by: str = ""
    """The post of the person; empty: the rule."""
    at_ms: int = 0
    kind: str = ""
    """安全, 秩序, ..: stands before the sentence."""


class RuleNote(msgspec.Struct):
    id: str
    text: str


class Signature(msgspec.Struct):
    role: str
    """值班员, 班长, 经理."""
    post: str = ""
    at_ms: int = 0
    """0: not signed, a line to sign on."""


class Picture(msgspec.Struct):
    sha256: str
    at_ms: int
    of: str


class Section(msgspec.Struct):
    id: str
    title: str
    figures: list[FigureRow] = []
    tables: list[Table] = []
    charts: list[Chart] = []
    note: str = ""


class Verdict(msgspec.Struct):
    priority: str
    """P1 to P4; empty: nothing that counts."""
    title: str
    note: str


class Gap(msgspec.Struct):
    from_ms: int
    to_ms: int


class Completeness(msgspec.Struct):
    percent: float | None
    text: str
    """`数据完整 99.1%，缺 2 段`"""
    gaps: list[Gap]
    note: str
    """Which totals leave out what."""


class Change(msgspec.Struct):
    """A figure of a signed report that later data changed."""

    id: str
    name: str
    keys: str
    before: float | int | None
    after: float | int | None
    unit: str
    decimals: int


class Paper(msgspec.Struct):
    kind: Kind
    edition: Edition
    lang: Lang
    community: str
    community_name: str
    number: str
    title: str
    """`澜庭花园 社区运行日报`"""
    period: str
    """`2026年3月12日 星期四`"""
    from_day: str
    to_day: str
    from_ms: int
    to_ms: int
    timezone: str
    made_ms: int
    as_of_ms: int
    """Later records are not in it."""
    subject: str
    """Of a 报警处置单 the occurrence, of a 交接班 the hour; else empty."""
    edition_name: str
    compared: list[str]
    """What the columns beside the value are: 昨日, 上周四."""
    verdict: Verdict
    summary: list[Statement]
    decisions: list[Statement]
    headline: list[FigureRow]
    chart: Chart | None
    sections: list[Section]
    completeness: Completeness
    demo: str
    """演示数据, where the days are invented."""
    signatures: list[Signature]
    rules: list[RuleNote]
    pictures: list[Picture] = []
    hashes: list[RuleNote] = []
    """Of an incident: what its evidence was, by name and SHA-256."""
    corrects: str = ""
    """The number of the signed report that this one corrects."""
    changes: list[Change] = []
    figures: dict[str, Any] = {}
    """Every figure with its lines, by what they are of (`Eyes.identity`), keys `JOINED`: what a correction
    compares."""
    names: dict[str, dict[str, str]] | msgspec.UnsetType = msgspec.UNSET
    """Key -> what it is of -> its words in this edition, where they are others. Unset: the lines of `figures` stand by
    their words, as they did once; such a paper has the bytes that were signed."""

    def all_figures(self) -> list[FigureRow]:
        """Each once, the headline first."""
        found = {row.id: row for row in self.headline}
        for section in self.sections:
            for row in section.figures:
                found.setdefault(row.id, row)
        return list(found.values())

    def tables(self) -> list[Table]:
        return [table for section in self.sections for table in section.tables]


def encoded(paper: Paper) -> bytes:
    """Equal papers give equal bytes."""
    return msgspec.json.encode(paper, order="deterministic")


def content_sha256(paper: Paper) -> str:
    """What a signature is under: everything but the signatures and the moment at which it was put together."""
    signed = msgspec.structs.replace(paper, signatures=[], made_ms=0, as_of_ms=0)
    return hashlib.sha256(encoded(signed)).hexdigest()


def decoded(body: bytes) -> Paper:
    """Raises msgspec.DecodeError."""
    return msgspec.json.decode(body, type=Paper)
