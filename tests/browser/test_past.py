"""A wall of the past in Chromium: what the film's rules say, then a guard who looks at a night that is over."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from playwright.sync_api import Browser, Page, expect

from community.demo import DEMO
from store.children import Children
from store.history.database import migrate, open_engine
from tests.browser.conftest import ROOT, Programs
from tests.dashboard.test_daily import SHOWN
from tests.history.pages import MINUTE_MS
from tests.history.told import NIGHT_MS, at_night, tell

DEADLINE_MS = 60_000
HOUR = 3_600_000
DAY = {
    "from_ms": 0,
    "to_ms": 24 * HOUR,
    "now_ms": 20 * HOUR,
    "spans": [[HOUR, 2 * HOUR, "there"], [2 * HOUR, 3 * HOUR, "other_fold"]],
}

STILL = {"at_ms": 18_001, "clock_ms": 10_000, "next_ms": None, "ticked": True}

RULES: list[tuple[str, list[Any], Any]] = [
    ("next", [0, 60, 500, HOUR], 30_000),  # as fast as it says, however slow the house is
    ("next", [0, 60, 5000, HOUR], 300_000),
    ("next", [HOUR - 5000, 600, 500, HOUR], HOUR - 4000),  # never beyond what history has
    ("next", [HOUR - 1000, 600, 500, HOUR], HOUR - 1000),
    ("next", [HOUR - 5000, 600, 500, HOUR + 0.7], HOUR - 4000),  # a whole moment, however finely now is told
    ("ended", [HOUR - 4000, HOUR + 600.5], True),  # the picture before the film's next step
    ("ended", [HOUR - 6001, HOUR], False),
    ("silence", [STILL | {"at_ms": 18_000}], None),
    ("silence", [STILL | {"next_ms": 90_000}], {"from": 10_000, "until": 90_000}),
    ("silence", [STILL], {"from": 10_000, "until": 0}),
    ("silence", [STILL | {"ticked": False}], None),
    ("step", [HOUR, -1, "day"], -23 * HOUR),
    ("step", [HOUR, 10, "minute"], HOUR + 600_000),
    ("moment", [0.5, DAY], 12 * HOUR),
    ("moment", [1.7, DAY], 24 * HOUR),
    ("share", [-5, DAY], 0),
    (
        "holes",
        [DAY],
        [
            [0, HOUR, "gap"],
            [2 * HOUR, 3 * HOUR, "other"],
            [3 * HOUR, 20 * HOUR, "gap"],
            [20 * HOUR, 24 * HOUR, "future"],
        ],
    ),
]


def test_the_rules_of_the_film(page: Page) -> None:
    page.add_script_tag(content=(ROOT / "assets" / "past" / "film_rules.js").read_text("utf-8"))
    for name, given, wanted in RULES:
        assert page.evaluate("([name, given]) => SW.pastRules[name](...given)", [name, given]) == wanted, (name, given)


@pytest.fixture
def url(children: Children, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    history = f"sqlite:///{tmp_path / 'history.db'}"
    engine = open_engine(history, write=True)
    migrate(engine)
    tell(engine, tmp_path / "history" / "raw", SHOWN, at_night(DEMO).entries, [NIGHT_MS + MINUTE_MS])
    engine.dispose()
    (tmp_path / "garden.json").write_bytes(msgspec.json.encode(SHOWN))
    monkeypatch.setenv("SITE", str(tmp_path / "garden.json"))
    monkeypatch.setenv("DATABASE_URL", history)
    programs = Programs(children, redis_url, tmp_path, ("web",))
    yield programs.url
    programs.close()


@pytest.fixture
def patience() -> Iterator[None]:
    expect.set_options(timeout=DEADLINE_MS)
    yield
    expect.set_options(timeout=5_000)  # Playwright's own


@pytest.mark.usefixtures("patience")
def test_a_guard_looks_at_a_night_that_is_over(url: str, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN")
    page = context.new_page()
    page.set_default_timeout(DEADLINE_MS)
    wrong: list[str] = []
    asked: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{url}/?at=2026-03-12T02:42:00&lang=zh")
    moment, note, card = page.locator("#past-moment"), page.locator("#past-note"), page.locator("#past-card")
    expect(moment).to_have_text("3月12日 周四 02:42:00")
    expect(page.locator(".past-band")).to_contain_text("过去 · 非实时")
    expect(page.locator("#alarm-rows")).to_contain_text("强行开门")
    expect(page.locator("#alarm-rows button")).to_have_count(0)
    expect(page.locator(".top")).to_be_hidden()

    page.locator("[data-step='-10']").click()
    expect(moment).to_have_text("3月12日 周四 02:32:00")
    page.keyboard.press("ArrowRight")
    expect(moment).to_have_text("3月12日 周四 02:33:00")
    page.locator("[data-speed='600']").click()
    expect(note).to_contain_text("03:09:30 到 03:30:00 没有记录")  # the film goes through the silence, and says so
    expect(page.locator("#wall")).to_have_class("wall past silent")
    page.locator("#past-play").click()

    page.locator("#past-input").fill("2026-03-12T01:00")
    page.locator("#past-when button").click()
    expect(card).to_contain_text("这一刻之前没有记录，最早可以看 2026-03-12 02:00:30")
    page.locator("#past-go").click()
    expect(card).to_be_hidden()
    expect(moment).to_have_text("3月12日 周四 02:00:30")
    track = page.locator("#past-track").bounding_box()
    assert track is not None
    page.mouse.click(track["x"] + track["width"] * (2 + 42 / 60) / 24, track["y"] + 10)
    expect(moment).to_contain_text("02:4")
    expect(page).to_have_url(re.compile("at=2026-03-12T02%3A4"))

    assert any("/api/v1/past?" in address for address in asked)
    assert not any("/live?" in address for address in asked), "no stream on a wall of the past"
    # an address that holds no moment: the latest there is, said so, and every button works from there
    page.goto(f"{url}/past?at=garbage&lang=zh")
    expect(note).to_contain_text("看不懂网址里的时间")
    expect(page).to_have_url(re.compile(r"at=20\d\d-\d\d-\d\dT"))
    latest = page.evaluate("new URLSearchParams(location.search).get('at')")
    page.locator("[data-step='-1']").click()
    expect(page).not_to_have_url(re.compile(re.escape(latest[:10])))
    expect(note).not_to_contain_text("看不懂")
    page.goto(f"{url}/past?at=2026-03-12T02:42:00+08:00&lang=zh")
    expect(moment).to_have_text("3月12日 周四 02:42:00")
    assert not any("NaN" in address for address in asked)

    # on a phone each control is as large as a finger, within the screen, whatever of the wall is scrolled to
    page.set_viewport_size({"width": 390, "height": 844})
    page.locator("#wall").evaluate("wall => wall.scrollTo(400, 0)")
    for control in page.locator(".past-band .press, .past-strip .press, .past-strip input, #past-track").all():
        box = control.bounding_box()
        assert box and box["height"] >= 44 and box["width"] >= 44, control
        assert box["x"] >= 0 and box["x"] + box["width"] <= 390, control
    page.locator("#past-leave").click()
    expect(page.locator("#wall")).to_have_class("wall")
    assert not wrong
    context.close()
