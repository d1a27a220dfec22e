"""The words of a printed page: what the template sets of a paper, at how much room its lists have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from community.clock import local
from community.reports.model import Chart, Column, FigureRow, Form, Paper, Picture, Statement, Table
from community.reports.words import PAPER, cell_words, figure_words, moment_words
from community.words import UNKNOWN

from .svg import chart_svg, dots, swatch


class Front(msgspec.Struct, frozen=True):
    """The first page: rows of its lists, how high its chart is, how much room its lines have."""

    rows: int
    chart_height: float
    room: float
    picture_pt: float = 70
    """How high a picture in the row of a 日报 is."""
    sentences: int = 99
    characters: int = 9999
    """Of 小结 and of 需要决定 each the first so many, and as much of each; the XLSX has all."""


class Back(msgspec.Struct, frozen=True):
    """Rows of each list of the other pages: of those over the page, of those in two columns; what stands above and
    below a line, in px."""

    wide: int
    narrow: int
    inset: float = 2.5
    tables: int = 99
    """Of those in two columns only the first so many."""
    notes: bool = True
    """How each figure of the first page is counted; the XLSX says it of all."""


PAIRED = 8
"""Characters of a word that leave room for a second pair in a narrow column."""

LONGEST_WORD = 20
"""Characters that do not break: what is longer would leave its column."""

WIDE = 5.0
"""A table whose columns are together wider stands over the whole page."""


def printed(paper: Paper, front: Front, back: Back) -> dict[str, Any]:
    """What the template sets: words only."""
    return {
        "lang": paper.lang,
        "title": paper.title,
        "author": paper.community_name,
        "number": paper.number,
        "period": paper.period,
        "edition": paper.edition_name,
        "demo": paper.demo,
        "facts": [
            PAPER["number"].get(paper.lang).format(paper.number),
            PAPER["made"].get(paper.lang).format(moment_words(paper.made_ms, paper.timezone, paper.lang)),
            paper.completeness.text,
        ],
        "corrects": _corrects(paper),
        "verdict": msgspec.to_builtins(paper.verdict),
        "summary": _statements(paper.summary, paper, front),
        "decisions": _statements(paper.decisions, paper, front),
        "words": {name: text.get(paper.lang) for name, text in PAPER.items()},
        "headline": _figures(paper.headline, paper, judged=True),
        "chart": _chart(paper.chart, 702, front.chart_height) if paper.chart is not None else None,
        "front": [_table(table, paper, front.rows) for table in paper.tables() if table.front],
        "parts": _parts(paper, back),
        "sign_first": paper.kind == "daily",
        "across": 4 if paper.kind == "daily" else 2,
        "picture_pt": front.picture_pt,
        "signatures": [
            {
                "role": signature.role,
                "by": f"{signature.post} {moment_words(signature.at_ms, paper.timezone, paper.lang)}"
                if signature.at_ms
                else "",
            }
            for signature in paper.signatures
        ],
        "room": front.room,
        "inset": back.inset,
        "footer": paper.completeness.note or paper.completeness.text,
        "page": PAPER["page"].get(paper.lang),
    }


def _corrects(paper: Paper) -> str:
    if not paper.corrects:
        return ""
    said = PAPER["corrects"].get(paper.lang).format(paper.corrects)
    return f"{said} · {PAPER['changed_n'].get(paper.lang).format(len(paper.changes))}"


def _statements(said: list[Statement], paper: Paper, front: Front) -> list[dict[str, str]]:
    found = [_statement(one, paper, front.characters) for one in said[: front.sentences]]
    if left := len(said) - len(found):
        found.append({"text": PAPER["more_said"].get(paper.lang).format(left), "kind": "", "source": ""})
    nothing = {"text": PAPER["nothing_to_say"].get(paper.lang), "kind": "", "source": ""}
    return found or ([nothing] if paper.kind != "comparison" else [])


def _statement(said: Statement, paper: Paper, most: int) -> dict[str, str]:
    source = said.rule
    if said.by:
        source = f"[{PAPER['by_hand'].get(paper.lang)} {said.by}]"
    text = said.text if len(said.text) <= most else f"{said.text[: most - 1]}…"
    return {"text": text, "kind": said.kind, "source": source}


def picture_words(paper: Paper, given: Mapping[str, bytes]) -> list[dict[str, Any]]:
    """With when and where below each, of an incident the hash by which the evidence names it. Without bytes: its room
    alone."""
    daily = paper.kind == "daily"
    shown = {picture.sha256: picture for picture in paper.pictures if picture.sha256 in given}
    return [
        {
            "bytes": list(given[sha256]),
            "words": picture_caption(paper, one),
            "source": "" if daily else f"{sha256.removeprefix('sha256:')[:12]}…",
        }
        for sha256, one in shown.items()
    ]


def picture_caption(paper: Paper, picture: Picture) -> str:
    form: Form = "hour" if paper.kind == "daily" else "moment"
    return f"{moment_words(picture.at_ms, paper.timezone, paper.lang, form)} {picture.of}"


def _notes(paper: Paper, whole: bool) -> list[dict[str, str]]:
    """Rules behind the sentences; `whole`: definitions of the headline too. The others stand in the XLSX."""
    found = [{"name": note.id, "text": note.text} for note in paper.rules]
    if whole:
        found += [{"name": row.name, "text": row.definition} for row in paper.headline if row.definition]
    if len(paper.all_figures()) > len(paper.headline) * whole:
        found.append({"name": "", "text": PAPER["more_definitions"].get(paper.lang)})
    return found


def _parts(paper: Paper, back: Back) -> list[dict[str, Any]]:
    """Wide tables each over the page, what stands between them in two columns."""
    parts: list[dict[str, Any]] = []

    def put(blocks: list[dict[str, Any]], *, wide: bool) -> None:
        if parts and parts[-1]["wide"] == wide:
            parts[-1]["blocks"] += blocks
        else:
            parts.append({"wide": wide, "blocks": blocks})

    if paper.changes:
        put([_changes(paper)], wide=True)
    for section in paper.sections:
        for table in section.tables:
            if not table.front and not table.unprinted and _wide(table):
                put([_table(table, paper, back.wide)], wide=True)
    listed = 0
    narrow = [_all_figures(paper)] if any(section.figures for section in paper.sections) else []
    for section in paper.sections:
        if section.note:
            narrow.append({"kind": "text", "title": section.title, "text": section.note})
        narrow += [{"kind": "chart"} | _chart(chart, 330, 88) for chart in section.charts]
        shown = [table for table in section.tables if not (table.front or table.unprinted or _wide(table))]
        shown = shown[: max(0, back.tables - listed)] if back.narrow else []
        listed += len(shown)
        narrow += [_table(table, paper, back.narrow) for table in shown]
    notes = _notes(paper, back.notes)
    if notes:
        narrow.append({"kind": "notes", "title": PAPER["definitions"].get(paper.lang), "notes": notes})
    if narrow:
        put(narrow, wide=False)
    return parts


def _all_figures(paper: Paper) -> dict[str, Any]:
    """Every figure that the first page does not have, under the headings of its section."""
    shown = {row.id for row in paper.headline}
    found: dict[str, Any] = {"rows": []}
    for section in paper.sections:
        rows = [row for row in section.figures if row.id not in shown]
        if rows:
            table = _figures(rows, paper, judged=False)
            heading = [{"text": section.title, "group": len(table["head"])}]
            found = table | {"rows": [*found["rows"], heading, *table["rows"]]}
            shown |= {row.id for row in rows}
    title = PAPER["all_figures"].get(paper.lang)
    return found | {"kind": "table", "title": title, "note": "", "nothing": UNKNOWN}


def _wide(table: Table) -> bool:
    return bool(table.rows) and sum(column.width for column in table.columns) > WIDE


def _figures(rows: list[FigureRow], paper: Paper, *, judged: bool) -> dict[str, Any]:
    """The table of figures; on the first page with target and judgement."""
    words, lang = PAPER, paper.lang
    judged = judged and any(row.target is not None or row.said for row in rows)  # a 交接班 has counts only
    value = words["today" if paper.kind == "daily" else "value"].get(lang)
    head = [words["figure"].get(lang), value, *paper.compared]
    widths = [2.1, 1.1, *([1.1] * len(paper.compared))] if judged else [1.7, 1.25, *([1.2] * len(paper.compared))]
    if judged:
        head += [words["target"].get(lang), words["judgement"].get(lang)]
        widths += [1.0, 1.7]
    lines = []
    for row in rows:
        cells = [
            {"text": row.name},
            {"text": _figure(row, row.value, lang), "strong": True},
            *({"text": _figure(row, other, lang)} for other in row.compared),
        ]
        if judged:
            cells += [{"text": target_words(row, lang)}, {"text": row.said, "miss": row.met is False}]
        lines.append(cells)
    align = ["l", *("r" for _ in head[1:])]
    if judged:
        align[-1] = "l"
    return {"head": head, "widths": widths, "align": align, "rows": lines, "more": ""}


def _figure(row: FigureRow, value: float | int | None, lang: Any) -> str:
    return figure_words(value, row.unit, row.decimals, lang)


def target_words(row: FigureRow, lang: Any) -> str:
    """`≤ 60秒`"""
    if row.target is None:
        return UNKNOWN
    sign = "≤" if row.better == "less" else "≥"
    return f"{sign} {figure_words(row.target, row.unit, 0 if float(row.target).is_integer() else 1, lang)}"


def _table(table: Table, paper: Paper, most: int) -> dict[str, Any]:
    if (spread := _spread(table)) is not None:
        table = spread
    rows: list[list[dict[str, Any]]] = []
    pairs = len(table.columns) == 2 and all(len(str(line[0])) <= PAIRED for line in table.rows)
    most = 2 * most if pairs else most
    for line in table.rows[:most]:
        cells: list[dict[str, Any]] = []
        for cell, column in zip(line, table.columns, strict=True):
            if column.form == "priority" and isinstance(cell, str):
                cells.append({"badge": cell, "text": cell})
            else:
                cells.append({"text": _cell(cell, column, paper)})
        rows.append(cells)
    left = len(table.rows) - most
    head = [_head(column, table) for column in table.columns]
    widths = [column.width for column in table.columns]
    align = ["r" if column.form in ("number", "seconds", "minutes") else "l" for column in table.columns]
    if pairs and len(rows) > 2:  # a word and a number: two of them stand in a line
        rows += [[{"text": ""}, {"text": ""}]] * (len(rows) % 2)
        rows = [first + second for first, second in zip(rows[::2], rows[1::2], strict=True)]
        head, widths, align = 2 * head, 2 * widths, 2 * align
    return {
        "kind": "table",
        "title": table.title,
        "note": table.note if table.figure == "" else "",
        "head": head,
        "widths": widths,
        "align": align,
        "rows": rows,
        "more": PAPER["more_rows"].get(paper.lang).format(left) if left > 0 else "",
        "nothing": table.nothing or UNKNOWN,
    }


FEW = 5
"""Words that stand side by side as columns."""


def _spread(table: Table) -> Table | None:
    """A number by two words, of which the second is one of few: a line for each of the first, as whoever reads by eye
    wants it. Beside a word of which something was counted, what has no row is none; of what does not add up nothing is
    known."""
    if len(table.columns) != 3 or len(table.rows) <= 2 * FEW or table.columns[2].form != "number":
        return None
    by, of, amount = table.columns
    words = list(dict.fromkeys(row[1] for row in table.rows))
    cells = {(row[0], row[1]): row[2] for row in table.rows}
    firsts = list(dict.fromkeys(row[0] for row in table.rows))
    if len(words) > FEW or len(cells) < len(table.rows) or len(firsts) * 2 > len(table.rows):
        return None
    columns = [by, *(msgspec.structs.replace(amount, name=str(word), unit="") for word in words)]
    none = 0 if table.total else ""
    rows = [[first, *(cells.get((first, word), none) for word in words)] for first in firsts]
    return msgspec.structs.replace(table, columns=columns, rows=rows, note=amount.unit, figure="")


def _head(column: Column, table: Table) -> str:
    """The last column of a figure's table is the figure that stands over it: its unit is enough."""
    if table.figure and column is table.columns[-1]:
        return column.unit
    return f"{column.name} {column.unit}".strip()


def _cell(cell: Any, column: Any, paper: Paper) -> str:
    if column.form == "moment" and isinstance(cell, int) and paper.from_day == paper.to_day:
        if paper.kind == "incident":  # of one alarm each second counts
            return local(cell, paper.timezone).strftime("%m-%d %H:%M:%S")
        if paper.from_ms <= cell < paper.to_ms:
            return moment_words(cell, paper.timezone, paper.lang, "hour")
    words = cell_words(cell, column, paper.timezone, paper.lang)
    if len(words) > LONGEST_WORD and words.isascii() and " " not in words and column.width < WIDE / 2:
        return f"{words[: LONGEST_WORD // 2]}…{words[-LONGEST_WORD // 2 :]}"  # a record's id; whole in the XLSX
    return words


def _changes(paper: Paper) -> dict[str, Any]:
    words, lang = PAPER, paper.lang
    return {
        "kind": "table",
        "title": words["changes"].get(lang),
        "note": "",
        "head": [
            words["figure"].get(lang),
            words["item"].get(lang),
            words["before"].get(lang),
            words["after"].get(lang),
        ],
        "widths": [2.0, 2.0, 1.2, 1.2],
        "align": ["l", "l", "r", "r"],
        "rows": [
            [
                {"text": change.name},
                {"text": change.keys},
                {"text": figure_words(change.before, change.unit, change.decimals, lang)},
                {"text": figure_words(change.after, change.unit, change.decimals, lang), "strong": True},
            ]
            for change in paper.changes
        ],
        "more": "",
        "nothing": UNKNOWN,
    }


def _chart(chart: Chart, width: float, height: float) -> dict[str, Any]:
    legend = []
    if len(chart.series) > 1 and chart.form == "bars":
        legend = [{"name": series.name, "svg": swatch(series.tone)} for series in reversed(chart.series)]
        if chart.compared is not None:
            legend.append({"name": chart.compared.name, "svg": dots()})
    return {
        "title": chart.title,
        "note": chart.note,
        "legend": legend,
        "svg": chart_svg(chart, width, height, size=12 if width > 500 else 11),
    }
