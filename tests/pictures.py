"""`make pictures`: starts the product on spare ports, plays a seeded scene, takes the READMEs' pictures with Chromium.

Everything on the pictures came over the real road: `make run`'s own processes, the seeded demo, and the records of
`SCENE`, sent by `python -m ingest replay`. Look at the pictures before you commit them.
"""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import httpx
import pypdfium2
from playwright.sync_api import Browser, Page, sync_playwright

from community.model import encode_event
from ingest.tour import SEEN
from store.children import Children
from tests.engines.browser import ARGS, find_browser
from tests.engines.ports import free_port
from tests.engines.redis import RedisServer
from tests.engines.wait import wait_until
from tests.palette import with_palette

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
LARGEST_BYTES = 400_000

SCENE: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("camera.event", "C-098", {"event": "occluded", "active": True}),
    ("charging.meter", "EB-03-04", {"power_w": 1240.0, "current_a": 5.8}),
    ("sos.press", "SOS-035", {"press": "short"}),
)
"""A camera covered, an e-bike port overloaded, a help button pressed."""

OFFICE = {"width": 1440, "height": 900}
PATIENCE_MS = 300_000
PAST_S = 3600
"""The invented days before the demo's first start: minutes on a quiet machine, and long on one that does other work."""
CALM_S = 1800
"""The demo's own incidents come now and then, and its guard takes minutes for one."""

PAPER_PX = 1000
"""A4 on a page of GitHub: its smallest words can be read."""

BY_DAY = "body.night .wall { filter: none !important; }"
"""Whatever hour it is taken at: a wall dims at night, and a dim picture says nothing of it."""

ALARMS = frozenset(("CAM_BLIND", "CP_OVERLOAD", "SOS"))


class Product:
    """All of `make run`, with a data folder and ports of its own."""

    def __init__(self, folder: Path, children: Children) -> None:
        self.redis = RedisServer(folder / "redis", children)
        self.redis.start()
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self._env = {
            **os.environ,
            "REDIS_URL": self.redis.url,
            "PORT": str(port),
            "OCPP_PORT": str(free_port()),
            "SHOUWANG_VAR": str(folder / "var"),
        }
        (folder / "var").mkdir()
        (folder / "var" / SEEN).touch()  # no caption of the tour on the pictures
        self._told = folder / "run.log"
        self._said = self._told.open("wb")
        self._run = children.start(
            [sys.executable, "-m", "ingest.run"], cwd=ROOT, env=self._env, stdout=self._said, stderr=self._said
        )

    def state(self) -> dict[str, Any]:
        """The live state, empty while nobody answers."""
        try:
            answer = httpx.get(f"{self.url}/api/v1/state")
        except httpx.TransportError:
            return {}
        return dict(answer.json()) if answer.status_code == 200 else {}

    def standing(self) -> set[str]:
        """Catalogue ids of the alarms that are active."""
        return {alarm["id"] for alarm in self.state().get("alarms", []) if alarm["facts"].get("active")}

    def filled(self) -> bool:
        """The thirty days before the demo's first start are there. Asked of its log: a page would ask SQL each time."""
        return "the days of lanting are there" in self._told.read_text("utf-8")

    def say(self, scene: tuple[tuple[str, str, dict[str, Any]], ...]) -> None:
        lines = [
            encode_event(
                id=f"pictures/{n}", source="pictures", type=type_, community="lanting", subject=device, data=data
            )
            for n, (type_, device, data) in enumerate(scene)
        ]
        command = [sys.executable, "-m", "ingest", "replay", "-", "--speed", "max"]
        subprocess.run(command, cwd=ROOT, env=self._env, input=b"\n".join(lines), check=True, stdout=subprocess.DEVNULL)

    def end(self) -> None:
        self._run.terminate()
        self._run.wait(15)
        self.redis.stop()
        self._said.close()


def every_tile_is_sure(product: Product) -> bool:
    """But for residents of whom nothing was heard since the day before: unknown until they pass a door."""
    tiles = product.state().get("tiles", [])
    sure = all(not tile["state"] and ("未知" not in tile["words"] or tile["id"] == "care") for tile in tiles)
    return bool(tiles) and sure


def wall(browser: Browser, product: Product, lang: str) -> Page:
    page = browser.new_page(viewport={"width": 1920, "height": 1080})
    page.goto(f"{product.url}/?lang={lang}")
    page.wait_for_selector("body[data-state=live]", timeout=PATIENCE_MS)
    page.frame_locator("#plan").locator(".label-building").first.wait_for(timeout=PATIENCE_MS)
    page.add_style_tag(content=BY_DAY)
    return page


def shoot(page: Page, name: str, shown: Callable[[], bool], within_s: float = PATIENCE_MS / 1000) -> None:
    """Waits until the page shows it; the picture is then looked at by a person."""
    wait_until(shown, within_s, f"{name} on the screen")
    page.evaluate("document.fonts.ready.then(() => new Promise(requestAnimationFrame))")
    keep(name, page.screenshot(animations="disabled"))


def keep(name: str, png: bytes) -> None:
    picture = with_palette(png)
    if len(picture) > LARGEST_BYTES:
        raise SystemExit(f"{name} has {len(picture)} bytes, more than {LARGEST_BYTES}")
    (DOCS / name).write_bytes(picture)
    print(f"docs/{name}  {len(picture) // 1000} kB")


def main() -> int:
    chromium = find_browser()
    if chromium is None:
        print("no Chromium here: apt-get install chromium fonts-noto-cjk", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="shouwang-") as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(ARGS))
        product = Product(Path(folder), Children())
        try:
            take(browser, product)
        finally:
            browser.close()
            product.end()
    return 0


def take(browser: Browser, product: Product) -> None:
    wait_until(product.filled, PAST_S, "the thirty days before the demo are there")
    office(browser, product.url)
    wait_until(lambda: every_tile_is_sure(product), PATIENCE_MS / 1000, "every tile of the demo is sure of its figure")
    chinese, english = wall(browser, product, "zh"), wall(browser, product, "en")
    shoot(chinese, "wall-normal.png", lambda: calm(chinese), CALM_S)
    product.say(SCENE)
    wait_until(lambda: product.standing() >= ALARMS, PATIENCE_MS / 1000, f"the alarms {sorted(ALARMS)}")
    for page, name in ((chinese, "wall-incident.png"), (english, "wall-incident-en.png")):
        shoot(page, name, lambda page=page: page.locator(".alarm-row[data-key]").count() >= len(ALARMS))  # type: ignore[misc]
    desk(browser, product.url)
    product.redis.kill()
    shoot(chinese, "wall-lost.png", lambda: chinese.locator("body.lost").count() == 1)


def calm(page: Page) -> bool:
    """Nothing stands, and the day before the demo's first start is there."""
    return page.inner_text("#verdict-title") == "一切正常" and page.locator("#demo-ribbon").is_visible()


def desk(browser: Browser, url: str) -> None:
    page = signed_in(browser, url, "supervisor")
    page.goto(f"{url}/desk?lang=zh")
    page.locator("#desk-rows [role=option]").first.click()
    told = page.locator("#desk-timeline p .num")
    shoot(page, "desk.png", lambda: told.count() > 1 and page.frame_locator("iframe").locator(".plate").count() > 0)


def office(browser: Browser, url: str) -> None:
    """What a manager sees of thirty days and of yesterday, and yesterday's report."""
    page = signed_in(browser, url, "manager")
    page.goto(f"{url}/alarms?lang=zh")
    wait_until(lambda: whole(page), PAST_S, "every one of the thirty days is counted")
    shoot(page, "alarms.png", lambda: drawn(page))
    yesterday = datetime.now(ZoneInfo("Asia/Shanghai")) - timedelta(days=1)
    page.goto(f"{url}/daily?lang=zh&day={yesterday.date()}")
    shoot(page, "daily.png", lambda: drawn(page))
    page.goto(f"{url}/reports?lang=zh")
    page.locator("form:has(input[name=day]) button").click()
    page.wait_for_url(re.compile("number="))
    number = parse_qs(urlsplit(page.url).query)["number"][0]
    paper = page.context.request.get(f"{url}/api/v1/reports/{number}.pdf", timeout=PATIENCE_MS)
    keep("report.png", first_page(paper.body()))


def first_page(pdf: bytes) -> bytes:
    """As PNG."""
    page = pypdfium2.PdfDocument(pdf)[0]
    png = io.BytesIO()
    page.render(scale=PAPER_PX / page.get_width()).to_pil().save(png, "png")
    return png.getvalue()


def signed_in(browser: Browser, url: str, role: str) -> Page:
    page = browser.new_context(viewport=OFFICE, locale="zh-CN").new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.context.request.post(f"{url}/login/demo", form={"role": role}, headers={"Origin": url}, max_redirects=0)
    return page


def drawn(page: Page) -> bool:
    """No panel waits for its figures any more."""
    return page.locator(".main-svg").count() > 0 and page.locator(".panel .waiting").count() == 0


def whole(page: Page) -> bool:
    """Days are counted one after another, long after their records are there; only then does a page say that it knows
    them."""
    page.reload()
    wait_until(lambda: drawn(page), PATIENCE_MS / 1000, "the panels are drawn")
    return "没有缺口" in page.locator(".completeness").first.inner_text()


if __name__ == "__main__":
    sys.exit(main())
