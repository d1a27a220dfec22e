"""What later data changed of a report that was issued: every figure and every line of one, by name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..figures import CATALOGUE, unit_words
from .model import Change, Paper
from .words import moment_words

JOINED = " · "
"""Between the keys of a line, as `Paper.figures` has them; a place may have it in its own words."""
MOMENT = 12
"""Digits of a moment in ms since 2001; no room has as many."""


def changes(before: Paper, after: Paper) -> list[Change]:
    """In the order of the catalogue; none: nothing changed."""
    found: list[Change] = []
    for id_ in dict.fromkeys([*before.figures, *after.figures]):
        old, new = before.figures.get(id_), after.figures.get(id_)
        found += [_change(id_, keys, was, is_, after) for keys, was, is_ in _pairs(old, new) if was != is_]
    return found


def _pairs(old: Any, new: Any) -> Iterator[tuple[str, Any, Any]]:
    """(keys of the line, before, after)"""
    if not isinstance(old, dict) and not isinstance(new, dict):
        yield "", old, new
        return
    olds, news = (value if isinstance(value, dict) else {} for value in (old, new))
    for keys in dict.fromkeys([*olds, *news]):
        yield keys, olds.get(keys), news.get(keys)


def _change(id_: str, keys: str, was: Any, is_: Any, paper: Paper) -> Change:
    figure, lang = CATALOGUE.get(id_), paper.lang
    if figure is None:
        return Change(id_, id_, keys, was, is_, "", 0)
    timed = any(by.endswith("_ms") for by in figure.by)
    said = [
        moment_words(int(key), paper.timezone, lang) if timed and key.isdecimal() and len(key) >= MOMENT else key
        for key in keys.split(JOINED)
    ]
    words = JOINED.join(said)
    return Change(id_, figure.name.get(lang), words, was, is_, unit_words(figure, lang), figure.decimals)


def correction_number(number: str, taken: set[str]) -> str:
    """`LT-20260312-R1`, `-R2`, ..: of the report itself, not of its last correction."""
    base, mark, revision = number.rpartition("-R")
    root = base if mark and revision.isdigit() else number
    n = 1
    while f"{root}-R{n}" in taken:
        n += 1
    return f"{root}-R{n}"
