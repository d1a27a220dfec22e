"""The log is away while fifty devices speak that call by SIP or are listened to: `test_minute.py` has all other ways.

A device of GB/T 28181 says a number until it is answered 200, then the next. Those of an attach stream know no answer:
what they have written, to its last byte, is what must arrive.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack

import pytest

from tests.engines.ports import free_port
from tests.engines.wait import wait_until_async
from tests.gateways.device import Device, Request, stream
from tests.gateways.house import House
from tests.gateways.test_gb28181 import KEEPALIVE, NVR, Peer, connection, peer
from tests.gateways.test_gb28181 import SECRETS as GB
from tests.gateways.test_recorders import SECRETS, dahua_part, isapi_part
from tests.gateways.test_recorders import connection as recorder

SIP, EACH = 20, 15
PACE_S = 0.2
"""Between two numbers of a device."""


class Recorder:
    """Writes numbered alerts down its stream until it is told to stop."""

    def __init__(self, way: str, number: int, stop: asyncio.Event) -> None:
        self.name, self.way = f"{way}-{number}", way
        self.device = Device(free_port())
        self.written: list[int] = []
        self._stop = stop
        self.device.answers["/ISAPI/Event"] = self.device.answers["/cgi-bin/eventManager"] = self._events

    @property
    def line(self) -> str:
        text = recorder(self.way, self.device, ", poll_s: 0")
        return text.replace("id: nvr,", f"id: {self.name},").replace("device: nvr-1", f"device: {self.name}")

    async def _events(self, request: Request, writer: asyncio.StreamWriter) -> None:
        boundary, part = ("boundary", isapi_part) if self.way == "isapi" else ("myboundary", dahua_part)

        async def pieces() -> AsyncIterator[bytes]:
            while not self._stop.is_set():
                yield part(len(self.written))
                self.written.append(len(self.written))
                await asyncio.sleep(PACE_S)
            await asyncio.Event().wait()

        await stream(writer, boundary, pieces())


async def call(device: Peer, answered: list[int], stop: asyncio.Event) -> None:
    """Says a number, again each half-second as SIP does, until it is answered."""
    assert (await device.register()).status == 200
    while not stop.is_set():
        number = len(answered)
        body = KEEPALIVE.replace(NVR, device.id).replace("<SN>1<", f"<SN>{number}<").encode()
        message = device.text("MESSAGE", body)
        told = len(device.answers)
        while len(device.answers) == told:
            device.transport.sendto(message, device.server)
            for _ in range(50):
                await asyncio.sleep(0.01)
                if len(device.answers) > told:
                    break
        assert device.answers[told].status == 200
        answered.append(number)
        await asyncio.sleep(PACE_S)


@pytest.mark.parametrize("away_s", [3, pytest.param(60, marks=pytest.mark.slow)])
def test_the_log_is_away_while_fifty_devices_speak_by_sip_and_streams(house: House, away_s: int) -> None:
    port = free_port()
    callers = [f"3402000000118{number:07}" for number in range(SIP)]
    answered: dict[str, list[int]] = {id_: [] for id_ in callers}
    written: dict[str, list[int]] = {}

    def arrived(source: str, pattern: str) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for said in house.envelopes(source):
            if match := re.search(pattern, json.dumps(said["payload"])):
                found.setdefault(said["device"], []).append(int(match[1]))
        return found

    async def run() -> None:
        stop = asyncio.Event()
        recorders = [Recorder(way, number, stop) for way in ("isapi", "dahua") for number in range(EACH)]
        text = connection(port) + "".join(one.line for one in recorders)
        written.update({one.name: one.written for one in recorders})

        def more(by: int) -> Callable[[], bool]:
            due = {name: len(said) + by for name, said in (answered | written).items()}
            return lambda: all(len(said) >= due[name] for name, said in (answered | written).items())

        async with AsyncExitStack() as others:
            for one in recorders:
                await others.enter_async_context(one.device.here())
            devices = [await others.enter_async_context(peer(port, id_)) for id_ in callers]
            await others.enter_async_context(house.open(text, {**SECRETS, **GB}))
            speaking = [asyncio.create_task(call(one, answered[one.id], stop)) for one in devices]
            await wait_until_async(more(3), 60, "all speak")
            house.server.kill()
            await asyncio.sleep(away_s)
            await wait_until_async(more(3), 60, "all speak while the log is away")
            assert house.intake.spooled > 0
            house.server.restart()
            await wait_until_async(more(3), 60, "and when it is back")
            stop.set()
            await asyncio.gather(*speaking)
            total = sum(map(len, (answered | written).values()))

            def here() -> bool:
                return sum(len(house.envelopes(source)) for source in ("gb28181", "isapi", "dahua")) >= total

            await wait_until_async(here, 60, "all of it is in the log")

    asyncio.run(run())
    assert arrived("gb28181", r"<SN>(\d+)<") == answered
    assert arrived("isapi", r"<eventId>(\d+)<") | arrived("dahua", r"\[ (\d+) \]") == written
    assert all(len(said) >= 9 for said in (answered | written).values())
