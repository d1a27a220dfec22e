"""An SOS from press to end by two guards and their supervisor, each signed in by a password: once by mouse alone,
once by keyboard alone, with the trail that each left. Then the shift handed over, by the two who do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Browser, expect

from community.roles import Role
from store.children import Children
from tests.browser.conftest import Programs, facts, onto, press
from tests.browser.staff import PASSWORD, Register, Staff
from tests.browser.test_desk import WAIT_MS, audited, commands, kept
from tests.engines.wait import wait_until

SOS = "SOS/SOS-035"
WORDS = "#desk-rows .row[data-key='SOS/SOS-035'] .words"


class Shift(NamedTuple):
    wang: Staff
    """A guard, at the control post."""
    li: Staff
    """Another, on patrol."""
    chen: Staff
    """Their supervisor."""


@pytest.fixture
def shift(request: pytest.FixtureRequest, browser: Browser, chain: Programs, var: Path) -> Iterator[Shift]:
    """`request.param`: by what they sign in."""
    with closing(Register(var)) as register, ExitStack() as stack:
        people: tuple[tuple[str, str, Role, str], ...] = (
            ("wang.jianguo", "王建国", "guard", "post:control"),
            ("li.min", "李敏", "guard", "post:patrol"),
            ("chen.hao", "陈浩", "supervisor", "post:supervisor-day"),
        )
        ids = [(account, register.add(account, name, role, post)) for account, name, role, post in people]
        seats = [Staff(browser, chain, account, id_, request.param) for account, id_ in ids]
        for seat in seats:
            stack.callback(seat.context.close)
        yield Shift(*seats)
        assert [error for seat in seats for error in seat.errors] == []


by_mouse = pytest.mark.parametrize("shift", ["mouse"], indirect=True)
by_keyboard = pytest.mark.parametrize("shift", ["keyboard"], indirect=True)


def all_read(shift: Shift, words: str) -> None:
    for seat in shift:
        expect(seat.page.locator(WORDS)).to_contain_text(words, timeout=WAIT_MS)


def ended(shift: Shift) -> None:
    for seat in shift:
        expect(seat.page.locator(seat.row(SOS))).to_have_count(0, timeout=WAIT_MS)
        expect(seat.page.locator("#desk-p1")).to_be_hidden()


def trail_of(shift: Shift, second: str) -> tuple[tuple[str, str], ...]:
    """What was done, in its order. `second`: whose press came second."""
    first = shift.li.id if second == shift.wang.id else shift.wang.id
    return (
        ("alarm.acknowledged", first),
        ("alarm.taken", first),
        ("command.refused", second),
        ("alarm.assigned", shift.chen.id),
        ("alarm.taken", shift.li.id),
        ("alarm.commented", shift.li.id),
        ("alarm.closed", shift.chen.id),
    )


def both_press(chain: Programs, first: Staff, second: Staff, act: Callable[[Staff], None]) -> None:
    """Within one moment: while nobody folds, the log takes both, in this order."""
    chain.freeze("live")
    for seat in (first, second):
        act(seat)
        seat.said("已记下")
    chain.thaw("live")
    second.said("没有成功")
    expect(first.page.locator("#desk-said")).not_to_contain_text("没有成功")


def noted(chain: Programs, seat: Staff) -> None:
    wait_until(lambda: ("comment", seat.id, "") in commands(chain.redis_url), 20, "the log has the note")


def look_at_the_audit(browser: Browser, chain: Programs, children: Children, folder: Path, told: Sequence[Any]) -> None:
    with closing(Programs(children, chain.redis_url, folder, ("web",))) as house:
        audited(browser, house, folder, SOS, *told)


@by_mouse
def test_by_mouse_alone(shift: Shift, browser: Browser, chain: Programs, children: Children, tmp_path: Path) -> None:
    wang, li, chen = shift
    chain.say("sos.press", "SOS-035", press="long")
    for seat in shift:
        seat.open(SOS, "一键")
    both_press(chain, wang, li, lambda seat: seat.page.locator("#desk-acts .go").click())
    li.said("中控岗已接手")
    all_read(shift, "中控岗 处理中")

    chen.page.locator("#desk-acts button", has_text="指派").click()
    chen.page.locator("#desk-form button", has_text="巡逻岗").click()
    all_read(shift, "巡逻岗")
    li.page.locator("#desk-acts button", has_text="已到场").click()
    all_read(shift, "巡逻岗 已到场")
    li.page.locator("#desk-steps input").first.click()
    noted(chain, li)

    chen.page.locator("#desk-acts button", has_text="关闭").click()
    reason = chen.page.locator("#desk-form button", has_text="误触")
    reason.click()  # a click is not enough for a critical one
    all_read(shift, "已到场")
    reason.hover()
    chen.page.mouse.down()
    ended(shift)
    chen.page.mouse.up()
    wang.page.locator("#show-closed").click()
    expect(wang.page.locator("#desk-rows .row").first).to_contain_text("一键")
    assert ("close", chen.id, "mistake") in commands(chain.redis_url)
    told = trail_of(shift, second=li.id)
    kept(chain, SOS, *told)
    look_at_the_audit(browser, chain, children, tmp_path, told)


@by_keyboard
def test_by_keyboard_alone(shift: Shift, browser: Browser, chain: Programs, children: Children, tmp_path: Path) -> None:
    wang, li, chen = shift
    chain.say("sos.press", "SOS-035", press="long")
    for seat in shift:
        seat.page.locator(seat.row(SOS)).wait_for(timeout=WAIT_MS)
        seat.page.keyboard.press("j")
        expect(seat.page.locator(seat.row(SOS))).to_have_attribute("aria-selected", "true")
        expect(seat.page.locator("#desk-steps label").first).to_be_visible(timeout=WAIT_MS)
    both_press(chain, li, wang, lambda seat: seat.page.keyboard.press("a"))
    wang.said("巡逻岗已接手")
    all_read(shift, "巡逻岗 处理中")

    onto(chen.page, "#desk-acts button:has-text('指派')")
    chen.page.keyboard.press("Enter")
    chen.page.locator("#desk-form").get_by_text("指派给").wait_for()
    onto(chen.page, "#desk-form button:has-text('门岗')")
    chen.page.keyboard.press("Enter")
    all_read(shift, "门岗")
    onto(li.page, "#desk-acts button:has-text('已到场')")
    li.page.keyboard.press("Enter")
    all_read(shift, "巡逻岗 已到场")
    li.page.keyboard.press("w")
    li.page.keyboard.type("业主在家，按错了")
    onto(li.page, "#desk-note button")
    li.page.keyboard.press("Enter")
    noted(chain, li)

    expect(chen.page.locator("#desk-acts button", has_text="关闭")).not_to_have_class("off", timeout=WAIT_MS)
    onto(chen.page, "#desk-acts button:has-text('关闭')")
    chen.page.keyboard.press("c")
    onto(chen.page, "#desk-form button:has-text('误触')")
    chen.page.keyboard.press("Enter")  # pressed and let go: not enough for a critical one
    all_read(shift, "已到场")
    chen.page.keyboard.down("Enter")
    ended(shift)
    chen.page.keyboard.up("Enter")
    assert ("close", chen.id, "mistake") in commands(chain.redis_url)
    told = trail_of(shift, second=wang.id)
    kept(chain, SOS, *told)
    look_at_the_audit(browser, chain, children, tmp_path, told)


@pytest.mark.parametrize("by", ["mouse", "keyboard"])
def test_a_shift_is_handed_over_by_two_passwords(
    by: str, browser: Browser, children: Children, redis_url: str, tmp_path: Path
) -> None:
    """In a house of its own: of a shift there is one sheet."""
    with closing(Programs(children, redis_url, tmp_path, ("web", "live", "tick"))) as house:
        house.feeds()
        house.ready()
        with closing(Register(tmp_path)) as register:
            off = register.add("wang.jianguo", "王建国", "guard", "post:control")
            on = register.add("li.min", "李敏", "guard", "post:patrol")
        wang = Staff(browser, house, "wang.jianguo", off, by)
        page = wang.page

        def act(name: str) -> None:
            button = page.get_by_role("button", name=name)
            button.click() if by == "mouse" else press(page, f"button:has-text('{name}')")

        def take_over(account: str, password: str) -> None:
            """Beside the one who is signed in, the other types."""
            for name, value in (("account", account), ("password", password)):
                page.locator(f"input[name={name}]").click() if by == "mouse" else onto(page, f"input[name={name}]")
                page.keyboard.type(value)
            act("接班人签名")

        page.get_by_role("link", name="交接班").click() if by == "mouse" else page.keyboard.press("n")
        page.wait_for_url("**/handover?**", timeout=WAIT_MS)
        act("生成交接单")
        expect(page.locator("button[value=demo_on]")).to_have_count(0)  # nobody signs by a click for somebody else
        act("我交班，签名")
        for account, password, said in (
            ("wang.jianguo", PASSWORD, "交班和接班必须是两个人"),
            ("li.min", "not this one", "账号或密码不对"),
        ):
            take_over(account, password)
            expect(page.get_by_role("alert")).to_contain_text(said, timeout=WAIT_MS)
        take_over("li.min", PASSWORD)
        expect(page.get_by_role("status")).to_have_text("两人已签，交接单已定稿", timeout=WAIT_MS)
        expect(page.locator("main")).to_contain_text("中控岗")
        expect(page.locator("main")).to_contain_text("巡逻岗")
        wanted = [
            ("handover.draft", off, "allowed"),
            ("handover.sign_off", off, "allowed"),
            ("handover.on", off, "denied"),
            ("handover.on", off, "denied"),
            ("handover.sign_on", on, "allowed"),
        ]

        def told() -> list[tuple[str, str, str]]:
            said = [one for one in facts(redis_url) if one["action"].startswith("handover.")]
            return [(one["action"], one["person"], one["outcome"]) for one in said]

        wait_until(lambda: len(told()) >= len(wanted), 20, "the audit has it")
        assert told() == wanted
        assert wang.errors == []
        wang.context.close()
