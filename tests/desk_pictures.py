"""`make pictures`: the pages of people beside each other at their three sizes, for docs/desk.md.

The product's own processes on a Redis of their own, told what devices would say; pictures of cameras are the simulated
place's. Look at them before you commit them.
"""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path

import httpx
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from community.roles import EVERYWHERE, Grant
from community.world.photograph import photograph
from dashboard.signin.door import COOKIE
from dashboard.signin.service import Service
from store.blobs import Blobs
from store.children import Children
from store.people import open_engines
from store.seal import Seal
from tests.browser.conftest import Programs
from tests.engines.browser import ARGS, find_browser
from tests.engines.redis import RedisServer
from tests.engines.wait import wait_until
from tests.ingest.yard import LANTING
from tests.states_picture import states_sheet

OUT = Path(__file__).resolve().parent.parent / "docs" / "desk"
SIZES = ((1366, 768), (1920, 1080), (390, 844))
HIGH_PX, BETWEEN_PX, QUALITY = 420, 12, 72
"""Of a sheet: what stands where can be seen, and words of a heading read."""
RESIDENT = next(device.id for device in LANTING.devices if device.system == "care")
HALF_WAY = "half-way"
"""Somebody who has typed a password, and has yet to set up what is asked beside it."""
DRAWN = """() => new Promise((done, fail) => {
  const began = performance.now();
  let last = began, held = 0;
  const look = () => {
    const now = performance.now(), elements = document.getElementsByTagName("*").length;
    if (elements !== held) [last, held] = [now, elements];
    const whole = document.fonts.status === "loaded" && [...document.images].every((image) => image.complete);
    if (whole && now - last > 1500) done();
    else if (now - began > 20000) fail(new Error("it is never drawn"));
    else setTimeout(look, 100);
  };
  look();
})"""
"""Fonts and pictures are there, and no element has come or gone for longer than a page waits for its stream."""

PAGES = (
    ("login", "", "/login"),
    ("desk", "guard", "/desk"),
    ("operate", "guard", "/operate"),
    ("phone", "guard", "/phone"),
    ("handover", "guard", "/handover"),
    ("orders", "guard", "/orders"),
    ("patrol", "supervisor", "/patrol"),
    ("care", "supervisor", "/care"),
    ("notices", "supervisor", "/notices"),
    ("site", "manager", "/site"),
    ("people", "secadmin", "/people"),
    ("audit", "auditor", "/audit"),
    ("person", "supervisor", f"/care/{RESIDENT}"),
    ("privacy", "manager", "/privacy"),
    ("bulletin", "supervisor", "/bulletin"),
    ("devices", "manager", "/devices"),
    ("qr", "supervisor", "/qr"),
    ("pairing", "", "/login/wall"),
    ("code", HALF_WAY, "/login/code"),
    ("charging", "", "/r"),
    ("port", "", "/r/EB-01-01"),
    ("sos", "", "/r/sos"),
    ("mine", "", "/r/mine"),
    ("resident-notices", "", "/r/notices"),
    ("report", "", "/r/report?category=lift"),
)
"""Name of the sheet, whose page it is, its address."""


def main() -> int:
    OUT.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        var, children = Path(folder) / "var", Children()
        server = RedisServer(Path(folder) / "redis", children)
        server.start()
        database = f"sqlite:///{folder}/history.db"
        programs = Programs(
            children, server.url, var, ("web", "live", "tick", "relay", "history"), DATABASE_URL=database
        )
        try:
            tell(programs, Blobs(var / "blobs"))
            browser = play.chromium.launch(executable_path=find_browser(), args=list(ARGS))
            shot(browser, programs, "guard", "/desk", SIZES[0])  # the plan is drawn once, and kept
            for name, role, path in PAGES:
                programs.feeds()
                sheet([shot(browser, programs, role, path, size) for size in SIZES], OUT / f"{name}.webp")
                print(name, (OUT / f"{name}.webp").stat().st_size)
            programs.close()
            states_sheet(browser, children, server, Path(folder) / "states", OUT / "states.webp")
            browser.close()
        finally:
            programs.close()
            server.kill()
    return 0


def tell(programs: Programs, blobs: Blobs) -> None:
    """What the devices say: a shed of ports, some doors, a call for help, a courier who rings, residents' orders."""
    programs.feeds()
    programs.ready()
    for shed in range(1, 4):
        for port in range(1, 11):
            status = "Charging" if (port * shed) % 3 else "Available"
            programs.say("charging.status", f"EB-{shed:02}-{port:02}", status=status)
    for door in ("DG-N1", "DG-N2", "DG-S1", "D-7-2"):
        programs.say("access.contact", door, state="closed")
    programs.say("access.pass", "DG-S1", method="face", result="granted", direction="in")
    for camera in ("C-052", "C-092"):
        programs.say("camera.status", camera, status="online")
        kept = blobs.put(photograph(camera, "21:14:36", 40))
        programs.say("camera.picture", camera, hash=kept, content_type="image/png")
    programs.say("sos.press", "SOS-035", press="short")
    programs.say("camera.event", "C-098", event="occluded", active=True)
    programs.say("intercom.call", "I-7-2", call="k1", phase="ringing", caller="courier", rings="guard")
    over = (("W-1", "plumbing", "post:patrol"), ("W-2", "lift", "post:gate"), ("W-3", "noise", ""))
    for order, category, post in over:
        for phase in ("published", "taken", "done") if post else ("published", "cancelled"):
            more = {"post": post} if phase == "taken" else {}
            programs.say("order.phase", "DESK", order=order, category=category, phase=phase, **more)
    form = {"draft": "d" * 24, "category": "lift", "place": "phone:7-2", "text": "电梯门关不上"}
    asked = httpx.post(f"{programs.url}/r/report", data=form, headers={"origin": programs.url})
    assert asked.status_code == 303, asked.text
    signed_in = httpx.Client(base_url=programs.url, headers={"origin": programs.url})
    wait_until(lambda: signed_in.post("/login/demo", data={"role": "guard"}).status_code == 303, 60, "the door is open")
    assert signed_in.post("/handover", data={"do": "draft"}, timeout=60).status_code == 200


def shot(browser: Browser, programs: Programs, role: str, path: str, size: tuple[int, int]) -> Image.Image:
    width, height = size
    url = programs.url
    context = browser.new_context(viewport={"width": width, "height": height}, locale="zh-CN", has_touch=width < 600)
    page: Page = context.new_page()
    if role == HALF_WAY:
        context.add_cookies([{"name": COOKIE, "value": half_way(programs), "url": url}])
    elif role:
        page.context.request.post(f"{url}/login/demo", form={"role": role}, headers={"Origin": url}, max_redirects=0)
    page.goto(url + path)
    page.evaluate(DRAWN)
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width, f"{path} is {wide} px wide on {width}"
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    context.close()
    return picture


def half_way(programs: Programs) -> str:
    """The cookie of a session that lacks its second factor."""
    service = Service(open_engines(f"sqlite:///{programs.var.parent}/history.db"), Seal(programs.var))
    now_ms, account = service.now_ms(), "chen.hao"
    known = service.register.by_account(account)
    id_ = (
        known.id
        if known is not None
        else service.register.add(account, "陈浩", "", now_ms, [Grant("manager", EVERYWHERE)])
    )
    cookie = service.sessions.begin(now_ms, now_ms + 600_000, person=id_, stage="enrol")
    service.close()
    return cookie


def sheet(pictures: list[Image.Image], to: Path) -> None:
    small = [picture.resize((picture.width * HIGH_PX // picture.height, HIGH_PX)) for picture in pictures]
    drawn = Image.new("RGB", (sum(s.width for s in small) + BETWEEN_PX * (len(small) - 1), HIGH_PX), "white")
    at = 0
    for picture in small:
        drawn.paste(picture, (at, 0))
        at += picture.width + BETWEEN_PX
    drawn.save(to, quality=QUALITY)


if __name__ == "__main__":
    sys.exit(main())
