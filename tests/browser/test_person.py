"""A person of the register, from consent to erasing: called, visited, withdrawn, gone; and a search that finds nothing.

A house of its own, with every process that keeps anything: log, live state, SQL, program logs and the wall.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import redis
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, expect

from community.roles import Grant, Role
from community.site import parse_site
from dashboard.persons.command import homes_of
from dashboard.persons.traces import traces
from dashboard.signin.door import COOKIE
from dashboard.signin.service import Service
from store import keys
from store.audit import audit
from store.children import Children
from store.history.database import open_engine
from store.people import open_engines
from store.residents.reports import Report, Reports
from store.seal import Seal
from store.settings import read_settings
from tests.browser.conftest import Programs
from tests.engines import http
from tests.engines.redis import RedisServer
from tests.engines.wait import wait_until

WHO, NAME, PHONE, HOME = "p-0123456789ab", "欧阳静好", "13900001234", "3/1/0907"
DAUGHTER, DAUGHTERS_PHONE = "欧阳远航", "13700005678"
WAIT_MS = 20_000
FALLS = {"on_delay_s": 0, "off_delay_s": 0, "latched": False}
SITE = {
    "id": "quay",
    "name": {"zh": "码头小区", "en": "Quay"},
    "sources": [{"id": "care", "name": {"zh": "关怀", "en": "Care"}}],
    "devices": [
        {"id": WHO, "system": "care", "kind": "resident_alone", "source": "care", "building": "3", "unit": "1"}
    ],
    "tiles": ["care"],
    "thresholds": {"FALL": FALLS, "VITALS": FALLS},
}
FORM = {"subject": WHO, "name": NAME, "phone": PHONE, "home": HOME, "by": "self", "category": "care"}
WORDS = [NAME, PHONE, DAUGHTER, DAUGHTERS_PHONE, *homes_of(HOME, parse_site(json.dumps(SITE).encode()))]


class Quay:
    """The installation and the people who work in it."""

    def __init__(self, children: Children, redis_url: str, folder: Path) -> None:
        file = folder / "quay.json"
        file.write_text(json.dumps(SITE, ensure_ascii=False), "utf-8")
        self.var, self.redis_url = folder / "var", redis_url
        self.var.mkdir()
        names = ("live", "tick", "relay", "history", "web")
        self.programs = Programs(children, redis_url, self.var, names, said=self.var / "said.log", SITE=str(file))
        self.url = self.programs.url
        self.settings = read_settings({"REDIS_URL": redis_url, "SHOUWANG_VAR": str(self.var), "SITE": str(file)})
        self.database = self.settings.database_url
        self.engines = open_engines(self.database)
        self._service = Service(self.engines, Seal(self.var))
        self._service.begin()
        self.cookies = {role: self._sign_in(role) for role in ("guard", "manager")}

    def _sign_in(self, role: Role) -> str:
        now = self._service.now_ms()
        person = self._service.register.add(role, role, "", now, [Grant(role, "quay")])
        return self._service.sessions.begin(now, now + 10**8, person=person)

    def post(self, role: Role, path: str, **form: str) -> httpx.Response:
        headers = {"origin": self.url, "cookie": f"{COOKIE}={self.cookies[role]}"}
        return http.post(f"{self.url}{path}", data=form, headers=headers, params={"lang": "zh"}, timeout=20)

    def page(self, browser: Browser, role: Role, path: str) -> Page:
        context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN")
        context.add_cookies([{"name": COOKIE, "value": self.cookies[role], "url": self.url}])
        page = context.new_page()
        page.goto(self.url + path)
        return page

    def say(self, type_: str, **data: object) -> None:
        self.programs.say(type_, WHO, community="quay", **data)

    def alarms(self) -> set[str]:
        with redis.Redis.from_url(self.redis_url) as client:
            return {key.decode() for key in client.hkeys(keys.alarms("quay"))}

    def consents(self) -> list[dict[str, object]]:
        """What the log was told."""
        with redis.Redis.from_url(self.redis_url) as client:
            told = [json.loads(fields[b"v"]) for _, fields in client.xrange(keys.LOG)]
        return [record["data"] for record in told if record["type"] == "care.consent"]

    def traces(self) -> list[str]:
        return traces(self.settings, WORDS)

    def close(self) -> None:
        self.programs.close()
        self._service.close()


@pytest.fixture(scope="module")
def quay(children: Children, redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Quay]:
    redis_server.wipe()
    house = Quay(children, redis_server.url, tmp_path_factory.mktemp("quay"))
    yield house
    house.close()


def test_a_person_from_consent_to_nothing(quay: Quay, browser: Browser) -> None:
    person = f"/care/{WHO}"
    assert quay.post("guard", "/care", **FORM).status_code == 403
    assert quay.post("manager", "/care", **FORM | {"category": ""}).status_code == 400, "nobody without a consent"
    assert quay.post("manager", "/care", **FORM).status_code == 200
    assert quay.post("manager", "/care", **FORM).status_code == 409
    contact = {"do": "add_contact", "relation": "女儿", "name": DAUGHTER, "phone": DAUGHTERS_PHONE}
    assert quay.post("manager", person, **contact).status_code == 200
    assert quay.post("guard", person, do="plain", reason="想看看").status_code == 400
    assert quay.post("guard", person, do="plain", reason="只是想看看").status_code == 403, "nothing has happened"

    # a fall: first the telephone, then the door, by mouse
    wall = quay.page(browser, "guard", "/")
    quay.say("care.fall", fallen=True)
    expect(wall.locator("#alarm-list, body").first).to_contain_text("特殊关怀", timeout=WAIT_MS)
    guard = quay.page(browser, "guard", "/care")
    guard.get_by_role("link", name=WHO).click()
    expect(guard.locator(".flow")).to_contain_text("先在告警台确认")
    desk = quay.page(browser, "guard", "/desk")
    desk.locator("#desk-rows .row").first.click(timeout=WAIT_MS)
    desk.locator("#desk-acts .go").click()
    expect(desk.locator("#desk-rows .row .words").first).to_contain_text("处理中", timeout=WAIT_MS)
    link = desk.get_by_role("link", name="电话与上门")
    assert str(link.get_attribute("href")).startswith(person)
    guard.reload()
    expect(guard.locator(".coming")).to_contain_text("打电话给 本人")
    covered = guard.locator("main").inner_text()
    assert "欧*" in covered and "139****1234" in covered and "137****5678" in covered
    assert not any(word in guard.content() for word in WORDS)
    guard.locator("input[name=reason]").fill("跌倒告警，要打电话")
    guard.get_by_role("button", name="查看").click()
    expect(guard.locator("main")).to_contain_text(f"{PHONE} · {HOME}")
    beside = guard.locator(".rail [aria-current]")
    expect(beside).to_contain_text("欧*")
    expect(beside).to_contain_text("P1")
    assert NAME not in guard.locator(".rail").inner_text(), "the list beside says of nobody more than the list"
    quay.programs.freeze("history")
    guard.get_by_role("button", name="无人接听").click()
    expect(guard.locator("main")).to_contain_text("下面还没有显示", timeout=WAIT_MS)
    quay.programs.thaw("history")  # what came late comes by itself
    expect(guard.locator(".coming")).to_contain_text("上门查看", timeout=WAIT_MS)
    assert not any(word in guard.content() for word in WORDS), "the plain view was one answer"
    guard.locator("select[name=whom]").select_option(label="女儿 欧* 137****5678")
    guard.get_by_role("button", name="接通，需要帮助").click()
    expect(guard.locator(".steps")).to_contain_text("电话 女儿：接通，需要帮助", timeout=WAIT_MS)
    guard.get_by_role("button", name="已送医").click()
    expect(guard.locator(".coming")).to_contain_text("写明结论后关闭", timeout=WAIT_MS)
    desk.reload()
    desk.locator("#desk-rows .row").first.click(timeout=WAIT_MS)
    expect(desk.locator("#desk-timeline")).to_contain_text("上门：已送医", timeout=WAIT_MS)
    quay.say("care.fall", fallen=False)

    assert not any(word in wall.content() for word in WORDS)
    assert quay.traces() == []


def test_a_withdrawn_consent_and_an_erased_person(quay: Quay, browser: Browser) -> None:
    person = f"/care/{WHO}"
    quay.post("manager", "/care", **FORM)
    quay.post("manager", person, do="add_contact", relation="女儿", name=DAUGHTER, phone=DAUGHTERS_PHONE)
    gone = quay.post("manager", person, do="withdraw", category="guardian")
    assert "没有联系人" in gone.text and "137****5678" not in gone.text
    quay.post("manager", person, do="add_contact", relation="女儿", name=DAUGHTER, phone=DAUGHTERS_PHONE)
    quay.post("manager", person, do="give", category="face", by="self")
    assert "已开工单" in quay.post("manager", person, do="withdraw", category="face").text
    said = [data for data in quay.consents() if data.get("category") == "guardian"]
    assert [data["given"] for data in said][-3:] == [True, False, True], "the fold, and whoever notifies, hears of it"
    orders = quay.page(browser, "guard", "/orders")
    expect(orders.locator("main")).to_contain_text(f"请在门禁平台删除编号 {WHO} 的人脸", timeout=WAIT_MS)
    band = {"heart_low_bpm": "50", "heart_high_bpm": "110"}
    assert quay.post("manager", person, do="band", **band | {"heart_low_bpm": "120"}).status_code == 400
    assert quay.post("manager", person, do="band", **band).status_code == 200
    quay.say("care.vitals", heart_rate_bpm=30)
    wait_until(lambda: f"VITALS/{WHO}" in quay.alarms(), 20, "the alarm stands")
    take = {"type": "alarm.take", "alarm": _key(quay)}
    screens = {path: quay.page(browser, "guard", path) for path in ("/", "/desk", "/phone", "/operate", "/map?desk=1")}
    expect(screens["/"].locator("body")).to_contain_text("特殊关怀", timeout=WAIT_MS)
    expect(screens["/desk"].locator("#desk-rows .row").first).to_contain_text("特殊关怀", timeout=WAIT_MS)
    for path, screen in screens.items():
        held = whole(screen)
        assert not any(word in held for word in WORDS), path
    for path in ("/", "/map?desk=1"):  # who it is, by the register's id, is nobody's business there either
        assert WHO not in whole(screens[path]) and "VITALS" not in whole(screens[path]), path
    headers = {"origin": quay.url, "cookie": f"{COOKIE}={quay.cookies['guard']}"}
    assert http.post(f"{quay.url}/api/v1/commands", json=take, headers=headers).status_code == 202
    wait_until(lambda: _row(quay).get("who") == "guard", 20, "the desk finds it by whoever has it")

    assert quay.post("guard", person, do="withdraw", category="care").status_code == 403
    said = quay.post("manager", person, do="withdraw", category="care")
    assert "已撤回" in said.text and "未判断" in said.text, "the fold has heard it before the page is drawn"
    wait_until(lambda: not quay.alarms(), 20, "what stood has ended")
    quay.say("care.vitals", heart_rate_bpm=20)
    quay.say("care.fall", fallen=True)
    quay.say("care.evidence", evidence="call")
    with redis.Redis.from_url(quay.redis_url) as client:
        wait_until(lambda: client.xinfo_stream(keys.JOURNAL)["length"] > 0, 20, "the journal")
    assert not quay.alarms()

    Reports(quay.engines).put(Report("quay", "r-1", "water", "", f"{NAME}家漏水，请打{PHONE}", (), 1 << 41), "code")
    assert quay.post("manager", person, do="erase", confirm="p-other").status_code == 400
    done = quay.programs.command("dashboard", "erase", WHO)
    assert done.returncode == 0 and "the words of 1 reports erased" in done.stdout, done.stdout + done.stderr
    assert f"{len(WORDS)} words searched for: nothing is left" in done.stdout
    shown = quay.page(browser, "manager", "/care")
    expect(shown.locator("main")).to_contain_text("没有登记的关怀对象")
    assert WHO not in (quay.var.parent / "quay.json").read_text("utf-8"), (
        "the site does not describe the person any more"
    )
    assert not any(word in shown.content() for word in WORDS)
    for path, screen in screens.items():
        held = whole(screen)  # what stood open all the while
        screen.reload()
        screen.wait_for_load_state("load")
        held += whole(screen)
        assert not any(word in held for word in [*WORDS, WHO]), path
        screen.context.close()
    facts = wait_until(lambda: [row for row in _audit(quay) if "care.erase" in row], 20, "the audit has it")
    assert any(WHO in row for row in facts)
    assert not any(word in row for word in WORDS for row in _audit(quay))

    # the search would have found it, wherever it lay
    quay.programs.say("order.phase", "DESK", community="quay", order="r-9", phase="published", category=PHONE)
    Reports(quay.engines).put(Report("quay", "r-2", "water", "", NAME, (), 1 << 41), "another")
    with (quay.var / "said.log").open("a") as said_by_programs:
        said_by_programs.write(f"{DAUGHTER} rang\n")
    places = {"redis: community.log", "sql: resident_report.text", "file: said.log"}
    assert places <= set(quay.traces())


def whole(page: Page) -> str:
    """All that a page holds, its map and what its scripts keep in attributes and fields, too."""
    script = """() => document.documentElement.outerHTML
      + [...document.querySelectorAll("input, textarea, select")].map((field) => field.value).join("\\n")
      + JSON.stringify({ ...localStorage, ...sessionStorage }) + document.title + location.href"""
    return "\n".join(str(frame.evaluate(script)) for frame in page.frames)


def _key(quay: Quay) -> str:
    return str(wait_until(lambda: _row(quay).get("key", ""), 20, "the desk has it"))


def _row(quay: Quay) -> dict[str, object]:
    """The first of the desk."""
    cookie = {"cookie": f"{COOKIE}={quay.cookies['guard']}"}
    rows: list[dict[str, object]] = http.get(f"{quay.url}/api/v1/desk", headers=cookie).json().get("rows", [])
    return next(iter(rows), {})


def _audit(quay: Quay) -> list[str]:
    with open_engine(quay.database).connect() as connection:
        return [str(row) for row in connection.execute(sa.select(audit))]
