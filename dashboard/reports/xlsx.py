"""A paper as a workbook: a sheet a section, numbers as numbers, times as times in the community's zone, native charts.

The tables of a section stand side by side, so that one frozen row holds the headings of all: first those that are
printed, then the long ones that a chart stands for on paper, outside the print area. Sums and differences are formulas
beside their values: who changes a cell sees it.
"""

from __future__ import annotations

import io
from datetime import date, datetime
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_range, xl_rowcol_to_cell
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from community.clock import local
from community.reports.model import Cell, Chart, Column, FigureRow, Paper, Section, Table
from community.reports.words import PAPER, decimals_of, head_words, moment_words
from community.site import Text
from community.words import UNKNOWN

TITLE_ROW, HEAD_ROW = 2, 3
"""Titles of the tables, then their headings; below both the sheet is frozen."""
DAY = "yyyy-mm-dd"
SHEET_NAME = 31
"""Excel's limit."""
COLOURS = {"P1": "#C4211A", "P2": "#F08A1D", "P3": "#F5C93A", "P4": "#2F7BC8", "d1": "#2F5D73", "d2": "#6B91A3"}
CHART_PX, CHART_ROWS, CHART_COLUMNS = (430, 290), 16, 8
"""Of a chart; so many rows it covers, and two side by side so many columns."""
FITTED, ABREAST, SCALE = 150, 115, 80
"""Characters: up to so many are made to fit on a page's width; where there are more, so many stand on a page at this
scale, and a page begins with a table. The narrowest that LibreOffice has without Excel's fonts."""

WORDS = {
    "change": Text("与{}差", "Change to {}"),
    "total": Text("合计", "Total"),
    "chart_data": Text("图表数据", "Chart data"),
    "definitions": Text("指标口径", "Definitions"),
    "timezone": Text("时间均为当地时间（{}）", "Times are local ({})"),
}


def xlsx(paper: Paper) -> bytes:
    """The same paper gives the same bytes."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    made = local(paper.made_ms, "UTC").replace(tzinfo=None)  # the property is a moment of UTC, whatever the zone
    book.set_properties({"title": f"{paper.title} {paper.number}", "company": paper.community_name, "created": made})
    writer = _Writer(book, paper)
    writer.cover()
    writer.headline()
    for section in paper.sections:
        writer.section(section)
    writer.definitions()
    book.close()
    return file.getvalue()


class _Writer:
    def __init__(self, book: Workbook, paper: Paper) -> None:
        self.book, self.paper, self.lang = book, paper, paper.lang
        font = {"font_name": "Microsoft YaHei" if paper.lang == "zh" else "Calibri", "font_size": 10, "valign": "top"}
        self._font = font
        self._formats: dict[tuple[Any, ...], Any] = {}
        self._names: set[str] = set()
        self._widths: dict[int, float] = {}

    def style(self, **more: Any) -> Any:
        key = tuple(sorted(more.items()))
        if key not in self._formats:
            self._formats[key] = self.book.add_format(self._font | more)
        return self._formats[key]

    def word(self, name: str) -> str:
        return PAPER[name].get(self.lang)

    def sheet(self, title: str, *, landscape: bool = True) -> Worksheet:
        name = title[:SHEET_NAME]
        for letter in "[]:*?/\\":
            name = name.replace(letter, " ")
        number = 2
        while name.lower() in self._names:
            name = f"{title[: SHEET_NAME - 3]} {number}"
            number += 1
        self._names.add(name.lower())
        sheet = self.book.add_worksheet(name)
        self._widths = {}
        sheet.set_paper(9)
        sheet.hide_gridlines(2)
        if landscape:
            sheet.set_landscape()
        sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
        sheet.set_footer(f"&L{self.paper.number}&R&P / &N")
        sheet.write(0, 0, f"{self.paper.title}  {self.paper.period}", self.style(bold=True, font_size=13))
        sheet.set_row(0, 20)
        return sheet

    # ---- sheets
    def cover(self) -> None:
        paper, lang = self.paper, self.lang
        sheet = self.sheet(self.word("cover"), landscape=False)
        sheet.set_column(0, 0, 16)
        sheet.set_column(1, 1, 78)
        sheet.fit_to_pages(1, 0)
        sheet.freeze_panes(1, 0)
        facts = [
            (self.word("number").format("").strip(), paper.number),
            (self.word("made").format("").strip(), local(paper.made_ms, paper.timezone).replace(tzinfo=None)),
            ("", paper.edition_name),
            ("", paper.demo),
            ("", paper.completeness.text),
            ("", paper.completeness.note),
            ("", WORDS["timezone"].get(lang).format(paper.timezone)),
            ("", self.word("corrects").format(paper.corrects) if paper.corrects else ""),
        ]
        row = 2
        for name, value in facts:
            if value:
                self._pair(sheet, row, name, value)
                row += 1
        sheet.write(row + 1, 0, paper.verdict.priority or "", self.style(bold=True))
        sheet.write_string(row + 1, 1, paper.verdict.title, self.style(bold=True, font_size=12))
        sheet.write_string(row + 2, 1, paper.verdict.note, self.style(text_wrap=True))
        row += 4
        for title, statements in ((self.word("summary"), paper.summary), (self.word("decisions"), paper.decisions)):
            sheet.write_string(row, 0, title, self.style(bold=True))
            for said in statements:
                source = f"{self.word('by_hand')} {said.by}" if said.by else said.rule
                words = f"{said.kind} {said.text}".strip()
                sheet.write_string(row, 1, f"{words}  [{source}]", self.style(text_wrap=True))
                row += 1
            row += 1
        for note in (*paper.rules, *paper.hashes):
            self._pair(sheet, row, note.id, note.text)
            row += 1
        row += 1
        for signature in paper.signatures:
            signed = (
                f"{signature.post} {moment_words(signature.at_ms, paper.timezone, lang)}" if signature.at_ms else ""
            )
            self._pair(sheet, row, signature.role, signed)
            row += 2
        if paper.changes:
            self._changes()

    def _pair(self, sheet: Worksheet, row: int, name: str, value: Any) -> None:
        sheet.write_string(row, 0, name, self.style(font_color="#465661"))
        if isinstance(value, datetime):
            sheet.write_datetime(row, 1, value, self.style(num_format=f"{DAY} hh:mm", align="left"))
        else:
            sheet.write_string(row, 1, value, self.style(text_wrap=True))

    def headline(self) -> None:
        if self.paper.headline:
            sheet = self.sheet(self.word("headline"))
            width = self._figures(sheet, 0, self.word("headline"), self.paper.headline)
            self._finish(sheet, [width])

    def section(self, section: Section) -> None:
        if not (section.figures or section.tables or section.charts):
            return
        sheet = self.sheet(section.title)
        if section.note:
            sheet.write_string(1, 0, section.note, self.style(font_color="#465661"))
        at, ends, lowest = 0, [], HEAD_ROW
        if section.figures:
            at = self._figures(sheet, at, section.title, section.figures) + 1
            ends.append(at)
            lowest = HEAD_ROW + len(section.figures)
        places: dict[str, tuple[int, Table]] = {}
        printed = [table for table in section.tables if not table.unprinted]
        if not (section.figures or printed):
            printed = section.tables
        for table in printed:
            places[table.id] = (at, table)
            at = self._table(sheet, at, table) + 1
            ends.append(at)
            lowest = max(lowest, HEAD_ROW + len(table.rows) + 1)
        charts = list(section.charts)
        if section.id == "alarms" and self.paper.chart is not None:
            charts.insert(0, self.paper.chart)
        drawn = [chart for chart in charts if chart.form == "bars"]
        # below what is printed, beside nothing that would push them out of sight
        below = lowest + 2 + CHART_ROWS * ((len(drawn) + 1) // 2) if drawn else lowest
        for table in (table for table in section.tables if table not in printed):
            places[table.id] = (at, table)
            at = self._table(sheet, at, table) + 1
        for n, chart in enumerate(drawn):
            place = lowest + 2 + CHART_ROWS * (n // 2), (CHART_PX[0] + 10) * (n % 2)
            end = self._chart(sheet, at, chart, place, places)
            at = end + 1 if end > at else at
        if drawn:
            sheet.set_h_pagebreaks([lowest + 1])
        self._finish(sheet, ends or [at])
        sheet.print_area(0, 0, below, max((ends or [at])[-1] - 2, CHART_COLUMNS if drawn else 0))

    def definitions(self) -> None:
        rows = self.paper.all_figures()
        known = {row.id for row in rows}
        lines = [[row.name, row.unit, row.definition, row.rows, row.left_out] for row in rows]
        for table in self.paper.tables():
            if table.figure and table.figure not in known:
                lines.append([table.title, table.columns[-1].unit, table.note, len(table.rows), table.left_out])
        if not lines:
            return
        columns = [
            Column("name", self.word("figure"), width=2),
            Column("unit", self.word("unit"), width=0.6),
            Column("definition", self.word("definition"), width=6),
            Column("rows", self.word("rows"), "number"),
            Column("left_out", self.word("left_out").format("").strip(), "number"),
        ]
        title = WORDS["definitions"].get(self.lang)
        sheet = self.sheet(title)
        self._finish(sheet, [self._table(sheet, 0, Table("definitions", title, columns, lines))])

    def _changes(self) -> None:
        names = [self.word(name) for name in ("figure", "item", "before", "after", "unit")]
        columns = [Column(name, name, width=1.6) for name in names]
        rows: list[list[Cell]] = [[c.name, c.keys, c.before, c.after, c.unit] for c in self.paper.changes]
        sheet = self.sheet(self.word("changes"))
        self._finish(sheet, [self._table(sheet, 0, Table("changes", self.word("changes"), columns, rows))])

    # ---- parts of a sheet
    def _finish(self, sheet: Worksheet, ends: list[int]) -> None:
        sheet.freeze_panes(HEAD_ROW + 1, 0)
        sheet.repeat_rows(0, HEAD_ROW)
        if not ends or self._width(0, ends[-1]) <= FITTED:
            sheet.fit_to_pages(1, 0)
            return
        sheet.set_print_scale(SCALE)
        breaks, begun = [], 0
        for before, end in zip([0, *ends], ends, strict=False):
            if self._width(begun, end) > ABREAST and before > begun:
                breaks.append(before)
                begun = before
        sheet.set_v_pagebreaks(breaks)

    def _width(self, first: int, end: int) -> float:
        """Of the columns of the sheet that is being written."""
        return sum(self._widths.get(column, 0) for column in range(first, end))

    def _heads(self, sheet: Worksheet, at: int, title: str, columns: list[Column]) -> None:
        sheet.write_string(TITLE_ROW, at, title, self.style(bold=True, font_size=11))
        head = self.style(bold=True, bottom=2, text_wrap=True, bg_color="#F3F5F6")
        for n, column in enumerate(columns):
            sheet.write_string(HEAD_ROW, at + n, head_words(column, self.lang), head)
            self._widths[at + n] = max(7, 11 * column.width)
            sheet.set_column(at + n, at + n, self._widths[at + n])

    def _figures(self, sheet: Worksheet, at: int, title: str, rows: list[FigureRow]) -> int:
        """Figures beside what they are compared with; returns the column after it."""
        compared = self.paper.compared
        changes = [WORDS["change"].get(self.lang).format(name) for name in compared]
        names = [self.word("figure"), self.word("unit"), self.word("value"), *compared, *changes]
        names += [self.word("target"), self.word("judgement")]
        columns = [Column(name, name, width=(2, 0.6)[n] if n < 2 else 1.1) for n, name in enumerate(names)]
        self._heads(sheet, at, title, columns)
        for n, row in enumerate(rows):
            line = HEAD_ROW + 1 + n
            number = self.style(num_format=_digits(row.decimals))
            sheet.write_string(line, at, row.name, self.style())
            sheet.write_string(line, at + 1, row.unit, self.style(font_color="#465661"))
            self._number(sheet, line, at + 2, row.value, self.style(num_format=_digits(row.decimals), bold=True))
            own = xl_rowcol_to_cell(line, at + 2)
            for k, other in enumerate(row.compared):
                self._number(sheet, line, at + 3 + k, other, number)
                cell = xl_rowcol_to_cell(line, at + 3 + k)
                column = at + 3 + len(compared) + k
                if row.value is None or other is None:
                    sheet.write_string(line, column, UNKNOWN, self.style(align="right"))
                else:
                    sheet.write_formula(line, column, f"={own}-{cell}", number, row.value - other)
            end = at + 3 + 2 * len(compared)
            self._number(sheet, line, end, row.target, number)
            said = self.style(font_color="#B85200", bold=True) if row.met is False else self.style()
            sheet.write_string(line, end + 1, row.said, said)
        return at + len(columns)

    def _table(self, sheet: Worksheet, at: int, table: Table) -> int:
        self._heads(sheet, at, table.title, table.columns)
        if table.id == "heat":
            scale = {"type": "2_color_scale", "min_color": "#F3F6F7", "max_color": "#4B7A90"}
            sheet.conditional_format(
                HEAD_ROW + 1, at + 1, HEAD_ROW + len(table.rows), at + len(table.columns) - 1, scale
            )
        if not table.rows:
            sheet.write_string(HEAD_ROW + 1, at, table.nothing or UNKNOWN, self.style(font_color="#465661"))
        for n, row in enumerate(table.rows):
            for k, (cell, column) in enumerate(zip(row, table.columns, strict=True)):
                self._cell(sheet, HEAD_ROW + 1 + n, at + k, cell, column)
        if table.total and len(table.rows) > 1:
            line, last = HEAD_ROW + 1 + len(table.rows), at + len(table.columns) - 1
            bold = self.style(bold=True, top=1, num_format=_digits(table.columns[-1].decimals))
            sheet.write_string(line, at, WORDS["total"].get(self.lang), self.style(bold=True, top=1))
            cells = xl_range(HEAD_ROW + 1, last, line - 1, last)
            sheet.write_formula(line, last, f"=SUM({cells})", bold, sum(row[-1] or 0 for row in table.rows))  # type: ignore[misc]
        return at + len(table.columns)

    def _cell(self, sheet: Worksheet, row: int, at: int, cell: Cell, column: Column) -> None:
        if isinstance(cell, int | float) and column.form in ("moment", "day", "hour"):
            moment = local(int(cell), self.paper.timezone).replace(tzinfo=None)
            look = DAY if column.form == "day" else f"{DAY} hh:mm"
            look += ":ss" if self.paper.kind == "incident" else ""
            sheet.write_datetime(row, at, moment, self.style(num_format=look, align="left"))
        elif isinstance(cell, str) and column.form == "day":
            sheet.write_datetime(row, at, date.fromisoformat(cell), self.style(num_format=DAY, align="left"))
        elif isinstance(cell, str):
            sheet.write_string(row, at, cell, self.style(text_wrap=column.width > 3))
        else:
            self._number(sheet, row, at, cell, self.style(num_format=_digits(decimals_of(cell, column))))

    def _number(self, sheet: Worksheet, row: int, at: int, value: float | int | None, look: Any) -> None:
        if value is None:
            sheet.write_string(row, at, UNKNOWN, self.style(align="right"))
        else:
            sheet.write_number(row, at, value, look)

    def _chart(
        self, sheet: Worksheet, at: int, chart: Chart, place: tuple[int, int], places: dict[str, tuple[int, Table]]
    ) -> int:
        """A chart over the table that has its numbers, else over a table of its own from column `at` on; returns the
        column after that."""
        series = [*chart.series, *([chart.compared] if chart.compared is not None else [])]
        labels, column_of = self._numbers_of(chart, places)
        by_day = labels is not None and places[chart.table][1].columns[0].form == "day"
        end = at
        if labels is None:
            columns = [Column("", chart.note or WORDS["chart_data"].get(self.lang), width=1.2)]
            columns += [Column(one.name, one.name, "number", "", chart.decimals) for one in series]
            rows: list[list[Cell]] = [
                [name, *(one.values[n] for one in series)] for n, name in enumerate(chart.categories)
            ]
            end = self._table(sheet, at, Table(chart.id, chart.title, columns, rows))
            labels, column_of = at, at + 1
        first, last, name = HEAD_ROW + 1, HEAD_ROW + len(chart.categories), sheet.get_name()
        drawn = self.book.add_chart({"type": "column", "subtype": "stacked"})
        for k, one in enumerate(chart.series):
            drawn.add_series(
                {
                    "name": [name, HEAD_ROW, column_of + k],
                    "categories": [name, first, labels, last, labels],
                    "values": [name, first, column_of + k, last, column_of + k],
                    "fill": {"color": COLOURS.get(one.tone, COLOURS["d1"])},
                    "gap": 25,
                }
            )
        if chart.compared is not None:
            column = column_of + len(chart.series)
            line = self.book.add_chart({"type": "line"})
            line.add_series(
                {
                    "name": [name, HEAD_ROW, column],
                    "categories": [name, first, labels, last, labels],
                    "values": [name, first, column, last, column],
                    "line": {"color": "#5F6E77", "dash_type": "round_dot", "width": 1.25},
                }
            )
            drawn.combine(line)
        if by_day:  # a bar each, under its name: an axis of dates would have its own idea of where they stand
            drawn.set_x_axis({"text_axis": True, "num_format": DAY})
        drawn.set_title({"name": chart.title, "name_font": {"size": 11}, "overlay": False})
        drawn.set_legend({"position": "bottom"} if len(series) > 1 else {"none": True})
        drawn.set_size({"width": CHART_PX[0], "height": CHART_PX[1]})
        drawn.show_blanks_as("gap")
        sheet.insert_chart(place[0], 0, drawn, {"x_offset": place[1]})
        return end

    def _numbers_of(self, chart: Chart, places: dict[str, tuple[int, Table]]) -> tuple[int | None, int]:
        """(column of the categories, of the numbers) where a table on the sheet has just these numbers."""
        if chart.table in places and len(chart.series) == 1 and chart.compared is None:
            at, table = places[chart.table]
            for n in range(1, len(table.columns)):
                if [row[n] for row in table.rows] == chart.series[0].values:
                    return at, at + n
        return None, 0


def _digits(decimals: int) -> str:
    return "#,##0" + ("." + "0" * decimals if decimals else "")
