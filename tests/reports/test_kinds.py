"""交接班, 报警处置单, and communities side by side."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from community.journal import JOURNAL
from community.model import encode_event
from community.reports.incident import STEPS
from community.reports.model import Kind
from community.site import Text
from community.world.photograph import photograph
from dashboard.reports import evidence, keep
from dashboard.reports.evidence import Tampered, check_bundle
from dashboard.reports.make import Asked, CannotMake, files, incident_of, make
from store import keys
from store.blobs import Blobs
from store.history import reports as kept
from store.history.book import Book
from store.history.figures import figures
from store.history.segments import Segments
from store.log import Entry
from tests.history.pages import HOUR_MS, MINUTE_MS, T0_MS, write
from tests.reports import day
from tests.reports.readback import images_of, pdf_pages, pdf_text, whole_text

SITE = replace(day.SITE, posts=(day.MANAGER,))
JPEG = photograph("C-3", "18:00:14", 0)
SHOT = photograph("C-3", "18:00:53", 9)
"""What somebody photographed at the place."""


@pytest.mark.parametrize("history_engine", ["sqlite"], indirect=True)
def test_a_shift_leaves_what_stands_what_is_shelved_and_who_is_silent(history_engine: sa.Engine) -> None:
    pages = day.told(quick=True)
    key, at_ms = "CAM_OFFLINE/C-5", T0_MS + 5 * HOUR_MS
    pages.alarm(key, at_ms, priority="P3", ack_s=30)
    data = {"alarm": key, "priority": "P3", "occurrence": f"{key}@{at_ms}", "by": "post:manager", "reason": "更换中"}
    pages.journal("alarm.shelved", key, data | {"until_ms": T0_MS + 12 * HOUR_MS}, at_ms=at_ms + MINUTE_MS)
    write(history_engine, pages.entries, site=SITE)

    morning = make(history_engine, SITE, Asked("handover", day.DAY, subject="08:00"), day.MADE_MS)
    assert morning.number == "GARDEN-H20260312-0800"
    assert morning.period == "2026-03-11 20:00 – 2026-03-12 08:00"
    counts = {row.id: row.value for row in morning.headline}
    assert (counts["shift_alarms"], counts["shift_P1"], counts["shift_open"], counts["shift_shelved"]) == (2, 1, 1, 1)
    shelved = next(table for table in morning.tables() if table.id == "shelved")
    assert shelved.rows == [["摄像机离线", "东围墙 C-5", T0_MS + 12 * HOUR_MS, "项目经理", "更换中"]]
    silent = next(table for table in morning.tables() if table.id == "silent")
    assert {row[0] for row in silent.rows} == {"数据源"}  # heard at midnight and at noon only
    assert [line.role for line in morning.signatures] == ["交班人", "接班人"]
    assert "交班人" in pdf_text(files(morning)["pdf"])

    evening = make(history_engine, SITE, Asked("handover", day.DAY, subject="20:00"), day.MADE_MS)
    assert {row.id: row.value for row in evening.headline}["shift_shelved"] == 0  # it returned by itself at noon
    with pytest.raises(CannotMake):
        make(history_engine, SITE, Asked("handover", day.DAY, subject="8 o'clock"), day.MADE_MS)


def recorded(engine: sa.Engine, var: Path) -> str:
    """The day, with its raw records in segments and a picture of the camera in the lift; the alarm's occurrence."""
    pages = day.told(quick=True)
    at_ms = T0_MS + 18 * HOUR_MS + 13_000
    picture = Blobs(var / "blobs").put(JPEG)
    pages.log("camera.picture", "C-3", {"hash": picture}, at_ms=at_ms + 1000)
    pages.log("camera.status", "C-5", {"status": "online"}, at_ms=at_ms + 1000)  # of another place
    value = encode_event(
        id="order-1",
        source="test",
        type="action.ordered",
        community=SITE.id,
        subject="C-3",
        time_ms=at_ms + 2000,
        data={"by": "post:manager"},
    )
    pages.entries.append(Entry(keys.JOURNAL, pages.entries[-1].position, at_ms + 2000, b"garden", value, ()))
    key = "EBIKE_LIFT/C-3"
    said = {"alarm": key, "device": "C-3", "by": "post:manager", "occurrence": f"{key}@{at_ms}"}
    for type_, after_s, more in (
        ("alarm.taken", 30, {"work": "on_scene"}),
        ("alarm.commented", 40, {"text": "车主已劝离", "picture": Blobs(var / "blobs").put(SHOT)}),
        ("alarm.commented", 41, {"text": "车主电话 13800001111"}),
        ("alarm.judged", 300, {"verdict": "benign", "reason": "已约谈"}),
    ):
        pages.journal(type_, key, said | more, at_ms=at_ms + after_s * 1000)
    book = Book(engine, {SITE.id: SITE}, Segments(var / "history" / "raw"))
    for topic in (keys.LOG, keys.JOURNAL):
        book.positions(topic)
        own = [entry for entry in pages.entries if entry.topic == topic]
        book.take([replace(entry, position=replace_offset(entry, n)) for n, entry in enumerate(own)])
    return f"EBIKE_LIFT/C-3@{at_ms}"


def replace_offset(entry: Entry, offset: int) -> object:
    return type(entry.position)(1, 0, offset)


@pytest.mark.parametrize("history_engine", ["sqlite"], indirect=True)
def test_an_incident_carries_its_evidence_and_no_byte_of_it_can_be_changed(
    history_engine: sa.Engine, tmp_path: Path
) -> None:
    name = recorded(history_engine, tmp_path)
    asked = Asked("incident", day.DAY, subject=name)
    made, found = incident_of(history_engine, SITE, asked, day.MADE_MS, var=tmp_path)
    assert made.verdict.title == "电动车入梯 · 1号楼1单元 轿厢"
    assert [row.value for row in made.headline] == [25, 95, 95]
    steps = next(table for table in made.tables() if table.id == "steps")
    told = [(row[2], row[4]) for row in steps.rows]
    assert told == [
        ("响起", ""),
        ("下令", ""),
        ("确认", ""),
        ("接手", "已到场"),
        ("处理记录", "车主已劝离"),
        ("处理记录", ""),  # a number is never printed
        ("恢复", ""),
        ("结束", ""),
        ("补写结论", "真实无害；已约谈"),
    ]
    assert made.verdict.note == "重要 · 真实无害，已约谈"
    for edition, result in (("internal", "真实无害，已约谈"), ("street", "真实无害")):
        daily = make(history_engine, SITE, Asked("daily", day.DAY, edition), day.MADE_MS)  # type: ignore[arg-type]
        listed = next(table for table in daily.tables() if table.id == "incidents")
        assert [row[6] for row in listed.rows if row[0] == T0_MS + 18 * HOUR_MS + 13_000] == [result]
    assert images_of(files(made, var=tmp_path)["pdf"]) == 2
    asked_outside = Asked("incident", day.DAY, "owners", subject=name)
    outside = make(history_engine, SITE, asked_outside, day.MADE_MS, var=tmp_path)
    assert "劝离" not in whole_text(outside) and "约谈" not in whole_text(outside)
    assert images_of(files(outside, var=tmp_path)["pdf"]) == 0
    sent = keep.drafted(history_engine, SITE, asked_outside, day.MADE_MS, var=tmp_path).number
    keep.signed(history_engine, SITE, sent, "manager", "post:manager", day.MADE_MS, var=tmp_path)
    assert kept.file_of(history_engine, SITE.id, sent, "zip") is None, "raw records stay inside"
    assert [found.files[f"pictures/{picture[0][7:]}"] for picture in found.pictures] == [JPEG, SHOT]
    shown = {f"pictures/{picture[0][7:]}" for picture in found.pictures}
    assert found.hashes.keys() == {"journal.jsonl", "records.jsonl", *shown}
    assert b"C-5" not in found.files["records.jsonl"]
    assert "03-12 18:00:13" in pdf_pages(files(made)["pdf"])[0], "to the second"
    text = whole_text(made).replace("\n", "")
    assert all(digest in text for digest in found.hashes.values())

    number = keep.drafted(history_engine, SITE, asked, day.MADE_MS, var=tmp_path).number
    words = keep.Words("post:manager", [*(said.text for said in made.summary), "已张贴提示。"], [])
    reworded = keep.reworded(history_engine, SITE, number, words, day.MADE_MS, var=tmp_path)
    assert (reworded.hashes, reworded.pictures) == (made.hashes, made.pictures), "words leave the evidence alone"
    keep.signed(history_engine, SITE, number, "manager", "post:manager", day.MADE_MS, var=tmp_path)
    bundle = kept.file_of(history_engine, SITE.id, number, "zip")
    assert bundle is not None and check_bundle(bundle) == number
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        names = archive.namelist()
        assert {f"{number}.pdf", "journal.jsonl", "records.jsonl", "manifest.json"} <= set(names)
        inside = {one: archive.read(one) for one in names}
    for changed in names:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for one, content in inside.items():
                archive.writestr(one, content + b" " if one == changed != "manifest.json" else content)
            if changed == "manifest.json":
                archive.writestr("beside.txt", b"more")
        with pytest.raises(Tampered):
            check_bundle(out.getvalue())
    (tmp_path / "history" / "raw").rename(tmp_path / "history" / "away")
    again, _ = incident_of(history_engine, SITE, asked, day.MADE_MS, var=tmp_path)
    assert any("不在此机" in table.note for table in again.tables())


def test_of_a_resident_in_care_there_is_no_sheet_for_the_outside(garden: sa.Engine, tmp_path: Path) -> None:
    name = "FALL/subject-00000001"
    said = whole_text(make(garden, SITE, Asked("incident", day.DAY, subject=name), day.MADE_MS, var=tmp_path))
    assert "特殊关怀" in said and "跌倒" not in said.replace("journal.jsonl", "")
    with pytest.raises(CannotMake, match="resident in care"):
        make(garden, SITE, Asked("incident", day.DAY, "street", subject=name), day.MADE_MS, var=tmp_path)
    with pytest.raises(CannotMake, match="there is no alarm"):
        make(garden, SITE, Asked("incident", day.DAY, subject="SOS/nobody"), day.MADE_MS, var=tmp_path)


def test_communities_stand_side_by_side_with_the_same_figures(garden: sa.Engine) -> None:
    other = replace(SITE, id="meadow", name=Text("草地", "Meadow"))
    made = make(garden, SITE, Asked("comparison", day.DAY, subject="day"), day.MADE_MS, sites=(SITE, other))
    table = next(table for table in made.tables() if table.id == "communities")
    assert [column.name for column in table.columns[2:]] == ["花园", "草地"]
    rows = {row[0]: row[2:] for row in table.rows}
    assert rows["通行"] == [80, None]  # the other was not recorded: unknown, not 0
    own = make(garden, SITE, Asked("daily", day.DAY), day.MADE_MS)
    shown = {row.name: row.value for row in own.headline}
    assert {name: rows[name][0] for name in shown if name in rows} == shown
    assert "通行次80—" in pdf_text(files(made)["pdf"])


def test_any_days_say_what_the_catalogue_says_of_them(garden: sa.Engine) -> None:
    made = day.paper(garden, "range", subject="2026-03-10")
    assert (made.number, made.from_day, made.to_day) == ("GARDEN-R2026031020260312", "2026-03-10", day.DAY)
    assert made.period == "2026-03-10 至 2026-03-12（3 天）" and made.compared == ["前一段"]
    told = {found.id: found.value for found in figures(garden, SITE, "2026-03-10", day.DAY).figures}
    assert {row.id: row.value for row in made.all_figures()}.items() <= told.items()
    assert made.figures["alarms"] == 9 and sum(made.figures["alarms_by_day_and_priority"].values()) == 9
    assert day.paper(garden, "range", day="2026-03-10", subject=day.DAY).period == made.period, "in whichever order"
    year = day.paper(garden, "range", subject="2025-03-12")
    trend = next(table for table in year.tables() if table.id == "trend")
    assert [row[0] for row in trend.rows][-1] == day.DAY and len(trend.rows) == 31
    for first in ("", "soon", "2020-01-01"):
        with pytest.raises(CannotMake):
            day.paper(garden, "range", subject=first)


def test_the_bundle_of_the_same_evidence_is_the_same(garden: sa.Engine, tmp_path: Path) -> None:
    asked = Asked("incident", day.DAY, subject="SOS/SOS-1")
    made, found = incident_of(garden, SITE, asked, day.MADE_MS, var=tmp_path)
    first, second = (evidence.bundle(made, files(made), found) for _ in range(2))
    assert first == second


def test_every_word_of_the_journal_has_one_in_an_incident_record() -> None:
    of_alarms = {type_ for type_ in JOURNAL if type_.startswith(("alarm.", "action.", "device.", "notice."))}
    assert of_alarms - STEPS.keys() == set()


KINDS_OF_DAYS = (
    ("daily", ""),
    ("weekly", ""),
    ("monthly", ""),
    ("range", day.DAY),
    ("handover", "08:00"),
    ("comparison", "month"),
)


@pytest.mark.parametrize(("kind", "subject"), KINDS_OF_DAYS)
@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("20260312", "a day is written 2026-03-12"),
        ("2026-W11-4", "a day is written 2026-03-12"),
        ("２０２６-03-12", "a day is written 2026-03-12"),
        ("2026-02-30", "a day is written 2026-03-12"),
        ("0001-01-01", "not of the years 2000 to 2099"),
        ("9999-12-20", "not of the years 2000 to 2099"),
    ],
)
def test_a_day_that_is_none_is_said(garden: sa.Engine, kind: Kind, subject: str, written: str, said: str) -> None:
    with pytest.raises(CannotMake, match=said) as refused:
        day.paper(garden, kind, day=written, subject=subject)
    assert refused.value.said.zh != refused.value.said.en


@pytest.mark.parametrize(("kind", "subject"), KINDS_OF_DAYS)
def test_what_has_not_come_yet_is_not_reported(garden: sa.Engine, kind: Kind, subject: str) -> None:
    first = "2027-01-04" if kind == "range" else subject
    with pytest.raises(CannotMake, match="has not come yet"):
        day.paper(garden, kind, day="2027-01-04", subject=first)


def test_a_shift_is_handed_over_when_it_has_begun_and_at_its_hours_only(garden: sa.Engine) -> None:
    now_ms = T0_MS + 18 * HOUR_MS + 30 * MINUTE_MS
    for hour in ("08:00", "20:00"):
        made = make(garden, SITE, Asked("handover", day.DAY, subject=hour), now_ms)
        assert made.number == f"GARDEN-H20260312-{hour.replace(':', '')}"
        with pytest.raises(CannotMake, match="has not come yet"):
            make(garden, SITE, Asked("handover", "2026-03-13", subject=hour), now_ms)
    for hour in ("08:00+08:00", "08:00:30", "8:00", "08", "09:00", "24:00"):
        with pytest.raises(CannotMake, match="no shift ends at .*: 08:00, 20:00"):
            make(garden, SITE, Asked("handover", day.DAY, subject=hour), now_ms)
