"""What is connected and not yet understood, by mouse: a payload tried, a letter mended, a new device taken in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, expect

from community.site import SITES, parse_site
from ingest.normalise import Normaliser
from store import keys
from store.blobs import Blobs
from store.log.streams import StreamsReader, StreamsWriter, connect
from tests.browser.conftest import Programs
from tests.engines.wait import wait_until

LANTING = parse_site((SITES / "lanting.json").read_bytes())
HELP = {"deviceInfo": {"devEui": "24e124136b328513", "deviceProfileName": "WS101"}, "object": {"press": "long"}}
FRAME: list[Any] = [2, "1", "StatusNotification", {"connectorId": "first", "status": "Available"}]


def test_a_payload_is_tried_a_letter_mended_and_its_device_adopted(
    chain: Programs, browser: Browser, var: Path
) -> None:
    client = connect(chain.redis_url)
    reader, writer = StreamsReader(chain.redis_url, keys.vendor("ocpp16"), "normalise"), StreamsWriter(chain.redis_url)
    normaliser = Normaliser("ocpp16", {"lanting": LANTING}, reader, writer, client, Blobs(var / "blobs"))
    client.xadd(keys.vendor("ocpp16"), {"k": "NEW-1", "v": json.dumps({"device": "NEW-1", "payload": FRAME})})
    context = browser.new_context(locale="en-GB", viewport={"width": 1600, "height": 1000})
    door, headers = f"{chain.url}/login/demo", {"Origin": chain.url}
    context.request.post(door, form={"role": "sysadmin"}, headers=headers, max_redirects=0)
    page = context.new_page()

    said = {"device": "gw-9", "community": "lanting", "payload": {"id": "d-7", "percent": 71}}
    client.xadd(keys.vendor("radio"), {"k": "gw-9", "v": json.dumps(said)})
    page.goto(f"{chain.url}/mappings?lang=en")
    waiting = page.locator("section.tried")
    expect(waiting).to_contain_text("radio")
    expect(waiting).to_contain_text("mapping recorded radio")

    page.goto(f"{chain.url}/mappings?lang=en&source=lorawan")
    page.locator("textarea").fill(json.dumps(HELP))
    page.get_by_role("button", name="Try").click()
    tried = page.locator("section.tried")
    expect(tried).to_contain_text("sos.press")
    expect(tried.locator(".pixel.p1")).to_contain_text("Help button")

    assert normaliser.step() == 1 and client.xlen(keys.DEADLETTER) == 1, "the frame is set aside"
    page.goto(f"{chain.url}/letters?lang=en")
    page.locator("main td a").first.click()
    words = page.locator("textarea")
    words.fill(words.input_value().replace('"first"', "1"))
    page.get_by_role("button", name="Send as mended").click()
    expect(page.get_by_role("status")).to_contain_text("1 written into their topics again")

    assert normaliser.step() == 1, "it stands in its topic again"
    wait_until(lambda: bool(client.hexists(keys.devices("lanting"), "NEW-1/1")), 20, "it is heard")
    page.goto(f"{chain.url}/devices?lang=en")
    newcomer = page.locator("tr", has_text="NEW-1/1")
    newcomer.locator("select[name=source]").select_option("ocpp16")
    newcomer.get_by_role("button", name="Adopt").click()
    expect(page.get_by_role("status")).to_contain_text("1 adopted")
    context.close()
    normaliser.close()
    writer.close()
    client.close()
