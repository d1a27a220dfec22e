"""What is connected and not yet understood, by mouse: a payload tried, a letter mended, a new device taken in."""

from __future__ import annotations

import json
from typing import Any

from playwright.sync_api import Browser, expect

from store import keys
from store.log.streams import connect
from tests.browser.conftest import Programs
from tests.engines.wait import wait_until

HELP = {"deviceInfo": {"devEui": "24e124136b328513", "deviceProfileName": "WS101"}, "object": {"press": "long"}}
FRAME: list[Any] = [2, "1", "StatusNotification", {"connectorId": "first", "status": "Available"}]


def test_a_payload_is_tried_a_letter_mended_and_its_device_adopted(chain: Programs, browser: Browser) -> None:
    chain.start("normalise")
    client = connect(chain.redis_url)
    client.xadd(keys.vendor("ocpp16"), {"k": "NEW-1", "v": json.dumps({"device": "NEW-1", "payload": FRAME})})
    context = browser.new_context(locale="en-GB", viewport={"width": 1600, "height": 1000})
    door, headers = f"{chain.url}/login/demo", {"Origin": chain.url}
    context.request.post(door, form={"role": "sysadmin"}, headers=headers, max_redirects=0)
    page = context.new_page()

    page.goto(f"{chain.url}/mappings?lang=en&source=lorawan")
    page.locator("textarea").fill(json.dumps(HELP))
    page.get_by_role("button", name="Try").click()
    tried = page.locator("section.tried")
    expect(tried).to_contain_text("sos.press")
    expect(tried.locator(".pixel.p1")).to_contain_text("Help button")

    wait_until(lambda: client.xlen(keys.DEADLETTER) == 1, 20, "the frame is set aside")
    page.goto(f"{chain.url}/letters?lang=en")
    page.locator("main td a").first.click()
    words = page.locator("textarea")
    words.fill(words.input_value().replace('"first"', "1"))
    page.get_by_role("button", name="Send as mended").click()
    expect(page.get_by_role("status")).to_contain_text("1 written into their topics again")

    wait_until(lambda: bool(client.hexists(keys.devices("lanting"), "NEW-1/1")), 20, "it is heard")
    page.goto(f"{chain.url}/devices?lang=en")
    newcomer = page.locator("tr", has_text="NEW-1/1")
    newcomer.locator("select[name=source]").select_option("ocpp16")
    newcomer.get_by_role("button", name="Adopt").click()
    expect(page.get_by_role("status")).to_contain_text("1 adopted")
    context.close()
    client.close()
