"""Every state of the wall at every size and in both languages: measured by the design's rules, compared with its
reviewed picture. One page for each language has the states one after another, as a wall has."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from community.site import Wall
from tests.browser.conftest import Programs
from tests.browser.frozen import Still, still
from tests.browser.measures import faults, misplaced
from tests.browser.reviewed import RENEW, Reviewer
from tests.layouts.gallery import GALLERY

FULL_HD = (1920, 1080)
SIZES = (FULL_HD, (1366, 768), (3840, 2160), (5760, 1080))

EYES = {"deutan": "deuteranopia", "protan": "protanopia", "grey": "achromatopsia"}
"""How others see it, as Chromium shows it. These pictures follow from those that are compared; they are there to be
looked at, and taken anew with them."""
EYES_WIDTH = 960

IN_ENGLISH = ("normal", "incident", "flood")
"""Those of which a picture is kept; all are measured."""


@pytest.fixture(scope="module", params=["zh", "en"])
def wall(request: pytest.FixtureRequest, web_process: Programs, browser: Browser) -> Iterator[Still]:
    with still(browser, web_process, next(iter(GALLERY.values()))(), request.param) as shown:
        yield shown


@pytest.mark.parametrize("name", GALLERY)
def test_a_wall_is_as_reviewed_at_every_size(name: str, wall: Still) -> None:
    wall.show(GALLERY[name]())
    at_every_size(wall, name)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_and_so_is_one_that_is_cut_off(lang: str, web: Programs, browser: Browser) -> None:
    with still(browser, web, GALLERY["incident"](), lang) as wall:
        wall.cut_off()
        wall.errors.clear()  # of the stream that was cut
        at_every_size(wall, "lost")


def at_every_size(wall: Still, name: str) -> None:
    pictures = Reviewer(wall.page)
    english = wall.lang == "en"
    for width, height in SIZES:
        wall.resize(width, height)
        assert faults(wall.page, wall.plan, Wall()) == [], f"{name} at {width}x{height}"
        if width < 5760:
            assert misplaced(wall.page) == [], f"{name} at {width}x{height}: positions never move"
        if not english:
            pictures.look(wall.page, f"{name}-{width}x{height}")
    wall.resize(*FULL_HD)
    if english and name in IN_ENGLISH:
        pictures.look(wall.page, f"{name}-en")
    if RENEW and not english:
        others_see(wall, pictures, name)
    assert wall.errors == []
    assert pictures.wrong == []


def others_see(wall: Still, pictures: Reviewer, name: str) -> None:
    seen = wall.page.context.new_cdp_session(wall.page)
    for eyes, kind in EYES.items():
        seen.send("Emulation.setEmulatedVisionDeficiency", {"type": kind})
        pictures.look(wall.page, f"{name}-{eyes}", width=EYES_WIDTH)
    seen.send("Emulation.setEmulatedVisionDeficiency", {"type": "none"})
