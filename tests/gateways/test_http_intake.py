"""HTTP intake by `requests`, as an alarm host or a webhook speaks."""

from __future__ import annotations

import asyncio
import json
import socket
from typing import Any

import pytest
import requests

from ingest.gateways.http import Bucket
from tests.engines.ports import free_port
from tests.engines.wait import wait_until_async
from tests.gateways.house import House

SECRETS = {"NORTH": "token-north", "SOUTH": "token-south"}
ALERT = b"""<?xml version="1.0" encoding="UTF-8"?>
<EventNotificationAlert version="2.0" xmlns="http://www.hikvision.com/ver20/XMLSchema">
<macAddress>44:19:b6:00:00:01</macAddress><channelID>1</channelID><dateTime>2026-03-12T21:14:36+08:00</dateTime>
<eventType>fielddetection</eventType><eventState>active</eventState><licensePlate>\xe4\xba\xacA12345</licensePlate>
</EventNotificationAlert>"""


def two(port: int, more: str = "") -> str:
    return f"""
- {{way: http, id: north, source: isapi, listen: "127.0.0.1:{port}", token: {{env: NORTH}}, largest_bytes: 20000}}
- {{way: http, id: south, source: isapi, listen: "127.0.0.1:{port}", token: {{env: SOUTH}}, device: south-nvr {more}}}
"""


async def post(port: int, source: str = "isapi", **options: Any) -> requests.Response:
    url = f"http://127.0.0.1:{port}/intake/{source}"
    return await asyncio.to_thread(lambda: requests.post(url, timeout=20, **options))


def test_an_alarm_host(house: House) -> None:
    port = free_port()

    async def run() -> None:
        async with house.open(two(port), SECRETS):
            files = {"alert": ("a.xml", ALERT, "application/xml"), "pic": ("p.jpg", b"\xff\xd8face", "image/jpeg")}
            answer = await post(port, files=files, auth=("shouwang", "token-north"))
            assert answer.status_code == 200
            (said,) = house.envelopes("isapi")
            assert said["payload"].startswith("<?xml") and said["community"] == "garden"
            assert said["redacted"] == ["licensePlate"] and "A12345" not in json.dumps(said)
            assert said["redacted_parts"] == [{"content_type": "image/jpeg", "size_bytes": 6}]

    asyncio.run(run())


def test_the_token_says_whose_it_is(house: House) -> None:
    port = free_port()

    async def run() -> None:
        async with house.open(two(port), SECRETS):
            event = {"eventType": "VMD", "eventState": "active"}
            bearer = await post(port, json=event, headers={"Authorization": "Bearer token-south"})
            query = await post(port, json=event, params={"token": "token-south"})
            assert [bearer.status_code, query.status_code] == [200, 200]
            assert [said["device"] for said in house.envelopes("isapi")] == ["south-nvr", "south-nvr"]
            assert house.envelopes("isapi")[0]["payload"] == event

    asyncio.run(run())


def test_what_is_refused_says_why_and_is_not_kept(house: House) -> None:
    port = free_port()
    north = {"Authorization": "Bearer token-north"}

    async def run() -> None:
        async with house.open(two(port), SECRETS):
            wrong = [
                await post(port, json={}),
                await post(port, json={}, auth=("north", "guessed")),
                await post(port, "telex", json={}),
                await post(port, data=b"x" * 20_001, headers=north),
                await post(port, data=iter([b"x" * 15_000] * 4), headers=north),
                await post(port, data=b"", headers=north),
            ]
            assert [answer.status_code for answer in wrong] == [401, 401, 404, 413, 413, 400]
            assert not house.envelopes("isapi")

    asyncio.run(run())


def test_too_many_are_told_when_to_come_again(house: House) -> None:
    port = free_port()

    async def run() -> None:
        async with house.open(two(port, ", per_minute: 12"), SECRETS):
            answers = [await post(port, json={"n": n}, params={"token": "token-south"}) for n in range(5)]
            codes = [answer.status_code for answer in answers]
            assert codes[:2] == [200, 200] and 429 in codes
            assert int(answers[codes.index(429)].headers["Retry-After"]) >= 1
            other = await post(port, json={"n": 9}, params={"token": "token-north"})
            assert other.status_code == 200, "one connection's storm is not another's"

    asyncio.run(run())


def test_a_bucket_fills_again() -> None:
    bucket = Bucket(60)
    assert [bucket.wait_s(100.0) for _ in range(10)] == [0.0] * 10
    assert bucket.wait_s(100.0) > 0.9
    assert bucket.wait_s(101.5) == 0.0
    assert bucket.wait_s(101.5) > 0.0


def test_no_200_while_neither_log_nor_spool_takes_it(redis_server: Any, tmp_path: Any) -> None:
    redis_server.wipe()
    house = House(redis_server, tmp_path, limit_bytes=3000)
    port = free_port()
    south = {"token": "token-south"}

    async def run() -> None:
        async with house.open(two(port), SECRETS):
            redis_server.kill()
            kept, code = [], 200
            while code == 200:
                answer = await post(port, json={"n": len(kept), "fill": "x" * 500}, params=south)
                code = answer.status_code
                kept += [len(kept)] if code == 200 else []
                assert len(kept) < 20
            assert code == 503 and answer.headers["Retry-After"] and kept
            redis_server.restart()
            await wait_until_async(lambda: house.intake.spooled == 0, 15, "the spool is drained")
            assert (await post(port, json={"n": len(kept)}, params=south)).status_code == 200
            assert [said["payload"]["n"] for said in house.envelopes("isapi")] == [*kept, len(kept)]

    try:
        asyncio.run(run())
    finally:
        house.intake.close()
        redis_server.wipe()


def test_a_port_that_is_taken_is_waited_for(house: House, caplog: pytest.LogCaptureFixture) -> None:
    port = free_port()

    async def run() -> None:
        with socket.socket() as other:
            other.bind(("127.0.0.1", port))
            other.listen()
            opening = asyncio.ensure_future(once_open())
            await wait_until_async(lambda: "Address already in use" in caplog.text, 20, "it says so")
        assert (await opening).status_code == 200

    async def once_open() -> requests.Response:
        async with house.open(two(port), SECRETS):
            return await post(port, json={"n": 1}, params={"token": "token-north"})

    asyncio.run(run())


def test_who_never_ends_is_told_so_and_holds_nobody_up(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred hosts begin a payload and say no more: each is told 408, and another's goes through meanwhile."""
    monkeypatch.setattr("ingest.gateways.http.BODY_S", 1.0)
    port = free_port()

    async def slow() -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        head = (
            "POST /intake/isapi HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer token-north\r\nContent-Length: 900\r\n\r\n"
        )
        writer.write(head.encode() + b'{"n": ')
        async with asyncio.timeout(20):
            said = await reader.readline()
        writer.close()
        return said

    async def run() -> None:
        async with house.open(two(port), SECRETS):
            waiting = [asyncio.ensure_future(slow()) for _ in range(100)]
            assert (await post(port, json={"n": 1}, params={"token": "token-south"})).status_code == 200
            assert {answer.split()[1] for answer in await asyncio.gather(*waiting)} <= {b"408", b"429"}
            assert b"408" in {(await task).split()[1] for task in waiting}
        assert [said["payload"] for said in house.envelopes("isapi")] == [{"n": 1}]

    asyncio.run(run())
