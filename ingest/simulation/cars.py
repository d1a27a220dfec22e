"""12 car chargers as real OCPP 1.6J clients of our own central system: they boot, charge, fault, and obey.

A real charger takes the place of a simulated one: each of ours says by a header that it only stands in, and the gateway
closes it (4000) when another comes with its id, or has it already. It then asks again every ten minutes.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from typing import Any

from msgspec.structs import replace
from ocpp.exceptions import OCPPError
from ocpp.routing import on
from ocpp.v16 import ChargePoint, call, call_result
from ocpp.v16.enums import (
    Action,
    ChargePointErrorCode,
    ChargePointStatus,
    Reason,
    RemoteStartStopStatus,
)
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Subprotocol

from community.model import to_rfc3339
from community.site import Device
from ingest.gateways.station import SIMULATED
from ingest.simulation.scene import Scene
from ingest.simulation.sessions import Session, begun, car
from ingest.tasks import ended

log = logging.getLogger("shouwang.simulate.cars")

METER_S = 30.0
FREE_S = 2.5 * 3600.0
"""A connector waits so long for the next car: a little more than half are taken."""

FAULT_EVERY_S = 3 * 3600.0
"""Of one connector: with 24 of them a fault every eight minutes would be too lively, one of them in eight faults."""

FAULTING = 8
STEP_ASIDE_S = 600.0
REPLACED = 4000
RETRY_S = (1.0, 2.0, 5.0, 10.0, 30.0)

_quiet = logging.getLogger("ocpp.simulated")
_quiet.setLevel(logging.CRITICAL)


class Connector:
    """One plug. `number` counts from 1."""

    def __init__(self, scene: Scene, device: Device, number: int) -> None:
        self.device = device
        self.number = number
        self.chance = scene.chance(device.id)
        self.status = ChargePointStatus.available
        self.error = ChargePointErrorCode.no_error
        self.next_s = 0.0
        """When (monotonic) it does its next step."""
        self.come_s = 0.0
        """When (monotonic) the next car comes, while it is free."""
        self.ordered = False
        """A RemoteStop was accepted and is carried out at the next step."""
        self.meter_wh = float(self.chance.randrange(100_000, 900_000))
        self.faulty = self.chance.randrange(FAULTING) == 0


class Charger(ChargePoint):  # type: ignore[misc]
    """One connection of one charger."""

    def __init__(self, id: str, connection: ClientConnection, scene: Scene, connectors: list[Connector]) -> None:
        super().__init__(id, connection, response_timeout=30, logger=_quiet)
        self._scene = scene
        self._connectors = connectors
        self._heartbeat_s = 90.0
        self._wake = asyncio.Event()

    async def live(self) -> None:
        """Until the connection ends (ConnectionClosed) or the central system stays silent (TimeoutError)."""
        boot = call.BootNotification(
            charge_point_model="EVC-7K",
            charge_point_vendor="Shouwang Demo",
            charge_point_serial_number=f"DEMO-{self.id}",
            firmware_version="1.4.2",
        )
        answer = await self._ask(boot)
        self._heartbeat_s = float(answer.interval or 90)
        await self._tell(0, ChargePointStatus.available, ChargePointErrorCode.no_error)
        for connector in self._connectors:
            await self._hello(connector)
        beat_s = time.monotonic() + random.uniform(0.3, 1.0) * self._heartbeat_s
        while True:
            due_s = min([beat_s, *(connector.next_s for connector in self._connectors)])
            await self._pause(due_s - time.monotonic())
            now_s = time.monotonic()
            if now_s >= beat_s:
                await self._ask(call.Heartbeat())
                beat_s = now_s + self._heartbeat_s
            for connector in self._connectors:
                if now_s >= connector.next_s or connector.ordered:
                    connector.next_s = now_s + await self._step(connector)

    async def _pause(self, pause_s: float) -> None:
        try:
            async with asyncio.timeout(max(0.0, pause_s)):
                await self._wake.wait()
        except TimeoutError:
            return
        self._wake.clear()
        await asyncio.sleep(1.0)  # a relay takes its time

    # ---- what it does
    async def _hello(self, connector: Connector) -> None:
        """After every boot a charger says where its connectors stand; sessions of before go on."""
        scene, chance = self._scene, connector.chance
        session = scene.memory.sessions.get(connector.device.id)
        if session is None and scene.fresh and not connector.come_s and chance.random() < 0.55:
            await self._begin(connector, chance.uniform(0, 9000))
            session = scene.memory.sessions[connector.device.id]
        if session is None:
            connector.come_s = connector.come_s or self._next_car(connector)
            connector.next_s = connector.come_s
        else:
            connector.status = self._charging_status(session)
            connector.next_s = time.monotonic() + chance.uniform(1, METER_S)
        await self._tell(connector.number, connector.status, connector.error)

    async def _step(self, connector: Connector) -> float:
        """Returns in how many seconds the next one is due."""
        session = self._scene.memory.sessions.get(connector.device.id)
        now_ms = time.time_ns() // 1_000_000
        if connector.status == ChargePointStatus.faulted:
            return await self._recover(connector)
        if session is None:
            return await self._arrive(connector)
        if connector.ordered or session.is_over(now_ms):
            return await self._end(connector, session, now_ms)
        if connector.faulty and connector.chance.random() < METER_S * self._scene.rate / FAULT_EVERY_S:
            return await self._fault(connector, session, now_ms)
        status = self._charging_status(session)
        if status != connector.status:
            connector.status = status
            await self._tell(connector.number, status, connector.error)
        await self._meter(connector, session, now_ms)
        return METER_S

    async def _arrive(self, connector: Connector) -> float:
        if connector.status == ChargePointStatus.finishing:
            connector.status = ChargePointStatus.available
            await self._tell(connector.number, connector.status, connector.error)
            connector.come_s = self._next_car(connector)
            return connector.come_s - time.monotonic()
        await self._tell(connector.number, ChargePointStatus.preparing, connector.error)
        card = f"{connector.chance.getrandbits(56):014X}"
        await self._ask(call.Authorize(id_tag=card))
        await self._begin(connector, 0.0, card)
        connector.status = ChargePointStatus.charging
        await self._tell(connector.number, connector.status, connector.error)
        return 5.0

    async def _begin(self, connector: Connector, ago_s: float, card: str = "DEMO") -> None:
        now_ms = time.time_ns() // 1_000_000
        session = begun(car(connector.chance, now_ms, round(connector.meter_wh)), ago_s)
        start = call.StartTransaction(
            connector_id=connector.number,
            id_tag=card,
            meter_start=round(session.meter_start_wh),
            timestamp=to_rfc3339(session.start_ms),
        )
        answer = await self._ask(start)
        self._scene.memory.sessions[connector.device.id] = replace(session, transaction=answer.transaction_id)
        self._scene.remember()

    async def _end(self, connector: Connector, session: Session, now_ms: int) -> float:
        reason = Reason.remote if connector.ordered else Reason.ev_disconnected
        connector.ordered = False
        connector.meter_wh = session.meter_wh(now_ms)
        stop = call.StopTransaction(
            meter_stop=round(connector.meter_wh),
            timestamp=to_rfc3339(now_ms),
            transaction_id=session.transaction,
            reason=reason,
        )
        await self._ask(stop)
        del self._scene.memory.sessions[connector.device.id]
        self._scene.remember()
        connector.status = ChargePointStatus.finishing
        await self._tell(connector.number, connector.status, connector.error)
        return connector.chance.uniform(20, 60)

    async def _fault(self, connector: Connector, session: Session, now_ms: int) -> float:
        await self._end(connector, session, now_ms)
        connector.status, connector.error = ChargePointStatus.faulted, ChargePointErrorCode.ground_failure
        await self._tell(connector.number, connector.status, connector.error)
        return connector.chance.uniform(150, 400)

    async def _recover(self, connector: Connector) -> float:
        connector.status, connector.error = ChargePointStatus.available, ChargePointErrorCode.no_error
        await self._tell(connector.number, connector.status, connector.error)
        connector.come_s = self._next_car(connector)
        return connector.come_s - time.monotonic()

    async def _meter(self, connector: Connector, session: Session, now_ms: int) -> None:
        power_w = session.power_w(now_ms) * connector.chance.uniform(0.99, 1.01)
        phases = 3 if session.peak_w > 8000 else 1
        samples = [
            {"value": f"{power_w:.1f}", "measurand": "Power.Active.Import", "unit": "W"},
            {"value": f"{session.meter_wh(now_ms):.0f}", "measurand": "Energy.Active.Import.Register", "unit": "Wh"},
            {"value": f"{power_w / phases / 220:.1f}", "measurand": "Current.Import", "unit": "A"},
            {"value": "220.0", "measurand": "Voltage", "unit": "V"},
            {"value": f"{28 + power_w / 800:.1f}", "measurand": "Temperature", "unit": "Celsius"},
        ]
        values = call.MeterValues(
            connector_id=connector.number,
            meter_value=[{"timestamp": to_rfc3339(now_ms), "sampledValue": samples}],
            transaction_id=session.transaction,
        )
        await self._ask(values)

    def _charging_status(self, session: Session) -> ChargePointStatus:
        full = session.is_full(time.time_ns() // 1_000_000)
        return ChargePointStatus.suspended_ev if full else ChargePointStatus.charging

    def _next_car(self, connector: Connector) -> float:
        return time.monotonic() + connector.chance.expovariate(self._scene.rate / FREE_S)

    # ---- what it is told
    @on(Action.remote_stop_transaction, skip_schema_validation=True)
    def _remote_stop(self, /, transaction_id: Any = None, **_: Any) -> Any:
        for connector in self._connectors:
            session = self._scene.memory.sessions.get(connector.device.id)
            if session is not None and session.transaction == transaction_id:
                connector.ordered = True
                self._wake.set()
                return call_result.RemoteStopTransaction(RemoteStartStopStatus.accepted)
        return call_result.RemoteStopTransaction(RemoteStartStopStatus.rejected)

    async def _tell(self, number: int, status: ChargePointStatus, error: ChargePointErrorCode) -> None:
        now_ms = time.time_ns() // 1_000_000
        await self._ask(
            call.StatusNotification(connector_id=number, error_code=error, status=status, timestamp=to_rfc3339(now_ms))
        )

    async def _ask(self, question: Any) -> Any:
        return await self.call(question, suppress=False, skip_schema_validation=True)


async def drive(scene: Scene, charger: Device, index: int) -> None:
    """One charger for ever: connects, lives, connects again. Cancelled from outside."""
    vendor_id = charger.vendor.get("ocpp16", charger.id).partition("/")[0]
    children = [d for d in scene.site.devices if d.parent == charger.id]
    connectors = [Connector(scene, device, number) for number, device in enumerate(children, start=1)]
    chance = scene.chance(charger.id)
    failures = 0
    await asyncio.sleep(0.2 + 0.25 * index)
    while True:
        began_s = time.monotonic()
        pause_s = RETRY_S[min(failures, len(RETRY_S) - 1)] * chance.uniform(0.7, 1.3)
        try:
            await _connect(scene, vendor_id, connectors)
        except ConnectionClosed as error:
            if error.rcvd is not None and error.rcvd.code == REPLACED:
                log.info("%s: somebody else has this place, asking again in ten minutes", charger.id)
                pause_s = STEP_ASIDE_S
                scene.leave([charger.id, *(device.id for device in children)])
        except (OSError, InvalidHandshake, OCPPError, TimeoutError) as error:
            log.debug("%s: %s", charger.id, error)
        failures = 0 if time.monotonic() - began_s > 60 else failures + 1
        await asyncio.sleep(pause_s)


async def _connect(scene: Scene, vendor_id: str, connectors: list[Connector]) -> None:
    async with connect(
        f"{scene.url}/{vendor_id}",
        subprotocols=[Subprotocol("ocpp1.6")],
        additional_headers={SIMULATED: "1"},
        compression=None,
        ping_interval=None,
        close_timeout=1,
    ) as connection:
        charger = Charger(vendor_id, connection, scene, connectors)
        # Reading and living end together: whichever fails first says why.
        reading, living = asyncio.ensure_future(charger.start()), asyncio.ensure_future(charger.live())
        try:
            await asyncio.wait([reading, living], return_when=asyncio.FIRST_COMPLETED)
            for task in (reading, living):
                if task.done():
                    await task
        finally:
            await ended((reading, living))
            await asyncio.gather(reading, living, return_exceptions=True)
