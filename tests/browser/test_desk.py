"""The desk in a browser: an SOS from press to close by two people, by mouse and by keyboard; what the log is told."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import redis
from playwright.sync_api import Browser, Page, expect

from store import keys
from store.children import Children
from store.history.book import Book
from store.history.database import migrate, open_engine
from store.log.streams import StreamsReader
from tests.browser.conftest import Programs, trail
from tests.engines.redis import RedisServer
from tests.engines.wait import wait_until
from tests.ingest.yard import LANTING

WAIT_MS = 30_000


class Seat:
    """Somebody at a desk, signed in by one click of the demo."""

    def __init__(self, browser: Browser, url: str, role: str, width: int = 1366, height: int = 768) -> None:
        self.context = browser.new_context(viewport={"width": width, "height": height}, locale="zh-CN")
        self.page: Page = self.context.new_page()
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.goto(f"{url}/login?next=%2Fdesk")
        button = self.page.locator(f"button[value={role}]")
        button.click()
        while "/desk" not in self.page.url:  # the tables of people are made beside the wall
            self.page.goto(f"{url}/login?next=%2Fdesk")
            self.page.locator(f"button[value={role}]").click()
        self.page.wait_for_selector("body[data-state=live]", timeout=WAIT_MS)

    def row(self, key: str) -> str:
        return f'#desk-rows .row[data-key="{key}"]'

    def open(self, key: str, title: str) -> None:
        self.page.locator(self.row(key)).click(timeout=WAIT_MS)
        expect(self.page.locator("#desk-head h2")).to_contain_text(title, timeout=WAIT_MS)
        expect(self.page.locator("#desk-head p")).to_contain_text(key.rpartition("/")[2])  # two may have one title

    def said(self, words: str | re.Pattern[str]) -> None:
        expect(self.page.locator("#desk-said")).to_contain_text(words, timeout=WAIT_MS)


@pytest.fixture
def guard(browser: Browser, chain: Programs) -> Iterator[Seat]:
    seat = Seat(browser, chain.url, "guard")
    yield seat
    seat.context.close()


@pytest.fixture
def supervisor(browser: Browser, chain: Programs) -> Iterator[Seat]:
    seat = Seat(browser, chain.url, "supervisor")
    yield seat
    seat.context.close()


def commands(url: str) -> list[tuple[str, str, str]]:
    """(type, person, verdict or work) of every command in the log."""
    with redis.Redis.from_url(url) as client:
        records = [json.loads(fields[b"v"]) for _, fields in client.xrange(keys.LOG)]
    told = [(r["type"].removeprefix("command.alarm."), r["data"]) for r in records if r["type"].startswith("command.")]
    return [(type_, data.get("person", ""), data.get("verdict") or data.get("work", "")) for type_, data in told]


def kept(chain: Programs, subject: str, *wanted: tuple[str, str]) -> None:
    """The audit's trail of an alarm: what was done, in its order, each with who did it."""
    types = {type_ for type_, _ in wanted}
    chain.start("relay")

    def told() -> list[tuple[str, str]]:
        return [(type_, person) for type_, about, person in trail(chain.redis_url, *types) if about == subject]

    wait_until(lambda: len(told()) >= len(wanted), 30, "what was done stands in the journal")
    assert told() == list(wanted)


def audited(browser: Browser, house: Programs, var: Path, subject: str, *wanted: tuple[str, str]) -> None:
    """The same as the auditor reads it on /audit, from SQL, whose chain is whole. The journal is booked here: `history`
    would first invent thirty days for the demo."""
    engine = open_engine(f"sqlite:///{var / 'history.db'}", write=True)
    migrate(engine)
    book = Book(engine, {LANTING.id: LANTING})
    book.positions(keys.JOURNAL)
    reader = StreamsReader(house.redis_url, keys.JOURNAL, "audit")
    reader.seek(0, None)
    while entries := reader.poll(100):
        book.take(entries)
    reader.close()
    engine.dispose()
    page = browser.new_context(locale="zh-CN").new_page()
    page.goto(f"{house.url}/login?next=/audit")
    while "/audit" not in page.url.partition("?")[0]:  # the tables of people are made beside the wall
        page.locator("button[value=auditor]").click()
        page.goto(f"{house.url}/audit")
    page.get_by_role("textbox").fill(subject)
    page.get_by_role("button", name="查找").click()
    expect(page.get_by_role("status")).to_contain_text("逐条校验完整", timeout=WAIT_MS)
    cells = [row.locator("td").all_inner_texts() for row in page.locator("tr:has(td)").all()]
    types = {type_ for type_, _ in wanted}
    told = [(what, who) for _, _, what, who, about, *_ in reversed(cells) if about == subject and what in types]
    assert told == list(wanted)
    page.context.close()


def test_an_sos_from_press_to_close_by_two_at_once(
    browser: Browser, chain: Programs, guard: Seat, supervisor: Seat, children: Children, tmp_path: Path
) -> None:
    seats = guard, supervisor
    chain.say("sos.press", "SOS-021", press="long")
    sos = "SOS/SOS-021"
    for seat in seats:
        seat.open(sos, "一键")
        expect(seat.page.locator("#desk-p1")).to_contain_text("1 起紧急未确认")
        expect(seat.page.locator("#desk-timeline .coming")).to_contain_text("若仍未确认")
        expect(seat.page.locator("#desk-head p")).to_contain_text("1203室")
    supervisor.page.keyboard.press("s")
    supervisor.said("紧急告警不能搁置")

    guard.page.locator("#desk-acts .go").click()
    for seat in seats:  # both see one outcome
        expect(seat.page.locator(f"{seat.row(sos)} .words")).to_contain_text("中控岗 处理中", timeout=WAIT_MS)
        expect(seat.page.locator("#desk-p1")).to_be_hidden()
    # the second, who had not seen it yet, is told in words, also when the log has taken the press already
    late = "() => SW.send({ type: 'alarm.take', instead_of: '' })"
    supervisor.page.evaluate(late)
    supervisor.said("没有成功：中控岗已接手")
    expect(supervisor.page.locator("#desk-said")).to_have_class(re.compile("bad"))
    english = supervisor.page.request.get(f"{chain.url}/api/v1/desk?lang=en").json()
    assert [one["words"] for one in english["refused"]] == ["Control post has taken it"]
    of_others = guard.page.request.get(f"{chain.url}/api/v1/desk").json()
    assert of_others["refused"] == [], "a refusal is for whoever gave the command"
    supervisor.page.locator("#desk-steps input").first.check()
    supervisor.said("已记下")

    guard.page.locator("#desk-acts button", has_text="已到场").click()
    expect(supervisor.page.locator(f"{supervisor.row(sos)} .words")).to_contain_text("已到场", timeout=WAIT_MS)
    guard.page.locator("#desk-acts button", has_text="关闭").click()
    mistake = guard.page.locator("#desk-form button", has_text="误触")
    mistake.click()  # a click is not enough for a critical one
    expect(guard.page.locator(guard.row(sos))).to_be_visible()
    mistake.hover()
    guard.page.mouse.down()
    for seat in seats:
        expect(seat.page.locator(seat.row(sos))).to_have_count(0, timeout=WAIT_MS)
    guard.page.mouse.up()
    supervisor.page.locator("#show-closed").click()
    expect(supervisor.page.locator("#desk-rows .row").first).to_contain_text("一键")
    told = commands(chain.redis_url)
    assert [row for row in told if row[0] in ("take", "close")] == [
        ("take", "demo:guard", "working"),
        ("take", "demo:supervisor", "working"),
        ("take", "demo:guard", "on_scene"),
        ("close", "demo:guard", "mistake"),
    ]
    assert ("comment", "demo:supervisor", "") in told
    by_guard, by_supervisor = "demo:guard", "demo:supervisor"
    done = (
        ("alarm.acknowledged", by_guard),
        ("alarm.taken", by_guard),
        ("command.refused", by_supervisor),
        ("alarm.commented", by_supervisor),
        ("alarm.taken", by_guard),
        ("alarm.closed", by_guard),
    )
    kept(chain, sos, *done)
    with closing(Programs(children, chain.redis_url, tmp_path, ("web",))) as house:
        audited(browser, house, tmp_path, sos, *done)
    assert guard.errors == supervisor.errors == []


def test_by_keyboard_alone(chain: Programs, guard: Seat) -> None:
    page = guard.page
    chain.say("sos.press", "SOS-021", press="long")
    chain.say("sos.press", "SOS-022", press="long")
    page.locator(guard.row("SOS/SOS-022")).wait_for(timeout=WAIT_MS)
    page.keyboard.press("k")
    page.keyboard.press("j")
    expect(page.locator(".row.chosen")).to_have_count(1)
    key = page.locator(".row.chosen").get_attribute("data-key")
    expect(page.locator("#desk-acts .go")).to_contain_text("确认并由我处理")
    page.keyboard.press("a")
    expect(page.locator(".row.chosen .words")).to_contain_text("处理中", timeout=WAIT_MS)
    page.keyboard.press("w")
    page.keyboard.type("ads 问过业主")  # letters are letters while one writes
    assert page.input_value("#desk-comment") == "ads 问过业主"
    page.keyboard.press("Escape")
    page.keyboard.press("d")
    page.locator("#desk-form").get_by_text("指派给").wait_for()
    page.keyboard.press("Escape")
    expect(page.locator("#desk-form")).to_be_empty()
    expect(page.locator("#desk-acts button", has_text="关闭")).not_to_have_class("off", timeout=WAIT_MS)
    page.keyboard.press("c")
    page.locator("#desk-form button", has_text="真实").first.wait_for(timeout=WAIT_MS)
    page.keyboard.down("Enter")  # the first reason has the focus; it is held
    expect(page.locator(guard.row(str(key)))).to_have_count(0, timeout=WAIT_MS)
    page.keyboard.up("Enter")
    page.keyboard.press("/")
    page.keyboard.type("北区")
    expect(page.locator("#desk-rows .row")).to_have_count(1)
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("没有这栋")
    expect(page.locator("#desk-rows .row")).to_have_count(0)
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.locator("#desk-keys")).to_have_class(re.compile("all"))
    assert ("close", "demo:guard", "true") in commands(chain.redis_url)
    wanted = ("alarm.acknowledged", "alarm.taken", "alarm.closed")
    kept(chain, str(key), *((type_, "demo:guard") for type_ in wanted))
    assert guard.errors == []


def test_the_button_is_of_the_row_that_is_chosen_also_before_the_rest_of_it_is_here(
    chain: Programs, guard: Seat
) -> None:
    """At 3 a.m. the answer is slow; the press must not go to the alarm that was open before."""
    for button in ("SOS-021", "SOS-022"):
        chain.say("sos.press", button, press="long")
    guard.open("SOS/SOS-021", "一键")
    guard.page.locator(guard.row("SOS/SOS-022")).wait_for(timeout=WAIT_MS)
    guard.page.route("**/api/v1/desk/alarm?*", lambda route: None)  # never answered
    guard.open("SOS/SOS-022", "一键")
    expect(guard.page.locator("#desk-acts button")).to_have_count(1)  # what else may be done is not known yet
    guard.page.keyboard.press("c")
    expect(guard.page.locator("#desk-form")).to_be_empty()
    guard.page.keyboard.press("a")
    expect(guard.page.locator(f"{guard.row('SOS/SOS-022')} .words")).to_contain_text("处理中", timeout=WAIT_MS)
    expect(guard.page.locator(f"{guard.row('SOS/SOS-021')} .words")).to_contain_text("未确认")


def test_the_log_down_is_said_at_the_button(chain: Programs, guard: Seat, redis_server: RedisServer) -> None:
    chain.say("sos.press", "SOS-021", press="long")
    guard.open("SOS/SOS-021", "一键")
    redis_server.kill()
    guard.page.locator("#desk-acts .go").click()
    guard.said(re.compile("日志写不进去|不确定是否已记下"))
    expect(guard.page.locator(f"{guard.row('SOS/SOS-021')} .words")).to_contain_text("未确认")
    redis_server.start()
    guard.page.locator("body[data-state=live]").wait_for(timeout=30_000)
    guard.page.locator("#desk-acts .go").click()
    expect(guard.page.locator(f"{guard.row('SOS/SOS-021')} .words")).to_contain_text("处理中", timeout=30_000)


def test_worker_and_web_are_killed_in_the_middle_of_it(chain: Programs, guard: Seat) -> None:
    """Never lost, never doubled, and the guard knows."""
    for button in ("SOS-021", "SOS-022"):
        chain.say("sos.press", button, press="long")
    first, second = (f"{guard.row(f'SOS/{button}')} .words" for button in ("SOS-021", "SOS-022"))

    guard.open("SOS/SOS-021", "一键")
    chain.freeze("live")
    guard.page.locator("#desk-acts .go").click()
    guard.said("已记下")  # the log has it, and nobody has folded it
    chain.kill("live")
    expect(guard.page.locator(first)).to_contain_text("未确认")
    chain.start("live")
    expect(guard.page.locator(first)).to_contain_text("处理中", timeout=WAIT_MS)

    guard.page.locator("body[data-state=live]").wait_for(timeout=WAIT_MS)
    guard.open("SOS/SOS-022", "一键")
    chain.freeze("web")
    guard.page.locator("#desk-acts .go").click()
    chain.kill("web")
    guard.said(re.compile("不确定|没有记下"))
    chain.start("web")
    guard.page.locator("body[data-state=live]").wait_for(timeout=WAIT_MS)
    expect(guard.page.locator(second)).to_contain_text("未确认", timeout=WAIT_MS)  # as it is: nobody had heard it
    guard.open("SOS/SOS-022", "一键")
    guard.page.locator("#desk-acts .go").click()
    expect(guard.page.locator(second)).to_contain_text("处理中", timeout=WAIT_MS)
    with redis.Redis.from_url(chain.redis_url) as client:
        told = [json.loads(fields[b"value"]) for _, fields in client.xrange(keys.outbox("lanting"))]
    taken = [entry["subject"] for entry in told if entry.get("type") == "alarm.taken"]
    assert sorted(taken) == ["SOS/SOS-021", "SOS/SOS-022"]
