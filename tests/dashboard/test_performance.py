"""/alarms as Dash asks for it: every panel in both languages, and a threshold that is tried in a process of its own."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from community.office.what_if import TRIALS, number_of, with_number
from community.site import Device
from dashboard.office import refold
from dashboard.office.performance import PANELS
from store.history.database import migrate, open_engine
from tests.dashboard.serve import Web
from tests.dashboard.test_daily import SHOWN, fill, run, texts
from tests.history.pages import DAY_MS, HOUR_MS, MINUTE_MS, T0_MS, Pages, write
from tests.history.test_figures import quiet

PAGE = "/alarms?from=2026-03-12&to=2026-03-14"
GARDEN = msgspec.structs.replace(SHOWN, devices=(*SHOWN.devices, Device("desk", "orders", "desk", "gates")))


@pytest.fixture
def told(tmp_path: Path) -> dict[str, str]:
    url = f"sqlite:///{tmp_path / 'history.db'}"
    engine = open_engine(url, write=True)
    migrate(engine)
    pages = Pages(GARDEN.id)
    for day in range(3):
        quiet(pages, T0_MS + day * DAY_MS, T0_MS + day * DAY_MS + HOUR_MS)
        for phase, minutes in (("published", 0), ("taken", (25, 35, 45)[day])):
            at_ms = T0_MS + day * DAY_MS + 9 * HOUR_MS + minutes * MINUTE_MS
            pages.log("order.phase", "desk", {"order": f"W-{day}", "phase": phase}, at_ms=at_ms)
    for n in range(12):
        key = "DOOR_HELD/D-1" if n < 9 else f"BIN_FULL/B-{n}"
        pages.alarm(key, T0_MS + 10 * HOUR_MS + n * MINUTE_MS, priority="P3", ack_s=9, back_s=40)
    pages.alarm("FALL/subject-000001", T0_MS + 20 * HOUR_MS, priority="P1", ack_s=9, back_s=40)
    data = {"priority": "P3", "occurrence": f"DOOR_HELD/D-1@{T0_MS}", "verdict": "false_rule"}
    pages.journal("alarm.closed", "DOOR_HELD/D-1", data, at_ms=T0_MS + 11 * HOUR_MS)
    write(engine, pages.entries, site=GARDEN)
    engine.dispose()
    site = tmp_path / "garden.json"
    site.write_bytes(msgspec.json.encode(GARDEN))
    return {"SITE": str(site), "DATABASE_URL": url}


def test_every_panel_says_what_it_shows(redis_url: str, tmp_path: Path, told: dict[str, str]) -> None:
    finds = {
        "completeness": ("数据完整",),
        "isa": ("ANSI/ISA-18.2-2009", "不满 30 天，只供参考", "目标 ≤ 150", "未达标"),
        "load": ("不到一天，说不出日均",),  # as the card above it says
        "actors": ("最多的十个占 100%", "门开超时", "特殊关怀"),
        "shares": ("级别分布接近 80/15/5",),
        "chattering": ("没有抖动的告警",),
        "verdicts": ("写明结论的 1 条中 100% 是误报", "规则误报"),
        "longer": ("多等 1 分，12 条至少少",),
        "trials": ("疑似户内漏水", "居民工单超时", "30 分"),
    }

    async def look(web: Web) -> None:
        assert set(finds) == set(PANELS)
        for panel, words in finds.items():
            shown, hidden = await fill(web, panel, PAGE, "performance")
            assert hidden and not [word for word in words if word not in shown], (panel, shown[:600])
            assert "FALL" not in shown and "subject-000001" not in shown and "跌倒" not in shown, panel
            english, _ = await fill(web, panel, PAGE + "&lang=en", "performance")
            drawn = [text for text in texts(json.loads(english)) if any("一" <= c <= "鿿" for c in text)]
            assert not drawn, (panel, drawn)
            assert (await fill(web, panel, "/alarms?from=2026-01-01&to=2026-01-05", "performance"))[1], panel

    run(redis_url, tmp_path, told, look)


@pytest.mark.parametrize(("value", "said"), [("1200", "3 条（现值 2 条）"), ("3600", "0 条（现值 2 条）")])
def test_a_threshold_is_tried(redis_url: str, tmp_path: Path, told: dict[str, str], value: str, said: str) -> None:
    """Orders of three mornings, taken after 25, 35 and 45 minutes."""
    here = {"alarm": "TICKET_SLA", "part": "tried", "value": value}
    button = here | {"part": "try"}

    async def look(web: Web) -> None:
        body = {
            "output": '{"alarm":["MATCH"],"part":"tried","value":["MATCH"]}.children',
            "outputs": {"id": here, "property": "children"},
            "inputs": [{"id": button, "property": "n_clicks", "value": 1}],
            "state": [{"id": button, "property": "id", "value": button}],
            "changedPropIds": [json.dumps(button, separators=(",", ":")) + ".n_clicks"],
        }
        asking = {"referer": web.url + PAGE}
        answer = await web.client.post("/_dash-update-component", json=body, headers=asking, timeout=60)
        assert said in json.dumps(answer.json(), ensure_ascii=False)
        forged = button | {"value": "7"}
        body["state"] = [{"id": button, "property": "id", "value": forged}]
        refused = await web.client.post("/_dash-update-component", json=body, headers=asking)
        assert refused.status_code == 400, "a component is the one that it says it is"
        body["state"] = [{"id": forged, "property": "id", "value": forged}]
        refused = await web.client.post("/_dash-update-component", json=body, headers=asking)
        assert refused.status_code == 204, "only the numbers that are offered"
        other = await web.client.post("/_dash-update-component", json=body, headers={"referer": web.url + "/daily"})
        assert other.status_code == 204

    run(redis_url, tmp_path, told, look)


def test_what_cannot_be_counted_says_why(told: dict[str, str]) -> None:
    trial = TRIALS["TICKET_SLA"]
    site = with_number(GARDEN, trial, number_of(GARDEN, trial))
    away = refold.Question("postgresql://nobody@127.0.0.1:1/none", site, "TICKET_SLA", T0_MS, T0_MS + DAY_MS, 900)
    with pytest.raises(refold.NotCounted, match="history database"):
        refold.ask(away)
    none = refold.Question(told["DATABASE_URL"], site, "TICKET_SLA", 0, 1, 900)
    assert refold.ask(none) == refold.Counted(0, 0, 0)
