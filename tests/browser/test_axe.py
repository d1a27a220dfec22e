"""Every page as each role sees it, judged by axe-core (WCAG 2.2 A and AA): nothing serious, nothing critical."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, ViewportSize

from community.roles import Grant, Role
from dashboard.access import RULES
from dashboard.signin.door import COOKIE
from dashboard.signin.service import DEMO_ROLES, Service
from store.history.database import migrate, open_engine
from store.people import open_engines
from store.seal import Seal
from tests.browser.conftest import Programs
from tests.ingest.yard import LANTING
from tests.layouts.gallery import incident

PAGES = {
    rule.path: rule.roles
    for rule in RULES
    if rule.roles and rule.page and rule.path != "/home" and rule.path[-1] != "/"
}
OF_THE_WALL = ("/", "/past", "/city")
"""Nobody reads them on a phone."""
FOR_ALL = ("/login", "/login/wall", "/r", "/r/report", "/r/sos", "/r/mine", "/r/notices", "/r/EB-01-01", "/g/gone")
"""Nobody has to sign in for these."""
RESIDENT = next(device.id for device in LANTING.devices if device.system == "care")
OF_ONE = (f"/care/{RESIDENT}", "/patrol/CK-01")
"""Pages of one resident, one checkpoint: whom the table of rules names by their beginning alone."""
HALF_WAY = (("enrol", "/login/code"), ("code", "/login/code"), ("password", "/login/password"))
"""What is still asked of somebody who has typed a password, and where."""
GONE = ("/g/gone",)

WHO_DOES_MOST: Sequence[Role] = ("manager", "sysadmin", "auditor", "secadmin")
"""Whoever may do more sees all that others see on a page, and more."""

OPTIONS = {"resultTypes": ["violations"], "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
GRAVE = ("serious", "critical")

DRAWN = "() => document.body.dataset.state !== 'waiting' && !document.querySelector('._dash-loading, .panel .waiting')"

OPENED = {"/desk": "#desk-rows [role=option]", "/operate": "#rows [role=option]"}
"""What is chosen on a page, so that what stands beside is judged as well."""


def grave(page: Page) -> list[str]:
    found: dict[str, Any] = Axe().run(page, options=OPTIONS).response
    return [
        f"{wrong['id']} ({wrong['impact']}): {node['target']} {node['html'][:120]} {node['failureSummary'][:300]}"
        for wrong in found["violations"]
        if wrong["impact"] in GRAVE
        for node in wrong["nodes"]
    ]


@pytest.fixture(scope="module")
def url(web_process: Programs, var: Path) -> Iterator[str]:
    engine = open_engine(f"sqlite:///{var / 'history.db'}", write=True)
    migrate(engine)  # as the history process does
    engine.dispose()
    web_process.show(incident())
    yield web_process.url
    web_process.hide()


DESK, PHONE = (1366, 768), (390, 844)


def walk(browser: Browser, url: str, paths: list[str], role: Role | None, size: tuple[int, int] = DESK) -> list[str]:
    viewport: ViewportSize = {"width": size[0], "height": size[1]}
    context = browser.new_context(viewport=viewport, locale="zh-CN", reduced_motion="reduce")
    if role is not None:
        context.request.post(f"{url}/login/demo", form={"role": role}, headers={"Origin": url}, max_redirects=0)
    page = context.new_page()
    wrong: list[str] = []
    for path in paths:
        answer = page.goto(f"{url}{path}?lang=zh")
        assert answer is not None and (answer.status == 200 or path in GONE), path
        assert path in FOR_ALL or "/login" not in page.url, path
        page.wait_for_function(DRAWN)
        if path in OPENED:
            page.locator(OPENED[path]).first.click()
        wrong += [f"{role} {path} {one}" for one in grave(page)]
    context.close()
    return wrong


@pytest.mark.parametrize("role", [pytest.param(WHO_DOES_MOST[0], marks=pytest.mark.slow), *WHO_DOES_MOST[1:]])
def test_no_page_keeps_anybody_out(role: Role, url: str, browser: Browser) -> None:
    before = WHO_DOES_MOST[: WHO_DOES_MOST.index(role)]
    mine = [path for path, roles in PAGES.items() if role in roles and not roles & set(before)]
    wrong = walk(browser, url, mine, role)
    assert not wrong, "\n".join(wrong)


@pytest.mark.slow
@pytest.mark.parametrize("role", DEMO_ROLES)
def test_no_page_of_a_role_does(role: Role, url: str, browser: Browser) -> None:
    wrong = walk(browser, url, [path for path, roles in PAGES.items() if role in roles], role)
    assert not wrong, "\n".join(wrong)


@pytest.mark.slow
@pytest.mark.parametrize("role", DEMO_ROLES)
def test_nor_does_one_on_a_phone(role: Role, url: str, browser: Browser) -> None:
    mine = [path for path, roles in PAGES.items() if role in roles and path not in OF_THE_WALL]
    wrong = walk(browser, url, mine, role, PHONE)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("size", [DESK, PHONE])
def test_nor_do_those_that_ask_for_no_sign_in(size: tuple[int, int], url: str, browser: Browser) -> None:
    wrong = walk(browser, url, list(FOR_ALL), None, size)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("size", [DESK, PHONE])
def test_nor_does_one_of_a_resident_or_a_checkpoint(size: tuple[int, int], url: str, browser: Browser) -> None:
    wrong = walk(browser, url, list(OF_ONE), "manager", size)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("size", [DESK, PHONE])
def test_nor_does_the_door_half_way_in(size: tuple[int, int], url: str, var: Path, browser: Browser) -> None:
    """A second factor to be set up, one to be typed, a password to be chosen."""
    service = Service(open_engines(f"sqlite:///{var / 'history.db'}"), Seal(var))
    service.begin()
    now_ms, wrong = service.now_ms(), []
    known = service.register.by_account("half.way")
    person = (
        known.id if known is not None else service.register.add("half.way", "半路", "", now_ms, [Grant("manager", "*")])
    )
    for stage, path in HALF_WAY:
        cookie = service.sessions.begin(now_ms, now_ms + 600_000, person=person, stage=stage)
        context = browser.new_context(viewport={"width": size[0], "height": size[1]}, locale="zh-CN")
        context.add_cookies([{"name": COOKIE, "value": cookie, "url": url}])
        page = context.new_page()
        page.goto(f"{url}{path}?lang=zh")
        assert path in page.url, (stage, page.url)
        wrong += [f"{stage} {one}" for one in grave(page)]
        context.close()
    service.close()
    assert not wrong, "\n".join(wrong)
