"""A picture on demand: fetched with the login that only the gateway has, kept by its hash, told as the camera's."""

from __future__ import annotations

import asyncio
import json

import pytest
import redis

from ingest.connections import ConnectionsError
from store import keys
from store.blobs import Blobs
from tests.engines.ports import free_port
from tests.engines.wait import wait_until_async
from tests.gateways.device import PASSWORD, USER, Device, Request, plain
from tests.gateways.house import House
from tests.gateways.test_outlet import carrying_out, order

JPEG = b"\xff\xd8\xff\xe0" + b"picture" * 100


def recorder(device: Device, more: str = "") -> str:
    return f"""
- way: isapi
  id: nvr
  device: nvr-1
  url: {device.url}
  user: {USER}
  password: {{env: SECRET}}
  poll_s: 0
  {more}
"""


def pictures(house: House) -> list[tuple[str, str, str]]:
    """(id, subject, hash) of what the log was told."""
    with redis.Redis.from_url(house.server.url) as client:
        told = [json.loads(fields[b"v"]) for _, fields in client.xrange(keys.LOG)]
    return [(r["id"], r["subject"], r["data"]["hash"]) for r in told if r["type"] == "camera.picture"]


def test_a_picture_is_fetched_once_and_kept_by_its_hash(house: House) -> None:
    device = Device(free_port())

    async def listening(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n")
        await writer.drain()

    async def picture(request: Request, writer: asyncio.StreamWriter) -> None:
        body, kind = (JPEG, "image/jpeg") if "/301/" in request.path else (b"<html>busy</html>", "text/html")
        await plain(writer, body, kind=kind)

    async def run() -> None:
        device.answers["/ISAPI/Event"] = listening
        device.answers["/ISAPI/Streaming/channels/"] = picture
        async with (
            device.here(),
            house.open(recorder(device), {"SECRET": PASSWORD}) as gate,
            carrying_out(house, gate),
        ):
            for id_, vendor in (("o1", "nvr-1/3"), ("o1", "nvr-1/3"), ("o2", "nvr-1/4"), ("o3", "nvr-2/3")):
                order(house, id_, {"isapi": vendor}, type_="camera.snapshot")
            asked = lambda: [r.path for r in device.requests if "Streaming" in r.path]  # noqa: E731  read twice
            await wait_until_async(lambda: len(asked()) == 2 and len(pictures(house)) == 1, 20, "the picture is told")
            assert sorted(asked()) == [f"/ISAPI/Streaming/channels/{n}01/picture" for n in (3, 4)]

    asyncio.run(run())
    ((id_, subject, hash_),) = pictures(house)
    assert (id_, subject) == ("nvr/picture/o1", "EB-1-02")
    assert Blobs(house.folder / "blobs").get(hash_) == JPEG
    assert device.refused > 0, "it asks for a digest"


def test_a_place_that_no_order_has_is_said_with_its_line(house: House) -> None:
    with pytest.raises(ConnectionsError, match=r"yaml:9: an order has no 'channel'"):
        house.connections(recorder(Device(1), 'pictures: "/{channel}.jpg"'), {"SECRET": "s"})
