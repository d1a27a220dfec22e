"""People who work here, each with an account, a password and grants, who sign in on the page as they do: typing."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, Page

from community.roles import Grant, Role
from dashboard.signin.secrets import hashed
from dashboard.signin.service import Service
from store.people import open_engines
from store.seal import Seal
from tests.browser.conftest import Programs, onto
from tests.browser.test_desk import WAIT_MS, Seat

PASSWORD = "three long words 7"


class Register:
    """Who is known to the web process whose folder is `var`."""

    def __init__(self, var: Path) -> None:
        self._service = Service(open_engines(f"sqlite:///{var / 'history.db'}"), Seal(var))
        self._service.begin()

    def add(self, account: str, name: str, role: Role, post: str) -> str:
        """The person's id; one who is known already is the same."""
        register = self._service.register
        known = register.by_account(account)
        if known is not None:
            return known.id
        id_ = register.add(account, name, "", 1, [Grant(role, "lanting", post)])
        register.set_password(id_, hashed(PASSWORD), must_change=False)
        return id_

    def close(self) -> None:
        self._service.close()


class Staff(Seat):
    """Somebody at a desk of their own. `by`: what they sign in with, mouse or keyboard."""

    def __init__(self, browser: Browser, house: Programs, account: str, id_: str, by: str) -> None:
        self.id = id_
        self.context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN")
        self.page: Page = self.context.new_page()
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.goto(f"{house.url}/login?next=%2Fdesk")
        if by == "mouse":
            self.page.locator("#account").click()
        else:
            onto(self.page, "#account")
        self.page.keyboard.type(account)
        if by == "mouse":
            self.page.locator("#password").click()
            self.page.keyboard.type(PASSWORD)
            self.page.locator("form button.go, form button[type=submit], form button:not([type])").first.click()
        else:
            onto(self.page, "#password")
            self.page.keyboard.type(PASSWORD)
            self.page.keyboard.press("Enter")
        self.page.wait_for_selector("body[data-state=live]", timeout=WAIT_MS)
