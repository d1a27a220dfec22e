"""/api/v1/figures: what a person needs to count a figure again; unknown, refused and away said as such."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest
import redis
import sqlalchemy as sa

from community.demo import DEMO
from store import keys
from store.history.database import migrate, open_engine
from tests.dashboard.serve import serving
from tests.history.pages import HOUR_MS, SITE, T0_MS, Pages, write
from tests.history.test_figures import quiet

DEMO_SITE = msgspec.structs.replace(SITE, id=DEMO)
"""Under the id of the demo its figures may be looked at without a sign-in."""


@pytest.fixture
def site_file(tmp_path: Path) -> str:
    path = tmp_path / "garden.json"
    path.write_bytes(msgspec.json.encode(DEMO_SITE))
    return str(path)


def test_a_figure_can_be_counted_again_by_what_is_said_of_it(redis_url: str, tmp_path: Path, site_file: str) -> None:
    url = f"sqlite:///{tmp_path / 'history.db'}"
    engine = open_engine(url, write=True)
    migrate(engine)
    pages = Pages(DEMO)
    quiet(pages, T0_MS, T0_MS + 2 * HOUR_MS)
    for n in range(5):
        pages.log("access.pass", "D-1", {"method": "face", "result": "granted"}, at_ms=T0_MS + n * 1000)
        pages.alarm(f"SOS/S-{n}", T0_MS + n * 60_000, ack_s=10 + n)
    write(engine, pages.entries, site=DEMO_SITE)

    async def ask() -> None:
        async with serving(redis_url, tmp_path, SITE=site_file, DATABASE_URL=url) as web:
            answer = await web.client.get("/api/v1/figures?from=2026-03-12&to=2026-03-12")
            assert answer.status_code == 200
            said = answer.json()
            assert said["coverage"]["minutes"] == 120
            assert len(said["figures"]) > 30
            with engine.connect() as connection:
                for figure in said["figures"]:
                    again = connection.execute(sa.text(figure["how"]["query"]), figure["how"]["parameters"])
                    rows = list(again.mappings())
                    assert sum(row["n"] or 0 for row in rows) == figure["rows"], figure["id"]
                    column = figure["how"]["column"]
                    if "by" in figure or figure["value"] is None or (column == "value" and "of" in rows[0]):
                        continue
                    assert rows[0][column] * figure["how"]["factor"] == pytest.approx(figure["value"])
            some = await web.client.get("/api/v1/figures?from=2026-03-12&figure=passes&figure=acknowledge_p50")
            assert [(f["id"], f["value"], f["rows"]) for f in some.json()["figures"]] == [
                ("passes", 5, 5),
                ("acknowledge_p50", 12, 5),
            ]
            assert (await web.client.get("/api/v1/figures?from=yesterday")).status_code == 400
            assert (await web.client.get("/api/v1/figures?from=2026-03-12&figure=luck")).status_code == 404

    asyncio.run(ask())
    engine.dispose()


def test_a_database_that_is_away_is_said_and_the_wall_lives(redis_url: str, tmp_path: Path, site_file: str) -> None:
    async def ask() -> None:
        away = "postgresql://nobody@127.0.0.1:1/none"
        async with serving(redis_url, tmp_path, SITE=site_file, DATABASE_URL=away) as web:
            answer = await web.client.get("/api/v1/figures?from=2026-03-12")
            assert answer.status_code == 503
            assert "history database" in answer.json()["error"]
            assert (await web.client.get("/healthz")).status_code == 200

    asyncio.run(ask())


def test_metrics_say_how_far_history_is(redis_url: str, tmp_path: Path, site_file: str) -> None:
    client = redis.Redis.from_url(redis_url)
    said = {"database": 1, f"{keys.LOG}/0": T0_MS, f"waiting/{keys.LOG}": 7, "skipped": 2, "too_old": 3}
    client.hset(keys.HISTORY, mapping=said)
    client.close()

    async def ask() -> None:
        async with serving(redis_url, tmp_path, SITE=site_file) as web:
            text = (await web.client.get("/metrics")).text
            assert "shouwang_history_up 1\n" in text
            assert 'shouwang_history_waiting_records{topic="community.log"} 7\n' in text
            assert "shouwang_history_skipped_total 2\n" in text

    asyncio.run(ask())
