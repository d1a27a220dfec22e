"""Alarms of long ago at the desk: searched by keyboard and by mouse, a page after the other, one of them opened."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from store.history.database import migrate, open_engine
from store.history.ended import SHOWN
from tests.browser.conftest import Programs
from tests.browser.test_desk import WAIT_MS, Seat
from tests.history.pages import DAY_MS, HOUR_MS, Pages, write
from tests.history.test_ended import DOOR, SOS
from tests.ingest.yard import LANTING
from tests.layouts.gallery import incident


@pytest.fixture
def seat(web: Programs, browser: Browser, var: Path) -> Iterator[Seat]:
    state = incident()
    web.show(state)
    pages = Pages("lanting")
    for n in range(SHOWN + 3):
        at_ms = state.clock_ms - 60 * DAY_MS + n * HOUR_MS
        pages.alarm(f"DOOR_HELD/{DOOR.id}", at_ms, priority="P3", ack_s=10, back_s=60)
    pages.alarm(f"SOS/{SOS.id}", state.clock_ms - 3 * DAY_MS, priority="P1", ack_s=20, back_s=200)
    engine = open_engine(f"sqlite:///{var / 'history.db'}", write=True)
    migrate(engine)
    write(engine, pages.entries, site=LANTING)
    engine.dispose()
    seat = Seat(browser, web.url, "guard")
    yield seat
    seat.context.close()
    assert seat.errors == []


def test_by_keyboard_alone(seat: Seat) -> None:
    page, rows = seat.page, seat.page.locator("#desk-rows .row")
    page.locator("#show-closed").press("Enter")
    page.keyboard.press("/")
    page.keyboard.type(SOS.id)
    page.keyboard.press("Enter")
    expect(page.locator("#desk-ended .found")).to_have_text("共 1 条 · 第 1–1 条", timeout=WAIT_MS)
    expect(rows).to_have_count(1)
    expect(rows.first).to_contain_text("中控岗")
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    expect(rows.first).to_have_attribute("aria-selected", "true")
    timeline = page.locator("#desk-timeline")
    expect(timeline).to_contain_text("告警发生", timeout=WAIT_MS)
    expect(timeline).to_contain_text("关闭")
    expect(page.locator("#desk-head h2")).to_contain_text("一键报警")
    expect(page.locator("#desk-acts button")).to_have_count(0)  # nothing is left to do


def test_by_mouse_alone(seat: Seat) -> None:
    page, rows = seat.page, seat.page.locator("#desk-rows .row")
    page.locator("#show-closed").click()
    expect(page.locator("#desk-ended")).to_be_visible()
    page.locator("#desk-ended button", has_text="查历史").click()
    expect(page.locator("#desk-ended .found")).to_contain_text("共 1 条", timeout=WAIT_MS)
    begin = page.locator("#desk-ended input").first
    assert begin.input_value(), "how far back it looked stands there"
    begin.fill("2026-01-01T00:00")
    page.locator("#desk-ended button", has_text="查历史").click()
    expect(page.locator("#desk-ended .found")).to_have_text(f"共 {SHOWN + 4} 条 · 第 1–{SHOWN} 条", timeout=WAIT_MS)
    older, newer = (page.locator("#desk-ended button", has_text=word) for word in ("较早", "较新"))
    expect(newer).to_be_hidden()
    older.click()
    expect(page.locator("#desk-ended .found")).to_contain_text(f"第 {SHOWN + 1}–{SHOWN + 4} 条", timeout=WAIT_MS)
    expect(rows).to_have_count(4)
    expect(older).to_be_hidden()
    rows.last.click()
    expect(page.locator("#desk-head p")).to_contain_text(DOOR.id)
    expect(page.locator("#desk-timeline")).to_contain_text("已恢复", timeout=WAIT_MS)
    page.locator("#level-1").click()
    page.locator("#desk-ended button", has_text="查历史").click()
    expect(page.locator("#desk-ended .found")).to_contain_text("共 1 条", timeout=WAIT_MS)
    page.locator("#desk-ended button", has_text="回到最近").click()
    expect(page.locator("#desk-ended .found")).to_have_text("")
    begin.fill("2026-02-02T00:00")
    page.locator("#desk-ended input").last.fill("2026-02-01T00:00")
    page.locator("#desk-ended button", has_text="查历史").click()
    expect(page.locator("#desk-ended .found")).to_contain_text("时间写不对", timeout=WAIT_MS)
