"""The components in their states on one sheet, for docs/desk.md: what the wall's own scripts and styles draw."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page

from community.state import State
from store.children import Children
from tests.browser.conftest import Programs
from tests.engines.redis import RedisServer
from tests.layouts.gallery import GALLERY, flood, incident, normal, shelved

VERDICTS: tuple[Callable[[], State], ...] = (normal, incident, shelved, flood)
BADGES = """() => {
  const box = document.createElement("div");
  box.id = "badges";
  box.style.cssText = "position:fixed;left:0;top:0;z-index:99;padding:24px;background:var(--bg1);font-size:64px;"
    + "display:grid;grid-template-columns:repeat(5,auto);gap:18px 44px";
  for (const p of [1, 2, 3, 4]) for (const state of ["unack", "ack", "rtn", "shelved", "none"]) {
    const one = document.createElement("span");
    one.innerHTML = SW.badge(p, state);
    box.append(one);
  }
  document.body.append(box);
}"""
TILES = (("aged", 12), ("empty", 2), ("incident", 6))
"""Of a state so many tiles: late, stale and out of time; not there; with alarms."""
WIDE_PX, GAP_PX, QUALITY = 1200, 10, 80
LOST_MS = 20_000

FONTS_AND_FRAMES = """async () => {
  await document.fonts.ready;
  for (let n = 0; n < 3; n += 1) await new Promise(requestAnimationFrame);
}"""


def states_sheet(browser: Browser, children: Children, server: RedisServer, var: Path, to: Path) -> None:
    """Verdicts of six states, badges of four levels in five, tiles fresh, late, stale, absent and in alarm."""
    server.wipe()
    with closing(Programs(children, server.url, var, ("web",))) as house:
        page = browser.new_context(viewport={"width": 1920, "height": 1080}, locale="zh-CN").new_page()
        bands, tiles = [], []
        for state in VERDICTS:
            bands.append(_of(house, page, state(), ".verdict")[0])
        page.evaluate(BADGES)
        badges = _taken(page, "#badges")
        for name, most in TILES:
            tiles += _of(house, page, GALLERY[name](), ".tile")[:most]
        bands.append(_of(house, page, GALLERY["empty"](), ".verdict")[0])
        house.hide()  # nobody moves the clock any more
        page.wait_for_selector("body[data-state=lost]", timeout=LOST_MS)
        bands.append(_taken(page, ".verdict"))
        page.context.close()
    _laid(bands, [badges], tiles).save(to, quality=QUALITY)


def _of(house: Programs, page: Page, state: State, selector: str) -> list[Image.Image]:
    house.hide()
    house.show(state)
    page.goto(f"{house.url}/?lang=zh")
    page.wait_for_selector("body[data-state=live]", timeout=LOST_MS)
    page.evaluate(FONTS_AND_FRAMES)
    return [_picture(one.screenshot()) for one in page.locator(selector).all()]


def _taken(page: Page, selector: str) -> Image.Image:
    return _picture(page.locator(selector).first.screenshot())


def _picture(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png)).convert("RGB")


def _laid(*parts: list[Image.Image]) -> Image.Image:
    """Each part in rows as wide as the sheet."""
    placed, y = [], GAP_PX
    for part in parts:
        x, high = GAP_PX, 0
        for one in part:
            small = one.resize((one.width * 45 // 100, one.height * 45 // 100))
            if x + small.width > WIDE_PX:
                x, y, high = GAP_PX, y + high + GAP_PX, 0
            placed.append((small, x, y))
            x, high = x + small.width + GAP_PX, max(high, small.height)
        y += high + GAP_PX
    sheet = Image.new("RGB", (WIDE_PX, y), "#0A0F12")
    for small, x, top in placed:
        sheet.paste(small, (x, top))
    return sheet
