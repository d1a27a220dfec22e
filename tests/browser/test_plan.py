"""The site plan by itself, on every kind of site: where plates come to lie, and a plan that was laid out from lists."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route

from community.board.plan import CALLOUTS
from community.site import SITES, Site, parse_site
from layouts.map import map_page
from tests.browser.measures import COVERED, OUTSIDE
from tests.browser.reviewed import Reviewer
from tests.layouts.alone import APPLY, ORIGIN, answer

SITES_SHOWN = {name: parse_site((SITES / f"{name}.json").read_bytes(), name) for name in ("lanting", "heping")}


@contextmanager
def alone(browser: Browser, site: Site) -> Iterator[Page]:
    body = map_page(site, "zh")

    def serve(route: Route) -> None:
        found = answer(route.request.url, body)
        if found:
            route.fulfill(body=found[0], content_type=found[1])
        else:
            route.fulfill(status=404)

    context = browser.new_context(viewport={"width": 1920, "height": 1080}, reduced_motion="reduce")
    context.route(f"{ORIGIN}/**", serve)
    page = context.new_page()
    page.goto(f"{ORIGIN}/host")
    page.wait_for_selector("body[data-ready=yes]")
    yield page
    context.close()


def delta(plates: list[dict[str, Any]], areas: dict[str, str]) -> dict[str, Any]:
    return {"whole": True, "devices": {}, "areas": areas, "plan": {"callouts": plates, "dim": False}}


@pytest.mark.parametrize("name", SITES_SHOWN)
def test_no_plate_ever_lies_on_a_number_or_outside(name: str, browser: Browser) -> None:
    """Fifty times as many plates as there may be, in units taken at random, with words of every length."""
    site, dice = SITES_SHOWN[name], random.Random(12)
    units = [f"{building.id}/{n + 1}" for building in site.buildings for n in range(building.units)]
    with alone(browser, site) as page:
        for _ in range(50):
            plates = [
                {"key": spot, "spot": spot, "device": "", "p": dice.randint(1, 3), "badge": "unack", "stale": False}
                | {"words": "电动车入梯 1203室"[: dice.randint(2, 11)], "since_ms": dice.choice((None, 1))}
                for spot in dice.sample(units, CALLOUTS)
            ]
            page.evaluate(APPLY, delta(plates, {plate["spot"]: f"alarm p{plate['p']} unack" for plate in plates}))
            plan = page.frames[1]
            assert plan.locator(".plate").count() == CALLOUTS
            assert [*plan.evaluate(COVERED), *plan.evaluate(OUTSIDE)] == [], plates


def test_a_site_without_a_plan_looks_as_reviewed(browser: Browser) -> None:
    with alone(browser, SITES_SHOWN["heping"]) as page:
        plates = [
            {"key": "a", "spot": "3/2", "device": "", "p": 1, "badge": "unack", "stale": False, "words": "求助 201室"},
            {
                "key": "b",
                "spot": "",
                "device": "C-02",
                "p": 3,
                "badge": "ack",
                "stale": True,
                "words": "画面停在 21:08",
            },
        ]
        said = delta([plate | {"since_ms": None} for plate in plates], {"3/2": "alarm p1 unack"})
        page.evaluate(APPLY, said | {"devices": {"C-02": "alarm p3 ack stale"}})
        pictures = Reviewer(page)
        pictures.look(page, "laid-out", page.locator("#plan").bounding_box())
        assert pictures.wrong == []


WRITES = """(delta) => {
  const plan = document.getElementById("plan").contentWindow, seen = new plan.MutationObserver(() => {});
  const all = { subtree: true, childList: true, characterData: true, attributes: true, attributeOldValue: true };
  seen.observe(plan.document.body, all);
  plan.applyDelta({ ...delta, clock: { now: () => 1000 } });
  const differs = (m) => m.type !== "attributes" || m.target.getAttribute(m.attributeName) !== m.oldValue;
  return seen.takeRecords().filter(differs).map((m) => `${m.type} of ${m.target.nodeName.toLowerCase()}`);
}"""
"""What the plan's page writes for a change."""


def test_an_update_writes_only_what_differs(browser: Browser) -> None:
    plate = {"key": "a", "spot": "3/2", "device": "", "p": 1, "badge": "unack", "stale": False, "words": "求助 201室"}
    first = delta([plate | {"since_ms": None}], {"3/2": "alarm p1 unack"})
    again = first | {"whole": False, "areas": {}}
    with alone(browser, SITES_SHOWN["heping"]) as page:
        page.evaluate(APPLY, first)
        assert page.evaluate(WRITES, again) == []
        acknowledged = again | {"plan": {"callouts": [plate | {"since_ms": None, "badge": "ack"}], "dim": False}}
        assert page.evaluate(WRITES, acknowledged) == ["childList of div"], "its badge"
        doubted = again | {"plan": None, "devices": {"C-02": "unknown"}}
        assert page.evaluate(WRITES, doubted) == [], "a cell of the texture is drawn, nothing is laid out"
