"""Devices break the schemas, and worse: every frame is kept, the connection stays, nothing else is disturbed."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Iterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from websockets.exceptions import ConnectionClosed

from ingest.adapters.base import Canonical, Ignored, unwrap
from ingest.adapters.ocpp16 import Ocpp16
from store.blobs import Blobs
from store.children import Children
from tests.engines.redis import RedisServer
from tests.engines.wait import wait_until
from tests.gateways.client import raw
from tests.gateways.rig import Rig

UTC_ZONE = ZoneInfo("UTC")

LENIENT: list[tuple[Any, Any]] = [
    ([2, "1", "Heartbeat"], (3, "1")),
    ([2, "2", "Heartbeat", None], (3, "2")),
    ([2, 3, "Heartbeat", {}], (3, 3)),
    (["2", "4", "Heartbeat", {}], (3, "4")),
    ([2, "5", " statusnotification", {"connectorId": "1", "status": "Bright"}], (3, "5")),
    (
        [2, "6", "StatusNotification", {"connectorId": 1, "status": "Faulted", "errorCode": "NoError", "x": [1]}],
        (3, "6"),
    ),
    ([2, "7", "MeterValues", {"meterValue": "none", "transactionId": "seven"}], (3, "7")),
    ([2, "8", "StopTransaction", {}], (3, "8")),
    ([2, "9", "BootNotification", []], (3, "9")),
    ([2, "10", "DataTransfer", {"self": 1, "args": 2, "vendorId": {"deep": [[[[]]]]}}], (3, "10")),
    ([2, "11", "StartTransaction", {}], (3, "11")),
    ([2, None, "Heartbeat", {}], (3, None)),
    ([2, "12", "Heartbeat", {}, "more", "and more"], (3, "12")),
    ([2, "13", "Dance", {}], (4, "13")),
    ([2, "14", "Reset", {}], (4, "14")),
    ([2, "15", "SignCertificate", {"csr": "x"}], (3, "15")),
]

NO_ANSWER: list[str | bytes] = [
    "{nonsense",
    "",
    "[]",
    "[2]",
    '[2,"x"]',
    '[2,"x",17,{}]',
    '[5,"x","Heartbeat",{}]',
    '[3,"nobody asked",{}]',
    '[4,"nobody asked","GenericError","",{}]',
    '{"a":1}',
    "17",
    "null",
    '[2,"cut","Authorize",{"idTag":"04E2B91A6F5C80',
    "[" * 5000,
    b"\xb3\xe4\xb5\xe7\xd7\xae",  # GBK
    b"\xff\x00\xfe",
]


@pytest.fixture(scope="module")
def rig(redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory, children: Children) -> Iterator[Rig]:
    """One gateway for all that is done to it: it has to live through it. Each test is a charge point of its own."""
    redis_server.wipe()
    rig = Rig(redis_server, tmp_path_factory.mktemp("var"), children)
    rig.start()
    yield rig
    rig.kill()
    redis_server.wipe()


def test_every_odd_frame_gets_the_right_kind_of_answer_and_is_kept(rig: Rig) -> None:
    async def speak() -> None:
        async with raw(rig.url, "EV-01") as point:
            for frame, (kind, message_id) in LENIENT:
                answer = await point.ask(frame)
                assert (answer[0], answer[1]) == (kind, message_id), frame

    asyncio.run(speak())
    assert rig.frames("EV-01") == [frame for frame, _ in LENIENT]


def test_frames_that_are_no_ocpp_are_kept_and_the_connection_stays(rig: Rig) -> None:
    async def speak() -> None:
        async with raw(rig.url, "EV-02") as point:
            for number, frame in enumerate(NO_ANSWER):
                await point.send(frame)
                assert await point.ask([2, f"after {number}", "Heartbeat", {}]) is not None

    asyncio.run(speak())
    kept = [
        frame for frame in rig.frames("EV-02") if not (isinstance(frame, list) and frame[1:2] and "after" in str(frame))
    ]
    assert len(kept) == len(NO_ANSWER)
    assert kept[0] == "{nonsense"
    assert "04E2B91A6F5C80" not in str(kept)
    assert [e["encoding"] for e in rig.entries() if e["device"] == "EV-02" and "encoding" in e] == ["base64", "base64"]


def test_random_bytes(rig: Rig) -> None:
    chance = random.Random(16)
    call = json.dumps([2, "id", "StatusNotification", {"connectorId": 1, "status": "Available"}]).encode()

    def frame() -> bytes:
        if chance.random() < 0.5:
            return chance.randbytes(chance.randrange(80))
        bent = bytearray(call)
        for _ in range(chance.randrange(1, 6)):
            bent[chance.randrange(len(bent))] = chance.randrange(256)
        return bytes(bent[: chance.randrange(1, len(bent) + 1)])

    sent = [frame() for _ in range(300)]

    async def speak() -> None:
        async with raw(rig.url, "EV-03") as point:
            for one in sent:
                await point.send(one)
            await point.send([2, "the end", "Heartbeat", {}])
            while (await point.receive())[1] != "the end":
                continue  # answers to those frames that were still a CALL

    asyncio.run(speak())
    assert len(rig.frames("EV-03")) == len(sent) + 1


def test_a_large_frame_goes_to_the_blob_store(rig: Rig) -> None:
    data = "x" * 100_000

    async def speak() -> None:
        async with raw(rig.url, "EV-04") as point:
            assert (await point.ask([2, "1", "DataTransfer", {"vendorId": "v", "data": data}]))[0] == 3

    asyncio.run(speak())
    [entry] = [e for e in rig.entries() if "blob" in e]
    stored = json.loads(Blobs(rig.var / "blobs").get(entry["blob"]))
    assert stored[3]["data"] == data and entry["size_bytes"] > 100_000


def test_a_frame_beyond_all_bounds_closes_only_its_own_connection(rig: Rig) -> None:
    async def speak() -> None:
        async with raw(rig.url, "EV-07") as other, raw(rig.url, "EV-06") as point:
            with pytest.raises(ConnectionClosed) as closed:
                await point.ask([2, "1", "DataTransfer", {"data": "x" * 300_000}])
            assert closed.value.rcvd is not None and closed.value.rcvd.code == 1009
            assert (await other.ask([2, "1", "Heartbeat", {}]))[0] == 3

    asyncio.run(speak())
    wait_until(lambda: rig.links("EV-06")[-1].get("code") == 1009, 5, "the close is recorded")


def test_one_that_comes_in_bursts_six_hours_off_says_everything_twice_and_names_a_wrong_session(rig: Rig) -> None:
    """It never closes what it opens. What becomes of it is one session, with the energy that was drawn."""
    said_at = (datetime.now(UTC) - timedelta(hours=6)).isoformat(timespec="seconds").replace("+00:00", "Z")
    start = {"connectorId": 1, "idTag": "04E2B91A", "meterStart": 1000, "timestamp": said_at}

    async def speak() -> list[Any]:
        async with AsyncExitStack() as left_open:
            booted = []
            for number in range(20):
                cp = await left_open.enter_async_context(raw(rig.url, "CP-BURST"))
                boot = {"chargePointVendor": "V", "chargePointModel": "M"}
                booted.append(await cp.ask([2, f"b{number}", "BootNotification", boot]))
            first, again = [await cp.ask([2, id_, "StartTransaction", start]) for id_ in ("s1", "s2")]
            assert first[2]["transactionId"] == again[2]["transactionId"], "one start, told twice"
            known = first[2]["transactionId"]
            stop = {"meterStop": 4500, "timestamp": said_at, "reason": "Local"}
            for id_, transaction in (("x", 999_999), ("e1", known), ("e2", known)):
                assert (await cp.ask([2, id_, "StopTransaction", {"transactionId": transaction, **stop}]))[0] == 3
        return booted

    booted = asyncio.run(speak())
    assert [answer[2]["status"] for answer in booted] == ["Accepted"] * 20
    frames = (entry for entry in rig.entries() if entry["device"] == "CP-BURST")
    kept = [entry for entry in frames if isinstance(entry["payload"], list)]  # comings and goings are kept, too
    assert [entry["payload"][1] for entry in kept] == [f"b{n}" for n in range(20)] + ["s1", "s2", "x", "e1", "e2"]
    adapter = Ocpp16(None)
    found = [one for entry in kept for one in adapted(adapter, entry) if one.type == "charging.session"]
    ours = [one for one in found if one.data.get("transaction") != "999999"]
    assert len({one.data["session"] for one in ours}) == 1
    assert {one.data["phase"] for one in ours} == {"started", "ended"}
    assert {one.data["energy_wh"] for one in ours if one.data["phase"] == "ended"} == {3500}


def adapted(adapter: Ocpp16, entry: dict[str, Any]) -> list[Canonical]:
    outcome = adapter.adapt(unwrap(entry, UTC_ZONE))
    return [] if isinstance(outcome, Ignored) else list(outcome)
