"""A paper as CSV that Excel opens: UTF-8 with its mark, a block for all figures, the sentences, a block for each list.

The first block is one table, a line a figure or a line of one; what is too long for print (each port by the hour) is
the last block, in the same columns. Blocks are parted by an empty line. A text that a spreadsheet would take for a
formula is given an apostrophe.
"""

from __future__ import annotations

import csv as lines
import io
from typing import Any

from community.clock import local
from community.reports.model import Cell, Column, FigureRow, Paper, Table
from community.reports.words import PAPER, head_words
from community.words import UNKNOWN

FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv(paper: Paper) -> bytes:
    file = io.StringIO(newline="")
    out = lines.writer(file, lineterminator="\r\n")

    def write(*cells: Cell) -> None:
        out.writerow([_safe(cell) for cell in cells])

    write(paper.title, paper.period, paper.number, paper.edition_name, paper.demo)
    write(paper.completeness.text, paper.completeness.note, paper.timezone)
    if paper.corrects:
        write(PAPER["corrects"].get(paper.lang).format(paper.corrects))
    write()
    word = {name: text.get(paper.lang) for name, text in PAPER.items()}
    head = (
        word["section"], "id", word["figure"], word["item"], word["value"], word["unit"], *paper.compared,
        word["target"], word["judgement"], word["rows"], word["left_out"].format("").strip(), word["definition"],
    )  # fmt: skip
    write(*head)
    seen: set[str] = set()
    for title, rows in [(word["headline"], paper.headline), *((s.title, s.figures) for s in paper.sections)]:
        for row in rows:
            if row.id not in seen:
                seen.add(row.id)
                write(title, *_figure(row))
    _lines(write, paper, unprinted=False)
    for title, statements in ((word["summary"], paper.summary), (word["decisions"], paper.decisions)):
        write()
        write(title, word["rule"], word["who"])
        for said in statements:
            write(f"{said.kind} {said.text}".strip(), said.rule, said.by)
    if paper.changes:
        write()
        write(word["changes"])
        write(word["figure"], word["item"], word["before"], word["after"], word["unit"])
        for change in paper.changes:
            write(change.name, change.keys, change.before, change.after, change.unit)
    for section in paper.sections:
        for table in section.tables:
            if not table.figure:
                write()
                _list(write, table, section.title, paper)
    if paper.rules or paper.hashes:
        write()
        write(word["rules"] if paper.rules else word["evidence"])
    for note in (*paper.rules, *paper.hashes):
        write(note.id, note.text)
    if any(table.figure and table.unprinted for table in paper.tables()):
        write()
        write(*head)
        _lines(write, paper, unprinted=True)
    return b"\xef\xbb\xbf" + file.getvalue().encode()


def _lines(write: Any, paper: Paper, *, unprinted: bool) -> None:
    """Of figures by something, a line each; how they are counted stands at the first."""
    blanks = [""] * (len(paper.compared) + 4)
    for section in paper.sections:
        for table in section.tables:
            if not table.figure or table.unprinted is not unprinted:
                continue
            definition, unit = table.note, table.columns[-1].unit
            for line in table.rows:
                key = " · ".join(str(_value(c, k, paper)) for c, k in zip(line[:-1], table.columns, strict=False))
                write(section.title, table.figure, table.title, key, line[-1], unit, *blanks, definition)
                definition = ""


def _figure(row: FigureRow) -> list[Any]:
    return [
        row.id, row.name, "", row.value, row.unit, *row.compared, row.target, row.said, row.rows, row.left_out,
        row.definition,
    ]  # fmt: skip


def _list(write: Any, table: Table, section: str, paper: Paper) -> None:
    write(section, table.title, table.note)
    write(*(head_words(column, paper.lang) for column in table.columns))
    for row in table.rows:
        write(*(_value(cell, column, paper) for cell, column in zip(row, table.columns, strict=True)))


def _value(cell: Cell, column: Column, paper: Paper) -> Cell:
    if isinstance(cell, int | float) and column.form in ("moment", "day", "hour"):
        return local(int(cell), paper.timezone).strftime("%Y-%m-%d" if column.form == "day" else "%Y-%m-%d %H:%M:%S")
    return cell


def _safe(cell: Cell) -> Cell:
    """Unknown is a dash, never empty and never 0; a number stays one."""
    if cell is None:
        return UNKNOWN
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell
