"""Residents' pages by HTTP: public, without script, honest when the house is away, bounded."""

from __future__ import annotations

import asyncio
import io
import json
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis
from PIL import Image

from community.audit import FACT
from dashboard import sending
from dashboard.resident.limits import Limit, Limits
from store import keys
from store.history.database import migrate, open_engine
from tests.dashboard.serve import Web, serving
from tests.engines.http import PLAIN
from tests.engines.ports import free_port
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
            for path in ("/orders", "/patrol"):
                assert "数据中断" in (await web.client.get(path)).text, "no list of the desk passes for one of now"

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


FORM = {"draft": "d" * 24, "category": "lift", "place": "phone:7-2", "text": "门关不上"}


def told(redis_url: str, type_: str) -> list[dict[str, Any]]:
    with redis.Redis.from_url(redis_url) as client:
        records = [json.loads(fields[b"v"]) for _, fields in client.xrange(keys.LOG)]
    return [record["data"] | {"subject": record["subject"]} for record in records if record["type"] == type_]


def picture(kind: str = "JPEG", side: int = 40) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (side, side), (9, 99, 9)).save(made, kind)
    return made.getvalue()


def test_a_report_is_one_however_often_it_is_sent(visit: Callable[[Visit], None], redis_url: str) -> None:
    async def look(web: Web) -> None:
        web.client.headers["origin"] = web.url
        files = [("photo", ("a.png", picture("PNG"), "image/png"))]
        first = await web.client.post("/r/report", data=FORM, files=files)
        again = await web.client.post("/r/report", data=FORM)
        assert first.status_code == again.status_code == 303 and first.headers["location"] == again.headers["location"]
        address = first.headers["location"]
        page = await web.client.get(address)
        assert page.status_code == 200 and "门关不上" in page.text and "7号楼2单元" in page.text
        assert (await web.client.get(f"{address}/photo/0")).content.startswith(b"\xff\xd8\xff")
        assert (await web.client.get(f"{address}/photo/1")).status_code == 404
        assert (
            "门关不上" not in (await web.client.get("/r/mine")).text
            and "7号楼2单元" in (await web.client.get("/r/mine")).text
        )
        said = told(redis_url, "order.phase")
        assert {one["order"] for one in said} == {said[0]["order"]} and said[0]["subject"] == "DESK"
        assert set(said[0]) == {"order", "phase", "category", "subject"}, "no word of it is the log's"
        for code in ("AAAAAAAAAA", "x", "%3Cscript%3E"):
            assert (await web.client.get(f"/r/order/{code}")).status_code == 404
        stars = await web.client.post(address, data={"rating": "5"})
        assert stars.status_code == 200
        assert {one["phase"] for one in told(redis_url, "order.phase")} == {"published"}, (
            "what is not done is not rated"
        )

    visit(look)


def test_what_cannot_be_taken_keeps_what_was_written(visit: Callable[[Visit], None], redis_url: str) -> None:
    async def look(web: Web) -> None:
        web.client.headers["origin"] = web.url
        for change, files, words in (
            ({"category": "nonsense"}, [], "请选择是什么问题"),
            ({"place": "p-5bdde05846cd"}, [], "请选择在哪里"),
            ({}, [b"<svg/>"], "照片打不开"),
            ({}, [picture("GIF")], "照片打不开"),
            ({}, [picture()[:200]], "照片打不开"),
            ({}, [picture()] * 4, "最多 3 张照片"),
        ):
            answer = await web.client.post("/r/report", data=FORM | change, files=attached(files))
            assert (answer.status_code, words in answer.text, "门关不上" in answer.text) == (400, True, True), words
        some = await web.client.post("/r/report", data=FORM, files=attached([picture(), b"<svg/>"]))
        assert "照片打不开" in some.text and "已附 1 张照片" in some.text, "the one that is good is not chosen again"
        assert told(redis_url, "order.phase") == []
        foreign = await web.client.post("/r/report", data=FORM, headers={"origin": "https://elsewhere.example"})
        assert foreign.status_code == 403

    visit(look)


def test_photos_as_a_phone_makes_them_where_no_script_makes_them_small(visit: Callable[[Visit], None]) -> None:
    """Three of nine megabytes are taken; one of more than twelve is refused in a sentence, and what was typed stays."""
    nine, thirteen = large_photo(9), large_photo(13)

    async def look(web: Web) -> None:
        web.client.headers["origin"], web.client.timeout = web.url, httpx.Timeout(60)
        refused = await web.client.post("/r/report", data=FORM, files=attached([nine, thirteen]))
        assert refused.status_code == 400 and "照片超过 12 MB" in refused.text and "门关不上" in refused.text
        assert "已附 1 张照片" in refused.text
        sent = await web.client.post("/r/report", data=FORM, files=attached([nine] * 3))
        assert sent.status_code == 303, sent.text[-300:]
        kept = await web.client.get(f"{sent.headers['location']}/photo/0")
        with Image.open(io.BytesIO(kept.content)) as drawn:
            assert max(drawn.size) == 1600
        beyond = await web.client.post("/r/notices", content=b"x" * (9 << 20))
        assert beyond.status_code == 413, "nothing else takes so much"

    visit(look)


def large_photo(megabytes: int) -> bytes:
    """A JPEG of about so many megabytes: what a decoder does not need fills it up."""
    made = io.BytesIO()
    Image.new("RGB", (4000, 3000), (90, 120, 140)).save(made, "JPEG")
    head, rest = made.getvalue()[:2], made.getvalue()[2:]
    comment = b"\xff\xfe\xff\xff" + bytes(0xFFFF - 2)
    return head + comment * (megabytes * 16) + rest


def attached(photos: list[bytes]) -> list[tuple[str, tuple[str, bytes] | tuple[str, bytes, str]]]:
    return [("photo", ("x.jpg", content, "image/jpeg")) for content in photos] or [("none", ("", b""))]


def test_the_log_is_away_and_nothing_is_lost(
    redis_url: str, var: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The button says so; the form keeps words and photo, and goes through when it is pressed again."""
    monkeypatch.setattr(sending, "COMMAND_S", 0.5)
    url = f"sqlite:///{tmp_path / 'history.db'}"
    migrate(open_engine(url, write=True))
    Stage(redis_url, scene().state).close()

    async def go() -> None:
        nobody = f"127.0.0.1:{free_port()}"
        async with serving(redis_url, var, DATABASE_URL=url, KAFKA_BOOTSTRAP_SERVERS=nobody) as web:
            web.client.headers["origin"], web.client.timeout = web.url, httpx.Timeout(30)
            files = [("photo", ("a.jpg", picture(), "image/jpeg"))]
            answer = await web.client.post("/r/report", data=FORM, files=files)
            assert answer.status_code == 503 and "没有送出" in answer.text or "不确定" in answer.text
            assert "门关不上" in answer.text and "已附 1 张照片" in answer.text and FORM["draft"] in answer.text
            sos = await web.client.post("/r/sos", data={"place": "phone:7-2", "room": "1203"})
            assert sos.status_code == 503 and "打电话" in sos.text and "tel:8000" in sos.text and "1203" in sos.text
            kept = dict(re.findall(r'name="(kept)" value="(sha256:[0-9a-f]{64})"', answer.text))
        async with serving(redis_url, var, DATABASE_URL=url) as web:
            web.client.headers["origin"] = web.url
            sent = await web.client.post("/r/report", data=FORM | kept)
            assert sent.status_code == 303
            assert "<img" in (await web.client.get(sent.headers["location"])).text

    asyncio.run(go())


def test_a_call_for_help_is_the_canonical_press(visit: Callable[[Visit], None], redis_url: str) -> None:
    async def look(web: Web) -> None:
        web.client.headers["origin"] = web.url
        assert "确认求助" in (await web.client.get("/r/sos?place=phone:7-2")).text, "the first step sends nothing"
        assert told(redis_url, "sos.press") == []
        sent = await web.client.post("/r/sos", data={"place": "phone:7-2", "room": "1203"})
        assert sent.status_code == 303
        assert told(redis_url, "sos.press") == [{"press": "phone", "subject": "phone:7-2-1203"}]
        assert "已送到值班室" in (await web.client.get(sent.headers["location"])).text
        assert (await web.client.post("/r/sos", data={"place": "nowhere"})).status_code == 400
        often = [await web.client.post("/r/sos", data={"place": "phone:7-2"}) for _ in range(8)]
        assert often[-1].status_code == 429 and "tel:120" in often[-1].text, "it says whom to call"

    visit(look)


def test_a_notice_is_read_once_by_a_phone(redis_url: str, var: Path, tmp_path: Path) -> None:
    Stage(redis_url, scene().state).close()
    url = f"sqlite:///{tmp_path / 'history.db'}"

    async def go() -> None:
        async with serving(redis_url, var, DATABASE_URL=url) as web:
            await web.act_as("manager")
            form = {"do": "publish", "title": "周六停水", "text": "9 点到 12 点\n<b>3 号楼</b>", "days": "3"}
            assert "已发布" in (await web.client.post("/bulletin", data=form)).text
            async with httpx.AsyncClient(verify=PLAIN, base_url=web.url, headers={"origin": web.url}) as phone:
                page = await phone.get("/r/notices")
                assert "周六停水" in page.text and "<b>3" not in page.text
                (id_,) = re.findall(r'name="notice" value="(N-[0-9a-f]{8})"', page.text)
                for _ in range(2):
                    assert "已阅读" in (await phone.post("/r/notices", data={"notice": id_})).text
                await phone.post("/r/notices", data={"notice": "N-00000000"})
            desk = await web.client.get("/bulletin")
            assert "1 台手机已读" in desk.text
            assert "已撤下" in (await web.client.post("/bulletin", data={"do": "withdraw", "notice": id_})).text
            assert "现在没有通知" in (await web.client.get("/r/notices")).text
            assert [(f["action"], f["target"]) for f in told(redis_url, FACT) if "bulletin" in f["action"]] == [
                ("bulletin.publish", id_),
                ("bulletin.withdraw", id_),
            ]
            await web.act_as("guard")
            assert (await web.client.post("/bulletin", data=form)).status_code == 403

    asyncio.run(go())
