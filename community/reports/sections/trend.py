"""Figures day by day."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...figures import CATALOGUE, Figure, unit_words
from ...figures.words import KEYS
from ...site import Text
from ..editions import Eyes
from ..facts import Facts, find
from ..model import Chart, Column, Series, Table
from ..words import figure_words, short_day


def trend(facts: Facts, ids: Iterable[str], eyes: Eyes) -> tuple[Table, list[Chart]]:
    """Day by day; a day that nobody recorded is a gap."""
    figures = [CATALOGUE[id_] for id_ in ids]
    days = [report.from_day for report in facts.trend]
    values = {
        figure.id: [found.value if (found := find(report, figure.id)) is not None else None for report in facts.trend]
        for figure in figures
    }
    columns = [Column("day", KEYS["day"].get(eyes.lang), "day", width=1.2)]
    columns += [
        Column(f.id, f.name.get(eyes.lang), "number", unit_words(f, eyes.lang), f.decimals, width=1.2) for f in figures
    ]
    rows: list[list[Any]] = [[day, *(values[f.id][n] for f in figures)] for n, day in enumerate(days)]
    table = Table("trend", Text("逐日", "By day").get(eyes.lang), columns, rows)
    short = [short_day(day, eyes.lang) for day in days]
    charts = [
        Chart(
            f"trend_{figure.id}",
            _finding(figure, values[figure.id], days, eyes),
            unit_words(figure, eyes.lang),
            short,
            [Series(figure.name.get(eyes.lang), values[figure.id])],
            unit_words(figure, eyes.lang),
            figure.decimals,
            table="trend",
        )
        for figure in figures
    ]
    return table, charts


def _finding(figure: Figure, values: list[float | int | None], days: list[str], eyes: Eyes) -> str:
    known = [(value, day) for value, day in zip(values, days, strict=True) if value is not None]
    name = figure.name.get(eyes.lang)
    if not known:
        return f"{name} —"
    unit = unit_words(figure, eyes.lang)
    printed = [(figure_words(value, unit, figure.decimals, eyes.lang), day) for value, day in known]
    said = printed[known.index(max(known))][0]
    alike = [d for words, d in printed if words == said]  # what looks the same is no maximum
    day = short_day(alike[0], eyes.lang) if len(alike) == 1 else eyes.say(f"{len(alike)} 日", f"{len(alike)} days")
    return f"{name}：最高 {said}（{day}）" if eyes.lang == "zh" else f"{name}: most {said} ({day})"
