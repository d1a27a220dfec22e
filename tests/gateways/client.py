"""Charge points for tests: the `ocpp` package's own client, and a raw one that may misbehave."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from ocpp.routing import on
from ocpp.v16 import ChargePoint, call_result
from ocpp.v16.enums import Action, RemoteStartStopStatus, UnlockStatus
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

ANSWER_S = 10.0


class Client(ChargePoint):
    """Answers RemoteStopTransaction with `answer` and keeps the transaction ids it was asked to stop."""

    def __init__(self, id: str, connection: ClientConnection) -> None:
        super().__init__(id, connection, response_timeout=ANSWER_S)
        self.asked_to_stop: list[int] = []
        self.asked_else: list[tuple[str, int, str]] = []
        self.asked = asyncio.Event()
        self.answer = RemoteStartStopStatus.accepted

    @on(Action.remote_start_transaction)
    def _remote_start(self, id_tag: str, connector_id: int) -> Any:
        self.asked_else.append(("start", connector_id, id_tag))
        return call_result.RemoteStartTransaction(RemoteStartStopStatus.accepted)

    @on(Action.unlock_connector)
    def _unlock(self, connector_id: int) -> Any:
        self.asked_else.append(("unlock", connector_id, ""))
        return call_result.UnlockConnector(UnlockStatus.unlocked)

    @on(Action.remote_stop_transaction)
    def _remote_stop(self, transaction_id: int) -> Any:
        self.asked_to_stop.append(transaction_id)
        self.asked.set()
        return call_result.RemoteStopTransaction(self.answer)


@asynccontextmanager
async def charge_point(url: str, id: str) -> AsyncIterator[Client]:
    async with connect(f"{url}/{id}", subprotocols=[Subprotocol("ocpp1.6")]) as connection:
        client = Client(id, connection)
        reading = asyncio.create_task(client.start())
        try:
            yield client
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)


class Raw:
    """Sends what it likes."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def send(self, frame: Any) -> None:
        await self.connection.send(frame if isinstance(frame, str | bytes) else json.dumps(frame))

    async def receive(self) -> Any:
        return json.loads(await asyncio.wait_for(self.connection.recv(), ANSWER_S))

    async def ask(self, frame: Any) -> Any:
        await self.send(frame)
        return await self.receive()


@asynccontextmanager
async def raw(url: str, id: str, **options: Any) -> AsyncIterator[Raw]:
    options = {"subprotocols": [Subprotocol("ocpp1.6")], **options}
    async with connect(f"{url}/{id}", **options) as connection:
        yield Raw(connection)
