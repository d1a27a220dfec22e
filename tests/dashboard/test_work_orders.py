"""/orders over HTTP: what a resident wrote, without the numbers; with them for who may and says why."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import httpx
import msgspec
import pytest
import redis

from community.audit import FACT
from dashboard import sending
from store import keys
from store.history.database import migrate, open_engine
from store.people import open_engines
from store.residents.reports import Report, Reports
from tests.dashboard.serve import serving
from tests.engines.ports import free_port
from tests.engines.wait import wait_until_async
from tests.history.pages import DAY_MS, HOUR_MS, Pages, write
from tests.ingest.yard import LANTING
from tests.layouts.scenes import incident
from tests.layouts.stage import Stage

PHONE, CARD = "13812345678", "11010119900307123X"
WORDS = f"插头发烫，请打 {PHONE}，身份证 {CARD}"
OTHER = "线皮破了"


def told(url: str, order: str, text: str) -> None:
    """A resident's report, as /r keeps it. The tables are there once somebody has signed in."""
    Reports(open_engines(url)).put(Report("lanting", order, "lift", "phone:7-2", text, (), 1), f"code-{order}")


def test_numbers_are_covered_until_a_supervisor_says_why(redis_url: str, var: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'history.db'}"
    state = incident()
    phases = {"phases": {"published": state.clock_ms}}
    state.devices["DESK"].memory = {"desk": {"open": {"R-1": phases, "R-2": phases}}}
    Stage(redis_url, state).close()

    def facts() -> list[dict[str, object]]:
        with redis.Redis.from_url(redis_url) as client:
            records = [msgspec.json.decode(fields[b"v"]) for _, fields in client.xrange(keys.LOG)]
        return [r["data"] for r in records if r["type"] == FACT and r["data"]["action"] == "order.plain"]

    async def go() -> None:
        async with serving(redis_url, var, DATABASE_URL=url) as web:
            await wait_until_async(lambda: web.hub.connected, 10, "the hub has read the state")
            asked = {"do": "plain", "order": "R-1", "reason": "回电问线路"}
            await web.act_as("guard")
            for order, text in (("R-1", WORDS), ("R-2", OTHER)):
                told(url, order, text)
            page = (await web.client.get("/orders?lang=zh")).text
            assert "插头发烫，请打 ***，身份证 ***" in page and OTHER in page
            assert PHONE not in page and CARD not in page
            assert "请班长查看" in page and 'value="plain"' not in page
            refused = await web.client.post("/orders?lang=zh", data=asked)
            assert refused.status_code == 403 and PHONE not in refused.text
            await wait_until_async(lambda: [f["outcome"] for f in facts()] == ["denied"], 20, "the audit has that too")

            await web.act_as("supervisor")
            page = (await web.client.get("/orders?lang=zh")).text
            assert PHONE not in page and CARD not in page
            assert page.count('value="plain"') == 1, "where nothing is covered, nothing is asked for"
            short = await web.client.post("/orders?lang=zh", data=asked | {"reason": "看"})
            assert short.status_code == 400 and "请写明理由" in short.text and PHONE not in short.text
            numbers = await web.client.post("/orders?lang=zh", data=asked | {"reason": PHONE})
            assert numbers.status_code == 400, "a number is no reason, and no business of the log"
            gone = await web.client.post("/orders?lang=zh", data=asked | {"order": "R-9"})
            assert gone.status_code == 404
            assert len(facts()) == 1, "nothing was shown, and nothing is told"

            plain = await web.client.post("/orders?lang=zh", data=asked)
            assert plain.status_code == 200 and WORDS in plain.text and OTHER not in plain.text
            assert "完整显示，理由：回电问线路" in plain.text and "orders.js" not in plain.text, "nothing renews it"
            english = await web.client.post("/orders?lang=en", data=asked | {"reason": "to call back"})
            assert "Shown in full, because: to call back" in english.text and WORDS in english.text
            again = (await web.client.get("/orders?lang=en")).text
            assert PHONE not in again and re.search("Numbers are covered: say why", again), "once, for one reason"

    asyncio.run(go())
    shown = [(f["outcome"], f["person"], f["target"], f["detail"]) for f in facts() if f["outcome"] == "allowed"]
    assert shown == [
        ("allowed", "demo:supervisor", "R-1", "回电问线路"),
        ("allowed", "demo:supervisor", "R-1", "to call back"),
    ]


def test_whoever_has_taken_an_order_sees_the_number_to_call_back(redis_url: str, var: Path, tmp_path: Path) -> None:
    """For a reason, recorded; not of one that another post has, nor of one that nobody has taken."""
    url = f"sqlite:///{tmp_path / 'history.db'}"
    state = incident()
    taken = {"phases": {"published": state.clock_ms - 60_000, "taken": state.clock_ms}}
    orders = {"R-1": taken | {"post": "post:control"}, "R-2": taken | {"post": "post:gate"}}
    state.devices["DESK"].memory = {"desk": {"open": orders}}
    Stage(redis_url, state).close()

    async def go() -> None:
        async with serving(redis_url, var, DATABASE_URL=url) as web:
            await wait_until_async(lambda: web.hub.connected, 10, "the hub has read the state")
            await web.act_as("guard")
            for order in orders:
                told(url, order, WORDS)
            page = (await web.client.get("/orders?lang=zh")).text
            assert PHONE not in page and page.count('value="plain"') == 1 and "接单后可查看" in page
            asked = {"do": "plain", "order": "R-1", "reason": "回电问线路"}
            short = await web.client.post("/orders?lang=zh", data=asked | {"reason": "看"})
            assert short.status_code == 400 and PHONE not in short.text
            others = await web.client.post("/orders?lang=zh", data=asked | {"order": "R-2"})
            assert others.status_code == 403 and PHONE not in others.text
            mine = await web.client.post("/orders?lang=zh", data=asked)
            assert mine.status_code == 200 and mine.text.count(PHONE) == 1
            assert PHONE not in (await web.client.get("/orders?lang=zh")).text

    asyncio.run(go())
    with redis.Redis.from_url(redis_url) as client:
        records = [msgspec.json.decode(fields[b"v"]) for _, fields in client.xrange(keys.LOG)]
    facts = [r["data"] for r in records if r["type"] == FACT and r["data"]["action"] == "order.plain"]
    allowed = [(f["person"], f["target"], f["detail"]) for f in facts if f["outcome"] == "allowed"]
    assert allowed == [("demo:guard", "R-1", "回电问线路")]


def test_without_its_fact_nothing_is_shown(
    redis_url: str, var: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "COMMAND_S", 0.5)
    url = f"sqlite:///{tmp_path / 'history.db'}"
    state = incident()
    state.devices["DESK"].memory = {"desk": {"open": {"R-1": {"phases": {"published": state.clock_ms}}}}}
    Stage(redis_url, state).close()

    async def go() -> None:
        nobody = f"127.0.0.1:{free_port()}"
        async with serving(redis_url, var, DATABASE_URL=url, KAFKA_BOOTSTRAP_SERVERS=nobody) as web:
            await wait_until_async(lambda: web.hub.connected, 10, "the hub has read the state")
            await web.act_as("supervisor")
            told(url, "R-1", WORDS)
            web.client.timeout = httpx.Timeout(30)
            asked = {"do": "plain", "order": "R-1", "reason": "回电问线路"}
            answer = await web.client.post("/orders?lang=zh", data=asked)
            assert answer.status_code == 503 and "审计未能记录" in answer.text and PHONE not in answer.text

    asyncio.run(go())


def test_what_has_ended_stands_beside_the_open_ones(redis_url: str, var: Path, tmp_path: Path) -> None:
    """The last first, with how long it took, who had it and what the resident thought of it; never with a number."""
    url = f"sqlite:///{tmp_path / 'history.db'}"
    state = incident()
    now_ms = state.clock_ms
    state.devices["DESK"].memory = {"desk": {"open": {"R-1": {"phases": {"published": now_ms}}}}}
    Stage(redis_url, state).close()

    async def go() -> None:
        async with serving(redis_url, var, DATABASE_URL=url) as web:
            await wait_until_async(lambda: web.hub.connected, 10, "the hub has read the state")
            await web.act_as("guard")
            told(url, "R-1", OTHER)
            away = (await web.client.get("/orders?lang=zh")).text
            assert "历史库没有应答" in away and OTHER in away, "without history the open ones are shown all the same"
            migrate(open_engine(url, write=True))  # as the history process does
            empty = (await web.client.get("/orders?lang=zh")).text
            assert "七天内没有办结的工单" in empty and "没有在办的工单" in empty and "今天新到 0 · 办结 0" in empty

            told(url, "R-DONE", WORDS)
            pages = Pages("lanting")
            over = (("R-DONE", 0, 80, "done"), ("R-GONE", 1, 5, "cancelled"), ("R-OLD", 9, 5, "done"))
            for order, days, minutes, phase in over:
                came_ms = now_ms - days * DAY_MS - 2 * HOUR_MS
                about = {"order": order, "category": "lift"}
                pages.log("order.phase", "DESK", about | {"phase": "published"}, at_ms=came_ms)
                pages.log("order.phase", "DESK", about | {"phase": "taken", "post": "post:gate"}, at_ms=came_ms + 1000)
                pages.log("order.phase", "DESK", about | {"phase": phase}, at_ms=came_ms + 60_000 * minutes)
            pages.log("order.phase", "DESK", {"order": "R-DONE", "phase": "rated", "rating": 4}, at_ms=now_ms - 60_000)
            write(open_engine(url, write=True), pages.entries, site=LANTING)
            page = (await web.client.get("/orders?lang=zh")).text
            beside = page[page.index('<aside class="lately">') :]
            said = re.findall(r"<li><b>(.*?)</b>.*?<span class=\"num\">(.*?)</span></li>", beside)
            assert said == [
                ("电梯 · 7号楼2单元", "完成 · 用时 1 小时 20 分 · 门岗 · 4 分"),
                ("电梯", "已取消 · 用时 5 分 · 门岗"),
            ]
            assert "今天新到 1 · 办结 1" in beside and PHONE not in page
            english = (await web.client.get("/orders?lang=en")).text
            assert "done · took 1 h 20 min · Gate · rated 4" in english and "Today 1 came, 1 ended" in english

    asyncio.run(go())
