"""/daily as Dash asks for it: every panel in both languages, alone in its failure; the records behind a bar."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from community.demo import DEMO
from dashboard.office.panels import PANELS
from store.history.database import migrate, open_engine
from store.history.records import Asked
from tests.dashboard.serve import Web, serving
from tests.history.pages import DAY_MS, HOUR_MS, MINUTE_MS, T0_MS, Pages, write
from tests.history.test_figures import quiet
from tests.history.test_looks import EYES

PAGE = "/daily?day=2026-03-12"
SHOWN = msgspec.structs.replace(EYES, id=DEMO)
"""Under the id of the demo its pages open without a sign-in."""


@pytest.fixture
def told(tmp_path: Path) -> dict[str, str]:
    """A day with a gap, and what `serving` needs to show it."""
    url = f"sqlite:///{tmp_path / 'history.db'}"
    engine = open_engine(url, write=True)
    migrate(engine)
    pages = Pages(DEMO)
    quiet(pages, T0_MS, T0_MS + 8 * HOUR_MS)
    quiet(pages, T0_MS + 9 * HOUR_MS, T0_MS + DAY_MS)
    for n in range(40):
        pages.log("access.pass", "D-1", {"method": "face", "result": "granted"}, at_ms=T0_MS + 7 * HOUR_MS + n * 1000)
    for n in range(5):
        pages.alarm(f"DOOR_HELD/D-{n}", T0_MS + 18 * HOUR_MS + n * MINUTE_MS, priority="P3", ack_s=90, back_s=400)
    pages.alarm("LONG_IN/subject-000001", T0_MS + 20 * HOUR_MS, ack_s=20, back_s=50)
    write(engine, pages.entries, site=SHOWN)
    engine.dispose()
    site = tmp_path / "garden.json"
    site.write_bytes(msgspec.json.encode(SHOWN))
    return {"SITE": str(site), "DATABASE_URL": url}


async def fill(web: Web, panel: str, page: str = PAGE, name: str = "daily") -> tuple[str, bool]:
    """What Dash puts into the panel, as text, and whether the button to try again is hidden."""
    body, retry = ({"page": name, "panel": panel, "part": part} for part in ("body", "retry"))
    ids = [json.dumps(id_, separators=(",", ":")) for id_ in (body, retry)]
    any_panel = f'{{"page":"{name}","panel":["MATCH"],"part":"%s"}}'
    asked = {
        "output": f"..{any_panel % 'body'}.children...{any_panel % 'retry'}.hidden..",
        "outputs": [{"id": body, "property": "children"}, {"id": retry, "property": "hidden"}],
        "inputs": [{"id": retry, "property": "n_clicks"}],
        "state": [{"id": body, "property": "id", "value": body}],
        "changedPropIds": [],
    }
    answer = await web.client.post("/_dash-update-component", json=asked, headers={"referer": web.url + page})
    assert answer.status_code == 200, f"{panel}: {answer.status_code}"
    said = answer.json()["response"]
    return json.dumps(said[ids[0]]["children"], ensure_ascii=False), said[ids[1]]["hidden"]


async def drill(web: Web, asked: Any, page: str = PAGE) -> str | None:
    body = {
        "output": "records-daily.children",
        "outputs": {"id": "records-daily", "property": "children"},
        "inputs": [{"id": "drill-daily", "property": "data", "value": {"asked": asked, "n": 1}}],
        "changedPropIds": ["drill-daily.data"],
    }
    answer = await web.client.post("/_dash-update-component", json=body, headers={"referer": web.url + page})
    return answer.text if answer.status_code == 200 else None


def run(redis_url: str, var: Path, told: dict[str, str], look: Any) -> None:
    async def visit() -> None:
        async with serving(redis_url, var, **told) as web:
            await look(web)

    asyncio.run(visit())


def test_every_panel_says_what_it_shows(redis_url: str, tmp_path: Path, told: dict[str, str]) -> None:
    finds = {
        "completeness": ("数据完整 95.8%", "缺 1 段，共 1 时", "03-12 08:00"),
        "words": ("没有紧急告警", "告警 6 条", "按现有记录起草"),
        "kpis": ("告警", "没有记录", "前一日", "上周四"),
        "alarm_hours": ("18–19 点集中了超过一半告警", "缺 1 时"),
        "alarm_types": ("门开超时最多", "特殊关怀"),
        "delays": ("门开超时确认慢于 1 分钟",),
        "pass_hours": ("早 7–8 点最忙",),
        "pass_methods": ("人脸占几乎全部",),
        "cameras": ("2 路摄像机有中断",),
        "night": ("没有夜间读数",),
        "orders": ("没有记录，不等于没有发生",),
        "occupancy": ("没有充电",),
        "energy": ("充电 0 度",),
        "gained": ("没有可说的",),
    }

    async def look(web: Web) -> None:
        assert set(finds) == set(PANELS)
        for panel, words in finds.items():
            shown, hidden = await fill(web, panel)
            assert hidden and not [word for word in words if word not in shown], (panel, shown[:400])
            assert "LONG_IN" not in shown and "subject-000001" not in shown, panel
            english, _ = await fill(web, panel, PAGE + "&lang=en")
            drawn = [text for text in texts(json.loads(english)) if any("一" <= c <= "鿿" for c in text)]
            assert not drawn, (panel, drawn)
            for span in ("&span=week", "&span=month", "&from=2025-03-01&to=2026-03-12"):
                assert (await fill(web, panel, PAGE + span))[1], (panel, span)

    run(redis_url, tmp_path, told, look)


def texts(part: Any) -> list[str]:
    """What a person reads: texts of components and of their charts, not the data behind a click."""
    if isinstance(part, str):
        return [part]
    if isinstance(part, list):
        return [text for one in part for text in texts(one)]
    if not isinstance(part, dict):
        return []
    skipped = ("id", "type", "namespace", "className", "src", "config", "customdata", "family", "data-drill")
    return [text for name, one in part.items() if name not in skipped for text in texts(one)]


def test_a_day_without_a_record_is_no_day_without_an_alarm(
    redis_url: str, tmp_path: Path, told: dict[str, str]
) -> None:
    async def look(web: Web) -> None:
        for panel in ("alarm_hours", "alarm_types", "pass_hours", "pass_methods", "occupancy", "energy", "orders"):
            shown, _ = await fill(web, panel, "/daily?day=2026-03-01")
            assert "没有记录" in shown, panel
        assert "没有记录" in (await fill(web, "completeness", "/daily?day=2026-03-01"))[0]

    run(redis_url, tmp_path, told, look)


def test_days_to_come_are_told_as_such_and_of_none_a_report_is_made(
    redis_url: str, tmp_path: Path, told: dict[str, str]
) -> None:
    async def look(web: Web) -> None:
        for page, to_come in (("/daily?day=2099-03-12", True), (PAGE, False)):
            answer = await web.client.get("/_dash-layout", headers={"referer": web.url + page})
            said = json.dumps(answer.json(), ensure_ascii=False)
            assert ("这一天还没有到" in said) is to_come and ("没有记录" in said) is False
            assert (".pdf" in said) is not to_come and ("/reports" in said)
            assert "对比 前一日" in said
        answer = await web.client.get("/_dash-layout", headers={"referer": web.url + "/alarms?day=2026-03-12"})
        said = json.dumps(answer.json(), ensure_ascii=False)
        assert "任意日期" in said and "对比" not in said, "nothing there is compared"
        refused = await web.client.get("/api/v1/reports/daily/2099-03-12.pdf")
        assert refused.status_code == 404 and "2099-03-12 还没有到" in refused.json()["error"]

    run(redis_url, tmp_path, told, look)


def test_a_database_that_is_away_fails_in_its_frame(redis_url: str, tmp_path: Path, told: dict[str, str]) -> None:
    async def look(web: Web) -> None:
        for panel in ("kpis", "night"):
            shown, hidden = await fill(web, panel)
            assert "取数失败" in shown and "history database" in shown and not hidden
        asked = msgspec.json.encode(Asked("alarms", T0_MS, T0_MS + DAY_MS)).decode()
        assert "取数失败" in json.dumps(json.loads(await drill(web, asked) or ""), ensure_ascii=False)

    run(redis_url, tmp_path, told | {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}, look)


def test_records_behind_a_bar(redis_url: str, tmp_path: Path, told: dict[str, str]) -> None:
    async def look(web: Web) -> None:
        whole = Asked("alarms", T0_MS, T0_MS + DAY_MS)
        shown = json.loads(await drill(web, msgspec.json.encode(whole).decode()) or "")
        assert len(shown["response"]["records-daily"]["children"]) == 2
        said = json.dumps(shown, ensure_ascii=False)
        assert said.count("看当时") == 6 and f"/past?community={DEMO}&lang=zh&at={T0_MS + 18 * HOUR_MS}" in said
        assert "共 6 条" in said and said.count("门开超时") == 5 and said.count("特殊关怀") == 1
        assert "LONG_IN" not in said and "subject" not in said and "久归" not in said
        for curious in (
            Asked("alarms", 0, 2 * T0_MS, alarms=("FALL",)),
            Asked("alarms", 0, 2 * T0_MS, alarms=("care",)),
        ):
            told = json.loads(await drill(web, msgspec.json.encode(curious).decode()) or "")
            assert json.dumps(told, ensure_ascii=False).count("特殊关怀") == 1, "of care all or nothing"
        by_name = Asked("alarms", 0, 2 * T0_MS, devices=("subject-000001",))
        assert "共 6 条" in json.dumps(
            json.loads(await drill(web, msgspec.json.encode(by_name).decode()) or ""), ensure_ascii=False
        )
        for bad in (
            "",
            "{}",
            '{"of":"journal","from_ms":0,"to_ms":1}',
            '{"of":"alarms","from_ms":0,"to_ms":1,"x":1}',
            7,
        ):
            assert await drill(web, bad) is None
        assert await drill(web, msgspec.json.encode(whole).decode(), "/") is None, "another page's"
        assert (await web.client.get("/daily/more")).status_code == 404

    run(redis_url, tmp_path, told, look)
