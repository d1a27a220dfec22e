"""The operator's map: the plan of the wall in a page that lets itself be moved, and opens what is clicked."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import BrowserContext, Frame, Page

from tests.browser.conftest import Programs
from tests.engines.wait import wait_until
from tests.layouts.gallery import incident

HOST = """<!DOCTYPE html><html style="font-size:16px"><body style="margin:0"><script>
window.SW = { words: { late: "{}前", seconds: "{}秒", minutes: "{}分", hours: "{}时", days: "{}天" } };
new EventSource("/live?lang=zh").addEventListener("snap", (event) => {
  const { parts, clock_ms } = JSON.parse(event.data);
  SW.mapReady = () => document.getElementById("plan").contentWindow.applyDelta(
    { whole: true, devices: parts.devices, areas: parts.areas, plan: parts.plan, clock: { now: () => clock_ms } });
  document.body.insertAdjacentHTML("beforeend",
    '<iframe id="plan" src="/map?desk=1&lang=zh" style="border:0;width:100vw;height:100vh"></iframe>');
}, { once: true });
</script></body></html>"""
"""Any page that has the stream can have the map: this is all it needs. A stream that comes back begins with a snap."""


def host(context: BrowserContext, url: str) -> tuple[Page, Frame]:
    page = context.new_page()
    page.route("**/host", lambda route: route.fulfill(body=HOST, content_type="text/html"))
    page.goto(f"{url}/host")
    page.frame_locator("#plan").locator(".plate").first.wait_for()
    return page, page.frames[1]


def middle(frame: Frame, text: str) -> tuple[float, float]:
    """Of a building's number on the screen."""
    x, y = frame.evaluate(
        """text => { const box = [...document.querySelectorAll('.label-building')].find(e => e.textContent === text)
          .getBoundingClientRect(); return [box.left + box.width / 2, box.top + box.height / 2]; }""",
        text,
    )
    return x, y


def test_it_pans_zooms_and_opens_what_is_clicked(web: Programs, kiosk: BrowserContext) -> None:
    web.show(incident())
    page, frame = host(kiosk, web.url)
    before = middle(frame, "8")
    page.mouse.move(900, 500)
    page.mouse.down()
    page.mouse.move(1000, 560, steps=4)
    page.mouse.up()
    wait_until(lambda: middle(frame, "8") != before, 5, "the plan has moved")
    page.mouse.wheel(0, -300)
    far: Any = lambda: abs(middle(frame, "8")[0] - middle(frame, "9")[0])  # noqa: E731  # measured again and again
    wait_until(lambda: far() > 1.2 * abs(before[0] - middle(frame, "9")[0]) or far() > 1100, 5, "it is nearer")
    page.frame_locator("#plan").get_by_label("看全图").click()
    wait_until(lambda: abs(middle(frame, "8")[0] - before[0]) < 2, 5, "all is seen again")

    card = page.frame_locator("#plan").locator(".desk-card")
    page.mouse.click(*middle(frame, "7"))
    card.get_by_role("heading", name="7号楼2单元").wait_for()
    assert "一键报警 1" not in card.inner_text() and "水电表" in card.inner_text()
    card.locator("button.line").first.click()  # what is in alarm stands first
    card.get_by_text("情况未知").or_(card.get_by_text("正常上报")).first.wait_for()
    assert "一键报警" in card.inner_text()
    assert card.locator(".badge.p1.unack").count() == 1
    page.keyboard.press("Escape")
    card.wait_for(state="hidden")

    x, y = frame.evaluate(
        "() => ['x1', 'y1'].map(at => +document.querySelector('.leaders line.stale').getAttribute(at))"
    )
    page.mouse.click(x, y)
    card.get_by_role("heading", name="C-010 东围墙").wait_for()
    assert "已失联" in card.inner_text() and "摄像机离线" in card.inner_text()


def test_a_page_around_it_may_take_the_click(web: Programs, kiosk: BrowserContext) -> None:
    web.show(incident())
    page, frame = host(kiosk, web.url)
    page.evaluate("() => { SW.openOnMap = (what) => { window.opened = what; return true; }; }")
    page.mouse.click(*middle(frame, "7"))
    wait_until(lambda: page.evaluate("() => window.opened") == {"spot": "7/2"}, 5, "the page was asked")
    assert page.frame_locator("#plan").locator(".desk-card").is_hidden()


CROWDED = """() => {
  const all = [...document.querySelectorAll('.plate, .desk-zoom, .label-building')];
  const boxes = all.map(e => [e, e.getBoundingClientRect()]);
  return boxes.flatMap(([e, a], i) => boxes.slice(i + 1)
    .filter(([o, b]) => (e.matches('.plate') || o.matches('.plate'))
      && a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)
    .map(([o]) => `${e.innerText} lies on ${o.innerText}`));
}"""
NAMED = "() => [...document.querySelectorAll('.plate')].map(e => e.firstChild.nextSibling.textContent)"


def test_a_small_map_shows_the_chosen_alarm_and_no_plate_on_another(web: Programs, kiosk: BrowserContext) -> None:
    web.show(incident())
    page, frame = host(kiosk, web.url)
    page.set_viewport_size({"width": 340, "height": 240})
    wait_until(lambda: frame.evaluate("() => innerWidth") == 340 and frame.evaluate(CROWDED) == [], 10, "room for each")
    wait_until(lambda: len(frame.evaluate(NAMED)) < 4, 5, "not for all of them")
    frame.evaluate("device => lookAt({ spot: '', device })", "C-010")
    wait_until(lambda: "画面停在 21:08" in frame.evaluate(NAMED), 5, "the chosen one is named")
    assert frame.evaluate(CROWDED) == []
