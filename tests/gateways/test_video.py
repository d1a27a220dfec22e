"""Moving pictures: MJPEG as cameras send it, called with the login that only the gateway has, shown on a socket to
however many watch, over when the last has gone."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from community.place import Device as Camera
from ingest.connections import ConnectionsError
from ingest.gateways import gates, showing
from ingest.gateways.film import CalledFilm
from ingest.tasks import ended
from store.video import Ended, Watching, cameras, watch
from tests.engines.ports import free_port
from tests.engines.wait import wait_until_async
from tests.gateways.device import PASSWORD, Device, Request, plain
from tests.gateways.house import GARDEN, House
from tests.gateways.test_snapshots import recorder

SITE = msgspec.structs.replace(
    GARDEN,
    devices=tuple(
        Camera(f"C-{n}", "cameras", "camera", source="isapi", vendor={"isapi": f"nvr-1/{n}"}) for n in range(1, 12)
    ),
)


def jpeg(n: int, size: int = 3000) -> bytes:
    """A picture with a boundary's beginnings in it."""
    return b"\xff\xd8\xff\xe0" + n.to_bytes(4, "big") + (b"\r\n--my\r\n-" * size)[:size] + b"\xff\xd9"


def part(body: bytes, *, length: bool, kind: str = "image/jpeg") -> bytes:
    said = f"Content-Length: {len(body)}\r\n" if length else ""
    return f"--myboundary\r\nContent-Type: {kind}\r\n{said}\r\n".encode() + body + b"\r\n"


def filmed(device: Device) -> str:
    return recorder(device, 'video: "/ISAPI/Streaming/channels/{place}02/httpPreview"')


class Reel:
    """A camera's answer: what `pieces` yields, and how many calls stand open."""

    def __init__(self, pieces: Callable[[], AsyncIterator[bytes]]) -> None:
        self.pieces = pieces
        self.calls = self.open = 0

    async def __call__(self, request: Request, writer: asyncio.StreamWriter) -> None:
        self.calls, self.open = self.calls + 1, self.open + 1
        try:
            kind = 'multipart/x-mixed-replace; boundary="myboundary"'
            writer.write(f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nConnection: close\r\n\r\n".encode())
            async for piece in self.pieces():
                writer.write(piece)
                await writer.drain()
            writer.close()
        finally:
            self.open -= 1


async def running(pieces: Callable[[int], bytes]) -> AsyncIterator[bytes]:
    """Without an end, twenty a second."""
    n = 0
    while True:
        yield pieces(n)
        n += 1
        await asyncio.sleep(0.05)


@asynccontextmanager
async def shown(house: House, device: Device) -> AsyncIterator[Path]:
    """The folder of sockets, while the gateway shows what its connections say."""
    folder = house.folder / "video"
    told = house.connections(filmed(device), {"SECRET": PASSWORD})
    (work,) = gates.shown(told, lambda: {"garden": SITE}, folder / "gateway.sock")
    assert gates.shown([], lambda: {"garden": SITE}, folder / "none.sock") == []
    task = asyncio.ensure_future(work)
    try:
        await wait_until_async(lambda: (folder / "gateway.sock").exists(), 10, "the socket is there")
        yield folder
    finally:
        await ended([task])


async def seen(watching: Watching, count: int) -> list[bytes]:
    found: list[bytes] = []
    async for picture in watching.pictures():
        if picture.content not in found:
            found.append(picture.content)
        if len(found) == count:
            return found
    raise AssertionError("it ended")


def test_pictures_are_whole_however_they_are_framed_and_cut(house: House) -> None:
    device, dice = Device(free_port()), random.Random(7)
    sent = [jpeg(n, dice.randrange(10, 90_000)) for n in range(30)]
    broken = (b"<html>busy</html>", b"", b"\xff\xd8" + b"x" * (3 * 1024 * 1024))

    async def pieces() -> AsyncIterator[bytes]:
        told = b"".join(
            part(body, length=n % 2 == 0) + (part(broken[n % 3], length=n % 4 == 0) if n % 5 == 0 else b"")
            for n, body in enumerate(sent)
        )
        at = 0
        while at < len(told):
            cut = dice.choice((1, 7, 1400, 64_000))
            yield told[at : at + cut]
            at += cut
            await asyncio.sleep(0)
        yield b"--myboundary--\r\n"

    async def run() -> None:
        device.answers["/ISAPI/Streaming/channels/302/httpPreview"] = Reel(pieces)
        film = CalledFilm(house.connections(filmed(device), {"SECRET": PASSWORD}), lambda: {"garden": SITE})
        assert set(film.cameras("garden")) == {camera.id for camera in SITE.devices}
        assert not film.cameras("elsewhere")
        async with device.here():
            assert [content async for content in film.pictures("garden", "C-3")] == sent, "broken ones are left out"

    asyncio.run(run())
    assert device.refused == 1, "it asks for a digest"


def test_one_call_for_all_who_watch_and_none_when_the_last_has_gone(house: House) -> None:
    device = Device(free_port())
    reel = Reel(lambda: running(lambda n: part(jpeg(n), length=True)))

    async def run() -> None:
        device.answers["/ISAPI/Streaming/channels/"] = reel
        async with device.here(), shown(house, device) as folder:
            assert await cameras(folder, "garden") == {camera.id for camera in SITE.devices}
            watchers = [await watch(folder, "garden", "C-1") for _ in range(showing.WATCHERS)]
            assert (reel.calls, reel.open) == (1, 1)
            with pytest.raises(Ended, match="full"):
                await watch(folder, "garden", "C-1")
            others = [await watch(folder, "garden", f"C-{n}") for n in range(2, showing.CAMERAS + 1)]
            with pytest.raises(Ended, match="full"):
                await watch(folder, "garden", f"C-{showing.CAMERAS + 1}")
            for one in (*watchers[1:], *others):
                one.close()
            await wait_until_async(lambda: reel.open == 1, 10, "only the camera that is watched is called")
            assert len(await seen(watchers[0], 5)) == 5
            watchers[0].close()
            await wait_until_async(lambda: reel.open == 0, 10, "nobody watches, nobody is called")
            again = await watch(folder, "garden", "C-1")
            assert reel.open == 1
            again.close()

    asyncio.run(run())


async def refuses(request: Request, writer: asyncio.StreamWriter) -> None:
    await plain(writer, b"", status="403 Forbidden")


async def pages(request: Request, writer: asyncio.StreamWriter) -> None:
    await plain(writer, b"<html>", kind="text/html")


async def hangs() -> AsyncIterator[bytes]:
    yield part(jpeg(1), length=True)
    await asyncio.Event().wait()


async def chatters() -> AsyncIterator[bytes]:
    async for piece in running(lambda n: part(b"<html>busy</html>", length=True)):
        yield piece


def test_why_there_is_no_picture(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(showing, "SILENT_S", 0.5)
    device = Device(free_port())

    async def why(folder: Path, camera: str) -> str:
        with pytest.raises(Ended) as ended:
            await seen(await watch(folder, "garden", camera), 100)
        return ended.value.why

    async def run() -> None:
        channels = "/ISAPI/Streaming/channels/"
        device.answers = {
            f"{channels}102": refuses,
            f"{channels}202": pages,
            f"{channels}302": Reel(hangs),
            f"{channels}402": Reel(chatters),
        }
        async with shown(house, device) as folder:
            assert await why(folder, "C-1") == "away", "nobody is there"
            async with device.here():
                found = [await why(folder, camera) for camera in ("C-1", "C-2", "C-3", "C-4", "C-5", "C-99")]
                assert found == ["refused", "none", "silent", "silent", "none", "unknown"]
        assert not list(folder.glob("*.sock"))

    asyncio.run(run())


def test_a_place_that_no_camera_has_is_said_with_its_line(house: House) -> None:
    text = filmed(Device(1)).replace("{place}", "{session}")
    with pytest.raises(ConnectionsError, match=r"yaml:9: a camera has no 'session'"):
        house.connections(text, {"SECRET": "s"})
