"""A resident's phone in a browser: a report from photo to rating, desk included; a call for help; the first load."""

from __future__ import annotations

import io
import json
import re

import pytest
import redis
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from community.audit import is_audited
from community.order_book import MOVED
from store import keys
from tests.browser.conftest import Programs, onto, press
from tests.engines.wait import wait_until

WAIT_MS = 30_000
LARGEST_BYTES = 150_000
SMALLEST_TARGET_PX = 44


def photo_with_place() -> bytes:
    """As a phone makes it: where and with what it was taken stands in it."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "SecretPhoneMaker", 6
    exif.get_ifd(0x8825)[2] = (31.0, 12.0, 30.0)
    made = io.BytesIO()
    Image.new("RGB", (2400, 1200), (90, 120, 140)).save(made, "JPEG", exif=exif)
    assert b"SecretPhoneMaker" in made.getvalue()
    return made.getvalue()


def phone(browser: Browser) -> Page:
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN", has_touch=True)
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    return page


def desk(browser: Browser, url: str, role: str, path: str) -> Page:
    page = browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN").new_page()
    page.goto(f"{url}/login?next={path}")
    page.locator(f"button[value={role}]").click()
    while path not in page.url:  # the tables of people are made beside the wall
        page.goto(f"{url}/login?next={path}")
        page.locator(f"button[value={role}]").click()
    return page


def log_of(url: str, topic: str = keys.LOG) -> list[dict]:
    with redis.Redis.from_url(url) as client:
        return [json.loads(fields[b"v"]) for _, fields in client.xrange(topic)]


def test_a_report_with_a_photo_to_its_rating(chain: Programs, browser: Browser) -> None:
    page = phone(browser)
    page.goto(f"{chain.url}/r/report?port=EB-04-07&category=parking")
    page.get_by_role("radio", name="电梯").check()
    page.locator("textarea").fill("插上没反应，插头有点烫，请打 13812345678")
    page.set_input_files("input[type=file]", {"name": "p.jpg", "mimeType": "image/jpeg", "buffer": photo_with_place()})
    for target in page.locator("button:visible, nav a:visible, .pill:visible").all():
        box = target.bounding_box()
        assert box is not None and box["height"] >= SMALLEST_TARGET_PX
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name="提交").click()
    expect(page.locator(".steps .now")).to_contain_text("已提交", timeout=WAIT_MS)
    code = page.locator(".code").inner_text().replace(" ", "")
    picture = page.request.get(chain.url + str(page.locator(".photos img").get_attribute("src")))
    drawn = Image.open(io.BytesIO(picture.body()))
    assert (drawn.format, drawn.size) == ("JPEG", (800, 1600)) and not drawn.getexif(), "upright, smaller, nothing else"

    guard = desk(browser, chain.url, "guard", "/orders")
    other = desk(browser, chain.url, "supervisor", "/orders")
    for seat in (guard, other):
        card = seat.locator(".order", has_text="B棚 07口")
        expect(card).to_contain_text("插头有点烫，请打 ***", timeout=WAIT_MS)
        assert "13812345678" not in seat.content()
        expect(card.locator("img")).to_have_count(1)
    called_back(other)
    guard.locator(".order", has_text="B棚 07口").get_by_role("button", name="接单").click()
    expect(guard.locator(".notice")).to_have_text("已记下", timeout=WAIT_MS)
    # the second, whose page still shows it as waiting, is told whose it is
    body = {"do": "take", "order": log_order(chain), "was": "published"}
    second = other.request.post(f"{chain.url}/orders?lang=zh", form=body, headers={"origin": chain.url})
    assert "没有改动：现在是已接单，中控岗" in second.text()
    expect(page.locator(".steps .now")).to_contain_text("已接单", timeout=WAIT_MS)  # it renews itself
    for button in ("开始处理", "完成"):
        guard.locator(".order", has_text="B棚 07口").get_by_role("button", name=button).click()
        expect(guard.locator(".notice")).to_have_text("已记下", timeout=WAIT_MS)
    page.reload()
    expect(page.locator(".steps .now")).to_contain_text("完成", timeout=WAIT_MS)
    page.locator("button[value='5']").click()
    expect(page.locator(".card").first).to_contain_text("谢谢评价：5 分", timeout=WAIT_MS)

    elsewhere = phone(browser)  # a neighbour's phone, with the code alone
    elsewhere.goto(f"{chain.url}/r/mine")
    elsewhere.locator("input[name=code]").fill(code.lower())
    elsewhere.get_by_role("button", name="查询").click()
    expect(elsewhere.locator(".card").first).to_contain_text("插头有点烫")

    told = [r for r in log_of(chain.redis_url) if r["type"].endswith(("order.phase", "order.move"))]
    assert [(r["data"]["phase"], r["data"].get("person", "")) for r in told] == [
        ("published", ""),
        ("taken", "demo:guard"),
        ("taken", "demo:supervisor"),
        ("in_progress", "demo:guard"),
        ("done", "demo:guard"),
        ("rated", ""),
    ]
    everything = json.dumps(log_of(chain.redis_url), ensure_ascii=False)
    assert "13812345678" not in everything and "插头" not in everything, "the words of a resident are not the log's"
    chain.start("relay")
    wanted = [(MOVED, "taken"), ("command.refused", ""), (MOVED, "in_progress"), (MOVED, "done")]
    wait_until(lambda: trail(chain) == wanted, 60, "what they did stands in the journal, each with who did it")
    by_keyboard_alone(chain.url, page, guard)
    wanted += [(MOVED, phase) for phase in ("taken", "in_progress", "done")]
    wait_until(lambda: trail(chain) == wanted, 60, "and so does what was done by keyboard")
    for seat in (page, guard, other, elsewhere):
        seat.context.close()


def called_back(seat: Page) -> None:
    """Whoever says why sees the number once, on an answer of its own, and goes back to the list."""
    card = seat.locator(".order", has_text="B棚 07口")
    why = card.locator("form.uncover input[name=reason]")
    why.fill("回电问线路")
    why.press("Enter")
    expect(seat.locator(".notice")).to_have_text("完整显示，理由：回电问线路（已记入审计）", timeout=WAIT_MS)
    expect(seat.locator(".order")).to_contain_text("请打 13812345678")
    seat.get_by_role("link", name="返回工单列表").click()
    expect(seat.locator(".order", has_text="B棚 07口")).to_contain_text("请打 ***", timeout=WAIT_MS)


def by_keyboard_alone(url: str, page: Page, guard: Page) -> None:
    """The same once more, another port: nobody touches screen or mouse."""
    page.goto(f"{url}/r/report?port=EB-04-06")
    onto(page, "input[type=radio] >> nth=0")
    page.keyboard.press("ArrowRight")
    onto(page, "textarea")
    page.keyboard.type("线皮破了")
    onto(page, "input[type=file]")
    page.on("filechooser", lambda _: None)  # asked for once, before the key: a slow machine opened it sooner than asked
    page.evaluate("1")
    with page.expect_file_chooser() as choosing:
        page.keyboard.press("Enter")
    choosing.value.set_files({"name": "p.jpg", "mimeType": "image/jpeg", "buffer": photo_with_place()})
    press(page, "button:text-is('提交')")
    expect(page.locator(".steps .now")).to_contain_text("已提交", timeout=WAIT_MS)
    expect(page.locator(".photos img")).to_have_count(1)
    expect(guard.locator(".order", has_text="B棚 06口")).to_contain_text("线皮破了", timeout=WAIT_MS)
    for button in ("接单", "开始处理", "完成"):
        press(guard, f".order:has-text('B棚 06口') button:text-is('{button}')")
        expect(guard.locator(".notice")).to_have_text("已记下", timeout=WAIT_MS)
    page.reload()
    press(page, "button[value='5']")
    expect(page.locator(".card").first).to_contain_text("谢谢评价：5 分", timeout=WAIT_MS)


def large_photo() -> bytes:
    """Of a phone held upright: 12 million pixels of gravel, more than eight megabytes."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "SecretPhoneMaker", 6
    made = io.BytesIO()
    Image.effect_noise((4000, 3000), 90).convert("RGB").save(made, "JPEG", quality=92, exif=exif)
    assert len(made.getvalue()) > 8 << 20
    return made.getvalue()


def test_a_phones_large_photos_are_made_small_before_they_are_sent(chain: Programs, browser: Browser) -> None:
    page = phone(browser)
    large = {"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": large_photo()}
    page.goto(f"{chain.url}/r/report?port=EB-04-05&category=parking")
    page.locator("textarea").fill("碎石堆在充电口前")
    page.set_input_files("input[type=file]", [{**large, "buffer": b"small"}] * 4)
    assert not page.locator("input[type=file]").evaluate("field => field.checkValidity()")
    assert "最多 3 张照片" in page.locator("input[type=file]").evaluate("field => field.validationMessage")
    page.set_input_files("input[type=file]", [large])
    page.evaluate("""document.querySelector("form.report").addEventListener("formdata", (event) =>
      sessionStorage.setItem("sent", event.formData.getAll("photo").map((photo) => photo.size)))""")
    page.get_by_role("button", name="提交").click()  # at once: whoever presses waits for the drawing
    expect(page.locator(".steps .now")).to_contain_text("已提交", timeout=WAIT_MS)
    assert 100_000 < int(page.evaluate("sessionStorage.getItem('sent')")) < 2 << 20
    picture = page.request.get(chain.url + str(page.locator(".photos img").first.get_attribute("src")))
    drawn = Image.open(io.BytesIO(picture.body()))
    assert (drawn.size, dict(drawn.getexif())) == ((1200, 1600), {}), "upright"
    page.goto(f"{chain.url}/r/report?port=EB-04-05&category=parking")
    page.locator("textarea").fill("写好的话")
    page.set_input_files("input[type=file]", {"name": "x.heic", "mimeType": "image/heic", "buffer": b"no picture"})
    page.get_by_role("button", name="提交").click()
    expect(page.locator("[role=alert]")).to_contain_text("照片打不开", timeout=WAIT_MS)
    expect(page.locator("textarea")).to_have_value("写好的话")
    page.context.close()


def log_order(chain: Programs) -> str:
    return next(r["data"]["order"] for r in log_of(chain.redis_url) if r["type"] == "order.phase")


def trail(chain: Programs) -> list[tuple[str, str]]:
    """What the audit takes from the journal of the order."""
    about = (MOVED, "command.refused")
    found = [e for e in log_of(chain.redis_url, keys.JOURNAL) if e["type"] in about]
    assert all(e["data"]["person"].startswith("demo:") and is_audited(e["type"], e["data"]) for e in found)
    return [(e["type"], e["data"].get("phase", "")) for e in found]


def test_a_call_for_help_reaches_wall_and_desk_and_comes_back_confirmed(chain: Programs, browser: Browser) -> None:
    page = phone(browser)
    page.goto(f"{chain.url}/r/report")
    page.get_by_role("link", name="一键求助").click()  # the first step
    page.locator("select[name=place]").select_option("phone:7-2")
    page.locator("input[name=room]").fill("1203")
    page.get_by_role("button", name="确认求助").click()  # the second
    expect(page.locator("#state")).to_contain_text("7号楼2单元 1203室", timeout=WAIT_MS)
    expect(page.locator("#state")).to_contain_text("等待值班员确认", timeout=WAIT_MS)
    guard = desk(browser, chain.url, "guard", "/desk")
    row = guard.locator('#desk-rows .row[data-key="SOS/phone:7-2-1203"]')
    row.click(timeout=WAIT_MS)
    expect(guard.locator("#desk-head")).to_contain_text("1203室", timeout=WAIT_MS)
    wall = guard.context.new_page()
    wall.goto(chain.url)
    expect(wall.locator("#verdict")).to_contain_text("7号楼2单元", timeout=WAIT_MS)
    guard.locator("#desk-acts .go").click()
    page.reload()
    expect(page.locator("#state")).to_contain_text("值班员已确认", timeout=WAIT_MS)
    page.context.close()
    guard.context.close()


@pytest.mark.parametrize("path", ["/r", "/r/report", "/r/notices", "/r/EB-01-01"])
def test_the_first_load_is_small(chain: Programs, browser: Browser, path: str) -> None:
    page = phone(browser)
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    sizes: dict[str, int] = {}
    wire.on("Network.loadingFinished", lambda e: sizes.__setitem__(e["requestId"], e["encodedDataLength"]))
    page.goto(chain.url + path, wait_until="networkidle")
    assert len(sizes) >= 3, "the page, its sheet, its script"
    assert sum(sizes.values()) < LARGEST_BYTES, sizes
    page.context.close()


def test_lists_work_without_script(chain: Programs, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN", java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{chain.url}/r")
    page.locator("summary").first.click()
    page.locator(".each a").first.click()
    expect(page.locator("h1")).to_contain_text("01口")
    for tab, title in (("报事", "报事报修"), ("通知", "通知"), ("我的", "我的")):
        page.locator("nav a", has_text=tab).click()
        expect(page.locator("h1")).to_have_text(title)
    page.locator("header a", has_text="大字版").click()
    assert re.search(r'class="big"', page.content())
    context.close()
