"""Figures held against other days and targets, and their lines as tables."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any, TypeVar

from ...figures import CATALOGUE, Figure, unit_words
from ...figures.answers import Answer, comparable
from ...figures.base import adds_up
from ...figures.words import KEYS, SECTIONS
from ..decisions import met
from ..editions import Eyes
from ..facts import Facts, find
from ..model import JOINED, Chart, Column, FigureRow, Section, Series, Table
from ..words import PAPER, figure_words, number_words
from .hours import by_hour

SAME_SHARE = 0.05
"""Under five percent's difference is said to be none."""

SAID_BEFORE = frozenset(("alarms_by_priority",))
"""Figures that the first page says in words."""

NOT_OF_A_DAY = frozenset(
    ("acknowledge_p50_by_alarm", "recover_p50_by_alarm", "cameras_by_minutes", "charging_busy")
    + ("orders_done_by_category", "orders_take_p50_by_category", "orders_in_time_by_category")
)
"""A day's print has no room for them; they stand in its XLSX and CSV, and in the print of weeks and months."""

FIRST_TEN = frozenset(("top_alarms", "offline_worst"))
"""Their lines are not all: a sum would say nothing."""

HOURS = [str(hour) for hour in range(24)]

Keys = TypeVar("Keys", bound=Hashable)


def row(figure: Figure, facts: Facts, compared: list[str], eyes: Eyes) -> FigureRow:
    answer = facts.answer(figure.id) or Answer(figure.id, None, 0, why="nothing")
    values = [found.value if (found := find(report, figure.id)) is not None else None for report in facts.compared]
    target = figure.target.at if figure.target is not None else None
    good = met(answer.value, figure.better, target) if target is not None else None
    return FigureRow(
        id=figure.id,
        name=figure.name.get(eyes.lang),
        unit=unit_words(figure, eyes.lang),
        decimals=figure.decimals,
        value=answer.value,
        compared=values,
        target=target,
        better=figure.better,
        met=good,
        said=_judgement(answer, good, values, compared, facts, eyes),
        definition=figure.definition.get(eyes.lang),
        rows=answer.rows,
        left_out=answer.left_out,
        heard=answer.heard,
        why=answer.why,
    )


def _judgement(
    answer: Answer, good: bool | None, values: list[Any], compared: list[str], facts: Facts, eyes: Eyes
) -> str:
    lang = eyes.lang
    if answer.value is None:
        return PAPER[f"unknown_{answer.why}"].get(lang) if answer.why else ""
    if good is not None:
        return PAPER["met" if good else "missed"].get(lang)
    if not values or values[0] is None:
        return ""
    if not comparable(facts.now, facts.compared[0]):
        return PAPER["uneven"].get(lang)
    before, figure = values[0], CATALOGUE.get(answer.id)
    change = answer.value - before
    if not change or (before and abs(change / before) < SAME_SHARE):
        return PAPER["same"].get(lang).format(compared[0])
    word = PAPER["more_than" if change > 0 else "less_than"].get(lang)
    if before and figure is not None and figure.unit.zh != "%" and abs(before) >= 20:
        return word.format(compared[0], f"{abs(change / before):.0%}")
    if figure is None:
        return word.format(compared[0], number_words(abs(change)))
    said = figure_words(abs(change), unit_words(figure, lang), figure.decimals, lang)
    return word.format(compared[0], said)


def headline(ids: Iterable[str], facts: Facts, compared: list[str], eyes: Eyes) -> list[FigureRow]:
    return [row(CATALOGUE[id_], facts, compared, eyes) for id_ in ids]


def of_catalogue(section: str, facts: Facts, compared: list[str], eyes: Eyes) -> Section:
    """Every figure of a section: single values as rows, those by something as tables. What the site has nothing of is
    left out."""
    found = Section(section, SECTIONS[section].get(eyes.lang))
    for figure in CATALOGUE.values():
        if figure.section != section:
            continue
        answer = facts.answer(figure.id)
        if answer is None or answer.why == "no_devices":
            continue
        if not figure.by:
            found.figures.append(row(figure, facts, compared, eyes))
        elif answer.lines is not None:
            table = by_table(figure, answer, facts, eyes)
            one_day = facts.now.days == 1 and ("day" in figure.by or figure.id in NOT_OF_A_DAY)
            table.unprinted = figure.by[0] == "hour_ms" or one_day or figure.id in SAID_BEFORE
            if figure.by[0] == "hour_ms":
                if len(figure.by) == 1 and section != "alarms" and facts.now.days == 1:
                    found.charts.append(_by_hour(figure, table, facts, eyes))
            found.tables.append(table)
    return found


def _by_hour(figure: Figure, table: Table, facts: Facts, eyes: Eyes) -> Chart:
    counts = by_hour(facts.now, [(int(hour_ms or 0), value) for hour_ms, value in table.rows])
    most = max(range(24), key=lambda hour: (counts[hour] or 0, -hour))
    name = figure.name.get(eyes.lang)
    title = f"{name}：{most} 时最多" if eyes.lang == "zh" else f"{name}: most at {most} h"
    unit = unit_words(figure, eyes.lang)
    return Chart(
        f"{figure.id}_chart",
        title,
        unit,
        HOURS,
        [Series(name, list(counts))],
        unit,
        table=table.id,
    )


def together(lines: Iterable[tuple[Keys, float | int | None]], figure: Figure) -> dict[Keys, float | int | None]:
    """Lines of the same keys are one, where they add up: a median of several is none of theirs, and left out."""
    found: dict[Keys, float | int | None] = {}
    blurred: set[Keys] = set()
    for keys, value in lines:
        if keys in found and not adds_up(figure):
            blurred.add(keys)
        before = found.get(keys)
        found[keys] = value if before is None else before + (value or 0)
    return {keys: value for keys, value in found.items() if keys not in blurred} if blurred else found


def by_table(figure: Figure, answer: Answer, facts: Facts, eyes: Eyes) -> Table:
    """The lines of a figure in words; those that this edition does not tell apart are one."""
    columns = [Column(by, KEYS[by].get(eyes.lang) if by in KEYS else by, _form(by), width=1.6) for by in figure.by]
    unit = unit_words(figure, eyes.lang)
    columns.append(Column("value", figure.name.get(eyes.lang), _value_form(unit), unit, figure.decimals))

    def words(keys: dict[str, Any]) -> tuple[Any, ...]:
        return tuple(value if by.endswith("_ms") else eyes.key(by, value) for by, value in keys.items())

    rows = together(((words(line.keys), line.value) for line in answer.lines or ()), figure)
    listed: list[list[Any]] = [[*keys, value] for keys, value in rows.items()]
    if figure.by[0] not in ("priority", "hour_ms", "day"):  # those have an order of their own
        rising = figure.better == "more" and figure.unit.zh == "%"
        listed.sort(key=lambda line: (line[-1] is None, (line[-1] or 0) * (1 if rising else -1)))
    return Table(
        figure.id,
        figure.name.get(eyes.lang),
        columns,
        listed,
        note=figure.definition.get(eyes.lang),
        figure=figure.id,
        left_out=answer.left_out,
        total=adds_up(figure) and figure.id not in FIRST_TEN,
    )


def _form(by: str) -> Any:
    return "moment" if by.endswith("_ms") else "day" if by == "day" else "text"


def _value_form(unit: str) -> Any:
    return "seconds" if unit in ("秒", "s") else "minutes" if unit in ("分钟", "min") else "number"


def plain_figures(facts: Facts, eyes: Eyes) -> tuple[dict[str, Any], dict[str, dict[str, str]]]:
    """Every figure with its lines by what they are of, as a correction compares them, and what these are called."""
    found: dict[str, Any] = {}
    names: dict[str, dict[str, str]] = {}
    known: dict[tuple[str, Any], str] = {}

    def cell(by: str, value: Any) -> str:
        if by.endswith("_ms"):
            return str(value)
        if (by, value) not in known:
            known[by, value] = identity = eyes.identity(by, value)
            if identity != (words := eyes.key(by, value)):
                names.setdefault(by, {})[identity] = words
        return known[by, value]

    for answer in facts.now.figures:
        figure = CATALOGUE[answer.id]
        if not figure.by:
            found[answer.id] = answer.value
        elif answer.lines is not None:
            lines = ((JOINED.join(cell(*key) for key in line.keys.items()), line.value) for line in answer.lines)
            found[answer.id] = together(lines, figure)
        else:
            found[answer.id] = None
    return found, names
