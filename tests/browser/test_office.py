"""The manager's pages in Chromium, under the page's own Content-Security-Policy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from playwright.sync_api import Browser, Page, expect

from community.demo import DEMO
from community.place import Post, Text
from community.roles import Grant
from dashboard.signin.secrets import hashed
from dashboard.signin.service import Service
from store.children import Children
from store.history.database import migrate, open_engine
from store.people import open_engines
from store.seal import Seal
from tests.browser.conftest import Programs, facts, onto, press
from tests.dashboard.test_daily import SHOWN
from tests.engines.wait import wait_until
from tests.history.pages import DAY_MS, HOUR_MS, MINUTE_MS, T0_MS, Pages, write
from tests.history.test_figures import quiet

DEADLINE_MS = 60_000
RELIEF = "a good long word"
POSTS = (Post("post:control", Text("中控岗"), "guard"),)


@pytest.fixture
def url(children: Children, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    history = f"sqlite:///{tmp_path / 'history.db'}"
    engine = open_engine(history, write=True)
    migrate(engine)
    pages = Pages(DEMO)
    quiet(pages, T0_MS, T0_MS + DAY_MS)
    for n in range(5):
        pages.alarm(f"DOOR_HELD/D-{n}", T0_MS + 18 * HOUR_MS + n * MINUTE_MS, priority="P2", ack_s=90, back_s=400)
        pages.log("access.pass", "D-1", {"method": "face", "result": "granted"}, at_ms=T0_MS + 7 * HOUR_MS + n)
    write(engine, pages.entries, site=SHOWN)
    engine.dispose()
    people = Service(open_engines(history), Seal(tmp_path))
    people.begin()
    people.register.add("li.qiang", "李强", hashed(RELIEF), 0, [Grant("guard", DEMO)])
    people.close()
    (tmp_path / "garden.json").write_bytes(msgspec.json.encode(msgspec.structs.replace(SHOWN, posts=POSTS)))
    monkeypatch.setenv("SITE", str(tmp_path / "garden.json"))
    monkeypatch.setenv("DATABASE_URL", history)
    programs = Programs(children, redis_url, tmp_path, ("web",))
    yield programs.url
    programs.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN")
    page = context.new_page()
    page.set_default_timeout(DEADLINE_MS)
    yield page
    context.close()


def test_a_manager_s_morning(url: str, page: Page, redis_url: str) -> None:
    wrong: list[str] = []
    foreign: list[str] = []
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda r: None if r.url.startswith((url, "data:", "blob:")) else foreign.append(r.url))
    page.goto(f"{url}/daily?day=2026-03-12")
    bars = page.locator(".alarm_hours .bars .point path")
    bars.first.wait_for(state="attached")
    expect(page.locator(".panel .waiting")).to_have_count(0, timeout=DEADLINE_MS)
    expect(page.locator(".alarm_hours h2")).to_contain_text("18–19 点集中了几乎全部告警")
    expect(page.locator(".bar .completeness")).to_contain_text("数据完整 100.0%")
    assert page.locator(".modebar").count() == 0, "nothing is shared with a cloud"

    # a bar of the chart opens the records that it counts
    drawn = [b for b in (bar.bounding_box() for bar in bars.all()) if b is not None and b["height"] > 5]
    assert drawn
    page.mouse.click(drawn[0]["x"] + drawn[0]["width"] / 2, drawn[0]["y"] + drawn[0]["height"] / 2)
    expect(page.locator("#records-daily")).to_contain_text("共 5 条", timeout=DEADLINE_MS)
    expect(page.locator("#records-daily tbody tr")).to_have_count(5)
    page.keyboard.press("Escape")
    expect(page.locator("#records-daily")).to_be_empty()

    # so does a row of a list, by keyboard
    page.locator(".alarm_types button").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#records-daily tbody tr")).to_have_count(5, timeout=DEADLINE_MS)
    page.get_by_role("button", name="关闭").click()
    expect(page.locator("#records-daily")).to_be_empty()

    # so does a camera's line and a card; the browser's way back leads out of the records, and no further
    drawn_gaps = page.locator(".cameras .bars .point path")
    drawn_gaps.first.wait_for(state="attached")
    page.locator(".panel.cameras").scroll_into_view_if_needed()
    gaps = [b for b in (bar.bounding_box() for bar in drawn_gaps.all()) if b]
    page.mouse.click(gaps[-1]["x"] + gaps[-1]["width"] / 2, gaps[-1]["y"] + gaps[-1]["height"] / 2)
    expect(page.locator("#records-daily")).to_contain_text("离线", timeout=DEADLINE_MS)
    page.locator(".card button").first.click()
    expect(page.locator("#records-daily")).to_contain_text("共 5 条", timeout=DEADLINE_MS)
    page.go_back()
    expect(page.locator("#records-daily")).to_contain_text("离线", timeout=DEADLINE_MS)
    page.go_back()
    expect(page.locator("#records-daily")).to_be_empty()
    expect(page.locator(".alarm_hours h2")).to_be_visible()

    page.locator(".alarm_hours summary").click()
    expect(page.locator(".alarm_hours .counted").first).to_contain_text("SELECT")

    page.get_by_role("link", name="周", exact=True).click()
    expect(page.locator(".press.shown")).to_contain_text("3月9日 – 3月15日")
    page.locator(".any summary").click()
    page.locator("#range input").first.fill("2026-03-11")
    page.locator("#range input").last.fill("2026-03-12")
    page.get_by_role("button", name="查看").click()
    page.wait_for_url(re.compile(r"from=2026-03-11&to=2026-03-12"))
    hands_over(page, url, redis_url)
    assert not wrong and not foreign


def hands_over(page: Page, url: str, redis_url: str) -> None:
    """The shift, by keyboard alone: sheet, a note, both signatures, the second by another person's login; the trail."""
    page.goto(f"{url}/handover")
    press(page, "button[value=draft]")
    onto(page, "textarea[name=notes]")
    page.keyboard.type("西门访客机声音小")
    press(page, "button[value=notes]")
    expect(page.locator("textarea[name=notes]")).to_have_value("西门访客机声音小")
    press(page, "button[value=off]")
    for field, word in (("account", "li.qiang"), ("password", RELIEF)):
        onto(page, f"input[name={field}]")
        page.keyboard.type(word)
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("两人已签，交接单已定稿")
    signed = {f"handover.{do}" for do in ("draft", "notes", "sign_off", "sign_on")}
    wait_until(lambda: signed <= {said["action"] for said in facts(redis_url)}, 20, "the audit has it")
    by = {said["action"]: said["person"] for said in facts(redis_url) if said["action"] in signed}
    comes = by.pop("handover.sign_on")
    assert comes.startswith("staff:") and set(by.values()) == {"demo:visitor"}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_on_a_phone_nothing_is_wider_than_the_screen(url: str, page: Page, lang: str) -> None:
    """Sentences of English stood in two columns, and the page went sideways."""
    page.set_viewport_size({"width": 390, "height": 844})
    for path in ("/daily?day=2026-03-12&", "/alarms?day=2026-03-12&"):
        page.goto(f"{url}{path}lang={lang}")
        expect(page.locator(".panel .body").first).to_be_attached()
        expect(page.locator(".panel .waiting")).to_have_count(0, timeout=DEADLINE_MS)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        names = ".ranked .name, .card h3"
        assert not page.evaluate(
            f"[...document.querySelectorAll('{names}')].filter(e => e.scrollWidth > e.clientWidth).length"
        )
        first = "[...document.querySelectorAll('.table td:first-child')].map(e => e.getBoundingClientRect().width)"
        assert min(page.evaluate(first), default=390) >= 100, "no name stands a letter to a line"
    assert page.locator(".verdicts .table").evaluate("e => e.scrollWidth > e.clientWidth"), "it scrolls in its own box"


def test_a_printed_page_has_its_charts_whole(url: str, page: Page) -> None:
    """Drawn for the screen they went over the edge of the paper."""
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"{url}/daily?day=2026-03-12&lang=zh")
    expect(page.locator(".panel .waiting")).to_have_count(0, timeout=DEADLINE_MS)
    expect(page.locator(".panel.alarm_hours .main-svg").first).to_be_attached(timeout=DEADLINE_MS)
    page.set_viewport_size({"width": 720, "height": 1000})  # as wide as the paper
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    over = page.evaluate(
        """[...document.querySelectorAll(".plot-box")].filter((box) => {
            const edge = box.getBoundingClientRect().right + 1;
            return [...box.querySelectorAll(".main-svg")].some((svg) => svg.getBoundingClientRect().right > edge);
        }).length"""
    )
    assert over == 0
    assert page.locator(".panel.alarm_hours .main-svg").first.get_attribute("viewBox")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator(".panel.alarm_hours .main-svg").first.get_attribute("viewBox") is None
