"""What is connected and not yet understood, as an administrator meets it: dead letters mended, new devices adopted.

Beside the web process run the normaliser and the live worker, so that what a page does is seen to arrive.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest

from community.audit import FACT
from community.description import description
from community.roles import Grant
from community.site import SITES, parse_site
from dashboard.signin.door import COOKIE
from dashboard.signin.service import Service
from ingest.normalise import Normaliser
from store import keys
from store.blobs import Blobs
from store.connection_faults import tell
from store.described import described_now
from store.log import LogUnavailable
from store.log.streams import StreamsReader, StreamsWriter, connect
from store.people import open_engines
from store.seal import Seal
from tests.dashboard.serve import Web, serving
from tests.engines.redis import RedisServer
from tests.engines.wait import wait_until, wait_until_async
from tests.ingest.yard import Yard

PLATE, PHONE = "京A12345", "13812345678"
BAD = {"device": "EV-01", "payload": [2, "1", "StatusNotification", {"connectorId": "first", "status": "Available"}]}
PERSONAL = {"phone": PHONE, "info": f"{PLATE} called 13900001111"}


class House:
    """Worker and normaliser of one community, whose file is in a folder of its own."""

    def __init__(self, server: RedisServer, folder: Path) -> None:
        self.url, self.folder = server.url, folder
        self.client = connect(server.url)
        self.file = folder / "lanting.json"
        self.file.write_bytes((SITES / "lanting.json").read_bytes())
        (folder / "lanting.geojson").write_bytes((SITES / "lanting.geojson").read_bytes())
        told = description(self.file.read_bytes())
        writer, reader = StreamsWriter(server.url), StreamsReader(server.url, keys.LOG, "live")
        self.yard = Yard(server.url, writer, reader, described={"lanting": told})
        topic = StreamsReader(server.url, keys.vendor("ocpp16"), "normalise")
        self._normaliser = Normaliser(
            "ocpp16", self.yard.sites, topic, StreamsWriter(server.url), self.client, Blobs(folder / "blobs")
        )
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(step,)) for step in self._steps()]
        for thread in self._threads:
            thread.start()
        wait_until(lambda: described_now(self.client, "lanting") is not None, 30, "the worker has described it")

    def _steps(self) -> tuple[Callable[[], object], ...]:
        return (lambda: self.yard.worker.step(50), lambda: self._normaliser.step(50))

    def _run(self, step: Callable[[], object]) -> None:
        while not self._stop.is_set():
            with contextlib.suppress(LogUnavailable):
                step()

    def say(self, source: str, device: str, envelope: Any) -> None:
        self.client.xadd(keys.vendor(source), {"k": device, "v": json.dumps(envelope, ensure_ascii=False)})

    def records(self, type_: str) -> list[dict[str, Any]]:
        found = [json.loads(fields[b"v"]) for _, fields in self.client.xrange(keys.LOG)]  # type: ignore[union-attr]
        return [record for record in found if record["type"] == type_]

    def letters(self) -> list[dict[str, Any]]:
        return [json.loads(fields[b"v"]) for _, fields in self.client.xrange(keys.DEADLETTER)]  # type: ignore[union-attr]

    def facts(self) -> set[tuple[str, str]]:
        return {(record["data"]["action"], record["data"]["outcome"]) for record in self.records(FACT)}

    def close(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()
        self.yard.close()
        self.client.close()


@pytest.fixture
def house(redis_server: RedisServer, tmp_path: Path) -> Iterator[House]:
    redis_server.wipe()
    house = House(redis_server, tmp_path)
    yield house
    house.close()
    redis_server.wipe()


def visit(house: House, role: str, what: Callable[[Web], Awaitable[None]]) -> None:
    async def go() -> None:
        async with _open(house) as web:
            await web.act_as(role)
            web.client.timeout = 60  # a program is started for a trial, on a busy machine
            await what(web)

    asyncio.run(go())


@contextlib.asynccontextmanager
async def _open(house: House) -> AsyncIterator[Web]:
    database = f"sqlite:///{house.folder / 'history.db'}"
    async with serving(house.url, house.folder, SITE=str(house.file), DATABASE_URL=database) as web:
        await wait_until_async(lambda: web.hub.connected, 20, "the hub has read the state")
        yield web


def links(page: httpx.Response) -> list[str]:
    return [unescape(found) for found in re.findall(r'href="(/letters\?[^"]*id=[^"]*)"', page.text)]


def textarea(page: httpx.Response) -> str:
    found = re.search(r"<textarea[^>]*>(.*?)</textarea>", page.text, re.S)
    assert found is not None, page.text
    return unescape(found[1])


def test_a_letter_is_read_mended_and_sent_again_and_nobody_sees_whose_car_it_is(house: House) -> None:
    bad = json.loads(json.dumps(BAD))
    bad["payload"][3] |= PERSONAL
    house.say("ocpp16", "EV-01", bad)
    house.client.xadd(keys.vendor("ocpp16"), {"k": "EV-02", "v": b"\xff\x00"})
    wait_until(lambda: len(house.letters()) == 2, 20, "both are set aside")

    async def look(web: Web) -> None:
        listed = await web.client.get("/letters?lang=en")
        assert listed.status_code == 200 and "2 dead letters, 0 replayed" in listed.text
        newest, first = links(listed)
        assert "No text: it can only be sent as it was" in (await web.client.get(newest)).text
        one = await web.client.get(first)
        text = textarea(one)
        for hidden in (PLATE, PHONE, "13900001111"):
            assert hidden not in one.text and hidden not in listed.text
        assert "3 personal details are hidden" in one.text
        assert "connectorId" in one.text
        mended = text.replace('"first"', "1")
        id_ = house.letters()[0]["id"]
        sent = await web.client.post("/letters?lang=en", data={"do": "mend", "id": id_, "text": mended})
        assert sent.status_code == 200 and "1 written into their topics again" in sent.text
        assert "2 dead letters, 1 replayed" in sent.text

    visit(house, "sysadmin", look)
    wait_until(lambda: len(house.records("charging.status")) == 1, 20, "the mended one is a record")
    [record] = house.records("charging.status")
    assert (record["subject"], record["data"]["status"]) == ("EV-01-1", "Available")
    [(_, last)] = house.client.xrevrange(keys.vendor("ocpp16"), count=1)  # type: ignore[misc]
    assert json.loads(last[b"v"])["payload"][3] == BAD["payload"][3] | PERSONAL | {"connectorId": 1}, "nothing was lost"
    assert {("letters.view", "allowed"), ("letters.replay", "allowed")} <= house.facts()


def test_all_of_one_kind_are_sent_again_once(house: House) -> None:
    for number in range(3):
        house.say("ocpp16", f"EV-0{number}", BAD)
    wait_until(lambda: len(house.letters()) == 3, 20, "all are set aside")

    async def look(web: Web) -> None:
        picked = {"do": "replay_all", "code": "unmapped", "topic": "vendor.ocpp16"}
        for count in (3, 0):
            sent = await web.client.post("/letters?lang=en", data=picked)
            assert f"{count} written into their topics again" in sent.text
            await wait_until_async(lambda: len(house.letters()) == 6, 20, "what cannot be read yet comes back")
            picked["code"] = "bug"
        for broken in ({"do": "burn"}, {"do": "mend"}, {"do": "replay_all", "id": "x"}):
            assert (await web.client.post("/letters", data=broken)).status_code == 400
        gone = await web.client.post("/letters?lang=en", data={"do": "replay", "id": "vendor.x/1"})
        assert gone.status_code == 404 and "no such letter" in gone.text

    visit(house, "sysadmin", look)


def boot(number: int) -> dict[str, Any]:
    said = {"chargePointVendor": "V", "chargePointModel": "M", "chargePointSerialNumber": f"{PHONE}"}
    return {"device": f"NEW-{number}", "payload": [2, "1", "BootNotification", said]}


def test_one_click_and_one_table_take_new_devices_into_the_site(house: House) -> None:
    for number in (1, 2, 3):
        house.say("ocpp16", f"NEW-{number}", boot(number))
    wait_until(lambda: house.client.hlen(keys.devices("lanting")) >= 3, 20, "they are heard")

    async def look(web: Web) -> None:
        page = await web.client.get("/devices?lang=en")
        assert "3 devices speak and are not described" in page.text
        assert "BootNotification" in page.text and PHONE not in page.text, "the payload, without the number in it"
        one = {"do": "adopt", "vendor": "ocpp16", "vendor_id": "NEW-1/0", "id": "EV-91"}
        refused = await web.client.post("/devices?lang=en", data=one)
        assert refused.status_code == 409 and "row 2 lacks system, kind, source" in refused.text
        one |= {"system": "charging", "kind": "charger", "source": "ocpp16", "area": "E1", "name": "新桩"}
        done = await web.client.post("/devices?lang=en", data=one)
        assert done.status_code == 200 and "1 adopted" in done.text, done.text
        table = (await web.client.get("/devices.csv")).text.replace(",charging,charger,,", ",charging,charger,ocpp16,")
        assert table.count("NEW-") >= 2
        imported = await web.client.post("/devices?lang=en", data={"do": "import", "table": table})
        assert imported.status_code == 200 and "adopted" in imported.text, imported.text
        await wait_until_async(lambda: "EV-91" in web.hub.sites["lanting"].by_id, 20, "the page knows it")
        house.say("ocpp16", "NEW-1", boot(1))
        later = await web.client.get("/devices?lang=en")
        assert "every device that has spoken is described" in later.text

    visit(house, "manager", look)
    site = parse_site(house.file.read_bytes())
    assert site.by_vendor["ocpp16", "NEW-1/0"].name.zh == "新桩"
    assert ("ocpp16", "NEW-3/0") in site.by_vendor
    assert parse_site((house.folder / "lanting.json.before").read_bytes()).by_id.keys() < site.by_id.keys()
    assert {("devices.adopt", "allowed"), ("devices.export", "allowed")} <= house.facts()
    (record,) = house.records("site.described")[-1:]
    assert record["data"]["by"] == "post:manager"


def test_a_site_is_changed_on_a_page_as_its_file_is(house: House) -> None:
    async def look(web: Web) -> None:
        async def post(status: int, **form: str) -> str:
            answer = await web.client.post(f"/site?lang=en&part={form.pop('tab', 'numbers')}", data=form)
            assert answer.status_code == status, answer.text
            return answer.text

        number = {"do": "set", "section": "charging", "name": "full_after_s"}
        assert "3000" in await post(200, **number, value="3000")
        assert web.hub.sites["lanting"].numbers["charging"]["full_after_s"] == 3000, "the page waits for the fold"
        assert "full_after_s" in await post(409, **number, value="soon")
        assert "there is no number" in await post(409, **number | {"name": "full_soon"}, value="1")
        threshold = {"do": "set", "tab": "alarms", "alarm": "DOOR_HELD", "name": "on_delay_s"}
        assert "thresholds" in await post(409, **threshold, value="soon")
        works = {"do": "add_works", "tab": "works", "from": "2026-03-12T22:00", "until": "2026-03-13T02:00"}
        assert "nobody-7" in await post(409, **works, devices="nobody-7")
        page = await post(200, **works, devices="SOS-021, SOS-022", reason="paint")
        assert "SOS-021, SOS-022" in page
        entry = re.findall(r'name="entry" value="([^"]*paint[^"]*)"', page)
        assert "paint" not in await post(200, do="drop", tab="works", listed="maintenance", entry=unescape(entry[0]))
        assert "not there any more" in await post(404, do="drop", listed="maintenance", entry=unescape(entry[0]))
        zone = {"do": "set_zone", "tab": "zones", "id": "west", "name_zh": "西区", "buildings": "1，2"}
        assert "西区" in await post(200, **zone)
        assert "already" in await post(404, **number | {"name": "session_max_s"}, value="")
        await post(400, do="set", section="nothing", name="x", value="1")
        await post(404, do="take_out", device="nobody-7", reason="r")
        assert "The log has it" in await post(200, do="take_out", tab="works", device="SOS-021", reason="battery")
        held = (await web.client.get("/site.json")).content
        assert parse_site(held).numbers["charging"] == {"full_after_s": 3000}

    visit(house, "manager", look)
    site = parse_site(house.file.read_bytes())
    assert site.numbers["charging"] == {"full_after_s": 3000} and not site.maintenance
    assert [zone.buildings for zone in site.zones if zone.id == "west"] == [("1", "2")]
    assert {("site.change", "allowed"), ("site.export", "allowed")} <= house.facts()
    assert [record["subject"] for record in house.records("command.device.out_of_service")] == ["SOS-021"]


BUTTON = {
    "deviceInfo": {"devEui": "24e124136b328513", "deviceProfileName": "WS101"},
    "object": {"press": "long"},
    "rssi": -40,
    "phone": PHONE,
}


def test_a_mapping_shows_what_comes_and_what_becomes_of_a_payload_that_somebody_pastes(house: House) -> None:
    house.say("lorawan", "gw", {"device": "24e124136b328513", "community": "lanting", "payload": BUTTON})
    house.say("lorawan", "gw", {"device": "elsewhere", "community": "heping", "payload": {"secret": 1}})
    folded = house.client.hgetall(keys.alarms("lanting"))

    async def look(web: Web) -> None:
        listed = await web.client.get("/mappings?lang=en")
        assert listed.status_code == 200 and "LoRaWAN (ChirpStack, The Things Stack)" in listed.text
        live = await web.client.get("/mappings?lang=en&source=lorawan")
        assert "live payload" in live.text and "sos.press" in live.text and "elsewhere" not in live.text
        assert "<code>body.rssi</code>" in live.text, "nobody uses it, nobody has named it"
        assert PHONE not in live.text
        assert re.search(r'class="pixel p1"><b>P1</b> Help button', live.text), "the row it would be"
        sample = await web.client.get("/mappings?lang=en&source=zigbee2mqtt")
        assert "recorded sample" in sample.text
        held = {"device": "x", "payload": {"kind": "nothing"}}
        for said, outcome in ((json.dumps(held), "refused: "), ("<not xml", "refused: ")):
            pasted = {"do": "try", "source": "lorawan", "text": said}
            assert outcome in (await web.client.post("/mappings?lang=en", data=pasted)).text
        assert (await web.client.get("/mappings?source=nobody")).status_code == 404
        assert (await web.client.post("/mappings", data={"source": "lorawan"})).status_code == 400

    visit(house, "sysadmin", look)
    assert house.client.hgetall(keys.alarms("lanting")) == folded, "nothing was written"
    assert {("mappings.view", "allowed"), ("mappings.try", "allowed")} <= house.facts()


def test_who_speaks_without_a_mapping_is_listed_with_the_way_on(house: House) -> None:
    for number in (1, 2):
        said = {"device": f"gw-{number}", "community": "lanting", "payload": {"id": "d-7", "caller": PHONE}}
        house.say("radio", "gw", said)
    house.say("telex", "t", {"device": "t", "community": "heping", "payload": {"secret": 1}})
    beat = {"specversion": "1.0", "type": "source.heartbeat"}
    house.say("silent", "gw", beat)
    tell(house.client, ["connections.yaml:7: the environment has no <NVR>"])
    own = house.folder / "mappings" / "radio"

    async def look(web: Web) -> None:
        async def page(**query: str) -> tuple[int, str]:
            found = await web.client.get("/mappings", params={"lang": "en", **query})
            return found.status_code, unescape(found.text)

        _, listed = await page()
        assert "They speak and have no mapping" in listed and "Payloads 2" in listed and "gw-2" in listed
        assert PHONE not in listed and "silent" not in listed
        assert "connections.yaml:7: the environment has no <NVR>" in listed, "what is not connected"
        assert f"mapping recorded radio > {own}/samples/day.jsonl" in listed, "the way on"
        assert (await page(source="radio"))[0] == 404
        own.mkdir(parents=True)
        begun = re.search(r"<pre>(source: radio.*?)</pre>", listed, re.S)
        assert begun is not None
        (own / "mapping.yaml").write_text(begun[1] + "    colour: red\n")
        _, listed = await page()
        assert "the file is refused" in listed and "mapping.yaml:6:" in listed and "colour" in listed
        assert "mapping.yaml:6:" in (await page(source="radio"))[1]
        (own / "mapping.yaml").write_text(begun[1])
        _, listed = await page()
        assert "telex" in listed and "Payloads 2" not in listed and "the file is refused" not in listed
        status, live = await page(source="radio")
        assert status == 200 and "live payload" in live and "device.heartbeat" in live

    visit(house, "sysadmin", look)


def test_a_home_is_covered_until_somebody_says_why(house: House) -> None:
    site = house.yard.sites["lanting"]
    meter = next(d for d in site.devices if d.system == "meters" and d.room)
    home = f"{meter.building}/{meter.unit}/{meter.room}"
    house.client.xadd(
        keys.LOG,
        {"k": "lanting", "v": json.dumps(reading(meter.id))},
    )
    wait_until(lambda: house.client.hexists(keys.devices("lanting"), meter.id), 20, "it is folded")

    async def look(web: Web) -> None:
        def known() -> bool:
            state = web.hub.channels["lanting"].state
            return state is not None and meter.id in state.devices

        await wait_until_async(known, 20, "the page's state has it")
        page = await web.client.get(f"/room?lang=en&home={home}")
        assert page.status_code == 200 and "covered" in page.text and "0.271" not in page.text
        asked = {"do": "plain", "home": home, "reason": "no"}
        assert (await web.client.post("/room?lang=en", data=asked)).status_code == 400
        asked["reason"] = f"leak reported, called {PHONE}"
        plain = await web.client.post("/room?lang=en", data=asked)
        assert "0.271 m³/h" in plain.text and PHONE not in plain.text
        again = await web.client.get(f"/room?lang=en&home={home}")
        assert "0.271" not in again.text, "once, for one reason"
        assert (await web.client.get("/room?lang=en&home=99/9/9999")).status_code == 404
        await web.act_as("guard")
        covered = await web.client.get(f"/room?lang=en&home={home}")
        assert covered.status_code == 200 and 'name="reason"' not in covered.text
        assert (await web.client.post("/room", data=asked)).status_code == 403

    visit(house, "supervisor", look)
    told = [r["data"] for r in house.records(FACT) if r["data"]["action"] == "room.plain"]
    assert [(one["outcome"], one["target"]) for one in told if one["outcome"] == "allowed"] == [("allowed", home)]
    assert "leak reported" in told[0]["detail"] and PHONE not in told[0]["detail"]


def reading(meter: str) -> dict[str, Any]:
    said = {"specversion": "1.0", "id": "m1", "source": "test", "type": "meter.reading", "community": "lanting"}
    return said | {"subject": meter, "data": {"flow_m3h": 0.271}}


def test_the_administrator_of_the_only_community_may_send_letters_again(house: House) -> None:
    house.say("ocpp16", "EV-01", BAD)
    wait_until(lambda: len(house.letters()) == 1, 20, "it is set aside")

    async def go() -> None:
        async with _open(house) as web:
            service = Service(open_engines(f"sqlite:///{house.folder / 'history.db'}"), Seal(house.folder))
            await asyncio.to_thread(service.begin)
            now = service.now_ms()
            person = service.register.add("liu.yang", "刘洋", "", now, [Grant("sysadmin", "lanting")])
            cookie = service.sessions.begin(now, now + 10**8, person=person)
            headers = {"cookie": f"{COOKIE}={cookie}", "origin": web.url}
            picked = {"do": "replay", "id": house.letters()[0]["id"]}
            sent = await web.client.post("/letters?lang=en", data=picked, headers=headers)
            assert sent.status_code == 200 and "1 written into their topics again" in sent.text, sent.text
            service.close()

    asyncio.run(go())
