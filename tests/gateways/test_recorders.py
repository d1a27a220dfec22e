"""Recorders that wait to be asked, served here and cut at random bytes: each whole alert is kept, once and in order."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator

import pytest

from ingest.tasks import ended
from tests.engines.ports import free_port
from tests.engines.wait import wait_until_async
from tests.gateways.device import PASSWORD, USER, Device, Request, plain, stream
from tests.gateways.house import House

SECRETS = {"NVR": PASSWORD}
CHANNELS = b"""<?xml version="1.0"?><InputProxyChannelStatusList xmlns="http://www.hikvision.com/ver20/XMLSchema">
<InputProxyChannelStatus><id>1</id><online>true</online></InputProxyChannelStatus></InputProxyChannelStatusList>"""


def connection(way: str, device: Device, more: str = "") -> str:
    return f"""
- {{way: {way}, id: nvr, url: "{device.url}", user: {USER}, password: {{env: NVR}}, device: nvr-1 {more}}}
"""


def alert(number: int) -> bytes:
    return b"<EventNotificationAlert><eventType>VMD</eventType><eventId>%d</eventId></EventNotificationAlert>" % number


def isapi_part(number: int) -> bytes:
    body = alert(number)
    return (
        b"--boundary\r\nContent-Type: application/xml\r\nContent-Length: %d\r\n\r\n" % len(body)
        + body
        + b"\r\n--boundary\r\nContent-Type: image/jpeg\r\nContent-Length: 6\r\n\r\n\xff\xd8face\r\n"
    )


def dahua_part(number: int) -> bytes:
    body = b'Code=VideoMotion;action=Start;index=0;data={\n   "Id" : [ %d ]\n}\n' % number
    return b"--myboundary\r\nContent-Type: text/plain\r\nContent-Length:%d\r\n\r\n" % len(body) + body + b"\r\n\r\n"


class Cut:
    """A stream of numbered alerts, in pieces of any size, broken off at any byte until `rounds` are over."""

    def __init__(self, part: object, seed: int, rounds: int) -> None:
        self.part = part
        self.chance = random.Random(seed)
        self.rounds = rounds
        self.next = 0
        self.told = False
        self.whole: list[int] = []
        """Alerts that were written to their last byte."""

    async def pieces(self) -> AsyncIterator[bytes]:
        self.rounds -= 1
        data, ends = b"\r\n", []
        for _ in range(30):
            number, self.next = self.next, self.next + 1
            part: bytes = self.part(number)  # type: ignore[operator]
            data += part
            ends.append((number, len(data) - len(part) + part.index(b"\r\n\r\n") + 4 + _length(part)))
        last = len(data) if self.rounds <= 0 else self.chance.randrange(len(data))
        at = 0
        while at < last:
            step = min(self.chance.randrange(1, 200), last - at)
            yield data[at : at + step]
            at += step
        self.whole += [number for number, end in ends if end <= last]
        if self.rounds <= 0:
            self.told = True
            await asyncio.Event().wait()


def _length(part: bytes) -> int:
    return int(part.partition(b"Content-Length:")[2].split(b"\r\n")[0])


@pytest.mark.parametrize(
    ("way", "path", "boundary", "part"),
    [
        ("isapi", "/ISAPI/Event/notification/alertStream", "boundary", isapi_part),
        ("dahua", "/cgi-bin/eventManager.cgi?action=attach&codes=[All]&heartbeat=5", "myboundary", dahua_part),
    ],
)
def test_a_stream_cut_at_random_bytes(
    house: House, way: str, path: str, boundary: str, part: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.gateways.inlet.AGAIN_S", (0.01,))
    device = Device(free_port())
    cut = Cut(part, seed=7, rounds=6)

    async def events(request: Request, writer: asyncio.StreamWriter) -> None:
        assert request.path == path
        await stream(writer, boundary, cut.pieces())

    async def run() -> None:
        device.answers[path.partition("?")[0]] = events
        async with device.here(), house.open(connection(way, device, ", poll_s: 0"), SECRETS):
            await wait_until_async(lambda: cut.told, 20, "the last stream is told")
            await house.heard(way, len(cut.whole))
        kept = [json.dumps(said["payload"]) for said in house.envelopes(way)]
        mark = "<eventId>{}</eventId>" if way == "isapi" else "[ {} ]"
        assert [mark.format(number) in text for number, text in zip(cut.whole, kept, strict=True)] == [True] * len(kept)
        assert {said["device"] for said in house.envelopes(way)} == {"nvr-1"}
        assert not any("face" in text for text in kept), "pictures do not enter the log"

    asyncio.run(run())
    assert device.refused >= 1, "it asked for a digest"


def test_every_channel_is_asked_for(house: House) -> None:
    isapi, dahua = Device(free_port()), Device(free_port())

    async def quiet(request: Request, writer: asyncio.StreamWriter) -> None:
        async def nothing() -> AsyncIterator[bytes]:
            await asyncio.Event().wait()
            yield b""

        await stream(writer, "boundary", nothing())

    async def states(request: Request, writer: asyncio.StreamWriter) -> None:
        assert request.method == "POST" and json.loads(request.body) == {"uniqueChannels": [-1]}
        await plain(writer, b'{"states":[{"channel":0,"connectionState":"Unconnect"}]}', kind="application/json")

    async def run() -> None:
        isapi.answers["/ISAPI/Event"] = dahua.answers["/cgi-bin/eventManager"] = quiet
        isapi.answers["/ISAPI/ContentMgmt/InputProxy/channels/status"] = lambda _, writer: plain(writer, CHANNELS)
        dahua.answers["/cgi-bin/api/LogicDeviceManager/getCameraState"] = states
        two = connection("isapi", isapi, ", poll_s: 0.05") + connection("dahua", dahua).replace("id: nvr", "id: second")
        async with isapi.here(), dahua.here(), house.open(two, SECRETS):
            await house.heard("isapi", 3)
            await house.heard("dahua", 1)
        assert house.envelopes("isapi")[0]["payload"].startswith("<?xml")
        assert house.envelopes("dahua")[0]["payload"]["states"][0]["connectionState"] == "Unconnect"

    asyncio.run(run())


def test_a_wrong_password_is_said_and_not_shown(house: House, caplog: pytest.LogCaptureFixture) -> None:
    device = Device(free_port())

    async def run() -> None:
        async with device.here():
            opening = asyncio.ensure_future(once_open())
            await wait_until_async(lambda: "nvr: Client error '401 Unauthorized'" in caplog.text, 20, "it says so")
            await ended([opening])

    async def once_open() -> None:
        async with house.open(connection("isapi", device), {"NVR": "guessed"}):
            raise AssertionError("it cannot be up")

    asyncio.run(run())
    assert "guessed" not in caplog.text


def test_the_feed_is_down_while_the_recorder_is(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.gateways.inlet.AGAIN_S", (0.05,))
    device = Device(free_port())

    async def quiet(request: Request, writer: asyncio.StreamWriter) -> None:
        async def one() -> AsyncIterator[bytes]:
            yield isapi_part(1)
            await asyncio.Event().wait()

        await stream(writer, "boundary", one())

    async def run() -> None:
        device.answers["/ISAPI/Event"] = quiet
        serving = device.here()
        await serving.__aenter__()
        async with house.open(connection("isapi", device), SECRETS) as gate:
            await serving.__aexit__(None, None, None)
            await wait_until_async(lambda: not gate.is_up(gate.ways[0]), 20, "down with the recorder")
            async with device.here():
                await wait_until_async(lambda: gate.is_up(gate.ways[0]), 20, "up again")
        assert len(house.envelopes("isapi")) == 2

    asyncio.run(run())
