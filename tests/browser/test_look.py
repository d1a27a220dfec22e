"""What the eye gets: nothing clipped, nothing too small, nothing moving that should not, fonts only where needed."""

from __future__ import annotations

import os
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Route

from community.board.tiles import TILES as EVERY
from community.words import Lang
from tests.browser.conftest import Programs, Wall
from tests.browser.measures import TILES
from tests.engines.wait import wait_until
from tests.layouts.scenes import HOUR, MINUTE, Scene, incident, normal, partial

MOVING = """() => [...document.querySelectorAll('*')]
  .filter(e => getComputedStyle(e).animationName !== 'none').map(e => e.getAttribute('class'))"""


@pytest.mark.parametrize("size", [(1920, 1080), (1366, 768)])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_figures_keep_their_distance_though_the_fonts_came_late(
    size: tuple[int, int], lang: Lang, web: Programs, browser: Browser
) -> None:
    web.show(normal())
    context = browser.new_context(viewport={"width": size[0], "height": size[1]})
    held: list[Route] = []
    context.route("**/*latin*.woff2", lambda route: held.append(route))
    wall = Wall(context, web.url, lang)
    wait_until(
        lambda: wall.page.evaluate("() => document.fonts.status") == "loading" and held, 10, "fonts are asked for"
    )
    for route in held:
        route.continue_()
    wall.fonts()
    wall.page.evaluate(
        "() => new Promise(requestAnimationFrame).then(() => new Promise(requestAnimationFrame)).then(() => 1)"
    )
    assert wall.page.evaluate(TILES) == []
    context.close()


@pytest.mark.parametrize("size", [(1920, 1080), (1366, 768), (5760, 1080)])
def test_every_name_of_a_tile_has_air_behind_it(size: tuple[int, int], web: Programs, browser: Browser) -> None:
    """In English, and of every system that a site may choose."""
    web.show(incident())
    context = browser.new_context(viewport={"width": size[0], "height": size[1]})
    wall = Wall(context, web.url, "en")
    wall.fonts()
    names = sorted({tile.name.en for tile in EVERY.values()}, key=len, reverse=True)
    assert len(names) > 12
    for some in (names[:12], names[-12:]):
        wall.page.evaluate(
            "names => document.querySelectorAll('.tile .name').forEach((box, n) => { box.textContent = names[n]; })",
            some,
        )
        assert wall.page.evaluate(TILES) == []
    context.close()


def test_only_an_unacknowledged_critical_moves_and_not_for_those_who_mind(web: Programs, browser: Browser) -> None:
    web.show(incident())
    context = browser.new_context(viewport={"width": 1920, "height": 1080}, locale="zh-CN")
    wall = Wall(context, web.url)
    assert wall.page.evaluate(MOVING) == ["badge p1 unack pulse"]
    context.close()
    context = browser.new_context(viewport={"width": 1920, "height": 1080}, locale="zh-CN", reduced_motion="reduce")
    wall = Wall(context, web.url)
    assert wall.page.evaluate(MOVING) == []
    assert wall.page.frames[1].evaluate(MOVING) == []
    context.close()


def test_a_late_and_a_stale_tile_look_it(web: Programs, kiosk: BrowserContext) -> None:
    web.show(partial())
    wall = Wall(kiosk, web.url)
    assert wall.page.get_attribute("#tile-ebike", "class") == "tile live stale alarm a2"
    assert wall.text("#tile-ebike-age").startswith("旧 6分")
    assert wall.page.get_attribute("#tile-ev", "class") == "tile live late"
    assert wall.text("#tile-ev-age").endswith("前")
    bars = wall.page.locator("#feed-bars i").evaluate_all("bars => bars.map(bar => bar.className)")
    assert bars[:4] == ["live", "late", "stale", "live"] and set(bars[4:]) == {"live"}


def test_rows_that_do_not_fit_are_counted(web: Programs, kiosk: BrowserContext) -> None:
    scene = Scene("21:14:36").everything()
    for n in range(3):
        scene.alarm("SOS", f"SOS-02{n}", "P1", (n + 1) * MINUTE)
    for n in range(1, 5):
        scene.alarm("CAM_OFFLINE", f"C-00{n}", "P3", 20 * MINUTE + n)
    web.show(scene.state)
    wall = Wall(kiosk, web.url)
    wall.fonts()
    edge = wall.page.evaluate("() => document.querySelector('#alarm-rows').getBoundingClientRect().right")
    rows = wall.page.locator(".alarm-row").evaluate_all("rows => rows.map(row => row.getBoundingClientRect().left)")
    seen = sum(left < edge for left in rows)
    assert 3 <= seen < 7
    assert wall.text("#alarm-more") == f"还有 {7 - seen} 条"


def test_browser_language_picks_english(web: Programs, browser: Browser) -> None:
    web.show(normal())
    context = browser.new_context(locale="en-US")
    page = context.new_page()
    page.goto(web.url)
    page.wait_for_selector("body[data-state=live]")
    assert page.inner_text("#verdict-title") == "All normal"
    assert page.inner_text("#tile-cameras .name") == "Cameras"
    assert page.get_attribute("html", "lang") == "en"
    context.close()


def fonts_of(wall: Wall) -> list[str]:
    return [url.rpartition("/")[2] for url in wall.requests if url.endswith(".woff2")]


def test_chinese_is_not_fetched_where_the_kiosk_has_it(web: Programs, kiosk: BrowserContext) -> None:
    web.show(incident())
    wall = Wall(kiosk, web.url)
    wall.fonts()
    assert fonts_of(wall), "the figures' font is ours"
    assert [name for name in fonts_of(wall) if name.startswith("cjk")] == []


BARE = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{folder}</dir><cachedir>{cache}</cachedir></fontconfig>"""


@pytest.fixture
def bare_browser(
    browser_type: Any, browser_type_launch_args: dict[str, Any], tmp_path: Path
) -> Any:  # a browser on a machine without one Chinese font
    config = tmp_path / "fonts.conf"
    latin = resources.files("fontpkg_barlow_semi_condensed") / "files"  # a browser needs some font to live
    config.write_text(BARE.format(folder=latin, cache=tmp_path / "cache"))
    browser = browser_type.launch(**browser_type_launch_args, env={**os.environ, "FONTCONFIG_FILE": str(config)})
    yield browser
    browser.close()


def test_a_kiosk_without_chinese_fonts_gets_slices(web: Programs, bare_browser: Browser) -> None:
    web.show(incident())
    wall = Wall(bare_browser.new_context(viewport={"width": 1920, "height": 1080}, locale="zh-CN"), web.url)
    loaded = "() => [...document.fonts].filter(f => f.family.includes('CJK') && f.status === 'loaded').length"
    wait_until(lambda: wall.page.evaluate(loaded), 40, "a slice was loaded")
    fetched = [name for name in fonts_of(wall) if name.startswith("cjk")]
    assert any(name.startswith("cjk-words") for name in fetched)
    assert len(set(fetched)) < 4, "the product's own words come in one file"


def test_the_clock_goes_on_without_a_jump_while_data_stand_still(web: Programs, kiosk: BrowserContext) -> None:
    """Heartbeats repeat a clock that stands; another state with an older clock is taken over all the same."""
    web.show(normal())
    wall = Wall(kiosk, web.url)
    web.hide()  # the state stays in Redis, its clock stands
    seen = wall.page.evaluate("""() => new Promise(done => {
      const start = performance.now(), offsets = [];
      const look = () => {
        offsets.push(SW.clock.now() - performance.now());
        if (performance.now() - start > 5000) done(Math.max(...offsets) - Math.min(...offsets));
        else setTimeout(look, 50);
      };
      look();
    })""")
    assert seen < 1100, "no more than the last tick's lag"
    assert wall.page.evaluate("() => SW.clock.still()") > 3000
    older = normal()
    older.clock_ms -= HOUR
    web.show(older)
    wait_until(
        lambda: wall.page.evaluate("() => SW.clock.lastMs") < older.clock_ms + MINUTE, 10, "the older clock is heard"
    )
    assert abs(wall.page.evaluate("() => SW.clock.now()") - older.clock_ms) < 10_000
    wait_until(lambda: wall.page.evaluate("() => SW.clock.still()") < 2000, 5, "it counts as moving again")
    wall.state("live")
    assert wall.errors == []
