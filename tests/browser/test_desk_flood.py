"""The desk when much comes at once: groups by keyboard, more rows than a screen can draw, what chatters, large type."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import redis
from msgspec.structs import replace
from playwright.sync_api import Browser, expect

from community.state import State
from store import keys
from tests.browser.conftest import Programs
from tests.browser.test_desk import WAIT_MS, Seat
from tests.layouts.gallery import incident
from tests.layouts.scenes import MINUTE, SECOND, Scene, lanting

MANY = 300


def commands(url: str, type_: str) -> list[dict[str, Any]]:
    """Of the log: what was told of which alarm."""
    with redis.Redis.from_url(url) as client:
        records = [json.loads(fields[b"v"]) for _, fields in client.xrange(keys.LOG)]
    return [{"alarm": r["subject"]} | r["data"] for r in records if r["type"] == f"command.alarm.{type_}"]


def many() -> State:
    """Three hundred cameras and doors that nobody has looked at for hours; one of them comes and goes."""
    told = Scene("14:32:07").everything()
    devices = [d.id for d in told.site.devices if d.system not in ("care", "sos")][:MANY]
    for n, device in enumerate(devices):
        told.alarm("CAM_BLIND", device, "P3", (3 * 60 + n) * MINUTE)
    worst = told.state.alarms[f"CAM_BLIND/{devices[-1]}"]
    times = tuple(told.clock_ms - ago * SECOND for ago in (58, 30, 5))
    told.state.alarms[worst.key] = replace(worst, times=times, count=7)
    told.state.activations = ()
    return told.state


def test_a_group_is_opened_walked_and_acknowledged_by_keyboard(chain: Programs, browser: Browser) -> None:
    upward = [d.id for d in lanting().devices if "falling" in d.tags][:12]
    assert len(upward) == 12
    seat = Seat(browser, chain.url, "guard")
    page = seat.page
    chain.say("sos.press", "SOS-021", press="long")
    for camera in upward:
        chain.say("camera.event", camera, event="falling_object", active=True, target="object", score=0.9)
    header = page.locator("#desk-rows .row", has_text=re.compile("×1[012]"))
    expect(header).to_have_count(1, timeout=WAIT_MS)
    expect(header).to_contain_text("×12", timeout=WAIT_MS)
    expect(header).to_have_attribute("data-group", "shut")
    rows, members = page.locator("#desk-rows .row"), page.locator("#desk-rows .row.member")
    expect(rows).to_have_count(2)  # the critical one singly

    page.keyboard.press("j")
    expect(header).to_have_class(re.compile("chosen"))
    page.keyboard.press("Enter")
    expect(members).to_have_count(11)
    expect(header).to_have_attribute("data-group", "open")
    page.keyboard.press("j")
    expect(members.first).to_have_class(re.compile("chosen"))
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    expect(members).to_have_count(0)

    page.locator("#desk-acts button", has_text="同因 12 条一起确认").press("Enter")
    expect(header.locator(".words")).not_to_contain_text("未确认", timeout=WAIT_MS)
    expect(page.locator(f"{seat.row('SOS/SOS-021')} .words")).to_contain_text("未确认")
    expect(page.locator("#tab-unacknowledged")).to_have_text("1", timeout=WAIT_MS)
    told = [one["alarm"] for one in commands(chain.redis_url, "acknowledge")]
    assert sorted(told) == sorted(f"FALLING_OBJ/{camera}" for camera in upward)
    assert seat.errors == []
    seat.context.close()


def test_of_three_hundred_rows_those_in_view_are_made_and_the_chosen_one_stays_where_it_is(
    web: Programs, browser: Browser
) -> None:
    state = many()
    web.show(state)
    seat = Seat(browser, web.url, "guard")
    page, rows = seat.page, seat.page.locator("#desk-rows .row")
    expect(page.locator("#tab-open")).to_have_text(str(MANY), timeout=WAIT_MS)
    assert 8 < rows.count() < 60
    page.locator("#desk-rows").evaluate("list => { list.scrollTop = list.scrollHeight / 2; }")
    expect(rows.first).not_to_have_attribute("aria-posinset", "1")
    in_view = "list => list.querySelectorAll('.row')[20].click()"
    page.locator("#desk-rows").evaluate(in_view)
    chosen = page.locator("#desk-rows .row.chosen")
    expect(page.locator("#desk-acts .go")).to_be_visible()
    before = chosen.bounding_box()
    key = chosen.get_attribute("data-key")

    new = Scene("14:32:07").alarm("SOS", "SOS-021", "P1", 2 * SECOND).state.alarms
    web.alarms({**state.alarms, **new})
    bar = page.locator("#desk-above")
    expect(bar).to_have_text("上方有 1 条新告警", timeout=WAIT_MS)
    look = "bar => [getComputedStyle(bar).color, getComputedStyle(bar).backgroundColor]"
    ink, ground = bar.evaluate(look)
    assert ink != ground, "words that nobody sees"
    after = chosen.bounding_box()
    assert before is not None and after is not None
    assert abs(after["y"] - before["y"]) < 1, "the chosen row has moved"
    assert chosen.get_attribute("data-key") == key

    page.keyboard.press("j")
    position = int(str(chosen.get_attribute("aria-posinset")))
    page.keyboard.press("k")
    assert int(str(chosen.get_attribute("aria-posinset"))) == position - 1
    bar.click()
    expect(bar).to_be_hidden()
    expect(rows.first).to_contain_text("一键")
    page.locator("#desk-rows").evaluate("list => { list.scrollTop = list.scrollHeight; }")
    expect(rows.last).to_have_attribute("aria-posinset", str(MANY + 1))
    assert seat.errors == []
    seat.context.close()


def test_what_chatters_is_said_and_put_aside_by_one_press(web: Programs, browser: Browser) -> None:
    state = many()
    web.show(state)
    seat = Seat(browser, web.url, "guard")
    page = seat.page
    worst = next(alarm for alarm in state.alarms.values() if alarm.times)
    page.locator("#desk-find input").fill(worst.device)
    row = page.locator(seat.row(worst.key))
    expect(row.locator(".words")).to_contain_text("反复 7 次", timeout=WAIT_MS)
    row.locator(".offer", has_text="搁置 30 分钟").click()
    seat.said("已记下")
    expect(page.locator("#desk-acts button", has_text="搁置 30 分钟")).to_be_visible()
    (told,) = commands(web.redis_url, "shelve")
    assert (told["alarm"], told["reason"]) == (worst.key, "反复告警")
    assert 29 * MINUTE < told["until_ms"] - state.clock_ms <= 31 * MINUTE
    seat.context.close()


KEYS = (
    ("o", r"/operate\?.*tab=doors&device=[^&]+", "#chosen h2"),
    ("t", r"/operate\?", "#call"),
    ("b", r"/operate\?.*#compose", "#compose button:focus"),
    ("n", r"/handover\?.*#notes", "main"),
)


def test_what_has_a_page_of_its_own_is_one_key_away(web: Programs, browser: Browser) -> None:
    web.show(incident())
    seat = Seat(browser, web.url, "guard")
    page = seat.page
    for key, address, seen in KEYS:
        page.goto(f"{web.url}/desk")
        expect(page.locator("#desk-steps label").first).to_be_visible(timeout=WAIT_MS)  # all of the alarm is here
        page.keyboard.press(key)
        page.wait_for_url(re.compile(address), timeout=WAIT_MS)
        expect(page.locator(seen).first).to_be_visible(timeout=WAIT_MS)
    page.goto(f"{web.url}/desk")
    expect(page.locator("#desk-acts .go")).to_be_visible(timeout=WAIT_MS)
    page.keyboard.press("m")
    seat.said("静音请在大屏")
    assert commands(web.redis_url, "take") == []
    assert seat.errors == []
    seat.context.close()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_strip_of_keys_has_room_at_the_smallest_desk(web: Programs, browser: Browser, lang: str) -> None:
    web.show(incident())
    seat = Seat(browser, web.url, "guard")
    seat.page.goto(f"{web.url}/desk?lang={lang}")
    strip = seat.page.locator("#desk-keys")
    expect(strip).to_be_visible(timeout=WAIT_MS)
    assert strip.evaluate("strip => strip.scrollWidth - strip.clientWidth") <= 0
    seat.context.close()


SMALL = """() => {
  const small = new Set(), walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const e = walk.currentNode.parentElement, text = walk.currentNode.data.trim();
    if (!text || /^(SCRIPT|STYLE|OPTION)$/.test(e.tagName) || e.closest('.badge') || !e.checkVisibility()) continue;
    const px = parseFloat(getComputedStyle(e).fontSize);
    if (px < 16) small.add(`${px} ${e.className || e.tagName}: ${text}`);
  }
  return [...small];
}"""


def test_in_large_type_nothing_is_under_16_px(web: Programs, browser: Browser) -> None:
    web.show(incident())
    seat = Seat(browser, web.url, "guard", 1366, 768)
    page = seat.page
    expect(page.locator("#desk-acts .go")).to_be_visible(timeout=WAIT_MS)
    assert page.evaluate(SMALL), "in the small type something is under 16 px, or nothing is measured"
    page.locator("#desk-big").click()
    page.keyboard.press("?")
    expect(page.locator("#desk-keys")).to_have_class(re.compile("all"))
    page.keyboard.press("d")  # a form is open as well, and says why it may not be where it may not
    assert page.evaluate(SMALL) == []
    seat.context.close()
