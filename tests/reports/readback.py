"""What a reader finds in the files: the text of a PDF, the cells of a workbook, the lines of a CSV."""

from __future__ import annotations

import csv
import io
import re

import openpyxl
import pypdfium2

from community.reports.model import Paper
from dashboard.reports.make import files


def pdf_pages(content: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(content)
    try:
        found = []
        for page in document:
            text = page.get_textpage()
            found.append(text.get_text_range())
            text.close()
            page.close()
        return found
    finally:
        document.close()


def images_of(content: bytes) -> int:
    """Photographs in a PDF: charts are drawn by vectors."""
    document = pypdfium2.PdfDocument(content)
    try:
        return sum(1 for page in document for _ in page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_IMAGE]))
    finally:
        document.close()


def pdf_text(content: bytes) -> str:
    """Without the breaks of lines: a cell may be wrapped."""
    return re.sub(r"\s+", "", "".join(pdf_pages(content)))


def workbook(content: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(content), data_only=True)


def xlsx_text(content: bytes) -> str:
    book = workbook(content)
    cells = (
        str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row if cell is not None
    )
    return "\n".join([*book.sheetnames, *cells])


def csv_rows(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def whole_text(paper: Paper) -> str:
    """Of all three files."""
    made = files(paper)
    return "\n".join((*pdf_pages(made["pdf"]), xlsx_text(made["xlsx"]), made["csv"].decode("utf-8-sig")))
