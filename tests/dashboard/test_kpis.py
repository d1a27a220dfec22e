"""The KPIs as JSON and as gauges: what they say, how far they are behind, and what they cost a wall."""

from __future__ import annotations

import asyncio
import re
import time
from pathlib import Path

import pytest
import redis

from community.kpi import EDITION, Kpis, Noted
from store import keys
from store.kpis import Kept, KpiReader, KpiWriter
from tests.dashboard.serve import Web, visit
from tests.layouts.scenes import incident
from tests.layouts.stage import Stage

ADDRESS = "/api/v1/kpis"


@pytest.fixture
def stage(redis_url: str) -> Stage:
    return Stage(redis_url, incident())


def kept(clock_ms: int, position: str = "0001.0000.00000000000000000007") -> Kept:
    kpis = Kpis(timezone="Asia/Shanghai")
    for n in range(12):
        kpis.note(Noted("activated", clock_ms - 7_200_000 + n, f"BIN_FULL/{n}", "P4"))
    since_ms = clock_ms - 3_600_000
    kpis.note(Noted("activated", since_ms, "SOS/1", "P1"))
    kpis.note(Noted("acknowledged", since_ms + 21_000, "SOS/1", "P1", since_ms))
    return Kept(kpis, position=position, as_of_ms=clock_ms - 4000)


def store(url: str, community: str, what: Kept, base: str = "") -> None:
    with redis.Redis.from_url(url) as client:
        KpiWriter(client).save(community, what, base, set(what.kpis.days), set())


def gauge(text: str, name: str, labels: str) -> float | None:
    found = re.search(rf"^shouwang_{name}{{{re.escape(labels)}}} (\S+)$", text, re.M)
    return float(found[1]) if found else None


def test_figures_with_their_age(redis_url: str, stage: Stage, var: Path) -> None:
    state = stage.state

    async def look(web: Web) -> None:
        answer = await web.client.get(ADDRESS)
        assert answer.status_code == 503 and "not been counted" in answer.json()["error"]
        assert "kpi_" not in (await web.client.get("/metrics")).text
        store(redis_url, state.site.id, kept(state.clock_ms))
        answer = await web.client.get(ADDRESS)
        said = answer.json()
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
        assert (said["community"], said["edition"], said["indicative"]) == (state.site.id, EDITION, True)
        assert (said["alarms"], said["windows_over_10"], said["most_in_10_minutes"]) == (13, 1, 12)
        assert said["windows"] >= (state.clock_ms - state.started_ms) // 600_000, "from the first record, not alarm"
        assert (said["age_s"], said["mtta_s_by_priority"], said["mttr_s"]) == (4, {"P1": 21}, None)
        text = (await web.client.get("/metrics")).text
        here = f'community="{state.site.id}"'
        assert gauge(text, "kpi_alarms", here) == 13
        assert gauge(text, "kpi_age_seconds", here) == 4
        assert gauge(text, "kpi_flood_share", here) == pytest.approx(said["flood_share"])
        assert gauge(text, "kpi_mtta_seconds", f'{here},priority="P1"') == 21
        assert "kpi_mttr_seconds" not in text, "what is not known is absent, not 0"

    visit(redis_url, var, look)


def test_a_journal_that_goes_on_and_one_that_is_damaged(redis_url: str, stage: Stage, var: Path) -> None:
    state = stage.state
    first = kept(state.clock_ms)

    async def look(web: Web) -> None:
        store(redis_url, state.site.id, first)
        assert (await web.client.get(ADDRESS)).json()["alarms"] == 13
        more = kept(state.clock_ms, "0001.0000.00000000000000000008")
        more.kpis.note(Noted("activated", state.clock_ms - 5000, "SOS/2", "P1"))
        store(redis_url, state.site.id, more, first.position)
        assert (await web.client.get(ADDRESS)).json()["alarms"] == 14
        more.as_of_ms = state.clock_ms
        store(redis_url, state.site.id, more, more.position)
        assert (await web.client.get(ADDRESS)).json()["age_s"] == 0
        with redis.Redis.from_url(redis_url) as client:
            client.hset(keys.kpis(state.site.id), mapping={"day:2026-03-12": "{", "position": "0001.0000.9"})
        answer = await web.client.get(ADDRESS)
        assert answer.status_code == 503 and keys.kpis(state.site.id) in answer.json()["error"]
        assert "shouwang_redis_up 1" in (await web.client.get("/metrics")).text
        assert (await web.client.get("/api/v1/state")).status_code == 200, "the wall goes on"

    visit(redis_url, var, look)


def test_the_worst_month_is_counted_while_nobody_notices(redis_url: str, stage: Stage) -> None:
    """200 000 alarms of 2 000 devices, all that a stream keeps of a journal: read once, then only when it goes on."""
    site, clock_ms = stage.state.site, stage.state.clock_ms
    kpis = Kpis(timezone=site.timezone)
    for n in range(200_000):
        kpis.note(Noted("activated", clock_ms - n * 12_000, f"CAM_OFFLINE/camera-{n % 2000}", "P3"))
    assert len(kpis.days) >= 28
    store(redis_url, site.id, Kept(kpis, position="0001.0000.00000000000000000007", as_of_ms=clock_ms))

    async def read() -> tuple[float, float]:
        client = redis.asyncio.Redis.from_url(redis_url)
        reader, took = KpiReader(), []
        for _ in range(2):
            began_s = time.perf_counter()
            found = await reader.read(client, site)
            took.append(time.perf_counter() - began_s)
            assert found is not None and found.kpis == kpis
        began_s = time.process_time()
        assert kpis.figures(clock_ms).alarms == 200_000
        took.append(time.process_time() - began_s)
        await client.aclose()
        return took[1], took[2]

    again_s, figures_s = asyncio.run(read())
    assert again_s < 0.05, "the same journal is not decoded again"
    assert figures_s < 0.5
    print(f"again {again_s * 1000:.1f} ms, figures {figures_s * 1000:.1f} ms")
