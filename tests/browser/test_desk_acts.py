"""What a desk does besides: an alarm is shelved and taken back, assigned, by mouse and by keyboard, each with its
trail; and that nobody would be called is said until a channel has passed its test."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from store.children import Children
from tests.browser.conftest import Programs, facts, onto
from tests.browser.test_desk import WAIT_MS, Seat, kept
from tests.browser.test_desk_flood import commands
from tests.engines.ports import free_port
from tests.engines.wait import wait_until

BLIND = "CAM_BLIND/C-021"


@pytest.fixture
def guard(browser: Browser, chain: Programs) -> Iterator[Seat]:
    """Before whom a camera that nobody can see by stands."""
    chain.say("camera.event", "C-021", event="occluded", active=True)
    seat = Seat(browser, chain.url, "guard")
    seat.page.locator(seat.row(BLIND)).wait_for(timeout=WAIT_MS)
    yield seat
    seat.context.close()
    assert seat.errors == []


def masked(seat: Seat) -> None:
    """It stands no more among the open ones, and until when it does not is said."""
    expect(seat.page.locator(seat.row(BLIND))).to_have_count(0, timeout=WAIT_MS)
    seat.page.locator("#show-masked").click()
    expect(seat.page.locator(f"{seat.row(BLIND)} .words")).to_contain_text(re.compile(r"至 \d\d:\d\d · 中控岗"))


def test_shelved_and_taken_back_by_mouse_alone(chain: Programs, guard: Seat) -> None:
    page = guard.page
    guard.open(BLIND, "遮挡")
    page.locator("#desk-acts button", has_text="搁置").click()
    page.locator("#desk-form button", has_text="8 小时").click()
    assert commands(chain.redis_url, "shelve") == [], "an end alone is no reason"
    page.locator("#desk-form button", has_text="待维修").click()
    masked(guard)
    (told,) = commands(chain.redis_url, "shelve")
    assert (told["alarm"], told["reason"], told["person"]) == (BLIND, "待维修", "demo:guard")
    page.locator(guard.row(BLIND)).click()
    page.locator("#desk-acts button", has_text="取消搁置").click()
    page.locator("#show-open").click()
    expect(page.locator(guard.row(BLIND))).to_have_count(1, timeout=WAIT_MS)
    kept(chain, BLIND, ("alarm.shelved", "demo:guard"), ("alarm.unshelved", "demo:guard"))


def test_shelved_and_taken_back_by_keyboard_alone(chain: Programs, guard: Seat) -> None:
    page = guard.page
    page.keyboard.press("j")
    expect(page.locator(guard.row(BLIND))).to_have_attribute("aria-selected", "true")
    expect(page.locator("#desk-steps label").first).to_be_visible(timeout=WAIT_MS)
    page.keyboard.press("s")
    onto(page, "#desk-form button:has-text('现场施工')")
    page.keyboard.press("Enter")
    onto(page, "#desk-form button:has-text('30 分钟')")
    page.keyboard.press("Enter")
    masked(guard)
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(page.locator(guard.row(BLIND))).to_have_attribute("aria-selected", "true")
    expect(page.locator("#desk-acts button", has_text="取消搁置")).to_be_visible(timeout=WAIT_MS)
    page.keyboard.press("s")
    onto(page, "#show-open")
    page.keyboard.press("Enter")
    expect(page.locator(guard.row(BLIND))).to_have_count(1, timeout=WAIT_MS)
    kept(chain, BLIND, ("alarm.shelved", "demo:guard"), ("alarm.unshelved", "demo:guard"))


@pytest.mark.parametrize("by", ["mouse", "keyboard"])
def test_assigned(by: str, chain: Programs, guard: Seat) -> None:
    page = guard.page
    guard.open(BLIND, "遮挡")
    assign = page.locator("#desk-acts button", has_text="指派")
    expect(assign).to_have_class(re.compile("off"), timeout=WAIT_MS)
    # it says why not when it is pressed, though it says to a machine that it cannot be
    assign.click(force=True) if by == "mouse" else page.keyboard.press("d")
    guard.said("关闭需先确认")
    page.locator("#desk-acts button", has_text="只确认").click() if by == "mouse" else page.keyboard.press("a")
    expect(assign).not_to_have_class(re.compile("off"), timeout=WAIT_MS)
    assign.click() if by == "mouse" else page.keyboard.press("d")
    gate = "#desk-form button:has-text('门岗')"
    if by == "mouse":
        page.locator(gate).click()
    else:
        onto(page, gate)
        page.keyboard.press("Enter")
    expect(page.locator(f"{guard.row(BLIND)} .words")).to_contain_text("门岗", timeout=WAIT_MS)
    (told,) = commands(chain.redis_url, "assign")
    assert (told["to"], told["person"]) == ("post:gate", "demo:guard")
    kept(chain, BLIND, ("alarm.acknowledged", "demo:guard"), ("alarm.assigned", "demo:guard"))


class Team:
    """A group's webhook."""

    def __init__(self) -> None:
        self.got: list[str] = []
        team = self

        class Hook(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                said = json.loads(self.rfile.read(int(self.headers["content-length"])))
                team.got.append(f"{said['title']} {said['message']}")
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.port = free_port()
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Hook)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def test_that_nobody_would_be_called_is_said_until_a_channel_has_passed_its_test(
    browser: Browser, children: Children, redis_url: str, tmp_path: Path
) -> None:
    notices = tmp_path / "notices.yaml"
    notices.write_text(
        "lanting:\n  channels:\n    - {id: team, name: {zh: 值班群, en: Team}, url: {env: TEAM_URL}}\n"
        "  rules:\n    - {to: team, priorities: [P1]}\n",
        "utf-8",
    )
    with closing(Team()) as team:
        env = {"NOTICES": str(notices), "TEAM_URL": f"json://127.0.0.1:{team.port}/"}
        programs = Programs(children, redis_url, tmp_path / "var", ("web", "live", "tick", "relay"), **env)
        with closing(programs) as house:
            house.feeds()
            house.ready()
            guard, lead = Seat(browser, house.url, "guard"), Seat(browser, house.url, "supervisor")
            for seat in (guard, lead):
                expect(seat.page.locator("#desk-channel")).to_have_text("无升级通道", timeout=WAIT_MS)
                expect(seat.page.locator("#desk-channel")).to_be_visible(timeout=WAIT_MS)
            page = lead.page
            page.get_by_role("link", name="通知").click()
            expect(page.locator("main")).to_contain_text("无升级通道：无人会被通知", timeout=WAIT_MS)
            expect(page.locator("main")).to_contain_text("未通过测试，停用")
            page.get_by_role("button", name="发送测试码").click()
            wait_until(lambda: team.got, 30, "the code has come")
            page.locator("input[name=code]").fill("000000")
            page.get_by_role("button", name="填入测试码").click()
            expect(page.locator("main")).to_contain_text("通道仍停用", timeout=WAIT_MS)
            house.say("sos.press", "SOS-021", press="long")
            guard.page.locator(guard.row("SOS/SOS-021")).wait_for(timeout=WAIT_MS)
            expect(guard.page.locator("#desk-channel")).to_be_visible()
            code = re.search(r"\d{6}", team.got[-1])
            assert code is not None
            page.locator("input[name=code]").fill(code[0])
            page.get_by_role("button", name="填入测试码").click()
            expect(page.locator("main")).to_contain_text("通道已启用", timeout=WAIT_MS)
            house.say("sos.press", "SOS-022", press="long")
            guard.page.locator(guard.row("SOS/SOS-022")).wait_for(timeout=WAIT_MS)
            expect(guard.page.locator("#desk-channel")).to_be_hidden(timeout=WAIT_MS)
            wait_until(lambda: any("一键" in body or "求助" in body for body in team.got[1:]), 60, "the team is told")
            page.get_by_role("button", name="停用").click()
            house.say("sos.press", "SOS-023", press="long")
            expect(guard.page.locator("#desk-channel")).to_be_visible(timeout=WAIT_MS)
            wanted = [("test", "allowed"), ("pass", "denied"), ("pass", "allowed"), ("off", "allowed")]

            def acts() -> list[tuple[str, str]]:
                said = [(f["action"], f["outcome"]) for f in facts(redis_url)]
                return [(act.removeprefix("notices."), how) for act, how in said if act.startswith("notices.")]

            wait_until(lambda: len(acts()) >= len(wanted), 20, "the audit has it")
            assert acts() == wanted
            for seat in (guard, lead):
                assert seat.errors == []
                seat.context.close()
