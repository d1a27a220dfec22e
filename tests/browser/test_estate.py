"""A community with every system on the wall: tiles, rows and plates of all alarms, both languages, all sizes."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from community.board.alarm_words import name, short
from community.catalogue import CATALOGUE
from community.site import Wall as Screen
from community.state import Alarm
from community.systems import SYSTEMS
from community.words import Lang
from tests.browser.conftest import Programs, Wall
from tests.browser.frozen import still
from tests.browser.measures import CLIPPED, OUTSIDE, faults
from tests.engines.wait import wait_until
from tests.layouts.estate import scene, troubled
from tests.layouts.scenes import HOUR

CUT = """() => [...document.querySelectorAll('.alarm-row .what, .alarm-row .who, .alarm-row .elapsed')]
  .filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.innerText)"""

ROWS = """names => {
  const titles = [...document.querySelectorAll('.alarm-row .what')].map(e => e.innerText);
  const stands = ([name, short]) => titles.some(title => title.startsWith(name) || title === short);
  return titles.length === names.length && names.every(stands);
}"""

COVERED = """() => {
  const stamp = document.getElementById('stamp').getBoundingClientRect();
  const frame = document.getElementById('plan'), at = frame.getBoundingClientRect();
  return [...frame.contentDocument.querySelectorAll('.plate')].filter(e => {
    const box = e.getBoundingClientRect();
    return box.left + at.left < stamp.right && box.right + at.left > stamp.left
      && box.top + at.top < stamp.bottom && box.bottom + at.top > stamp.top;
  }).map(e => e.innerText);
}"""


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_one_alarm_of_most_systems_is_seen_whole_at_any_size(lang: Lang, web: Programs, browser: Browser) -> None:
    """The states of the gallery are measured beside their pictures."""
    with still(browser, web, troubled(), lang) as wall:
        for size in ((1366, 768), (1920, 1080), (3840, 2160)):
            wall.resize(*size)
            assert faults(wall.page, wall.plan, Screen()) == [], size
        assert wall.errors == []


def of_alarms(ids: tuple[str, ...], age_ms: int = 1000) -> dict[str, Alarm]:
    """Each on a device that can have it, with all that any rule tells."""
    told = scene("21:14:36")
    detail: dict[str, Any] = {
        "temperature_c": 68.0, "fill_percent": 96.0, "battery_percent": 12.0, "lel_percent": 34.0, "level_cm": 131.0,
        "power_w": 1240.0, "fails": 15, "late": 12, "oldest_clip_days": 12.0, "skew_s": -240, "cause": "mains_lost",
        "status": "out_of_service", "letters": 12, "event": "line_crossing", "caller": "takeaway", "result": "failed",
    }  # fmt: skip
    for n, alarm_id in enumerate(ids, 1):
        owner = next(
            (
                s.id
                for s in SYSTEMS.values()
                if alarm_id in {r.alarm for r in s.rules} | ({s.silence.alarm} if s.silence else set())
            ),
            "",
        )
        device = next((d.id for d in told.site.devices if d.system == owner), "SOS-021")
        device = {"SOURCE_STALE": "lorawan", "DEAD_LETTERS": "isapi"}.get(alarm_id, device)
        told.alarm(alarm_id, device, CATALOGUE[alarm_id].priority, n * age_ms, **detail)
    return told.state.alarms


def walls(web: Programs, kiosk: BrowserContext) -> dict[Lang, Wall]:
    """One in each language, of the same house."""
    web.show(scene("21:14:36").state)
    return {"zh": Wall(kiosk, web.url, "zh"), "en": Wall(kiosk, web.url, "en")}


def told(wall: Wall, lang: Lang, ids: tuple[str, ...]) -> Page:
    """The wall's page when it has these rows, and no other: by name or, where that does not fit, by its short one."""
    wall.page.bring_to_front()  # a browser draws no page that is behind another
    called = [[name(id_, lang), short(id_, lang)] for id_ in ids]
    wall.page.wait_for_function(ROWS, arg=called, timeout=20_000)
    wall.fonts()
    return wall.page


def test_every_alarm_has_its_whole_name_on_the_wall(web: Programs, kiosk: BrowserContext) -> None:
    shown = walls(web, kiosk)
    ordered = sorted(CATALOGUE, key=lambda id_: CATALOGUE[id_].priority)
    for ids in (tuple(ordered[n : n + 3]) for n in range(0, len(ordered), 3)):  # three rows always fit
        web.alarms(of_alarms(ids))
        for lang, wall in shown.items():
            page = told(wall, lang, ids)
            assert page.evaluate(CUT) == []
            assert page.evaluate(CLIPPED) == []
            assert page.frames[1].evaluate(OUTSIDE) == []


def test_a_critical_that_stands_for_hours_keeps_its_name(web: Programs, kiosk: BrowserContext) -> None:
    shown = walls(web, kiosk)
    critical = [id_ for id_ in CATALOGUE if CATALOGUE[id_].priority == "P1"]
    for ids in (tuple(critical[n : n + 2]) for n in range(0, len(critical), 2)):
        web.alarms(of_alarms(ids, age_ms=10 * HOUR))
        for lang, wall in shown.items():
            assert told(wall, lang, ids).evaluate(CUT) == []


def test_no_plate_lies_under_the_stamp_of_an_old_picture(web: Programs, kiosk: BrowserContext) -> None:
    """A P1 in the middle of the top row, where the stamp will be."""
    told = scene("21:14:36")
    smoke = [d for d in told.site.devices if d.kind == "smoke_detector"]
    for device in (next(d.id for d in smoke if d.building == building) for building in "345"):
        told.alarm("FIRE_SMOKE", device, "P1", 5000)
    web.show(told.state)
    wall = Wall(kiosk, web.url)
    wall.page.frame_locator("#plan").locator(".plate").first.wait_for()
    web.hide()
    wall.state("lost", 20)
    wait_until(lambda: wall.text("#stamp") != "", 5, "the stamp is there")
    assert wall.page.evaluate(COVERED) == []
    shown = wall.page.evaluate(
        "() => [document.getElementById('clock').innerText, document.getElementById('verdict-place').innerText,"
        " document.getElementById('verdict-time').innerText]"
    )
    seconds = [int(text[-2:]) + 60 * int(text[-5:-3]) for text in shown]
    assert seconds[0] - seconds[1] == seconds[2], shown
