"""The wall's life in short: a gateway that freezes, a machine that slept, visitors, the page about all communities."""

from __future__ import annotations

import os
import time

from playwright.sync_api import BrowserContext

from tests.browser.conftest import Programs, Wall
from tests.engines.wait import wait_until
from tests.layouts.scenes import SECOND, Scene

BAR = "() => document.querySelector('#feed-bars i[title=汽车桩]').className"


def test_a_frozen_gateway_is_seen_within_ten_seconds(chain: Programs, kiosk: BrowserContext) -> None:
    wall = Wall(kiosk, chain.url)
    wait_until(lambda: wall.page.evaluate(BAR) == "late", 20, "the one beat of the fixture is old")
    chain.start("normalise")
    chain.start("gateway")
    wait_until(lambda: wall.page.evaluate(BAR) == "live", 40, "the gateway itself beats")
    frozen = time.monotonic()
    chain.freeze("gateway")
    wait_until(lambda: wall.page.evaluate(BAR) == "late", 20, "two beats are missing")
    assert time.monotonic() - frozen < 10
    assert wall.text("#verdict-title") != "一切正常"
    chain.thaw("gateway")
    wait_until(lambda: wall.page.evaluate(BAR) == "live", 10, "it beats again")


def test_a_machine_that_slept_asks_for_everything_again(web: Programs, kiosk: BrowserContext) -> None:
    web.show(Scene().everything().state)
    wall = Wall(kiosk, web.url)
    with wall.page.expect_request("**/live?*", timeout=5000):
        wall.page.evaluate("() => { const own = Date.now.bind(Date); Date.now = () => own() + 3600e3; }")
    wall.page.wait_for_timeout(2500)
    assert wall.page.get_attribute("body", "data-state") == "live", "it came: nothing is lost"
    assert wall.errors == []


def test_visitors_read_no_room_and_press_nothing(web: Programs, kiosk: BrowserContext) -> None:
    web.show(Scene().everything().alarm("SOS", "SOS-021", "P1", 4 * SECOND).state)
    page = kiosk.new_page()
    page.goto(f"{web.url}/?lang=zh&visit=1")
    page.wait_for_selector("body[data-state=live]")
    page.locator("#verdict-place", has_text="5号楼1单元").wait_for()
    page.frame_locator("#plan").locator(".plate").first.wait_for()
    assert "参观模式" in page.inner_text(".top")
    shown = page.content() + page.frame_locator("#plan").locator(".callouts").inner_text()
    assert "1203" not in shown
    assert page.locator("#alarm-rows button").count() == 0
    if folder := os.environ.get("LOOK"):
        page.screenshot(path=f"{folder}/visit.png")


def test_the_page_about_all_communities(web: Programs, kiosk: BrowserContext) -> None:
    web.show(Scene().everything().alarm("SOS", "SOS-021", "P1", 4 * SECOND).state)
    page = kiosk.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{web.url}/city?lang=zh")
    line = page.locator(".line.p1")
    line.wait_for()
    assert "一键报警" in line.inner_text() and "1203" not in page.content()
    assert page.title() == "城市总览"
    if folder := os.environ.get("LOOK"):
        page.screenshot(path=f"{folder}/city.png")
    web.hide()  # its clock stands now
    page.locator(".line.lost", has_text="数据中断").wait_for(timeout=15_000)
    assert "画面停在" in page.inner_text(".line.lost")
    if folder := os.environ.get("LOOK"):
        page.screenshot(path=f"{folder}/city-lost.png")
    page.locator(".line a").click()
    page.wait_for_url("**/?community=lanting*")
    assert errors == []
