"""Patrol by QR code: a round is planned, a guard's phone scans, the log has both; who may what."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime
from pathlib import Path

import httpx
import pytest
import redis

from community.audit import FACT
from community.model import to_ms
from dashboard import sending
from dashboard.patrol import on_route, routes, span_ms
from store import keys
from tests.dashboard.serve import serving
from tests.engines.ports import free_port
from tests.engines.wait import wait_until_async
from tests.layouts.scenes import Scene, lanting
from tests.layouts.stage import Stage

ZONE = "Asia/Shanghai"


def ms(text: str) -> int:
    return to_ms(datetime.fromisoformat(f"2026-03-{text}+08:00"))


@pytest.mark.parametrize(
    ("begins", "ends", "now", "span"),
    [
        ("22:00", "23:00", "12T20:00", ("12T22:00", "12T23:00")),
        ("22:00", "02:00", "12T23:00", ("12T22:00", "13T02:00")),  # it has begun
        ("08:00", "09:00", "12T20:00", ("13T08:00", "13T09:00")),  # tomorrow
        ("22:00", "22:00", "12T20:00", ("12T22:00", "13T22:00")),
        ("25:00", "02:00", "12T20:00", None),
        ("", "02:00", "12T20:00", None),
    ],
)
def test_the_next_time_that_comes(begins: str, ends: str, now: str, span: tuple[str, str] | None) -> None:
    expected = (ms(span[0]), ms(span[1])) if span is not None else None
    assert span_ms(begins, ends, ms(now), ZONE) == expected


def test_routes_are_the_tags_of_checkpoints() -> None:
    site = lanting()
    assert "outer" in routes(site)
    assert len(on_route(site, "")) == 24 and 0 < len(on_route(site, "outer")) < 24


def test_a_round_is_planned_and_scanned(redis_url: str, var: Path, tmp_path: Path) -> None:
    Stage(redis_url, Scene().everything().state).close()
    url = f"sqlite:///{tmp_path / 'people.db'}"

    def log(type_: str) -> list[tuple[str, dict[str, object]]]:
        with redis.Redis.from_url(redis_url) as client:
            records = [json.loads(fields[b"v"]) for _, fields in client.xrange(keys.LOG)]
        return [(r["subject"], r["data"]) for r in records if r["type"] == type_]

    async def go() -> None:
        async with serving(redis_url, var, DATABASE_URL=url) as web:
            await wait_until_async(lambda: web.hub.connected, 10, "the hub has read the state")
            await web.act_as("guard")
            round_ = {"route": "outer", "from": "22:00", "until": "23:30"}
            assert (await web.client.post("/patrol", data=round_)).status_code == 403, "a guard plans no rounds"
            await web.act_as("supervisor")
            assert (await web.client.post("/patrol", data={**round_, "route": "nowhere"})).status_code == 400
            planned = await web.client.post("/patrol", data=round_)
            count = len(on_route(web.hub.sites["lanting"], "outer"))
            assert f"已安排 {count} 个巡更点" in planned.text
            windows = log("patrol.window")
            assert len(windows) == count and {str(data["route"]) for _, data in windows} == {"outer"}
            await web.act_as("guard")
            assert "北门" in (await web.client.get("/patrol/CK-01")).text
            assert "已打卡" in (await web.client.post("/patrol/CK-01")).text
            assert log("patrol.scan") == [("CK-01", {"post": "post:control"})]
            assert (await web.client.post("/patrol/SOS-021")).status_code == 404
            codes = await web.client.get("/qr?what=checkpoint&base=https://wall.example")
            assert codes.text.count("<svg") == 24
            await wait_until_async(lambda: ("patrol.scan", "CK-01") in facts(), 10, "who scanned stands in the audit")

    def facts() -> list[tuple[object, object]]:
        return [(data["action"], data.get("target")) for _, data in log(FACT)]

    asyncio.run(go())


def test_the_log_is_away_and_the_guard_is_told(
    redis_url: str, var: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "COMMAND_S", 0.5)
    Stage(redis_url, Scene().everything().state).close()

    async def go() -> None:
        url, nobody = f"sqlite:///{tmp_path / 'people.db'}", f"127.0.0.1:{free_port()}"
        async with serving(redis_url, var, DATABASE_URL=url, KAFKA_BOOTSTRAP_SERVERS=nobody) as web:
            web.client.timeout = httpx.Timeout(30)
            await web.act_as("guard")
            answer = await web.client.post("/patrol/CK-01")
            assert answer.status_code == 503 and ("没有记下" in answer.text or "不确定" in answer.text)

    asyncio.run(go())
