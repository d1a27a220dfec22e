"""A comparison keeps all its communities: drafted, its words edited, corrected, from the command line."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from community.model import Position
from community.reports.model import Paper, decoded
from community.site import Site, Text
from dashboard.reports import keep
from dashboard.reports.command import main
from dashboard.reports.make import Asked, CannotMake, make
from store.history import reports as kept
from tests.history.pages import HOUR_MS, T0_MS, Pages, write
from tests.reports import day
from tests.reports.readback import pdf_text

SITE = replace(day.SITE, posts=(day.MANAGER,))
MEADOW = replace(SITE, id="meadow", name=Text("草地", "Meadow"))
BOTH = (SITE, MEADOW)
ASKED = Asked("comparison", day.DAY)
NOW = day.MADE_MS
NUMBER = "ALL-C20260312"


def passes_of_the_meadow(engine: sa.Engine, count: int, first: int = 0) -> None:
    pages = Pages(MEADOW.id)
    for n in range(first, first + count):
        data = {"method": "face", "result": "granted"}
        pages.log("access.pass", "D-1", data, at_ms=T0_MS + 9 * HOUR_MS + n, id_=f"meadow-{n}")
    pages.tick(T0_MS + 9 * HOUR_MS)
    moved = [replace(one, position=Position(1, 0, 2_000_000 + first * 100 + n)) for n, one in enumerate(pages.entries)]
    write(engine, moved, site=MEADOW)


def passes(paper: Paper) -> list[object]:
    table = next(table for table in paper.tables() if table.id == "communities")
    return next(row[2:] for row in table.rows if row[0] in ("通行", "Passes"))


def test_what_is_kept_of_a_comparison_has_every_community_of_it(history_engine: sa.Engine) -> None:
    day.written(history_engine)
    passes_of_the_meadow(history_engine, 7)
    drafted = keep.drafted(history_engine, SITE, ASKED, NOW, sites=BOTH)
    assert (drafted.number, passes(drafted)) == (NUMBER, [80, 7])
    said = keep.Words("post:manager", ["草地的门禁上月才接入。"], [])
    keep.reworded(history_engine, SITE, NUMBER, said, NOW, sites=BOTH)
    again = keep.drafted(history_engine, SITE, ASKED, NOW + 1, sites=BOTH)
    assert (passes(again), [one.text for one in again.summary]) == ([80, 7], said.summary)
    with pytest.raises(keep.NotAllowed, match="meadow is not served here"):
        keep.reworded(history_engine, SITE, NUMBER, said, NOW, sites=(SITE,))
    keep.signed(history_engine, SITE, NUMBER, "manager", "post:manager", NOW + 2)
    assert "草地的门禁上月才接入。" in pdf_text(kept.file_of(history_engine, SITE.id, NUMBER, "pdf") or b"")

    assert keep.corrected(history_engine, SITE, NUMBER, NOW + 3, sites=BOTH) is None
    passes_of_the_meadow(history_engine, 2, first=7)
    with pytest.raises(keep.NotAllowed, match="meadow is not served here"):
        keep.corrected(history_engine, SITE, NUMBER, NOW + 3)
    third = replace(MEADOW, id="heath", name=Text("荒地", "Heath"))
    made = keep.corrected(history_engine, SITE, NUMBER, NOW + 3, sites=(third, MEADOW, SITE))
    assert made is not None and passes(made) == [80, 9], "those that it was of, as they stood"
    assert {(one.keys, one.before, one.after) for one in made.changes if one.id == "通行"} == {("草地", 7, 9)}
    assert all(one.keys == "草地" for one in made.changes)
    reworded = keep.reworded(history_engine, SITE, made.number, said, NOW + 4, sites=BOTH)
    assert (passes(reworded), reworded.corrects) == ([80, 9], NUMBER)

    english = keep.drafted(history_engine, SITE, replace(ASKED, lang="en"), NOW, sites=BOTH)
    assert (english.number, passes(english)) == (f"{NUMBER}-EN", [80, 9]), "a report of its own"
    other = keep.drafted(history_engine, MEADOW, ASKED, NOW, sites=BOTH)
    assert (other.number, passes(other)) == (NUMBER, [80, 9])
    body = kept.body_of(history_engine, MEADOW.id, NUMBER)
    assert passes(decoded(body)) == [80, 9], "kept where it was asked for"
    with pytest.raises(CannotMake, match="there is no span"):
        make(history_engine, SITE, replace(ASKED, subject="year"), NOW, sites=BOTH)


def _site(at: Path, site: Site) -> str:
    at.write_bytes(msgspec.json.encode(site))
    return str(at)


def test_the_command_keeps_every_community_in_the_file_and_in_the_draft(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'history.db'}")
    monkeypatch.setenv("SHOUWANG_VAR", str(tmp_path / "var"))
    monkeypatch.setenv("SITE", os.pathsep.join(_site(tmp_path / f"{one.id}.json", one) for one in BOTH))
    monkeypatch.chdir(tmp_path)
    report = ["report", "comparison", "--date", day.DAY]
    assert main([*report, "--keep", "--out", "kept.csv"]) == 0
    assert "草地" in (tmp_path / "kept.csv").read_text("utf-8-sig")
    assert main(["sign", NUMBER, "--by", "post:manager"]) == 0
    assert main([*report, "--out", "issued.csv"]) == 0
    assert "草地" in (tmp_path / "issued.csv").read_text("utf-8-sig")
    assert main([*report, "--lang", "en", "--out", "en.csv"]) == 0
    assert "Meadow" in (tmp_path / "en.csv").read_text("utf-8-sig")
    assert main(["correct", NUMBER]) == 1, "nothing has changed"
