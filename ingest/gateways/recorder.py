"""Recorders and cameras that wait to be asked: one long GET that never ends (ISAPI alertStream, Dahua's event manager).
Beside it a question for the state of every channel, so that quiet differs from dead.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from http import HTTPStatus
from typing import NamedTuple

import httpx

from ingest.actions import Handler
from ingest.gateways.caller import AWAY, PART_BYTES, client_of
from ingest.gateways.inlet import Inlet, again
from ingest.gateways.parts import Part, Parts, boundary_of
from ingest.gateways.snapshots import Snapshots
from ingest.ways import Dahua, Isapi, Way

log = logging.getLogger("shouwang.recorder")

SILENT_S = 60.0
"""Dahua beats every 5 s as we ask it to, ISAPI every 10 to 30 s: a stream that is silent so long is made anew."""

UNKNOWN = (HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED)
"""A camera has no channels to be asked for: its stream is all that there is."""


class Speech(NamedTuple):
    """How a vendor is asked."""

    events: str
    channels: httpx.Request


def speech_of(way: Isapi | Dahua) -> Speech:
    if isinstance(way, Isapi):
        return Speech(
            "/ISAPI/Event/notification/alertStream",
            httpx.Request("GET", f"{way.url}/ISAPI/ContentMgmt/InputProxy/channels/status"),
        )
    return Speech(
        f"/cgi-bin/eventManager.cgi?action=attach&codes=[{','.join(way.codes)}]&heartbeat=5",
        httpx.Request(
            "POST", f"{way.url}/cgi-bin/api/LogicDeviceManager/getCameraState", json={"uniqueChannels": [-1]}
        ),
    )


class RecorderGate:
    def __init__(self, way: Isapi | Dahua, inlet: Inlet) -> None:
        self._way = way
        self._inlet = inlet
        self._speech = speech_of(way)
        self._attached = False

    @property
    def ways(self) -> list[Way]:
        return [self._way]

    def is_up(self, way: Way) -> bool:
        return self._attached

    def outlets(self) -> list[Handler]:
        return [Snapshots(self._way, self._inlet)]

    async def run(self) -> None:
        async with client_of(self._way) as client, asyncio.TaskGroup() as tasks:
            tasks.create_task(again(lambda: self._listen(client), self._way.id, AWAY))
            if self._way.poll_s:
                tasks.create_task(again(lambda: self._ask(client), f"{self._way.id}, its channels", AWAY))

    async def _listen(self, client: httpx.AsyncClient) -> None:
        """One stream, to its end. Raises httpx.HTTPError, OSError."""
        async with client.stream("GET", self._speech.events, timeout=httpx.Timeout(SILENT_S)) as response:
            response.raise_for_status()
            boundary = boundary_of(response.headers.get("content-type", ""))
            if boundary is None:
                raise OSError(f"{response.url.path} is no stream but {response.headers.get('content-type')}")
            parts = Parts(boundary, PART_BYTES)
            log.info("%s: listening", self._way.id)
            self._attached = True
            with contextlib.ExitStack() as leaving:
                leaving.callback(self._detached)
                async for chunk in response.aiter_bytes():
                    for part in parts.feed(chunk):
                        await self._take(part)
                for part in parts.end():
                    await self._take(part)

    def _detached(self) -> None:
        self._attached = False

    async def _take(self, part: Part) -> None:
        """The device knows no acknowledgement: it waits, in its own buffer and the network's, until this is durable."""
        if part.is_text:
            await self._inlet.keep(part.body.strip(), device=self._way.device)

    async def _ask(self, client: httpx.AsyncClient) -> None:
        """Every `poll_s`. Raises httpx.HTTPError, OSError. A device that knows no channels is not asked again."""
        while True:
            asked = self._speech.channels
            response = await client.request(asked.method, asked.url, content=asked.content, headers=asked.headers)
            if response.status_code in UNKNOWN:
                log.info("%s: it has no channels to ask for (%d)", self._way.id, response.status_code)
                await asyncio.Event().wait()
            response.raise_for_status()
            await self._inlet.keep(response.content, device=self._way.device)
            await asyncio.sleep(self._way.poll_s)
