"""A 日报 shows what was seen of its gravest alarms: inside alone, and of nobody in care."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from community.reports.model import EDITIONS, Edition, Picture, decoded
from community.world.photograph import photograph
from dashboard.pages import Page
from dashboard.reports import keep
from dashboard.reports.make import Asked, files, make
from dashboard.reports.page import report_page
from dashboard.reports.pdf import DAILY_PAGES, pdf
from dashboard.reports.pictures import printable
from store.blobs import Blobs
from store.history import reports as kept
from tests.history.pages import HOUR_MS, T0_MS, Pages, write
from tests.reports import day
from tests.reports.readback import images_of, pdf_pages
from tests.reports.test_keep import SITE

LIFT_MS, SOS_MS, FALL_MS, BIN_MS = (T0_MS + hour * HOUR_MS + 13_000 for hour in (18, 21, 3, 11))


def pictured(pages: Pages, blobs: Blobs) -> dict[str, str]:
    """What each is of -> its hash."""
    made = {
        name: blobs.put(photograph(name, "12:00:00", 0)) for name in ("lift", "later", "ours", "sos", "fall", "bin")
    }

    def snapshot(name: str, camera: str, at_ms: int, by: str, reason: str) -> None:
        order = {"action": f"a-{name}", "type": "camera.snapshot", "by": by}
        pages.journal("action.ordered", camera, order | {"reason": reason}, at_ms=at_ms)
        pages.journal("action.confirmed", camera, order | {"picture": made[name]}, at_ms=at_ms + 2000)

    snapshot("lift", "C-3", LIFT_MS, "house", "EBIKE_LIFT/C-3")
    snapshot("later", "C-3", LIFT_MS + HOUR_MS // 2, "house", "EBIKE_LIFT/C-3")  # of no alarm that is listed
    snapshot("ours", "C-3", LIFT_MS + HOUR_MS + 60_000, "post:control", "再看一眼")  # of the next one, at 19
    snapshot("fall", "C-3", FALL_MS, "house", "FALL/subject-00000001")
    snapshot("bin", "C-1", BIN_MS, "house", "BIN_FULL/BIN-1")
    note = {"alarm": "SOS/SOS-1", "occurrence": f"SOS/SOS-1@{SOS_MS}", "by": "post:control", "picture": made["sos"]}
    pages.journal("alarm.commented", "SOS/SOS-1", note, at_ms=SOS_MS + 900_000)
    return made


@pytest.mark.parametrize("edition", EDITIONS)
def test_one_picture_of_each_of_the_gravest_and_none_outside(
    history_engine: sa.Engine, tmp_path: Path, edition: Edition
) -> None:
    pages = day.told(quick=True)
    made = pictured(pages, Blobs(tmp_path / "blobs"))
    write(history_engine, pages.entries, site=SITE)
    paper = make(history_engine, SITE, Asked("daily", day.DAY, edition), day.MADE_MS, var=tmp_path)
    shown = [(picture.sha256, picture.at_ms, picture.of) for picture in paper.pictures]
    place = "1号楼1单元 轿厢"
    inside = [
        (made["lift"], LIFT_MS + 2000, f"电动车入梯 {place}"),
        (made["ours"], LIFT_MS + HOUR_MS + 62_000, f"电动车入梯 {place}"),
        (made["sos"], SOS_MS + 900_000, "一键报警 1号楼1单元 101室"),
    ]
    assert shown == (inside if edition == "internal" else [])
    content = files(paper, var=tmp_path)["pdf"]
    assert images_of(content) == len(shown) and len(pdf_pages(content)) == DAILY_PAGES
    front = "".join(pdf_pages(content)[0].split())
    assert ("18:00电动车入梯1号楼1单元轿厢" in front, "现场画面" in front) == (bool(shown), bool(shown))


@pytest.mark.parametrize("history_engine", ["sqlite"], indirect=True)
def test_what_was_signed_keeps_its_pictures_and_a_draft_goes_without_those_that_are_gone(
    history_engine: sa.Engine, tmp_path: Path
) -> None:
    pages = day.told(quick=True)
    made = pictured(pages, Blobs(tmp_path / "blobs"))
    write(history_engine, pages.entries, site=SITE)
    number = keep.drafted(history_engine, SITE, Asked("daily", day.DAY), day.MADE_MS, var=tmp_path).number
    keep.signed(history_engine, SITE, number, "manager", "post:manager", day.MADE_MS, var=tmp_path)
    assert images_of(kept.file_of(history_engine, SITE.id, number, "pdf") or b"") == 3
    report, body = kept.one(history_engine, SITE.id, number), kept.body_of(history_engine, SITE.id, number)
    page = report_page(Page(SITE, "zh"), report, decoded(body), [], "")
    assert [made[name] in page for name in ("lift", "ours", "sos", "fall", "bin")] == [True, True, True, False, False]
    assert "18:00 电动车入梯 1号楼1单元 轿厢" in page and page.count("<figure>") == 3
    digest = made["sos"].removeprefix("sha256:")
    (tmp_path / "blobs" / digest[:2] / digest[2:]).unlink()
    paper = make(history_engine, SITE, Asked("daily", day.DAY), day.MADE_MS, var=tmp_path)
    assert images_of(files(paper, var=tmp_path)["pdf"]) == 2


def test_pictures_go_before_a_report_gets_a_third_page(garden: sa.Engine, tmp_path: Path) -> None:
    blobs, made = Blobs(tmp_path / "blobs"), day.paper(garden)
    hashes = [blobs.put(photograph(f"C-{n}", "12:00:00", n)) for n in range(4)]
    made.pictures = [Picture(one, made.from_ms + n, "电动车入梯 1号楼1单元 轿厢") for n, one in enumerate(hashes)]
    sentences, told = made.summary, []
    for more in (0, 6):
        made.summary = [*sentences, *sentences[:1] * more]
        content = pdf(made, printable(made, tmp_path))
        assert len(pdf_pages(content)) == DAILY_PAGES
        told.append(images_of(content))
    assert (told[0], told[-1]) == (4, 0), told
