"""Who reads what: outside the house the building only, nothing of a resident; by the whole text of all files."""

from __future__ import annotations

import re

import msgspec
import pytest
import sqlalchemy as sa

from community.board.alarm_words import CARE
from community.catalogue import CATALOGUE
from community.reports.editions import HEALTH, HEALTH_EN, NAME, NUMBER, ROOM, faults_of
from community.reports.model import encoded
from dashboard.reports import keep
from dashboard.reports.make import Asked
from tests.layouts.garden import PERSON
from tests.reports import day
from tests.reports.readback import whole_text

CARE_NAMES = [text for id_ in CARE for text in (CATALOGUE[id_].name.zh, CATALOGUE[id_].name.en)]
REGISTER = [device.id for device in day.SITE.devices if device.system == "care"]
ROOMS = [device.room for device in day.SITE.devices if device.room]
BEDROOM = "卧室"


@pytest.mark.parametrize(
    ("kind", "edition", "lang"),
    [("daily", "owners", "zh"), ("daily", "street", "en"), ("weekly", "street", "zh"), ("monthly", "owners", "en")],
)
def test_outside_editions_say_the_building_and_nothing_of_a_resident(
    garden: sa.Engine, kind: str, edition: str, lang: str
) -> None:
    made = day.paper(garden, kind, edition, lang)  # type: ignore[arg-type]
    said = whole_text(made) + encoded(made).decode()
    for private in (*CARE_NAMES, *REGISTER, PERSON.zh[:3], PERSON.en, BEDROOM, "SOS-1", "W-2", "特殊关怀", "subject-"):
        assert private not in said, private
    for room in ROOMS:
        assert not re.search(rf"{room}\s*室|· {room}\b", said), room
    numbers = r"\d+\.\d+|\b\d{13}\b"  # amounts, and moments in the body
    for pattern in (ROOM, HEALTH, HEALTH_EN, NAME, NUMBER):
        assert not (found := pattern.search(re.sub(numbers, "", said))), found


def test_the_house_reads_where_it_was_but_never_what_ails_whom(garden: sa.Engine) -> None:
    said = whole_text(day.paper(garden))
    assert "1号楼1单元 101室" in said and "特殊关怀" in said and "1号楼2单元" in said
    for private in (*CARE_NAMES, *REGISTER, PERSON.zh[:3], "302室"):
        if private != "302室":  # the room of a resident in care is the room of a leak as well
            assert private not in said, private


def test_what_is_not_told_apart_still_adds_up(garden: sa.Engine) -> None:
    inside, outside = (day.paper(garden, edition=edition) for edition in ("internal", "street"))  # type: ignore[arg-type]
    tables = [{t.id: t for t in made.tables()}["alarms_by_type"] for made in (inside, outside)]
    assert [sum(row[-1] for row in table.rows) for table in tables] == [8, 8]  # type: ignore[misc]
    assert {row[0] for row in tables[1].rows} - {row[0] for row in tables[0].rows} == {"其他"}
    listed = [{t.id: t for t in made.tables()}["incidents"] for made in (inside, outside)]
    assert [len(table.rows) for table in listed] == [5, 4]
    assert "其中 1 条涉及居民个人，不逐条列出" in listed[1].note


@pytest.mark.parametrize(
    ("words", "inside", "outside"),
    [
        ("7号楼夜间用水偏高，请工程部查漏。", True, True),
        ("7号楼2单元1203室漏水已修。", True, False),
        ("居民头晕，120 到场。", True, False),
        ("王*来电感谢。", True, False),
        ("李阿姨投诉噪声。", True, False),
        ("请回电 13800001234。", False, False),
        ("沪A12345 挪车。", False, False),
        ("The resident lives alone.", True, False),
        ("Unit 3 asks for a light.", True, False),
        ("Charging grew by 8 %.", True, True),
    ],
)
def test_words_that_a_person_adds_are_looked_at(words: str, inside: bool, outside: bool) -> None:
    assert (not faults_of([words], "internal"), not faults_of([words], "street")) == (inside, outside)


@pytest.mark.parametrize("history_engine", ["sqlite"], indirect=True)
def test_words_of_a_person_are_marked_and_refused_where_they_say_too_much(history_engine: sa.Engine) -> None:
    day.written(history_engine)
    site = msgspec.structs.replace(day.SITE, posts=(day.MANAGER,))
    asked = Asked("daily", day.DAY, "street")
    made = keep.drafted(history_engine, site, asked, day.MADE_MS)
    drafted = [said.text for said in made.summary]
    with pytest.raises(keep.NotAllowed, match="nearer than the building"):
        keep.reworded(history_engine, site, made.number, keep.Words("post:manager", ["1单元漏水"], []), day.MADE_MS)
    words = keep.Words("post:manager", [drafted[0], "电梯维保已约。"], ["同意增设摄像机。"])
    after = keep.reworded(history_engine, site, made.number, words, day.MADE_MS)
    assert [(said.text, bool(said.rule), said.by) for said in after.summary] == [
        (drafted[0], True, ""),
        ("电梯维保已约。", False, "项目经理"),
    ]
    again = keep.drafted(history_engine, site, asked, day.MADE_MS + 1)  # made anew: a person's words stay
    assert [said.text for said in again.decisions] == ["同意增设摄像机。"]
    assert "人工填写项目经理" in whole_text(again).replace(" ", "")
