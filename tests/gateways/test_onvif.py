"""ONVIF PullPoint against a camera that is served here: it checks the digest, keeps events, forgets its subscribers."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
from datetime import UTC, datetime, timedelta

import pytest

from ingest.adapters import ADAPTERS
from ingest.adapters.base import unwrap, zone_of
from ingest.gateways.onvif import clock_of
from tests.engines.ports import free_port
from tests.engines.wait import wait_until_async
from tests.gateways.device import PASSWORD, USER, Device, Request, plain
from tests.gateways.house import House

SOAP = '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>{}</s:Body></s:Envelope>'
MOTION = (
    '<wsnt:NotificationMessage xmlns:wsnt="http://docs.oasis-open.org/wsn/b-2">'
    "<wsnt:Topic>tns1:VideoSource/MotionAlarm</wsnt:Topic><wsnt:Message><tt:Message "
    'xmlns:tt="http://www.onvif.org/ver10/schema" UtcTime="2026-03-12T13:14:36Z" PropertyOperation="Changed">'
    "<tt:Source>"
    '<tt:SimpleItem Name="Source" Value="1"/></tt:Source><tt:Data><tt:SimpleItem Name="State" Value="{}"/></tt:Data>'
    "</tt:Message></wsnt:Message></wsnt:NotificationMessage>"
)


class Camera(Device):
    """Its clock is an hour ahead, and it names the address that it has in its own network."""

    def __init__(self) -> None:
        super().__init__(free_port(), digest=False)
        self.events: list[str] = []
        self.subscriptions = 0
        self.forgotten = False
        self.ahead = timedelta(hours=1)
        self.answers = {"/onvif/device_service": self._clock, "/onvif/event_service": self._events, "/pull": self._pull}

    async def _clock(self, request: Request, writer: asyncio.StreamWriter) -> None:
        now = datetime.now(UTC) + self.ahead
        time = f"<t:Hour>{now.hour}</t:Hour><t:Minute>{now.minute}</t:Minute><t:Second>{now.second}</t:Second>"
        date = f"<t:Year>{now.year}</t:Year><t:Month>{now.month}</t:Month><t:Day>{now.day}</t:Day>"
        utc = f'<t:UTCDateTime xmlns:t="x"><t:Time>{time}</t:Time><t:Date>{date}</t:Date></t:UTCDateTime>'
        await plain(writer, SOAP.format(utc).encode())

    async def _events(self, request: Request, writer: asyncio.StreamWriter) -> None:
        if not self._knows(request):
            await plain(writer, b"", status="401 Unauthorized")
            return
        assert b"CreatePullPointSubscription" in request.body
        self.subscriptions += 1
        self.forgotten = False
        address = "<a:Address>http://192.168.1.64/pull?id=7</a:Address>"
        await plain(writer, SOAP.format(f'<r xmlns:a="http://www.w3.org/2005/08/addressing">{address}</r>').encode())

    async def _pull(self, request: Request, writer: asyncio.StreamWriter) -> None:
        assert request.path == "/pull?id=7" and b"PullMessages" in request.body and self._knows(request)
        if self.forgotten:
            await plain(writer, SOAP.format("<s:Fault/>").encode(), status="400 Bad Request")
            return
        await asyncio.sleep(0 if self.events else 0.05)
        told, self.events = self.events[:1], self.events[1:]
        body = f'<tev:PullMessagesResponse xmlns:tev="e">{"".join(told)}</tev:PullMessagesResponse>'
        await plain(writer, SOAP.format(body).encode())

    def _knows(self, request: Request) -> bool:
        text = request.body.decode()
        user, digest, nonce, created = (
            found[1] if (found := re.search(rf"<\w+:{name}[^>]*>([^<]+)<", text)) else ""
            for name in ("Username", "Password", "Nonce", "Created")
        )
        age = datetime.now(UTC) + self.ahead - datetime.fromisoformat(created or "1970-01-01T00:00:00Z")
        whole = base64.b64decode(nonce) + created.encode() + PASSWORD.encode()
        right = base64.b64encode(hashlib.sha1(whole, usedforsecurity=False).digest()).decode()
        return user == USER and digest == right and abs(age) < timedelta(minutes=5)


def connection(camera: Camera) -> str:
    return f'- {{way: onvif, id: gate, url: "{camera.url}", user: {USER}, password: {{env: CAM}}, device: cam-1}}'


def test_events_are_pulled_and_an_empty_answer_is_a_sign_of_life(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.gateways.inlet.AGAIN_S", (0.05,))
    camera = Camera()

    def kinds() -> list[str]:
        adapter = ADAPTERS["onvif"](None)
        outcomes = (adapter.adapt(unwrap(said, zone_of(None))) for said in house.envelopes("onvif"))
        return [record.type for outcome in outcomes if isinstance(outcome, list) for record in outcome]

    async def run() -> None:
        camera.events = [MOTION.format("true"), MOTION.format("false")]
        async with camera.here(), house.open(connection(camera), {"CAM": PASSWORD}):
            await wait_until_async(lambda: "device.heartbeat" in kinds(), 20, "an empty answer")
            assert kinds()[:3] == ["camera.event", "camera.event", "device.heartbeat"]
            camera.forgotten = True
            await wait_until_async(lambda: camera.subscriptions == 2, 20, "it subscribes again")
            camera.events = [MOTION.format("true")]
            await wait_until_async(lambda: kinds().count("camera.event") == 3, 20, "and pulls")

    asyncio.run(run())


def test_a_clock_that_is_no_clock() -> None:
    assert clock_of(b"<a><UTCDateTime><Year>2026</Year></UTCDateTime></a>") is None
    assert clock_of(b"<a/>") is None
    with pytest.raises(OSError, match="DTD"):
        clock_of(b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')
