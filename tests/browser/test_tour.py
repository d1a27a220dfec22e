"""The tour as a newcomer walks it: captions, the one thing to press, the break of the data, and nothing left behind."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext

from community.site import Device
from community.state import ANNUNCIATED
from ingest.tour import SEEN
from ingest.tour.scenes import SCENES
from tests.browser.conftest import Programs, Wall
from tests.engines import http
from tests.engines.wait import wait_until
from tests.ingest.yard import LANTING

CAPTION = "#tour p"


def one(kind: str) -> Device:
    return next(device for device in LANTING.devices if device.kind == kind)


@pytest.fixture(autouse=True)
def unseen(var: Path) -> None:
    (var / SEEN).unlink(missing_ok=True)


def standing(chain: Programs) -> list[str]:
    alarms = http.get(f"{chain.url}/api/v1/state").json()["alarms"]
    return [alarm["key"] for alarm in alarms if alarm["state"] in ANNUNCIATED]


REMEMBER = """([caption, title]) => {
  window.shown = []
  setInterval(() => {
    for (const chosen of [caption, title]) {
      const words = document.querySelector(chosen)?.innerText ?? ''
      if (words && window.shown.at(-1) !== words) window.shown.push(words)
    }
  }, 50)
}"""
"""What captions and verdict have said: at a fifth of its length a scene is over before a busy machine has looked."""


def test_a_newcomer_walks_the_tour(chain: Programs, kiosk: BrowserContext) -> None:
    wall = Wall(kiosk, chain.url)
    wall.page.evaluate(REMEMBER, [CAPTION, "#verdict-title"])
    chain.start("tour", "--pace", "0.2")

    def shown(words: str) -> bool:
        return bool(wall.page.evaluate("words => window.shown.some(said => said.includes(words))", words))

    def wait(*words: str) -> None:
        for one_of_them in words:
            wait_until(lambda said=one_of_them: shown(said), 60, one_of_them)

    wait("两分钟导览")  # a page that shows it starts it
    wait("一眼看五件事")
    chain.say("charging.status", one("ebike_port").id, status="Available", error_code="NoError")  # it speaks only now
    wall.page.get_by_role("button", name="下一步").click()
    wait("功率归零，端口空闲", "按下求助")
    wall.wait("#verdict-title", "一键报警")
    # beside it may stand the feeds, which are silent here
    wall.page.locator("#alarm-rows article", has_text="一键报警").get_by_role("button", name="确认").click()
    wait("已确认", "电动自行车进电梯", "电动车入梯", "交换机断了")

    def pressed_on() -> bool:
        """A minute is long for a test: next, until the switch has had its scene."""
        if "交换机断了" in wall.page.locator(CAPTION).inner_text():
            wall.page.evaluate("document.querySelector('#tour .next:enabled')?.click()")
        return shown("切断数据 16 秒")

    wait_until(pressed_on, 60, "the break of the data")
    wall.state("lost", 30)
    wall.wait("#verdict-title", "数据中断")
    assert wall.page.locator("#tour").is_visible(), "the tour still speaks"
    wait("一条不少", "导览结束")
    wall.page.locator("#tour").wait_for(state="hidden", timeout=60_000)
    # the feeds are silent here, and say so; the rest is the tour's own, its symptoms settle unseen
    wait_until(lambda: not [key for key in standing(chain) if "SOURCE" not in key], 30, "the tour has put it right")
    assert not wall.errors


def test_the_tour_can_be_skipped_and_asked_for_again(chain: Programs, kiosk: BrowserContext) -> None:
    wall = Wall(kiosk, f"{chain.url}")
    chain.start("tour", "--pace", "0.2")
    skip = wall.page.get_by_role("button", name="跳过导览")
    skip.click(timeout=30_000)
    wall.page.locator("#tour").wait_for(state="hidden", timeout=20_000)
    answer = http.post(f"{chain.url}/api/v1/tour", json={"do": "again"})
    assert answer.status_code == 202
    wall.wait(CAPTION, "一眼看五件事", 20)
    assert http.post(f"{chain.url}/api/v1/tour", json={"do": "dance"}).status_code == 400


def test_every_scene_has_a_name_of_its_own() -> None:
    assert len({scene.name for scene in SCENES}) == len(SCENES)
