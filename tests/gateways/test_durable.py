"""Acknowledged means kept: the gateway is killed, the log goes away, the disk is full."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from community.site import Site, Text
from ingest.envelope import Envelopes
from ingest.gateways.dialects import Dialect16
from ingest.gateways.ocpp import Gateway, listen
from ingest.gateways.transactions import Ledger
from ingest.intake import Intake
from ingest.spool import Spool
from store.log.streams import StreamsWriter
from tests.engines.ports import free_port
from tests.engines.wait import wait_until, wait_until_async
from tests.gateways.client import Raw, raw
from tests.gateways.rig import Rig

DEVICES = 20


async def speak(rig: Rig, device: str, start: int, acknowledged: list[int], stop: asyncio.Event) -> None:
    """Numbered frames, the next one after the answer to the last, until the connection breaks."""
    number = start
    try:
        async with raw(rig.url, device) as point:
            while not stop.is_set():
                answer = await point.ask([2, str(number), "DataTransfer", {"vendorId": "v", "data": str(number)}])
                assert answer[:2] == [3, str(number)]
                acknowledged.append(number)
                number += 1
    except (ConnectionClosed, OSError):
        return


def numbers(rig: Rig, device: str) -> list[int]:
    return [int(frame[1]) for frame in rig.frames(device)]


@pytest.mark.parametrize("seed", range(3))
def test_kill_9_in_mid_flight_loses_nothing_acknowledged(rig: Rig, seed: int) -> None:
    chance = random.Random(seed)
    acknowledged: dict[str, list[int]] = {f"CP-{n}": [] for n in range(DEVICES)}

    async def life(first: int) -> None:
        stop = asyncio.Event()
        enough = chance.randrange(200, 800) + sum(map(len, acknowledged.values()))
        speaking = [asyncio.create_task(speak(rig, d, first, done, stop)) for d, done in acknowledged.items()]
        await wait_until_async(lambda: sum(map(len, acknowledged.values())) > enough, 30, "frames are answered")
        await asyncio.to_thread(rig.kill)
        await asyncio.gather(*speaking)

    for round_ in range(3):
        asyncio.run(life(round_ * 1_000_000))
        rig.start()
    for device, done in acknowledged.items():
        kept = numbers(rig, device)
        assert set(done) <= set(kept), "nothing acknowledged is lost"
        assert kept == sorted(kept), "in the order in which the device spoke"
        assert len(kept) - len(done) <= 3, "at most the one in flight at each kill was kept without an answer"


def test_the_log_is_away_while_devices_speak_and_the_gateway_is_killed_too(rig: Rig) -> None:
    acknowledged: dict[str, list[int]] = {f"CP-{n}": [] for n in range(DEVICES)}

    async def life(first: int, enough: int, server_ends: bool) -> None:
        stop = asyncio.Event()
        speaking = [asyncio.create_task(speak(rig, d, first, done, stop)) for d, done in acknowledged.items()]
        await wait_until_async(lambda: sum(map(len, acknowledged.values())) > enough, 30, "frames are answered")
        if server_ends:
            await asyncio.to_thread(rig.server.kill)
            await wait_until_async(lambda: sum(map(len, acknowledged.values())) > 2 * enough, 30, "also without a log")
        stop.set()
        await asyncio.gather(*speaking)

    asyncio.run(life(0, 500, server_ends=True))
    rig.kill()
    rig.start()
    asyncio.run(life(1_000_000, 2000, server_ends=False))
    rig.server.restart()
    wait_until(lambda: not list((rig.var / "spool" / "gateway").glob("*.seg")), 30, "the spool is drained")
    for device, done in acknowledged.items():
        assert numbers(rig, device) == done, "later, in order, once per id"
    beats = rig.beats()
    assert any(beat["data"]["spooled"] > 0 for beat in beats), "the spool's use was told"
    wait_until(lambda: rig.beats()[-1]["data"]["spooled"] == 0, 15, "and its end")


class Narrow:
    """A gateway in this process, with a spool of a few kilobytes."""

    def __init__(self, rig: Rig, folder: Path) -> None:
        self.spool = Spool(folder / "spool", limit_bytes=4000)
        self.intake = Intake(lambda: StreamsWriter(rig.server.url), self.spool, origin="narrow")
        self.dialect = Dialect16(Envelopes(folder), Ledger(folder / "transactions.jsonl"))
        sites = {"lanting": Site("lanting", Text("澜庭"))}
        self.gateway = Gateway(self.intake, [self.dialect], sites)
        self.port = free_port()
        self.url = f"ws://127.0.0.1:{self.port}"


@pytest.fixture
def narrow(rig: Rig, tmp_path: Path) -> Iterator[Narrow]:
    narrow = Narrow(rig, tmp_path / "narrow")
    narrow.intake.start()
    yield narrow
    narrow.intake.close()


async def unanswered(point: Raw, frame: list[Any]) -> bool:
    """The gateway reads on: the next ping is answered, the frame is not."""
    await point.send(frame)
    pong = await point.connection.ping()
    await pong
    try:
        await asyncio.wait_for(point.connection.recv(), 0.5)
    except TimeoutError:
        return True
    return False


def test_neither_log_nor_spool_no_answer_until_the_device_sends_again(rig: Rig, narrow: Narrow) -> None:
    async def run() -> None:
        async with await listen(narrow.gateway, "127.0.0.1", narrow.port), raw(narrow.url, "EV-09") as point:
            assert (await point.ask([2, "0", "Heartbeat", {}]))[0] == 3
            rig.server.kill()
            answered = 0
            while not await unanswered(point, [2, f"n{answered}", "DataTransfer", {"data": "x" * 500}]):
                answered += 1
                assert answered < 20
            assert answered > 2
            rig.server.restart()
            await wait_until_async(lambda: narrow.intake.spooled == 0, 15, "the spool is drained")
            again = await point.ask([2, f"n{answered}", "DataTransfer", {"data": "x" * 500}])
            assert again[:2] == [3, f"n{answered}"]
            said = [frame[1] for frame in rig.frames("EV-09")]
            assert said == ["0", *(f"n{n}" for n in range(answered + 1))]

    asyncio.run(run())


def test_a_start_is_not_answered_when_its_id_cannot_be_kept(rig: Rig, narrow: Narrow) -> None:
    """The ledger's disk is full: no id is handed out, the charge point asks again."""

    class Full(Ledger):
        full = True

        def begin(self, *said: Any) -> int:
            if self.full:
                raise OSError(28, "No space left on device")
            return super().begin(*said)

    ledger = Full(narrow.spool._folder.parent / "full.jsonl")
    narrow.dialect._ledger = ledger
    start = [2, "1", "StartTransaction", {"connectorId": 1, "idTag": "c", "meterStart": 0}]

    async def run() -> None:
        async with await listen(narrow.gateway, "127.0.0.1", narrow.port), raw(narrow.url, "EV-09") as point:
            assert await unanswered(point, start)
            ledger.full = False
            assert (await point.ask(start))[2]["transactionId"] > 0

    asyncio.run(run())
    assert len(rig.frames("EV-09")) == 1


def test_five_hundred_charge_points_at_once(rig: Rig) -> None:
    """After a power cut in the whole quarter: all connect and boot in the same second."""

    async def boot(number: int) -> None:
        async with raw(rig.url, f"STORM-{number}") as point:
            assert (await point.ask([2, "1", "BootNotification", {"chargePointVendor": "V"}]))[2][
                "status"
            ] == "Accepted"
            assert (await point.ask([2, "2", "StatusNotification", {"connectorId": 1, "status": "Available"}]))[0] == 3

    async def storm() -> None:
        async with asyncio.timeout(30):
            await asyncio.gather(*(boot(number) for number in range(500)))

    asyncio.run(storm())
    said = [e for e in rig.entries() if e["device"].startswith("STORM") and e.get("action") != "Link"]
    assert len(said) == 1000
