"""Who reads what: outside the house the building only, nothing of a resident; by the whole text of all files."""

from __future__ import annotations

import re

import msgspec
import pytest
import sqlalchemy as sa

from community.board.alarm_words import CARE
from community.catalogue import CATALOGUE
from community.reports.model import encoded
from community.reports.personal import HEALTH, HEALTH_EN, NAME, NUMBER, ROOM, faults_of
from dashboard.reports import keep
from dashboard.reports.make import Asked
from tests.layouts.garden import PERSON
from tests.reports import day
from tests.reports.readback import whole_text

CARE_NAMES = [text for id_ in CARE for text in (CATALOGUE[id_].name.zh, CATALOGUE[id_].name.en)]
REGISTER = [device.id for device in day.SITE.devices if device.system == "care"]
ROOMS = [device.room for device in day.SITE.devices if device.room]
BEDROOM = "卧室"


def _list(said: str) -> list[str]:
    return [words for line in said.strip().splitlines() for words in line.strip().split("|")]


NUMBERS = _list("""
    138-1234-5678|138 1234 5678|+86 13812345678|１３８１２３４５６７８|010-62345678|(027)8765 4321|电话 62345678
    沪A·12345|沪AD12345|粤Z1234港|420101 19800101 123X
""")
PERSONAL = _list("""
    7号楼1203|7栋1203房|７号楼１２０３漏水|7#1203|7幢1203户|A座12层1203|3号楼二单元|7/2/1203|7-2-1203
    7-1203 漏水|车库B1-1203|1203的业主|住在1203|7号楼1203业主反映漏水|Flat 1203|Apt 12|Room 3B|Bldg 7-1203
    Alarm in Building 7, 1203.|帕金森|糖尿病|癌症|高血压|老年人独自居住|一个人住|diabetes|Parkinson's|cancer
    living alone|He fell in the stairs|业主王建国|住户李娜|家属张三|业主代表：高强|业主（张伟）|王建国电话
    李建民的手机|已到李娜家里查看|resident Wang Jianguo
""")
ORDINARY = _list("""
    3号楼电梯停运2小时|7号楼1203千瓦时|7号楼 1,203 kWh|7号楼1203 m³|7号楼120户停水|7号楼 12:03 停电
    7号楼 119 到场|3号楼 2026 年大修|Building 7: 1203 kWh|2026-11-29|1/2/2026|1-2-2026|12-24 小时|800-1200 元
    5-1000 元|08:00-1200|告警 1203 起|18-22 时占 100%|12345 热线|2026 业主大会|张贴通知|业主张贴通知|高峰
    业主高度关注|居民周末出行|业主陆续缴费|业主方提出|业主曾反映|业主任何时候|王府|居民区王府花园|感谢大家配合
    周边商家|周边国家|工程国家标准|周末值班电话|锦江物业电话|林经理电话|师傅张伟更换了水泵|Alarms fell by 8 %.
    3号楼 120kW停机|300 住户停水|The gateway's heartbeat was lost.|the flat rate rose
    The Owner Committee Meeting decides.
""")


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
        *((said, True, True) for said in ORDINARY),
        *((said, True, False) for said in PERSONAL),
        *((said, False, False) for said in NUMBERS),
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
