"""Residents' pages by HTTP: public, without script, honest when the house is away, bounded."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from dashboard.resident.limits import Limit, Limits
from store.history.database import migrate, open_engine
from tests.dashboard.serve import Web, serving
from tests.engines.wait import wait_until_async
from tests.layouts.scenes import Scene
from tests.layouts.stage import Stage

Visit = Callable[[Web], Awaitable[None]]
PERSONAL = re.compile(r"p-[0-9a-f]{12}|1[3-9][0-9]{9}")
"""A subject of the register, a telephone."""


def scene() -> Scene:
    found = Scene().everything()
    found.device("EB-01-01", status="Charging", charging=True, session="s1", power_w=182.0)
    found.device("EB-01-02", status="Finishing", session="s2", session_stop_ms=found.clock_ms - 60_000)
    found.device("EB-01-03", status="Available")
    return found


@pytest.fixture
def visit(redis_url: str, tmp_path: Path, var: Path) -> Callable[[Visit], None]:
    """A visit by somebody without an account, where everybody else has to sign in."""

    def run(what: Visit) -> None:
        url = f"sqlite:///{tmp_path / 'history.db'}"
        migrate(open_engine(url, write=True))
        stage = Stage(redis_url, scene().state)
        stage.run()

        async def go() -> None:
            async with serving(redis_url, var, DATABASE_URL=url, WALL_TOKEN="t0k3n") as web:
                await wait_until_async(lambda: web.hub.connected, 10, "the hub has read the state")
                await what(web)

        try:
            asyncio.run(go())
        finally:
            stage.close()

    return run


def test_free_ports_without_account_or_script(visit: Callable[[Visit], None]) -> None:
    async def look(web: Web) -> None:
        page = await web.client.get("/r")
        assert page.status_code == 200 and "个空位" in page.text and "A棚" in page.text
        assert 'class="port free"' in page.text and "http-equiv" in page.text, "it renews itself without a script"
        assert not PERSONAL.search(page.text)
        english = await web.client.get("/r?lang=en&kind=car")
        assert "free ports" in english.text and "Zone E1" in english.text
        big = await web.client.get("/r?big=1")
        assert 'class="big"' in big.text
        assert 'class="big"' in (await web.client.get("/r")).text, "the phone remembers it"
        near = await web.client.get("/r?home=15")
        assert near.text.index("15号楼地库") < near.text.index("B棚") < near.text.index("A棚")
        assert (await web.client.get("/desk")).status_code == 401

    visit(look)


def test_a_scanned_port_is_followed(visit: Callable[[Visit], None]) -> None:
    async def look(web: Web) -> None:
        page = await web.client.get("/r/EB-01-01")
        assert 'data-look="use"' in page.text and "182 W" in page.text
        assert "我的车正在充电" in (await web.client.get("/r")).text
        full = await web.client.get("/r/EB-01-02")
        assert 'data-look="full"' in full.text and "请尽快取车" in full.text
        assert "我的车已充满，已自动断电" in (await web.client.get("/r")).text
        free = await web.client.get("/r/EB-01-03")
        assert 'data-look="free"' in free.text and "我的车已充满" in (await web.client.get("/r")).text
        for nobody in ("SOS-021", "p-5bdde05846cd", "nothing", "%3Cb%3E"):
            missing = await web.client.get(f"/r/{nobody}")
            assert missing.status_code == 404 and "没有这个充电口" in missing.text and "<b>" not in missing.text.lower()
        forged = await web.client.get("/r", headers={"cookie": "shouwang_port=<script>~1; shouwang_home=<b>"})
        assert forged.status_code == 200 and "<script>~" not in forged.text

    visit(look)


def test_a_clock_that_stands_is_no_free_port(redis_url: str, var: Path, tmp_path: Path) -> None:
    Stage(redis_url, scene().state).close()  # nothing ticks

    async def go() -> None:
        url = f"sqlite:///{tmp_path / 'none' / 'history.db'}"  # and no history to estimate from
        async with serving(redis_url, var, DATABASE_URL=url) as web:
            await wait_until_async(lambda: web.hub.connected, 10, "the hub has read the state")
            channel = web.hub.channels["lanting"]
            await wait_until_async(lambda: channel.still_ms() > 10_000, 20, "the clock stands")
            page = await web.client.get("/r")
            assert "数据中断" in page.text and 'class="num">—' in page.text and "空？" in page.text
            assert "估计" not in page.text

    asyncio.run(go())


def test_codes_to_print(visit: Callable[[Visit], None]) -> None:
    async def look(web: Web) -> None:
        token = {"authorization": "Bearer t0k3n"}
        assert (await web.client.get("/qr")).status_code == 401
        assert (await web.client.get("/qr", headers=token)).status_code == 403, "a wall prints nothing"

    visit(look)


def test_limits_count_by_address_and_in_all() -> None:
    limits = Limits({"report": Limit(2, 3, 60)})
    assert [limits.allows("report", "a", t) for t in (0, 1, 2)] == [True, True, False]
    assert [limits.allows("report", "b", t) for t in (3, 4)] == [True, False], "three in all"
    assert limits.spent("report", "a", 5) and not limits.spent("report", "c", 5)
    assert limits.allows("report", "a", 61), "the first is a minute ago"
