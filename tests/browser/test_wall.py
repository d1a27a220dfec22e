"""From a pressed button to the painted wall and back, through every process; and what the wall does when they stop."""

from __future__ import annotations

import json
import time

import redis
from playwright.sync_api import BrowserContext

from store import keys
from tests.browser.conftest import Programs, Wall
from tests.engines.redis import RedisServer
from tests.engines.wait import wait_until


def test_an_sos_is_seen_acknowledged_and_answered_by_the_fold(chain: Programs, kiosk: BrowserContext) -> None:
    wall = Wall(kiosk, chain.url)
    pressed = time.monotonic()
    chain.say("sos.press", "SOS-021", press="long")
    wall.wait("#verdict-title", "一键报警")
    assert time.monotonic() - pressed < 3
    assert wall.text("#verdict-place") == "5号楼1单元 1203室"
    assert wall.page.get_attribute("#verdict", "class") == "panel verdict p1"
    row = wall.page.locator('[data-key="SOS/SOS-021"]')
    assert row.locator(".pulse").count() == 1
    plan = wall.page.frame_locator("#plan")
    plan.locator("path.alarm.p1.unack").wait_for(state="attached")
    plan.locator(".plate", has_text="求助 1203室").wait_for()

    row.get_by_role("button", name="确认").click()
    wall.wait("#alarm-rows .words", "中控岗 已确认")
    assert wall.page.get_attribute("#verdict", "class") == "panel verdict p1-ack"
    assert row.locator("button").count() == 0
    assert "1203" not in wall.text("#wall"), "the room is for the unacknowledged"
    client = redis.Redis.from_url(chain.redis_url)
    types = [json.loads(fields[b"v"])["type"] for _, fields in client.xrange(keys.LOG)]
    client.close()
    assert "command.alarm.acknowledge" in types
    assert wall.errors == []


def test_nothing_comes_from_outside(chain: Programs, kiosk: BrowserContext) -> None:
    wall = Wall(kiosk, chain.url)
    wall.page.frame_locator("#plan").locator(".label-building").first.wait_for()
    chain.say("camera.status", "C-001", status="online")

    def seen() -> bool:
        chain.feeds()  # a tile whose feed is late says its age instead
        return "127未知" in wall.text("#tile-cameras-words")

    wait_until(seen, 30, "the camera that spoke")
    assert len(wall.requests) > 20
    assert [url for url in wall.requests if not url.startswith(chain.url)] == []
    assert wall.errors == []


def test_a_frozen_web_process_is_noticed_and_forgiven(chain: Programs, kiosk: BrowserContext) -> None:
    wall = Wall(kiosk, chain.url)
    frozen = time.monotonic()
    chain.freeze("web")
    wall.state("lost")
    assert time.monotonic() - frozen < 10
    assert wall.text("#verdict-title") == "数据中断"
    assert wall.text("#verdict-place").startswith("画面停在 ")
    assert "次重连" in wall.text("#verdict-line")
    assert "旧画面 · 非实时" in wall.text("#stamp")
    assert "对讲机 1 频道" in wall.text("#card")
    assert wall.page.locator("#figures").is_hidden()
    chain.thaw("web")
    thawed = time.monotonic()
    wall.state("live")
    assert time.monotonic() - thawed < 10
    assert wall.text("#verdict-title") != "数据中断"
    assert wall.page.locator("#card").is_hidden()


def test_a_frozen_worker_is_noticed_though_the_connection_lives(chain: Programs, kiosk: BrowserContext) -> None:
    wall = Wall(kiosk, chain.url)
    frozen = time.monotonic()
    chain.freeze("live")
    wall.state("lost")
    assert time.monotonic() - frozen < 12  # the clock stands from the last tick before; 10 s of that are the rule
    assert "连接正常，但没有新数据" in wall.text("#verdict-line")
    chain.thaw("live")
    wall.state("live")


def test_a_killed_web_process_comes_back_by_itself(chain: Programs, kiosk: BrowserContext) -> None:
    wall = Wall(kiosk, chain.url)
    chain.kill("web")
    wall.state("lost")
    chain.start("web")
    wall.state("live", 30)
    chain.feeds()
    chain.say("sos.press", "SOS-022", press="long")
    wall.wait("#verdict-title", "一键报警")


def test_the_button_says_when_nothing_was_recorded(
    chain: Programs, redis_server: RedisServer, kiosk: BrowserContext
) -> None:
    wall = Wall(kiosk, chain.url)
    chain.say("sos.press", "SOS-021", press="long")
    wall.wait("#verdict-title", "一键报警")
    redis_server.kill()
    wall.page.locator('[data-key="SOS/SOS-021"] button').click()
    wall.wait(".press-note", "未记下，请用对讲机")
    redis_server.start()
    wall.page.locator('[data-key="SOS/SOS-021"] button').click()
    wall.wait("#alarm-rows .words", "中控岗 已确认", 20)


def test_a_kiosk_reloads_itself_after_a_deploy(chain: Programs, kiosk: BrowserContext) -> None:
    wall = Wall(kiosk, chain.url)
    wall.page.evaluate("() => { SW.page.build = 'older'; }")
    with wall.page.expect_navigation(timeout=30_000):
        chain.kill("web")
        chain.start("web")
    wall.state("live")
