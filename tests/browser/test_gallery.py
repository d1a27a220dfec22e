"""Every state of the wall at every size: measured by the design's rules, compared with its reviewed picture."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from community.site import Wall
from tests.browser.conftest import Programs
from tests.browser.frozen import Still, still
from tests.browser.measures import faults, misplaced
from tests.browser.reviewed import Reviewer
from tests.layouts.gallery import GALLERY

SIZES = ((1920, 1080), (1366, 768), (3840, 2160), (5760, 1080))

EYES = {"deutan": "deuteranopia", "protan": "protanopia", "grey": "achromatopsia"}
"""How others see it, as Chromium shows it."""

IN_ENGLISH = ("normal", "incident", "flood")
"""Those of which a picture is kept; all are measured."""


def at_every_size(wall: Still, pictures: Reviewer, name: str) -> None:
    for width, height in SIZES:
        wall.resize(width, height)
        assert faults(wall.page, wall.plan, Wall()) == [], f"{name} at {width}x{height}"
        if width < 5760:
            assert misplaced(wall.page) == [], f"{name} at {width}x{height}: positions never move"
        pictures.look(wall.page, f"{name}-{width}x{height}")


@pytest.mark.parametrize("name", GALLERY)
def test_a_wall_is_as_reviewed_at_every_size(name: str, web: Programs, browser: Browser) -> None:
    with still(browser, web, GALLERY[name]()) as wall:
        pictures = Reviewer(wall.page)
        at_every_size(wall, pictures, name)
        if name == "incident":
            wall.resize(*SIZES[0])
            seen = wall.page.context.new_cdp_session(wall.page)
            for eyes, kind in EYES.items():
                seen.send("Emulation.setEmulatedVisionDeficiency", {"type": kind})
                pictures.look(wall.page, f"{name}-{eyes}")
            seen.send("Emulation.setEmulatedVisionDeficiency", {"type": "none"})
            wall.cut_off()
            at_every_size(wall, pictures, "lost")
        assert wall.errors == [] or name == "incident"
        assert pictures.wrong == []


@pytest.mark.parametrize("name", GALLERY)
def test_in_english_nothing_is_clipped(name: str, web: Programs, browser: Browser) -> None:
    with still(browser, web, GALLERY[name](), "en") as wall:
        pictures = Reviewer(wall.page)
        for size in SIZES[:2]:
            wall.resize(*size)
            assert faults(wall.page, wall.plan, Wall(), figures_only=True) == [], f"{name} at {size}"
        wall.resize(*SIZES[0])
        if name in IN_ENGLISH:
            pictures.look(wall.page, f"{name}-en")
        assert wall.errors == []
        assert pictures.wrong == []
