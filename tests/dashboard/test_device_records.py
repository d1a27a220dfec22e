"""What was of one device over HTTP: alarms and orders with who, the last day, papers; of nobody in care."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from community.roles import Grant
from store.history.database import open_engine
from tests.dashboard.roles import HOME, House, Visit, visiting
from tests.history.pages import DAY_MS, HOUR_MS, MINUTE_MS, Pages, write
from tests.history.test_ended import RESIDENT
from tests.ingest.yard import LANTING
from tests.layouts.scenes import incident

CAMERA = "C-021"
URL = f"/api/v1/device?community={HOME}&lang=zh&device="


@pytest.fixture
def visit(redis_url: str, tmp_path: Path, var: Path) -> Callable[[Visit], None]:
    return visiting(redis_url, tmp_path, var)


def test_what_was_of_a_camera(visit: Callable[[Visit], None], tmp_path: Path) -> None:
    now_ms = incident().clock_ms
    source = LANTING.by_id[CAMERA].source

    async def look(house: House) -> None:
        wang = house.service.register.add("wang", "王建国", "", house.service.now_ms(), [Grant("guard", HOME)])
        pages = Pages("lanting")
        old_ms, began_ms = now_ms - 31 * DAY_MS, now_ms - 2 * DAY_MS
        pages.alarm(f"CAM_MOVED/{CAMERA}", old_ms, priority="P4", ack_s=10, back_s=60)
        key = f"CAM_BLIND/{CAMERA}"
        data = {"alarm": "CAM_BLIND", "device": CAMERA, "priority": "P3", "occurrence": f"{key}@{began_ms}", "count": 1}
        pages.journal("alarm.activated", key, data, at_ms=began_ms)
        closed = data | {"by": "post:control", "person": wang, "verdict": "true"}
        pages.journal("alarm.closed", key, closed, at_ms=began_ms + 550_000)
        order = {"action": "a-1", "type": "camera.snapshot", "by": "post:control", "person": wang}
        pages.journal("action.ordered", CAMERA, order, at_ms=began_ms + 60_000)
        pages.journal("action.confirmed", CAMERA, order, at_ms=began_ms + 61_000)
        pages.alarm(f"CAM_BLIND/{CAMERA}", now_ms - HOUR_MS, priority="P3")
        for minute in range(24 * 60 + 5):
            at_ms = now_ms - now_ms % MINUTE_MS - minute * MINUTE_MS
            pages.log("source.heartbeat", source, at_ms=at_ms)
            if not 120 <= minute < 180:
                pages.log("device.heartbeat", CAMERA, at_ms=at_ms)
        write(open_engine(f"sqlite:///{tmp_path / 'people.db'}", write=True), pages.entries, site=LANTING)
        guard = house.cookie("guard", HOME)

        said = (await house.ask("GET", URL + CAMERA, guard)).json()
        told = [(r["what"], r["how"], r["who"]) for r in said["records"]]
        assert told == [
            ("镜头遮挡", "未关闭", ""),
            ("取新画面", "设备已回报：取新画面", "王建国"),
            ("镜头遮挡", "用时 9分10秒 · 真实", "王建国"),
        ]
        assert {p["name"]: p["value"] for p in said["papers"]}["编号"] == CAMERA
        heard = said["heard"]
        assert 55 <= heard["known_min"] - heard["online_min"] <= 60, "an hour, but for how long its last word holds"
        (gap,) = [s for s in heard["stretches"] if s["what"] == "offline"]
        assert heard["from_ms"] < gap["from_ms"] < gap["to_ms"] < heard["to_ms"] == heard["from_ms"] + DAY_MS

        for nobody in (RESIDENT.id, "C-999", ""):
            gone = await house.ask("GET", URL + nobody, guard)
            assert gone.status_code == 404 and "records" not in gone.text, nobody
        assert (await house.ask("GET", URL + CAMERA, house.cookie("auditor", HOME))).status_code == 403

    visit(look)
