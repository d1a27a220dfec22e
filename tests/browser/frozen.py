"""A wall whose time stands still, so that it can be measured and compared: the page's clock moves only when told to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Frame, Page

from community.state import State
from tests.browser.conftest import Programs
from tests.engines.wait import wait_until
from tests.layouts.stage import Stage

FREEZE = """(() => {
  let at = 60000;
  performance.now = () => at;
  Date.now = () => 1773000000000 + at; // else the page takes itself for one that slept
  Math.random = () => 0;
  window.pass = (ms) => { at += ms; };
  const streams = [];
  window.EventSource = class extends EventSource { constructor(...said) { super(...said); streams.push(this); } };
  window.deafen = () => streams.forEach((stream) => stream.close()); // a heartbeat on its way would be news
  const asked = new Set(), next = requestAnimationFrame.bind(window), drop = cancelAnimationFrame.bind(window);
  window.requestAnimationFrame = (act) => {
    const id = next((at) => { asked.delete(id); act(at); });
    asked.add(id);
    return id;
  };
  window.cancelAnimationFrame = (id) => { asked.delete(id); drop(id); };
  window.drawing = () => asked.size > 0;
  const parse = JSON.parse; // how long the server has seen the clock stand is as old as the machine is busy
  JSON.parse = (text) => { const said = parse(text); if (said && said.still_ms) said.still_ms = 0; return said; };
})()"""

AS_IT_IS = "#sound { display: none !important; } .wall { translate: none !important; }"
"""Whether this machine can sound is no part of the picture, nor how far it has wandered to spare its screen."""

SETTLED = """async () => {
  await document.fonts.ready;
  do for (const _ of [1, 2]) await new Promise(requestAnimationFrame);
  while (drawing());
}"""
"""The plan draws its texture over many frames."""


class Still:
    """One wall on one state. It can be resized and cut off; `page` shows it and `plan` is its map."""

    def __init__(self, page: Page, url: str, lang: str, stage: Stage) -> None:
        self.page, self.lang = page, lang
        self._stage = stage
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.add_init_script(FREEZE)
        page.goto(f"{url}/?lang={lang}")
        page.wait_for_selector("body[data-state=live]", timeout=30_000)
        page.frame_locator("#plan").locator(".label-building").first.wait_for()
        page.add_style_tag(content=AS_IT_IS)
        self.settle()

    @property
    def plan(self) -> Frame:
        return self.page.frames[1]

    def show(self, state: State) -> None:
        """Another state on the same page, as a wall that hangs there for a day has one after the other."""
        self._stage.put(state)
        self.page.wait_for_function("(put) => SW.page.revision >= put", arg=state.position, timeout=20_000)
        self.settle()

    def settle(self) -> None:
        """Until fonts are there and what was asked for is drawn."""
        self.page.evaluate(SETTLED)
        self.plan.evaluate(SETTLED)

    def resize(self, width: int, height: int) -> None:
        self.page.set_viewport_size({"width": width, "height": height})
        rem = min(width / 120, height / 67.5)
        wait_until(
            lambda: abs(self.plan.evaluate("() => parseFloat(document.documentElement.style.fontSize)") - rem) < 0.01,
            30,
            "the plan has the size of its wall",
        )
        self.settle()

    def cut_off(self) -> None:
        """Nothing comes any more, and seven seconds pass on the page's clock."""
        self.page.route("**/live?*", lambda route: route.abort())
        self.page.evaluate("() => { deafen(); pass(8000); }")
        self.page.wait_for_selector("body.lost")
        self.settle()


@contextmanager
def still(browser: Browser, web: Programs, state: State, lang: str = "zh") -> Iterator[Still]:
    """The wall on `state`, at 1920x1080."""
    with stage_of(web, state) as stage:
        context = browser.new_context(viewport={"width": 1920, "height": 1080}, reduced_motion="reduce")
        try:
            yield Still(context.new_page(), web.url, lang, stage)
        finally:
            context.close()


@contextmanager
def stage_of(web: Programs, state: State) -> Iterator[Stage]:
    """`state` in Redis, and known to the web process."""
    stage = Stage(web.redis_url, state)
    try:
        wait_until(lambda: web.revision() >= state.position, 20, "the web process has it")
        yield stage
    finally:
        stage.close()
