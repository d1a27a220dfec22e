"""小结 and 需要决定 on the daily page are those of the report of these days, whoever wrote them."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa
from msgspec.structs import replace
from plotly.utils import PlotlyJSONEncoder

from community.office.periods import Period, around
from community.site import Post, Text
from dashboard.office.ask import Ask
from dashboard.office.panels.words import asked_of, words
from dashboard.reports import keep
from dashboard.reports.keep import Words
from dashboard.reports.make import Asked, make
from tests.reports import day

SITE = replace(day.SITE, posts=(day.MANAGER, Post("post:supervisor", Text("班长", "Supervisor"), "supervisor")))
LEADS = frozenset(("report.read", "report.make", "report.words"))
DAY = around(day.DAY, "day")
NUMBER = "GARDEN-20260312"


@pytest.fixture
def garden(history_engine: sa.Engine) -> sa.Engine:
    day.written(history_engine)
    return history_engine


def shown(engine: sa.Engine, acts: frozenset[str] = LEADS, period: Period = DAY) -> str:
    ask = Ask(engine, SITE, period, "zh", day.MADE_MS, acts)
    return json.dumps(words(ask), cls=PlotlyJSONEncoder, ensure_ascii=False)


def test_without_a_draft_the_rules_speak(garden: sa.Engine) -> None:
    said, paper = shown(garden), make(garden, SITE, Asked("daily", day.DAY), day.MADE_MS)
    assert paper.summary and paper.decisions and "按现有记录起草" in said
    for one in (*paper.summary, *paper.decisions):
        assert one.text in said and f'"{one.rule}"' in said
    assert all(note.text in said for note in paper.rules), "each names its rule"
    assert '"action": "/reports?community=garden&lang=zh"' in said and '"value": "make"' in said
    assert '"action"' not in shown(garden, frozenset(("report.read",))), "a guard only reads"


def test_a_person_s_words_stand_there_as_such_until_it_is_issued(garden: sa.Engine) -> None:
    paper = keep.drafted(garden, SITE, Asked("daily", day.DAY), day.MADE_MS)
    texts = [one.text for one in paper.summary]
    own = Words("post:supervisor", [texts[0], "电梯维保已约。"], ["换一把锁。"])
    keep.reworded(garden, SITE, NUMBER, own, day.MADE_MS)
    said = shown(garden)
    assert f"草稿 {NUMBER}" in said and said.count("人工填写 班长") == 2 and texts[1] not in said
    assert f'"value": "{texts[0]}\\n电梯维保已约。"' in said and f'"value": "{NUMBER}"' in said
    keep.signed(garden, SITE, NUMBER, "manager", "post:manager", day.MADE_MS)
    issued = shown(garden)
    assert "已发布" in issued and "电梯维保已约。" in issued and '"action"' not in issued
    assert f"/reports?community=garden&lang=zh&number={NUMBER}" in issued


def test_who_may_not_read_reports_is_told_no_room(garden: sa.Engine) -> None:
    inside, outside = shown(garden), shown(garden, frozenset())
    assert "101" in inside and "101" not in outside and "1号楼" in outside


@pytest.mark.parametrize(
    ("period", "asked"),
    [
        (around(day.DAY, "week"), Asked("weekly", "2026-03-15")),
        (around(day.DAY, "month"), Asked("monthly", "2026-03-31")),
        (Period("range", "2026-03-10", "2026-03-12"), Asked("range", "2026-03-12", subject="2026-03-10")),
    ],
)
def test_other_days_have_theirs(garden: sa.Engine, period: Period, asked: Asked) -> None:
    assert asked_of(Ask(garden, SITE, period, "zh", day.MADE_MS, LEADS)) == asked
    said = shown(garden, period=period)
    assert all(one.text in said for one in make(garden, SITE, asked, day.MADE_MS).summary)
