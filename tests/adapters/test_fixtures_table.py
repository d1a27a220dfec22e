"""Everything recorded, in one reviewed page: `python -m tests.recorded --write docs/recorded.md` writes it anew; a
field that appears in it has been lost, one that goes has been won."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.recorded.table import Undecided, files, page

PAGE = Path(__file__).resolve().parents[2] / "docs" / "recorded.md"


def test_the_page_of_all_that_was_recorded(fixtures_dir: Path) -> None:
    assert page(fixtures_dir) == PAGE.read_text("utf-8")


def test_a_file_that_nobody_has_decided_about_is_named(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "vendor.bin").write_bytes(b"?")
    (tmp_path / "SOURCES.md").write_text("")
    with pytest.raises(Undecided, match="new/vendor.bin"):
        files(tmp_path)
