"""Another program opens the workbook, recalculates every formula, and comes to the same numbers."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import openpyxl
import pytest
import sqlalchemy as sa

from dashboard.reports.xlsx import xlsx
from tests.reports import day
from tests.reports.readback import workbook


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["daily", "weekly", "monthly", "range"])
def test_libreoffice_recalculates_without_a_difference(garden: sa.Engine, tmp_path: Path, kind: str) -> None:
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("no LibreOffice here: apt-get install libreoffice-calc-nogui")
    content = xlsx(day.paper(garden, kind, subject="2026-03-11" if kind == "range" else ""))  # type: ignore[arg-type]
    (tmp_path / "report.xlsx").write_bytes(content)
    home = f"-env:UserInstallation=file://{tmp_path / 'profile'}"
    # from another format and back: what it writes was calculated by itself, not copied
    for target, source in (("ods", "report.xlsx"), ("xlsx:Calc MS Excel 2007 XML", "report.ods")):
        command = [
            office,
            home,
            "--headless",
            "--convert-to",
            target,
            "--outdir",
            "out" if ":" in target else ".",
            source,
        ]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=300)
    ours = workbook(content)
    theirs = openpyxl.load_workbook(tmp_path / "out" / "report.xlsx", data_only=True)
    assert theirs.sheetnames == ours.sheetnames
    compared = formulas = 0
    written = openpyxl.load_workbook(tmp_path / "report.xlsx")
    for sheet in ours:
        for row in sheet.iter_rows():
            for cell in row:
                other = theirs[sheet.title][cell.coordinate].value
                if isinstance(cell.value, int | float) and not isinstance(cell.value, bool):
                    assert other == pytest.approx(cell.value, rel=1e-12, abs=1e-9), (sheet.title, cell.coordinate)
                    compared += 1
                    formulas += str(written[sheet.title][cell.coordinate].value).startswith("=")
                elif cell.is_date:
                    assert other == cell.value, (sheet.title, cell.coordinate)
                elif cell.value is not None:
                    assert (other or "") == cell.value, (sheet.title, cell.coordinate)
    assert compared > 100 and formulas > 10
