"""What later data changed of a report that was issued: every figure and every line of one, by what it is of.

A device that has another name since, or a word that is another, is no change. Reports of once have their lines by words
alone: those are held against the words of now, and where these say more of a device ("3号楼 水表", once "3号楼")
against what they said then.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import msgspec

from ..figures import CATALOGUE, Figure, unit_words
from .model import JOINED, Change, Paper
from .sections.figures import together
from .words import moment_words

Names = Mapping[str, Mapping[str, str]]

MOMENT = 12
"""Digits of a moment in ms since 2001; no room has as many."""


def changes(before: Paper, after: Paper) -> list[Change]:
    """In the order of the catalogue; none: nothing changed."""
    found: list[Change] = []
    of_once = before.names is msgspec.UNSET
    for id_ in dict.fromkeys([*before.figures, *after.figures]):
        old, new = before.figures.get(id_), after.figures.get(id_)
        figure = CATALOGUE.get(id_)
        if of_once and figure is not None and isinstance(new, dict) and after.names is not msgspec.UNSET:
            new = _in_words(figure, new, after.names, old if isinstance(old, dict) else {})
        for keys, was, is_ in _pairs(old, new):
            if was != is_:
                said = _moments(keys, figure, after) if of_once else _said(keys, figure, before, after)
                found.append(_change(id_, figure, said, was, is_, after))
    return found


def _pairs(old: Any, new: Any) -> Iterator[tuple[str, Any, Any]]:
    """(keys of the line, before, after)"""
    if not isinstance(old, dict) and not isinstance(new, dict):
        yield "", old, new
        return
    olds, news = (value if isinstance(value, dict) else {} for value in (old, new))
    for keys in dict.fromkeys([*olds, *news]):
        yield keys, olds.get(keys), news.get(keys)


def _in_words(figure: Figure, lines: Mapping[str, Any], names: Names, old: Mapping[str, Any]) -> dict[str, Any]:
    """The lines by words, as a report of once has them; lines that had the same words then are one, as they were."""
    cells = {keys: [names.get(by, {}).get(c, c) for by, c in _cells(keys, figure)] for keys in lines}
    now = {JOINED.join(words) for words in cells.values()}

    def then(words: list[str]) -> str:
        whole = JOINED.join(words)
        if whole in old or "device" not in figure.by:
            return whole
        at = figure.by.index("device")
        name, beside = words[at], words[at + 1 :]
        shorter = (name[:end] for end in range(len(name) - 1, 0, -1) if name[end] == " ")
        once = (JOINED.join([*words[:at], short, *beside]) for short in shorter)
        return next((key for key in once if key in old and key not in now), whole)

    return together(((then(cells[keys]), value) for keys, value in lines.items()), figure)


def _cells(keys: str, figure: Figure) -> Iterator[tuple[str, str]]:
    """(of what, key)"""
    yield from zip(figure.by, keys.split(JOINED), strict=False)


def _said(keys: str, figure: Figure | None, before: Paper, after: Paper) -> str:
    """In the words of now; what has none any more in those of then."""
    if figure is None or not keys:
        return keys
    known: list[Names] = [paper.names for paper in (after, before) if paper.names is not msgspec.UNSET]
    said = []
    for by, cell in _cells(keys, figure):
        if by.endswith("_ms"):
            said.append(moment_words(int(cell), after.timezone, after.lang))
        else:
            said.append(next((names[by][cell] for names in known if cell in names.get(by, {})), cell))
    return JOINED.join(said)


def _moments(keys: str, figure: Figure | None, paper: Paper) -> str:
    """Of a line by its words: moments as people read them."""
    if figure is None or not any(by.endswith("_ms") for by in figure.by):
        return keys
    return JOINED.join(
        moment_words(int(key), paper.timezone, paper.lang) if key.isdecimal() and len(key) >= MOMENT else key
        for key in keys.split(JOINED)
    )


def _change(id_: str, figure: Figure | None, said: str, was: Any, is_: Any, paper: Paper) -> Change:
    if figure is None:
        return Change(id_, id_, said, was, is_, "", 0)
    return Change(id_, figure.name.get(paper.lang), said, was, is_, unit_words(figure, paper.lang), figure.decimals)


def correction_number(first: str, taken: Collection[str]) -> str:
    """`LT-20260312-R1`, `-R2`, ..: of the report itself, `first`, not of its last correction."""
    n = 1
    while f"{first}-R{n}" in taken:
        n += 1
    return f"{first}-R{n}"
