"""What is connected and not yet understood, by mouse: a payload tried, a letter mended, a new device taken in."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, expect

from community.site import SITES, parse_site
from ingest.normalise import Normaliser
from store import keys
from store.blobs import Blobs
from store.described import described_now
from store.log.streams import StreamsReader, StreamsWriter, connect
from tests.browser.conftest import Programs
from tests.engines.wait import wait_until

LANTING = parse_site((SITES / "lanting.json").read_bytes())
HELP: dict[str, Any] = {
    "deviceInfo": {"devEui": "24e124136b328513", "deviceProfileName": "WS101"},
    "object": {"press": "long"},
}
EUI = "24e124136b999001"
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
    expect(newcomer.locator("form p")).to_contain_text("connector of a car charger")
    expect(newcomer.locator("select[name=source]")).to_be_hidden()
    newcomer.get_by_role("button", name="Adopt").click()
    expect(page.get_by_role("status")).to_contain_text("1 adopted")
    context.close()
    normaliser.close()
    writer.close()
    client.close()


HOME = "7/2/803"


def test_one_click_takes_a_device_in_where_its_last_payload_says_it_stands(
    chain: Programs, browser: Browser, var: Path
) -> None:
    """A brand-new button: what it is, by which feed it is heard and where it hangs nobody types."""
    client = connect(chain.redis_url)
    reader, writer = StreamsReader(chain.redis_url, keys.vendor("lorawan"), "normalise"), StreamsWriter(chain.redis_url)
    normaliser = Normaliser("lorawan", {"lanting": LANTING}, reader, writer, client, Blobs(var / "blobs"))
    press = HELP | {"deviceInfo": HELP["deviceInfo"] | {"devEui": EUI, "deviceName": "7号楼2单元803室 求助"}}
    said = {"device": EUI, "community": "lanting", "payload": press}
    client.xadd(keys.vendor("lorawan"), {"k": EUI, "v": json.dumps(said)})
    wait_until(lambda: normaliser.step() or client.hexists(keys.devices("lanting"), EUI), 20, "it is heard")
    wait_until(lambda: bool(client.hexists(keys.devices("lanting"), EUI)), 20, "it is folded")
    context = browser.new_context(locale="zh-CN", viewport={"width": 1600, "height": 1000})
    door, headers = f"{chain.url}/login/demo", {"Origin": chain.url}
    context.request.post(door, form={"role": "sysadmin"}, headers=headers, max_redirects=0)
    page = context.new_page()
    page.goto(f"{chain.url}/devices?lang=zh")
    newcomer = page.locator("tr", has_text=EUI)
    expect(newcomer.locator("form p")).to_contain_text("7号楼2单元 803室")
    newcomer.get_by_role("button", name="登记").click()
    expect(page.get_by_role("status")).to_contain_text("1 adopted")
    held = described_now(client, "lanting")
    assert held is not None
    device = held.site.by_vendor["lorawan", EUI]
    assert (device.system, device.kind, device.source) == ("sos", "button", "lorawan")
    assert (device.building, device.unit, device.room) == ("7", "2", "803")
    context.close()
    normaliser.close()
    writer.close()
    client.close()


def test_a_table_takes_a_charger_into_its_home_and_the_room_joins_all_of_it(
    chain: Programs, browser: Browser, var: Path, tmp_path: Path
) -> None:
    """A child's home: meters, the unit's door, care, a work order; and the charger that a table has just described."""
    meter = next(d for d in LANTING.devices if d.system == "meters" and f"{d.building}/{d.unit}/{d.room}" == HOME)
    child = next(d for d in LANTING.devices if d.system == "care" and f"{d.building}/{d.unit}/{d.room}" == HOME)
    chain.say("charging.status", "HOME-1/1", status="Charging")
    chain.say("meter.reading", meter.id, flow_m3h=0.271)
    chain.say("access.contact", "D-7-2", state="closed")
    chain.say("care.passage", child.id, direction="in")
    chain.say("order.phase", "DESK", order="WO-1", phase="published", category="plumbing", home=HOME)
    with connect(chain.redis_url) as client:
        wait_until(lambda: bool(client.hexists(keys.devices("lanting"), "HOME-1/1")), 20, "it is heard")
    context = browser.new_context(locale="en-GB", viewport={"width": 1600, "height": 1000})
    door, headers = f"{chain.url}/login/demo", {"Origin": chain.url}
    context.request.post(door, form={"role": "manager"}, headers=headers, max_redirects=0)
    page = context.new_page()

    page.goto(f"{chain.url}/devices?lang=en")
    expect(page.locator("tr", has_text="HOME-1/1")).to_be_visible()
    with page.expect_download() as taken:
        page.get_by_role("link", name="CSV").click()
    rows = list(csv.DictReader(taken.value.path().read_text("utf-8-sig").splitlines()))
    for row in rows:
        row |= {
            "id": "EV-HOME",
            "system": "charging",
            "kind": "car_connector",
            "source": "ocpp16",
            "name": "Home charger",
        }
        row |= dict(zip(("building", "unit", "room"), HOME.split("/"), strict=True))
    filled = tmp_path / "filled.csv"
    with filled.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows(rows)
    page.locator("input[type=file]").set_input_files(filled)
    expect(page.locator("textarea")).to_have_value(re.compile("EV-HOME"))
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_role("status")).to_contain_text("1 adopted")
    chain.say("charging.status", "EV-HOME", status="Charging")
    with connect(chain.redis_url) as client:
        wait_until(lambda: bool(client.hexists(keys.devices("lanting"), "EV-HOME")), 20, "it is heard by its name")

    page.goto(f"{chain.url}/room?lang=en&home={HOME}")
    room = page.locator("main")
    for said in ("Home charger", "Unit door", "State closed", "WO-1", "covered"):
        expect(room).to_contain_text(said)
    expect(room).not_to_contain_text("0.271")
    page.locator("input[name=reason]").fill("leak reported by the neighbour below")
    page.get_by_role("button", name="Show").click()
    for said in ("0.271", "State charging", "at home", "WO-1"):
        expect(room).to_contain_text(said)
    expect(page.get_by_role("status")).to_contain_text("the audit has it")
    page.goto(f"{chain.url}/room?lang=zh&home={HOME}")
    expect(room).to_contain_text("状态 关闭")
    context.close()
