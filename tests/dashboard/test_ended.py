"""Alarms of long ago over HTTP: searched, paged, opened; whose of those in care it was is told to nobody."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from community.roles import Grant
from store.history.database import open_engine
from tests.dashboard.roles import HOME, OTHER, House, Visit, visiting
from tests.history.pages import DAY_MS, Pages, write
from tests.history.test_ended import DOOR, RESIDENT, SOS
from tests.ingest.yard import LANTING
from tests.layouts.scenes import incident

ENDED, ALARM = f"/api/v1/desk/ended?community={HOME}&lang=zh", f"/api/v1/desk/alarm?community={HOME}&lang=zh"


@pytest.fixture
def visit(redis_url: str, tmp_path: Path, var: Path) -> Callable[[Visit], None]:
    return visiting(redis_url, tmp_path, var)


def test_what_ended_is_searched_and_opened(visit: Callable[[Visit], None], tmp_path: Path) -> None:
    now_ms = incident().clock_ms
    began = now_ms - 20 * DAY_MS

    async def look(house: House) -> None:
        wang = house.service.register.add("wang", "王建国", "", house.service.now_ms(), [Grant("guard", HOME)])
        key = f"SOS/{SOS.id}"
        data = {"alarm": "SOS", "device": SOS.id, "priority": "P1", "occurrence": f"{key}@{began}", "count": 1}
        pages = Pages("lanting")
        pages.journal("alarm.activated", key, data, at_ms=began)
        pages.journal("alarm.taken", key, data | {"by": "post:control", "person": wang}, at_ms=began + 8000)
        pages.journal(
            "alarm.closed",
            key,
            data | {"by": "post:control", "person": wang, "verdict": "mistake"},
            at_ms=began + 90_000,
        )
        pages.alarm(f"FALL/{RESIDENT.id}", began, priority="P1", ack_s=10, back_s=60)
        pages.alarm(f"DOOR_HELD/{DOOR.id}", now_ms - 40 * DAY_MS, priority="P3", ack_s=10, back_s=60)
        # the same again, later: of each its own story
        pages.alarm(key, began + DAY_MS, priority="P1", ack_s=5, back_s=30)
        write(open_engine(f"sqlite:///{tmp_path / 'people.db'}", write=True), pages.entries, site=LANTING)
        guard = house.cookie("guard", HOME)

        found = (await house.ask("GET", f"{ENDED}&q=王建国", guard)).json()
        assert (found["total"], found["skip"]) == (1, 0)
        (row,) = found["rows"]
        assert (row["p"], row["took"], row["verdict"], row["device"]) == (1, "1分30秒", "误触", SOS.id)
        assert "王建国" in row["who"] and "中控岗" in row["who"] and row["at"].startswith("2026-")
        whole = (await house.ask("GET", f"{ALARM}&ended={row['key']}", guard)).json()
        told = [line["words"].partition(" · ")[0] for line in whole["timeline"]]
        assert told == ["告警发生", "接手", "关闭"] and whole["over"] and whole["past"]
        assert whole["timeline"][1]["who"] == "王建国 · 中控岗"

        thirty = (await house.ask("GET", ENDED, guard)).json()
        assert [r["title"] for r in thirty["rows"]] == ["一键报警", "一键报警", "特殊关怀"], (
            "thirty days where none are said"
        )
        cared = thirty["rows"][2]
        assert cared["key"] == "" and RESIDENT.id not in str(thirty) and "FALL" not in str(thirty)
        gone = await house.ask("GET", f"{ALARM}&ended=FALL/{RESIDENT.id}@{began}", guard)
        assert gone.status_code == 404 and RESIDENT.id not in gone.text
        for never in ("SOS/SOS-035@1", "nothing", "@", "SOS/"):
            assert (await house.ask("GET", f"{ALARM}&ended={never}", guard)).status_code == 404
        older = (await house.ask("GET", f"{ENDED}&from=2026-01-01T00:00", guard)).json()
        assert DOOR.id in [r["device"] for r in older["rows"]]
        assert (await house.ask("GET", f"{ENDED}&levels=3.4&from=2026-01-01", guard)).json()["total"] == 1
        assert (await house.ask("GET", f"{ENDED}&system=sos", guard)).json()["total"] == 2
        assert (await house.ask("GET", f"{ENDED}&skip=50", guard)).json()["rows"] == []
        for wrong in ("from=soon", "from=2026-03-02&to=2026-03-01", "skip=x", "to=2026-13-01"):
            answer = await house.ask("GET", f"{ENDED}&{wrong}", guard)
            assert answer.status_code == 400 and answer.json()["error"].startswith("时间写不对"), wrong

        for role, community in (("auditor", HOME), ("secadmin", HOME), ("wall", HOME), ("guard", OTHER)):
            denied = await house.ask("GET", ENDED, house.cookie(role, community))
            assert denied.status_code == 403, role

    visit(look)
