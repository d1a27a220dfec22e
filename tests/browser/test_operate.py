"""Doors and devices in a browser, once by mouse and once by keyboard alone: visitors' calls, a door, broadcasts, the
shift handed over, each with the trail it left; a camera that is watched. The devices are the simulated place's, behind
the gateway's own reader of orders."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from playwright.sync_api import Browser, Page, expect

from community.site import SITES, parse_site
from community.world.attend import Attendance
from community.world.photograph import photograph
from ingest.actions import Order, Orders
from ingest.connections import load
from ingest.gateways.film import CalledFilm
from ingest.gateways.showing import Showing
from store import keys
from store.settings import read_settings
from tests.browser.conftest import Programs, facts, onto, trail
from tests.engines.ports import free_port
from tests.engines.wait import wait_until
from tests.gateways.device import PASSWORD, USER, Device, Request

WAIT_MS = 30_000
SITE = parse_site((SITES / "lanting.json").read_bytes())


class Field:
    """All devices of the place but those that are dead: a handler of orders as the gateway has them."""

    def __init__(self, chain: Programs) -> None:
        self.dead: set[str] = set()
        self.told: list[tuple[str, str]] = []
        self._chain, self._place = chain, Attendance(SITE)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, args=(read_settings({"REDIS_URL": chain.redis_url}),))
        self._thread.start()

    def _run(self, settings: Any) -> None:
        self._task = self._loop.create_task(Orders(settings, "field", self).run())
        with pytest.raises(asyncio.CancelledError):
            self._loop.run_until_complete(self._task)
        self._loop.close()

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join()

    def concerns(self, order: Order) -> bool:
        return True

    def ready(self, order: Order) -> bool:
        return order.subject not in self.dead

    async def carry_out(self, order: Order) -> None:
        self.told.append((order.type, order.subject))
        for wire in self._place.obey(order.type, order.subject, order.data, 0):
            self._chain.say(wire.type, wire.subject, **wire.data)


@pytest.fixture
def field(chain: Programs) -> Iterator[Field]:
    chain.start("relay")
    field = Field(chain)
    yield field
    field.close()


@pytest.fixture
def page(browser: Browser, chain: Programs) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN")
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    while "/operate" not in page.url:  # the tables of people are made beside the wall
        page.goto(f"{chain.url}/login?next=%2Foperate")
        page.locator("button[value=guard]").click()
    page.wait_for_selector("body[data-state=live]", timeout=WAIT_MS)
    yield page
    context.close()
    assert errors == []


def calls(field: Field) -> list[tuple[str, str]]:
    return [one for one in field.told if one[1] == "I-7-2"]


def rings(chain: Programs, call: str = "k1") -> None:
    chain.say("access.contact", "D-7-2", state="closed")
    chain.say("intercom.call", "I-7-2", call=call, phase="ringing", caller="courier", rings="guard")


def hold(page: Page, selector: str) -> None:
    page.locator(selector).hover()
    page.mouse.down()
    page.locator(f"{selector}.holding").wait_for(timeout=WAIT_MS)
    expect(page.locator(f"{selector}.holding")).to_have_count(0, timeout=WAIT_MS)
    page.mouse.up()


def test_by_mouse_alone(chain: Programs, field: Field, page: Page) -> None:
    """A recorded message to two zones with one dead speaker; meanwhile a call to the open door, one that is refused,
    and the shift handed over."""
    field.dead.add("SP-02")
    for choice in ("南区", "充电棚"):
        page.locator("#compose button", has_text=choice).click()
    expect(page.locator("#play")).to_be_disabled()
    page.locator("#compose button", has_text="请移车").click()
    hold(page, "#play")
    expect(page.locator(".broadcast-one .told")).to_contain_text("16 / 17 只已播", timeout=WAIT_MS)

    rings(chain)
    expect(page.locator("#call h2")).to_contain_text("7号楼2单元", timeout=WAIT_MS)
    expect(page.locator("#call")).to_contain_text("快递")
    page.locator('#call [data-act="intercom.answer"]').click()
    expect(page.locator("#call .when")).to_contain_text("通话中", timeout=WAIT_MS)
    page.locator('#call [data-act="intercom.open"]').click()  # a click is not enough
    assert calls(field) == [("intercom.answer", "I-7-2")]
    hold(page, '#call [data-act="intercom.open"]')
    expect(page.locator("#call .over")).to_contain_text("设备已回报：开门", timeout=WAIT_MS)
    expect(page.locator("#passes p").first).to_contain_text("7号楼2单元")
    rings(chain, "k2")
    expect(page.locator("#call h2")).to_contain_text("7号楼2单元", timeout=WAIT_MS)
    page.locator('#call [data-act="intercom.end"]').click()
    expect(page.locator("#call .no-call")).to_be_visible(timeout=WAIT_MS)
    acts = ("intercom.answer", "intercom.open", "intercom.end")
    assert calls(field) == [(act, "I-7-2") for act in acts]
    ordered = trail(chain.redis_url, "action.ordered", "action.confirmed")
    assert [one for one in ordered if one[1] == "I-7-2"] == [
        ("action.ordered", "I-7-2", "demo:guard"),
        ("action.confirmed", "I-7-2", ""),
    ] * len(acts)

    sheet = page.context.new_page()
    sheet.goto(page.url)
    sheet.get_by_role("link", name="交接班").click()
    sheet.get_by_role("button", name="生成交接单").click(timeout=WAIT_MS)
    sheet.locator("textarea").fill("西门访客机声音小", timeout=WAIT_MS)
    sheet.get_by_role("button", name="记下事项").click()
    sheet.get_by_role("button", name="我交班，签名").click(timeout=WAIT_MS)
    sheet.locator("button[value=demo_on]").click(timeout=WAIT_MS)
    expect(sheet.get_by_role("status")).to_have_text("两人已签，交接单已定稿", timeout=WAIT_MS)
    sheet.close()

    one = page.locator(".broadcast-one")
    expect(one.locator(".speaker")).to_contain_text("南门", timeout=WAIT_MS)
    expect(one.locator(".speaker.silent")).to_have_count(1, timeout=2 * WAIT_MS)  # its order lives half a minute
    assert [s for t, s, _ in trail(chain.redis_url, "alarm.activated") if s.startswith("BCAST")] == ["BCAST_FAIL/SP-02"]
    (message,) = (one for one in trail(chain.redis_url, "action.ordered") if one[1] != "I-7-2")
    assert message[1].startswith("fire-lane") and message[2] == "demo:guard"
    signed = ("handover.draft", "handover.notes", "handover.sign_off", "handover.sign_on")
    wait_until(lambda: set(signed) <= {said["action"] for said in facts(chain.redis_url)}, 20, "the audit has it")
    by = {said["action"]: said["person"] for said in facts(chain.redis_url)}
    assert [by[action] for action in signed] == ["demo:guard", "demo:guard", "demo:guard", "demo:supervisor"]


def test_by_keyboard_alone_and_what_does_not_answer_is_a_time_out(chain: Programs, field: Field, page: Page) -> None:
    rings(chain)
    expect(page.locator("#call h2")).to_contain_text("7号楼2单元", timeout=WAIT_MS)
    page.keyboard.press("Space")
    expect(page.locator("#call .when")).to_contain_text("通话中", timeout=WAIT_MS)
    page.keyboard.down("o")
    expect(page.locator("#call .over")).to_contain_text("设备已回报：开门", timeout=WAIT_MS)
    page.keyboard.up("o")
    rings(chain, "k2")
    expect(page.locator("#call h2")).to_contain_text("7号楼2单元", timeout=WAIT_MS)
    page.keyboard.press("n")
    expect(page.locator("#call .no-call")).to_be_visible(timeout=WAIT_MS)
    assert calls(field) == [(act, "I-7-2") for act in ("intercom.answer", "intercom.open", "intercom.end")]
    field.dead.add("SP-02")
    chain.say("access.contact", "DG-N1", state="closed")
    field.dead.add("DG-N1")
    page.keyboard.press("j")
    expect(page.locator("#chosen h2")).to_contain_text("北门")
    expect(page.locator('#chosen [data-act="access.open"]')).not_to_have_class("off", timeout=WAIT_MS)
    page.keyboard.down("o")
    expect(page.locator("#chosen .waits")).to_contain_text("等设备回报", timeout=WAIT_MS)
    page.keyboard.up("o")

    for name in ("南区", "充电棚"):  # while it waits: words of one's own to two zones
        onto(page, f"#compose button:has-text('{name}')")
        page.keyboard.press("Enter")
    onto(page, "#words")
    page.keyboard.type("今晚十点停水，明早六点恢复")
    onto(page, "#play")
    page.keyboard.down("Enter")
    expect(page.locator(".broadcast-one .told")).to_contain_text("16 / 17 只已播", timeout=WAIT_MS)
    page.keyboard.up("Enter")
    (message,) = (one for one in trail(chain.redis_url, "action.ordered") if one[1] not in ("I-7-2", "DG-N1"))
    assert message[1].startswith("text-") and message[2] == "demo:guard"
    with redis.Redis.from_url(chain.redis_url) as client:
        log = b"".join(fields[b"v"] for _, fields in client.xrange(keys.LOG))
    assert "停水".encode() not in log, "the words stand in the blob store alone"

    expect(page.locator("#chosen .expired")).to_contain_text("不会补发", timeout=WAIT_MS)
    assert [type_ for type_, subject, _ in trail(chain.redis_url, "action.expired") if subject == "DG-N1"]
    assert ("access.open", "DG-N1") not in field.told
    expect(page.locator(".broadcast-one .speaker.silent")).to_have_count(1, timeout=2 * WAIT_MS)
    kept = trail(chain.redis_url, "action.ordered", "action.confirmed", "action.expired", "alarm.activated")
    assert [one for one in kept if one[1] == "I-7-2"] == [
        ("action.ordered", "I-7-2", "demo:guard"),
        ("action.confirmed", "I-7-2", ""),
    ] * 3
    assert ("action.ordered", "DG-N1", "demo:guard") in kept
    assert [s for t, s, _ in kept if s.startswith("BCAST")] == ["BCAST_FAIL/SP-02"]


def test_an_order_that_is_not_carried_out_is_told_at_the_button(chain: Programs, field: Field, page: Page) -> None:
    """Two within one moment: the log takes both, the fold the first."""
    field.dead.add("DG-N1")
    chain.say("access.contact", "DG-N1", state="closed")
    page.locator("[data-device=DG-N1]").click(timeout=WAIT_MS)
    expect(page.locator("#records")).to_contain_text("DG-N1", timeout=WAIT_MS)  # its papers, also where history is away
    expect(page.locator('#chosen [data-act="access.open"]')).not_to_have_class("off", timeout=WAIT_MS)
    chain.freeze("live")
    for _ in range(2):
        hold(page, '#chosen [data-act="access.open"]')
        expect(page.locator("#said")).to_contain_text("已记下", timeout=WAIT_MS)
    chain.thaw("live")
    expect(page.locator("#said")).to_contain_text("没有成功：DG-N1 · 上一条指令还在等设备回报", timeout=WAIT_MS)
    expect(page.locator("#said")).to_have_class(re.compile("bad"))


class Lens:
    """A camera that serves MJPEG with a digest login, and what shows it as the gateway does."""

    def __init__(self, var: Path) -> None:
        self.device = Device(free_port())
        self.sends, self.ends = threading.Event(), threading.Event()
        self.sends.set()
        connections = var / "video.yaml"
        connections.write_text(
            f"- {{way: isapi, id: gate, device: '44:19:b6:00:00:04', url: '{self.device.url}', user: {USER},"
            " password: {env: SECRET}, video: '/channels/{place}02/httpPreview'}\n"
        )
        sites = {SITE.id: SITE}
        film = CalledFilm(load(connections, sites, {"SECRET": PASSWORD}), lambda: sites)
        self._loop = asyncio.new_event_loop()
        self._task = self._loop.create_task(self._show(Showing(film), var / "video" / "gateway.sock"))
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        with pytest.raises(asyncio.CancelledError):
            self._loop.run_until_complete(self._task)
        self._loop.close()

    async def _show(self, showing: Showing, socket: Path) -> None:
        self.device.answers["/channels/102/httpPreview"] = self._film
        async with self.device.here():
            await showing.run(socket)

    async def _film(self, request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=cut\r\n\r\n")
        n = 0
        while not self.ends.is_set():
            if self.sends.is_set():
                picture = photograph("C-004", "21:14:36", n % 100)
                writer.write(b"--cut\r\nContent-Type: image/png\r\n\r\n" + picture + b"\r\n")
                await writer.drain()
            n += 1
            await asyncio.sleep(0.1)
        writer.close()

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join()


@pytest.fixture
def lens(var: Path) -> Iterator[Lens]:
    lens = Lens(var)
    yield lens
    lens.close()


def test_a_live_picture_is_called_live_while_it_moves_and_no_longer(chain: Programs, lens: Lens, page: Page) -> None:
    chain.say("camera.status", "C-004", status="online")
    page.locator("[data-tab=cameras]").click()
    page.locator("[data-device=C-004]").click()
    camera = page.locator("#chosen figure.camera")
    expect(camera.locator("em")).to_have_text("还没有画面", timeout=WAIT_MS)
    camera.locator(".watch").click(timeout=WAIT_MS)
    expect(camera).to_have_class("camera moves", timeout=WAIT_MS)
    expect(camera.locator("em")).to_contain_text("实时 · 延迟 0.")
    lens.sends.clear()
    expect(camera).to_have_class("camera still", timeout=WAIT_MS)
    expect(camera.locator("em")).to_contain_text("画面停住 · 3秒前")
    lens.sends.set()
    expect(camera).to_have_class("camera moves", timeout=WAIT_MS)
    lens.ends.set()
    expect(camera.locator(".no-video")).to_have_text("摄像机没有回答，实时画面断了", timeout=WAIT_MS)
    expect(camera.locator("em")).to_contain_text("快照 · 非实时")
    expect(camera.locator(".watch")).to_have_text("看实时")
    page.locator("[data-device=C-005]").click()
    expect(camera.locator("figcaption")).to_contain_text("C-005")
    expect(camera.locator(".watch")).to_have_count(0)  # nobody shows this one
    assert lens.device.refused == 1, "it asked for a digest"
