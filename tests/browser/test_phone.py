"""The guard's phone: an SOS taken, reached, photographed; what the log and the picture then hold."""

from __future__ import annotations

import json
import re
from pathlib import Path

import redis
from playwright.sync_api import Browser, expect

from store import keys
from tests.browser.conftest import Programs
from tests.browser.test_desk import Seat
from tests.engines.wait import wait_until

WAIT_MS = 30_000
SMALLEST_TARGET_PX = 44


def test_a_guard_on_the_way(chain: Programs, browser: Browser, tmp_path: Path) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN", has_touch=True)
    page = context.new_page()
    page.goto(f"{chain.url}/login?next=%2Fphone")
    page.locator("button[value=guard]").click()
    while "/phone" not in page.url:  # the tables of people are made beside the wall
        page.goto(f"{chain.url}/login?next=%2Fphone")
        page.locator("button[value=guard]").click()
    page.wait_for_selector("body[data-state=live]", timeout=WAIT_MS)
    chain.say("sos.press", "SOS-021", press="long")
    card = page.locator('.card[data-key="SOS/SOS-021"]')
    expect(card.locator("h2")).to_contain_text("一键", timeout=WAIT_MS)
    expect(card.locator(".where")).to_have_text("5号楼1单元 1203室")
    expect(card.locator("li")).to_have_count(5)
    for button in page.locator("button:visible").all():
        box = button.bounding_box()
        assert box is not None and box["height"] >= SMALLEST_TARGET_PX
    assert page.evaluate("document.documentElement.scrollWidth") <= 390

    card.locator("button.go").click()
    expect(card.locator(".words")).to_have_text("中控岗 处理中", timeout=WAIT_MS)
    card.get_by_text("已到场").click()
    expect(card.locator(".words")).to_have_text("中控岗 已到场", timeout=WAIT_MS)
    shot = tmp_path / "door.png"
    page.screenshot(path=shot)
    card.locator("input[type=file]").set_input_files(shot)
    expect(page.locator("#phone-said")).to_have_text("已记下", timeout=WAIT_MS)

    def comments() -> list[dict[str, str]]:
        with redis.Redis.from_url(chain.redis_url) as client:
            records = [json.loads(fields[b"v"]) for _, fields in client.xrange(keys.LOG)]
        return [r["data"] for r in records if r["type"] == "command.alarm.comment"]

    wait_until(comments, 30, "the photo in the log")
    told = comments()
    assert len(told) == 1 and told[0]["person"] == "demo:guard"
    picture = page.request.get(f"{chain.url}/api/v1/pictures/{told[0]['picture']}")
    assert (picture.status, picture.headers["content-type"]) == (200, "image/jpeg")
    assert b"Exif" not in picture.body()[:200]
    refused = page.request.post(f"{chain.url}/api/v1/photos", data=b"<svg/>", headers={"origin": chain.url})
    assert refused.status == 415
    context.close()


def test_of_two_presses_at_once_the_second_is_taken_back_on_the_phone(chain: Programs, browser: Browser) -> None:
    chain.say("sos.press", "SOS-021", press="long")
    there, late = (Seat(browser, chain.url, role) for role in ("supervisor", "guard"))
    late.page.goto(f"{chain.url}/phone")
    card = late.page.locator('.card[data-key="SOS/SOS-021"]')
    expect(card.locator(".words")).to_contain_text("未确认", timeout=WAIT_MS)
    there.open("SOS/SOS-021", "一键")
    chain.freeze("live")  # both press before either has been heard
    there.page.locator("#desk-acts .go").click()
    there.said("已记下")
    card.locator("button.go").click()
    said = late.page.locator("#phone-said")
    expect(said).to_have_text("已记下", timeout=WAIT_MS)
    chain.thaw("live")
    expect(said).to_have_text(re.compile("没有成功：.*班长已接手"), timeout=WAIT_MS)
    for seat in (there, late):
        seat.context.close()
