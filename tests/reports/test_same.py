"""One paper, three files, the same figures: read back from each."""

from __future__ import annotations

import io
import re
from datetime import datetime

import openpyxl
import pytest
import sqlalchemy as sa

from community.reports.model import Cell, Column, Kind, Paper, Statement, Table
from community.reports.words import figure_words
from dashboard.reports.csv import _safe, csv
from dashboard.reports.make import Asked, make
from dashboard.reports.pdf import WHOLE, _compiled, pdf
from dashboard.reports.printed import _spread
from dashboard.reports.xlsx import HEAD_ROW, xlsx
from tests.reports import day
from tests.reports.day import paper
from tests.reports.readback import csv_rows, pdf_pages, pdf_text, workbook


def in_pdf(value: str) -> str:
    return "".join(value.split())


@pytest.mark.parametrize(("kind", "lang"), [("daily", "zh"), ("weekly", "zh"), ("monthly", "en"), ("range", "zh")])
def test_every_figure_stands_in_all_three(garden: sa.Engine, kind: str, lang: str) -> None:
    first = "2026-03-11" if kind == "range" else ""
    made: Paper = paper(garden, kind, lang=lang, subject=first)  # type: ignore[arg-type]
    rows = made.all_figures()
    assert len(rows) > 25 and sum(row.value is not None for row in rows) > 15

    lines = {line[1]: line for line in csv_rows(csv(made)) if len(line) > 8 and line[3] == ""}
    book = workbook(xlsx(made))
    home = {row.id: section.title for section in made.sections for row in section.figures}
    text = pdf_text(pdf(made))
    for row in rows:
        assert lines[row.id][4] == ("—" if row.value is None else str(row.value)), row.id
        for other, cell in zip(row.compared, lines[row.id][6:], strict=False):
            assert cell == ("—" if other is None else str(other))
        sheet = book[home[row.id]].iter_rows(min_row=HEAD_ROW + 2, values_only=True)
        kept = next(cells for cells in sheet if cells[0] == row.name)
        assert kept[2] == ("—" if row.value is None else pytest.approx(row.value, rel=1e-14)), row.id
        shown = figure_words(row.value, row.unit, row.decimals, made.lang)
        assert in_pdf(row.name) + in_pdf(shown) in text, (row.id, shown)


def test_the_lines_of_figures_and_lists_are_the_same(garden: sa.Engine) -> None:
    made = paper(garden)
    text, lines = in_pdf("".join(pdf_pages(_compiled(made, *WHOLE)[0]))), csv_rows(csv(made))
    book = workbook(xlsx(made))
    cells = {
        str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row if cell is not None
    }
    methods = next(table for table in made.tables() if table.id == "passes_by_method")
    assert {row[0]: row[1] for row in methods.rows} == {"人脸": 20, "刷卡": 30, "二维码": 30}
    for method, count in methods.rows:
        assert any(line[1:5] == ["passes_by_method", "通行按方式", method, str(count)] for line in lines)
        assert method in cells and f"{method}{count}" in text
    incidents = next(table for table in made.tables() if table.id == "incidents")
    assert len(incidents.rows) == 5
    assert sum("电动车入梯" in line for line in lines) >= 3
    assert text.count("电动车入梯1号楼1单元轿厢") >= 3


@pytest.mark.parametrize(("sentences", "characters"), [(20, 40), (20, 500), (4, 500)])
def test_whoever_writes_much_can_still_sign_two_pages(garden: sa.Engine, sentences: int, characters: int) -> None:
    """As much as a person may write; a bad day's rules say as much. All of it stands in the XLSX."""
    made = paper(garden)
    made.summary = [Statement(f"第{n}句" + "说" * (characters - 4), by="项目经理") for n in range(sentences)]
    made.decisions = list(made.summary)
    content = pdf(made)
    assert len(pdf_pages(content)) == 2
    text, first = pdf_text(content), made.summary[0].text
    assert "第0句" in text and (characters > 100 or in_pdf(first) in text)
    if sentences > 10:
        assert re.search(r"另有(10|15)句，见XLSX", text)
    told = {cell for row in workbook(xlsx(made)).worksheets[0].iter_rows(values_only=True) for cell in row}
    assert {f"{said.text}  [人工填写 项目经理]" for said in made.summary} <= told


def test_a_number_by_two_words_is_printed_a_line_for_each_of_the_first() -> None:
    columns = [Column("day", "日期"), Column("level", "级别"), Column("n", "次", "number", "条")]
    rows: list[list[Cell]] = [
        [f"2026-03-{day:02}", level, day] for day in range(1, 8) for level in ("紧急", "一般", "提示")
    ]
    spread = _spread(Table("alarms", "告警按日和级别", columns, rows[1:], figure="x"))
    assert spread is not None and [column.name for column in spread.columns] == ["日期", "一般", "提示", "紧急"]
    assert spread.rows[0] == ["2026-03-01", 1, 1, ""], "what has no row stays empty"
    assert spread.rows[1:] == [[f"2026-03-{day:02}", day, day, day] for day in range(2, 8)]
    alone: list[list[Cell]] = [[f"D-{n}", "门", n] for n in range(20)]
    assert _spread(Table("worst", "离线最久", columns, alone)) is None, "one each: a column of it says no more"
    assert _spread(Table("few", "告警", columns, rows[:6])) is None


def test_times_are_times_and_headings_stay(garden: sa.Engine) -> None:
    made = paper(garden)
    book = workbook(xlsx(made))
    alarms = book["告警"]
    heads = [cell.value for cell in alarms[HEAD_ROW + 1]]
    column = heads.index("时间") + 1
    first = alarms.cell(HEAD_ROW + 2, column)
    assert first.value == datetime.fromisoformat("2026-03-12 03:00:13") and first.is_date
    for sheet in book:
        assert sheet.freeze_panes is not None
        assert sheet.page_setup.paperSize == 9
    assert alarms.freeze_panes == f"A{HEAD_ROW + 2}"


def test_a_day_is_a_date_in_the_workbook_and_a_word_beside_it(garden: sa.Engine) -> None:
    made = paper(garden, "weekly")
    content = xlsx(made)
    book = openpyxl.load_workbook(io.BytesIO(content))
    checked = 0
    for section in made.sections:
        for table in section.tables:
            if table.columns[0].form != "day" or not table.rows:
                continue
            sheet = book[section.title]
            at = next(cell.column for cell in sheet[HEAD_ROW] if cell.value == table.title)
            cells = [sheet.cell(HEAD_ROW + 2 + n, at) for n in range(len(table.rows))]
            assert [cell.value.date().isoformat() for cell in cells] == [row[0] for row in table.rows], table.id
            assert all(cell.is_date and cell.number_format == "yyyy-mm-dd" for cell in cells)
            checked += 1
    assert checked >= 3, "by day, sessions, passes"

    (trend,) = (section for section in made.sections if any(table.id == "trend" for table in section.tables))
    drawn = book[trend.title]._charts
    assert len(drawn) == len(trend.charts) > 3
    for chart in drawn:
        assert (chart.x_axis.numFmt.formatCode, chart.x_axis.numFmt.sourceLinked) == ("yyyy-mm-dd", False)
        first, last = chart.series[0].cat.numRef.f.partition("!")[2].replace("$", "").split(":")
        days = [row[0].value.date().isoformat() for row in book[trend.title][f"{first}:{last}"]]
        assert days == [row[0] for row in next(table for table in trend.tables if table.id == "trend").rows]
    assert any(line[0] == day.DAY for line in csv_rows(csv(made)) if line)
    assert book.properties.created == datetime.fromisoformat("2026-03-12 16:10:00"), "ten past midnight of Shanghai"


def test_sums_and_differences_are_formulas_with_their_values(garden: sa.Engine) -> None:
    content = xlsx(paper(garden))
    values, formulas = workbook(content), openpyxl.load_workbook(io.BytesIO(content))
    checked = 0
    for sheet in formulas:
        kept = values[sheet.title]
        for cell in (cell for row in sheet.iter_rows() for cell in row if str(cell.value).startswith("=")):
            inside = re.fullmatch(r"=SUM\((\w+:\w+)\)", cell.value)
            if inside:
                right = sum(one.value for row in kept[inside[1]] for one in row if isinstance(one.value, int | float))
            else:
                left, _, minus = cell.value.removeprefix("=").partition("-")
                right = kept[left].value - kept[minus].value
            assert kept[cell.coordinate].value == pytest.approx(right)
            checked += 1
    assert checked > 20


def test_the_chart_is_native_and_draws_the_numbers_of_the_sheet(garden: sa.Engine) -> None:
    made = paper(garden)
    book = workbook(xlsx(made))
    (chart,) = [drawn for drawn in book["告警"]._charts if type(drawn).__name__ == "BarChart"]
    assert made.chart is not None and len(chart.series) == 4
    for series, drawn in zip(made.chart.series, chart.series, strict=True):
        cells = book["告警"][drawn.val.numRef.f.partition("!")[2].replace("$", "")]
        assert [row[0].value for row in cells] == series.values
    assert sum(value or 0 for series in made.chart.series for value in series.values) == 8


def test_a_workbook_prints_what_a_page_has_room_for(garden: sa.Engine) -> None:
    """Each port by the hour stays on the screen; its chart, and every other table, is printed."""
    made = paper(garden)
    book = openpyxl.load_workbook(io.BytesIO(xlsx(made)))
    for section in made.sections:
        if not (section.figures or section.tables) or section.title not in book.sheetnames:
            continue
        sheet = book[section.title]
        area = sheet[sheet.print_area.rpartition("!")[2].replace("$", "")]
        shown = {cell.value for row in area for cell in row}
        printed = [table for table in section.tables if not table.unprinted]
        assert all(table.title in shown for table in printed), section.id
        assert sheet.sheet_properties.pageSetUpPr or sheet.page_setup.scale == 80, "no column goes over the edge"
        if section.figures:
            assert not shown & {table.title for table in section.tables if table.unprinted}
        for drawn in sheet._charts:
            assert drawn.anchor._from.row < len(area), section.id


def test_a_formula_in_a_name_stays_a_text() -> None:
    assert [_safe(cell) for cell in ("=1+1", "+86", "-x", "@a", "\tb", -3, None, "0")] == [
        *("'=1+1", "'+86", "'-x", "'@a", "'\tb"),
        *(-3, "—", "0"),
    ]


def test_the_same_paper_gives_the_same_bytes(garden: sa.Engine) -> None:
    first, second = paper(garden), paper(garden)
    assert pdf(first) == pdf(second)
    assert xlsx(first) == xlsx(second)
    assert csv(first) == csv(second)


def test_a_daily_report_has_at_most_two_pages_however_bad_the_day(garden: sa.Engine) -> None:
    made = paper(garden)
    for table in made.tables():
        if table.rows:
            table.rows = (table.rows * 300)[:300]
    made.summary *= 2
    pages = pdf_pages(pdf(made))
    assert len(pages) == 2
    assert "另有" in "".join(pages) and "行，见XLSX" in in_pdf("".join(pages))


def test_a_crowded_second_page_takes_no_row_from_the_first(garden: sa.Engine) -> None:
    made = paper(garden)
    for table in made.tables():
        if table.rows and not table.front:
            table.rows = (table.rows * 300)[:300]
    (urgent,) = (table for table in made.tables() if table.front)
    urgent.rows = (urgent.rows * 5)[:5]
    pages = pdf_pages(pdf(made))
    assert len(pages) == 2
    assert "行，见XLSX" not in in_pdf(pages[0]) and "行，见XLSX" in in_pdf(pages[1])


def test_what_stands_open_is_printed_before_how_figures_are_counted(garden: sa.Engine) -> None:
    made = paper(garden)
    for table in made.tables():
        if table.rows and not table.front:
            table.rows = (table.rows * 20)[: 5 if table.id in ("standing", "open_orders") else 13]
    page = in_pdf(pdf_pages(pdf(made))[1])
    assert page.count("14时59分") >= 2 and page.count("12时59分") >= 2, "four of the five that stand"
    assert "各类告警" in page and "最多的十个告警" in page
    assert "最近秩法" not in page and "指标的口径见XLSX" in page


@pytest.mark.parametrize("kind", ["weekly", "monthly"])
def test_signatures_never_have_a_page_of_their_own(garden: sa.Engine, kind: Kind) -> None:
    last = pdf_pages(pdf(paper(garden, kind)))[-1]
    assert "物业经理" in last and "指标口径" in last


def test_chinese_text_can_be_searched(garden: sa.Engine) -> None:
    pages = pdf_pages(pdf(paper(garden)))
    assert "社区运行日报" in pages[0] and "一键报警" in pages[0] and "1号楼1单元 101室" in pages[0]
    assert "第 1 页，共 2 页" in pages[0] and "缺测：02:12–03:06" in in_pdf(pages[1]).replace("缺测：", "缺测：")


@pytest.mark.parametrize("kind", ["daily", "weekly", "monthly"])
def test_a_page_says_the_sentences_of_the_report(garden: sa.Engine, kind: Kind) -> None:
    """For which it reads no more than they rest on."""
    asked = Asked(kind, day.DAY)
    whole, spoken = (make(garden, day.SITE, asked, day.MADE_MS, spoken=alone) for alone in (False, True))
    assert whole.summary and whole.sections and not spoken.sections
    for part in ("number", "verdict", "completeness", "summary", "decisions", "rules"):
        assert getattr(spoken, part) == getattr(whole, part), part
