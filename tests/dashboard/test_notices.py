"""Notices: a channel is off until somebody has said its code; a guardian answers by the link, and by no other."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import redis

from community.notices import Notice
from community.place import Text
from store import keys
from store.notices import Book, guardian_link
from tests.dashboard.serve import Web, serving

WHO = "p-5bdde05846cd"


def log(url: str) -> list[dict[str, Any]]:
    with redis.Redis.from_url(url) as client:
        return [json.loads(fields[b"v"]) for _, fields in client.xrange(keys.LOG)]


def test_a_channel_from_its_test_to_its_use(redis_url: str, var: Path) -> None:
    with redis.Redis.from_url(redis_url) as client:
        book = Book(client, "lanting")
        book.describe({"team": (Text("值班群", "Team"), False), "outbox": (Text("本机发件箱", "Outbox"), True)})
        book.into_outbox("【紧急】一键求助", "北门 http://127.0.0.1/g/x", "SOS/SOS-021", 1)

        async def look(web: Web) -> None:
            await web.act_as("guard")
            assert (await web.client.get("/notices")).status_code == 403
            await web.act_as("supervisor")
            page = (await web.client.get("/notices")).text
            assert "未通过测试，停用" in page and "一键求助" in page and "无升级通道" not in page
            for form, status in (({"do": "test", "channel": "gone"}, 409), ({"do": "buy", "channel": "team"}, 400)):
                assert (await web.client.post("/notices", data=form)).status_code == status
            assert (await web.client.post("/notices", data={"do": "test", "channel": "team"})).status_code == 200
            asked = book.next_test()
            assert asked is not None and asked.channel == "team"
            wrong = {"do": "pass", "channel": "team", "code": "nothing"}
            assert (await web.client.post("/notices", data=wrong)).status_code == 409
            assert "team" not in book.usable()
            assert (await web.client.post("/notices", data=wrong | {"code": asked.code})).status_code == 200
            assert book.channels()["team"].by == "demo:supervisor" and "team" in book.usable()
            await web.client.post("/notices", data={"do": "off", "channel": "team"})
            assert "team" not in book.usable()

        run(redis_url, var, look)
    done = [(r["data"]["action"], r["data"]["outcome"]) for r in log(redis_url) if r["type"] == "audit.fact"]
    for fact in (("notices.pass", "denied"), ("notices.pass", "allowed"), ("notices.off", "allowed")):
        assert fact in done


def test_a_guardian_answers_and_a_stranger_does_not(redis_url: str, var: Path) -> None:
    notice = Notice("n", "family", f"LONG_OUT/{WHO}", "o1", "P2", escalated=False, guardian=True)

    async def look(web: Web) -> None:
        link = guardian_link(var, web.url, "lanting", notice, 1 << 41)
        asked = await web.client.get(link)
        assert asked.status_code == 200 and "已联系上" in asked.text and WHO not in asked.text
        forged = link[:-3] + "AAA"
        assert "失效" in (await web.client.get(forged)).text
        assert (await web.client.post(forged, headers={"origin": web.url})).status_code == 404
        assert log(redis_url) == []
        assert "已转告" in (await web.client.post(link, headers={"origin": web.url})).text

    run(redis_url, var, look)
    told = [(r["type"], r["subject"], r["data"]) for r in log(redis_url)]
    assert told[0] == ("care.evidence", WHO, {"evidence": "guardian"})
    assert told[1][:2] == ("notice.delivery", f"LONG_OUT/{WHO}") and told[1][2]["outcome"] == "answered"


def run(redis_url: str, var: Path, look: Any) -> None:
    async def visit() -> None:
        async with serving(redis_url, var) as web:
            web.client.headers["accept-language"] = "zh"
            await look(web)

    asyncio.run(visit())
